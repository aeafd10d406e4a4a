/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must be refused is refused, by the name of the error that POSIX gives it:
 * relocking, unlocking another's, deadlines that pass or are none, attributes.
 * Arguments: "ours" also tries what POSIX leaves open and Insula defines.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void
say(const char *what, int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ 0, "0" },
		{ EDEADLK, "EDEADLK" },
		{ EPERM, "EPERM" },
		{ EBUSY, "EBUSY" },
		{ EINVAL, "EINVAL" },
		{ ETIMEDOUT, "ETIMEDOUT" },
		{ EAGAIN, "EAGAIN" },
		{ ENOTSUP, "ENOTSUP" },
		{ EOVERFLOW, "EOVERFLOW" },
		{ ENOSYS, "ENOSYS" },
		{ ESRCH, "ESRCH" },
	};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].error == error) {
			printf("%s: %s\n", what, names[i].name);
			return;
		}
	printf("%s: error %d\n", what, error);
}

static void *
try_unlock(void *mutex)
{
	return (void *)(long)pthread_mutex_unlock(mutex);
}

static void *
try_lock(void *mutex)
{
	return (void *)(long)pthread_mutex_trylock(mutex);
}

static void *
lock_soon(void *mutex)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 2000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return (void *)(long)pthread_mutex_timedlock(mutex, &t);
}

static int
in_another(void *(*run)(void *), void *argument)
{
	pthread_t thread;
	void *result;
	if (pthread_create(&thread, NULL, run, argument) != 0 || pthread_join(thread, &result) != 0)
		return -1;
	return (int)(long)result;
}

static void
of_type(const char *name, int type)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	char line[80];
#define SAY(what, error) (snprintf(line, sizeof line, "%s: %s", name, what), say(line, error))
	pthread_mutexattr_init(&attr);
	SAY("type", pthread_mutexattr_settype(&attr, type));
	SAY("init", pthread_mutex_init(&mutex, &attr));
	SAY("unlock of a free one", pthread_mutex_unlock(&mutex));
	SAY("lock", pthread_mutex_lock(&mutex));
	SAY("lock again", pthread_mutex_lock(&mutex));
	SAY("trylock again", pthread_mutex_trylock(&mutex));
	SAY("a stranger's unlock", in_another(try_unlock, &mutex));
	SAY("a stranger's trylock", in_another(try_lock, &mutex));
	SAY("a stranger's timedlock", in_another(lock_soon, &mutex));
	SAY("destroy", pthread_mutex_destroy(&mutex));
	SAY("unlock", pthread_mutex_unlock(&mutex));
	if (type == PTHREAD_MUTEX_RECURSIVE) {
		SAY("a stranger's trylock", in_another(try_lock, &mutex));
		SAY("unlock", pthread_mutex_unlock(&mutex));
		SAY("unlock", pthread_mutex_unlock(&mutex));
	}
	SAY("unlock", pthread_mutex_unlock(&mutex));
	SAY("destroy", pthread_mutex_destroy(&mutex));
	pthread_mutexattr_destroy(&attr);
}

static void
semaphores(void)
{
	sem_t s;
	const struct timespec past = { 0, 0 }, none = { 0, 1000000000 };
	say("sem_init above the maximum", sem_init(&s, 0, UINT_MAX) == 0 ? 0 : errno);
	say("sem_init", sem_init(&s, 0, 1) == 0 ? 0 : errno);
	say("sem_trywait", sem_trywait(&s) == 0 ? 0 : errno);
	say("sem_trywait at 0", sem_trywait(&s) == 0 ? 0 : errno);
	say("sem_timedwait in the past", sem_timedwait(&s, &past) == 0 ? 0 : errno);
	say("sem_timedwait for no time", sem_timedwait(&s, &none) == 0 ? 0 : errno);
	say("sem_post", sem_post(&s) == 0 ? 0 : errno);
	say("sem_timedwait of a positive one", sem_timedwait(&s, &past) == 0 ? 0 : errno);
	say("sem_destroy", sem_destroy(&s) == 0 ? 0 : errno);
}

static void
conditions(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	const struct timespec past = { 0, 1 }, none = { 0, -1 };
	say("pthread_cond_signal to nobody", pthread_cond_signal(&cond));
	pthread_mutex_lock(&mutex);
	say("pthread_cond_timedwait in the past", pthread_cond_timedwait(&cond, &mutex, &past));
	say("pthread_cond_timedwait for no time", pthread_cond_timedwait(&cond, &mutex, &none));
	say("pthread_mutex_trylock afterwards", in_another(try_lock, &mutex));
	pthread_mutex_unlock(&mutex);
	say("pthread_cond_destroy", pthread_cond_destroy(&cond));
}

static void *
lock_rwlocks_soon(void *lock)
{
	const struct timespec past = { 0, 1 }, none = { 0, -1 };
	say("pthread_rwlock_clockrdlock in the past",
	    pthread_rwlock_clockrdlock(lock, CLOCK_MONOTONIC, &past));
	say("pthread_rwlock_clockwrlock in the past",
	    pthread_rwlock_clockwrlock(lock, CLOCK_MONOTONIC, &past));
	say("pthread_rwlock_timedrdlock in the past", pthread_rwlock_timedrdlock(lock, &past));
	say("pthread_rwlock_clockrdlock for no time",
	    pthread_rwlock_clockrdlock(lock, CLOCK_REALTIME, &none));
	return NULL;
}

static void
rwlocks(void)
{
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
	const struct timespec past = { 0, 1 };
	pthread_rwlock_wrlock(&lock);
	(void)in_another(lock_rwlocks_soon, &lock);
	pthread_rwlock_unlock(&lock);
	say("pthread_rwlock_clockrdlock of a free one",
	    pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &past));
	say("pthread_rwlock_clockwrlock of a read one, in the past",
	    pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &past));
	pthread_rwlock_unlock(&lock);
	say("pthread_rwlock_destroy", pthread_rwlock_destroy(&lock));
}

static void
threads(void)
{
	pthread_attr_t attr;
	struct timespec t;
	pthread_attr_init(&attr);
	say("a small stack", pthread_attr_setstacksize(&attr, 100));
	say("no detach state", pthread_attr_setdetachstate(&attr, 17));
	say("no policy", pthread_attr_setschedpolicy(&attr, 99));
	say("joining oneself", pthread_join(pthread_self(), NULL));
	say("a clock that is none", clock_gettime((clockid_t)77, &t) == 0 ? 0 : errno);
	t = (struct timespec){ 0, 1000000000 };
	say("nanosleep for no time", nanosleep(&t, NULL) == 0 ? 0 : errno);
	say("clock_nanosleep for no time", clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL));
}

static void
ours(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	pthread_mutexattr_t attr;
	sem_t s;
	const struct sched_param high = { .sched_priority = 64 }, none = { .sched_priority = 256 };
	of_type("default", PTHREAD_MUTEX_DEFAULT);
	say("wait without the mutex", pthread_cond_wait(&cond, &mutex));
	pthread_mutex_destroy(&mutex);
	say("lock of a destroyed one", pthread_mutex_lock(&mutex));
	pthread_mutexattr_init(&attr);
	say("no inheritance", pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_NONE));
	say("a ceiling", pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_PROTECT));
	say("shared", pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
	say("a shared semaphore", sem_init(&s, 1, 0) == 0 ? 0 : errno);
	sem_init(&s, 0, SEM_VALUE_MAX);
	say("sem_post at the maximum", sem_post(&s) == 0 ? 0 : errno);
	say("S2: a priority above the limit",
	    pthread_setschedparam(pthread_self(), SCHED_RR, &high));
	say("a priority that is none", pthread_setschedparam(pthread_self(), SCHED_RR, &none));
	say("a policy that is none", pthread_setschedparam(pthread_self(), 99, &high));
}

int
main(int argc, char **argv)
{
	of_type("errorcheck", PTHREAD_MUTEX_ERRORCHECK);
	of_type("recursive", PTHREAD_MUTEX_RECURSIVE);
	semaphores();
	conditions();
	rwlocks();
	threads();
	if (argc > 1 && strcmp(argv[1], "ours") == 0)
		ours();
	return 0;
}
