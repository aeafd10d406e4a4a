/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cleanup handlers, and pthread_exit, which runs them.
 */
#include "posix/internal.h"

static _Thread_local struct pthread_cleanup *top;

void
insula_cleanup_push(struct pthread_cleanup *cleanup)
{
	cleanup->below = top;
	top = cleanup;
}

void
insula_cleanup_pop(int execute)
{
	struct pthread_cleanup *cleanup = top;
	top = cleanup->below;
	if (execute != 0)
		cleanup->run(cleanup->argument);
}

void
pthread_exit(void *result)
{
	while (top != NULL)
		insula_cleanup_pop(1);
	thread_exit((long)(intptr_t)result);
}
