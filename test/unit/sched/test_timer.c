/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines and sleep, and that no timer is armed when nothing needs one.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"

#define MS 1000000ull

static void
block(void)
{
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
}

static void
S11_another_threads_deadline_does_not_slice_fifo(void **state)
{
	(void)state;
	world_thread(2, 20, POLICY_FIFO);
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(3), fake.now_ns + 10 * MS, 0);
	assert_ptr_equal(running(), &world.t[0]);
	world_time(10 * MS);
	assert_ptr_equal(running(), &world.t[2]);
	block();
	assert_ptr_equal(running(), &world.t[0]);
}

static void
S12_alone_on_its_level_nothing_ticks(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_RR);
	world_thread(1, 9, POLICY_RR);
	world_begin();
	world_time(1000 * MS);
	assert_int_equal(fake.timer_sets, 0);
	assert_ptr_equal(running(), &world.t[0]);
}

static void
C10_the_end_of_a_slice_does_not_put_a_deadline_off(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_RR);
	world_thread(1, 10, POLICY_RR);
	world_thread(2, 10, POLICY_RR);
	world_begin();
	const uint64_t deadline = fake.now_ns + 5 * MS;
	svc(CALL_recv, EP(0), deadline, 0);
	svc(CALL_recv, EP(1), deadline, 0);
	assert_ptr_equal(running(), &world.t[2]);
	world_time(5 * MS); /* its first slice alone is over; the first deadline gives it a peer */
	assert_int_equal((int64_t)world.t[0].regs.x[0], ERR_TIMED_OUT);
	assert_int_equal((int64_t)world.t[1].regs.x[0], ERR_TIMED_OUT);
	assert_int_equal(thread_state(&world.t[1]), THREAD_READY);
}

static void
deadlines_end_in_order_and_one_at_a_time(void **state)
{
	(void)state;
	srand(5);
	uint64_t deadline[20];
	world_thread(23, 1, POLICY_FIFO);
	for (int n = 0; n < 20; n++) {
		world_thread(n, 20, POLICY_FIFO);
		world_begin();
		deadline[n] = fake.now_ns + 1000 + (uint64_t)(rand() % 30) * 100;
		svc(CALL_recv, EP(0), deadline[n], 0);
	}
	for (uint64_t end = fake.now_ns + 5000; fake.now_ns < end;) {
		world_time(100);
		for (int n = 0; n < 20; n++)
			assert_int_equal(thread_state(&world.t[n]) == THREAD_RECEIVE &&
				world.t[n].blocked_on == &world.ep[0],
			    deadline[n] > fake.now_ns);
		while (running() != &world.t[23])
			block();
		world_check();
	}
	assert_int_equal(fake.timer_ns, TIME_NEVER);
}

static void
C6_C10_sleep_ends_at_its_deadline_with_success(void **state)
{
	(void)state;
	struct thread *t = world_thread(0, 20, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	svc(CALL_sleep, 0, fake.now_ns + MS, 0);
	assert_ptr_equal(running(), &world.t[1]);
	assert_int_equal(thread_state(t), THREAD_NANOSLEEP);
	world_time(MS - 1);
	assert_int_equal(thread_state(t), THREAD_NANOSLEEP);
	world_check();
	world_time(1);
	assert_ptr_equal(running(), t);
	assert_int_equal(t->regs.x[0], OK);
	assert_int_equal(svc(CALL_sleep, 0, TIME_NOW, 0), OK);
	assert_int_equal(svc(CALL_sleep, 0, fake.now_ns, 0), OK);
	assert_ptr_equal(running(), t);
	svc(CALL_sleep, 0, TIME_NEVER, 0);
	world_time(1000 * MS);
	assert_int_equal(thread_state(t), THREAD_NANOSLEEP);
	assert_int_equal(fake.timer_ns, TIME_NEVER);
}

static void
C6_a_stopped_sleeper_sleeps_again_and_a_dead_one_leaves_no_timer(void **state)
{
	(void)state;
	struct thread *t = world_thread(0, 20, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	const uint64_t pc = t->regs.pc, deadline = fake.now_ns + 10 * MS;
	svc(CALL_sleep, 0, deadline, 0);
	svc(CALL_thread_stop, TH(0), 0, 0);
	assert_int_equal(t->regs.pc, pc);
	assert_int_equal(t->regs.x[1], deadline);
	svc(CALL_thread_resume, TH(0), 0, 0);
	assert_ptr_equal(running(), t);
	svc(CALL_sleep, 0, t->regs.x[1], 0);
	assert_ptr_equal(running(), &world.t[1]);
	svc(CALL_destroy, TH(0), 0, 0);
	assert_null(fake_cpu.timers.root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(S11_another_threads_deadline_does_not_slice_fifo),
		BOTH(S12_alone_on_its_level_nothing_ticks),
		BOTH(C10_the_end_of_a_slice_does_not_put_a_deadline_off),
		BOTH(deadlines_end_in_order_and_one_at_a_time),
		BOTH(C6_C10_sleep_ends_at_its_deadline_with_success),
		BOTH(C6_a_stopped_sleeper_sleeps_again_and_a_dead_one_leaves_no_timer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
