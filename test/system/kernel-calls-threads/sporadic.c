/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is refused to sporadic threads beside senseless parameters, which are
 * kernel-sched's: a child below the low priority, and memory that is not there.
 */
#include "sporadic.h"

#include "calls.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#define SECOND 1000000000ull
#define THREADS 30 /* more records of parameters than one page has */

static void
make_low_children(struct worker *self)
{
	handle_t t = HANDLE_NONE;

	(void)self;
	REFUSED(ERR_LOW_PRIORITY, insula_thread_create(SELF, SELF, LOWER - 1, POLICY_INHERIT, &t));
	WORKS(insula_thread_create(SELF, SELF, LOWER, POLICY_INHERIT, &t));
	WORKS(insula_destroy(t));
	WORKS(insula_thread_create(SELF, SELF, LOWER - 1, POLICY_FIFO, &t));
	WORKS(insula_destroy(t));
}

void
S3_a_sporadic_threads_child_is_not_below_its_low_priority(void)
{
	world_begin();
	struct worker *w = worker_new_in(SELF, make_low_children, 0, HIGH, POLICY_FIFO);

	WORKS(insula_thread_configure(
	    w->handle, THREAD_SPORADIC, SPORADIC_VALUE(SECOND, LOWER, 1), 2 * SECOND));
	WORKS(insula_thread_configure(w->handle, THREAD_POLICY, POLICY_SPORADIC, 0));
	world_watch_thread(w->handle);
	REFUSED(
	    ERR_LOW_PRIORITY, insula_thread_configure(w->handle, THREAD_PRIORITY, LOWER - 1, 0));
	WORKS(worker_go(w));
	CHECK(w->ended);
	worker_end(w);
}

static err_t
make_sporadic(handle_t thread)
{
	return insula_thread_configure(
	    thread, THREAD_SPORADIC, SPORADIC_VALUE(SECOND, LOWER, 1), 2 * SECOND);
}

void
S17_parameters_need_memory_of_the_threads_space(void)
{
	handle_t space = HANDLE_NONE, t[THREADS], child = HANDLE_NONE;
	unsigned made = 0;

	world_begin();
	WORKS(insula_space_create(SELF, SELF, 0, &space));
	fund_pages(space, THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		WORKS(insula_thread_create(space, SELF, LOW, POLICY_FIFO, &t[i]));
	fund_drain(space);
	while (made < THREADS && make_sporadic(t[made]) == OK)
		made++; /* in what is left of pages that are used */
	REQUIRE(made < THREADS);
	world_watch_space(space);
	world_watch_thread(t[made]);
	REFUSED(ERR_NO_FUND, make_sporadic(t[made]));
	REFUSED(ERR_STATE, insula_thread_configure(t[made], THREAD_POLICY, POLICY_SPORADIC, 0));
	uint64_t x[19] = { t[made], THREAD_SPORADIC, SPORADIC_VALUE(SECOND, LOWER, 1), 2 * SECOND };
	raw_call(CALL_thread_configure, x);
	EQUAL(x[0], (uint64_t)(int64_t)ERR_NO_FUND);
	EQUAL(x[1], 1);
	if (made > 0)
		WORKS(make_sporadic(t[0])); /* it has its record */
	fund_pages(space, 1);
	WORKS(make_sporadic(t[made]));
	WORKS(insula_destroy(space));
	REFUSED(ERR_HANDLE, insula_thread_create(space, SELF, LOW, POLICY_FIFO, &child));
}
