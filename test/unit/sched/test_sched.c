/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs, for how long, and at which priority: statements S1 to S16, S26,
 * C2 to C5, and that no timer is armed when nothing needs one.
 */
/* SOURCES: src/ipc/endpoint.c src/ipc/fast.c src/ipc/ipc.c src/ipc/lend.c src/sched/tree.c src/sched/ready.c
 * src/sched/sched.c src/sched/timer.c src/sched/priority.c src/sched/sporadic.c src/sched/thread.c
 * src/sched/thread_call.c src/core/call.c src/core/aarch64/calls.c src/core/check.c src/core/fault.c src/core/firmware.c
 * src/core/trace.c
 * src/core/interrupt.c test/unit/fake/arch_fake.c test/unit/fake/kernel_world.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake/kernel_world.h"
#include "sched/ready.h"

#define MS 1000000ull

static int
setup(void **state)
{
	(void)state;
	world_reset();
	world_fast = true;
	return 0;
}

static int
setup_general(void **state)
{
	(void)state;
	world_reset();
	world_fast = false;
	return 0;
}

static int
check_after(void **state)
{
	(void)state;
	world_check();
	return 0;
}

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
S15_policy_can_be_changed_and_counts_from_then(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	svc(CALL_thread_configure, TH(1), THREAD_POLICY, POLICY_OTHER);
	svc(CALL_thread_configure, TH(0), THREAD_POLICY, POLICY_RR);
	assert_ptr_equal(running(), &world.t[1]); /* S16: to the tail */
	world_time(4 * MS);
	assert_ptr_equal(running(), &world.t[0]);
	world_time(4 * MS);
	assert_ptr_equal(running(), &world.t[1]);
}

static void
S16_raised_goes_to_the_tail_lowered_to_the_head(void **state)
{
	(void)state;
	world_thread(9, 50, POLICY_FIFO);
	world_begin();
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 5, POLICY_FIFO);
	world_thread(2, 15, POLICY_FIFO);
	svc(CALL_thread_configure, TH(1), THREAD_PRIORITY, 10); /* raised */
	svc(CALL_thread_configure, TH(2), THREAD_PRIORITY, 10); /* lowered */
	svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, 10); /* unchanged */
	block();
	static const int order[] = { 2, 0, 1 };
	for (int n = 0; n < 2; n++) {
		assert_ptr_equal(running(), &world.t[order[n]]);
		block();
	}
	assert_ptr_equal(running(), &world.t[1]);
}

static void
S2_nobody_goes_above_a_limit(void **state)
{
	(void)state;
	struct thread *t = world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 5, POLICY_FIFO);
	world_begin();
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_LIMIT, 63), OK);
	struct world_note note;
	world_note(&note);
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, 64), ERR_LIMIT);
	assert_int_equal(svc(CALL_thread_configure, TH(1), THREAD_PRIORITY, 64), ERR_LIMIT);
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_LIMIT, 64), ERR_LIMIT);
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, 64), ERR_LIMIT);
	assert_true(world_unchanged(&note));
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, 63), OK);
	assert_int_equal(thread_priority(t), 63);
}

/* Each has an error of its own, and changes nothing; those of sporadic threads are in test_sporadic.c. */
static void
S1_S24_priorities_and_policies_that_do_not_exist_are_refused(void **state)
{
	(void)state;
	static const struct {
		enum thread_item item;
		uint64_t value;
		err_t error;
	} bad[] = {
		{ THREAD_PRIORITY, 0, ERR_PRIORITY },
		{ THREAD_PRIORITY, 256, ERR_PRIORITY },
		{ THREAD_PRIORITY, ~0ull, ERR_PRIORITY },
		{ THREAD_LIMIT, 0, ERR_PRIORITY },
		{ THREAD_LIMIT, 256, ERR_PRIORITY },
		{ THREAD_POLICY, POLICY_SPORADIC + 1, ERR_POLICY },
		{ THREAD_POLICY, POLICY_INHERIT, ERR_POLICY },
		{ THREAD_POLICY, ~0ull, ERR_POLICY },
		{ THREAD_POLICY, POLICY_SPORADIC, ERR_STATE },
		{ THREAD_SPORADIC + 1, 1, ERR_ARGUMENT },
	};
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 5, POLICY_RR);
	world_begin();
	struct world_note note;
	world_note(&note);
	for (unsigned n = 0; n < sizeof bad / sizeof bad[0]; n++)
		for (unsigned t = 0; t < 2; t++) {
			assert_int_equal(
			    svc(CALL_thread_configure, TH(t), bad[n].item, bad[n].value),
			    bad[n].error);
			assert_true(world_unchanged(&note));
		}
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, 7 << 8), ERR_POLICY);
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, POLICY_SPORADIC << 8), ERR_POLICY);
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, 1ull << 32), ERR_POLICY);
	assert_true(world_unchanged(&note));
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

static const struct thread *
child(uint64_t scheduling)
{
	struct cap_slot *slot;

	assert_int_equal(svc(CALL_thread_create, SELF, SELF, scheduling), OK);
	assert_int_equal(cap_find(&world.space[0], (handle_t)running()->regs.x[1], &slot), OK);
	return thread_of(slot->object);
}

static void
S3_a_child_inherits_priority_and_policy(void **state)
{
	(void)state;
	world_thread(0, 33, POLICY_OTHER);
	world_begin();
	const struct thread *t = child(POLICY_INHERIT << 8);
	assert_int_equal(thread_real_priority(t), 33);
	assert_int_equal(t->policy, POLICY_OTHER);
	assert_int_equal(t->sched & SCHED_SLICED, SCHED_SLICED);
	assert_int_equal(thread_state(t), THREAD_INACTIVE);
}

/* Also FIFO, which is 0. */
static void
S3_a_child_has_the_policy_that_is_asked_for(void **state)
{
	(void)state;
	world_thread(0, 33, POLICY_OTHER);
	world_begin();
	for (unsigned policy = POLICY_FIFO; policy <= POLICY_OTHER; policy++) {
		const struct thread *t = child(7 | policy << 8);
		assert_int_equal(thread_real_priority(t), 7);
		assert_int_equal(t->policy, policy);
		assert_int_equal((t->sched & SCHED_SLICED) != 0, policy != POLICY_FIFO);
	}
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

/* t[0] serves at ep[0] with real priority 5, and has received the call of t[1], priority `p`. */
static struct thread *
serve(uint32_t p)
{
	struct thread *server = world_thread(0, 5, POLICY_FIFO);
	world_begin();
	svc(CALL_notify, EP(0), 0, 0);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	world_thread(1, p, POLICY_FIFO);
	world_begin();
	if (p > 5)
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	if (p <= 5)
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_ptr_equal(running(), server);
	return server;
}

static void
C2_a_server_runs_at_the_priority_of_the_call_it_serves(void **state)
{
	(void)state;
	struct thread *server = serve(30);
	assert_int_equal(thread_priority(server), 30);
	svc_message(CALL_reply, EP(0), 0, server->regs.x[2], 1, 1);
	assert_int_equal(thread_priority(server), 5);
}

static void
C2_a_lower_caller_sets_the_server_at_receive(void **state)
{
	(void)state;
	struct thread *server = serve(3);
	assert_int_equal(thread_priority(server), 3);
	svc_message(CALL_reply, EP(0), 0, server->regs.x[2], 1, 1);
	assert_int_equal(thread_priority(server), 5);
}

static void
C2_a_server_is_boosted_the_moment_a_higher_caller_queues(void **state)
{
	(void)state;
	struct thread *server = serve(10);
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
	struct thread *server = serve(10);
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
	struct thread *server = serve(10);
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
	struct thread *server = serve(10);
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
	struct thread *server = serve(10);
	world_thread(2, 40, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 1, 1);
	assert_int_equal(thread_priority(server), 40);
	svc(CALL_destroy, TH(2), 0, 0);
	assert_int_equal(thread_priority(server), 10);
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

/* t[0], above, blocks in a call; t[1] interrupts it. */
static void
C6_interrupt_ends_every_blocking_call(void **state)
{
	static const uint64_t number[] = { CALL_call, CALL_recv, CALL_recv_lend, CALL_sleep };
	static const enum thread_state blocked[] = { THREAD_SEND, THREAD_RECEIVE, THREAD_MUTEX,
		THREAD_NANOSLEEP };
	(void)state;
	struct thread *t = world_thread(0, 20, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	for (unsigned n = 0; n < 4; n++) {
		assert_ptr_equal(running(), t);
		svc_message(number[n], EP(0), fake.now_ns + MS, TH(1), 0, 0);
		assert_int_equal(thread_state(t), blocked[n]);
		assert_int_equal(svc(CALL_thread_interrupt, TH(0), 0, 0), OK);
		assert_ptr_equal(running(), t);
		assert_int_equal((int64_t)t->regs.x[0], ERR_INTERRUPTED);
		assert_int_equal(thread_priority(&world.t[1]), 10);
		assert_null(fake_cpu.timers.root);
		assert_null(world.ep[0].head);
		assert_null(world.ep[0].receiver);
		world_check();
	}
}

/* The handler of svc #0 is for svc #0 alone. */
static void
C6_interrupt_goes_on_behind_the_svc_and_not_in_the_upcall_handler(void **state)
{
	(void)state;
	struct thread *t = world_thread(0, 20, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	t->regs.x[3] = 0x8000;
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_UPCALL, 0x7000), OK);
	const struct upcall_bank handler = t->upcall;
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	const uint64_t behind = t->regs.pc, sp = t->regs.sp;
	assert_ptr_equal(running(), &world.t[1]);
	assert_int_equal(svc(CALL_thread_interrupt, TH(0), 0, 0), OK);
	assert_ptr_equal(running(), t);
	assert_int_equal((int64_t)t->regs.x[0], ERR_INTERRUPTED);
	assert_int_equal(t->regs.pc, behind);
	assert_int_equal(t->regs.sp, sp);
	assert_false(t->in_upcall);
	assert_memory_equal(&t->upcall, &handler, sizeof handler);
}

static void
C6_C11_an_interrupted_caller_leaves_a_dead_reply_right(void **state)
{
	(void)state;
	struct thread *server = serve(10);
	assert_int_equal(thread_priority(server), 10);
	assert_int_equal(svc(CALL_thread_interrupt, TH(1), 0, 0), OK);
	assert_int_equal(thread_priority(server), 5);
	assert_ptr_equal(running(), &world.t[1]);
	assert_int_equal((int64_t)running()->regs.x[0], ERR_INTERRUPTED);
	block();
	assert_int_equal(svc(CALL_reply, EP(0), 0, server->regs.x[2]), ERR_TOKEN);
}

static void
C6_interrupt_refuses_who_is_in_no_call(void **state)
{
	(void)state;
	world_thread(0, 20, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	thread_init(&world.t[2], &world.space[0], 5, POLICY_FIFO, 255);
	world_grant(0, 30, &world.t[1].object, RIGHT_SCHED, 0);
	world.t[3].kind = THREAD_KIND_INTERRUPT;
	world_begin();
	struct world_note note;
	world_note(&note);
	assert_int_equal(svc(CALL_thread_interrupt, H(70), 0, 0), ERR_HANDLE);
	assert_int_equal(svc(CALL_thread_interrupt, EP(0), 0, 0), ERR_TYPE);
	assert_int_equal(svc(CALL_thread_interrupt, TH(3), 0, 0), ERR_TYPE);
	assert_int_equal(svc(CALL_thread_interrupt, H(30), 0, 0), ERR_RIGHTS);
	assert_int_equal(svc(CALL_thread_interrupt, TH(0), 0, 0), ERR_STATE); /* running */
	assert_int_equal(svc(CALL_thread_interrupt, TH(1), 0, 0), ERR_STATE); /* ready */
	assert_int_equal(svc(CALL_thread_interrupt, TH(2), 0, 0), ERR_STATE); /* new */
	assert_true(world_unchanged(&note));
	/* A fault is not a call. */
	world_grant(0, 31, &world.ep[0].object, RIGHT_SEND, 0);
	svc(CALL_thread_configure, TH(0), THREAD_FAULT_ENDPOINT, H(31));
	kernel_fault(&fake_cpu, FAULT_PAGE, 0x1234);
	assert_ptr_equal(running(), &world.t[1]);
	assert_int_equal(thread_state(&world.t[0]), THREAD_SEND);
	world_note(&note);
	assert_int_equal(svc(CALL_thread_interrupt, TH(0), 0, 0), ERR_STATE);
	assert_true(world_unchanged(&note));
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

static void
thread_calls_refuse_what_makes_no_sense(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 5, POLICY_FIFO);
	thread_init(&world.t[2], &world.space[0], 5, POLICY_FIFO, 255);
	world_grant(0, 30, &world.t[1].object, RIGHT_TH_QUERY, 0);
	world.space[1].flags = SPACE_IS_ESTATE;
	world_begin();
	struct world_note note;
	world_note(&note);

	assert_int_equal(svc(CALL_thread_start, TH(1), 0x1000, 0x1000), ERR_STATE);
	assert_int_equal(svc(CALL_thread_start, TH(2), USER_END, 0x1000), ERR_ARGUMENT);
	assert_int_equal(svc(CALL_thread_start, TH(2), 0x1000, USER_END + 16), ERR_ARGUMENT);
	assert_int_equal(svc(CALL_thread_start, TH(2), 0x1002, 0x1000), ERR_ALIGNMENT);
	assert_int_equal(svc(CALL_thread_start, TH(2), 0x1000, 0x1008), ERR_ALIGNMENT);
	assert_int_equal(svc(CALL_thread_start, H(30), 0x1000, 0x1000), ERR_RIGHTS);
	assert_int_equal(svc(CALL_thread_start, EP(0), 0x1000, 0x1000), ERR_TYPE);
	assert_int_equal(svc(CALL_thread_stop, TH(2), 0, 0), ERR_STATE);
	assert_int_equal(svc(CALL_thread_stop, H(30), 0, 0), ERR_RIGHTS);
	assert_int_equal(svc(CALL_thread_resume, TH(1), 0, 0), ERR_STATE);
	assert_int_equal(svc(CALL_thread_registers, TH(1), 0, 0), ERR_STATE);
	assert_int_equal(svc(CALL_thread_registers, TH(2), 35, 0), ERR_ARGUMENT);
	assert_int_equal(svc(CALL_thread_registers, TH(2), 34, 2), ERR_ARGUMENT);
	assert_int_equal(svc(CALL_thread_registers, TH(2), 0, 0x100), ERR_ARGUMENT);
	assert_int_equal(svc(CALL_thread_query, H(70), 0, 0), ERR_HANDLE);
	assert_int_equal(svc(CALL_thread_create, H(2), SELF, 0), ERR_STATE);
	assert_int_equal(svc(CALL_thread_create, SELF, EP(0), 0), ERR_TYPE);
	assert_int_equal(svc(CALL_upcall_return, 0, 0, 0), ERR_STATE);
	world.no_fund = note.world.no_fund = true;
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, 0), ERR_NO_FUND);
	assert_int_equal(running()->regs.x[1], 1);
	assert_int_equal(svc(CALL_endpoint_create, SELF, SELF, 0), ERR_NO_FUND);
	assert_true(world_unchanged(&note));
}

static void
registers_of_a_stopped_thread_are_read_and_set(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	struct thread *t = world_thread(1, 5, POLICY_FIFO);
	world_begin();
	svc(CALL_thread_stop, TH(1), 0, 0);
	t->regs.x[30] = 30;

	assert_int_equal(
	    svc_message(CALL_thread_registers, TH(1), 30, 0xe, 0x100000f000000000, 0), OK);

	const uint64_t *x = running()->regs.x;
	assert_int_equal(x[3], 30); /* x30, not set */
	assert_int_equal(t->regs.sp, 0x100000f000000001);
	assert_int_equal(t->regs.pc, 0x100000f000000002);
	assert_int_equal(t->regs.pstate, 0); /* only the flags */
	assert_int_equal(x[8], 0);           /* behind the last register */
	svc(CALL_thread_resume, TH(1), 0, 0);
	assert_int_equal(thread_state(t), THREAD_READY);
}

#define BOTH(name)                                                              \
	{ #name, name, setup, check_after, NULL },                              \
	{                                                                       \
#name " (general path)", name, setup_general, check_after, NULL \
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
		BOTH(S11_another_threads_deadline_does_not_slice_fifo),
		BOTH(S12_round_robin_takes_turns_of_four_ticks),
		BOTH(S12_alone_on_its_level_nothing_ticks),
		BOTH(S12_a_peer_that_comes_late_waits_for_the_end_of_the_slice),
		BOTH(S13_a_fifo_peer_is_not_sliced),
		BOTH(S14_a_preempted_thread_has_the_rest_of_its_slice),
		BOTH(S14_after_slices_alone_the_rest_is_that_of_the_last_one),
		BOTH(S7_a_receiver_that_is_woken_has_a_new_slice),
		BOTH(C10_the_end_of_a_slice_does_not_put_a_deadline_off),
		BOTH(S1_the_idle_thread_takes_over_from_one_that_destroys_itself),
		BOTH(S15_policy_can_be_changed_and_counts_from_then),
		BOTH(S16_raised_goes_to_the_tail_lowered_to_the_head),
		BOTH(S2_nobody_goes_above_a_limit),
		BOTH(S16_an_inherited_boost_goes_to_the_tail_and_its_end_to_the_head),
		BOTH(S1_S24_priorities_and_policies_that_do_not_exist_are_refused),
		BOTH(S3_a_child_inherits_priority_and_policy),
		BOTH(S3_a_child_has_the_policy_that_is_asked_for),
		BOTH(S26_threads_of_one_space_share_what_is_loaded),
		BOTH(C2_a_server_runs_at_the_priority_of_the_call_it_serves),
		BOTH(C2_a_lower_caller_sets_the_server_at_receive),
		BOTH(C2_a_server_is_boosted_the_moment_a_higher_caller_queues),
		BOTH(C4_a_server_is_boosted_at_most_to_its_limit),
		BOTH(C5_a_boost_crosses_chains_and_goes_with_its_cause),
		BOTH(C5_a_boost_crosses_a_caller_that_still_queues),
		BOTH(C5_a_cause_that_dies_takes_its_boost_along),
		BOTH(deadlines_end_in_order_and_one_at_a_time),
		BOTH(C6_C10_sleep_ends_at_its_deadline_with_success),
		BOTH(C6_a_stopped_sleeper_sleeps_again_and_a_dead_one_leaves_no_timer),
		BOTH(C6_interrupt_ends_every_blocking_call),
		BOTH(C6_interrupt_goes_on_behind_the_svc_and_not_in_the_upcall_handler),
		BOTH(C6_C11_an_interrupted_caller_leaves_a_dead_reply_right),
		BOTH(C6_interrupt_refuses_who_is_in_no_call),
		BOTH(processor_time_is_charged_to_who_runs),
		BOTH(thread_calls_refuse_what_makes_no_sense),
		BOTH(registers_of_a_stopped_thread_are_read_and_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
