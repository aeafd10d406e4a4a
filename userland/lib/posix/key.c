/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thread-local values by key, and their destructors. A value carries the
 * generation of its key, so that a key made anew finds none of the old values.
 */
#include "posix/internal.h"

#include <errno.h>

static struct {
	uint32_t generation; /* odd: in use */
	void (*destructor)(void *);
} keys[PTHREAD_KEYS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static _Thread_local struct {
	void *value;
	uint32_t generation;
} values[PTHREAD_KEYS_MAX];

static bool
valid(pthread_key_t key)
{
	return key < PTHREAD_KEYS_MAX && (keys[key].generation & 1) != 0;
}

/* True when a destructor ran: it may have set values again. */
static bool
destroy_values(void)
{
	bool ran = false;
	for (pthread_key_t k = 0; k < PTHREAD_KEYS_MAX; k++) {
		void *value = pthread_getspecific(k);
		void (*destructor)(void *) = keys[k].destructor;
		values[k].value = NULL;
		if (value == NULL || destructor == NULL)
			continue;
		destructor(value);
		ran = true;
	}
	return ran;
}

static void
ending(void)
{
	for (int i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS; i++)
		if (!destroy_values())
			break;
}

int
pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	int error = EAGAIN;
	(void)pthread_mutex_lock(&lock);
	base_thread_ending = ending;
	for (pthread_key_t k = 0; k < PTHREAD_KEYS_MAX && error != 0; k++) {
		if (valid(k))
			continue;
		keys[k].destructor = destructor;
		keys[k].generation++;
		*key = k;
		error = 0;
	}
	(void)pthread_mutex_unlock(&lock);
	return error;
}

int
pthread_key_delete(pthread_key_t key)
{
	int error = EINVAL;
	(void)pthread_mutex_lock(&lock);
	if (valid(key)) {
		keys[key].generation++;
		error = 0;
	}
	(void)pthread_mutex_unlock(&lock);
	return error;
}

int
pthread_setspecific(pthread_key_t key, const void *value)
{
	if (!valid(key))
		return EINVAL;
	values[key].value = (void *)(uintptr_t)value;
	values[key].generation = keys[key].generation;
	return 0;
}

void *
pthread_getspecific(pthread_key_t key)
{
	if (!valid(key) || values[key].generation != keys[key].generation)
		return NULL;
	return values[key].value;
}
