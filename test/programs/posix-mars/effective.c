/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The effective priority and the state, which POSIX has no names for.
 */
#include <insula/syscall.h>
#include <insula/thread.h>
#include <pthread.h>

int mars_effective_priority(pthread_t thread);
const char *mars_state(pthread_t thread);

const char *
mars_state(pthread_t thread)
{
	static const char *const texts[] = {
#define S(number, name, text) [number] = (text),
		THREAD_STATE_LIST(S)
#undef S
	};
	struct thread_info info;
	if (insula_thread_query(thread_handle(thread), &info) != OK)
		return "?";
	return texts[info.state & 0xff];
}

int
mars_effective_priority(pthread_t thread)
{
	struct thread_info info;
	if (insula_thread_query(thread_handle(thread), &info) != OK)
		return -1;
	return (int)(info.state >> 8 & 0xff);
}
