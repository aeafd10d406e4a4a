/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notifications: bits that accumulate, and the call that sends and waits. C9.
 */
#include "calls.h"
#include "ipc.h"
#include "test.h"
#include "threads.h"
#include "world.h"

void
C9_bits_accumulate_and_are_cleared_as_they_are_returned(void)
{
	begin_test();
	const handle_t one = badged(ep, RIGHT_NOTIFY, 1ull << 63 | 4),
		       two = badged(ep, RIGHT_NOTIFY, 8);
	struct message m = { .token = 5, .word = { 1, 2, 3 } };

	WORKS(insula_notify(one));
	WORKS(insula_notify(two));
	WORKS(insula_notify(two));
	WORKS(insula_notify(ep)); /* badge 0 sets bit 0 */
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_BITS);
	EQUAL(m.bits, (1ull << 63 | 4 | 8 | 1));
	EQUAL(m.token, 0);
	EQUAL(m.badge, 0);
	EQUAL(m.label, 0);
	REFUSED(ERR_TIMED_OUT, (err_t)insula_recv(ep, TIME_NOW, &m));
	end_test();
}

void
C9_a_message_and_bits_come_together(void)
{
	begin_test();
	struct worker *client = worker_start(call_once, 'a', HIGH, POLICY_FIFO);
	const handle_t bell = badged(ep, RIGHT_NOTIFY, 0x50);

	WORKS(insula_notify(bell));
	struct message m = { 0 };
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE | RECV_BITS);
	EQUAL(m.bits, 0x50);
	EQUAL(m.word[0], 'a');
	WORKS(insula_reply(ep, &m));
	EQUAL(client->result, OK);
	worker_end(client);
	end_test();
}

void
C9_a_waiting_receiver_is_woken_with_all_bits(void)
{
	begin_test();
	const handle_t bell = badged(ep, RIGHT_NOTIFY, 0xff00);
	struct worker *r = worker_start(receive_once, 'r', HIGH, POLICY_FIFO);

	WORKS(insula_notify(bell));
	CHECK(r->ended);
	EQUAL(r->result, RECV_BITS);
	EQUAL(seen[0].bits, 0xff00);
	worker_end(r);
	end_test();
}

void
C9_notify_never_blocks_the_notifier(void)
{
	begin_test();
	struct worker *r = worker_start(receive_once, 'r', LOW, POLICY_FIFO);
	let_run();

	for (int i = 0; i < 100; i++)
		WORKS(insula_notify(ep));
	tell('n');
	let_run();
	SAME_TEXT(story, "nr");
	worker_end(r);
	end_test();
}

static handle_t mine; /* where ring_and_wait receives */

static void
ring_and_wait(struct worker *self)
{
	tell('w');
	self->result =
	    (uint64_t)(int64_t)insula_notify_recv(mine, TIME_NEVER, ep, &seen[seen_count++]);
	tell('e');
}

void
notify_recv_notifies_and_then_receives(void)
{
	begin_test();
	mine = endpoint_new();
	struct worker *r = worker_start(receive_once, 'r', HIGH, POLICY_FIFO);
	struct worker *w = worker_start(ring_and_wait, 'w', HIGH, POLICY_FIFO);

	/* w has rung r, and waits; r has received bit 0, and is over. */
	CHECK(r->ended);
	EQUAL(r->result, RECV_BITS);
	CHECK(!w->ended);
	WORKS(insula_notify(badged(mine, RIGHT_NOTIFY, 6)));
	CHECK(w->ended);
	EQUAL(w->result, RECV_BITS);
	EQUAL(seen[0].bits | seen[1].bits, 7);
	SAME_TEXT(story, "wre");

	/* Nobody waits: the bits stay. What is there is received at once. */
	struct message m = { 0 };
	EQUAL(insula_notify_recv(mine, TIME_NEVER, mine, &m), RECV_BITS);
	EQUAL(m.bits, 1);
	EQUAL(insula_notify_recv(mine, TIME_NOW, ep, &m), ERR_TIMED_OUT);
	EQUAL(insula_notify_recv(ep, TIME_NEVER, HANDLE_NONE, &m), RECV_BITS);
	REFUSED(ERR_HANDLE, (err_t)insula_notify_recv(mine, TIME_NOW, 12345, &m));
	REFUSED(ERR_HANDLE, (err_t)insula_notify_recv(12345, TIME_NOW, ep, &m));
	EQUAL(insula_recv(ep, TIME_NOW, &m), ERR_TIMED_OUT); /* a refused one did not notify */
	worker_end(r);
	worker_end(w);
	(void)insula_destroy(mine);
	end_test();
}
