/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling decisions: which thread is current when the kernel is left, and
 * how much of its slice it has. Owns the states READY and RUNNING; never
 * touches what a thread is blocked on.
 */
#include "core/context.h"
#include "core/panic.h"
#include "core/platform.h"
#include "core/trace.h"
#include "sched/ready.h"

struct cpu *cpu_table[CPU_MAX];

void
sched_wake(struct thread *t)
{
	if ((t->sched & SCHED_STOPS) != 0) {
		thread_set_state(t, THREAD_STOPPED);
		return;
	}
	if ((t->sched & SCHED_SPORADIC) != 0)
		sporadic_settle(t); /* a new activation */
	struct cpu *cpu = thread_cpu(t);
	thread_set_state(t, THREAD_READY);
	t->slice_left_ns = TIMESLICE_NS;
	ready_push_tail(cpu, t);
	trace_event_on(cpu, TRACE_READY, t, 0);
}

void
sched_switch(struct cpu *cpu, struct thread *to)
{
	struct thread *from = cpu->current;

	if (to == from)
		return;
	context_switch(cpu, from, to);
	cpu->current = to;
}

/* t runs, and not the current thread, unless they are the same. */
static __attribute__((noinline)) void
begin_slice(struct cpu *cpu, struct thread *t)
{
	if ((cpu->current->sched & SCHED_SPORADIC) != 0 && cpu->current != t)
		sporadic_settle(cpu->current);
	cpu->slice_end_ns = TIME_NEVER;
	if ((t->sched & SCHED_SPORADIC) != 0)
		cpu->slice_end_ns = sporadic_enter(t);
	else if ((t->sched & SCHED_SLICED) != 0)
		cpu->slice_end_ns = clock_now_ns() + t->slice_left_ns;
}

uint64_t
sched_slice_end(uint64_t end_ns, uint64_t now_ns)
{
	return now_ns < end_ns ? end_ns : now_ns + TIMESLICE_NS - (now_ns - end_ns) % TIMESLICE_NS;
}

void
sched_keep_slice(const struct cpu *cpu, struct thread *t)
{
	const uint64_t now = clock_now_ns();

	t->slice_left_ns = sched_slice_end(cpu->slice_end_ns, now) - now;
}

void
sched_change_slice(struct cpu *cpu, struct thread *to)
{
	begin_slice(cpu, to);
	cpu->current = to;
	timer_update(cpu);
}

void
sched_preempt_slice(struct cpu *cpu, struct thread *to)
{
	struct thread *from = cpu->current;

	if ((from->sched & SCHED_SLICED) != 0)
		sched_keep_slice(cpu, from);
	to->slice_left_ns = TIMESLICE_NS;
	begin_slice(cpu, to);
}

void
sched_restart_slice(struct cpu *cpu)
{
	begin_slice(cpu, cpu->current);
}

/* Run a thread that is on no queue, with what it has left of its slice. */
static inline void
sched_run(struct cpu *cpu, struct thread *t)
{
	struct thread *from = cpu->current;

	thread_set_state(t, THREAD_RUNNING);
	if (((from->sched | t->sched) & SCHED_SLICED) != 0)
		begin_slice(cpu, t);
	if (t != from)
		context_switch(cpu, from, t);
	cpu->current = t;
}

/* S8, S14: the running thread is outranked; it stays first of its level. */
static inline void
sched_preempt(struct cpu *cpu, struct thread *t)
{
	if (t->kind == THREAD_KIND_IDLE)
		return;
	if ((t->sched & SCHED_SLICED) != 0)
		sched_keep_slice(cpu, t);
	thread_set_state(t, THREAD_READY);
	ready_link_head(cpu, t);
}

void
sched_to_tail(struct thread *t)
{
	const enum thread_state state = thread_state(t);
	struct cpu *cpu = thread_cpu(t);

	t->slice_left_ns = TIMESLICE_NS;
	if (state == THREAD_READY)
		ready_remove(cpu, t);
	else if (state != THREAD_RUNNING)
		return;
	thread_set_state(t, THREAD_READY);
	ready_push_tail(cpu, t);
}

void
sched_rotate(struct cpu *cpu)
{
	if (cpu->highest_ready == thread_priority(cpu->current))
		sched_to_tail(cpu->current);
}

void
sched_hand_over(struct cpu *cpu, struct thread *from, struct thread *to)
{
	const uint64_t unusual = SCHED_TIMED | SCHED_STOPS | SCHED_SPORADIC;
	const uint64_t alike = SCHED_CORE_MASK | SCHED_SLICED;

	if (from != cpu->current || ((from->sched | to->sched) & unusual) != 0 ||
	    ((from->sched ^ to->sched) & alike) != 0 || thread_priority(to) < cpu->highest_ready) {
		sched_wake(to);
		return;
	}
	thread_set_state(to, THREAD_RUNNING);
	sched_switch(cpu, to);
}

void
sched_decide(struct cpu *cpu)
{
	struct thread *t = cpu->current;

	if ((t->sched & SCHED_SPORADIC) != 0 && thread_state(t) > THREAD_RUNNING)
		sporadic_settle(t); /* what it lends may be less from now on */
	if (thread_state(t) != THREAD_RUNNING || cpu->highest_ready > thread_priority(t)) {
		if (thread_state(t) == THREAD_RUNNING)
			sched_preempt(cpu, t);
		t = cpu->idle;
		if (cpu->highest_ready != 0) {
			t = ready_first(cpu);
			ready_remove(cpu, t);
		}
		sched_run(cpu, t);
	}
	timer_update(cpu);
}
