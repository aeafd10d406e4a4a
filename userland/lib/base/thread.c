/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads. A thread's stack also holds, at its top, the thread's record and
 * below that its control block and thread-local data, so that a thread is one
 * mapping. Stacks of ended threads are kept for the next ones, up to a few.
 *
 * A thread cannot free the stack it stands on: one that ends is left, stopped,
 * for whoever joins it or, detached, for the next spawn.
 *
 * Invariants
 *  U1: `alive` is held from before a thread starts until its run is over.
 *  U2: a record is in the hands of its thread until fate is FATE_ENDED, then
 *      of the joiner, or, when it was detached, on `ended` or being reaped.
 */
#include <insula/arch/cpu.h>
#include <insula/memory.h>
#include <insula/process.h>
#include <insula/syscall.h>
#include <insula/thread.h>
#include <picotls.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/thread.h"

extern char __main_tls[], __arm64_tls_tcb_offset[];

static struct thread main_thread; /* zero in the file: a program without threads stays small */
static _Atomic uint32_t living = 1;
void (*base_thread_ending)(void);
void (*base_sleeper_ends)(void);
static _Atomic(struct thread *) ended; /* detached ones that are over; pushed singly, taken whole */

#define KEPT_STACKS 8u
static struct {
	struct lock lock;
	uint32_t count;
	struct {
		uint64_t top, bytes;
	} stack[KEPT_STACKS];
} kept;

/* --- control blocks */

static uint64_t
tcb_bytes(void)
{
	return (uint64_t)(uintptr_t)__arm64_tls_tcb_offset;
}

static void
init_block(void **block, struct thread *t)
{
	block[0] = t;
	block[1] = NULL;
	_init_tls((char *)block + tcb_bytes());
}

void
base_init_main_thread(void)
{
	main_thread.handle = HANDLE_MAIN_THREAD;
	main_thread.alive.state = 1;
	init_block((void **)(void *)__main_tls, &main_thread);
	cpu_set_thread_block(__main_tls);
}

struct thread *
thread_self(void)
{
	return cpu_thread_block()[0];
}

handle_t
thread_handle(const struct thread *thread)
{
	return thread->handle;
}

/* --- stacks */

static err_t
take_stack(uint64_t bytes, uint64_t *top)
{
	bool found = false;
	lock_acquire(&kept.lock);
	for (uint32_t i = 0; i < kept.count && !found; i++)
		if (kept.stack[i].bytes == bytes) {
			*top = kept.stack[i].top;
			kept.stack[i] = kept.stack[--kept.count];
			found = true;
		}
	lock_release(&kept.lock);
	return found ? OK : insula_stack_map(bytes, top);
}

static void
give_stack(uint64_t top, uint64_t bytes)
{
	bool keep;
	lock_acquire(&kept.lock);
	keep = kept.count < KEPT_STACKS;
	if (keep) {
		kept.stack[kept.count].top = top;
		kept.stack[kept.count++].bytes = bytes;
	}
	lock_release(&kept.lock);
	if (!keep)
		(void)insula_stack_unmap(top, bytes);
}

/* Its record is gone with the stack. Only main's stays, and its stack (P2). */
static void
free_thread(struct thread *t)
{
	const uint64_t top = t->stack_top, bytes = t->stack_bytes;
	lock_destroy(&t->alive);
	if (t == &main_thread)
		return;
	base_destroy_ends(t->wait_ends);
	(void)insula_destroy(t->handle);
	give_stack(top, bytes);
}

static void
reap(void)
{
	struct thread *t = atomic_exchange(&ended, NULL);
	while (t != NULL) {
		struct thread *next = t->next;
		free_thread(t);
		t = next;
	}
}

/* --- life */

static void
thread_begin(void *record)
{
	struct thread *t = record;
	if (t->start != NULL)
		thread_exit((long)t->start(t->argument));
	t->run(t->argument);
	thread_exit(0);
}

err_t
base_set_sporadic(handle_t thread, const struct thread_sporadic *s)
{
	const uint64_t value = SPORADIC_VALUE(s->budget_ns, s->low, s->repl_max);
	err_t err = insula_thread_configure(thread, THREAD_SPORADIC, value, s->period_ns);
	if (err == ERR_NO_FUND && insula_fund_grow(0, 1) == OK)
		err = insula_thread_configure(thread, THREAD_SPORADIC, value, s->period_ns);
	return err;
}

static err_t
create(const struct thread_plan *plan, handle_t *handle)
{
	const bool sporadic = plan->sets_policy && plan->policy == POLICY_SPORADIC;
	unsigned policy = plan->sets_policy ? plan->policy : POLICY_INHERIT;
	if (sporadic)
		policy = POLICY_FIFO; /* until it has parameters */
	err_t err;
	do /* a sporadic thread's child needs room for its budget, too */
		err = insula_thread_create(SELF, SELF, plan->priority, policy, handle);
	while (err == ERR_NO_FUND && insula_fund_grow(0, 1) == OK);
	if (err != OK || !sporadic)
		return err;
	err = base_set_sporadic(*handle, &plan->sporadic);
	if (err == OK)
		err = insula_thread_configure(*handle, THREAD_POLICY, POLICY_SPORADIC, 0);
	if (err != OK)
		(void)insula_destroy(*handle);
	return err;
}

err_t
thread_make(const struct thread_plan *plan, struct thread **thread)
{
	uint64_t top;
	handle_t handle;
	const uint64_t stack_bytes = (plan->stack_bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	if (stack_bytes == 0)
		return ERR_ARGUMENT;
	reap();
	err_t err = take_stack(stack_bytes, &top);
	if (err != OK)
		return err;
	err = create(plan, &handle);
	if (err != OK) {
		give_stack(top, stack_bytes);
		return err;
	}

	struct thread *t = (struct thread *)(uintptr_t)((top - sizeof *t) & ~15ull);
	*t = (struct thread){
		.handle = handle,
		.fate = plan->detached ? FATE_DETACHED : FATE_JOINABLE,
		.run = plan->run,
		.start = plan->start,
		.argument = plan->argument,
		.stack_top = top,
		.stack_bytes = stack_bytes,
		.alive = { .state = 1 },
		.priority = plan->priority,
		.service = plan->service,
		.sporadic = plan->sets_policy ? plan->sporadic : thread_self()->sporadic,
	};
	const uint64_t block = ((uint64_t)(uintptr_t)t - tcb_bytes() - _tls_size()) & ~63ull;
	init_block((void **)(uintptr_t)block, t);
	if (!t->service)
		atomic_fetch_add(&living, 1);
	*thread = t; /* before it runs: it may look for itself */
	err = insula_thread_start(handle, (uintptr_t)thread_begin, block, (uintptr_t)t, block);
	if (err != OK) {
		if (!t->service)
			atomic_fetch_sub(&living, 1);
		free_thread(t);
	}
	return err;
}

err_t
thread_spawn_with(void (*run)(void *), void *argument, unsigned priority, enum policy policy,
    uint64_t stack_bytes, struct thread **thread)
{
	const struct thread_plan plan = { .run = run,
		.argument = argument,
		.stack_bytes = stack_bytes,
		.priority = priority,
		.policy = policy,
		.sets_policy = true };
	return thread_make(&plan, thread);
}

err_t
thread_spawn(void (*run)(void *), void *argument, unsigned priority, struct thread **thread)
{
	return thread_spawn_with(run, argument, priority, POLICY_RR, THREAD_STACK_BYTES, thread);
}

err_t
thread_join(struct thread *thread, long *status)
{
	if (thread == thread_self() || thread->fate == FATE_DETACHED)
		return ERR_ARGUMENT;
	lock_acquire(&thread->alive);
	if (status != NULL)
		*status = thread->status;
	free_thread(thread);
	return OK;
}

static void
push_ended(struct thread *t)
{
	t->next = atomic_load(&ended);
	while (!atomic_compare_exchange_weak(&ended, &t->next, t))
		;
}

void
thread_detach(struct thread *thread)
{
	if (atomic_exchange(&thread->fate, FATE_DETACHED) == FATE_ENDED && thread != &main_thread)
		push_ended(thread);
}

void
thread_exit(long status)
{
	struct thread *t = thread_self();
	/* Those that ended before: so of many at most one is left. This may be a call. */
	if (atomic_load(&t->fate) == FATE_DETACHED)
		reap();
	if (base_thread_ending != NULL)
		base_thread_ending();
	if (base_sleeper_ends != NULL)
		base_sleeper_ends();
	if (atomic_fetch_sub(&living, 1) == 1)
		exit(0);
	t->status = status;
	if (atomic_exchange(&t->fate, FATE_ENDED) != FATE_DETACHED)
		lock_release(&t->alive);
	else if (t != &main_thread)
		push_ended(t);
	/* From here on it may be destroyed at any instruction; main's stack stays (P2). */
	for (;;)
		(void)insula_thread_stop(t->handle);
}
