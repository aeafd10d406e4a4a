/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The C library's <sys/signal.h>, with a struct sigevent that can name a
 * function to call (SIGEV_THREAD) or an endpoint to ring (SIGEV_INSULA_NOTIFY):
 * the library's own has no members for either, so it goes by another name.
 */
#ifndef INSULA_POSIX_SIGNAL_H
#define INSULA_POSIX_SIGNAL_H

#define sigevent __c_library_sigevent
#include_next <sys/signal.h>
#undef sigevent

#include <stdint.h>

/* sigev_value.sival_int is a handle with RIGHT_NOTIFY; its badge's bits are set at each expiry. */
#define SIGEV_INSULA_NOTIFY 0x100

struct sigevent {
	int sigev_notify;
	int sigev_signo;
	union sigval sigev_value;
	void (*sigev_notify_function)(union sigval);
	void *sigev_notify_attributes; /* a pthread_attr_t, or NULL */
};

#endif
