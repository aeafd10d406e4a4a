/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which parts of POSIX there are, on top of what the C library says: its own
 * headers declare them only where these names are defined. docs/posix.md tells
 * what is behind each.
 */
#ifndef INSULA_POSIX_FEATURES_H
#define INSULA_POSIX_FEATURES_H

#include_next <sys/features.h>

#define _POSIX_BARRIERS 200809L
#define _POSIX_CLOCK_SELECTION 200809L
#define _POSIX_MONOTONIC_CLOCK 200809L
#define _POSIX_PRIORITY_SCHEDULING 200809L
#define _POSIX_READER_WRITER_LOCKS 200809L
#define _POSIX_SEMAPHORES 200809L
#define _POSIX_SPORADIC_SERVER 200809L
#define _POSIX_THREADS 200809L
#define _POSIX_THREAD_ATTR_STACKSIZE 200809L
#define _POSIX_THREAD_CPUTIME 200809L
#define _POSIX_THREAD_PRIORITY_SCHEDULING 200809L
#define _POSIX_THREAD_PRIO_INHERIT 200809L
#define _POSIX_THREAD_SAFE_FUNCTIONS 200809L
#define _POSIX_THREAD_SPORADIC_SERVER 200809L
#define _POSIX_TIMEOUTS 200809L
#define _POSIX_TIMERS 200809L

#endif
