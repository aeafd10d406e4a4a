/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Effective priorities: boosts, limits, chains, and where they put a thread (C2, C4, C5, S16).
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"
#include "sched/ready.h"

#define MS 1000000ull

static void
block(void)
{
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
}

/*
 * t[0], priority 5, has served t[1]; both it and t[3], its peer, are ready when
 * t[1] calls again, beside t[2] of the same priority.
 */
static void
S16_an_inherited_boost_goes_to_the_tail_and_its_end_to_the_head(void **state)
{
	(void)state;
	struct thread *server = world_thread(0, 5, POLICY_FIFO);
	world_thread(1, 20, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_int_equal(svc_message(CALL_reply, EP(0), 0, server->regs.x[2], 1, 1), OK);
	assert_ptr_equal(running(), &world.t[1]);
	world_thread(2, 20, POLICY_FIFO);
	world_thread(3, 5, POLICY_FIFO);

	svc_message(CALL_call, EP(0), fake.now_ns + 1000, 0, 1, 1);
	assert_int_equal(thread_priority(server), 20);
	assert_ptr_equal(running(), &world.t[2]); /* which was there first */
	assert_ptr_equal(ready_first(&fake_cpu), server);
	world_check();

	world_time(1000); /* t[1] gives up, and is ready */
	assert_int_equal(thread_priority(server), 5);
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	assert_ptr_equal(running(), server); /* and not its peer */
	assert_ptr_equal(ready_first(&fake_cpu), &world.t[3]);
}

static void
C2_a_server_runs_at_the_priority_of_the_call_it_serves(void **state)
{
	(void)state;
	struct thread *server = world_serve(30);
	assert_int_equal(thread_priority(server), 30);
	svc_message(CALL_reply, EP(0), 0, server->regs.x[2], 1, 1);
	assert_int_equal(thread_priority(server), 5);
}

static void
C2_a_lower_caller_sets_the_server_at_receive(void **state)
{
	(void)state;
	struct thread *server = world_serve(3);
	assert_int_equal(thread_priority(server), 3);
	svc_message(CALL_reply, EP(0), 0, server->regs.x[2], 1, 1);
	assert_int_equal(thread_priority(server), 5);
}

static void
C2_a_server_is_boosted_the_moment_a_higher_caller_queues(void **state)
{
	(void)state;
	struct thread *server = world_serve(10);
	world_thread(2, 40, POLICY_FIFO);
	world_thread(3, 20, POLICY_FIFO); /* would run before the server, unboosted */
	world_begin();
	assert_ptr_equal(running(), &world.t[2]);
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_ptr_equal(running(), server);
	assert_int_equal(thread_priority(server), 40);
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 1, 1);
	assert_ptr_equal(running(), server);
	assert_int_equal(thread_priority(server), 40);
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 1, 1);
	assert_ptr_equal(running(), &world.t[2]);
	assert_int_equal(thread_priority(server), 5);
}

static void
C4_a_server_is_boosted_at_most_to_its_limit(void **state)
{
	(void)state;
	struct thread *server = world_serve(10);
	svc(CALL_thread_configure, TH(0), THREAD_LIMIT, 25);
	world_thread(2, 40, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_int_equal(thread_priority(server), 25);
}

/* t[1] calls t[0], which calls t[4]: whoever queues for t[0] boosts t[4]. */
static void
C5_a_boost_crosses_chains_and_goes_with_its_cause(void **state)
{
	(void)state;
	struct thread *last = world_thread(4, 2, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(1), TIME_NOW, 0);
	svc(CALL_notify, EP(1), 0, 0);
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	struct thread *server = world_serve(10);
	svc_message(CALL_call, EP(1), TIME_NEVER, 0, 1, 1);
	while (running() != last)
		block();
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	assert_int_equal(thread_priority(last), 10);

	world_thread(2, 40, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(0), fake.now_ns + MS, 0, 1, 1);

	assert_ptr_equal(running(), last);
	assert_int_equal(thread_priority(server), 40);
	assert_int_equal(thread_priority(last), 40);
	world_check();
	world_time(2 * MS); /* the cause gives up */
	assert_int_equal((int64_t)world.t[2].regs.x[0], ERR_TIMED_OUT);
	assert_int_equal(thread_priority(server), 10);
	assert_int_equal(thread_priority(last), 10);
}

static void
C5_a_boost_crosses_a_caller_that_still_queues(void **state)
{
	(void)state;
	struct thread *last = world_thread(4, 2, POLICY_FIFO);
	world_thread(5, 2, POLICY_FIFO);
	world_begin();
	svc(CALL_yield, 0, 0, 0);
	svc_message(CALL_call, EP(1), TIME_NEVER, 0, 1, 1);
	svc(CALL_recv, EP(1), TIME_NEVER, 0); /* it serves t[5], and is the donee */
	struct thread *server = world_serve(10);
	svc_message(CALL_call, EP(1), TIME_NEVER, 0, 1, 1);
	assert_int_equal(thread_state(server), THREAD_SEND);
	assert_int_equal(thread_priority(last), 10);
	world_thread(2, 40, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_int_equal(thread_priority(server), 40);
	assert_int_equal(thread_priority(last), 40);
}

static void
C5_a_cause_that_dies_takes_its_boost_along(void **state)
{
	(void)state;
	struct thread *server = world_serve(10);
	world_thread(2, 40, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_int_equal(thread_priority(server), 40);
	svc(CALL_destroy, TH(2), 0, 0);
	assert_int_equal(thread_priority(server), 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(S16_an_inherited_boost_goes_to_the_tail_and_its_end_to_the_head),
		BOTH(C2_a_server_runs_at_the_priority_of_the_call_it_serves),
		BOTH(C2_a_lower_caller_sets_the_server_at_receive),
		BOTH(C2_a_server_is_boosted_the_moment_a_higher_caller_queues),
		BOTH(C4_a_server_is_boosted_at_most_to_its_limit),
		BOTH(C5_a_boost_crosses_chains_and_goes_with_its_cause),
		BOTH(C5_a_boost_crosses_a_caller_that_still_queues),
		BOTH(C5_a_cause_that_dies_takes_its_boost_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
