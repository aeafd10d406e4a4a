/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sporadic threads, as a program sees them: who had how much of the processor.
 */
#include "test.h"
#include "threads.h"
#include "waits.h"

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

void
S24_sporadic_parameters_that_make_no_sense_are_refused(void)
{
	struct worker *w = worker_start(spin, 0, LOW, POLICY_FIFO);
	const handle_t t = w->handle;
	const uint64_t bad[][2] = {
		{ SPORADIC_VALUE(MS, LOW + 1, 1), MS },
		{ SPORADIC_VALUE(MS + 1, LOWER, 1), MS },
		{ SPORADIC_VALUE(MS, LOWER, 0), MS },
		{ SPORADIC_VALUE(MS, LOWER, 9), MS },
		{ SPORADIC_VALUE(0, LOWER, 1), MS },
	};

	for (unsigned i = 0; i < 5; i++)
		EQUAL(insula_thread_configure(t, THREAD_SPORADIC, bad[i][0], bad[i][1]),
		    ERR_ARGUMENT);
	EQUAL(insula_thread_configure(t, THREAD_POLICY, POLICY_SPORADIC, 0), ERR_STATE);
	EQUAL(thread_effective(t), LOW);
	worker_end(w);
}
