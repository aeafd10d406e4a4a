/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's stand-in for src/mm/physical.h: an arena is RAM. Its physical
 * addresses begin at FAKE_RAM_BASE.
 */
#ifndef INSULA_MM_PHYSICAL_H
#define INSULA_MM_PHYSICAL_H

#include "core/aarch64/memory.h"

#define FAKE_RAM_BASE 0x40000000ull
#define FAKE_EMPTY_ROOT 0x1000ull

/* Defined wherever it is used, so that tests without an arena need no file for it. */
char *fake_ram __attribute__((weak));

#define physmap fake_physmap
#define physmap_physical fake_physmap_physical

static inline void *
fake_physmap(uint64_t physical)
{
	return fake_ram + (physical - FAKE_RAM_BASE);
}

static inline uint64_t
fake_physmap_physical(const void *address)
{
	return (uint64_t)((uintptr_t)address - (uintptr_t)fake_ram) + FAKE_RAM_BASE;
}

static inline uint64_t
physical_empty_root(void)
{
	return FAKE_EMPTY_ROOT;
}

#endif
