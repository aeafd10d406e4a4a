/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's record, and how the parts of the library make threads. The record
 * lies at the top of the thread's own stack; its first word is read by every
 * uncontended mutex.
 */
#ifndef INSULA_LIB_BASE_THREAD_H
#define INSULA_LIB_BASE_THREAD_H

#include <insula/arch/cpu.h>
#include <insula/thread.h>

enum fate { FATE_JOINABLE, FATE_DETACHED, FATE_ENDED };

/* The parameters of a sporadic thread (S17), as they were set; budget_ns 0: never. */
struct thread_sporadic {
	uint64_t budget_ns, period_ns;
	uint8_t low, repl_max;
};

struct thread {
	handle_t handle;
	_Atomic uint32_t fate;
	void (*run)(void *);
	void *(*start)(void *); /* instead of run: its result is the thread's status */
	void *argument;
	long status;
	uint64_t stack_top, stack_bytes;
	struct lock alive;   /* U1 */
	struct thread *next; /* on `ended` */
	uint64_t wait_ends;  /* where it waits at a queue: endpoint | bell << 32; 0: not yet made */
	uint32_t priority;   /* the real one, as far as the library has set or seen it; 0: not */
	bool service;
	struct thread_sporadic sporadic;
};

/* What a thread is made from; all zero means run, the caller's scheduling, the usual stack. */
struct thread_plan {
	void (*run)(void *);
	void *(*start)(void *);
	void *argument;
	uint64_t stack_bytes;
	unsigned priority; /* 0: the caller's */
	unsigned policy;   /* enum policy */
	bool sets_policy;  /* else the caller's */
	bool detached;
	bool service;                    /* the process does not live on for it */
	struct thread_sporadic sporadic; /* with POLICY_SPORADIC */
};

MUST_CHECK err_t thread_make(const struct thread_plan *plan, struct thread **thread);

/* The parameters, not the policy. ERR_NO_FUND, or what the quota says: they are as they were. */
err_t base_set_sporadic(handle_t thread, const struct thread_sporadic *s);

/* Run by a thread that ends, before it is over; NULL in a program without thread-local values. */
extern void (*base_thread_ending)(void);
/* Run after that; NULL until a thread has slept beside another one that waits for both. */
extern void (*base_sleeper_ends)(void);

/* An endpoint and a capability that rings it: endpoint | bell << 32. */
MUST_CHECK err_t base_make_ends(uint64_t *ends);
void base_destroy_ends(uint64_t ends);
#define ENDS_ENDPOINT(ends) ((handle_t)(ends))
#define ENDS_BELL(ends) ((handle_t)((ends) >> 32))

#endif
