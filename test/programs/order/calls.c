/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls between threads, and what they inherit: C1 to C8, C13.
 */
#include "order.h"

static void
call_until_2_ms(void *endpoint)
{
	struct message m = { .label = 1 };
	until_ms(1);
	(void)insula_call((handle_t)(uint64_t)endpoint, began + 2 * MS, &m);
}

/* Is busy first, so that callers queue, and answers as many as that. */
static void
serve_later(void *calls)
{
	struct message m = { .label = 0 };
	until_ms(1);
	for (uint64_t n = (uint64_t)calls; n > 0; n--) {
		if (insula_recv(ep, TIME_NEVER, &m) < 0)
			return;
		(void)insula_reply(ep, &m);
	}
}

static void
callers_by_priority(void)
{
	start(serve_later, 4, 45, POLICY_FIFO);
	start(call_once, ep, 31, POLICY_FIFO);
	start(call_once, ep, 33, POLICY_FIFO);
	start(call_once, ep, 32, POLICY_FIFO);
	start(call_once, ep, 33, POLICY_FIFO);
}

/* Answers the director first, so that it is who callers boost; then works, and serves. */
static void
work_then_serve(void *calls)
{
	struct message m = { .label = 0 };
	answer_director();
	spin_ns(3 * MS);
	for (uint64_t n = (uint64_t)calls; n > 0; n--) {
		if (insula_recv(ep, TIME_NEVER, &m) < 0)
			return;
		spin_ns(MS);
		(void)insula_reply(ep, &m);
	}
}

static void
boosted_when_a_caller_queues(void)
{
	start(work_then_serve, 1, 30, POLICY_FIFO);
	call_once((void *)(uint64_t)ep);
	start(call_at_1_ms, ep, 40, POLICY_FIFO);
	start(spin_ms, 1, 35, POLICY_FIFO); /* must not come between */
}

/* Receives at `second`, and answers when the one that it calls has answered. */
static void
pass_on(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 }, on = { .label = 1 };
	if (insula_recv(second, TIME_NEVER, &m) < 0)
		return;
	(void)insula_call(ep, TIME_NEVER, &on);
	(void)insula_reply(second, &m);
}

/* 4 calls 3, which calls 2: the priority of 4 reaches 2, until it has waited long enough. */
static void
boost_through_a_chain(void)
{
	start(work_then_serve, 1, 30, POLICY_FIFO);
	call_once((void *)(uint64_t)ep);
	start(pass_on, 0, 35, POLICY_FIFO);
	start(call_until_2_ms, second, 40, POLICY_FIFO);
}

/* A mutex as the kernel sees one: the owner unlocks by a notification. */
static void
own_and_unlock(void *unused)
{
	(void)unused;
	spin_ns(3 * MS);
	(void)insula_notify(third);
	spin_ns(MS);
}

static void
lock_at_1_ms(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	until_ms(1);
	(void)insula_recv_lend(third, TIME_NEVER, owner, &m);
	spin_ns(MS);
}

static void
owner_is_boosted(void)
{
	owner = start(own_and_unlock, 0, 30, POLICY_FIFO);
	start(lock_at_1_ms, 0, 40, POLICY_FIFO);
	start(wake_and_spin, 2, 35, POLICY_FIFO); /* must not run while the owner has 40 */
}

static void
serve_twice(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	if (insula_recv(ep, TIME_NEVER, &m) < 0)
		return;
	(void)insula_reply_recv(ep, TIME_NEVER, &m);
	(void)insula_reply(ep, &m);
}

static void
call_twice(void *unused)
{
	(void)unused;
	call_once((void *)(uint64_t)ep);
	call_once((void *)(uint64_t)ep);
}

/* 2 waits, 3 calls it with 4 ready at the same level: 4 comes when 3 is done. */
static void
hand_over(void)
{
	start(serve_twice, 0, 31, POLICY_FIFO);
	start(call_twice, 0, 30, POLICY_FIFO);
	start(spin_ms, 1, 30, POLICY_FIFO);
}

static void
serve_for_6_ms(void *endpoint)
{
	struct message m = { .label = 0 };
	if (insula_recv((handle_t)(uint64_t)endpoint, TIME_NEVER, &m) < 0)
		return;
	spin_ns(6 * MS);
	(void)insula_reply((handle_t)(uint64_t)endpoint, &m);
}

/* 2, a round-robin thread, serves 3, which is FIFO; 4 is a peer of both from 2 ms on. */
static void
policy_is_not_inherited(void)
{
	start(serve_for_6_ms, ep, 30, POLICY_RR);
	start(call_at_1_ms, ep, 40, POLICY_FIFO);
	start(wake_and_spin, 2, 40, POLICY_RR);
}

/* The same at an endpoint that lends nothing; 4 is above the server, and below its caller. */
static void
fixed_priority(void)
{
	start(serve_for_6_ms, fixed, 30, POLICY_RR);
	start(call_at_1_ms, fixed, 40, POLICY_FIFO);
	start(wake_and_spin, 2, 35, POLICY_RR);
}

static void
receive_until_end(void *endpoint)
{
	struct message m = { .label = 0 };
	(void)insula_recv((handle_t)(uint64_t)endpoint, began + GIVES_UP_MS * MS, &m);
	until_ms(GIVES_UP_MS); /* and answers nobody */
}

static void
call_until_end(void *endpoint)
{
	struct message m = { .label = 1 };
	(void)insula_call((handle_t)(uint64_t)endpoint, began + GIVES_UP_MS * MS, &m);
}

static void
lock_until_end(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	(void)insula_recv_lend(third, began + GIVES_UP_MS * MS, owner, &m);
}

static void
sleep_until_end(void *unused)
{
	(void)unused;
	until_ms(GIVES_UP_MS);
}

/* 2 and 3 wait to receive, 4 calls 3, and so does 5; 7 waits for a mutex of 6, which sleeps. */
static void
states(void)
{
	start(receive_until_end, second, 40, POLICY_FIFO);
	start(receive_until_end, ep, 39, POLICY_FIFO);
	start(call_until_end, ep, 38, POLICY_FIFO);
	start(call_until_end, ep, 37, POLICY_FIFO);
	owner = start(sleep_until_end, 0, 36, POLICY_FIFO);
	start(lock_until_end, 0, 35, POLICY_FIFO);
}

static bool destroys;

/* Takes one call, answers nobody, and ends the endpoint at 3 ms. */
static void
receive_and_end(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	if (insula_recv(ep, TIME_NEVER, &m) < 0)
		return;
	until_ms(3);
	must(destroys ? insula_destroy(ep) : insula_endpoint_abort(ep), "the endpoint's end");
}

static void
endpoint_is_aborted(void)
{
	start(receive_and_end, 0, 45, POLICY_FIFO);
	start(call_once, ep, 33, POLICY_FIFO);
	start(call_once, ep, 32, POLICY_FIFO);
	start(call_once, ep, 31, POLICY_FIFO);
}

static void
endpoint_dies(void)
{
	destroys = true;
	endpoint_is_aborted();
}

const struct order_case calls_cases[] = {
	{ "C1", callers_by_priority },
	{ "C2", boosted_when_a_caller_queues },
	{ "C3", policy_is_not_inherited },
	{ "C3-fixed", fixed_priority },
	{ "C5", boost_through_a_chain },
	{ "C6", states },
	{ "C7", endpoint_is_aborted },
	{ "C7-dies", endpoint_dies },
	{ "C8", owner_is_boosted },
	{ "C13", hand_over },
	{ NULL, NULL },
};
