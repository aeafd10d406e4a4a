/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads under their POSIX names: base/thread.c does the work.
 */
#include "posix/internal.h"

#include <errno.h>

int
pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *argument)
{
	struct thread_plan plan = {
		.start = start,
		.argument = argument,
		.stack_bytes = THREAD_STACK_BYTES,
	};
	if (attr != NULL) {
		plan.stack_bytes = attr->__stack_bytes;
		plan.detached = attr->__detached == PTHREAD_CREATE_DETACHED;
	}
	if (attr != NULL && attr->__explicit == PTHREAD_EXPLICIT_SCHED) {
		plan.priority = (unsigned)attr->__param.sched_priority;
		plan.policy = (unsigned)policy_of_sched(attr->__policy);
		plan.sets_policy = true;
		if (attr->__policy == SCHED_SPORADIC) {
			const int error = posix_sporadic(&attr->__param, &plan.sporadic);
			if (error != 0)
				return error;
		}
	}
	return posix_error(thread_make(&plan, thread));
}

int
pthread_join(pthread_t thread, void **result)
{
	long status;
	if (thread == thread_self())
		return EDEADLK;
	if (thread_join(thread, &status) != OK)
		return EINVAL;
	if (result != NULL)
		*result = (void *)status;
	return 0;
}

int
pthread_detach(pthread_t thread)
{
	if (thread->fate == FATE_DETACHED)
		return EINVAL;
	thread_detach(thread);
	return 0;
}

pthread_t
pthread_self(void)
{
	return thread_self();
}

int
pthread_equal(pthread_t a, pthread_t b)
{
	return a == b;
}
