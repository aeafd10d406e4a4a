/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each thread has of its own, and how it ends: keys with destructors,
 * __thread, once, cleanup handlers, results, detached threads, reader-writer locks, main
 * leaving before the others.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_key_t plain, chained;
static int freed, chained_runs;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_ran;
static __thread int own = 7;

static void
count_freed(void *value)
{
	freed++;
	free(value);
}

/* Sets its value again twice: destructors run again, as often as that. */
static void
count_chained(void *value)
{
	chained_runs++;
	if (chained_runs < 3)
		pthread_setspecific(chained, value);
}

static void
run_once(void)
{
	once_ran++;
}

static void *
with_values(void *argument)
{
	pthread_once(&once, run_once);
	char *text = malloc(16);
	snprintf(text, 16, "value %d", *(int *)argument);
	pthread_setspecific(plain, text);
	own += *(int *)argument;
	const int right = strcmp(pthread_getspecific(plain), text) == 0 &&
	    own == 7 + *(int *)argument;
	return (void *)(long)right;
}

static void *
with_chain(void *argument)
{
	pthread_setspecific(chained, argument);
	return NULL;
}

static char order[8], letter_a[] = "a", letter_b[] = "b", letter_c[] = "c";
static void
note(void *argument)
{
	strncat(order, argument, 1);
}

static void *
leaves_early(void *argument)
{
	pthread_cleanup_push(note, letter_a);
	pthread_cleanup_push(note, letter_b);
	pthread_cleanup_push(note, letter_c);
	pthread_cleanup_pop(1);
	if (argument != NULL)
		pthread_exit((void *)42);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static sem_t ready, go;
static void *
detached(void *argument)
{
	(void)argument;
	sem_post(&ready);
	sem_wait(&go);
	sem_post(&ready);
	return NULL;
}

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static int pair[2], torn, writes;

static void *
write_pairs(void *argument)
{
	(void)argument;
	for (int i = 0; i < 100; i++) {
		pthread_rwlock_wrlock(&rw);
		pair[0]++;
		sched_yield();
		pair[1]++;
		writes++;
		pthread_rwlock_unlock(&rw);
	}
	return NULL;
}

static void *
read_pairs(void *argument)
{
	for (int i = 0; i < 100; i++) {
		pthread_rwlock_rdlock(&rw);
		if (pair[0] != pair[1])
			__atomic_fetch_add((int *)argument, 1, __ATOMIC_RELAXED);
		sched_yield();
		pthread_rwlock_unlock(&rw);
	}
	return NULL;
}

static void *
last_words(void *argument)
{
	void *result;
	pthread_join(*(pthread_t *)argument, &result);
	printf("main left with %ld\n", (long)result);
	return NULL;
}

int
main(void)
{
	pthread_t t[6];
	int number[4], right = 0;
	void *result;
	pthread_key_create(&plain, count_freed);
	pthread_key_create(&chained, count_chained);
	for (int i = 0; i < 4; i++) {
		number[i] = i;
		pthread_create(&t[i], NULL, with_values, &number[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &result);
		right += (int)(long)result;
	}
	printf("%d right, %d freed, once %d, mine %d\n", right, freed, once_ran, own);
	pthread_create(&t[0], NULL, with_chain, &right);
	pthread_join(t[0], NULL);
	printf("the chained destructor ran %d times\n", chained_runs);

	pthread_create(&t[0], NULL, leaves_early, &right);
	pthread_join(t[0], &result);
	printf("exit %ld, handlers %s\n", (long)result, order);

	pthread_attr_t attr;
	sem_init(&ready, 0, 0);
	sem_init(&go, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 3; i++) {
		pthread_create(&t[i], &attr, detached, NULL);
		sem_wait(&ready);
	}
	printf("joining a detached one: %s\n", pthread_join(t[0], NULL) == EINVAL ? "EINVAL" : "?");
	for (int i = 0; i < 3; i++)
		sem_post(&go);
	for (int i = 0; i < 3; i++)
		sem_wait(&ready);

	for (int i = 0; i < 6; i++)
		pthread_create(&t[i], NULL, i < 3 ? write_pairs : read_pairs, &torn);
	for (int i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
	printf("%d writes, %d torn reads, pair %d %d\n", writes, torn, pair[0], pair[1]);

	static pthread_t self;
	self = pthread_self();
	pthread_create(&t[0], NULL, last_words, &self);
	fflush(stdout);
	pthread_exit((void *)5);
}
