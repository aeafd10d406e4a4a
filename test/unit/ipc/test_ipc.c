/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages, by the fast path and by the general one: what each call does, and that its
 * errors change nothing.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "messages.h"

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
		BOTH(a_capability_travels_when_it_is_accepted),
		BOTH(a_capability_that_is_not_accepted_is_lost_and_flagged),
		BOTH(several_receivers_serve_at_once),
		BOTH(whoever_received_last_is_the_donee),
		BOTH(E3_a_second_caller_at_a_time_does_not_displace_the_first),
		BOTH(C2_a_round_trip_lends_the_callers_priority_and_takes_it_back),
		BOTH(C4_a_call_lends_no_more_than_the_servers_limit),
		BOTH(T6_the_base_is_the_last_caller_received_whoever_else_is_answered),
		BOTH(C13_no_hand_over_between_sliced_and_not),
		BOTH(C13_no_hand_over_past_a_higher_ready_thread),
		BOTH(a_bad_answer_to_an_interrupt_thread_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
