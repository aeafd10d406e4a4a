/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling. A process has no scheduling of its own, its threads do: the
 * functions that take a pid act on the calling thread, for pid 0 and its own.
 */
#include "posix/internal.h"

#include <errno.h>
#include <insula/process.h>
#include <insula/syscall.h>

static int
duration_ns(const struct timespec *t, uint64_t *ns)
{
	if (t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec >= (long)NS_PER_S)
		return EINVAL;
	if ((uint64_t)t->tv_sec >= (1ull << SPORADIC_TIME_BITS) / NS_PER_S)
		return ENOTSUP;
	*ns = (uint64_t)t->tv_sec * NS_PER_S + (uint64_t)t->tv_nsec;
	return 0;
}

int
posix_sporadic(const struct sched_param *param, struct thread_sporadic *s)
{
	uint64_t budget, period;
	int error = duration_ns(&param->sched_ss_repl_period, &period);
	if (error == 0)
		error = duration_ns(&param->sched_ss_init_budget, &budget);
	if (error != 0)
		return error;
	if (budget == 0 || budget > period || param->sched_ss_max_repl < 1 ||
	    param->sched_ss_max_repl > SS_REPL_MAX || param->sched_ss_low_priority < PRIORITY_MIN ||
	    param->sched_ss_low_priority > param->sched_priority)
		return EINVAL;
	*s = (struct thread_sporadic){ .budget_ns = budget,
		.period_ns = period,
		.low = (uint8_t)param->sched_ss_low_priority,
		.repl_max = (uint8_t)param->sched_ss_max_repl };
	return 0;
}

/* enum policy, or an error of the kernel. */
static int
policy_now(const struct thread *thread)
{
	struct thread_info info;
	const err_t err = insula_thread_query(thread->handle, &info);
	return err != OK ? (int)err : (int)(info.state >> 24 & 0xff);
}

static int
set_priority(struct thread *thread, int priority)
{
	const err_t err =
	    insula_thread_configure(thread->handle, THREAD_PRIORITY, (uint64_t)priority, 0);
	if (err == OK)
		thread->priority = (uint32_t)priority;
	return posix_error(err);
}

static bool
no_priority(int priority)
{
	return priority < PRIORITY_MIN || priority > PRIORITY_MAX;
}

int
pthread_setschedprio(pthread_t thread, int priority)
{
	if (no_priority(priority))
		return EINVAL;
	if (priority < thread->sporadic.low && policy_now(thread) == POLICY_SPORADIC)
		return EINVAL;
	return set_priority(thread, priority);
}

/*
 * The parameters with the lowest low priority there is, which no priority is below:
 * the kernel looks at one value at a time, and here both may change. From then
 * on there is memory for any others.
 */
static int
make_way(struct thread *thread, const struct thread_sporadic *s)
{
	struct thread_sporadic low = *s;
	low.low = PRIORITY_MIN;
	return posix_error(base_set_sporadic(thread->handle, &low));
}

/* The policy last: setting it cannot fail any more, and puts the thread at the tail (S16). */
int
pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param)
{
	const int to = policy_of_sched(policy), from = policy_now(thread);
	const struct thread_sporadic before = thread->sporadic;
	struct thread_sporadic wanted = before;
	if (to < 0 || no_priority(param->sched_priority))
		return EINVAL;
	if (from < 0)
		return posix_error((err_t)from);
	int error = to == POLICY_SPORADIC ? posix_sporadic(param, &wanted) : 0;
	const bool way = to == POLICY_SPORADIC ||
	    (from == POLICY_SPORADIC && param->sched_priority < before.low);
	if (error == 0 && way)
		error = make_way(thread, &wanted);
	if (error != 0)
		return error;
	error = set_priority(thread, param->sched_priority);
	if (error != 0) {
		if (from == POLICY_SPORADIC && way)
			(void)base_set_sporadic(thread->handle, &before);
		return error;
	}
	if (to == POLICY_SPORADIC) {
		thread->sporadic = wanted;
		error = posix_error(base_set_sporadic(thread->handle, &wanted));
		if (error != 0 || from == to)
			return error;
	}
	return posix_error(insula_thread_configure(thread->handle, THREAD_POLICY, (uint64_t)to, 0));
}

static struct timespec
time_of_ns(uint64_t ns)
{
	return (
	    struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S) };
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
	if (*policy == SCHED_SPORADIC) {
		param->sched_ss_low_priority = thread->sporadic.low;
		param->sched_ss_repl_period = time_of_ns(thread->sporadic.period_ns);
		param->sched_ss_init_budget = time_of_ns(thread->sporadic.budget_ns);
		param->sched_ss_max_repl = thread->sporadic.repl_max;
	}
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
	const int policy = sched_getscheduler(__pid);
	return policy < 0 ? -1 : failed(pthread_setschedparam(thread_self(), policy, __param));
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
