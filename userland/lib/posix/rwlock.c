/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reader-writer locks. Who lets go gives the lock to the waiter of the highest
 * priority; a reader takes the readers along that no waiting writer is before. Nobody
 * overtakes a waiting writer but a reader of higher priority.
 */
#include "posix/internal.h"

#include <errno.h>

enum kind { READER, WRITER };

int
pthread_rwlock_init(pthread_rwlock_t *l, const pthread_rwlockattr_t *attr)
{
	(void)attr;
	*l = (pthread_rwlock_t){ .__readers = 0 };
	return 0;
}

int
pthread_rwlock_destroy(pthread_rwlock_t *l)
{
	waiters_lock(&l->__waiters);
	const bool used = l->__waiters.first != NULL || l->__readers != 0 || l->__writer != 0;
	waiters_unlock(&l->__waiters);
	return used ? EBUSY : pthread_mutex_destroy(&l->__waiters.lock);
}

static bool
writer_before(const pthread_rwlock_t *l, unsigned priority)
{
	for (const struct pthread_waiter *w = l->__waiters.first; w != NULL; w = w->next)
		if (w->kind == WRITER && w->thread->priority >= priority)
			return true;
	return false;
}

/* 0 and taken, or EBUSY; EDEADLK and EAGAIN end it. */
static int
take(pthread_rwlock_t *l, enum kind kind)
{
	struct thread *self = thread_self();
	if (l->__writer == self->handle)
		return EDEADLK;
	if (l->__writer != 0)
		return EBUSY;
	if (kind == WRITER) {
		if (l->__readers != 0)
			return EBUSY;
		l->__writer = self->handle;
		return 0;
	}
	if (l->__readers == UINT32_MAX)
		return EAGAIN;
	if (l->__waiters.first != NULL && writer_before(l, posix_priority(self)))
		return EBUSY;
	l->__readers++;
	return 0;
}

/* Whoever can have it now gets it. */
static void
give(pthread_rwlock_t *l)
{
	struct pthread_waiter *w;
	while (l->__writer == 0 && (w = waiters_best(&l->__waiters)) != NULL) {
		if (w->kind == WRITER && l->__readers != 0)
			return;
		if (w->kind == WRITER)
			l->__writer = w->thread->handle;
		else
			l->__readers++;
		waiter_wake(&l->__waiters, w);
	}
}

/* `abstime` NULL: for ever. */
static int
lock_until(pthread_rwlock_t *l, enum kind kind, clockid_t clock, const struct timespec *abstime)
{
	struct pthread_waiter w;
	uint64_t deadline_ns = TIME_NEVER;
	waiters_lock(&l->__waiters);
	int error = take(l, kind);
	if (error != EBUSY) {
		waiters_unlock(&l->__waiters);
		return error;
	}
	error = abstime != NULL ? posix_deadline(clock, abstime, &deadline_ns) : 0;
	if (error == 0)
		error = waiter_enter(&l->__waiters, &w, (int)kind);
	waiters_unlock(&l->__waiters);
	if (error != 0)
		return error;
	error = waiter_sleep(&l->__waiters, &w, deadline_ns);
	if (error != 0) {
		/* A writer that gives up may have been before readers. */
		waiters_lock(&l->__waiters);
		give(l);
		waiters_unlock(&l->__waiters);
	}
	return error;
}

static int
try_lock(pthread_rwlock_t *l, enum kind kind)
{
	waiters_lock(&l->__waiters);
	const int error = take(l, kind);
	waiters_unlock(&l->__waiters);
	return error == EDEADLK ? EBUSY : error;
}

int
pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	return lock_until(l, READER, CLOCK_REALTIME, NULL);
}

int
pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
	return try_lock(l, READER);
}

int
pthread_rwlock_timedrdlock(pthread_rwlock_t *l, const struct timespec *abstime)
{
	return lock_until(l, READER, CLOCK_REALTIME, abstime);
}

int
pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *abstime)
{
	return lock_until(l, READER, clock, abstime);
}

int
pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	return lock_until(l, WRITER, CLOCK_REALTIME, NULL);
}

int
pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
	return try_lock(l, WRITER);
}

int
pthread_rwlock_timedwrlock(pthread_rwlock_t *l, const struct timespec *abstime)
{
	return lock_until(l, WRITER, CLOCK_REALTIME, abstime);
}

int
pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *abstime)
{
	return lock_until(l, WRITER, clock, abstime);
}

int
pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	int error = 0;
	waiters_lock(&l->__waiters);
	if (l->__writer == thread_self()->handle)
		l->__writer = 0;
	else if (l->__writer == 0 && l->__readers != 0)
		l->__readers--;
	else
		error = EPERM;
	if (error == 0)
		give(l);
	waiters_unlock(&l->__waiters);
	return error;
}

int
pthread_rwlockattr_init(pthread_rwlockattr_t *attr)
{
	*attr = (pthread_rwlockattr_t){ 0 };
	return 0;
}

int
pthread_rwlockattr_destroy(pthread_rwlockattr_t *attr)
{
	(void)attr;
	return 0;
}
