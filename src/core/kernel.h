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
struct endpoint;
struct thread;

struct thread *kernel_call(struct cpu *cpu, uint64_t number);
struct thread *kernel_fault(struct cpu *cpu, uint64_t syndrome, uint64_t address);
/* The same for a narrow thread, whose calls come this way too. */
struct thread *kernel_narrow(struct cpu *cpu, uint64_t syndrome, uint64_t address);
struct thread *kernel_interrupt(struct cpu *cpu);

/* init's thread. */
extern struct thread *first_thread;

/*
 * Debug builds: invariants after a call or a fault, of what it touched, and of everything
 * after a death and every 256 calls. kernel_check_begin notes what the call will touch. The
 * fast path has kernel_check_switch, just before its exit makes `to` current, and
 * kernel_check_endpoint for one that it changed and where nobody blocks. A space's tables and its
 * fund are walked by the sweep only.
 */
#ifdef INSULA_DEBUG
void kernel_check_begin(const struct thread *caller, uint64_t number);
void kernel_check_endpoint(const struct endpoint *ep);
void kernel_check_call(struct cpu *cpu, struct thread *caller, bool death);
void kernel_check_switch(struct thread *to, struct thread *from);
#else
static inline void
kernel_check_begin(const struct thread *caller, uint64_t number)
{
	(void)caller;
	(void)number;
}

static inline void
kernel_check_endpoint(const struct endpoint *ep)
{
	(void)ep;
}

static inline void
kernel_check_call(struct cpu *cpu, struct thread *caller, bool death)
{
	(void)cpu;
	(void)caller;
	(void)death;
}

static inline void
kernel_check_switch(struct thread *to, struct thread *from)
{
	(void)to;
	(void)from;
}
#endif

#endif
