/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the POSIX layer call of each other: times, errors, and the
 * queue at which everything but a mutex waits.
 */
#ifndef INSULA_LIB_POSIX_INTERNAL_H
#define INSULA_LIB_POSIX_INTERNAL_H

#include "base/thread.h"

#include <pthread.h>

#define NS_PER_S 1000000000ull

/* The error number that POSIX has for an error of creating something. */
int posix_error(err_t err);

/* A POSIX time as a deadline of the kernel; EINVAL if it is none, or of no clock of ours. */
int posix_deadline(clockid_t clock, const struct timespec *t, uint64_t *deadline_ns);

/* enum policy of a SCHED_*, or -1; and back. */
int policy_of_sched(int sched);
int sched_of_policy(unsigned policy);

/* The sporadic parameters of a sched_param: 0, EINVAL (S24) or ENOTSUP (too long a period). */
int posix_sporadic(const struct sched_param *param, struct thread_sporadic *s);

/* Lock or EDEADLK, ETIMEDOUT, EINVAL; deadline TIME_NEVER waits for ever. */
int mutex_lock_until(pthread_mutex_t *m, uint64_t deadline_ns);
/* The caller has it, and (a recursive one) once. */
int mutex_is_mine(const pthread_mutex_t *m);

/* One that waits, on its own stack. */
struct pthread_waiter {
	struct pthread_waiter *next;
	struct thread *thread;
	int kind; /* what for, if there are several things */
	bool queued;
};

/*
 * Waiting. With q->lock held: waiter_enter puts the caller into the queue
 * (ENOMEM: it has no endpoint yet and can have none); then the caller unlocks q->lock
 * and calls waiter_sleep, which returns 0 when it was woken, or ETIMEDOUT when
 * it is out of the queue again without.
 *
 * Waking, with q->lock held: waiters_best is who is next, the first one of the highest
 * priority, and waiter_wake takes it out and lets it go on. Each takes as long
 * as the queue.
 */
int waiter_enter(struct pthread_waiters *q, struct pthread_waiter *w, int kind);
int waiter_sleep(struct pthread_waiters *q, struct pthread_waiter *w, uint64_t deadline_ns);
struct pthread_waiter *waiters_best(const struct pthread_waiters *q);
void waiter_wake(struct pthread_waiters *q, struct pthread_waiter *w);

/* The real priority of a thread of this process. */
unsigned posix_priority(struct thread *t);

static inline void
waiters_lock(struct pthread_waiters *q)
{
	(void)pthread_mutex_lock(&q->lock);
}

static inline void
waiters_unlock(struct pthread_waiters *q)
{
	(void)pthread_mutex_unlock(&q->lock);
}

#endif
