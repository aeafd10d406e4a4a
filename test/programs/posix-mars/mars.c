/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mars Pathfinder's bus thread: LOW has the mutex, HIGH wants it, and MIDDLE computes for
 * long. Where HIGH's priority is not lent to LOW, HIGH waits until MIDDLE is done.
 * Three ways for it to happen; each prints what it saw.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

#define WORK_NS 20000000ull /* what MIDDLE computes */

static pthread_mutex_t bus = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static sem_t low_has_it, low_may_go_on, high_is_done;
static volatile int middle_done, low_done;

static uint64_t
now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int mars_effective_priority(pthread_t thread);
const char *mars_state(pthread_t thread);

static int
effective_priority(void)
{
	return mars_effective_priority(pthread_self());
}

static void
compute(uint64_t ns)
{
	const uint64_t end = now_ns() + ns;
	while (now_ns() < end)
		;
}

static void *
middle(void *argument)
{
	(void)argument;
	compute(WORK_NS);
	middle_done = 1;
	return NULL;
}

/* C8: the owner runs at the waiter's priority, and at its own again afterwards. */
static void *
low(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&bus);
	sem_post(&low_has_it);
	sem_wait(&low_may_go_on);
	compute(1000000);
	const int inside = effective_priority();
	pthread_mutex_unlock(&bus);
	printf("low: %d inside, %d after, middle %s\n", inside, effective_priority(),
	    middle_done ? "done" : "not done");
	low_done = 1;
	return NULL;
}

/* C5, C8: through a second mutex whose owner waits for the first. */
static void *
between(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&other);
	sem_post(&low_has_it);
	pthread_mutex_lock(&bus);
	const int inside = effective_priority();
	pthread_mutex_unlock(&bus);
	pthread_mutex_unlock(&other);
	printf("between: %d inside, %d after\n", inside, effective_priority());
	return NULL;
}

static void *
high(void *mutex)
{
	const uint64_t before = now_ns();
	pthread_mutex_lock(mutex);
	const uint64_t waited = now_ns() - before;
	pthread_mutex_unlock(mutex);
	printf("high: middle %s, waited %s\n", middle_done ? "done" : "not done",
	    waited < WORK_NS / 2 ? "briefly" : "long");
	sem_post(&high_is_done);
	return NULL;
}

static pthread_t
start(void *(*run)(void *), void *argument, int priority)
{
	pthread_t thread;
	pthread_attr_t attr;
	const struct sched_param param = { .sched_priority = priority };
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	if (pthread_create(&thread, &attr, run, argument) != 0)
		printf("no thread at priority %d\n", priority);
	return thread;
}

static void
one_mutex(void)
{
	pthread_t t[3];
	middle_done = 0;
	t[0] = start(low, NULL, 11);
	sem_wait(&low_has_it);
	t[1] = start(high, &bus, 50); /* waits for low */
	sem_post(&low_may_go_on);
	t[2] = start(middle, NULL, 30);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
}

static void
two_mutexes(void)
{
	pthread_t t[4];
	middle_done = 0;
	t[0] = start(low, NULL, 11);
	sem_wait(&low_has_it);
	t[1] = start(between, NULL, 12);
	sem_wait(&low_has_it);
	t[2] = start(high, &other, 50);
	sem_post(&low_may_go_on);
	t[3] = start(middle, NULL, 30);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

/* The one that hands the mutex over wants it back at once, before the new owner ran. */
static void *
giver(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&bus);
	sem_post(&low_has_it);
	sem_wait(&low_may_go_on);
	pthread_mutex_unlock(&bus);
	return high(&bus);
}

static void *
taker(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&bus);
	const int inside = effective_priority();
	pthread_mutex_unlock(&bus);
	printf("taker: %d inside, %d after, middle %s\n", inside, effective_priority(),
	    middle_done ? "done" : "not done");
	return NULL;
}

static void *
sleeper(void *argument)
{
	const struct timespec pause = { 0, 5000000 };
	nanosleep(&pause, NULL);
	return argument;
}

static void
handed_over(void)
{
	pthread_t t[4];
	middle_done = 0;
	t[0] = start(giver, NULL, 50);
	sem_wait(&low_has_it);
	t[1] = start(taker, NULL, 11);
	t[3] = start(sleeper, NULL, 40);
	struct timespec pause = { 0, 1000000 };
	nanosleep(&pause, NULL); /* taker waits */
	printf("taker is %s, sleeper is %s\n", mars_state(t[1]), mars_state(t[3]));
	t[2] = start(middle, NULL, 30);
	sem_post(&low_may_go_on);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

static void *
say_scheduling(void *argument)
{
	int policy;
	struct sched_param param;
	pthread_getschedparam(pthread_self(), &policy, &param);
	printf("S3: a child has policy %d, priority %d\n", policy, param.sched_priority);
	param.sched_priority--;
	sched_setscheduler(0, SCHED_RR, &param);
	pthread_getschedparam(pthread_self(), &policy, &param);
	printf("S15: now policy %d, priority %d\n", policy, param.sched_priority);
	return argument;
}

int
main(void)
{
	pthread_t child;
	const struct sched_param param = { .sched_priority = 60 };
	pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
	pthread_create(&child, NULL, say_scheduling, NULL);
	pthread_join(child, NULL);
	sem_init(&low_has_it, 0, 0);
	sem_init(&low_may_go_on, 0, 0);
	sem_init(&high_is_done, 0, 0);
	printf("one mutex\n");
	one_mutex();
	printf("a chain of two\n");
	two_mutexes();
	printf("handed over\n");
	handed_over();
	return 0;
}
