/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes with a deadline, and their attributes.
 */
#include "posix/internal.h"

#include <errno.h>

int
pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock, const struct timespec *abstime)
{
	uint64_t deadline_ns;
	/* What can be had at once is had whatever the time says. */
	int error = pthread_mutex_trylock(m);
	if (error != EBUSY)
		return error;
	error = posix_deadline(clock, abstime, &deadline_ns);
	return error != 0 ? error : mutex_lock_until(m, deadline_ns);
}

int
pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *abstime)
{
	return pthread_mutex_clocklock(m, CLOCK_REALTIME, abstime);
}

int
pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
	*attr = (pthread_mutexattr_t){ .__type = PTHREAD_MUTEX_DEFAULT };
	return 0;
}

int
pthread_mutexattr_destroy(pthread_mutexattr_t *attr)
{
	(void)attr;
	return 0;
}

int
pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
	if (type < PTHREAD_MUTEX_DEFAULT || type > PTHREAD_MUTEX_ERRORCHECK)
		return EINVAL;
	attr->__type = type;
	return 0;
}

int
pthread_mutexattr_gettype(const pthread_mutexattr_t *attr, int *type)
{
	*type = attr->__type;
	return 0;
}

int
pthread_mutexattr_setprotocol(pthread_mutexattr_t *attr, int protocol)
{
	(void)attr;
	if (protocol == PTHREAD_PRIO_INHERIT)
		return 0;
	return protocol == PTHREAD_PRIO_NONE || protocol == PTHREAD_PRIO_PROTECT ? ENOTSUP : EINVAL;
}

int
pthread_mutexattr_getprotocol(const pthread_mutexattr_t *attr, int *protocol)
{
	(void)attr;
	*protocol = PTHREAD_PRIO_INHERIT;
	return 0;
}

int
pthread_mutexattr_setpshared(pthread_mutexattr_t *attr, int shared)
{
	(void)attr;
	if (shared == PTHREAD_PROCESS_PRIVATE)
		return 0;
	return shared == PTHREAD_PROCESS_SHARED ? ENOTSUP : EINVAL;
}

int
pthread_mutexattr_getpshared(const pthread_mutexattr_t *attr, int *shared)
{
	(void)attr;
	*shared = PTHREAD_PROCESS_PRIVATE;
	return 0;
}
