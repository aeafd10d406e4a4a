/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sporadic threads: S17 to S24.
 */
#include "order.h"

/* 2 never blocks, and has 2 ms of every 10 at 40; 3 wants the rest. */
static void
budget(void)
{
	start_sporadic(spin_ms, 10, 40, 20, 2, 10, SPORADIC_REPL_MAX);
	start(spin_ms, 26, 30, POLICY_FIFO);
}

static void
spin_sleep_spin(void *ms)
{
	spin_ns(MS);
	until_ms(4);
	spin_ms(ms);
}

/* 2 uses 1 ms of 3, blocks, and comes back for more than what is left. */
static void
replenishments(void)
{
	start_sporadic(spin_sleep_spin, 5, 40, 20, 3, 10, SPORADIC_REPL_MAX);
	start(spin_ms, 14, 30, POLICY_FIFO);
}

static void
spin_5_from_1_ms(void *unused)
{
	(void)unused;
	until_ms(1);
	spin_ns(5 * MS);
}

/* 4 keeps 2 from using its 2 ms until the period, of 4, has passed. */
static void
replenished_when_used_up(void)
{
	start_sporadic(spin_ms, 5, 40, 20, 2, 4, SPORADIC_REPL_MAX);
	start(spin_ms, 3, 30, POLICY_FIFO);
	start(spin_5_from_1_ms, 0, 45, POLICY_FIFO);
}

/* One millisecond from 0, 2 and 4 ms on. */
static void
spin_in_three_parts(void *unused)
{
	(void)unused;
	for (unsigned n = 0; n < 3; n++) {
		until_ms(2 * n);
		spin_ns(MS);
	}
}

/* 2 uses its 4 ms of 10 in parts, of which so many can be pending. */
static void
parts(unsigned repl_max)
{
	start_sporadic(spin_in_three_parts, 0, 40, 20, 4, 10, repl_max);
	start(spin_ms, 12, 30, POLICY_FIFO);
}

static void
one_replenishment(void)
{
	parts(1);
}

static void
two_replenishments(void)
{
	parts(2);
}

static void
spin_sleep_long_spin(void *ms)
{
	spin_ns(MS);
	until_ms(11);
	spin_ms(ms);
}

/* 2 leaves half of its 2 ms of 4, and more than two periods pass. */
static void
refilled(void)
{
	start_sporadic(spin_sleep_long_spin, 5, 40, 20, 2, 4, SPORADIC_REPL_MAX);
	start(spin_ms, 18, 30, POLICY_FIFO);
}

static void
spin_7_from_5_ms(void *unused)
{
	(void)unused;
	until_ms(5);
	spin_ns(7 * MS);
}

/* 2 is promoted at 10 ms, while 4 runs at that level and 5 is ready there. */
static void
promoted_to_the_tail(void)
{
	start_sporadic(spin_ms, 5, 40, 20, 2, 10, SPORADIC_REPL_MAX);
	start(spin_ms, 8, 30, POLICY_FIFO);
	start(spin_7_from_5_ms, 0, 40, POLICY_FIFO);
	start(wake_and_spin, 6, 40, POLICY_FIFO);
}

/* 2 uses its 2 ms up at 7 ms, and gets them back at once: they were due at 4 ms. */
static void
refilled_at_once(void)
{
	start_sporadic(spin_ms, 4, 40, 20, 2, 4, SPORADIC_REPL_MAX);
	start(spin_5_from_1_ms, 0, 45, POLICY_FIFO);
	start(wake_and_spin, 2, 40, POLICY_FIFO); /* a peer, first at its level by then */
}

/* 2 has used its 2 ms up, and 3 is its peer at its low priority. */
static void
used_up_to_the_tail(void)
{
	start_sporadic(spin_ms, 4, 40, 20, 2, 10, SPORADIC_REPL_MAX);
	start(spin_ms, 1, 20, POLICY_FIFO);
}

static handle_t refuser;
static bool refuses;

/* What POSIX refuses, at 1 ms, within the budget, and at 5 ms, when it is used up. */
static void
refuse_at_1_and_5_ms(void *unused)
{
	(void)unused;
	static const struct {
		uint64_t budget_ms, low, repl_max, period_ms;
		err_t wanted;
	} bad[] = {
		{ 3, 41, 4, 9, ERR_LOW_PRIORITY },
		{ 3, 0, 4, 9, ERR_PRIORITY },
		{ 10, 10, 4, 9, ERR_BUDGET },
		{ 0, 10, 4, 9, ERR_BUDGET },
		{ 0, 10, 4, 0, ERR_PERIOD },
		{ 3, 10, 0, 9, ERR_REPLENISHMENTS },
		{ 3, 10, SPORADIC_REPL_MAX + 1, 9, ERR_REPLENISHMENTS },
	};
	for (uint64_t ms = 1; ms <= 5; ms += 4) {
		until_ms(ms);
		for (size_t i = 0; refuses && i < sizeof bad / sizeof bad[0]; i++)
			refused(
			    insula_thread_configure(refuser, THREAD_SPORADIC,
				SPORADIC_VALUE(bad[i].budget_ms * MS, bad[i].low, bad[i].repl_max),
				bad[i].period_ms * MS),
			    bad[i].wanted, "parameters");
		if (refuses)
			refused(insula_thread_configure(refuser, THREAD_PRIORITY, 19, 0),
			    ERR_LOW_PRIORITY, "less than the low priority");
	}
}

static void
nothing_to_refuse(void)
{
	refuser = start_sporadic(spin_ms, 6, 40, 20, 2, 8, 4);
	start(spin_ms, 14, 30, POLICY_FIFO);
	start(refuse_at_1_and_5_ms, 0, 45, POLICY_FIFO);
}

static void
bad_parameters(void)
{
	refuses = true;
	nothing_to_refuse();
}

const struct order_case sporadic_cases[] = {
	{ "S17", budget },
	{ "S18", replenishments },
	{ "S20", replenished_when_used_up },
	{ "S21", one_replenishment },
	{ "S21-two", two_replenishments },
	{ "S22", refilled },
	{ "S22-tail", promoted_to_the_tail },
	{ "S22-refill", refilled_at_once },
	{ "S22-low", used_up_to_the_tail },
	{ "S24", bad_parameters },
	{ "S24-without", nothing_to_refuse },
	{ NULL, NULL },
};
