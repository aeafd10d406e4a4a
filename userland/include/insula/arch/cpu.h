/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few instructions that C has no word for.
 */
#ifndef INSULA_ARCH_CPU_H
#define INSULA_ARCH_CPU_H

#include <stdint.h>

#ifndef INSULA_HOST_TEST

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
