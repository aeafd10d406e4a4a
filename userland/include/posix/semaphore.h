/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX semaphores between the threads of one process. Waiters are served by
 * priority, first come first served within one; a post with waiters goes
 * straight to one of them. Failures return -1 with errno.
 */
#ifndef INSULA_POSIX_SEMAPHORE_H
#define INSULA_POSIX_SEMAPHORE_H

#include <pthread.h>

typedef struct {
	struct pthread_waiters __waiters;
	unsigned __value;
} sem_t;

#define SEM_VALUE_MAX 0x7fffffff

/* ENOSYS: pshared is not 0. EINVAL: the value is above SEM_VALUE_MAX. */
int sem_init(sem_t *s, int pshared, unsigned value);
/* EBUSY: somebody waits. */
int sem_destroy(sem_t *s);
int sem_wait(sem_t *s);
/* EAGAIN: it is 0. */
int sem_trywait(sem_t *s);
/* ETIMEDOUT; EINVAL: not a time. The clocks of both are one. */
int sem_timedwait(sem_t *s, const struct timespec *abstime);
int sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *abstime);
/* EOVERFLOW: it is SEM_VALUE_MAX. */
int sem_post(sem_t *s);
int sem_getvalue(sem_t *s, int *value);

#endif
