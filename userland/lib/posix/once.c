/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread_once: who comes while the routine runs waits at a mutex, and so lends
 * its priority to the thread that runs it.
 */
#include "posix/internal.h"

int
pthread_once(pthread_once_t *once, void (*routine)(void))
{
	if (__atomic_load_n(&once->__done, __ATOMIC_ACQUIRE) != 0)
		return 0;
	const int error = pthread_mutex_lock(&once->__lock);
	if (error != 0)
		return error; /* EDEADLK: called by its own routine */
	if (once->__done == 0) {
		routine();
		__atomic_store_n(&once->__done, 1, __ATOMIC_RELEASE);
	}
	return pthread_mutex_unlock(&once->__lock);
}
