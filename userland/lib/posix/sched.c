/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling. A process has no scheduling of its own, its threads do: the
 * functions that take a pid act on the calling thread, for pid 0 and its own.
 */
#include "posix/internal.h"

#include <errno.h>
#include <insula/process.h>
#include <insula/syscall.h>

int
pthread_setschedprio(pthread_t thread, int priority)
{
	if (priority < PRIORITY_MIN || priority > PRIORITY_MAX)
		return EINVAL;
	const err_t err =
	    insula_thread_configure(thread->handle, THREAD_PRIORITY, (uint64_t)priority, 0);
	if (err == OK)
		thread->priority = (uint32_t)priority;
	return posix_error(err);
}

/* The policy last: setting it cannot fail any more, and puts the thread at the tail (S16). */
int
pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param)
{
	const int to = policy_of_sched(policy);
	if (to < 0)
		return EINVAL;
	const int error = pthread_setschedprio(thread, param->sched_priority);
	if (error != 0)
		return error;
	return posix_error(insula_thread_configure(thread->handle, THREAD_POLICY, (uint64_t)to, 0));
}

int
pthread_getschedparam(pthread_t thread, int *policy, struct sched_param *param)
{
	struct thread_info info;
	const err_t err = insula_thread_query(thread->handle, &info);
	if (err != OK)
		return posix_error(err);
	*policy = sched_of_policy((unsigned)(info.state >> 24 & 0xff));
	*param = (struct sched_param){ .sched_priority = (int)(info.state >> 16 & 0xff) };
	return 0;
}

static int
failed(int error)
{
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

static bool
is_me(pid_t pid)
{
	return pid == 0 || pid == (pid_t)process_info()->pid;
}

int
sched_yield(void)
{
	insula_yield();
	return 0;
}

/* A thread without the privilege has the same range under every policy (S2). */
int
sched_get_priority_min(int __policy)
{
	return policy_of_sched(__policy) < 0 ? failed(EINVAL) : PRIORITY_MIN;
}

int
sched_get_priority_max(int __policy)
{
	return policy_of_sched(__policy) < 0 ? failed(EINVAL) : PRIORITY_UNPRIVILEGED_MAX;
}

int
sched_rr_get_interval(pid_t __pid, struct timespec *__interval)
{
	if (!is_me(__pid))
		return failed(ESRCH);
	*__interval = (struct timespec){ .tv_nsec = (long)TIMESLICE_NS };
	return 0;
}

int
sched_getparam(pid_t __pid, struct sched_param *__param)
{
	int policy;
	return failed(
	    is_me(__pid) ? pthread_getschedparam(thread_self(), &policy, __param) : ESRCH);
}

int
sched_getscheduler(pid_t __pid)
{
	int policy = SCHED_OTHER;
	struct sched_param param;
	const int error = is_me(__pid) ? pthread_getschedparam(thread_self(), &policy, &param)
				       : ESRCH;
	return error != 0 ? failed(error) : policy;
}

int
sched_setparam(pid_t __pid, const struct sched_param *__param)
{
	return failed(
	    is_me(__pid) ? pthread_setschedprio(thread_self(), __param->sched_priority) : ESRCH);
}

/* Returns the policy before. */
int
sched_setscheduler(pid_t __pid, int __policy, const struct sched_param *__param)
{
	const int before = sched_getscheduler(__pid);
	if (before < 0)
		return -1;
	const int error = pthread_setschedparam(thread_self(), __policy, __param);
	return error != 0 ? failed(error) : before;
}
