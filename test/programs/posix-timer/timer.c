/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks, sleeping, and timers that call a function in a thread of its own.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static sem_t fired;
static int value_seen;
static pthread_t ran_in;

static void
expired(union sigval value)
{
	value_seen = value.sival_int;
	ran_in = pthread_self();
	sem_post(&fired);
}

static int64_t
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int
main(void)
{
	struct sigevent event;
	struct itimerspec once = { { 0, 0 }, { 0, 3000000 } }, again = { { 0, 2000000 }, { 0, 1 } },
			  off = { { 0, 0 }, { 0, 0 } }, later = { { 0, 0 }, { 3600, 0 } }, left;
	timer_t id;
	sem_init(&fired, 0, 0);

	int64_t before = now_us();
	struct timespec t = { 0, 2000000 };
	printf("nanosleep: %d\n", nanosleep(&t, NULL));
	printf("slept long enough: %d\n", now_us() - before >= 2000);
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec -= 1;
	printf("clock_nanosleep until the past: %d\n",
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
	printf("clock_getres: %d\n", clock_getres(CLOCK_MONOTONIC, &t));
	printf("processor time: %d\n", clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t));

	memset(&event, 0, sizeof event);
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_value.sival_int = 17;
	event.sigev_notify_function = expired;
	printf("timer_create: %d\n", timer_create(CLOCK_MONOTONIC, &event, &id));
	timer_settime(id, 0, &later, NULL);
	timer_gettime(id, &left);
	printf("armed: %d\n", left.it_value.tv_sec > 3000 && left.it_value.tv_sec <= 3600);
	before = now_us();
	printf("timer_settime: %d\n", timer_settime(id, 0, &once, &left));
	printf("was armed: %d\n", left.it_value.tv_sec > 3000);
	sem_wait(&fired);
	printf("fired with %d, not too early: %d, in a thread of its own: %d\n", value_seen,
	    now_us() - before >= 3000, !pthread_equal(ran_in, pthread_self()));
	timer_gettime(id, &left);
	printf("armed: %d\n", left.it_value.tv_sec != 0 || left.it_value.tv_nsec != 0);

	before = now_us();
	timer_settime(id, 0, &again, NULL);
	for (int i = 0; i < 5; i++)
		sem_wait(&fired);
	printf("five times, not too early: %d\n", now_us() - before >= 8000);
	printf("disarmed: %d\n", timer_settime(id, 0, &off, NULL));
	printf("timer_delete: %d\n", timer_delete(id));
	return 0;
}
