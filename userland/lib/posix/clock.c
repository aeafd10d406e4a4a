/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks and sleeping. There is no clock but the monotonic one, so
 * CLOCK_REALTIME is that too; and the processor time of a thread.
 */
#include "posix/internal.h"

#include <errno.h>
#include <insula/clock.h>
#include <insula/process.h>
#include <insula/syscall.h>
#include <unistd.h>

/* A thread's own clock: its handle, above the numbers of the others. */
#define THREAD_CLOCK(handle) ((clockid_t)(handle) << 8 | CLOCK_THREAD_CPUTIME_ID)
#define CLOCK_KIND(clock) ((clock)&0xff)
#define CLOCK_HANDLE(clock) ((handle_t)((clock) >> 8))

static int
failed(int error)
{
	errno = error;
	return -1;
}

int
pthread_getcpuclockid(pthread_t thread, clockid_t *clock)
{
	*clock = THREAD_CLOCK(thread->handle);
	return 0;
}

static bool
runs_always(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

int
clock_gettime(clockid_t clock_id, struct timespec *tp)
{
	struct thread_info info;
	uint64_t ns;
	if (runs_always(clock_id)) {
		ns = clock_now_ns();
	} else if (CLOCK_KIND(clock_id) == CLOCK_THREAD_CPUTIME_ID) {
		const handle_t thread = clock_id == CLOCK_THREAD_CPUTIME_ID
		    ? thread_self()->handle
		    : CLOCK_HANDLE(clock_id);
		if (insula_thread_query(thread, &info) != OK)
			return failed(EINVAL);
		ns = info.cpu_ns;
	} else {
		return failed(EINVAL);
	}
	tp->tv_sec = (time_t)(ns / NS_PER_S);
	tp->tv_nsec = (long)(ns % NS_PER_S);
	return 0;
}

int
clock_getres(clockid_t clock_id, struct timespec *res)
{
	if (!runs_always(clock_id) && CLOCK_KIND(clock_id) != CLOCK_THREAD_CPUTIME_ID)
		return failed(EINVAL);
	const uint64_t hz = process_info()->clock_hz;
	if (res != NULL)
		*res = (struct timespec){ .tv_nsec = (long)((NS_PER_S + hz - 1) / hz) };
	return 0;
}

int
clock_nanosleep(clockid_t clock_id, int flags, const struct timespec *rqtp, struct timespec *rmtp)
{
	uint64_t deadline_ns;
	(void)rmtp; /* nothing interrupts a sleep */
	if (clock_id == CLOCK_THREAD_CPUTIME_ID)
		return EINVAL;
	if (!runs_always(clock_id))
		return CLOCK_KIND(clock_id) == CLOCK_THREAD_CPUTIME_ID ? ENOTSUP : EINVAL;
	const int error = posix_deadline(clock_id, rqtp, &deadline_ns);
	if (error != 0)
		return error;
	if ((flags & TIMER_ABSTIME) == 0) {
		if (rqtp->tv_sec < 0)
			return EINVAL;
		if (deadline_ns != TIME_NEVER)
			deadline_ns = clock_now_ns() +
			    ((uint64_t)rqtp->tv_sec * NS_PER_S + (uint64_t)rqtp->tv_nsec);
	}
	while (deadline_ns == TIME_NEVER)
		(void)insula_sleep(TIME_NEVER);
	(void)clock_sleep_until(deadline_ns);
	return 0;
}

int
nanosleep(const struct timespec *rqtp, struct timespec *rmtp)
{
	const int error = clock_nanosleep(CLOCK_MONOTONIC, 0, rqtp, rmtp);
	return error != 0 ? failed(error) : 0;
}

unsigned
sleep(unsigned __seconds)
{
	(void)clock_sleep_ns(__seconds * NS_PER_S);
	return 0;
}

int
usleep(useconds_t __useconds)
{
	(void)clock_sleep_ns((uint64_t)__useconds * 1000);
	return 0;
}
