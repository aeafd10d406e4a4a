/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few instructions that C has no word for.
 */
#ifndef INSULA_ARCH_CPU_H
#define INSULA_ARCH_CPU_H

#include <stdint.h>

#if defined __arm__
#include <insula/arch/cpu_aarch32.h>
#elif !defined INSULA_HOST_TEST

/* The clock's counter, of process_info.clock_hz. */
static inline uint64_t
cpu_ticks(void)
{
	uint64_t ticks;
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
}

/* The thread's control block: the first word is ours, thread-local data lies behind it. */
static inline void **
cpu_thread_block(void)
{
	void **block;
	__asm__("mrs %0, tpidr_el0" : "=r"(block));
	return block;
}

static inline void
cpu_set_thread_block(void *block)
{
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(block) : "memory");
}

/* A fault on purpose: whoever guards the process takes over. */
_Noreturn static inline void
cpu_trap(void)
{
	__asm__ volatile(".inst 0" : : : "memory"); /* udf #0 */
	__builtin_unreachable();
}

/* Bytes that cpu_zero_line clears, aligned to as many; 0: it is prohibited here. */
static inline uint64_t
cpu_zero_line_bytes(void)
{
	uint64_t dczid;
	__asm__("mrs %0, dczid_el0" : "=r"(dczid));
	return (dczid & 0x10) != 0 ? 0 : 4ull << (dczid & 0xf);
}

static inline void
cpu_zero_line(void *line)
{
	__asm__ volatile("dc zva, %0" : : "r"(line) : "memory");
}

/*
 * Memory that a device reads or writes past the caches: what was written is in
 * memory, and what is read next comes from there. Whole lines: nothing else may
 * lie in them.
 */
static inline void
cpu_cache_flush(const void *memory, uint64_t bytes)
{
	const char *line = memory;
	uint64_t ctr;
	__asm__("mrs %0, ctr_el0" : "=r"(ctr));
	const uint64_t step = 4ull << (ctr >> 16 & 15);
	__asm__ volatile("dsb sy" : : : "memory");
	for (uint64_t at = 0; at < bytes; at += step)
		__asm__ volatile("dc civac, %0" : : "r"(line + at) : "memory");
	__asm__ volatile("dsb sy" : : : "memory");
}

/* For a loop that waits for a device. */
static inline void
cpu_pause(void)
{
	__asm__ volatile("yield" : : : "memory");
}

#else
uint64_t cpu_ticks(void);
_Noreturn void cpu_trap(void);
#define cpu_pause() ((void)0)
#endif

#endif
