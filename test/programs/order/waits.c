/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a wait may cost and how it ends: C4, C9 to C12, and S29.
 */
#include "order.h"

static struct message nothing;

/* C4: works 2 ms for each of two calls. The second one comes while it is at work already. */
static void
serve_two(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	answer_director();
	if (insula_recv(ep, TIME_NEVER, &m) < 0)
		return;
	spin_ns(2 * MS);
	(void)insula_reply(ep, &m);
	spin_ns(2 * MS);
	if (insula_recv(ep, TIME_NEVER, &m) < 0)
		return;
	(void)insula_reply(ep, &m);
	spin_ns(MS);
}

static void
call_twice_from_1_ms(void *endpoint)
{
	call_at_1_ms(endpoint);
	call_once(endpoint);
}

static void
spin_at_2_and_5_ms(void *unused)
{
	(void)unused;
	wake_and_spin((void *)2);
	wake_and_spin((void *)5);
}

/* 2 may have 35 at most, and 3, of 40, calls it; 4 and 5 are above and below 35. */
static void
boosted_to_its_limit(void)
{
	const handle_t server = start(serve_two, 0, 30, POLICY_FIFO);
	must(insula_thread_configure(server, THREAD_LIMIT, 35, 0), "a limit");
	call_once((void *)(uint64_t)ep);
	start(call_twice_from_1_ms, ep, 40, POLICY_FIFO);
	start(spin_at_2_and_5_ms, 0, 37, POLICY_FIFO);
	start(wake_and_spin, 5, 33, POLICY_FIFO);
}

/* --- C9 */

#define BIT_NS 100000ull
static handle_t bell[3]; /* bits 1, 2 and 4 at `second` */

/* The n-th time, n times the bits' number of 0.1 ms. */
static void
receive_bits(void *times)
{
	until_ms(1);
	for (uint64_t n = 1; n <= (uint64_t)times; n++) {
		struct message m = { .label = 0 };
		if (insula_recv(second, TIME_NEVER, &m) == RECV_BITS)
			spin_ns(n * m.bits * BIT_NS);
	}
}

static void
ring_three(void *unused)
{
	(void)unused;
	for (uint64_t ms = 0; ms <= 3; ms += 3) {
		until_ms(ms);
		for (unsigned n = 0; n < 3; n++)
			must(insula_notify(bell[n]), "a notification");
		spin_ns(BIT_NS);
	}
}

/* 3 rings while 2 sleeps, and again when it waits; it is above 2, so 2 sees all three. */
static void
notifications(void)
{
	for (unsigned n = 0; n < 3; n++)
		must(insula_cap_copy(SELF, second, SELF, RIGHT_NOTIFY, 1ull << n, &bell[n]),
		    "a badge");
	start(receive_bits, 3, 40, POLICY_FIFO);
	start(ring_three, 0, 45, POLICY_FIFO);
	start(spin_ms, 6, 25, POLICY_FIFO);
}

/* --- C10 */

/* Receives one of two calls, and answers too late. */
static void
answer_too_late(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	if (insula_recv(ep, TIME_NEVER, &m) != RECV_MESSAGE)
		return;
	until_ms(6);
	refused(insula_reply(ep, &m), ERR_TOKEN, "an answer to who has given up");
	refused(insula_recv(ep, TIME_NOW, &m), ERR_TIMED_OUT, "a call that has timed out");
}

static void
call_for_2_ms(void *endpoint)
{
	struct message m = { .label = 1 };
	refused(
	    insula_call((handle_t)(uint64_t)endpoint, began + 2 * MS, &m), ERR_TIMED_OUT, "a call");
}

static void
queue_for_1_ms(void *endpoint)
{
	struct message m = { .label = 1 };
	refused(insula_call((handle_t)(uint64_t)endpoint, began + MS, &m), ERR_TIMED_OUT,
	    "a queued call");
}

static void
receive_for_3_ms(void *endpoint)
{
	refused(insula_recv((handle_t)(uint64_t)endpoint, began + 3 * MS, &nothing), ERR_TIMED_OUT,
	    "a receive");
}

static void
lock_for_4_ms(void *unused)
{
	(void)unused;
	refused(insula_recv_lend(third, began + 4 * MS, owner, &nothing), ERR_TIMED_OUT, "a lock");
}

static void
sleep_for_5_ms(void *unused)
{
	(void)unused;
	must(insula_sleep(began + 5 * MS), "a sleep");
}

/* 3 is received from and 4 is not; 5 receives, 6 waits for a mutex of 2, 7 sleeps; 8 computes. */
static void
deadlines(void)
{
	owner = start(answer_too_late, 0, 45, POLICY_FIFO);
	start(call_for_2_ms, ep, 44, POLICY_FIFO);
	start(queue_for_1_ms, ep, 43, POLICY_FIFO);
	start(receive_for_3_ms, second, 42, POLICY_FIFO);
	start(lock_for_4_ms, 0, 41, POLICY_FIFO);
	start(sleep_for_5_ms, 0, 40, POLICY_FIFO);
	start(spin_ms, 6, 25, POLICY_FIFO);
}

/* --- C11 */

static struct raw victim;

static void
answer_twice(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	if (insula_recv(ep, TIME_NEVER, &m) != RECV_MESSAGE)
		return;
	must(insula_reply(ep, &m), "the answer");
	refused(insula_reply(ep, &m), ERR_TOKEN, "a second answer");
	spin_ns(MS);
	if (insula_recv(ep, TIME_NEVER, &m) != RECV_MESSAGE)
		return;
	until_ms(4); /* its caller dies at 3 ms */
	refused(insula_reply(ep, &m), ERR_TOKEN, "an answer to the dead");
	refused(insula_reply_recv(ep, TIME_NOW, &m), ERR_TOKEN, "an answer to the dead, again");
	spin_ns(MS);
}

static void
call_and_die(void *unused)
{
	(void)unused;
	until_ms(2);
	call_once((void *)(uint64_t)ep);
	rest_for_good();
}

static void
kill_at_3_ms(void *unused)
{
	(void)unused;
	until_ms(3);
	must(insula_destroy(victim.handle), "a thread's end");
}

/* 3 calls at 1 ms and is answered; 4 calls at 2 ms, and 6 destroys it; 5 computes. */
static void
replies(void)
{
	start(answer_twice, 0, 40, POLICY_FIFO);
	start(call_at_1_ms, ep, 35, POLICY_FIFO);
	start_raw(&victim, call_and_die, 0, 34, POLICY_FIFO);
	start(spin_ms, 6, 25, POLICY_FIFO);
	start(kill_at_3_ms, 0, 46, POLICY_FIFO);
}

/* --- C12 */

/* Calls at `ep` from 1 to 3 ms; it is who would receive at `second`. */
static void
ring_a(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	if (insula_recv(second, TIME_NEVER, &m) == RECV_MESSAGE)
		(void)insula_reply(second, &m);
	until_ms(1);
	refused(insula_call(ep, began + 3 * MS, &m), ERR_TIMED_OUT, "the first call of the ring");
	until_ms(5);
	refused(insula_recv(second, TIME_NOW, &m), ERR_TIMED_OUT, "a call of the ring");
	spin_ns(MS);
}

/* Has received that call, and calls at `second`, until 4 ms. */
static void
ring_b(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 }, on = { .label = 1 };
	answer_director();
	if (insula_recv(ep, TIME_NEVER, &m) != RECV_MESSAGE)
		return;
	refused(insula_call(second, began + 4 * MS, &on), ERR_TIMED_OUT, "the ring's second call");
	refused(insula_reply(ep, &m), ERR_TOKEN, "an answer to who has given up");
	spin_ns(MS);
}

/* A third one, above both, calls into the ring, and leaves it first. */
static void
join_the_ring(void *unused)
{
	(void)unused;
	struct message m = { .label = 1 };
	until_ms(2);
	refused(insula_call(ep, began + 2 * MS + MS / 2, &m), ERR_TIMED_OUT, "a call into a ring");
}

static void
deadlock(void)
{
	start(ring_b, 0, 30, POLICY_FIFO);
	call_once((void *)(uint64_t)ep);
	start(ring_a, 0, 31, POLICY_FIFO);
	call_once((void *)(uint64_t)second);
	start(join_the_ring, 0, 45, POLICY_FIFO);
	start(spin_ms, 6, 25, POLICY_FIFO); /* the others go on meanwhile */
}

/* --- S29 */

static handle_t member[3];

/* A millisecond for each of its choice; they have 5, and 6 has 30. */
static void
choose(void *unused)
{
	(void)unused;
	static const unsigned char choice[] = { 1, 0, 2, 2, 0, 1 };
	for (unsigned n = 0; n < sizeof choice; n++)
		refused(insula_recv_lend(third, clock_now_ns() + MS, member[choice[n]], &nothing),
		    ERR_TIMED_OUT, "a quantum");
}

static void
scheduler_as_a_program(void)
{
	start(choose, 0, 40, POLICY_FIFO);
	for (unsigned n = 0; n < 3; n++)
		member[n] = start(spin_ms, 4, 5, POLICY_FIFO);
	start(spin_ms, 3, 30, POLICY_FIFO);
}

const struct order_case waits_cases[] = {
	{ "C4", boosted_to_its_limit },
	{ "C9", notifications },
	{ "C10", deadlines },
	{ "C11", replies },
	{ "C12", deadlock },
	{ "S29", scheduler_as_a_program },
	{ NULL, NULL },
};
