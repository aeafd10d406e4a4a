/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls on threads: priorities, policies, limits, children, interruption, registers
 * (S1 to S4, S15, S16, S24, C6), and what they refuse.
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
	struct thread *server = world_serve(10);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(S15_policy_can_be_changed_and_counts_from_then),
		BOTH(S16_raised_goes_to_the_tail_lowered_to_the_head),
		BOTH(S2_nobody_goes_above_a_limit),
		BOTH(S1_S24_priorities_and_policies_that_do_not_exist_are_refused),
		BOTH(S3_a_child_inherits_priority_and_policy),
		BOTH(S3_a_child_has_the_policy_that_is_asked_for),
		BOTH(C6_interrupt_ends_every_blocking_call),
		BOTH(C6_interrupt_goes_on_behind_the_svc_and_not_in_the_upcall_handler),
		BOTH(C6_C11_an_interrupted_caller_leaves_a_dead_reply_right),
		BOTH(C6_interrupt_refuses_who_is_in_no_call),
		BOTH(thread_calls_refuse_what_makes_no_sense),
		BOTH(registers_of_a_stopped_thread_are_read_and_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
