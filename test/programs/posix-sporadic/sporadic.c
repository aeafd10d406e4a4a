/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCHED_SPORADIC as POSIX has it: parameters come back as they were set, nonsense
 * is refused and changes nothing (S24), and a thread that never blocks has its
 * budget in each period and no more while others want the processor (S17, S23).
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000l
#define RUN_NS (100ull * MS)

static volatile int over;

static struct sched_param
parameters(int priority, int low, long budget_ns, long period_ns, int repl)
{
	struct sched_param p;
	memset(&p, 0, sizeof p);
	p.sched_priority = priority;
	p.sched_ss_low_priority = low;
	p.sched_ss_init_budget = (struct timespec){ 0, budget_ns };
	p.sched_ss_repl_period = (struct timespec){ 0, period_ns };
	p.sched_ss_max_repl = repl;
	return p;
}

static void
say(const char *what, int error)
{
	printf("%s: %s\n", what,
	    error == 0             ? "0"
		: error == EINVAL  ? "EINVAL"
		: error == EPERM   ? "EPERM"
		: error == ENOTSUP ? "ENOTSUP"
				   : strerror(error));
}

static void
show(const char *what)
{
	int policy = -1;
	struct sched_param p;
	memset(&p, 0, sizeof p);
	pthread_getschedparam(pthread_self(), &policy, &p);
	printf(
	    "%s: %s %d", what, policy == SCHED_SPORADIC ? "sporadic" : "another", p.sched_priority);
	if (policy == SCHED_SPORADIC)
		printf(" low %d budget %ld period %ld repl %d", p.sched_ss_low_priority,
		    p.sched_ss_init_budget.tv_nsec, p.sched_ss_repl_period.tv_nsec,
		    p.sched_ss_max_repl);
	printf("\n");
}

static int
set(int priority, int low, long budget_ns, long period_ns, int repl)
{
	const struct sched_param p = parameters(priority, low, budget_ns, period_ns, repl);
	return pthread_setschedparam(pthread_self(), SCHED_SPORADIC, &p);
}

static void
refusals(void)
{
	struct sched_param p;
	say("low above normal", set(30, 31, 1 * MS, 10 * MS, 1));
	say("no low priority", set(30, 0, 1 * MS, 10 * MS, 1));
	say("budget above period", set(30, 10, 10 * MS + 1, 10 * MS, 1));
	say("no budget", set(30, 10, 0, 10 * MS, 1));
	say("no replenishments", set(30, 10, 1 * MS, 10 * MS, 0));
	say("SS_REPL_MAX + 1", set(30, 10, 1 * MS, 10 * MS, SS_REPL_MAX + 1));
	say("no time", set(30, 10, 1 * MS, 1000 * MS, 1));
	say("a negative time", set(30, 10, -1, 10 * MS, 1));
	p = parameters(30, 10, 1 * MS, 0, 1);
	p.sched_ss_repl_period.tv_sec = 300000;
	say("a period of days", pthread_setschedparam(pthread_self(), SCHED_SPORADIC, &p));
	say("S2: above the limit", set(64, 10, 1 * MS, 10 * MS, 1));
}

static void *
tells(void *unused)
{
	show("S3: its child");
	return unused;
}

static void *
changes(void *unused)
{
	pthread_t child;
	pthread_attr_t attr;
	const struct sched_param plain = { .sched_priority = 3 },
				 bad = parameters(30, 31, 1 * MS, 10 * MS, 1);
	(void)unused;
	show("at first");
	refusals();
	show("after refusals");
	say("set", set(30, 10, 2 * MS, 10 * MS, 4));
	show("now");
	refusals();
	show("after refusals");
	say("both lower", set(9, 8, 1 * MS, 5 * MS, SS_REPL_MAX));
	show("now");
	say("both higher", set(40, 39, 1 * MS, 5 * MS, 1));
	show("now");
	say("a priority below the low one", pthread_setschedprio(pthread_self(), 38));
	say("a priority above it", pthread_setschedprio(pthread_self(), 41));
	show("now");
	say("FIFO below the low one", pthread_setschedparam(pthread_self(), SCHED_FIFO, &plain));
	show("now");
	const struct sched_param own = parameters(20, 2, 3 * MS, 30 * MS, 3);
	say("the process's own", sched_setscheduler(0, SCHED_SPORADIC, &own) < 0 ? errno : 0);
	printf("its policy: %s\n",
	    sched_getscheduler(getpid()) == SCHED_SPORADIC ? "sporadic" : "another");
	show("now");
	const struct sched_param more = parameters(21, 3, 4 * MS, 30 * MS, 3);
	say("the process's parameters", sched_setparam(0, &more) < 0 ? errno : 0);
	show("now");
	if (pthread_create(&child, NULL, tells, NULL) == 0)
		pthread_join(child, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setschedpolicy(&attr, SCHED_SPORADIC);
	say("bad attributes", pthread_attr_setschedparam(&attr, &bad));
	return NULL;
}

static unsigned long long
own_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (unsigned long long)t.tv_sec * 1000000000u + (unsigned long long)t.tv_nsec;
}

static void *
computes(void *unused)
{
	(void)unused;
	show("made so");
	while (!over)
		;
	return (void *)(long)(own_ns() / 100000);
}

static void *
hog(void *unused)
{
	(void)unused;
	while (!over)
		;
	return (void *)(long)(own_ns() / 100000);
}

static void *
wait_and_end(void *unused)
{
	const struct timespec t = { 0, (long)RUN_NS };
	(void)unused;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
	over = 1;
	return NULL;
}

static pthread_t
start(void *(*run)(void *), int policy, const struct sched_param *param)
{
	pthread_t thread = 0;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, policy);
	pthread_attr_setschedparam(&attr, param);
	const int error = pthread_create(&thread, &attr, run, NULL);
	if (error != 0)
		say("pthread_create", error);
	return thread;
}

/* Budget 2 ms of every 10, above a computation that would have everything. */
static void
share(void)
{
	const struct sched_param high = { .sched_priority = 50 }, middle = { .sched_priority = 30 },
				 sporadic = parameters(40, 10, 2 * MS, 10 * MS, 4);
	void *of_sporadic, *of_hog;
	const pthread_t end = start(wait_and_end, SCHED_FIFO, &high);
	const pthread_t s = start(computes, SCHED_SPORADIC, &sporadic);
	const pthread_t h = start(hog, SCHED_FIFO, &middle);
	pthread_join(end, NULL);
	pthread_join(s, &of_sporadic);
	pthread_join(h, &of_hog);
	const long a = (long)of_sporadic, b = (long)of_hog;
	printf("S23: it had %ld %%, the one below it %ld %%\n", (a * 100 + (a + b) / 2) / (a + b),
	    (b * 100 + (a + b) / 2) / (a + b));
}

int
main(void)
{
	pthread_t thread;
	const struct sched_param first = { .sched_priority = 20 };
	thread = start(changes, SCHED_RR, &first);
	pthread_join(thread, NULL);
	share();
	return 0;
}
