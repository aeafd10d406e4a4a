/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System registers and device registers, for the files of this folder only.
 */
#ifndef INSULA_CORE_AARCH64_SYSREG_H
#define INSULA_CORE_AARCH64_SYSREG_H

#include <stdint.h>

#define sysreg_read(name)                                                 \
	__extension__({                                                   \
		uint64_t sysreg_value_;                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(sysreg_value_)); \
		sysreg_value_;                                            \
	})
#define sysreg_write(name, value) \
	__asm__ volatile("msr " #name ", %x0" : : "rZ"((uint64_t)(value)) : "memory")

#define isb() __asm__ volatile("isb" : : : "memory")
#define dsb_sy() __asm__ volatile("dsb sy" : : : "memory")

static inline uint32_t
mmio_read(const volatile void *base, uint32_t offset)
{
	const volatile char *address = base;
	return *(const volatile uint32_t *)(const volatile void *)(address + offset);
}

static inline void
mmio_write(volatile void *base, uint32_t offset, uint32_t value)
{
	volatile char *address = base;
	*(volatile uint32_t *)(volatile void *)(address + offset) = value;
}

static inline uint64_t
mmio_read64(const volatile void *base, uint32_t offset)
{
	const volatile char *address = base;
	return *(const volatile uint64_t *)(const volatile void *)(address + offset);
}

static inline void
mmio_write64(volatile void *base, uint32_t offset, uint64_t value)
{
	volatile char *address = base;
	*(volatile uint64_t *)(volatile void *)(address + offset) = value;
}

#endif
