/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sporadic threads, as a program sees them: who had how much of the processor.
 */
#include "calls.h"
#include "test.h"
#include "threads.h"
#include "waits.h"
#include "world.h"

#define MS 1000000ull
#define BACKGROUND 70 /* a sporadic thread's low priority, below LOWER */

static void
spin(struct worker *self)
{
	(void)self;
	for (;;)
		;
}

static uint64_t
cpu_ns(const struct worker *w)
{
	struct thread_info info = { 0 };

	WORKS(insula_thread_query(w->handle, &info));
	return info.cpu_ns;
}

void
S17_S23_a_sporadic_hog_gets_its_budget_per_period_and_no_more(void)
{
	struct worker *hog = worker_start(spin, 0, LOW, POLICY_FIFO);
	struct worker *rest = worker_start(spin, 0, LOWER, POLICY_FIFO);

	EQUAL(insula_thread_configure(hog->handle, THREAD_POLICY, POLICY_SPORADIC, 0), ERR_STATE);
	WORKS(insula_thread_configure(
	    hog->handle, THREAD_SPORADIC, SPORADIC_VALUE(2 * MS, BACKGROUND, 4), 10 * MS));
	WORKS(insula_thread_configure(hog->handle, THREAD_POLICY, POLICY_SPORADIC, 0));
	sleep_us(1000);
	EQUAL(thread_effective(hog->handle), LOW);
	sleep_us(4000);
	EQUAL(thread_effective(hog->handle), BACKGROUND);
	EQUAL(thread_real(hog->handle), LOW);
	sleep_us(45000);
	CHECK(cpu_ns(hog) > 9 * MS + 800000);
	CHECK(cpu_ns(hog) < 10 * MS + 600000);
	CHECK(cpu_ns(rest) > 38 * MS);
	worker_end(rest);
	sleep_us(5000); /* nobody is between its levels now: it runs on */
	CHECK(cpu_ns(hog) > 14 * MS);
	worker_end(hog);
}

static struct worker *child;

/* Sporadic when it is told to go on. */
static void
spin_with_a_child(struct worker *self)
{
	(void)insula_recv((handle_t)self->argument, TIME_NEVER, &(struct message){ 0 });
	child = worker_start(spin, 0, 0, POLICY_INHERIT);
	spin(self);
}

void
S3_S23_a_sporadic_thread_and_its_child_get_a_budget_each(void)
{
	const handle_t go = endpoint_new();
	struct worker *parent = worker_start(spin_with_a_child, go, LOW, POLICY_FIFO);
	struct worker *rest = worker_start(spin, 0, LOWER, POLICY_FIFO);
	struct thread_info info = { 0 };

	sleep_us(1000);
	WORKS(insula_thread_configure(
	    parent->handle, THREAD_SPORADIC, SPORADIC_VALUE(2 * MS, BACKGROUND, 4), 10 * MS));
	WORKS(insula_thread_configure(parent->handle, THREAD_POLICY, POLICY_SPORADIC, 0));
	WORKS(insula_notify(go));
	sleep_us(49000);
	WORKS(insula_thread_query(child->handle, &info));
	EQUAL(info.state >> 24, POLICY_SPORADIC);
	EQUAL(thread_real(child->handle), LOW);
	CHECK(cpu_ns(parent) > 9 * MS);
	CHECK(cpu_ns(parent) < 10 * MS + 600000);
	CHECK(cpu_ns(child) > 9 * MS);
	CHECK(cpu_ns(child) < 10 * MS + 600000);
	worker_end(child);
	worker_end(parent);
	worker_end(rest);
	(void)insula_destroy(go);
}

void
S24_sporadic_parameters_that_make_no_sense_are_refused(void)
{
	struct worker *w = worker_start(spin, 0, LOW, POLICY_FIFO);
	const handle_t t = w->handle;
	const struct {
		uint64_t value, period;
		err_t error;
	} bad[] = {
		{ SPORADIC_VALUE(MS, LOW + 1, 1), MS, ERR_LOW_PRIORITY },
		{ SPORADIC_VALUE(MS, 0, 1), MS, ERR_PRIORITY },
		{ SPORADIC_VALUE(MS + 1, LOWER, 1), MS, ERR_BUDGET },
		{ SPORADIC_VALUE(0, LOWER, 1), MS, ERR_BUDGET },
		{ SPORADIC_VALUE(MS, LOWER, 1), 0, ERR_PERIOD },
		{ SPORADIC_VALUE(MS, LOWER, 0), MS, ERR_REPLENISHMENTS },
		{ SPORADIC_VALUE(MS, LOWER, 9), MS, ERR_REPLENISHMENTS },
	};

	world_begin();
	world_watch_thread(t);
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
		REFUSED(bad[i].error,
		    insula_thread_configure(t, THREAD_SPORADIC, bad[i].value, bad[i].period));
	REFUSED(ERR_STATE, insula_thread_configure(t, THREAD_POLICY, POLICY_SPORADIC, 0));
	EQUAL(thread_effective(t), LOW);
	worker_end(w);
}
