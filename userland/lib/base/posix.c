/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rest of what the C library wants to find below it. Files are reached
 * through insula/path.h; opening by number is not part of the base. Parameters
 * are named as in the C library's headers.
 */
#include <errno.h>
#include <fcntl.h>
#include <insula/clock.h>
#include <insula/process.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

int
open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	errno = ENOSYS;
	return -1;
}

int
close(int __fildes)
{
	if (__fildes >= 0 && __fildes <= 2)
		return 0;
	errno = EBADF;
	return -1;
}

off_t
lseek(int __fildes, off_t __offset, int __whence)
{
	(void)__offset;
	(void)__whence;
	errno = __fildes >= 0 && __fildes <= 2 ? ESPIPE : EBADF;
	return -1;
}

pid_t
getpid(void)
{
	return (pid_t)process_info()->pid;
}

int
kill(pid_t pid, int signal)
{
	(void)signal;
	if (pid == getpid())
		process_abort("kill", "a signal that ends the process");
	errno = ENOSYS;
	return -1;
}

int
gettimeofday(struct timeval *restrict __p, void *restrict __tz)
{
	(void)__tz;
	const uint64_t us = clock_now_ns() / 1000;
	__p->tv_sec = (time_t)(us / 1000000);
	__p->tv_usec = (suseconds_t)(us % 1000000);
	return 0;
}

clock_t
times(struct tms *t)
{
	const clock_t now = (clock_t)(clock_now_ns() / 10000000); /* hundredths of a second */
	*t = (struct tms){ .tms_utime = now };
	return now;
}
