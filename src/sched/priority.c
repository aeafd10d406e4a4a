/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Effective priorities: one formula (T6), computed again for each thread whose
 * inputs changed, along the one edge by which a thread passes its priority on.
 * Owns bits 0-7 of the scheduling word outside the fast path.
 */
#include "core/trace.h"
#include "ipc/endpoint.h"
#include "ipc/ipc.h"
#include "sched/sched.h"

#define PRIORITY_LINKS 32

uint64_t priority_chains_cut;

uint32_t
thread_base(const struct thread *t)
{
	if (t->serving != NULL)
		return thread_priority(t->serving);
	return (t->sched & SCHED_SPORADIC) != 0 ? sporadic_priority(t) : thread_real_priority(t);
}

static uint32_t
effective_priority(const struct thread *t)
{
	uint32_t p = thread_base(t);

	for (const struct endpoint *ep = t->donations; ep != NULL; ep = ep->donee_next)
		if (ep->receiver == NULL && ep->head != NULL && ep->head->queue_priority > p)
			p = ep->head->queue_priority;
	return p < thread_limit(t) ? p : thread_limit(t);
}

static void
put_priority(struct thread *t, uint32_t priority)
{
	t->sched = (t->sched & ~SCHED_PRIORITY_MASK) | priority;
	trace_event_on(thread_cpu(t), TRACE_PRIORITY, t, thread_real_priority(t));
}

/* Give t its new priority where it stands; returns who inherits from it. */
static struct thread *
move_to_priority(struct thread *t, uint32_t priority)
{
	const bool raised = priority > thread_priority(t);
	struct endpoint *ep = t->blocked_on;

	switch (thread_state(t)) {
	case THREAD_READY:
		ready_remove(thread_cpu(t), t);
		put_priority(t, priority);
		if (raised)
			ready_push_tail(thread_cpu(t), t);
		else
			ready_push_head(thread_cpu(t), t);
		return NULL;
	case THREAD_SEND:
	case THREAD_MUTEX:
		endpoint_queue_remove(ep, t);
		put_priority(t, priority);
		endpoint_queue_insert(ep, t);
		return ep->donee;
	case THREAD_RECEIVE:
		if (ep->receiver == t) {
			put_priority(t, priority);
			return NULL;
		}
		endpoint_queue_remove(ep, t);
		put_priority(t, priority);
		endpoint_queue_insert(ep, t);
		return NULL;
	case THREAD_REPLY:
		put_priority(t, priority);
		return t->served_by;
	default:
		put_priority(t, priority);
		return NULL;
	}
}

void
thread_recompute(struct thread *t)
{
	for (int links = 0; links < PRIORITY_LINKS; links++) {
		if (t == NULL)
			return;
		const uint32_t priority = effective_priority(t);
		if (priority == thread_priority(t))
			return;
		t = move_to_priority(t, priority);
	}
	priority_chains_cut++;
}

void
thread_reprioritise(struct thread *t)
{
	if ((t->sched & SCHED_DONEE) != 0 || thread_base(t) != thread_priority(t))
		thread_recompute(t);
}
