/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dining philosophers who all reach to the left first: the deadlock is real, and
 * they get out of it by deadlines. Everybody eats as often as everybody else.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#define SEATS 5
#define MEALS 20

static pthread_mutex_t fork_at[SEATS];
static pthread_barrier_t seated;
static int meals[SEATS], eating[SEATS], beside[SEATS], wrong[SEATS];

static struct timespec
in_ms(long ms)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void
eat(int me)
{
	eating[me] = 1;
	if (eating[(me + 1) % SEATS] || eating[(me + SEATS - 1) % SEATS])
		beside[me]++;
	sched_yield();
	meals[me]++;
	eating[me] = 0;
}

static void *
dine(void *argument)
{
	const int me = *(int *)argument;
	pthread_mutex_t *left = &fork_at[me], *right = &fork_at[(me + 1) % SEATS];
	pthread_barrier_wait(&seated);
	while (meals[me] < MEALS) {
		pthread_mutex_lock(left);
		sched_yield(); /* so that everybody has one fork */
		const struct timespec until = in_ms(1 + me);
		const int error = pthread_mutex_timedlock(right, &until);
		if (error == 0) {
			eat(me);
			pthread_mutex_unlock(right);
		} else if (error != ETIMEDOUT) {
			wrong[me]++;
		}
		pthread_mutex_unlock(left);
	}
	return NULL;
}

int
main(void)
{
	pthread_t thread[SEATS];
	int seat[SEATS], total = 0, neighbours = 0, errors = 0, destroyed = 0;
	pthread_barrier_init(&seated, NULL, SEATS);
	for (int i = 0; i < SEATS; i++) {
		pthread_mutex_init(&fork_at[i], NULL);
		seat[i] = i;
		pthread_create(&thread[i], NULL, dine, &seat[i]);
	}
	for (int i = 0; i < SEATS; i++) {
		pthread_join(thread[i], NULL);
		total += meals[i];
		neighbours += beside[i];
		errors += wrong[i];
	}
	for (int i = 0; i < SEATS; i++)
		destroyed += pthread_mutex_destroy(&fork_at[i]) == 0;
	printf("%d meals, %d beside an eating neighbour, %d errors, %d forks put away\n", total,
	    neighbours, errors, destroyed);
	return 0;
}
