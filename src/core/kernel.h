/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's entries from the vectors, and what main.c sets up. Each entry
 * is called with the kernel lock held and the current thread's general
 * registers saved, and returns the thread that runs next. kernel_call returns
 * NULL if that is the caller, and of its registers only x0 to x18 changed.
 */
#ifndef INSULA_CORE_KERNEL_H
#define INSULA_CORE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;
struct thread;

struct thread *kernel_call(struct cpu *cpu, uint64_t number);
struct thread *kernel_fault(struct cpu *cpu, uint64_t syndrome, uint64_t address);
struct thread *kernel_interrupt(struct cpu *cpu);

/* init's thread. */
extern struct thread *first_thread;

#ifdef INSULA_DEBUG
/* Invariants of everything there is; and that, now and then, after a call. */
void kernel_check(struct cpu *cpu);
void kernel_check_call(struct cpu *cpu, struct thread *caller, bool death);
#endif

#endif
