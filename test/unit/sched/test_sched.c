/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs, and for how long: statements S1 and S5 to S14, S26.
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

static void
S5_the_highest_ready_thread_runs(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 255, POLICY_FIFO);
	world_thread(2, 64, POLICY_FIFO);
	world_thread(3, 63, POLICY_FIFO);
	world_begin();
	static const int order[] = { 1, 2, 3, 0 };
	for (int n = 0; n < 3; n++) {
		assert_ptr_equal(running(), &world.t[order[n]]);
		block();
	}
	assert_ptr_equal(running(), &world.t[0]);
}

static void
S6_P2_ready_queues_hold_after_every_random_step(void **state)
{
	(void)state;
	srand(3);
	for (int n = 0; n < WORLD_THREADS; n++)
		world_thread(n, 1 + (uint32_t)rand() % 255, POLICY_FIFO);
	world_begin();
	for (int step = 0; step < 5000; step++) {
		struct thread *t = &world.t[rand() % WORLD_THREADS];
		const bool stopped = thread_state(t) == THREAD_STOPPED;
		if (running() == t && !stopped)
			continue; /* somebody must go on */
		svc(stopped ? CALL_thread_resume : CALL_thread_stop, TH((unsigned)(t - world.t)), 0,
		    0);
		if (rand() % 4 == 0)
			svc(CALL_thread_configure, TH((unsigned)(rand() % WORLD_THREADS)),
			    THREAD_PRIORITY, 1 + (uint64_t)rand() % 255);
		world_check();
		assert_true(fake_cpu.highest_ready <= thread_priority(running()));
	}
}

static void
S7_who_becomes_ready_goes_to_the_tail(void **state)
{
	(void)state;
	for (int n = 0; n < 4; n++)
		world_thread(n, 10, POLICY_FIFO);
	world_begin();
	for (int n = 0; n < 3; n++) {
		assert_ptr_equal(running(), &world.t[n]);
		block();
	}
	assert_ptr_equal(running(), &world.t[3]);
}

static void
S8_a_preempted_thread_stays_first_of_its_level(void **state)
{
	(void)state;
	world_thread(9, 20, POLICY_FIFO);
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	block();
	assert_ptr_equal(running(), &world.t[0]);
	svc(CALL_notify, EP(3), 0, 0);
	assert_ptr_equal(running(), &world.t[9]);
	block();
	assert_ptr_equal(running(), &world.t[0]);
}

static void
S9_yield_goes_to_the_tail_of_its_own_level(void **state)
{
	(void)state;
	for (int n = 0; n < 3; n++)
		world_thread(n, 10, POLICY_FIFO);
	world_thread(3, 9, POLICY_FIFO);
	world_begin();
	for (int n = 0; n < 7; n++) {
		assert_ptr_equal(running(), &world.t[n % 3]);
		svc(CALL_yield, 0, 0, 0);
		world_check();
	}
}

static void
S9_yield_never_goes_downwards(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_RR);
	world_thread(3, 9, POLICY_RR);
	world_begin();
	assert_int_equal(svc(CALL_yield, 0, 0, 0), OK);
	assert_ptr_equal(running(), &world.t[0]);
}

static void
S11_fifo_is_never_sliced_and_needs_no_timer(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	world_time(1000 * MS);
	assert_ptr_equal(running(), &world.t[0]);
	assert_int_equal(fake.timer_sets, 0);
}

static void
S12_round_robin_takes_turns_of_four_ticks(void **state)
{
	(void)state;
	for (int n = 0; n < 3; n++)
		world_thread(n, 10, POLICY_RR);
	world_begin();
	for (int n = 0; n < 9; n++) {
		assert_ptr_equal(running(), &world.t[n % 3]);
		world_time(4 * MS - 1);
		assert_ptr_equal(running(), &world.t[n % 3]);
		world_time(1);
	}
}

static void
S12_a_peer_that_comes_late_waits_for_the_end_of_the_slice(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_RR);
	world_begin();
	world_time(10 * MS); /* two slices and a half */
	world_thread(1, 10, POLICY_RR);
	world_begin();
	assert_ptr_equal(running(), &world.t[0]);
	world_time(2 * MS - 1);
	assert_ptr_equal(running(), &world.t[0]);
	world_time(1);
	assert_ptr_equal(running(), &world.t[1]);
}

static void
S13_a_fifo_peer_is_not_sliced(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_RR);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	world_time(4 * MS);
	assert_ptr_equal(running(), &world.t[1]);
	world_time(100 * MS);
	assert_ptr_equal(running(), &world.t[1]);
}

static void
S14_a_preempted_thread_has_the_rest_of_its_slice(void **state)
{
	(void)state;
	world_thread(9, 20, POLICY_FIFO);
	world_thread(0, 10, POLICY_RR);
	world_thread(1, 10, POLICY_RR);
	world_begin();
	block();
	world_time(3 * MS);
	svc(CALL_notify, EP(3), 0, 0);
	assert_ptr_equal(running(), &world.t[9]);
	world_time(50 * MS);
	block();
	assert_ptr_equal(running(), &world.t[0]);
	world_time(1 * MS - 1);
	assert_ptr_equal(running(), &world.t[0]);
	world_time(1);
	assert_ptr_equal(running(), &world.t[1]);
}

/* Slices of a thread that is alone follow one another. */
static void
S14_after_slices_alone_the_rest_is_that_of_the_last_one(void **state)
{
	(void)state;
	world_thread(9, 20, POLICY_FIFO);
	world_thread(0, 10, POLICY_RR);
	world_begin();
	svc(CALL_recv, EP(3), fake.now_ns + 7 * MS, 0);
	world_time(7 * MS); /* one slice, and three quarters of the next */
	assert_ptr_equal(running(), &world.t[9]);
	world_thread(1, 10, POLICY_RR);
	block();
	assert_ptr_equal(running(), &world.t[0]);
	world_time(1 * MS);
	assert_ptr_equal(running(), &world.t[1]);
}

static void
S7_a_receiver_that_is_woken_has_a_new_slice(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_RR);
	world_thread(8, 10, POLICY_RR);
	world_thread(1, 5, POLICY_RR);
	world_thread(9, 20, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(3), fake.now_ns + 3 * MS, 0);
	world_time(3 * MS); /* t[0] is preempted with 1 ms left, then blocks with it */
	block();
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), &world.t[8]);
	svc(CALL_recv, EP(1), fake.now_ns + MS / 2, 0);
	assert_ptr_equal(running(), &world.t[1]);
	svc(CALL_notify, EP(0), 0, 0);
	assert_ptr_equal(running(), &world.t[0]);
	world_time(4 * MS - 1); /* t[8] is its peer by now */
	assert_ptr_equal(running(), &world.t[0]);
	world_time(1);
	assert_ptr_equal(running(), &world.t[8]);
}

/* Nobody else can run: the machine waits, and the idle thread does not leave the kernel. */
static void
S1_the_idle_thread_takes_over_from_one_that_destroys_itself(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 5, POLICY_FIFO);
	world_begin();
	const uint64_t deadline = fake.now_ns + 5 * MS;
	svc(CALL_yield, 0, 0, 0);
	svc(CALL_recv, EP(0), deadline, 0);
	assert_ptr_equal(running(), &world.t[1]);
	svc(CALL_destroy, TH(1), 0, 0);
	assert_ptr_equal(running(), &world.t[0]);
	assert_int_equal((int64_t)running()->regs.x[0], ERR_TIMED_OUT);
	assert_int_equal(fake.now_ns, deadline);
}

static void
S26_threads_of_one_space_share_what_is_loaded(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_thread_apart(2, 10, POLICY_FIFO);
	world_begin();
	assert_int_equal(fake.ttbr0, world.space[0].ttbr0);
	svc(CALL_yield, 0, 0, 0);
	assert_int_equal(fake.ttbr0, world.space[0].ttbr0);
	svc(CALL_yield, 0, 0, 0);
	assert_int_equal(fake.ttbr0, world.space[1].ttbr0);
}

static void
processor_time_is_charged_to_who_runs(void **state)
{
	uint64_t info[7];
	(void)state;
	world_thread(0, 10, POLICY_RR);
	world_thread(1, 10, POLICY_RR);
	world_begin();
	world_time(8 * MS);
	world_time(1 * MS);
	thread_describe(&world.t[0], info);
	assert_int_equal(info[1], 5 * MS);
	thread_describe(&world.t[1], info);
	assert_int_equal(info[1], 4 * MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(S5_the_highest_ready_thread_runs),
		BOTH(S6_P2_ready_queues_hold_after_every_random_step),
		BOTH(S7_who_becomes_ready_goes_to_the_tail),
		BOTH(S8_a_preempted_thread_stays_first_of_its_level),
		BOTH(S9_yield_goes_to_the_tail_of_its_own_level),
		BOTH(S9_yield_never_goes_downwards),
		BOTH(S11_fifo_is_never_sliced_and_needs_no_timer),
		BOTH(S12_round_robin_takes_turns_of_four_ticks),
		BOTH(S12_a_peer_that_comes_late_waits_for_the_end_of_the_slice),
		BOTH(S13_a_fifo_peer_is_not_sliced),
		BOTH(S14_a_preempted_thread_has_the_rest_of_its_slice),
		BOTH(S14_after_slices_alone_the_rest_is_that_of_the_last_one),
		BOTH(S7_a_receiver_that_is_woken_has_a_new_slice),
		BOTH(S1_the_idle_thread_takes_over_from_one_that_destroys_itself),
		BOTH(S26_threads_of_one_space_share_what_is_loaded),
		BOTH(processor_time_is_charged_to_who_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
