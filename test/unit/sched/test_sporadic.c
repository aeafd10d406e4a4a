/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sporadic threads: S17 to S24, and that inheritance goes on working.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"

#define MS 1000000ull
#define NORMAL 20
#define LOW 5
#define BETWEEN 10 /* t[1]: always ready, never blocks */

static struct thread *t;

/* t[0] sporadic, and running; t[1] between its levels, t[2] below all of them. */
static void
begin(uint64_t budget, uint64_t period, unsigned repl_max)
{
	t = world_thread(0, NORMAL, POLICY_FIFO);
	world_thread(1, BETWEEN, POLICY_FIFO);
	world_thread(2, 1, POLICY_FIFO);
	world_begin();
	uint64_t *x = t->regs.x;
	x[3] = period;
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_SPORADIC,
			     SPORADIC_VALUE(budget, LOW, repl_max)),
	    OK);
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_POLICY, POLICY_SPORADIC), OK);
	assert_ptr_equal(running(), t);
	assert_int_equal(thread_priority(t), NORMAL);
	world_check();
}

static void
time_passes(uint64_t ns)
{
	world_time(ns);
	world_check();
}

/* t blocks; somebody below it wakes it at once, or later. */
static void
block(void)
{
	assert_ptr_equal(running(), t);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	world_check();
}

static void
wake(void)
{
	assert_int_equal(svc(CALL_notify, EP(0), 0, 0), OK);
	world_check();
}

static void
S17_runs_at_its_normal_priority_while_it_has_budget_then_at_its_low_one(void **state)
{
	(void)state;
	begin(3 * MS, 10 * MS, 4);
	time_passes(3 * MS - 1);
	assert_ptr_equal(running(), t);
	time_passes(1);
	assert_int_equal(thread_priority(t), LOW);
	assert_int_equal(thread_real_priority(t), NORMAL); /* S4 */
	assert_ptr_equal(running(), &world.t[1]);
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
	assert_ptr_equal(running(), t); /* before t[2] */
	assert_int_equal(t->regs.cpu_ticks + fake.now_ns, 3 * MS);
}

static void
S19_S22_what_was_used_comes_back_a_period_after_the_activation(void **state)
{
	(void)state;
	begin(3 * MS, 10 * MS, 4);
	time_passes(3 * MS);
	assert_int_equal(thread_priority(t), LOW);
	time_passes(7 * MS - 1);
	assert_ptr_equal(running(), &world.t[1]);
	time_passes(1);
	assert_ptr_equal(running(), t);
	assert_int_equal(thread_priority(t), NORMAL);
	/* A new activation: the next refill is a period after this one. */
	time_passes(3 * MS);
	assert_ptr_equal(running(), &world.t[1]);
	time_passes(7 * MS);
	assert_ptr_equal(running(), t);
}

static void
S18_blocking_debits_and_schedules_what_was_used(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 4);
	time_passes(1 * MS);
	block();
	assert_int_equal(t->sporadic->left_ns, 3 * MS);
	assert_int_equal(t->sporadic->count, 1);
	assert_int_equal(t->sporadic->pending[0].ns, 1 * MS);
	time_passes(2 * MS);
	wake(); /* at 3: the activation of what follows */
	assert_ptr_equal(running(), t);
	time_passes(2 * MS);
	block(); /* at 5 */
	assert_int_equal(t->sporadic->left_ns, 1 * MS);
	assert_int_equal(t->sporadic->count, 2);
	time_passes(5 * MS); /* at 10 the first millisecond is back */
	assert_int_equal(t->sporadic->left_ns, 2 * MS);
	assert_int_equal(t->sporadic->count, 1);
	time_passes(3 * MS); /* at 13 the others are */
	assert_int_equal(t->sporadic->left_ns, 4 * MS);
	assert_int_equal(t->sporadic->count, 0);
	assert_int_equal(fake.timer_ns, TIME_NEVER);
}

static void
S18_blocking_without_having_run_schedules_nothing(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 1);
	for (int n = 0; n < 5; n++) {
		block();
		assert_int_equal(t->sporadic->count, 0);
		wake();
		assert_ptr_equal(running(), t);
	}
	assert_int_equal(t->sporadic->left_ns, 4 * MS);
}

static void
S18_a_debit_never_goes_below_nothing(void **state)
{
	(void)state;
	begin(2 * MS, 10 * MS, 4);
	fake.now_ns += 3 * MS; /* with interrupts masked all the time */
	block();
	assert_int_equal(t->sporadic->left_ns, 0);
	time_passes(7 * MS);
	assert_int_equal(t->sporadic->left_ns, 2 * MS);
}

static void
S20_a_replenishment_that_is_due_is_applied_at_once(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 1);
	world_thread(3, 50, POLICY_FIFO);
	world_thread(4, NORMAL, POLICY_FIFO);
	time_passes(1 * MS);
	world_begin(); /* t[3] preempts it for longer than a period */
	assert_ptr_equal(running(), &world.t[3]);
	time_passes(20 * MS);
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
	assert_ptr_equal(running(), t); /* S8 */
	time_passes(1 * MS);
	block();
	assert_int_equal(t->sporadic->count, 0);
	assert_int_equal(t->sporadic->left_ns, 4 * MS);
	svc(CALL_notify, EP(0), 0, 0);
	assert_int_equal(thread_priority(t), NORMAL);
}

static void
S20_used_up_and_due_at_once_goes_to_the_tail_with_a_new_activation(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 1);
	world_thread(3, 50, POLICY_FIFO);
	time_passes(1 * MS);
	world_begin();
	time_passes(20 * MS);
	struct thread *peer = world_thread(4, NORMAL, POLICY_FIFO);
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
	assert_ptr_equal(running(), t);
	time_passes(3 * MS);
	assert_ptr_equal(running(), peer);
	assert_int_equal(thread_priority(t), NORMAL);
	assert_int_equal(t->sporadic->left_ns, 4 * MS);
	assert_int_equal(t->sporadic->activation_ns, fake.now_ns);
}

static void
S21_with_max_repl_pending_it_is_at_low_priority(void **state)
{
	(void)state;
	begin(8 * MS, 20 * MS, 2);
	time_passes(1 * MS);
	block();
	time_passes(1 * MS);
	wake();
	time_passes(1 * MS);
	block(); /* two are pending */
	assert_int_equal(t->sporadic->count, 2);
	assert_int_equal(t->sporadic->left_ns, 6 * MS);
	assert_int_equal(thread_priority(t), LOW);
	wake();
	assert_ptr_equal(running(), &world.t[1]);
	svc(CALL_recv, EP(3), fake.now_ns + 5 * MS, 0);
	assert_ptr_equal(running(), t);
	time_passes(5 * MS);
	assert_int_equal(t->sporadic->left_ns, 6 * MS); /* at low priority nothing is charged */
	assert_ptr_equal(running(), &world.t[1]);
	time_passes(12 * MS); /* at 20 the first is back */
	assert_ptr_equal(running(), t);
	assert_int_equal(thread_priority(t), NORMAL);
	assert_int_equal(t->sporadic->left_ns, 7 * MS);
}

static void
S22_a_refill_never_exceeds_the_budget(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 8);
	time_passes(2 * MS);
	block();
	wake();
	t->sporadic->pending[0].ns = 100 * MS;
	time_passes(1 * MS);
	block();
	time_passes(20 * MS);
	assert_int_equal(t->sporadic->left_ns, 4 * MS);
}

static void
S22_promotion_goes_to_the_tail_of_the_normal_level(void **state)
{
	(void)state;
	begin(1 * MS, 10 * MS, 1);
	time_passes(1 * MS);
	world_thread(3, 50, POLICY_FIFO);
	world_begin(); /* nobody of t's level gets to run until it is promoted */
	struct thread *peer = world_thread(4, NORMAL, POLICY_FIFO);
	time_passes(9 * MS);
	assert_int_equal(thread_priority(t), NORMAL);
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
	assert_ptr_equal(running(), peer);
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
	assert_ptr_equal(running(), t);
	assert_int_equal(t->sporadic->activation_ns, fake.now_ns);
}

static void
S17_used_up_goes_to_the_tail_of_the_low_level(void **state)
{
	(void)state;
	begin(1 * MS, 10 * MS, 1);
	struct thread *peer = world_thread(3, LOW, POLICY_FIFO);
	time_passes(1 * MS);
	svc(CALL_recv, EP(3), TIME_NEVER, 0); /* t[1] */
	assert_ptr_equal(running(), peer);
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
	assert_ptr_equal(running(), t);
}

static void
S8_a_preempted_sporadic_thread_keeps_place_and_budget(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 4);
	world_thread(4, NORMAL, POLICY_FIFO);
	time_passes(1 * MS);
	world_thread(3, 50, POLICY_FIFO);
	world_begin();
	time_passes(2 * MS); /* not charged */
	assert_int_equal(t->sporadic->left_ns, 3 * MS);
	assert_int_equal(t->sporadic->count, 0);
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
	assert_ptr_equal(running(), t);
	time_passes(3 * MS - 1);
	assert_ptr_equal(running(), t);
	time_passes(1);
	assert_int_equal(thread_priority(t), LOW);
	/* What was used since the activation at 0 is back at 10. */
	assert_int_equal(t->sporadic->pending[0].ns, 4 * MS);
	time_passes(4 * MS);
	assert_int_equal(thread_priority(t), NORMAL);
}

static void
S11_a_sporadic_thread_is_not_sliced_by_its_peers(void **state)
{
	(void)state;
	begin(100 * MS, 200 * MS, 1);
	world_thread(3, NORMAL, POLICY_RR);
	time_passes(50 * MS);
	assert_ptr_equal(running(), t);
	svc(CALL_yield, 0, 0, 0);
	assert_ptr_equal(running(), &world.t[3]);
	svc(CALL_yield, 0, 0, 0);
	assert_ptr_equal(running(), t);
	assert_int_equal(t->sporadic->left_ns, 50 * MS);
	assert_int_equal(t->sporadic->count, 0);
}

/* It never blocks, and nobody is above it: no period has more than a budget, wherever it begins. */
static void
S23_a_hog_gets_at_most_its_budget_in_any_period(void **state)
{
	(void)state;
	begin(3 * MS, 10 * MS, 3);
	const uint64_t slot = MS / 4;
	uint64_t used[400] = { 0 };
	for (int n = 1; n < 400; n++) {
		const bool normal = running() == t;
		time_passes(slot);
		used[n] = used[n - 1] + (normal ? slot : 0);
		if (n >= 40)
			assert_true(used[n] - used[n - 40] <= 3 * MS);
	}
	assert_int_equal(used[399], 30 * MS);
}

/* However it is preempted, it has no more than a budget for each period since it began. */
static void
S23_a_preempted_hog_gets_at_most_its_budget_per_period(void **state)
{
	(void)state;
	srand(7);
	begin(3 * MS, 10 * MS, 3);
	struct thread *high = world_thread(3, 50, POLICY_FIFO);
	const uint64_t from = fake.now_ns;
	uint64_t total = 0;
	for (int n = 0; n < 4000; n++) {
		if (thread_state(high) == THREAD_RECEIVE) {
			if (rand() % 8 == 0)
				svc(CALL_notify, EP(2), 0, 0);
		} else if (running() == high && rand() % 4 == 0) {
			svc(CALL_recv, EP(2), TIME_NEVER, 0);
		}
		world_begin();
		const bool normal = running() == t && thread_priority(t) == NORMAL;
		time_passes(MS / 4);
		total += normal ? MS / 4 : 0;
		assert_true(total <= ((fake.now_ns - from) / (10 * MS) + 1) * 3 * MS);
	}
	assert_true(total > 100 * MS);
}

static void
S4_inheritance_lifts_a_sporadic_thread_above_its_low_priority(void **state)
{
	(void)state;
	begin(1 * MS, 50 * MS, 1);
	svc(CALL_notify, EP(1), 0, 0);
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	time_passes(1 * MS);
	assert_int_equal(thread_priority(t), LOW);
	world_thread(3, 30, POLICY_FIFO);
	world_begin();
	svc(CALL_recv_lend, EP(2), fake.now_ns + 2 * MS, TH(0));
	assert_ptr_equal(running(), t);
	assert_int_equal(thread_priority(t), 30);
	time_passes(1 * MS);
	assert_ptr_equal(running(), t);
	time_passes(1 * MS);
	assert_int_equal(thread_priority(t), LOW);
	/* As a server it has its client's priority, whatever its budget. */
	svc(CALL_recv, EP(3), TIME_NEVER, 0); /* t[3] */
	svc(CALL_recv, EP(3), TIME_NEVER, 0); /* t[1] */
	assert_ptr_equal(running(), t);
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	world_thread(4, 15, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(1), TIME_NEVER, 0, 1, 1);
	assert_ptr_equal(running(), t);
	assert_int_equal(thread_priority(t), 15);
	svc_message(CALL_reply, EP(1), 0, t->regs.x[2], 1, 1);
	assert_int_equal(thread_priority(t), LOW);
}

/* Its own client: what it lends is less once it is at low priority. */
static void
C5_what_a_blocked_sporadic_thread_lends_follows_its_level(void **state)
{
	(void)state;
	begin(2 * MS, 10 * MS, 1);
	time_passes(1 * MS);
	svc(CALL_recv_lend, EP(2), TIME_NEVER, TH(2));
	/* One replenishment is all it may have pending. */
	assert_int_equal(thread_priority(t), LOW);
	assert_int_equal(thread_priority(&world.t[2]), LOW);
	assert_ptr_equal(running(), &world.t[1]);
	world_check();
	time_passes(9 * MS);
	assert_int_equal(thread_priority(t), NORMAL);
	assert_ptr_equal(running(), &world.t[2]);
	assert_int_equal(thread_priority(&world.t[2]), NORMAL);
}

static void
S24_parameters_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 4);
	static const struct {
		uint64_t value, period;
		err_t error;
	} bad[] = {
		{ SPORADIC_VALUE(1 * MS, NORMAL + 1, 1), 10 * MS, ERR_LOW_PRIORITY },
		{ SPORADIC_VALUE(1 * MS, PRIORITY_MAX, 1), 10 * MS, ERR_LOW_PRIORITY },
		{ SPORADIC_VALUE(1 * MS, 0, 1), 10 * MS, ERR_PRIORITY },
		{ SPORADIC_VALUE(10 * MS + 1, LOW, 1), 10 * MS, ERR_BUDGET },
		{ SPORADIC_VALUE(0, LOW, 1), 10 * MS, ERR_BUDGET },
		{ SPORADIC_VALUE(1 * MS, LOW, 1), 0, ERR_PERIOD },
		{ SPORADIC_VALUE(1 * MS, LOW, 1), 1ull << SPORADIC_TIME_BITS, ERR_PERIOD },
		{ SPORADIC_VALUE(1 * MS, LOW, 1), ~0ull, ERR_PERIOD },
		{ SPORADIC_VALUE(1 * MS, LOW, 0), 10 * MS, ERR_REPLENISHMENTS },
		{ SPORADIC_VALUE(1 * MS, LOW, SPORADIC_REPL_MAX + 1), 10 * MS, ERR_REPLENISHMENTS },
		{ SPORADIC_VALUE(1 * MS, LOW, 255), 10 * MS, ERR_REPLENISHMENTS },
	};
	struct world_note note;
	world_grant(0, 30, &world.t[0].object, RIGHT_CONTROL, 0);
	world_note(&note);
	for (unsigned n = 0; n < sizeof bad / sizeof bad[0]; n++)
		for (unsigned which = 0; which < 2; which++) { /* t[1] never had any */
			t->regs.x[3] = bad[n].period;
			assert_int_equal(
			    svc(CALL_thread_configure, TH(which), THREAD_SPORADIC, bad[n].value),
			    bad[n].error);
			assert_true(world_unchanged(&note));
		}
	t->regs.x[3] = 10 * MS;
	assert_int_equal(
	    svc(CALL_thread_configure, H(30), THREAD_SPORADIC, SPORADIC_VALUE(1 * MS, LOW, 1)),
	    ERR_RIGHTS);
	/* Its real priority cannot go below its low one. */
	assert_int_equal(
	    svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, LOW - 1), ERR_LOW_PRIORITY);
	/* Without parameters there is no such policy. */
	assert_int_equal(
	    svc(CALL_thread_configure, TH(1), THREAD_POLICY, POLICY_SPORADIC), ERR_STATE);
	assert_int_equal(
	    svc(CALL_thread_create, SELF, SELF, NORMAL | POLICY_SPORADIC << 8), ERR_POLICY);
	world.no_fund = note.world.no_fund = true;
	assert_int_equal(
	    svc(CALL_thread_configure, TH(1), THREAD_SPORADIC, SPORADIC_VALUE(1 * MS, LOW, 1)),
	    ERR_NO_FUND);
	assert_int_equal(t->regs.x[1], 1);
	assert_true(world_unchanged(&note));
	/* The policy is refused while the low priority is above the real one. */
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_POLICY, POLICY_FIFO), OK);
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, LOW - 1), OK);
	while (running() != &world.t[1])
		svc(CALL_yield, 0, 0, 0);
	world_note(&note);
	assert_int_equal(
	    svc(CALL_thread_configure, TH(0), THREAD_POLICY, POLICY_SPORADIC), ERR_LOW_PRIORITY);
	assert_true(world_unchanged(&note));
}

/* t[5], made by t in place of nothing, with `scheduling`; it is named by TH(5). */
static void
make_child(uint64_t scheduling)
{
	world.place = &world.t[5].object;
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, scheduling), OK);
	world.place = NULL;
}

/* Whatever t has left: the child begins with all of it, pays for itself, and gets back its own. */
static void
S3_S17_a_child_of_a_sporadic_thread_has_a_budget_of_its_own(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 4);
	time_passes(3 * MS);
	make_child(POLICY_INHERIT << 8);
	struct thread *child = &world.t[5];
	assert_int_equal(child->policy, POLICY_SPORADIC);
	assert_int_equal(thread_real_priority(child), NORMAL);
	assert_int_equal(thread_state(child), THREAD_INACTIVE);
	assert_ptr_not_equal(child->sporadic, t->sporadic);
	assert_memory_equal(&child->sporadic->set, &t->sporadic->set, sizeof t->sporadic->set);
	time_passes(1 * MS); /* t's budget is used up; the child has not run */
	assert_int_equal(thread_priority(t), LOW);
	assert_ptr_equal(running(), &world.t[1]);
	assert_int_equal(svc(CALL_thread_start, TH(5), 0x1000, 0x10000), OK);
	assert_ptr_equal(running(), child);
	time_passes(4 * MS - 1);
	assert_int_equal(thread_priority(child), NORMAL);
	time_passes(1); /* 8 ms: the child's is, too */
	assert_int_equal(thread_priority(child), LOW);
	assert_ptr_equal(running(), &world.t[1]);
	time_passes(2 * MS); /* t's comes back 10 ms after it began, */
	assert_ptr_equal(running(), t);
	assert_int_equal(t->sporadic->left_ns, 4 * MS);
	assert_int_equal(child->sporadic->left_ns, 0);
	time_passes(4 * MS); /* the child's 10 ms after its own beginning, at 4 ms */
	assert_ptr_equal(running(), child);
	assert_int_equal(child->sporadic->left_ns, 4 * MS);
}

static void
S3_a_sporadic_threads_child_can_have_another_policy(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 4);
	make_child(POLICY_FIFO << 8);
	assert_int_equal(world.t[5].policy, POLICY_FIFO);
	assert_int_equal(thread_real_priority(&world.t[5]), NORMAL);
	assert_null(world.t[5].sporadic);
}

static void
S3_a_child_that_cannot_be_sporadic_is_not_made(void **state)
{
	struct world_note note;
	const uint64_t inherit = POLICY_INHERIT << 8;

	(void)state;
	begin(4 * MS, 10 * MS, 4);
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_LIMIT, NORMAL), OK);
	world_note(&note);
	assert_int_equal(
	    svc(CALL_thread_create, SELF, SELF, (LOW - 1) | inherit), ERR_LOW_PRIORITY);
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, (NORMAL + 1) | inherit), ERR_LIMIT);
	world.no_record = note.world.no_record = true;
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, inherit), ERR_NO_FUND);
	assert_int_equal(t->regs.x[1], 1);
	world.no_record = note.world.no_record = false;
	world.no_place = note.world.no_place = true; /* the record has been made by then */
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, inherit), ERR_NO_FUND);
	assert_int_equal(t->regs.x[1], 1);
	assert_true(world_unchanged(&note));
}

static void
S16_new_parameters_begin_anew_at_the_tail(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 4);
	struct thread *peer = world_thread(3, NORMAL, POLICY_FIFO);
	time_passes(4 * MS);
	assert_int_equal(thread_priority(t), LOW);
	assert_ptr_equal(running(), peer);
	peer->regs.x[3] = 20 * MS;
	assert_int_equal(
	    svc(CALL_thread_configure, TH(0), THREAD_SPORADIC, SPORADIC_VALUE(2 * MS, LOW, 1)), OK);
	assert_int_equal(thread_priority(t), NORMAL);
	assert_null(fake_cpu.timers.root);
	assert_int_equal(t->sporadic->left_ns, 2 * MS);
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
	assert_ptr_equal(running(), t);
	time_passes(2 * MS);
	assert_int_equal(thread_priority(t), LOW);
	/* Another policy, and it is as if it had never been. */
	assert_int_equal(svc(CALL_thread_configure, TH(0), THREAD_POLICY, POLICY_RR), OK);
	assert_ptr_equal(running(), t);
	assert_int_equal(thread_priority(t), NORMAL);
	assert_null(fake_cpu.timers.root);
	time_passes(100 * MS);
	assert_int_equal(thread_priority(t), NORMAL);
}

static void
a_stopped_or_dead_sporadic_thread_leaves_no_timer_behind(void **state)
{
	(void)state;
	begin(4 * MS, 10 * MS, 4);
	world_thread(3, 50, POLICY_FIFO);
	time_passes(1 * MS);
	world_begin(); /* preempted, and then stopped: as good as blocked */
	assert_int_equal(svc(CALL_thread_stop, TH(0), 0, 0), OK);
	world_check();
	assert_int_equal(svc(CALL_thread_resume, TH(0), 0, 0), OK);
	world_check();
	assert_int_equal(t->sporadic->count, 1);
	assert_int_equal(t->sporadic->left_ns, 3 * MS);
	assert_int_equal(svc(CALL_destroy, TH(0), 0, 0), OK);
	assert_null(fake_cpu.timers.root);
	assert_int_equal(fake.pending_count, 0);
}

/* All kinds of things at random, and every invariant after each. */
static void
S17_to_S22_hold_after_every_random_step(void **state)
{
	(void)state;
	srand(11);
	world_thread(23, 1, POLICY_FIFO);
	for (int n = 0; n < 6; n++)
		world_thread(n, 10 + (uint32_t)n % 3, n % 2 == 0 ? POLICY_FIFO : POLICY_RR);
	world_begin();
	for (int step = 0; step < 20000; step++) {
		const unsigned n = (unsigned)rand() % 6;
		const uint64_t period = (1 + (uint64_t)rand() % 8) * MS / 2;
		switch (running() == &world.t[23] ? 3 + rand() % 5 : rand() % 8) {
		case 0:
			svc(CALL_recv, EP(n % 3), fake.now_ns + period, 0);
			break;
		case 1:
			svc(CALL_recv_lend, EP(3), fake.now_ns + period, TH(n));
			break;
		case 2:
			svc_message(CALL_call, EP(n % 3), fake.now_ns + period, 0, 1, 1);
			break;
		case 3:
			svc(CALL_notify, EP(n % 4), 0, 0);
			break;
		case 4:
			running()->regs.x[3] = period;
			svc(CALL_thread_configure, TH(n), THREAD_SPORADIC,
			    SPORADIC_VALUE(period / (1 + (uint64_t)rand() % 3), 2 + n, 1 + n % 8));
			svc(CALL_thread_configure, TH(n), THREAD_POLICY,
			    (uint64_t)(rand() % 4 == 0 ? POLICY_RR : POLICY_SPORADIC));
			break;
		case 5:
			svc(rand() % 2 == 0 ? CALL_thread_stop : CALL_thread_resume, TH(n), 0, 0);
			break;
		case 6:
			svc(CALL_yield, 0, 0, 0);
			break;
		default:
			world_time((uint64_t)(rand() % 2000000));
		}
		world_check();
		assert_true(fake_cpu.highest_ready <= thread_priority(running()));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(S17_runs_at_its_normal_priority_while_it_has_budget_then_at_its_low_one),
		BOTH(S17_used_up_goes_to_the_tail_of_the_low_level),
		BOTH(S18_blocking_debits_and_schedules_what_was_used),
		BOTH(S18_blocking_without_having_run_schedules_nothing),
		BOTH(S18_a_debit_never_goes_below_nothing),
		BOTH(S19_S22_what_was_used_comes_back_a_period_after_the_activation),
		BOTH(S20_a_replenishment_that_is_due_is_applied_at_once),
		BOTH(S20_used_up_and_due_at_once_goes_to_the_tail_with_a_new_activation),
		BOTH(S21_with_max_repl_pending_it_is_at_low_priority),
		BOTH(S22_a_refill_never_exceeds_the_budget),
		BOTH(S22_promotion_goes_to_the_tail_of_the_normal_level),
		BOTH(S23_a_hog_gets_at_most_its_budget_in_any_period),
		BOTH(S23_a_preempted_hog_gets_at_most_its_budget_per_period),
		BOTH(S24_parameters_that_make_no_sense_are_refused),
		BOTH(S3_S17_a_child_of_a_sporadic_thread_has_a_budget_of_its_own),
		BOTH(S3_a_sporadic_threads_child_can_have_another_policy),
		BOTH(S3_a_child_that_cannot_be_sporadic_is_not_made),
		BOTH(S4_inheritance_lifts_a_sporadic_thread_above_its_low_priority),
		BOTH(S8_a_preempted_sporadic_thread_keeps_place_and_budget),
		BOTH(S11_a_sporadic_thread_is_not_sliced_by_its_peers),
		BOTH(S16_new_parameters_begin_anew_at_the_tail),
		BOTH(C5_what_a_blocked_sporadic_thread_lends_follows_its_level),
		BOTH(a_stopped_or_dead_sporadic_thread_leaves_no_timer_behind),
		BOTH(S17_to_S22_hold_after_every_random_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
