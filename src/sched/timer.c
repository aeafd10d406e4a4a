/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines, slices and sleep. Owns the timer tree of each core, the only use of
 * its hardware timer, and the state NANOSLEEP. The timer is armed lazily: it may fire before anything
 * is due (and is then set anew), never after; with nothing to wait for it is
 * left off, so an idle or an undisturbed core has no tick.
 */
#include "core/call_table.h"
#include "core/panic.h"
#include "core/platform.h"
#include "ipc/ipc.h"
#include "sched/sched.h"

/* TIME_NEVER is 0; among times it is the last. */
static uint64_t
sooner(uint64_t a, uint64_t b)
{
	return a - 1 < b - 1 ? a : b;
}

void
timer_start(struct thread *t, uint64_t deadline_ns)
{
	t->sched |= SCHED_TIMED;
	tree_insert(&thread_cpu(t)->timers, &t->timer, deadline_ns);
}

void
timer_remove(struct thread *t)
{
	t->sched &= ~SCHED_TIMED;
	tree_remove(&thread_cpu(t)->timers, &t->timer);
}

static bool
slice_counts(const struct cpu *cpu)
{
	const struct thread *t = cpu->current;

	return (t->sched & SCHED_SPORADIC) != 0 ||
	    ((t->sched & SCHED_SLICED) != 0 && cpu->highest_ready == thread_priority(t));
}

void
timer_update(struct cpu *cpu)
{
	const struct tree_node *first = cpu->timers.first;
	const uint64_t deadline = first != NULL ? first->key : TIME_NEVER;
	const bool sliced = slice_counts(cpu);
	uint64_t due = sliced ? sooner(deadline, cpu->slice_end_ns) : deadline;

	if (due - 1 >= cpu->timer_armed_ns - 1)
		return; /* TIME_NEVER, less 1, is later than all */
	if (sliced && due == cpu->slice_end_ns && (cpu->current->sched & SCHED_SPORADIC) == 0) {
		/* It may have run alone past the end of slices that nobody waited for. */
		cpu->slice_end_ns = sched_slice_end(due, clock_now_ns());
		due = sooner(deadline, cpu->slice_end_ns);
		if (due - 1 >= cpu->timer_armed_ns - 1)
			return;
	}
	cpu->timer_armed_ns = due;
	timer_set(due);
}

void
timer_interrupt(struct cpu *cpu)
{
	const uint64_t now = clock_now_ns();

	cpu->timer_armed_ns = TIME_NEVER;
	timer_off();
	if (slice_counts(cpu) && cpu->slice_end_ns <= now) {
		if ((cpu->current->sched & SCHED_SPORADIC) != 0)
			sporadic_timer(cpu->current);
		else
			sched_rotate(cpu); /* S12 */
	}
	struct tree_node *first = cpu->timers.first;
	if (first == NULL || first->key > now)
		return;
	if (first->kind == TIMER_REPLENISHMENT) {
		sporadic_timer(sporadic_of_timer(first)->thread);
		return;
	}
	/* C10; to have slept until then is a success. */
	struct thread *t = thread_of_timer(first);
	thread_end_wait(t, thread_state(t) == THREAD_NANOSLEEP ? OK : ERR_TIMED_OUT);
}

/* x1 deadline */
err_t
call_sleep(struct thread *caller, uint64_t *x)
{
	if (deadline_passed(x[1]))
		return OK;
	if (x[1] != TIME_NEVER)
		timer_start(caller, x[1]);
	thread_set_state(caller, THREAD_NANOSLEEP);
	return CALL_BLOCKED;
}
