/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How waits end otherwise than by what was waited for: deadlines, aborts, the end of an
 * endpoint or a thread, thread_stop. By the fast path and by the general one.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "messages.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(C10_a_call_that_nobody_receives_times_out_and_leaves_nothing),
		BOTH(C10_a_call_that_is_not_answered_times_out_and_its_token_is_dead),
		BOTH(C10_an_answered_call_does_not_time_out),
		BOTH(C10_recv_times_out_at_its_deadline_not_before),
		BOTH(C12_two_that_call_each_other_end_at_their_deadlines),
		BOTH(C7_abort_wakes_every_caller_once),
		BOTH(C7_abort_wakes_callers_in_the_order_in_which_they_were_received),
		BOTH(C7_destroying_an_endpoint_wakes_callers_and_receivers_once),
		BOTH(a_stopped_receiver_waits_again_and_repeats_no_answer),
		BOTH(a_stopped_caller_that_was_not_received_calls_again),
		BOTH(a_stopped_caller_keeps_its_coming_answer),
		BOTH(C11_the_token_of_a_dead_caller_is_dead),
		BOTH(a_dead_server_leaves_its_caller_to_the_endpoint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
