/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One core's kernel stack, as it lies in memory.
 */
#ifndef INSULA_CORE_AARCH64_KERNEL_STACK_H
#define INSULA_CORE_AARCH64_KERNEL_STACK_H

#include "core/aarch64/memory.h"
#include "core/cpu.h"

struct kernel_stack {
	char guard[4096]; /* boot unmaps it: an overflow faults instead of writing */
	char stack[KERNEL_STACK_BYTES];
	struct cpu cpu;
};
_Static_assert(offsetof(struct kernel_stack, cpu) % 16 == 0, "SP is 16-byte aligned");

extern struct kernel_stack kernel_stack0;

#endif
