/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the calls that carry messages refuse, and that this changes nothing.
 */
#include "board.h"
#include "calls.h"
#include "dying.h"
#include "handles.h"
#include "ipc.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#include <string.h>

void
an_ack_needs_an_interrupt_thread(void)
{
	begin_test();
	struct message m = { .label = MSG_ACK, .token = INIT_THREAD };

	REFUSED(ERR_TYPE, insula_reply(ep, &m));
	m = (struct message){ .label = MSG_ACK, .token = ep };
	REFUSED(ERR_TYPE, insula_reply(ep, &m));
	m = (struct message){ .label = MSG_ACK, .token = HANDLE_NONE };
	REFUSED(ERR_HANDLE, insula_reply(ep, &m));
	end_test();
}

void
firmware_refuses_what_it_does_not_know(void)
{
	begin_test();
	struct message m = { .label = 99 };

	REFUSED(ERR_CALL, insula_call(INIT_FIRMWARE, TIME_NEVER, &m));
	m = (struct message){ .label = FIRMWARE_DEBUG_WRITE, .word = { 0x0a7265746e756f63 } };
	const bool debugging = (boot_facts()->flags & BOOT_FLAG_DEBUG) != 0;
	EQUAL(insula_call(INIT_FIRMWARE, TIME_NEVER, &m), debugging ? OK : ERR_CALL);
	/* The mailbox is empty, where there is one. */
	const bool mailbox = strncmp(board_model(), "raspberrypi", 11) == 0;
	m = (struct message){ .label = FIRMWARE_MAILBOX };
	REFUSED(mailbox ? ERR_BUSY : ERR_CALL, insula_call(INIT_FIRMWARE, TIME_NEVER, &m));
	REFUSED(ERR_RIGHTS, (err_t)insula_recv(INIT_FIRMWARE, TIME_NOW, &m));
	end_test();
}

void
recv_lend_is_refused(void)
{
	struct message m = { 0 };

	begin_test();
	REFUSED(ERR_ARGUMENT, (err_t)insula_recv_lend(ep, TIME_NEVER, INIT_THREAD, &m));
	struct worker *w = worker_start(receive_once, 0, HIGH, POLICY_FIFO);
	EQUAL(worker_state(w), THREAD_RECEIVE);
	REFUSED(ERR_STATE, (err_t)insula_recv_lend(ep, TIME_NEVER, w->handle, &m));
	EQUAL(worker_state(w), THREAD_RECEIVE);
	worker_end(w);
	w = worker_new_in(SELF, receive_once, 0, LOW, POLICY_FIFO);
	REFUSED(ERR_TIMED_OUT, (err_t)insula_recv_lend(ep, TIME_NOW, w->handle, &m));
	WORKS(insula_notify(ep));
	EQUAL(insula_recv_lend(ep, TIME_NOW, w->handle, &m), RECV_BITS);
	EQUAL(m.bits, 1);
	worker_end(w);
	end_test();
}

static void
lend_to_main(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv_lend(ep, TIME_NEVER, INIT_THREAD, &m);
}

void
where_threads_wait_with_recv_lend_no_other_receives(void)
{
	struct message m = { 0 };

	begin_test();
	const handle_t bell = endpoint_new();
	struct worker *client = worker_start(call_once, 'c', HIGH, POLICY_FIFO);
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	struct worker *lender = worker_start(lend_to_main, 0, HIGHER, POLICY_FIFO);
	EQUAL(worker_state(lender), THREAD_MUTEX);

	world_watch_thread(client->handle);
	world_watch_thread(lender->handle);
	REFUSED(ERR_STATE, (err_t)insula_recv(ep, TIME_NOW, &m));
	REFUSED(ERR_STATE, (err_t)insula_notify_recv(ep, TIME_NOW, bell, &m));
	REFUSED(ERR_STATE, (err_t)insula_reply_recv(ep, TIME_NOW, &m)); /* nor answers */
	EQUAL(insula_recv(bell, TIME_NOW, &m), ERR_TIMED_OUT);          /* nor is notified */
	EQUAL(worker_state(client), THREAD_REPLY);
	worker_end(lender);
	worker_end(client);
	WORKS(insula_destroy(bell));
	end_test();
}

void
a_bell_that_cannot_be_rung_is_refused_before_anything_is_received(void)
{
	struct message m = { 0 };
	struct dying dying;

	begin_test();
	dying_begin(&dying, RIGHTS_ENDPOINT);
	const handle_t stale = endpoint_new();
	WORKS(insula_destroy(stale));
	const handle_t mute = badged(ep, RIGHTS_ENDPOINT & ~RIGHT_NOTIFY, 0);
	WORKS(insula_notify(ep));
	REFUSED(ERR_HANDLE, (err_t)insula_notify_recv(ep, TIME_NOW, stale, &m));
	REFUSED(ERR_TYPE, (err_t)insula_notify_recv(ep, TIME_NOW, INIT_THREAD, &m));
	REFUSED(ERR_RIGHTS, (err_t)insula_notify_recv(ep, TIME_NOW, mute, &m));
	REFUSED(ERR_DYING, (err_t)insula_notify_recv(ep, TIME_NOW, dying.handle, &m));
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_BITS);
	dying_end(&dying);
	end_test();
}

void
wrong_handles_are_refused(void)
{
	static const struct handle_case cases[] = {
		{ "call", CALL_call, 0, RIGHT_SEND, { 0, TIME_NEVER } },
		{ "call now", CALL_call, 0, RIGHT_SEND, { 0, TIME_NOW } },
		{ "reply_recv", CALL_reply_recv, 0, RIGHT_RECV, { 0, TIME_NEVER, 1 } },
		{ "recv", CALL_recv, 0, RIGHT_RECV, { 0, TIME_NEVER } },
		{ "reply", CALL_reply, 0, RIGHT_RECV, { 0, 0, 1 } },
		{ "notify", CALL_notify, 0, RIGHT_NOTIFY, { 0 } },
		{ "abort", CALL_endpoint_abort, 0, RIGHT_RECV, { 0 } },
		{ "endpoint_create payer", CALL_endpoint_create, 0, RIGHT_CREATE, { 0, SELF } },
		{ "endpoint_create table", CALL_endpoint_create, 1, RIGHT_TABLE, { SELF, 0 } },
		{ "acknowledge", CALL_reply, 2, RIGHT_CONTROL,
		    { [0] = GOOD_ENDPOINT, [11] = MSG_ACK } },
		{ "recv_lend", CALL_recv_lend, 0, RIGHT_RECV, { 0, TIME_NEVER, GOOD_THREAD } },
		{ "recv_lend thread", CALL_recv_lend, 2, RIGHT_SCHED,
		    { GOOD_ENDPOINT, TIME_NEVER, 0 } },
		{ "thread_interrupt", CALL_thread_interrupt, 0, RIGHT_CONTROL, { 0 } },
		{ "notify_recv", CALL_notify_recv, 0, RIGHT_RECV,
		    { 0, TIME_NEVER, GOOD_ENDPOINT } },
	};

	handles_check(cases, sizeof cases / sizeof cases[0]);
}

void
endpoint_create_is_refused(void)
{
	handle_t space = HANDLE_NONE, made = HANDLE_NONE;

	world_begin();
	WORKS(insula_space_create(SELF, SELF, 0, &space));
	world_watch_space(space);
	REFUSED(ERR_ARGUMENT, insula_endpoint_create_as(SELF, SELF, 2, &made));
	REFUSED(ERR_ARGUMENT, insula_endpoint_create_as(SELF, SELF, ~0u, &made));
	REFUSED(ERR_NO_FUND, insula_endpoint_create(space, SELF, &made));
	REFUSED(
	    ERR_NO_FUND, insula_endpoint_create(SELF, space, &made)); /* no page for its table */
	fund_pages(space, 1);
	WORKS(insula_endpoint_create(space, SELF, &made));
	world_watch_space(space);
	struct cap_info c = { 0 };
	WORKS(insula_cap_query(SELF, made, &c));
	EQUAL(c.type, CAP_ENDPOINT);
	EQUAL(c.rights, RIGHTS_ENDPOINT);
	EQUAL(c.badge, 0);
	WORKS(insula_destroy(space));
	EQUAL(insula_cap_query(SELF, made, &c), ERR_HANDLE);
}
