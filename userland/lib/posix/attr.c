/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attributes of threads to be made. Each setter refuses what could not be
 * had, so that pthread_create fails only for want of memory or of privilege.
 */
#include "posix/internal.h"

#include <errno.h>

#define DEFAULT_PRIORITY 10

int
pthread_attr_init(pthread_attr_t *a)
{
	*a = (pthread_attr_t){ .__stack_bytes = THREAD_STACK_BYTES,
		.__policy = SCHED_RR,
		.__param = { .sched_priority = DEFAULT_PRIORITY } };
	return 0;
}

int
pthread_attr_destroy(pthread_attr_t *a)
{
	(void)a;
	return 0;
}

int
pthread_attr_setdetachstate(pthread_attr_t *a, int state)
{
	if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
		return EINVAL;
	a->__detached = state;
	return 0;
}

int
pthread_attr_getdetachstate(const pthread_attr_t *a, int *state)
{
	*state = a->__detached;
	return 0;
}

int
pthread_attr_setstacksize(pthread_attr_t *a, size_t bytes)
{
	if (bytes < PTHREAD_STACK_MIN)
		return EINVAL;
	a->__stack_bytes = bytes;
	return 0;
}

int
pthread_attr_getstacksize(const pthread_attr_t *a, size_t *bytes)
{
	*bytes = a->__stack_bytes;
	return 0;
}

int
pthread_attr_setguardsize(pthread_attr_t *a, size_t bytes)
{
	(void)a;
	return bytes > PAGE_BYTES ? ENOTSUP : 0;
}

int
pthread_attr_getguardsize(const pthread_attr_t *a, size_t *bytes)
{
	(void)a;
	*bytes = PAGE_BYTES;
	return 0;
}

int
pthread_attr_setinheritsched(pthread_attr_t *a, int inherit)
{
	if (inherit != PTHREAD_INHERIT_SCHED && inherit != PTHREAD_EXPLICIT_SCHED)
		return EINVAL;
	a->__explicit = inherit;
	return 0;
}

int
pthread_attr_getinheritsched(const pthread_attr_t *a, int *inherit)
{
	*inherit = a->__explicit;
	return 0;
}

int
pthread_attr_setschedpolicy(pthread_attr_t *a, int policy)
{
	if (policy_of_sched(policy) < 0)
		return EINVAL;
	a->__policy = policy;
	return 0;
}

int
pthread_attr_getschedpolicy(const pthread_attr_t *a, int *policy)
{
	*policy = a->__policy;
	return 0;
}

int
pthread_attr_setschedparam(pthread_attr_t *a, const struct sched_param *param)
{
	if (param->sched_priority < PRIORITY_MIN || param->sched_priority > PRIORITY_MAX)
		return EINVAL;
	struct thread_sporadic s;
	const int error = a->__policy == SCHED_SPORADIC ? posix_sporadic(param, &s) : 0;
	if (error == 0)
		a->__param = *param;
	return error;
}

int
pthread_attr_getschedparam(const pthread_attr_t *a, struct sched_param *param)
{
	*param = a->__param;
	return 0;
}

int
pthread_attr_setscope(pthread_attr_t *a, int scope)
{
	(void)a;
	if (scope == PTHREAD_SCOPE_SYSTEM)
		return 0;
	return scope == PTHREAD_SCOPE_PROCESS ? ENOTSUP : EINVAL;
}

int
pthread_attr_getscope(const pthread_attr_t *a, int *scope)
{
	(void)a;
	*scope = PTHREAD_SCOPE_SYSTEM;
	return 0;
}
