/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life of a thread: made, launched, stopped and let go on, destroyed. Owns the
 * states INACTIVE, STOPPED and DYING, and what a stop does to a blocked thread.
 */
#include "core/context.h"
#include "core/interrupt.h"
#include "core/panic.h"
#include "core/trace.h"
#include "ipc/ipc.h"
#include "mm/space.h"
#include "sched/sched.h"

#define TOKEN 2
#define LABEL 11
#define NARROW_SP 13

void
thread_init(
    struct thread *t, struct space *space, uint32_t priority, enum policy policy, uint32_t limit)
{
	const uint64_t sliced = policy == POLICY_FIFO ? 0 : SCHED_SLICED;

	t->space = space;
	t->caps = &space->caps;
	t->ttbr0 = space->ttbr0;
	t->policy = (uint8_t)policy;
	t->sched = sliced | priority | SCHED_STATE(THREAD_INACTIVE);
	t->sched_receive = sliced | priority | SCHED_STATE(THREAD_RECEIVE);
	t->sched_limit = sliced | limit;
}

__attribute__((noinline)) void
thread_launch(struct thread *t, uint64_t pc, uint64_t sp, uint64_t x0, uint64_t tpidr)
{
	const uint64_t cpu_ticks = t->regs.cpu_ticks;

	t->regs = (struct registers){ .pc = pc, .sp = sp, .tpidr = tpidr, .cpu_ticks = cpu_ticks };
	t->regs.x[0] = x0;
	if (thread_is_narrow(t)) {
		t->regs.x[NARROW_SP] = sp;
		t->regs.pc = pc & ~1ull;
		t->regs.pstate = PSTATE_NARROW | ((pc & 1) != 0 ? PSTATE_THUMB : 0);
	}
	trace_event(TRACE_START, t, t->fault_endpoint.badge);
	sched_wake(t);
}

void
thread_rewind(struct thread *t)
{
	t->regs.pc -= thread_svc_bytes(t);
	thread_narrow_label(t);
}

void
thread_narrow_label(struct thread *t)
{
	uint64_t *label = &t->regs.x[LABEL];

	if (thread_is_narrow(t))
		*label = (*label & NARROW_LABEL_MASK) | *label >> 32 << NARROW_FLAGS_SHIFT;
}

/*
 * A wait that has changed nothing yet is begun again later: back to the svc. Of
 * a reply_recv the answer is done, of a notify_recv the notification, and only
 * the rest is repeated (x2 is 0).
 */
static void
rewind_wait(struct thread *t)
{
	const bool receives = thread_state(t) == THREAD_RECEIVE;

	thread_leave(t);
	if ((t->sched & SCHED_FAULT) != 0) {
		t->sched &= ~SCHED_FAULT; /* the instruction faults again */
		return;
	}
	if (receives) {
		t->regs.x[TOKEN] = 0;
		t->regs.x[LABEL] &= MSG_CAP_ACCEPT;
	}
	thread_rewind(t);
}

static void
stop_for(struct thread *t, uint64_t reason)
{
	t->sched |= reason;
	switch (thread_state(t)) {
	case THREAD_READY:
		ready_remove(thread_cpu(t), t);
		break;
	case THREAD_RUNNING:
		break;
	case THREAD_SEND:
	case THREAD_RECEIVE:
	case THREAD_MUTEX:
	case THREAD_NANOSLEEP:
		rewind_wait(t);
		break;
	default:
		return;
	}
	thread_set_state(t, THREAD_STOPPED);
	trace_event(TRACE_STOPPED, t, 0);
}

static void
go_on_for(struct thread *t, uint64_t reason)
{
	if ((t->sched & reason) == 0)
		return;
	t->sched &= ~reason;
	if (thread_state(t) == THREAD_STOPPED)
		sched_wake(t);
}

void
thread_stop_now(struct thread *t)
{
	stop_for(t, SCHED_STOP_SPACE);
}

void
thread_unstop(struct thread *t)
{
	go_on_for(t, SCHED_STOP_SPACE);
}

void
thread_stop(struct thread *t)
{
	stop_for(t, SCHED_STOP_CALL);
}

void
thread_resume(struct thread *t)
{
	go_on_for(t, SCHED_STOP_CALL);
}

bool
thread_is_stopped(const struct thread *t)
{
	return (t->sched & SCHED_STOPS) != 0 && thread_state(t) != THREAD_RUNNING;
}

/* No call and no queue names it any more; what waits for it has been told. */
static void
kill(struct thread *t)
{
	struct cpu *cpu = thread_cpu(t);

	stop_for(t, SCHED_DYING);
	if (t->kind == THREAD_KIND_INTERRUPT) {
		interrupt_unbind(t);
	} else {
		thread_leave(t);
		sporadic_end(t);
		thread_defer(t);
		thread_drop_donations(t);
		if ((t->sched & SCHED_OWNS_FP) != 0)
			fp_drop(cpu);
		if (cpu->current == t) {
			sched_switch(cpu, cpu->idle);
			/* It runs only if sched_decide says so. */
			thread_set_state(cpu->idle, THREAD_STOPPED);
		}
	}
	thread_set_state(t, THREAD_DYING);
	if (t->fault_endpoint.object != NULL)
		cap_empty(&t->fault_endpoint);
}

/* A thread that destroys itself must live to be restarted, so it dies in the last step. */
bool
thread_destroy_step(struct thread *t)
{
	const bool itself = thread_cpu(t)->current == t;

	t->object.flags |= OBJECT_DYING;
	if (!itself && thread_state(t) != THREAD_DYING)
		kill(t);
	if (!cap_empty_some(&t->object, true, 0))
		return false;
	if (itself)
		kill(t);
	return true;
}

void
thread_describe(const struct thread *t, uint64_t *x)
{
	const enum thread_state state = thread_state(t);
	const bool at_endpoint = state == THREAD_SEND || state == THREAD_REPLY ||
	    state == THREAD_RECEIVE || state == THREAD_MUTEX;
	const struct thread *helper = state == THREAD_REPLY ? t->served_by
	    : state == THREAD_MUTEX                         ? t->blocked_on->donee
							    : NULL;
	uint64_t ticks = t->regs.cpu_ticks;

	if (state == THREAD_RUNNING)
		ticks += context_ticks();
	x[0] = (uint64_t)state | thread_priority(t) << 8 | thread_real_priority(t) << 16 |
	    (uint64_t)(t->policy | (thread_is_narrow(t) ? THREAD_NARROW : 0)) << 24;
	x[1] = context_ticks_to_ns(ticks);
	x[2] = at_endpoint ? t->blocked_on->object.identity : 0;
	x[3] = helper != NULL ? helper->object.identity : 0;
	x[4] = t->object.identity;
	x[5] = t->regs.pc;
	x[6] = (t->sched & SCHED_TIMED) != 0 ? t->timer.key : TIME_NEVER;
}
