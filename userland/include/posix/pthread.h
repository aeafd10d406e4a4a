/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX threads. Names, meanings and error numbers are POSIX.1-2008's; what is
 * not declared here does not exist, and docs/posix.md lists it. Functions return
 * 0 or an error number.
 *
 * Differences that a program can notice
 *  - every mutex inherits priorities (PTHREAD_PRIO_INHERIT), and the one made by
 *    PTHREAD_MUTEX_INITIALIZER reports misuse like PTHREAD_MUTEX_ERRORCHECK:
 *    EDEADLK for a relock, EPERM for unlocking another thread's;
 *  - CLOCK_REALTIME and CLOCK_MONOTONIC are one clock, which begins at boot;
 *  - there are no signals, so nothing is interrupted by one.
 */
#ifndef INSULA_POSIX_PTHREAD_H
#define INSULA_POSIX_PTHREAD_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* --- threads */

typedef struct thread *pthread_t;

typedef struct {
	size_t __stack_bytes;
	int __detached, __explicit, __policy;
	struct sched_param __param;
} pthread_attr_t;

#define PTHREAD_CREATE_JOINABLE 0
#define PTHREAD_CREATE_DETACHED 1
#define PTHREAD_INHERIT_SCHED 0
#define PTHREAD_EXPLICIT_SCHED 1
#define PTHREAD_SCOPE_SYSTEM 0
#define PTHREAD_SCOPE_PROCESS 1
#define PTHREAD_STACK_MIN 8192
#define SS_REPL_MAX 8 /* of sched_ss_max_repl */
#define PTHREAD_PROCESS_PRIVATE 0
#define PTHREAD_PROCESS_SHARED 1

int pthread_attr_init(pthread_attr_t *a);
int pthread_attr_destroy(pthread_attr_t *a);
int pthread_attr_setdetachstate(pthread_attr_t *a, int state);
int pthread_attr_getdetachstate(const pthread_attr_t *a, int *state);
/* EINVAL: below PTHREAD_STACK_MIN. Rounded up to pages; a guard page lies below every stack. */
int pthread_attr_setstacksize(pthread_attr_t *a, size_t bytes);
int pthread_attr_getstacksize(const pthread_attr_t *a, size_t *bytes);
/* The guard is one page: ENOTSUP for more. */
int pthread_attr_setguardsize(pthread_attr_t *a, size_t bytes);
int pthread_attr_getguardsize(const pthread_attr_t *a, size_t *bytes);
int pthread_attr_setinheritsched(pthread_attr_t *a, int inherit);
int pthread_attr_getinheritsched(const pthread_attr_t *a, int *inherit);
int pthread_attr_setschedpolicy(pthread_attr_t *a, int policy);
int pthread_attr_getschedpolicy(const pthread_attr_t *a, int *policy);
/* EINVAL: out of range; under SCHED_SPORADIC as pthread_setschedparam. */
int pthread_attr_setschedparam(pthread_attr_t *a, const struct sched_param *param);
int pthread_attr_getschedparam(const pthread_attr_t *a, struct sched_param *param);
/* ENOTSUP for PTHREAD_SCOPE_PROCESS. */
int pthread_attr_setscope(pthread_attr_t *a, int scope);
int pthread_attr_getscope(const pthread_attr_t *a, int *scope);

/* EAGAIN: no memory for it; EPERM: its priority is above the limit; EINVAL: its attributes. */
int pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *argument);
/* EDEADLK: itself; EINVAL: it is detached. */
int pthread_join(pthread_t thread, void **result);
/* EINVAL: it is detached already. */
int pthread_detach(pthread_t thread);
void pthread_exit(void *result) __attribute__((noreturn));
pthread_t pthread_self(void);
int pthread_equal(pthread_t a, pthread_t b);
int pthread_getcpuclockid(pthread_t thread, clockid_t *clock);

/*
 * EINVAL: no such policy, or a priority out of 1..255; EPERM: it is above the limit.
 *
 * SCHED_SPORADIC: the thread runs at sched_priority for at most sched_ss_init_budget, and
 * otherwise at sched_ss_low_priority; what it used comes back sched_ss_repl_period after it
 * began to be used, at most sched_ss_max_repl (1 to SS_REPL_MAX) times at once. A new budget is
 * full. EINVAL also: a low priority above the priority, a budget of 0 or above the period, no
 * times; ENOTSUP: a period of 2^48 ns (78 hours) or more; EAGAIN: no memory for it. Other
 * policies do not look at the sched_ss_ members.
 */
int pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param);
int pthread_getschedparam(pthread_t thread, int *policy, struct sched_param *param);
/* EINVAL also: below the low priority of a sporadic thread. */
int pthread_setschedprio(pthread_t thread, int priority);

/* --- cleanup handlers: run by pthread_exit, the last one first */

struct pthread_cleanup {
	void (*run)(void *);
	void *argument;
	struct pthread_cleanup *below;
};
void insula_cleanup_push(struct pthread_cleanup *cleanup);
void insula_cleanup_pop(int execute);

#define INSULA_CLEANUP_NAME(line) INSULA_CLEANUP_PASTE(line)
#define INSULA_CLEANUP_PASTE(line) insula_cleanup_##line
#define pthread_cleanup_push(routine, arg)                                                         \
	do {                                                                                       \
		struct pthread_cleanup INSULA_CLEANUP_NAME(__LINE__) = { (routine), (arg), NULL }; \
	insula_cleanup_push(&INSULA_CLEANUP_NAME(__LINE__))
#define pthread_cleanup_pop(execute)   \
	insula_cleanup_pop((execute)); \
	}                              \
	while (0)

/* --- mutexes */

typedef struct {
	uint64_t __word; /* owner's handle | threads that wait << 32 | being handed over << 63 */
	uint64_t __ends; /* where they wait: endpoint | its bell << 32; 0 until somebody does */
	uint32_t __depth;
	uint32_t __type;
} pthread_mutex_t;

typedef struct {
	int __type;
} pthread_mutexattr_t;

#define PTHREAD_MUTEX_DEFAULT 0
#define PTHREAD_MUTEX_NORMAL 1
#define PTHREAD_MUTEX_RECURSIVE 2
#define PTHREAD_MUTEX_ERRORCHECK 3
#define PTHREAD_MUTEX_INITIALIZER \
	{                         \
		0, 0, 0, 0        \
	}
#define PTHREAD_PRIO_NONE 0
#define PTHREAD_PRIO_INHERIT 1
#define PTHREAD_PRIO_PROTECT 2

int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr);
/* EBUSY: it is locked. */
int pthread_mutex_destroy(pthread_mutex_t *m);
/* EDEADLK: the caller has it (not NORMAL, RECURSIVE); EINVAL: it was destroyed. */
int pthread_mutex_lock(pthread_mutex_t *m);
/* EBUSY. */
int pthread_mutex_trylock(pthread_mutex_t *m);
/* ETIMEDOUT; EINVAL: not a time, or no such clock. */
int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *abstime);
int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock, const struct timespec *abstime);
/* EPERM: the caller does not have it, whatever its type. */
int pthread_mutex_unlock(pthread_mutex_t *m);

int pthread_mutexattr_init(pthread_mutexattr_t *attr);
int pthread_mutexattr_destroy(pthread_mutexattr_t *attr);
int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type);
int pthread_mutexattr_gettype(const pthread_mutexattr_t *attr, int *type);
/* ENOTSUP for any but PTHREAD_PRIO_INHERIT. */
int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attr, int protocol);
int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *attr, int *protocol);
/* ENOTSUP for PTHREAD_PROCESS_SHARED. */
int pthread_mutexattr_setpshared(pthread_mutexattr_t *attr, int shared);
int pthread_mutexattr_getpshared(const pthread_mutexattr_t *attr, int *shared);

/* --- what waits at anything but a mutex: woken by priority, then in order */

struct pthread_waiters {
	pthread_mutex_t lock;
	struct pthread_waiter *first;
};

/* --- condition variables */

typedef struct {
	struct pthread_waiters __waiters;
} pthread_cond_t;

typedef struct {
	clockid_t __clock;
} pthread_condattr_t;

#define PTHREAD_COND_INITIALIZER                     \
	{                                            \
		{ PTHREAD_MUTEX_INITIALIZER, NULL }, \
	}

int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *attr);
/* EBUSY: somebody waits. */
int pthread_cond_destroy(pthread_cond_t *c);
/* EPERM: the caller does not have the mutex; EINVAL: it has it more than once; ENOMEM. */
int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *mutex);
/* ETIMEDOUT: the caller has the mutex again. */
int
pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *mutex, const struct timespec *abstime);
int pthread_cond_clockwait(
    pthread_cond_t *c, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *abstime);
int pthread_cond_signal(pthread_cond_t *c);
int pthread_cond_broadcast(pthread_cond_t *c);
int pthread_condattr_init(pthread_condattr_t *attr);
int pthread_condattr_destroy(pthread_condattr_t *attr);
int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock);
int pthread_condattr_getclock(const pthread_condattr_t *attr, clockid_t *clock);
int pthread_condattr_setpshared(pthread_condattr_t *attr, int shared);
int pthread_condattr_getpshared(const pthread_condattr_t *attr, int *shared);

/* --- once, thread-local data */

typedef struct {
	uint32_t __done;
	pthread_mutex_t __lock;
} pthread_once_t;
#define PTHREAD_ONCE_INIT                    \
	{                                    \
		0, PTHREAD_MUTEX_INITIALIZER \
	}

int pthread_once(pthread_once_t *once, void (*routine)(void));

typedef unsigned pthread_key_t;
#define PTHREAD_KEYS_MAX 128
#define PTHREAD_DESTRUCTOR_ITERATIONS 4

/* EAGAIN: PTHREAD_KEYS_MAX are in use. */
int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int pthread_key_delete(pthread_key_t key);
int pthread_setspecific(pthread_key_t key, const void *value);
void *pthread_getspecific(pthread_key_t key);

/* --- barriers */

typedef struct {
	struct pthread_waiters __waiters;
	unsigned __needed, __arrived;
} pthread_barrier_t;
typedef struct {
	int __none;
} pthread_barrierattr_t;
#define PTHREAD_BARRIER_SERIAL_THREAD (-1)

int pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *attr, unsigned count);
int pthread_barrier_destroy(pthread_barrier_t *b);
int pthread_barrier_wait(pthread_barrier_t *b);
int pthread_barrierattr_init(pthread_barrierattr_t *attr);
int pthread_barrierattr_destroy(pthread_barrierattr_t *attr);

/* --- reader-writer locks: no priority inheritance; a reader waits for a waiting writer that is
 * not of lower priority */

typedef struct {
	struct pthread_waiters __waiters;
	uint32_t __readers, __writer; /* the writer's handle */
} pthread_rwlock_t;
typedef struct {
	int __none;
} pthread_rwlockattr_t;
#define PTHREAD_RWLOCK_INITIALIZER                         \
	{                                                  \
		{ PTHREAD_MUTEX_INITIALIZER, NULL }, 0, 0, \
	}

int pthread_rwlock_init(pthread_rwlock_t *l, const pthread_rwlockattr_t *attr);
int pthread_rwlock_destroy(pthread_rwlock_t *l);
/* EDEADLK: the caller has it for writing; EAGAIN: too many readers; ENOMEM. */
int pthread_rwlock_rdlock(pthread_rwlock_t *l);
int pthread_rwlock_tryrdlock(pthread_rwlock_t *l);
int pthread_rwlock_timedrdlock(pthread_rwlock_t *l, const struct timespec *abstime);
int
pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *abstime);
int pthread_rwlock_wrlock(pthread_rwlock_t *l);
int pthread_rwlock_trywrlock(pthread_rwlock_t *l);
int pthread_rwlock_timedwrlock(pthread_rwlock_t *l, const struct timespec *abstime);
int
pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *abstime);
/* EPERM: nobody has it, or another thread has it for writing. */
int pthread_rwlock_unlock(pthread_rwlock_t *l);
int pthread_rwlockattr_init(pthread_rwlockattr_t *attr);
int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attr);

#endif
