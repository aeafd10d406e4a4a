/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the kernel reaches RAM: physmap(physical) and physmap_physical(pointer).
 * All of memory management goes through this header; the host tests put
 * another in its place, in which an arena stands for RAM.
 */
#ifndef INSULA_MM_PHYSICAL_H
#define INSULA_MM_PHYSICAL_H

#include "core/aarch64/memory.h"

/* What a root table register holds for a space that has no root yet. */
static inline uint64_t
physical_empty_root(void)
{
	return mmu_empty_root_physical;
}

#endif
