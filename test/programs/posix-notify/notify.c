/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A timer that notifies: SIGEV_INSULA_NOTIFY rings an endpoint, so a server's one
 * wait takes expiries beside everything else.
 */
#include <errno.h>
#include <insula/syscall.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BITS 0x50ull
#define MS 1000000ull

static uint64_t
now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int
main(void)
{
	const struct itimerspec every = { { 0, 2000000 }, { 0, 3000000 } },
				off = { { 0, 0 }, { 0, 0 } };
	struct sigevent event;
	struct message m = { .label = 0 };
	handle_t endpoint, bell;
	timer_t id;
	if (insula_endpoint_create(SELF, SELF, &endpoint) != OK ||
	    insula_cap_copy(SELF, endpoint, SELF, RIGHT_NOTIFY, BITS, &bell) != OK)
		return 1;
	memset(&event, 0, sizeof event);
	event.sigev_notify = SIGEV_INSULA_NOTIFY;
	event.sigev_value.sival_int = (int)bell;
	printf("timer_create: %d\n", timer_create(CLOCK_MONOTONIC, &event, &id));
	const uint64_t began = now_ns();
	printf("timer_settime: %d\n", timer_settime(id, 0, &every, NULL));
	for (unsigned n = 0; n < 3; n++) {
		const int got = insula_recv(endpoint, began + 1000 * MS, &m);
		printf("bits %s, %llu ms after\n",
		    got == RECV_BITS && m.bits == BITS ? "as asked for" : "wrong",
		    (unsigned long long)((now_ns() - began) / MS));
	}
	timer_settime(id, 0, &off, NULL);
	printf("off: %s\n",
	    insula_recv(endpoint, now_ns() + 20 * MS, &m) == ERR_TIMED_OUT ? "nothing" : "bits");
	printf("timer_delete: %d\n", timer_delete(id));
	event.sigev_notify = SIGEV_SIGNAL;
	printf("a signal: %s\n",
	    timer_create(CLOCK_MONOTONIC, &event, &id) < 0 && errno == ENOTSUP ? "ENOTSUP"
									       : "made");
	return 0;
}
