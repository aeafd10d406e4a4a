/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Semaphores: a number under a lock, and a queue. A post with waiters does not
 * change the number: it is the waiter's, whom nobody can overtake.
 */
#include "posix/internal.h"

#include <errno.h>
#include <semaphore.h>

static int
failed(int error)
{
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

int
sem_init(sem_t *s, int pshared, unsigned value)
{
	if (pshared != 0)
		return failed(ENOSYS);
	if (value > SEM_VALUE_MAX)
		return failed(EINVAL);
	*s = (sem_t){ .__value = value };
	return 0;
}

int
sem_destroy(sem_t *s)
{
	waiters_lock(&s->__waiters);
	const bool waited = s->__waiters.first != NULL;
	waiters_unlock(&s->__waiters);
	return failed(waited ? EBUSY : pthread_mutex_destroy(&s->__waiters.lock));
}

/* EAGAIN: it is 0, and the queue's lock is still held. */
static int
take_one(sem_t *s)
{
	waiters_lock(&s->__waiters);
	if (s->__value == 0)
		return EAGAIN;
	s->__value--;
	waiters_unlock(&s->__waiters);
	return 0;
}

static int
wait_locked(sem_t *s, uint64_t deadline_ns)
{
	struct pthread_waiter w;
	const int error = waiter_enter(&s->__waiters, &w, 0);
	waiters_unlock(&s->__waiters);
	return error != 0 ? error : waiter_sleep(&s->__waiters, &w, deadline_ns);
}

int
sem_wait(sem_t *s)
{
	return take_one(s) == 0 ? 0 : failed(wait_locked(s, TIME_NEVER));
}

int
sem_trywait(sem_t *s)
{
	const int error = take_one(s);
	if (error != 0)
		waiters_unlock(&s->__waiters);
	return failed(error);
}

int
sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *abstime)
{
	uint64_t deadline_ns;
	if (take_one(s) == 0)
		return 0;
	const int error = posix_deadline(clock, abstime, &deadline_ns);
	if (error != 0) {
		waiters_unlock(&s->__waiters);
		return failed(error);
	}
	return failed(wait_locked(s, deadline_ns));
}

int
sem_timedwait(sem_t *s, const struct timespec *abstime)
{
	return sem_clockwait(s, CLOCK_REALTIME, abstime);
}

int
sem_post(sem_t *s)
{
	int error = 0;
	waiters_lock(&s->__waiters);
	struct pthread_waiter *w = waiters_best(&s->__waiters);
	if (w != NULL)
		waiter_wake(&s->__waiters, w);
	else if (s->__value < SEM_VALUE_MAX)
		s->__value++;
	else
		error = EOVERFLOW;
	waiters_unlock(&s->__waiters);
	return failed(error);
}

int
sem_getvalue(sem_t *s, int *value)
{
	*value = (int)__atomic_load_n(&s->__value, __ATOMIC_RELAXED);
	return 0;
}
