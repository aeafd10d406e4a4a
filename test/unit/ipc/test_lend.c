/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting while lending: mutexes (C8), a scheduler at user level (S29), and
 * endpoints at which nobody inherits (C3).
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"

#define MS 1000000ull
#define OWNER 20 /* t[OWNER] holds the mutex whose endpoint is ep[0] */

static struct thread *owner;

/* The owner, at priority 5, runs. */
static int
owner_runs(void)
{
	owner = world_thread(OWNER, 5, POLICY_FIFO);
	world_begin();
	assert_ptr_equal(running(), owner);
	return 0;
}

static int
owner_fast_path(void **state)
{
	return world_fast_path(state) | owner_runs();
}

static int
owner_general_path(void **state)
{
	return world_general_path(state) | owner_runs();
}

/* t[n] finds the mutex locked, and then has that priority. */
static struct thread *
waits(int n, uint32_t priority, uint64_t deadline)
{
	struct thread *t = world_thread(n, 200, POLICY_FIFO);

	world_begin();
	assert_ptr_equal(running(), t);
	svc(CALL_recv_lend, EP(0), deadline, TH(OWNER));
	assert_int_equal(
	    svc(CALL_thread_configure, TH((unsigned)n), THREAD_PRIORITY, priority), OK);
	world_check();
	return t;
}

static void
C8_the_owner_runs_at_its_highest_waiters_priority(void **state)
{
	(void)state;
	struct thread *t = waits(0, 10, TIME_NEVER);

	assert_ptr_equal(running(), owner);
	assert_int_equal(thread_state(t), THREAD_MUTEX);
	assert_int_equal(thread_priority(owner), 10);
	waits(1, 30, TIME_NEVER);
	assert_int_equal(thread_priority(owner), 30);
	assert_int_equal(thread_real_priority(owner), 5);
}

static void
C8_a_notification_is_the_token_and_goes_to_the_first_waiter(void **state)
{
	(void)state;
	struct thread *low = waits(0, 10, TIME_NEVER);
	struct thread *first = waits(1, 30, TIME_NEVER);
	world_thread(2, 40, POLICY_FIFO);
	world_begin();
	struct thread *second = &world.t[2];
	svc(CALL_thread_configure, TH(2), THREAD_PRIORITY, 30);
	if (running() != second)
		svc(CALL_yield, 0, 0, 0);
	assert_ptr_equal(running(), second);
	svc(CALL_recv_lend, EP(0), TIME_NEVER, TH(OWNER));
	assert_ptr_equal(running(), owner);

	assert_int_equal(svc(CALL_notify, EP(0), 0, 0), OK);

	/* By priority, first come first served within one; the owner is itself again. */
	assert_ptr_equal(running(), first);
	assert_int_equal(first->regs.x[0], RECV_BITS);
	assert_int_equal(first->regs.x[12], 1);
	assert_int_equal(world.ep[0].pending, 0);
	assert_int_equal(thread_priority(owner), 5);
	assert_int_equal(thread_state(second), THREAD_MUTEX);
	assert_int_equal(thread_state(low), THREAD_MUTEX);
}

static void
C8_who_gets_the_token_inherits_from_those_that_remain(void **state)
{
	(void)state;
	struct thread *first = waits(0, 30, TIME_NEVER);
	waits(1, 20, TIME_NEVER);
	svc(CALL_notify, EP(0), 0, 0);
	assert_ptr_equal(running(), first);
	assert_ptr_equal(world.ep[0].donee, first);

	svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, 8);
	assert_int_equal(thread_priority(first), 20);
	svc(CALL_thread_configure, TH(1), THREAD_PRIORITY, 25);
	assert_int_equal(thread_priority(first), 25);
	assert_int_equal(thread_priority(owner), 5);
}

static void
C8_the_kernels_owner_counts_while_somebody_waits(void **state)
{
	(void)state;
	struct thread *first = waits(0, 30, TIME_NEVER);
	waits(1, 20, TIME_NEVER);
	svc(CALL_notify, EP(0), 0, 0);
	assert_ptr_equal(running(), first);
	/* A late waiter still names the old owner, by a handle that may be stale. */
	world_thread(2, 60, POLICY_FIFO);
	world_begin();
	svc(CALL_recv_lend, EP(0), TIME_NEVER, H(70));
	assert_int_equal(thread_state(&world.t[2]), THREAD_MUTEX);
	assert_int_equal(thread_priority(first), 60);
	assert_int_equal(thread_priority(owner), 5);
}

static void
C8_with_no_waiter_left_the_next_one_names_anew(void **state)
{
	(void)state;
	struct thread *first = waits(0, 30, TIME_NEVER);
	svc(CALL_notify, EP(0), 0, 0);
	assert_ptr_equal(running(), first);
	world_thread(2, 60, POLICY_FIFO);
	world_begin();
	svc(CALL_recv_lend, EP(0), TIME_NEVER, TH(OWNER));
	assert_ptr_equal(running(), owner);
	assert_int_equal(thread_priority(owner), 60);
	assert_int_equal(thread_priority(first), 30);
}

/* The mutex was handed to a thread whose handle nobody else knows, and which has not run yet. */
static void
C8_a_late_waiter_can_lend_to_whoever_was_woken_last(void **state)
{
	(void)state;
	struct thread *first = waits(0, 30, TIME_NEVER);
	svc(CALL_notify, EP(0), 0, 0);
	assert_ptr_equal(running(), first);
	world_thread(2, 60, POLICY_FIFO);
	world_begin();
	svc(CALL_recv_lend, EP(0), TIME_NEVER, TH(OWNER) | LEND_KEEP);
	assert_ptr_equal(running(), first);
	assert_int_equal(thread_priority(first), 60);
	assert_int_equal(thread_priority(owner), 5);
}

static void
C8_where_nobody_or_only_itself_was_woken_a_keeping_waiter_names(void **state)
{
	(void)state;
	(void)waits(0, 30, TIME_NEVER);
	svc(CALL_notify, EP(0), 0, 0);
	/* It was the last one woken, and cannot lend to itself. */
	svc(CALL_recv_lend, EP(0), TIME_NEVER, TH(OWNER) | LEND_KEEP);
	assert_ptr_equal(running(), owner);
	assert_int_equal(thread_priority(owner), 30);
	struct thread *other = waits(1, 40, TIME_NEVER);
	assert_int_equal(thread_priority(owner), 40);
	(void)other;
}

static void
C8_a_pending_bit_is_a_token_that_a_late_waiter_takes(void **state)
{
	(void)state;
	svc(CALL_notify, BADGED(0), 0, 0);
	struct thread *t = world_thread(0, 10, POLICY_FIFO);
	world_begin();

	assert_int_equal(svc(CALL_recv_lend, EP(0), TIME_NEVER, H(70)), RECV_BITS);

	assert_ptr_equal(running(), t);
	assert_int_equal(t->regs.x[12], 0x100);
	assert_int_equal(thread_priority(owner), 5);
	world_refuses(ERR_TIMED_OUT, CALL_recv_lend, EP(0), TIME_NOW, TH(OWNER));
}

static void
C8_unlocking_nested_mutexes_recomputes(void **state)
{
	(void)state;
	struct thread *a = waits(0, 10, TIME_NEVER);
	struct thread *b = world_thread(1, 30, POLICY_FIFO);
	world_begin();
	svc(CALL_recv_lend, EP(1), TIME_NEVER, TH(OWNER));
	assert_int_equal(thread_priority(owner), 30);

	svc(CALL_notify, EP(1), 0, 0);

	assert_ptr_equal(running(), b);
	assert_int_equal(thread_priority(owner), 10);
	svc(CALL_recv, EP(3), TIME_NEVER, 0);
	assert_ptr_equal(running(), owner);
	svc(CALL_notify, EP(0), 0, 0);
	assert_ptr_equal(running(), a);
	assert_int_equal(thread_priority(owner), 5);
}

/* t[2] waits for t[1], which waits for t[0], which waits for the owner. */
static void
C5_C8_the_boost_crosses_a_chain_of_owners(void **state)
{
	(void)state;
	waits(0, 10, TIME_NEVER);
	world_thread(1, 12, POLICY_FIFO);
	world_begin();
	svc(CALL_recv_lend, EP(1), TIME_NEVER, TH(0));
	world_thread(2, 40, POLICY_FIFO);
	world_begin();
	svc(CALL_recv_lend, EP(2), fake.now_ns + MS, TH(1));
	assert_ptr_equal(running(), owner);
	assert_int_equal(thread_priority(&world.t[1]), 40);
	assert_int_equal(thread_priority(&world.t[0]), 40);
	assert_int_equal(thread_priority(owner), 40);

	world_time(2 * MS);

	assert_int_equal((int64_t)world.t[2].regs.x[0], ERR_TIMED_OUT);
	assert_int_equal(thread_priority(owner), 12);
	svc(CALL_destroy, TH(1), 0, 0);
	assert_int_equal(thread_priority(owner), 10);
}

static void
C8_C10_a_waiter_that_times_out_takes_its_boost_along(void **state)
{
	(void)state;
	waits(0, 10, TIME_NEVER);
	struct thread *t = waits(1, 30, fake.now_ns + MS);
	world_time(MS - 1);
	assert_int_equal(thread_state(t), THREAD_MUTEX);
	world_time(1);
	assert_ptr_equal(running(), t);
	assert_int_equal((int64_t)t->regs.x[0], ERR_TIMED_OUT);
	assert_int_equal(thread_priority(owner), 10);
	assert_int_equal(fake.timer_ns, TIME_NEVER);
}

static void
C8_a_waiter_that_dies_takes_its_boost_along(void **state)
{
	(void)state;
	waits(0, 30, TIME_NEVER);
	svc(CALL_destroy, TH(0), 0, 0);
	assert_int_equal(thread_priority(owner), 5);
	assert_null(world.ep[0].head);
}

static void
C8_an_owner_that_dies_leaves_its_waiters_to_the_next_that_names(void **state)
{
	(void)state;
	struct thread *first = waits(0, 10, TIME_NEVER);
	world_thread(1, 4, POLICY_FIFO);
	world_thread(2, 3, POLICY_FIFO);
	svc(CALL_destroy, TH(OWNER), 0, 0);
	assert_ptr_equal(running(), &world.t[1]);
	assert_int_equal(thread_state(first), THREAD_MUTEX);
	assert_null(world.ep[0].donee);
	svc(CALL_recv_lend, EP(0), TIME_NEVER, TH(2));
	assert_ptr_equal(running(), &world.t[2]);
	assert_int_equal(thread_priority(&world.t[2]), 10);
}

static void
C8_a_stopped_waiter_lends_nothing_and_waits_again(void **state)
{
	(void)state;
	struct thread *t = waits(0, 30, TIME_NEVER);
	const uint64_t pc = t->regs.pc;

	assert_int_equal(svc(CALL_thread_stop, TH(0), 0, 0), OK);
	assert_int_equal(thread_priority(owner), 5);
	assert_int_equal(t->regs.pc, pc - 4);
	assert_int_equal(svc(CALL_thread_resume, TH(0), 0, 0), OK);
	assert_ptr_equal(running(), t);
	svc(CALL_recv_lend, t->regs.x[0], t->regs.x[1], t->regs.x[2]);
	assert_ptr_equal(running(), owner);
	assert_int_equal(thread_priority(owner), 30);
}

static void
C8_abort_and_destruction_wake_every_waiter_once(void **state)
{
	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int n = 0; n < 3; n++)
			waits(3 * round + n, 10 + (uint32_t)n, TIME_NEVER);
		assert_int_equal(thread_priority(owner), 12);
		svc(round == 0 ? CALL_endpoint_abort : CALL_destroy, EP(0), 0, 0);
		assert_int_equal(owner->regs.x[0], OK);
		for (int n = 2; n >= 0; n--) {
			assert_ptr_equal(running(), &world.t[3 * round + n]);
			assert_int_equal((int64_t)running()->regs.x[0], ERR_INTERRUPTED);
			svc(CALL_recv, EP(3), TIME_NEVER, 0);
		}
		assert_ptr_equal(running(), owner);
		assert_int_equal(thread_priority(owner), 5);
		world_check();
	}
}

static void
C8_an_interrupt_is_the_token_and_the_owner_is_outranked_at_once(void **state)
{
	(void)state;
	const uint32_t line = world_fast ? 33 : 34;
	uint64_t *x = owner->regs.x;
	x[4] = SELF;
	x[3] = BADGED(0);
	x[0] = H(4);
	x[1] = SELF;
	x[2] = line;
	kernel_call(&fake_cpu, CALL_irq_bind);
	assert_int_equal(x[0], OK);
	struct thread *peer = world_thread(2, 8, POLICY_FIFO);
	struct thread *t = waits(0, 8 + 1, TIME_NEVER);
	svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, 8);
	if (running() == peer)
		svc(CALL_yield, 0, 0, 0);
	assert_ptr_equal(running(), owner);
	assert_int_equal(thread_priority(owner), 8);

	fake.pending[fake.pending_count++] = line;
	kernel_interrupt(&fake_cpu);

	/* Both are above the owner now, and the peer was ready before. */
	assert_ptr_equal(running(), peer);
	assert_int_equal(thread_state(t), THREAD_READY);
	assert_int_equal(t->regs.x[0], RECV_BITS);
	assert_int_equal(thread_priority(owner), 5);
	world_check();
}

static void
a_call_reaches_the_first_waiter_which_serves_it(void **state)
{
	(void)state;
	struct thread *first = waits(0, 20, TIME_NEVER);
	waits(1, 10, TIME_NEVER);
	world_thread(2, 30, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 70, 3);

	assert_ptr_equal(running(), first);
	assert_int_equal(first->regs.x[0], RECV_MESSAGE);
	assert_true(has_words(first, 70));
	assert_int_equal(thread_priority(first), 30);
	assert_int_equal(thread_priority(owner), 5);
	world_check();
	svc_message(CALL_reply, EP(0), 0, first->regs.x[2], 1, 1);
	assert_ptr_equal(running(), &world.t[2]);
}

static void
a_waiting_caller_is_received_at_once(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(0), TIME_NEVER, 0, 70, 3);
	assert_ptr_equal(running(), owner);
	assert_int_equal(svc(CALL_recv_lend, EP(0), TIME_NEVER, H(70)), RECV_MESSAGE);
	assert_true(has_words(owner, 70));
	assert_int_equal(thread_priority(owner), 10);
}

static void
C8_a_server_that_waits_for_a_mutex_keeps_its_clients_priority(void **state)
{
	(void)state;
	struct thread *server = world_thread(1, 7, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	world_thread(0, 40, POLICY_FIFO);
	world_begin();
	svc_message(CALL_call, EP(1), TIME_NEVER, 0, 1, 1);
	assert_ptr_equal(running(), server);
	svc(CALL_recv_lend, EP(0), TIME_NEVER, TH(OWNER));
	assert_ptr_equal(running(), owner);
	assert_int_equal(thread_priority(server), 40);
	assert_int_equal(thread_priority(owner), 40);
}

static void
what_recv_lend_refuses_changes_nothing(void **state)
{
	(void)state;
	world_grant(0, 30, &world.ep[0].object, RIGHT_SEND, 0);
	world_grant(0, 31, &world.t[1].object, RIGHT_CONTROL, 0);
	world_grant(0, 32, &world.t[2].object, RIGHTS_THREAD, 0);
	world_thread(1, 3, POLICY_FIFO);
	world.t[2].kind = THREAD_KIND_INTERRUPT;

	world_refuses(ERR_HANDLE, CALL_recv_lend, H(70), TIME_NEVER, TH(1));
	world_refuses(ERR_TYPE, CALL_recv_lend, TH(1), TIME_NEVER, TH(1));
	world_refuses(ERR_RIGHTS, CALL_recv_lend, H(30), TIME_NEVER, TH(1));
	world_refuses(ERR_HANDLE, CALL_recv_lend, EP(0), TIME_NEVER, 0);
	world_refuses(ERR_HANDLE, CALL_recv_lend, EP(0), TIME_NEVER, H(70));
	world_refuses(ERR_TYPE, CALL_recv_lend, EP(0), TIME_NEVER, EP(1));
	world_refuses(ERR_RIGHTS, CALL_recv_lend, EP(0), TIME_NEVER, H(31));
	world_refuses(ERR_TYPE, CALL_recv_lend, EP(0), TIME_NEVER, H(32)); /* an interrupt thread */
	world_refuses(ERR_ARGUMENT, CALL_recv_lend, EP(0), TIME_NEVER, TH(OWNER)); /* itself */
	world_refuses(ERR_TIMED_OUT, CALL_recv_lend, EP(0), TIME_NOW, TH(1));
	world_refuses(ERR_TIMED_OUT, CALL_recv_lend, EP(0), fake.now_ns, TH(1));
	world.t[1].object.flags |= OBJECT_DYING;
	world_refuses(ERR_DYING, CALL_recv_lend, EP(0), TIME_NEVER, TH(1));
	world.t[1].object.flags = 0;
	waits(0, 10, TIME_NEVER);
	assert_ptr_equal(running(), owner);
	world_refuses(ERR_ARGUMENT, CALL_recv_lend, EP(0), TIME_NEVER, TH(1)); /* it is the donee */
	world_refuses(ERR_STATE, CALL_recv, EP(0), TIME_NEVER, 0);
	world_refuses(ERR_STATE, CALL_reply_recv, EP(0), TIME_NEVER, 0);
	world_thread(3, 10, POLICY_FIFO);
	world_thread(4, 11, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	svc(CALL_yield, 0, 0, 0);
	world_refuses(
	    ERR_STATE, CALL_recv_lend, EP(1), TIME_NEVER, TH(1)); /* a plain receiver waits */
}

static void
a_described_waiter_tells_whom_it_lends_to(void **state)
{
	uint64_t info[7];
	(void)state;
	const uint64_t deadline = fake.now_ns + MS;
	struct thread *t = waits(0, 10, deadline);
	thread_describe(t, info);
	assert_int_equal(info[0] & 0xff, THREAD_MUTEX);
	assert_int_equal(info[2], world.ep[0].object.identity);
	assert_int_equal(info[3], owner->object.identity);
	assert_int_equal(info[6], deadline);
}

/* t[9] decides at priority 50 which of two runs in its place, for a millisecond each. */
static void
S29_a_scheduler_hands_its_processor_to_a_chosen_thread(void **state)
{
	(void)state;
	world_thread(0, 5, POLICY_FIFO);
	world_thread(1, 5, POLICY_FIFO);
	world_thread(2, 40, POLICY_FIFO); /* would run before both */
	struct thread *scheduler = world_thread(9, 50, POLICY_FIFO);
	world_begin();
	static const unsigned order[] = { 1, 0, 1, 1, 0 };
	for (int n = 0; n < 5; n++) {
		assert_ptr_equal(running(), scheduler);
		svc(CALL_recv_lend, EP(0), fake.now_ns + MS, TH(order[n]));
		assert_ptr_equal(running(), &world.t[order[n]]);
		assert_int_equal(thread_priority(running()), 50);
		world_time(MS);
		assert_int_equal((int64_t)scheduler->regs.x[0], ERR_TIMED_OUT);
		assert_int_equal(thread_priority(&world.t[order[n]]), 5);
		world_check();
	}
}

static void
S29_C4_a_chosen_thread_runs_at_most_at_its_limit(void **state)
{
	(void)state;
	world_thread(0, 5, POLICY_FIFO);
	world_thread(9, 50, POLICY_FIFO);
	world_begin();
	svc(CALL_thread_configure, TH(0), THREAD_LIMIT, 20);
	svc(CALL_recv_lend, EP(0), TIME_NEVER, TH(0));
	assert_int_equal(thread_priority(&world.t[0]), 20);
}

/* --- endpoints at which nobody inherits */

static void
fix(int n)
{
	world.ep[n].object.flags |= ENDPOINT_FIXED;
}

static void
C3_an_endpoint_can_opt_out_of_inheritance(void **state)
{
	(void)state;
	fix(0);
	struct thread *server = world_thread(1, 10, POLICY_FIFO);
	struct thread *low = world_thread(0, 5, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), low);
	for (uint64_t round = 0; round < 3; round++) {
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 10 * round, 1);
		assert_ptr_equal(running(), server);
		assert_true(has_words(server, 10 * round));
		assert_int_equal(thread_priority(server), 10); /* neither set ... */
		assert_null(server->serving);
		assert_null(world.ep[0].donee);
		struct thread *high = world_thread(2 + (int)round, 40, POLICY_FIFO);
		world_begin();
		assert_ptr_equal(running(), high);
		svc_message(CALL_call, EP(0), TIME_NEVER, 0, 7, 1);
		assert_ptr_equal(running(), server);
		assert_int_equal(thread_priority(server), 10); /* ... nor boosted */
		world_check();
		svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 1, 1);
		assert_true(has_words(server, 7));
		assert_int_equal(thread_priority(server), 10);
		svc_message(CALL_reply_recv, EP(0), TIME_NEVER, server->regs.x[2], 1, 1);
		assert_ptr_equal(running(), high);
		svc(CALL_destroy, TH(2u + (unsigned)round), 0, 0);
		assert_ptr_equal(running(), low);
	}
}

static void
C3_waiters_at_a_fixed_endpoint_lend_nothing_and_are_woken_by_priority(void **state)
{
	(void)state;
	fix(0);
	waits(0, 10, TIME_NEVER);
	assert_ptr_equal(running(), owner);
	struct thread *t = world_thread(1, 30, POLICY_FIFO);
	world_begin();
	svc(CALL_recv_lend, EP(0), TIME_NEVER, HANDLE_NONE);
	assert_int_equal(thread_priority(owner), 5);
	assert_ptr_equal(running(), owner);
	svc(CALL_notify, EP(0), 0, 0);
	assert_ptr_equal(running(), t);
	assert_null(world.ep[0].donee);
}

static void
C3_endpoint_create_makes_a_fixed_endpoint_and_refuses_other_flags(void **state)
{
	struct cap_slot *slot;
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_begin();
	world_refuses(ERR_ARGUMENT, CALL_endpoint_create, SELF, SELF, 2);
	world_refuses(ERR_ARGUMENT, CALL_endpoint_create, SELF, SELF, 1ull << 32);
	for (uint64_t flags = 0; flags <= ENDPOINT_FIXED_PRIORITY; flags++) {
		assert_int_equal(svc(CALL_endpoint_create, SELF, SELF, flags), OK);
		assert_int_equal(
		    cap_find(&world.space[0], (handle_t)running()->regs.x[1], &slot), OK);
		assert_int_equal(slot->object->flags, flags == 0 ? 0 : ENDPOINT_FIXED);
	}
}

#define OWNED(name) BOTH_FROM(name, owner_fast_path, owner_general_path)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OWNED(C8_the_owner_runs_at_its_highest_waiters_priority),
		OWNED(C8_a_notification_is_the_token_and_goes_to_the_first_waiter),
		OWNED(C8_who_gets_the_token_inherits_from_those_that_remain),
		OWNED(C8_the_kernels_owner_counts_while_somebody_waits),
		OWNED(C8_with_no_waiter_left_the_next_one_names_anew),
		OWNED(C8_a_late_waiter_can_lend_to_whoever_was_woken_last),
		OWNED(C8_where_nobody_or_only_itself_was_woken_a_keeping_waiter_names),
		OWNED(C8_a_pending_bit_is_a_token_that_a_late_waiter_takes),
		OWNED(C8_unlocking_nested_mutexes_recomputes),
		OWNED(C5_C8_the_boost_crosses_a_chain_of_owners),
		OWNED(C8_C10_a_waiter_that_times_out_takes_its_boost_along),
		OWNED(C8_a_waiter_that_dies_takes_its_boost_along),
		OWNED(C8_an_owner_that_dies_leaves_its_waiters_to_the_next_that_names),
		OWNED(C8_a_stopped_waiter_lends_nothing_and_waits_again),
		OWNED(C8_abort_and_destruction_wake_every_waiter_once),
		OWNED(C8_an_interrupt_is_the_token_and_the_owner_is_outranked_at_once),
		OWNED(C8_a_server_that_waits_for_a_mutex_keeps_its_clients_priority),
		OWNED(a_call_reaches_the_first_waiter_which_serves_it),
		OWNED(a_waiting_caller_is_received_at_once),
		OWNED(what_recv_lend_refuses_changes_nothing),
		OWNED(a_described_waiter_tells_whom_it_lends_to),
		BOTH(S29_a_scheduler_hands_its_processor_to_a_chosen_thread),
		BOTH(S29_C4_a_chosen_thread_runs_at_most_at_its_limit),
		BOTH(C3_an_endpoint_can_opt_out_of_inheritance),
		OWNED(C3_waiters_at_a_fixed_endpoint_lend_nothing_and_are_woken_by_priority),
		BOTH(C3_endpoint_create_makes_a_fixed_endpoint_and_refuses_other_flags),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
