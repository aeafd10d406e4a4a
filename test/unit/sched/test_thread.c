/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deaths in all states, and in steps.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"

/* Every state in which a thread can be when it is destroyed by another. */
static void
a_thread_can_die_in_any_state(void **state)
{
	(void)state;
	world_thread(0, 50, POLICY_FIFO);
	for (int n = 1; n < 6; n++)
		world_thread(n, 60, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(0), TIME_NEVER, 0);                       /* 1 RECEIVE */
	svc(CALL_recv, EP(0), fake.now_ns + 1000, 0);               /* 2, in the queue, timed */
	svc_message(CALL_call, EP(1), fake.now_ns + 1000, 0, 1, 1); /* 3 SEND, timed */
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);         /* 4 REPLY; 1 runs */
	svc(CALL_recv, EP(2), TIME_NEVER, 0);
	svc(CALL_thread_stop, TH(5), 0, 0);                             /* 5 STOPPED */
	world_thread(6, 40, POLICY_FIFO);                               /* 6 READY */
	thread_init(&world.t[7], &world.space[0], 5, POLICY_FIFO, 255); /* 7 INACTIVE */
	static const enum thread_state states[] = { 0, THREAD_RECEIVE, THREAD_RECEIVE, THREAD_SEND,
		THREAD_REPLY, THREAD_STOPPED, THREAD_READY, THREAD_INACTIVE };
	for (unsigned int n = 1; n < 8; n++) {
		assert_int_equal(thread_state(&world.t[n]), states[n]);
		assert_int_equal(svc(CALL_destroy, TH(n), 0, 0), OK);
		assert_int_equal(thread_state(&world.t[n]), THREAD_DYING);
		world_check();
	}
	assert_null(fake_cpu.timers.root);
	assert_int_equal(fake_cpu.highest_ready, 0);
	assert_null(world.ep[0].receiver);
	assert_null(world.ep[0].head);
	assert_null(world.ep[0].served);
	assert_null(world.ep[1].head);
}

static void
a_thread_with_many_names_dies_in_steps(void **state)
{
	(void)state;
	world_thread(0, 50, POLICY_FIFO);
	world_thread(1, 40, POLICY_FIFO);
	for (uint32_t n = 0; n < 40; n++)
		world_grant(1, 80 + n, &world.t[1].object, RIGHT_TH_QUERY, 0);
	world_begin();
	world_grant(0, 127, &world.t[1].object, RIGHTS_THREAD, 0);
	int steps = 1;
	const uint64_t pc = running()->regs.pc;
	while (svc(CALL_destroy, H(127), 0, 0) != OK && running()->regs.pc == pc && steps < 9)
		steps++;
	assert_in_range(steps, 2, 5);
	assert_int_equal(thread_state(&world.t[1]), THREAD_DYING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(a_thread_can_die_in_any_state),
		BOTH(a_thread_with_many_names_dies_in_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
