/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * insula/arch/cpu.h for AArch32. Only that header includes this one.
 */
#ifndef INSULA_ARCH_CPU_AARCH32_H
#define INSULA_ARCH_CPU_AARCH32_H

#include <stdint.h>

/* The clock's counter, of process_info.clock_hz. */
static inline uint64_t
cpu_ticks(void)
{
	uint32_t low, high;
	__asm__ volatile("isb\n\tmrrc p15, 1, %0, %1, c14" : "=r"(low), "=r"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* The thread's control block (TPIDRURW): the first word is ours. */
static inline void **
cpu_thread_block(void)
{
	void **block;
	__asm__("mrc p15, 0, %0, c13, c0, 2" : "=r"(block));
	return block;
}

static inline void
cpu_set_thread_block(void *block)
{
	__asm__ volatile("mcr p15, 0, %0, c13, c0, 2" : : "r"(block) : "memory");
}

/* A fault on purpose: whoever guards the process takes over. */
_Noreturn static inline void
cpu_trap(void)
{
	__asm__ volatile("udf #0" : : : "memory");
	__builtin_unreachable();
}

/* There is no instruction that clears a line. */
static inline uint64_t
cpu_zero_line_bytes(void)
{
	return 0;
}

static inline void
cpu_zero_line(void *line)
{
	(void)line;
}

static inline void
cpu_pause(void)
{
	__asm__ volatile("yield" : : : "memory");
}

#endif
