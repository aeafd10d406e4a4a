/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages and notifications, by the fast path and by the general one: what
 * each call does, and that its errors change nothing.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"

static struct thread *client, *server;

/* t[1] waits at ep[0]; t[0], in the other space, is about to call it and runs. */
static void
server_waits(void)
{
	server = world_thread(1, 10, POLICY_FIFO);
	client = world_thread_apart(0, 10, POLICY_FIFO);
	fake_cpu.highest_ready = 10;
	world_begin();
	assert_ptr_equal(running(), server);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), client);
	/* One round by the general path makes the server the donee. */
	const bool fast = world_fast;
	world_fast = false;
	svc_message(CALL_call, BADGED(0), TIME_NEVER, 0, 1, 1);
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 1, 1);
	world_fast = fast;
	assert_ptr_equal(running(), client);
	fake.fast_exits = fake.slow_exits = 0;
}

static void
C13_call_to_a_waiting_receiver_runs_it_at_once(void **state)
{
	(void)state;
	server_waits();

	svc_message(CALL_call, BADGED(0), TIME_NEVER, 0, 100, 0xabcd);

	assert_ptr_equal(running(), server);
	assert_int_equal(server->regs.x[0], RECV_MESSAGE);
	assert_int_equal(server->regs.x[1], 0x100);
	assert_true(has_words(server, 100));
	assert_int_equal(server->regs.x[11], 0xabcd);
	assert_int_equal(thread_state(client), THREAD_REPLY);
	assert_int_equal(fake.ttbr0, world.space[0].ttbr0);
	assert_int_equal(fake.fast_exits, world_fast ? 1 : 0);
}

static void
C13_reply_recv_that_blocks_runs_the_caller_at_once(void **state)
{
	(void)state;
	server_waits();
	svc_message(CALL_call, BADGED(0), TIME_NEVER, 0, 100, 5);

	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 200, 6);

	assert_ptr_equal(running(), client);
	assert_int_equal(client->regs.x[0], OK);
	assert_true(has_words(client, 200));
	assert_int_equal(client->regs.x[11], 6);
	assert_int_equal(thread_state(server), THREAD_RECEIVE);
	assert_int_equal(fake.fast_exits, world_fast ? 2 : 0);
	assert_int_equal(fake.slow_exits, 0);
}

static void
a_round_trip_leaves_the_world_as_it_was_but_for_tokens(void **state)
{
	(void)state;
	server_waits();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 1, 1);
	const uint64_t token = world.ep[0].last_token;
	struct world before = world;

	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 1, 1);

	assert_int_equal(world.ep[0].last_token, token + 1);
	before.ep[0].last_token++;
	assert_memory_equal(&before.ep, &world.ep, sizeof world.ep);
	assert_int_equal(before.t[0].sched, world.t[0].sched);
	assert_int_equal(before.t[1].sched, world.t[1].sched);
}

static void
call_errors_change_nothing(void **state)
{
	(void)state;
	server_waits();
	world_grant(1, 30, &world.ep[0].object, RIGHT_RECV | RIGHT_NOTIFY, 0);

	world_refuses(ERR_HANDLE, CALL_call, 0, TIME_NEVER, 0);
	world_refuses(ERR_HANDLE, CALL_call, H(70), TIME_NEVER, 0);
	world_refuses(
	    ERR_HANDLE, CALL_call, EP(0) + (1u << HANDLE_GENERATION_SHIFT), TIME_NEVER, 0);
	world_refuses(ERR_TYPE, CALL_call, TH(1), TIME_NEVER, 0);
	world_refuses(ERR_RIGHTS, CALL_call, H(30), TIME_NEVER, 0);
	world_refuses(ERR_TIMED_OUT, CALL_call, EP(0), TIME_NOW, 0);
	world_refuses(ERR_TIMED_OUT, CALL_call, EP(0), fake.now_ns, 0);
	world.ep[1].object.flags |= OBJECT_DYING;
	world_refuses(ERR_DYING, CALL_call, EP(1), TIME_NEVER, 0);
	world_refuses(ERR_DYING, CALL_notify, EP(1), 0, 0);
	world_refuses(ERR_DYING, CALL_recv, EP(1), TIME_NEVER, 0);
}

static void
recv_and_reply_errors_change_nothing(void **state)
{
	(void)state;
	server_waits();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	const uint64_t token = server->regs.x[2];
	world_grant(0, 30, &world.ep[0].object, RIGHT_SEND, 0);

	world_refuses(ERR_HANDLE, CALL_recv, H(70), TIME_NEVER, 0);
	world_refuses(ERR_TYPE, CALL_recv, TH(1), TIME_NEVER, 0);
	world_refuses(ERR_RIGHTS, CALL_recv, H(30), TIME_NEVER, 0);
	world_refuses(ERR_TIMED_OUT, CALL_recv, EP(0), TIME_NOW, 0);
	world_refuses(ERR_HANDLE, CALL_reply, H(70), 0, token);
	world_refuses(ERR_RIGHTS, CALL_reply, H(30), 0, token);
	world_refuses(ERR_TOKEN, CALL_reply, EP(0), 0, token + 1);
	world_refuses(ERR_TOKEN, CALL_reply, EP(0), 0, 0);
	world_refuses(ERR_TOKEN, CALL_reply, EP(1), 0, token);
	world_refuses(ERR_RIGHTS, CALL_reply_recv, H(30), TIME_NEVER, token);
	world_refuses(ERR_TOKEN, CALL_reply_recv, EP(0), TIME_NEVER, token + 1);
	world_refuses(ERR_TOKEN, CALL_reply_recv, EP(1), TIME_NEVER, token);
	world_refuses(ERR_RIGHTS, CALL_notify, H(30), 0, 0);
	world_refuses(ERR_HANDLE, CALL_notify, 0, 0, 0);
	world_refuses(ERR_TYPE, CALL_notify, H(1), 0, 0);
	world_refuses(ERR_RIGHTS, CALL_endpoint_abort, H(30), 0, 0);
}

static void
C11_a_reply_right_works_once(void **state)
{
	(void)state;
	server_waits();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	const uint64_t token = server->regs.x[2];

	assert_int_equal(svc_message(CALL_reply, EP(0), 0, token, 1, 1), OK);

	assert_int_equal(thread_state(client), THREAD_READY);
	world_refuses(ERR_TOKEN, CALL_reply, EP(0), 0, token);
	world_refuses(ERR_TOKEN, CALL_reply_recv, EP(0), TIME_NEVER, token);
}

static void
S7_a_plain_reply_leaves_the_server_running(void **state)
{
	(void)state;
	server_waits();
	world_thread(2, 10, POLICY_FIFO); /* ready before the client is */
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);

	assert_int_equal(svc_message(CALL_reply, EP(0), 0, server->regs.x[2], 70, 9), OK);

	assert_ptr_equal(running(), server);
	assert_true(has_words(client, 70));
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), &world.t[2]);
}

static void
C1_callers_are_served_by_priority_then_in_order(void **state)
{
	static const uint32_t priorities[] = { 5, 9, 5, 9, 7, 9, 5, 30 };
	static const int order[] = { 7, 1, 3, 5, 4, 0, 2, 6 };
	(void)state;

	server = world_thread(20, 1, POLICY_FIFO);
	for (int n = 0; n < 8; n++) {
		world_thread(n, priorities[n], POLICY_FIFO);
		world_begin();
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, (uint64_t)n * 10, 0);
		world_check();
		assert_int_equal(thread_state(&world.t[n]), THREAD_SEND);
	}
	for (int n = 0; n < 8; n++) {
		assert_ptr_equal(running(), server);
		assert_int_equal(svc(CALL_recv, EP(0), TIME_NEVER, 0), RECV_MESSAGE);
		assert_true(has_words(server, (uint64_t)order[n] * 10));
		world_check();
	}
}

static void
deferred_callers_are_answered_in_any_order(void **state)
{
	static const int order[] = { 3, 0, 7, 5, 1, 2, 6, 4 };
	uint64_t token[8];
	(void)state;

	server = world_thread(20, 1, POLICY_FIFO);
	for (int n = 0; n < 8; n++) {
		world_thread(n, 5, POLICY_FIFO);
		world_begin();
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 0);
	}
	for (int n = 0; n < 8; n++) {
		svc(CALL_recv, EP(0), TIME_NEVER, 0);
		token[n] = server->regs.x[2];
	}
	for (int n = 0; n < 8; n++) {
		const int which = order[n];
		struct thread *t = &world.t[which];
		assert_int_equal(thread_state(t), THREAD_REPLY);
		/* Its base is the last one it received, until that is answered (T6). */
		assert_ptr_equal(running(), server);
		svc_message(CALL_reply, EP(0), 0, token[which], 77, 0);
		world_check();
		assert_true(has_words(t, 77));
		while (running() != server)
			svc(CALL_recv, EP(3), TIME_NEVER, 0);
	}
}

static void
C9_bits_accumulate_and_are_cleared_when_received(void **state)
{
	(void)state;
	server = world_thread(1, 10, POLICY_FIFO);
	world_begin();

	assert_int_equal(svc(CALL_notify, BADGED(0), 0, 0), OK);
	world_grant(0, 31, &world.ep[0].object, RIGHT_NOTIFY, 0x6);
	assert_int_equal(svc(CALL_notify, H(31), 0, 0), OK);
	assert_int_equal(svc(CALL_notify, H(31), 0, 0), OK);

	assert_int_equal(svc(CALL_recv, EP(0), TIME_NOW, 0), RECV_BITS);
	assert_int_equal(server->regs.x[12], 0x106);
	assert_int_equal(fake.fast_exits, world_fast ? 4 : 0);
	world_refuses(ERR_TIMED_OUT, CALL_recv, EP(0), TIME_NOW, 0);
}

static void
C9_an_unbadged_notification_sets_bit_0(void **state)
{
	(void)state;
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	assert_int_equal(svc(CALL_notify, EP(0), 0, 0), OK);
	assert_int_equal(world.ep[0].pending, 1);
}

static void
C9_notify_wakes_a_receiver_and_never_blocks(void **state)
{
	(void)state;
	server = world_thread(1, 20, POLICY_FIFO);
	client = world_thread(0, 10, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(0), TIME_NEVER, 0);

	svc(CALL_notify, BADGED(0), 0, 0);

	assert_ptr_equal(running(), server);
	assert_int_equal(server->regs.x[0], RECV_BITS);
	assert_int_equal(server->regs.x[12], 0x100);
	assert_int_equal(thread_state(client), THREAD_READY);
	assert_int_equal(client->regs.x[0], OK);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), client);
}

static void
one_recv_returns_a_message_and_bits(void **state)
{
	(void)state;
	server = world_thread(1, 10, POLICY_FIFO);
	client = world_thread(0, 20, POLICY_FIFO);
	world_begin();
	svc(CALL_notify, BADGED(0), 0, 0);
	svc_message(CALL_call, BADGED(0), TIME_NEVER, 0, 40, 3);
	assert_ptr_equal(running(), server);

	assert_int_equal(svc(CALL_recv, EP(0), TIME_NEVER, 0), RECV_MESSAGE | RECV_BITS);

	assert_true(has_words(server, 40));
	assert_int_equal(server->regs.x[12], 0x100);
	assert_int_equal(world.ep[0].pending, 0);
}

static void
C10_a_call_that_nobody_receives_times_out_and_leaves_nothing(void **state)
{
	(void)state;
	client = world_thread(0, 10, POLICY_FIFO);
	world_begin();

	svc_message(CALL_call, EP(0), fake.now_ns + 500, 0, 1, 1);

	/* Nobody runs: the machine idles until the deadline. */
	assert_ptr_equal(running(), client);
	assert_int_equal((int64_t)client->regs.x[0], ERR_TIMED_OUT);
	assert_null(world.ep[0].head);
	assert_int_equal(fake.timer_ns, TIME_NEVER);
}

static void
C10_a_call_that_is_not_answered_times_out_and_its_token_is_dead(void **state)
{
	(void)state;
	server_waits();
	const uint64_t deadline = fake.now_ns + 1000;
	svc_message(CALL_call, EP(0), deadline, 0, 1, 1);
	assert_ptr_equal(running(), server);
	const uint64_t token = server->regs.x[2];

	world_time(2000);

	assert_int_equal((int64_t)client->regs.x[0], ERR_TIMED_OUT);
	assert_int_equal(thread_state(client), THREAD_READY);
	world_refuses(ERR_TOKEN, CALL_reply, EP(0), 0, token);
}

static void
C10_an_answered_call_does_not_time_out(void **state)
{
	(void)state;
	server_waits();
	svc_message(CALL_call, EP(0), fake.now_ns + 1000, 0, 1, 1);
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 2, 2);
	assert_ptr_equal(running(), client);
	assert_null(fake_cpu.timers.root);

	world_time(5000);

	assert_int_equal(client->regs.x[0], OK);
}

static void
C10_recv_times_out_at_its_deadline_not_before(void **state)
{
	(void)state;
	server = world_thread(1, 10, POLICY_FIFO);
	client = world_thread(0, 5, POLICY_FIFO);
	world_begin();
	const uint64_t deadline = fake.now_ns + 1000;
	svc(CALL_recv, EP(0), deadline, 0);
	assert_ptr_equal(running(), client);

	world_time(999);
	assert_int_equal(thread_state(server), THREAD_RECEIVE);
	world_time(1);

	assert_ptr_equal(running(), server);
	assert_int_equal((int64_t)server->regs.x[0], ERR_TIMED_OUT);
	assert_null(world.ep[0].receiver);
}

static void
C12_two_that_call_each_other_end_at_their_deadlines(void **state)
{
	(void)state;
	struct thread *a = world_thread(0, 10, POLICY_FIFO), *b = world_thread(1, 10, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(1), fake.now_ns + 1000, 0, 1, 1);
	assert_ptr_equal(running(), b);
	svc_message(CALL_call, EP(0), fake.now_ns + 2000, 0, 1, 1);

	assert_ptr_equal(running(), a);
	assert_int_equal((int64_t)a->regs.x[0], ERR_TIMED_OUT);
	assert_int_equal(svc(CALL_recv, EP(0), TIME_NEVER, 0), RECV_MESSAGE);
}

static void
C7_abort_wakes_every_caller_once(void **state)
{
	(void)state;
	server = world_thread(20, 1, POLICY_FIFO);
	for (int n = 0; n < 19; n++) {
		world_thread(n, 5, POLICY_FIFO);
		world_begin();
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 0);
	}
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_int_equal(thread_state(&world.t[0]), THREAD_REPLY);
	const uint64_t pc = server->regs.pc;

	svc(CALL_endpoint_abort, EP(0), 0, 0); /* 16, and the svc is repeated */
	assert_int_equal(server->regs.pc, pc);
	assert_ptr_equal(running(), server); /* it inherits from those that still queue */
	svc(CALL_endpoint_abort, EP(0), 0, 0);
	for (int n = 0; n < 19; n++) {
		assert_int_equal((int64_t)running()->regs.x[0], ERR_INTERRUPTED);
		svc(CALL_recv, EP(3), TIME_NEVER, 0);
	}
	assert_ptr_equal(running(), server);
	assert_int_equal(server->regs.x[0], OK);
	for (int n = 0; n < 19; n++)
		assert_int_equal(thread_state(&world.t[n]), THREAD_RECEIVE);
}

static void
C7_abort_wakes_callers_in_the_order_in_which_they_were_received(void **state)
{
	(void)state;
	server = world_thread(20, 1, POLICY_FIFO);
	for (int n = 0; n < 7; n++) {
		world_thread(n, 5, POLICY_FIFO);
		world_begin();
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 0);
	}
	for (int n = 0; n < 6; n++)
		svc(CALL_recv, EP(0), TIME_NEVER, 0);
	svc(CALL_endpoint_abort, EP(0), 0, 0);
	for (int n = 0; n < 7; n++) {
		assert_ptr_equal(running(), &world.t[n]);
		svc(CALL_recv, EP(3), TIME_NEVER, 0);
	}
}

static void
C7_destroying_an_endpoint_wakes_callers_and_receivers_once(void **state)
{
	(void)state;
	server_waits();
	for (int n = 2; n < 6; n++) {
		world_thread(n, 30, POLICY_FIFO);
		world_begin();
		svc(CALL_recv, EP(0), TIME_NEVER, 0);
	}
	assert_ptr_equal(running(), client);

	assert_int_equal(svc(CALL_destroy, EP(0), 0, 0), OK);

	assert_int_equal((int64_t)server->regs.x[0], ERR_INTERRUPTED);
	for (int n = 2; n < 6; n++) {
		assert_ptr_equal(running(), &world.t[n]);
		assert_int_equal((int64_t)running()->regs.x[0], ERR_INTERRUPTED);
		assert_int_equal(svc(CALL_recv, EP(0), TIME_NEVER, 0), ERR_HANDLE);
		svc(CALL_recv, EP(1), TIME_NEVER, 0);
	}
	assert_ptr_equal(running(), client);
}

static void
a_capability_travels_when_it_is_accepted(void **state)
{
	(void)state;
	server = world_thread(1, 10, POLICY_FIFO);
	client = world_thread_apart(0, 10, POLICY_FIFO);
	world_begin();
	svc_message(CALL_recv, EP(0), TIME_NEVER, 0, 0, MSG_CAP_ACCEPT);
	client->regs.x[0] = 0;

	svc_message(CALL_call, EP(0), TIME_NEVER, 0, BADGED(2) - 7, 4 | MSG_CAP);

	assert_ptr_equal(running(), server);
	assert_int_equal(server->regs.x[11], 4 | MSG_CAP_DELIVERED);
	struct cap_slot *slot;
	assert_int_equal(cap_find(&world.space[0], (handle_t)server->regs.x[10], &slot), OK);
	assert_ptr_equal(slot->object, &world.ep[2].object);
	assert_int_equal(slot->badge, 0x400);
	assert_int_equal(slot->rights, RIGHT_SEND | RIGHT_NOTIFY);
}

static void
a_capability_that_is_not_accepted_is_lost_and_flagged(void **state)
{
	(void)state;
	server_waits();

	svc_message(CALL_call, EP(0), TIME_NEVER, 0, BADGED(2) - 7, 4 | MSG_CAP);

	assert_ptr_equal(running(), server);
	assert_int_equal(server->regs.x[11], 4 | MSG_CAP_LOST);
	assert_int_equal(server->regs.x[10], HANDLE_NONE);
}

static void
a_stopped_receiver_waits_again_and_repeats_no_answer(void **state)
{
	(void)state;
	server_waits();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 2, 2);
	const uint64_t pc = server->regs.pc;

	assert_int_equal(svc(CALL_thread_stop, TH(1), 0, 0), OK);
	assert_int_equal(thread_state(server), THREAD_STOPPED);
	assert_null(world.ep[0].receiver);
	assert_int_equal(server->regs.pc, pc - 4);
	assert_int_equal(server->regs.x[0], EP(0));
	assert_int_equal(server->regs.x[2], 0);
	assert_int_equal(svc(CALL_thread_resume, TH(1), 0, 0), OK);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 50, 1);

	/* It runs its svc again, as the processor would, and gets the message. */
	assert_ptr_equal(running(), server);
	svc(CALL_reply_recv, server->regs.x[0], server->regs.x[1], server->regs.x[2]);
	assert_int_equal(server->regs.x[0], RECV_MESSAGE);
	assert_true(has_words(server, 50));
}

static void
a_stopped_caller_that_was_not_received_calls_again(void **state)
{
	(void)state;
	client = world_thread(0, 20, POLICY_FIFO);
	server = world_thread(1, 10, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 60, 1);
	const uint64_t pc = client->regs.pc;

	svc(CALL_thread_stop, TH(0), 0, 0);

	assert_null(world.ep[0].head);
	assert_int_equal(client->regs.pc, pc - 4);
	assert_int_equal(client->regs.x[0], EP(0));
	assert_true(has_words(client, 60));
}

static void
a_stopped_caller_keeps_its_coming_answer(void **state)
{
	(void)state;
	server_waits();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 60, 1);
	const uint64_t token = server->regs.x[2];
	svc(CALL_thread_stop, TH(0), 0, 0);
	assert_int_equal(thread_state(client), THREAD_REPLY);

	assert_int_equal(svc_message(CALL_reply, EP(0), 0, token, 90, 1), OK);

	assert_int_equal(thread_state(client), THREAD_STOPPED);
	svc(CALL_thread_resume, TH(0), 0, 0);
	assert_int_equal(thread_state(client), THREAD_READY);
	assert_int_equal(client->regs.x[0], OK);
	assert_true(has_words(client, 90));
}

static void
C11_the_token_of_a_dead_caller_is_dead(void **state)
{
	(void)state;
	server_waits();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 60, 1);
	const uint64_t token = server->regs.x[2];

	svc(CALL_destroy, TH(0), 0, 0);

	world_refuses(ERR_TOKEN, CALL_reply, EP(0), 0, token);
	assert_null(server->serving);
}

static void
a_dead_server_leaves_its_caller_to_the_endpoint(void **state)
{
	(void)state;
	server_waits();
	world_thread(3, 5, POLICY_FIFO);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 60, 1);
	const uint64_t token = server->regs.x[2];

	svc(CALL_destroy, TH(1), 0, 0); /* itself */

	assert_ptr_equal(running(), &world.t[3]);
	assert_int_equal(thread_state(server), THREAD_DYING);
	assert_int_equal(thread_state(client), THREAD_REPLY);
	assert_null(client->served_by);
	assert_null(world.ep[0].donee);
	assert_int_equal(svc_message(CALL_reply, EP(0), 0, token, 1, 1), OK);
}

static void
several_receivers_serve_at_once(void **state)
{
	uint64_t token[3];
	(void)state;
	world_thread(23, 1, POLICY_FIFO);
	for (int n = 10; n < 13; n++) {
		world_thread(n, 20, POLICY_FIFO);
		world_begin();
		svc(CALL_recv, EP(0), TIME_NEVER, 0);
	}
	for (int n = 0; n < 3; n++) {
		world_thread(n, 20 - (uint32_t)n, POLICY_FIFO);
		world_begin();
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, (uint64_t)n * 10, 0);
		assert_ptr_equal(running(), &world.t[10 + n]);
		assert_true(has_words(running(), (uint64_t)n * 10));
		token[n] = running()->regs.x[2];
		world_check();
		svc(CALL_recv, EP(3), TIME_NEVER, 0); /* busy elsewhere */
	}
	/* Any thread that may receive there may answer. */
	for (int n = 2; n >= 0; n--) {
		assert_ptr_equal(running(), &world.t[23]);
		svc_message(CALL_reply, EP(0), 0, token[n], 1, 1);
		assert_ptr_equal(running(), &world.t[n]);
		svc(CALL_recv, EP(2), TIME_NEVER, 0);
	}
}

static void
a_bad_answer_to_an_interrupt_thread_changes_nothing(void **state)
{
	(void)state;
	server = world_thread(1, 10, POLICY_FIFO);
	world_begin();
	struct world_note note;
	world_note(&note);
	assert_int_equal(svc_message(CALL_reply, EP(0), 0, TH(1), 0, MSG_ACK), ERR_TYPE);
	assert_int_equal(svc_message(CALL_reply_recv, EP(0), 0, H(70), 0, MSG_ACK), ERR_HANDLE);
	assert_true(world_unchanged(&note));
}

static void
whoever_received_last_is_the_donee(void **state)
{
	(void)state;
	server_waits();
	world_thread(2, 10, POLICY_FIFO);
	world_thread(3, 10, POLICY_FIFO);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	svc(CALL_recv, EP(3), TIME_NEVER, 0); /* the server is elsewhere, its caller waits */
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_ptr_equal(running(), &world.t[2]);
	assert_ptr_equal(world.ep[0].donee, &world.t[2]);
}

static void
E3_a_second_caller_at_a_time_does_not_displace_the_first(void **state)
{
	(void)state;
	server_waits();
	struct thread *second = world_thread(2, 10, POLICY_FIFO);
	world_thread(3, 10, POLICY_FIFO);
	world_thread(4, 10, POLICY_FIFO);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	const uint64_t first_token = server->regs.x[2];
	svc(CALL_yield, 0, 0, 0);
	assert_ptr_equal(running(), second);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	while (running() != second) /* t[3] calls, then others have their turn */
		if (running() == &world.t[3])
			svc_message(CALL_call, EP(0), TIME_NEVER, 0, 2, 2);
		else
			svc(CALL_yield, 0, 0, 0);
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, second->regs.x[2], 3, 3);
	while (running() != &world.t[4])
		svc(CALL_yield, 0, 0, 0);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 4, 4);
	assert_ptr_equal(running(), second);
	assert_true(has_words(second, 4));
	world_check();
	assert_int_equal(svc_message(CALL_reply, EP(0), 0, first_token, 5, 5), OK);
	assert_true(has_words(client, 5));
	assert_int_equal(svc_message(CALL_reply, EP(0), 0, second->regs.x[2], 6, 6), ERR_TOKEN);
}

static void
C9_a_receiver_that_is_not_above_the_notifier_waits_its_turn(void **state)
{
	(void)state;
	server = world_thread(1, 20, POLICY_FIFO);
	client = world_thread(0, 10, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	for (uint64_t priority = 10; priority <= 30; priority += 20) {
		svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, priority);
		svc(CALL_thread_configure, TH(1), THREAD_PRIORITY, 10);
		assert_int_equal(svc(CALL_notify, BADGED(0), 0, 0), OK);
		assert_ptr_equal(running(), client);
		assert_int_equal(thread_state(server), THREAD_READY);
		svc(CALL_recv, EP(1), TIME_NEVER, 0);
		assert_ptr_equal(running(), server);
		svc(CALL_notify, EP(1), 0, 0);
		while (running() != client)
			svc(CALL_recv, EP(0), TIME_NEVER, 0);
		if (thread_state(server) != THREAD_RECEIVE)
			break;
	}
}

static void
C2_a_round_trip_lends_the_callers_priority_and_takes_it_back(void **state)
{
	(void)state;
	server_waits();
	for (uint64_t priority = 5; priority <= 200; priority += 65) {
		svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, priority);
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
		assert_ptr_equal(running(), server);
		assert_int_equal(thread_priority(server), priority);
		world_check();
		svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 1, 1);
		assert_int_equal(thread_priority(server), 10);
		assert_ptr_equal(running(), client);
		world_check();
	}
}

static void
C4_a_call_lends_no_more_than_the_servers_limit(void **state)
{
	(void)state;
	server_waits();
	svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, 100);
	svc(CALL_thread_configure, TH(1), THREAD_LIMIT, 50);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_ptr_equal(running(), server);
	assert_int_equal(thread_priority(server), 50);
}

static void
T6_the_base_is_the_last_caller_received_whoever_else_is_answered(void **state)
{
	uint64_t token[2];
	(void)state;
	server = world_thread(20, 1, POLICY_FIFO);
	for (int n = 0; n < 2; n++) {
		world_thread(n, 9 - 4 * (uint32_t)n, POLICY_FIFO);
		world_begin();
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	}
	for (int n = 0; n < 2; n++) {
		svc(CALL_recv, EP(0), TIME_NEVER, 0);
		token[n] = server->regs.x[2];
	}
	assert_int_equal(thread_priority(server), 5);
	svc_message(CALL_reply, EP(0), 0, token[0], 1, 1);
	assert_int_equal(thread_priority(server), 5);
	assert_ptr_equal(server->serving, &world.t[1]);
}

/* t[1] waits at ep[1], t[2] is ready beside t[0], which is about to ring t[1] and wait at ep[0]. */
static void
somebody_waits_for_the_bell(void)
{
	server = world_thread(1, 10, POLICY_FIFO);
	client = world_thread(0, 10, POLICY_FIFO);
	world_thread(2, 10, POLICY_FIFO);
	world_begin();
	while (running() != server)
		svc(CALL_yield, 0, 0, 0);
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	while (running() != client)
		svc(CALL_yield, 0, 0, 0);
	fake.fast_exits = fake.slow_exits = 0;
}

static void
C13_notify_recv_that_blocks_runs_the_notified_one_at_once(void **state)
{
	(void)state;
	somebody_waits_for_the_bell();

	svc(CALL_notify_recv, EP(0), TIME_NEVER, EP(1));

	assert_ptr_equal(running(), server); /* and not the one that was ready before */
	assert_int_equal(server->regs.x[0], RECV_BITS);
	assert_int_equal(server->regs.x[12], 1);
	assert_int_equal(thread_state(client), THREAD_RECEIVE);
	assert_ptr_equal(client->blocked_on, &world.ep[0]);
	if (world_fast)
		assert_int_equal(fake.slow_exits, 0);

	svc(CALL_notify_recv, EP(1), TIME_NEVER, BADGED(0));

	assert_ptr_equal(running(), client);
	assert_int_equal(client->regs.x[0], RECV_BITS);
	assert_int_equal(client->regs.x[12], 0x100);
	assert_int_equal(thread_state(server), THREAD_RECEIVE);
}

static void
notify_recv_that_receives_at_once_goes_on(void **state)
{
	(void)state;
	somebody_waits_for_the_bell();
	svc(CALL_notify, EP(0), 0, 0);

	assert_int_equal(svc(CALL_notify_recv, EP(0), TIME_NEVER, EP(1)), RECV_BITS);

	assert_ptr_equal(running(), client);
	assert_int_equal(client->regs.x[12], 1);
	assert_int_equal(thread_state(server), THREAD_READY);
	assert_int_equal(server->regs.x[12], 1);
}

static void
C9_notify_recv_with_nobody_waiting_leaves_the_bits(void **state)
{
	(void)state;
	somebody_waits_for_the_bell();

	svc(CALL_notify_recv, EP(0), TIME_NEVER, EP(2));

	assert_int_equal(world.ep[2].pending, 1);
	assert_int_equal(thread_state(client), THREAD_RECEIVE);
	assert_ptr_equal(running(), &world.t[2]);
	/* Nobody is notified: it receives only. */
	assert_int_equal(svc(CALL_notify_recv, EP(2), TIME_NEVER, 0), RECV_BITS);
	assert_int_equal(world.t[2].regs.x[12], 1);
	assert_int_equal(world.ep[2].pending, 0);
}

static void
C10_notify_recv_times_out_and_has_notified(void **state)
{
	(void)state;
	somebody_waits_for_the_bell();

	assert_int_equal(svc(CALL_notify_recv, EP(0), TIME_NOW, EP(1)), ERR_TIMED_OUT);

	assert_ptr_equal(running(), client);
	assert_int_equal(thread_state(server), THREAD_READY);
	assert_int_equal(server->regs.x[12], 1);
}

static void
notify_recv_errors_change_nothing(void **state)
{
	(void)state;
	somebody_waits_for_the_bell();
	world_refuses(ERR_HANDLE, CALL_notify_recv, H(70), TIME_NEVER, EP(1));
	world_refuses(ERR_HANDLE, CALL_notify_recv, EP(0), TIME_NEVER, H(70));
	world_refuses(ERR_RIGHTS, CALL_notify_recv, BADGED(0), TIME_NEVER, EP(1));
	world_refuses(ERR_TYPE, CALL_notify_recv, EP(0), TIME_NEVER, TH(1));
	world_refuses(ERR_TYPE, CALL_notify_recv, TH(1), TIME_NEVER, EP(1));
}

static void
a_stopped_notify_recv_receives_again_and_notifies_nobody(void **state)
{
	(void)state;
	somebody_waits_for_the_bell();
	const uint64_t pc = client->regs.pc;
	svc(CALL_notify_recv, EP(0), TIME_NEVER, EP(1));
	assert_ptr_equal(running(), server);

	svc(CALL_thread_stop, TH(0), 0, 0);

	assert_int_equal(client->regs.pc, pc); /* at the svc */
	assert_int_equal(client->regs.x[2], 0);
	assert_int_equal(client->regs.x[0], EP(0));
}

static void
C13_no_hand_over_between_sliced_and_not(void **state)
{
	(void)state;
	server_waits();
	world_thread(3, 10, POLICY_FIFO);
	svc(CALL_thread_configure, TH(0), THREAD_POLICY, POLICY_RR);
	while (running() != client)
		svc(CALL_yield, 0, 0, 0);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_ptr_equal(running(), &world.t[3]);
	assert_int_equal(thread_state(server), THREAD_READY);
}

static void
C13_no_hand_over_past_a_higher_ready_thread(void **state)
{
	(void)state;
	server = world_thread(1, 10, POLICY_FIFO);
	client = world_thread(0, 3, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	const uint64_t token = server->regs.x[2];
	world_thread(2, 5, POLICY_FIFO);
	svc(CALL_recv, EP(0), TIME_NEVER, 0); /* the caller is deferred */
	assert_ptr_equal(running(), &world.t[2]);
	svc(CALL_notify, EP(0), 0, 0);
	assert_ptr_equal(running(), server);

	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, token, 1, 1);

	assert_ptr_equal(running(), &world.t[2]);
	assert_int_equal(thread_state(client), THREAD_READY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(C13_call_to_a_waiting_receiver_runs_it_at_once),
		BOTH(C13_reply_recv_that_blocks_runs_the_caller_at_once),
		BOTH(a_round_trip_leaves_the_world_as_it_was_but_for_tokens),
		BOTH(call_errors_change_nothing),
		BOTH(recv_and_reply_errors_change_nothing),
		BOTH(C11_a_reply_right_works_once),
		BOTH(S7_a_plain_reply_leaves_the_server_running),
		BOTH(C1_callers_are_served_by_priority_then_in_order),
		BOTH(deferred_callers_are_answered_in_any_order),
		BOTH(C9_bits_accumulate_and_are_cleared_when_received),
		BOTH(C9_an_unbadged_notification_sets_bit_0),
		BOTH(C9_notify_wakes_a_receiver_and_never_blocks),
		BOTH(one_recv_returns_a_message_and_bits),
		BOTH(C10_a_call_that_nobody_receives_times_out_and_leaves_nothing),
		BOTH(C10_a_call_that_is_not_answered_times_out_and_its_token_is_dead),
		BOTH(C10_an_answered_call_does_not_time_out),
		BOTH(C10_recv_times_out_at_its_deadline_not_before),
		BOTH(C12_two_that_call_each_other_end_at_their_deadlines),
		BOTH(C7_abort_wakes_every_caller_once),
		BOTH(C7_abort_wakes_callers_in_the_order_in_which_they_were_received),
		BOTH(C7_destroying_an_endpoint_wakes_callers_and_receivers_once),
		BOTH(a_capability_travels_when_it_is_accepted),
		BOTH(a_capability_that_is_not_accepted_is_lost_and_flagged),
		BOTH(a_stopped_receiver_waits_again_and_repeats_no_answer),
		BOTH(a_stopped_caller_that_was_not_received_calls_again),
		BOTH(a_stopped_caller_keeps_its_coming_answer),
		BOTH(C11_the_token_of_a_dead_caller_is_dead),
		BOTH(a_dead_server_leaves_its_caller_to_the_endpoint),
		BOTH(several_receivers_serve_at_once),
		BOTH(whoever_received_last_is_the_donee),
		BOTH(E3_a_second_caller_at_a_time_does_not_displace_the_first),
		BOTH(C9_a_receiver_that_is_not_above_the_notifier_waits_its_turn),
		BOTH(C2_a_round_trip_lends_the_callers_priority_and_takes_it_back),
		BOTH(C4_a_call_lends_no_more_than_the_servers_limit),
		BOTH(T6_the_base_is_the_last_caller_received_whoever_else_is_answered),
		BOTH(C13_notify_recv_that_blocks_runs_the_notified_one_at_once),
		BOTH(notify_recv_that_receives_at_once_goes_on),
		BOTH(C9_notify_recv_with_nobody_waiting_leaves_the_bits),
		BOTH(C10_notify_recv_times_out_and_has_notified),
		BOTH(notify_recv_errors_change_nothing),
		BOTH(a_stopped_notify_recv_receives_again_and_notifies_nobody),
		BOTH(C13_no_hand_over_between_sliced_and_not),
		BOTH(C13_no_hand_over_past_a_higher_ready_thread),
		BOTH(a_bad_answer_to_an_interrupt_thread_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
