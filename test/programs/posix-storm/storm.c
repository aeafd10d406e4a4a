/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Broadcasts and signals to many waiters with and without deadlines: nobody is
 * left waiting, and nobody is woken by a signal that came before it waited.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define THREADS 12
#define ROUNDS 30

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t started = PTHREAD_COND_INITIALIZER, next = PTHREAD_COND_INITIALIZER,
		      all = PTHREAD_COND_INITIALIZER, tickets = PTHREAD_COND_INITIALIZER;
static int round_now, waiting, done, timeouts, ticket, taken;

static void *
follow(void *argument)
{
	const int impatient = *(int *)argument % 3 == 0;
	pthread_mutex_lock(&lock);
	for (int round = 0; round < ROUNDS; round++) {
		if (++waiting == THREADS)
			pthread_cond_signal(&all);
		while (round_now == round) {
			struct timespec t;
			clock_gettime(CLOCK_REALTIME, &t);
			t.tv_nsec += 100000;
			if (t.tv_nsec >= 1000000000) {
				t.tv_nsec -= 1000000000;
				t.tv_sec++;
			}
			const int error = impatient ? pthread_cond_timedwait(&next, &lock, &t)
						    : pthread_cond_wait(&next, &lock);
			timeouts += error == ETIMEDOUT;
		}
	}
	done++;
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *
take_ticket(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&lock);
	waiting++;
	pthread_cond_signal(&started);
	while (ticket == 0)
		pthread_cond_wait(&tickets, &lock);
	ticket--;
	taken++;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int
main(void)
{
	pthread_t thread[THREADS];
	int number[THREADS];
	for (int i = 0; i < THREADS; i++) {
		number[i] = i;
		pthread_create(&thread[i], NULL, follow, &number[i]);
	}
	pthread_mutex_lock(&lock);
	for (int round = 0; round < ROUNDS; round++) {
		while (waiting < THREADS)
			pthread_cond_wait(&all, &lock);
		waiting = 0;
		round_now++;
		pthread_cond_broadcast(&next);
	}
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("%d threads followed %d broadcasts\n", done, round_now);

	waiting = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, take_ticket, NULL);
	pthread_mutex_lock(&lock);
	while (waiting < THREADS)
		pthread_cond_wait(&started, &lock);
	for (int i = 0; i < THREADS; i++) {
		ticket++;
		pthread_cond_signal(&tickets);
	}
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("%d signals, %d tickets taken, %d left\n", THREADS, taken, ticket);
	return 0;
}
