/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's errors, times and policies as POSIX has them.
 */
#include "posix/internal.h"

#include <errno.h>

int
posix_error(err_t err)
{
	switch (err) {
	case OK:
		return 0;
	case ERR_LIMIT:
	case ERR_RIGHTS:
		return EPERM;
	case ERR_ARGUMENT:
	case ERR_TYPE:
	case ERR_PRIORITY:
	case ERR_POLICY:
	case ERR_LOW_PRIORITY:
	case ERR_BUDGET:
	case ERR_PERIOD:
	case ERR_REPLENISHMENTS:
		return EINVAL;
	case ERR_HANDLE:
	case ERR_DYING:
		return ESRCH;
	default: /* memory, fund, quota, slots */
		return EAGAIN;
	}
}

int
posix_deadline(clockid_t clock, const struct timespec *t, uint64_t *deadline_ns)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return EINVAL;
	if (t->tv_nsec < 0 || t->tv_nsec >= (long)NS_PER_S)
		return EINVAL;
	if (t->tv_sec < 0) {
		*deadline_ns = TIME_NOW;
		return 0;
	}
	const uint64_t s = (uint64_t)t->tv_sec, ns = s * NS_PER_S + (uint64_t)t->tv_nsec;
	if (s >= UINT64_MAX / NS_PER_S)
		*deadline_ns = TIME_NEVER;
	else
		*deadline_ns = ns > TIME_NOW ? ns : TIME_NOW;
	return 0;
}

int
policy_of_sched(int sched)
{
	switch (sched) {
	case SCHED_FIFO:
		return POLICY_FIFO;
	case SCHED_RR:
		return POLICY_RR;
	case SCHED_OTHER:
		return POLICY_OTHER;
	case SCHED_SPORADIC:
		return POLICY_SPORADIC;
	default:
		return -1;
	}
}

int
sched_of_policy(unsigned policy)
{
	static const signed char sched[] = { [POLICY_FIFO] = SCHED_FIFO,
		[POLICY_RR] = SCHED_RR,
		[POLICY_OTHER] = SCHED_OTHER,
		[POLICY_SPORADIC] = SCHED_SPORADIC };
	return policy < sizeof sched ? sched[policy] : SCHED_OTHER;
}
