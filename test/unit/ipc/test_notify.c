/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notifications, and notify_recv, by the fast path and by the general one.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "messages.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(C9_bits_accumulate_and_are_cleared_when_received),
		BOTH(C9_an_unbadged_notification_sets_bit_0),
		BOTH(C9_notify_wakes_a_receiver_and_never_blocks),
		BOTH(one_recv_returns_a_message_and_bits),
		BOTH(C9_a_receiver_that_is_not_above_the_notifier_waits_its_turn),
		BOTH(C13_notify_recv_that_blocks_runs_the_notified_one_at_once),
		BOTH(notify_recv_that_receives_at_once_goes_on),
		BOTH(C9_notify_recv_with_nobody_waiting_leaves_the_bits),
		BOTH(C10_notify_recv_times_out_and_has_notified),
		BOTH(notify_recv_errors_change_nothing),
		BOTH(a_stopped_notify_recv_receives_again_and_notifies_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
