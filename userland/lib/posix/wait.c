/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue at which condition variables, semaphores, barriers and
 * reader-writer locks wait. Each thread waits at an endpoint of its own, so that
 * what is meant for one can never reach another.
 *
 *  W1: a waiter is in the queue while `queued`; both change under the queue's lock.
 *  W2: taking one out to wake it rings its bell exactly once, and a waiter that
 *      was taken out receives exactly once: no token is left behind.
 */
#include "posix/internal.h"

#include <errno.h>
#include <insula/syscall.h>

unsigned
posix_priority(struct thread *t)
{
	struct thread_info info;
	if (t->priority == 0 && insula_thread_query(t->handle, &info) == OK)
		t->priority = (uint32_t)(info.state >> 16 & 0xff);
	return t->priority;
}

int
waiter_enter(struct pthread_waiters *q, struct pthread_waiter *w, int kind)
{
	struct thread *self = thread_self();
	if (self->wait_ends == 0 && base_make_ends(&self->wait_ends) != OK)
		return ENOMEM;
	*w = (struct pthread_waiter){ .thread = self, .kind = kind, .queued = true };
	(void)posix_priority(self);
	struct pthread_waiter **last = &q->first;
	while (*last != NULL)
		last = &(*last)->next;
	*last = w;
	return 0;
}

static void
take_out(struct pthread_waiters *q, struct pthread_waiter *w)
{
	struct pthread_waiter **link = &q->first;
	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	w->queued = false;
}

int
waiter_sleep(struct pthread_waiters *q, struct pthread_waiter *w, uint64_t deadline_ns)
{
	const handle_t endpoint = ENDS_ENDPOINT(w->thread->wait_ends);
	for (;;) {
		struct message m = { 0 };
		const int got = insula_recv(endpoint, deadline_ns, &m);
		if (got >= 0)
			return 0;
		if (got != ERR_TIMED_OUT)
			continue;
		waiters_lock(q);
		const bool queued = w->queued;
		if (queued)
			take_out(q, w);
		waiters_unlock(q);
		if (queued)
			return ETIMEDOUT;
		deadline_ns = TIME_NEVER; /* W2: it is on its way */
	}
}

struct pthread_waiter *
waiters_best(const struct pthread_waiters *q)
{
	struct pthread_waiter *best = q->first;
	for (struct pthread_waiter *w = best; w != NULL; w = w->next)
		if (w->thread->priority > best->thread->priority)
			best = w;
	return best;
}

/* The record is its thread's again, and perhaps gone, once the bell has rung. */
void
waiter_wake(struct pthread_waiters *q, struct pthread_waiter *w)
{
	const handle_t bell = ENDS_BELL(w->thread->wait_ends);
	take_out(q, w);
	(void)insula_notify(bell);
}
