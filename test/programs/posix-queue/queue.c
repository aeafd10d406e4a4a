/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ordinary POSIX program: producers and consumers over a bounded buffer,
 * once with a mutex and two condition variables, once with semaphores. Every item
 * arrives exactly once, and in its producer's order.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#define PRODUCERS 3
#define CONSUMERS 2
#define ITEMS 400
#define SLOTS 5
#define END (-1)

static int buffer[SLOTS];
static unsigned head, used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static sem_t free_slots, full_slots;
static int with_semaphores;

static void
put(int item)
{
	if (with_semaphores)
		sem_wait(&free_slots);
	pthread_mutex_lock(&lock);
	while (!with_semaphores && used == SLOTS)
		pthread_cond_wait(&not_full, &lock);
	buffer[(head + used++) % SLOTS] = item;
	pthread_mutex_unlock(&lock);
	if (with_semaphores)
		sem_post(&full_slots);
	else
		pthread_cond_signal(&not_empty);
}

static int
get(void)
{
	if (with_semaphores)
		sem_wait(&full_slots);
	pthread_mutex_lock(&lock);
	while (!with_semaphores && used == 0)
		pthread_cond_wait(&not_empty, &lock);
	const int item = buffer[head];
	head = (head + 1) % SLOTS;
	used--;
	pthread_mutex_unlock(&lock);
	if (with_semaphores)
		sem_post(&free_slots);
	else
		pthread_cond_signal(&not_full);
	return item;
}

static void *
produce(void *argument)
{
	const int number = *(int *)argument;
	for (int i = 0; i < ITEMS; i++)
		put(number * ITEMS + i);
	return NULL;
}

struct tally {
	int seen[PRODUCERS * ITEMS];
	int last[PRODUCERS];
	int disorder;
};

static void *
consume(void *argument)
{
	struct tally *t = argument;
	int item;
	memset(t->last, -1, sizeof t->last);
	while ((item = get()) != END) {
		t->seen[item]++;
		if (item <= t->last[item / ITEMS])
			t->disorder++;
		t->last[item / ITEMS] = item;
	}
	return t;
}

static void
run(const char *what)
{
	static struct tally tally[CONSUMERS];
	pthread_t producer[PRODUCERS], consumer[CONSUMERS];
	int number[PRODUCERS], lost = 0, twice = 0, disorder = 0;
	memset(tally, 0, sizeof tally);
	for (int i = 0; i < CONSUMERS; i++)
		pthread_create(&consumer[i], NULL, consume, &tally[i]);
	for (int i = 0; i < PRODUCERS; i++) {
		number[i] = i;
		pthread_create(&producer[i], NULL, produce, &number[i]);
	}
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(producer[i], NULL);
	for (int i = 0; i < CONSUMERS; i++)
		put(END);
	for (int i = 0; i < CONSUMERS; i++) {
		void *result;
		pthread_join(consumer[i], &result);
		disorder += ((struct tally *)result)->disorder;
	}
	for (int i = 0; i < PRODUCERS * ITEMS; i++) {
		int seen = 0;
		for (int j = 0; j < CONSUMERS; j++)
			seen += tally[j].seen[i];
		lost += seen == 0;
		twice += seen > 1;
	}
	printf("%s: %d items, %d lost, %d twice, %d out of order, %u left\n", what,
	    PRODUCERS * ITEMS, lost, twice, disorder, used);
}

int
main(void)
{
	run("condition variables");
	sem_init(&free_slots, 0, SLOTS);
	sem_init(&full_slots, 0, 0);
	with_semaphores = 1;
	run("semaphores");
	int free_now, full_now;
	sem_getvalue(&free_slots, &free_now);
	sem_getvalue(&full_slots, &full_now);
	printf("%d free, %d full\n", free_now, full_now);
	printf("destroyed: %d %d %d %d %d\n", sem_destroy(&free_slots), sem_destroy(&full_slots),
	    pthread_cond_destroy(&not_full), pthread_cond_destroy(&not_empty),
	    pthread_mutex_destroy(&lock));
	return 0;
}
