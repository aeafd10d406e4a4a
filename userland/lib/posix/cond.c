/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Condition variables. A waiter is in the queue before it gives the mutex
 * back, so a signal between the two finds it.
 */
#include "posix/internal.h"

#include <errno.h>

int
pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *attr)
{
	(void)attr; /* both clocks are one */
	*c = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	return 0;
}

int
pthread_cond_destroy(pthread_cond_t *c)
{
	waiters_lock(&c->__waiters);
	const bool waited = c->__waiters.first != NULL;
	waiters_unlock(&c->__waiters);
	return waited ? EBUSY : pthread_mutex_destroy(&c->__waiters.lock);
}

static int
wait_until(pthread_cond_t *c, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
	struct pthread_waiter w;
	int error = mutex_is_mine(mutex);
	if (error != 0)
		return error;
	waiters_lock(&c->__waiters);
	error = waiter_enter(&c->__waiters, &w, 0);
	waiters_unlock(&c->__waiters);
	if (error != 0)
		return error;
	(void)pthread_mutex_unlock(mutex);
	error = waiter_sleep(&c->__waiters, &w, deadline_ns);
	(void)pthread_mutex_lock(mutex);
	return error;
}

int
pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *mutex)
{
	return wait_until(c, mutex, TIME_NEVER);
}

int
pthread_cond_clockwait(
    pthread_cond_t *c, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *abstime)
{
	uint64_t deadline_ns;
	const int error = posix_deadline(clock, abstime, &deadline_ns);
	return error != 0 ? error : wait_until(c, mutex, deadline_ns);
}

int
pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *mutex, const struct timespec *abstime)
{
	return pthread_cond_clockwait(c, mutex, CLOCK_REALTIME, abstime);
}

/* Whoever waits had entered before this thread did what it signals: no lock to see nobody. */
static bool
nobody_waits(const pthread_cond_t *c)
{
	return __atomic_load_n(&c->__waiters.first, __ATOMIC_SEQ_CST) == NULL;
}

int
pthread_cond_signal(pthread_cond_t *c)
{
	if (nobody_waits(c))
		return 0;
	waiters_lock(&c->__waiters);
	struct pthread_waiter *w = waiters_best(&c->__waiters);
	if (w != NULL)
		waiter_wake(&c->__waiters, w);
	waiters_unlock(&c->__waiters);
	return 0;
}

int
pthread_cond_broadcast(pthread_cond_t *c)
{
	struct pthread_waiter *w;
	if (nobody_waits(c))
		return 0;
	waiters_lock(&c->__waiters);
	while ((w = waiters_best(&c->__waiters)) != NULL)
		waiter_wake(&c->__waiters, w);
	waiters_unlock(&c->__waiters);
	return 0;
}

int
pthread_condattr_init(pthread_condattr_t *attr)
{
	attr->__clock = CLOCK_REALTIME;
	return 0;
}

int
pthread_condattr_destroy(pthread_condattr_t *attr)
{
	(void)attr;
	return 0;
}

int
pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return EINVAL;
	attr->__clock = clock;
	return 0;
}

int
pthread_condattr_getclock(const pthread_condattr_t *attr, clockid_t *clock)
{
	*clock = attr->__clock;
	return 0;
}

int
pthread_condattr_setpshared(pthread_condattr_t *attr, int shared)
{
	(void)attr;
	if (shared == PTHREAD_PROCESS_PRIVATE)
		return 0;
	return shared == PTHREAD_PROCESS_SHARED ? ENOTSUP : EINVAL;
}

int
pthread_condattr_getpshared(const pthread_condattr_t *attr, int *shared)
{
	(void)attr;
	*shared = PTHREAD_PROCESS_PRIVATE;
	return 0;
}
