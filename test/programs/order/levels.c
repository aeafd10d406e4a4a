/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Priorities, levels and policies: S1 to S16.
 */
#include "order.h"

/* --- S1 to S4 */

/* Nobody wants the processor for 0.2 ms, three times; and 0 and 256 are no priorities. */
static void
sleep_and_spin(void *unused)
{
	(void)unused;
	const handle_t self = thread_handle(thread_self());
	for (uint64_t n = 0; n < 3; n++) {
		until_us(400 * n + 200);
		refused(insula_thread_configure(self, THREAD_PRIORITY, 0, 0), ERR_PRIORITY, "0");
		refused(insula_thread_configure(self, THREAD_PRIORITY, PRIORITY_MAX + 1, 0),
		    ERR_PRIORITY, "256");
		spin_ns(200000);
	}
}

static void
nobody_is_ready(void)
{
	start(sleep_and_spin, 0, PRIORITY_MIN, POLICY_FIFO);
}

/* Asks for more than its process may have, by every way, and then for what it may. */
static void
ask_for_more(void *unused)
{
	(void)unused;
	const handle_t self = thread_handle(thread_self());
	handle_t child;
	until_ms(1);
	for (unsigned p = PRIORITY_UNPRIVILEGED_MAX + 1; p <= PRIORITY_MAX; p += 191) {
		refused(insula_thread_configure(self, THREAD_PRIORITY, p, 0), ERR_LIMIT, "set");
		refused(insula_thread_configure(self, THREAD_LIMIT, p, 0), ERR_LIMIT, "a limit");
		refused(
		    insula_thread_create(SELF, SELF, p, POLICY_FIFO, &child), ERR_LIMIT, "a child");
	}
	must(insula_thread_configure(self, THREAD_PRIORITY, PRIORITY_UNPRIVILEGED_MAX, 0), "63");
	spin_ns(MS);
}

/* 2 has 63 from 1 ms on, and 3, of 47, wants to run then; 4 has given its limit away. */
static void
limit_of_the_process(void)
{
	start(ask_for_more, 0, 30, POLICY_FIFO);
	start(wake_and_spin, 1, 47, POLICY_FIFO);
	const handle_t less = start(wake_and_spin, 2, 30, POLICY_FIFO);
	must(insula_thread_configure(less, THREAD_LIMIT, 10, 0), "a lower limit");
	refused(insula_thread_configure(less, THREAD_PRIORITY, 11, 0), ERR_LIMIT, "11");
}

static void
be_a_child(void *raw)
{
	const struct raw *self = raw;
	spin_of(self->handle, self->argument);
	rest_for_good();
}

/* Has 40 from 1 ms on, because of 3, and makes its children at 2 ms. */
static void
serve_and_have_children(void *children)
{
	static struct raw child[2];
	struct message m = { .label = 0 };
	answer_director();
	spin_ns(2 * MS);
	for (uint64_t n = 0; n < (uint64_t)children; n++) {
		child[n].argument = 6 * MS;
		start_raw(&child[n], be_a_child, 0, 0, POLICY_INHERIT);
	}
	if (insula_recv(ep, TIME_NEVER, &m) == RECV_MESSAGE)
		(void)insula_reply(ep, &m);
	until_ms(3 + 7 * (uint64_t)children); /* they are done */
}

static void
parent(enum policy policy)
{
	start(serve_and_have_children, 2, 30, policy);
	call_once((void *)(uint64_t)ep);
	start(call_at_1_ms, ep, 40, POLICY_FIFO);
}

static void
fifo_parent(void)
{
	parent(POLICY_FIFO);
}

static void
round_robin_parent(void)
{
	parent(POLICY_RR);
}

/* Its child has its 4 ms, too, and not what is left of them. */
static void
sporadic_parent(void)
{
	start_sporadic(serve_and_have_children, 1, 30, 21, 4, 20, SPORADIC_REPL_MAX);
	call_once((void *)(uint64_t)ep);
	start(call_at_1_ms, ep, 40, POLICY_FIFO);
}

/* Is at work for 6 ms, while callers queue, and answers two. */
static void
work_long_then_serve(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	answer_director();
	spin_ns(6 * MS);
	for (unsigned n = 0; n < 2; n++)
		if (insula_recv(ep, TIME_NEVER, &m) == RECV_MESSAGE)
			(void)insula_reply(ep, &m);
	spin_ns(MS);
}

static void
call_at_3_ms(void *endpoint)
{
	until_ms(3);
	call_once(endpoint);
}

static handle_t moved;

static void
set_at_2_4_and_5_ms(void *unused)
{
	(void)unused;
	static const uint64_t at_ms[] = { 2, 4, 5 }, real[] = { 35, 44, 20 };
	for (unsigned n = 0; n < 3; n++) {
		until_ms(at_ms[n]);
		must(insula_thread_configure(moved, THREAD_PRIORITY, real[n], 0), "a priority");
	}
}

/* Callers lend 2 40 from 1 ms on, and 42 from 3 ms on; 4 sets its real one meanwhile. */
static void
real_and_effective(void)
{
	moved = start(work_long_then_serve, 0, 30, POLICY_FIFO);
	call_once((void *)(uint64_t)ep);
	start(call_at_1_ms, ep, 40, POLICY_FIFO);
	start(set_at_2_4_and_5_ms, 0, 46, POLICY_FIFO);
	start(call_at_3_ms, ep, 42, POLICY_FIFO);
	start(wake_and_spin, 2, 38, POLICY_FIFO); /* between its real and its effective one */
}

/* --- S5 to S16 */

static void
yield_and_spin(void *ms)
{
	spin_ns((uint64_t)ms * MS);
	insula_yield();
	spin_ns((uint64_t)ms * MS);
}

static void
levels(void)
{
	start(spin_ms, 1, 30, POLICY_FIFO);
	start(spin_ms, 1, 32, POLICY_FIFO);
	start(spin_ms, 1, 31, POLICY_RR);
}

static void
woken_to_the_tail(void)
{
	start(wake_and_spin, 2, 30, POLICY_FIFO);
	start(wake_and_spin, 1, 30, POLICY_FIFO);
	start(spin_ms, 3, 30, POLICY_FIFO);
}

static void
preempted_keeps_its_place(void)
{
	start(spin_ms, 3, 30, POLICY_FIFO);
	start(spin_ms, 1, 30, POLICY_FIFO);
	start(wake_and_spin, 1, 40, POLICY_FIFO);
}

static void
yield_to_peers_only(void)
{
	start(yield_and_spin, 1, 30, POLICY_FIFO);
	start(yield_and_spin, 1, 30, POLICY_FIFO);
	start(yield_and_spin, 1, 35, POLICY_FIFO); /* alone at its level */
}

static void
fifo_is_not_sliced(void)
{
	start(spin_ms, 10, 30, POLICY_FIFO);
	start(spin_ms, 1, 30, POLICY_FIFO);
}

static void
round_robin(void)
{
	start(spin_ms, 10, 30, POLICY_RR);
	start(spin_ms, 10, 30, POLICY_RR);
}

static void
fifo_among_round_robin(void)
{
	start(spin_ms, 6, 30, POLICY_RR);
	start(spin_ms, 10, 30, POLICY_FIFO);
}

static void
rest_of_the_slice(void)
{
	start(spin_ms, 6, 30, POLICY_RR);
	start(spin_ms, 2, 30, POLICY_RR);
	start(wake_and_spin, 1, 40, POLICY_FIFO);
}

static void
raise_after_1_ms(void *priority)
{
	spin_ns(MS);
	must(insula_thread_configure(moved, THREAD_PRIORITY, (uint64_t)priority, 0), "a priority");
}

/* 2 goes from 30 to 33, where 3 is: to the tail. */
static void
raised_to_the_tail(void)
{
	moved = start(spin_ms, 1, 30, POLICY_FIFO);
	start(spin_ms, 1, 33, POLICY_FIFO);
	start(raise_after_1_ms, 33, 40, POLICY_FIFO);
}

/* 2 goes from 33 to 30, where 3 is: to the head. */
static void
lowered_to_the_head(void)
{
	moved = start(spin_ms, 1, 33, POLICY_FIFO);
	start(spin_ms, 1, 30, POLICY_FIFO);
	start(raise_after_1_ms, 30, 40, POLICY_FIFO);
}

/* After 6 ms of its own it is FIFO, for 6 more. */
static void
spin_then_fifo(void *ms)
{
	spin_ms(ms);
	must(insula_thread_configure(thread_handle(thread_self()), THREAD_POLICY, POLICY_FIFO, 0),
	    "a policy");
	spin_ms(ms);
}

static void
other_is_round_robin(void)
{
	start(spin_then_fifo, 6, 30, POLICY_OTHER);
	start(spin_ms, 12, 30, POLICY_OTHER);
}

const struct order_case levels_cases[] = {
	{ "S1", nobody_is_ready },
	{ "S2", limit_of_the_process },
	{ "S3-fifo", fifo_parent },
	{ "S3-rr", round_robin_parent },
	{ "S3-sporadic", sporadic_parent },
	{ "S4", real_and_effective },
	{ "S5", levels },
	{ "S7", woken_to_the_tail },
	{ "S8", preempted_keeps_its_place },
	{ "S9", yield_to_peers_only },
	{ "S11", fifo_is_not_sliced },
	{ "S12", round_robin },
	{ "S13", fifo_among_round_robin },
	{ "S14", rest_of_the_slice },
	{ "S15", other_is_round_robin },
	{ "S16-raise", raised_to_the_tail },
	{ "S16-lower", lowered_to_the_head },
	{ NULL, NULL },
};
