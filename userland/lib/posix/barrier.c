/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Barriers: the last one to arrive wakes the others.
 */
#include "posix/internal.h"

#include <errno.h>

int
pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *attr, unsigned count)
{
	(void)attr;
	if (count == 0)
		return EINVAL;
	*b = (pthread_barrier_t){ .__needed = count };
	return 0;
}

int
pthread_barrier_destroy(pthread_barrier_t *b)
{
	waiters_lock(&b->__waiters);
	const bool waited = b->__waiters.first != NULL;
	waiters_unlock(&b->__waiters);
	return waited ? EBUSY : pthread_mutex_destroy(&b->__waiters.lock);
}

int
pthread_barrier_wait(pthread_barrier_t *b)
{
	struct pthread_waiter w, *other;
	int error = PTHREAD_BARRIER_SERIAL_THREAD;
	waiters_lock(&b->__waiters);
	if (b->__arrived + 1 < b->__needed) {
		error = waiter_enter(&b->__waiters, &w, 0);
		if (error == 0)
			b->__arrived++;
		waiters_unlock(&b->__waiters);
		return error != 0 ? error : waiter_sleep(&b->__waiters, &w, TIME_NEVER);
	}
	b->__arrived = 0;
	while ((other = waiters_best(&b->__waiters)) != NULL)
		waiter_wake(&b->__waiters, other);
	waiters_unlock(&b->__waiters);
	return error;
}

int
pthread_barrierattr_init(pthread_barrierattr_t *attr)
{
	*attr = (pthread_barrierattr_t){ 0 };
	return 0;
}

int
pthread_barrierattr_destroy(pthread_barrierattr_t *attr)
{
	(void)attr;
	return 0;
}
