/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers that call a function in a thread of its own (SIGEV_THREAD), ring an
 * endpoint (SIGEV_INSULA_NOTIFY) or only count (SIGEV_NONE). One thread of the process,
 * made with the first timer, waits for the next expiry of all of them.
 *
 * Its priority is the highest that it can have, for it only starts others; the threads it
 * starts have the priority and the policy of whoever made the timer, unless the
 * timer's attributes say otherwise.
 */
#include "posix/internal.h"

#include <errno.h>
#include <insula/clock.h>
#include <insula/syscall.h>
#include <signal.h>
#include <stdlib.h>

struct timer {
	struct timer *next;
	uint64_t expires_ns; /* 0: not armed */
	uint64_t interval_ns;
	int overrun;
	struct sigevent event;
	pthread_attr_t attr;
};

static struct {
	pthread_mutex_t lock;
	struct timer *first;
	uint64_t ends; /* where its thread waits; 0: it does not run yet */
} timers;

/* --- expiry */

struct expiry {
	void (*function)(union sigval);
	union sigval value;
};

static void *
call_function(void *argument)
{
	const struct expiry e = *(struct expiry *)argument;
	free(argument);
	e.function(e.value);
	return NULL;
}

static void
tell(struct timer *t)
{
	pthread_t thread;
	struct expiry *e;
	if (t->event.sigev_notify == SIGEV_INSULA_NOTIFY)
		(void)insula_notify((handle_t)t->event.sigev_value.sival_int);
	if (t->event.sigev_notify != SIGEV_THREAD)
		return;
	e = malloc(sizeof *e);
	if (e == NULL)
		return;
	*e = (struct expiry){ t->event.sigev_notify_function, t->event.sigev_value };
	if (pthread_create(&thread, &t->attr, call_function, e) != 0)
		free(e);
}

static void
expire(struct timer *t, uint64_t now_ns)
{
	const uint64_t late_ns = now_ns - t->expires_ns;
	const uint64_t missed = t->interval_ns != 0 ? late_ns / t->interval_ns : 0;
	t->overrun = missed > INT32_MAX ? INT32_MAX : (int)missed;
	t->expires_ns = t->interval_ns != 0 ? t->expires_ns + (missed + 1) * t->interval_ns : 0;
	tell(t);
}

/* Tells all that are due; the next expiry, or TIME_NEVER. */
static uint64_t
expire_due(void)
{
	uint64_t next_ns = TIME_NEVER;
	const uint64_t now_ns = clock_now_ns();
	for (struct timer *t = timers.first; t != NULL; t = t->next) {
		if (t->expires_ns != 0 && t->expires_ns <= now_ns)
			expire(t, now_ns);
		if (t->expires_ns != 0 && (next_ns == TIME_NEVER || t->expires_ns < next_ns))
			next_ns = t->expires_ns;
	}
	return next_ns;
}

static void
watch(void *argument)
{
	(void)argument;
	for (;;) {
		struct message m = { 0 };
		(void)pthread_mutex_lock(&timers.lock);
		const uint64_t next_ns = expire_due();
		(void)pthread_mutex_unlock(&timers.lock);
		(void)insula_recv(ENDS_ENDPOINT(timers.ends), next_ns, &m);
	}
}

/* --- the thread */

static err_t
start_watch(void)
{
	struct thread_plan plan = { .run = watch,
		.stack_bytes = THREAD_STACK_BYTES,
		.priority = PRIORITY_UNPRIVILEGED_MAX,
		.policy = POLICY_FIFO,
		.sets_policy = true,
		.service = true };
	struct thread *thread;
	if (timers.ends != 0)
		return OK;
	err_t err = base_make_ends(&timers.ends);
	if (err != OK)
		return err;
	err = thread_make(&plan, &thread);
	if (err == ERR_LIMIT) {
		plan.priority = 0;
		err = thread_make(&plan, &thread);
	}
	if (err != OK) {
		base_destroy_ends(timers.ends);
		timers.ends = 0;
	}
	return err;
}

/* --- timers */

static int
failed(int error)
{
	errno = error;
	return -1;
}

static struct timer *
timer_of(timer_t id)
{
	struct timer *t = timers.first;
	while (t != NULL && (timer_t)t != id)
		t = t->next;
	return t;
}

/* The attributes of the threads that it starts: as given, detached, the creator's scheduling. */
static void
fill_attr(pthread_attr_t *attr, const void *given)
{
	(void)pthread_attr_init(attr);
	if (given != NULL)
		*attr = *(const pthread_attr_t *)given;
	attr->__detached = PTHREAD_CREATE_DETACHED;
	if (attr->__explicit == PTHREAD_EXPLICIT_SCHED)
		return;
	attr->__explicit = PTHREAD_EXPLICIT_SCHED;
	(void)pthread_getschedparam(thread_self(), &attr->__policy, &attr->__param);
}

int
timer_create(clockid_t clock_id, struct sigevent *restrict evp, timer_t *restrict timerid)
{
	if (clock_id != CLOCK_REALTIME && clock_id != CLOCK_MONOTONIC)
		return failed(EINVAL);
	if (evp == NULL || evp->sigev_notify == SIGEV_SIGNAL)
		return failed(ENOTSUP); /* there are no signals */
	if (evp->sigev_notify != SIGEV_NONE && evp->sigev_notify != SIGEV_THREAD &&
	    evp->sigev_notify != SIGEV_INSULA_NOTIFY)
		return failed(EINVAL);
	struct timer *t = calloc(1, sizeof *t);
	if (t == NULL)
		return failed(EAGAIN);
	t->event = *evp;
	fill_attr(&t->attr, evp->sigev_notify_attributes);
	(void)pthread_mutex_lock(&timers.lock);
	const err_t err = start_watch();
	if (err == OK) {
		t->next = timers.first;
		timers.first = t;
		*timerid = (timer_t)t;
	}
	(void)pthread_mutex_unlock(&timers.lock);
	if (err == OK)
		return 0;
	free(t);
	return failed(EAGAIN);
}

int
timer_delete(timer_t timerid)
{
	(void)pthread_mutex_lock(&timers.lock);
	struct timer **link = &timers.first, *t;
	while (*link != NULL && (timer_t)*link != timerid)
		link = &(*link)->next;
	t = *link;
	if (t != NULL)
		*link = t->next;
	(void)pthread_mutex_unlock(&timers.lock);
	if (t == NULL)
		return failed(EINVAL);
	free(t);
	return 0;
}

static struct timespec
timespec_of(uint64_t ns)
{
	return (
	    struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S) };
}

static void
read_timer(const struct timer *t, struct itimerspec *value)
{
	const uint64_t now_ns = clock_now_ns();
	value->it_interval = timespec_of(t->interval_ns);
	value->it_value = timespec_of(t->expires_ns == 0 ? 0
		: t->expires_ns > now_ns                 ? t->expires_ns - now_ns
							 : 1);
}

int
timer_settime(timer_t timerid, int flags, const struct itimerspec *restrict value,
    struct itimerspec *restrict ovalue)
{
	uint64_t expires_ns, interval_ns;
	if (posix_deadline(CLOCK_MONOTONIC, &value->it_value, &expires_ns) != 0 ||
	    posix_deadline(CLOCK_MONOTONIC, &value->it_interval, &interval_ns) != 0)
		return failed(EINVAL);
	const bool arms = value->it_value.tv_sec != 0 || value->it_value.tv_nsec != 0;
	const bool repeats = value->it_interval.tv_sec != 0 || value->it_interval.tv_nsec != 0;
	if ((flags & TIMER_ABSTIME) == 0)
		expires_ns += clock_now_ns();
	(void)pthread_mutex_lock(&timers.lock);
	struct timer *t = timer_of(timerid);
	if (t != NULL) {
		if (ovalue != NULL)
			read_timer(t, ovalue);
		t->expires_ns = arms ? expires_ns : 0;
		t->interval_ns = repeats ? interval_ns : 0;
		t->overrun = 0;
	}
	(void)pthread_mutex_unlock(&timers.lock);
	if (t == NULL)
		return failed(EINVAL);
	(void)insula_notify(ENDS_BELL(timers.ends));
	return 0;
}

int
timer_gettime(timer_t timerid, struct itimerspec *value)
{
	(void)pthread_mutex_lock(&timers.lock);
	const struct timer *t = timer_of(timerid);
	if (t != NULL)
		read_timer(t, value);
	(void)pthread_mutex_unlock(&timers.lock);
	return t == NULL ? failed(EINVAL) : 0;
}

int
timer_getoverrun(timer_t timerid)
{
	int overrun = 0;
	(void)pthread_mutex_lock(&timers.lock);
	const struct timer *t = timer_of(timerid);
	if (t != NULL)
		overrun = t->overrun;
	(void)pthread_mutex_unlock(&timers.lock);
	return t == NULL ? failed(EINVAL) : overrun;
}
