/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways into the kernel that are no ordinary call: faults and svc #0, and what
 * is saved on the way.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"

static struct thread *pager, *thread;

/* A syndrome of fake/arch_fake.c. */
#define SYNDROME(kind, access) ((uint64_t)(kind) | (uint64_t)(access) << 8)

static void
pager_waits(void)
{
	pager = world_thread(1, 20, POLICY_FIFO);
	thread = world_thread_apart(0, 20, POLICY_FIFO);
	world_begin();
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), thread);
	svc(CALL_thread_configure, TH(0), THREAD_FAULT_ENDPOINT, BADGED(0));
	for (uint64_t n = 0; n < 31; n++)
		thread->regs.x[n] = 1000 + n;
}

static bool
registers_kept(void)
{
	for (uint64_t n = 0; n < 31; n++)
		if (thread->regs.x[n] != 1000 + n)
			return false;
	return true;
}

static void
a_fault_is_a_message_from_the_thread_to_its_fault_endpoint(void **state)
{
	(void)state;
	pager_waits();
	const struct registers before = thread->regs;

	kernel_fault(&fake_cpu, SYNDROME(FAULT_PAGE, ACCESS_WRITE), 0xabc);

	assert_ptr_equal(running(), pager);
	const uint64_t *x = pager->regs.x;
	assert_int_equal(x[0], RECV_MESSAGE);
	assert_int_equal(x[1], 0x100);
	assert_int_equal(x[3 + FAULT_WORD_KIND], FAULT_PAGE);
	assert_int_equal(x[3 + FAULT_WORD_ADDRESS], 0xabc);
	assert_int_equal(x[3 + FAULT_WORD_ACCESS], ACCESS_WRITE);
	assert_int_equal(x[3 + FAULT_WORD_PC], before.pc);
	assert_int_equal(x[3 + FAULT_WORD_SP], before.sp);
	assert_int_equal(x[3 + FAULT_WORD_THREAD], thread->object.identity);
	assert_int_equal(x[3 + FAULT_WORD_LR], 1030);
	assert_int_equal(x[11], LABEL_FAULT);
	assert_int_equal(thread_state(thread), THREAD_REPLY);
}

static void
an_answer_of_0_runs_the_instruction_again(void **state)
{
	(void)state;
	pager_waits();
	const uint64_t pc = thread->regs.pc;
	for (int n = 0; n < 3; n++) {
		kernel_fault(&fake_cpu, SYNDROME(FAULT_PAGE, ACCESS_READ), 0xabc);
		fake.slow_exits = 0;
		svc_message(CALL_reply_recv, EP(0), TIME_NEVER, pager->regs.x[2], 5, 0);
		assert_int_equal(fake.slow_exits, 0); /* or none by the general path */
		assert_ptr_equal(running(), thread);
		assert_int_equal(thread->regs.pc, pc);
		assert_true(registers_kept());
		world_check();
	}
}

static void
an_answer_of_1_stops_the_thread(void **state)
{
	(void)state;
	pager_waits();
	kernel_fault(&fake_cpu, SYNDROME(FAULT_UNDEFINED, ACCESS_EXECUTE), 0);
	assert_int_equal(svc_message(CALL_reply, EP(0), 0, pager->regs.x[2], 0, 1), OK);
	assert_int_equal(thread_state(thread), THREAD_STOPPED);
	assert_true(registers_kept());
	svc(CALL_thread_resume, TH(0), 0, 0);
	assert_int_equal(thread_state(thread), THREAD_READY);
}

static void
any_other_answer_to_a_fault_changes_nothing(void **state)
{
	(void)state;
	pager_waits();
	kernel_fault(&fake_cpu, SYNDROME(FAULT_PAGE, 0), 0);
	struct world_note note;
	world_note(&note);
	const uint64_t token = pager->regs.x[2];
	assert_int_equal(svc_message(CALL_reply, EP(0), 0, token, 0, 2), ERR_ARGUMENT);
	assert_int_equal(svc_message(CALL_reply_recv, EP(0), 0, token, 0, 2), ERR_ARGUMENT);
	assert_true(world_unchanged(&note));
}

static void
a_fault_waits_for_a_busy_pager(void **state)
{
	(void)state;
	pager = world_thread(1, 5, POLICY_FIFO);
	thread = world_thread(0, 20, POLICY_FIFO);
	world_begin();
	svc(CALL_thread_configure, TH(0), THREAD_FAULT_ENDPOINT, BADGED(0));
	kernel_fault(&fake_cpu, SYNDROME(FAULT_PAGE, 0), 0x77);
	assert_int_equal(thread_state(thread), THREAD_SEND);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_int_equal(pager->regs.x[3 + FAULT_WORD_ADDRESS], 0x77);
}

static void
a_fault_that_nobody_handles_stops_the_thread_and_says_so(void **state)
{
	(void)state;
	thread = world_thread(0, 20, POLICY_FIFO);
	world_thread(1, 5, POLICY_FIFO);
	world_begin();
	kernel_fault(&fake_cpu, SYNDROME(FAULT_PAGE, ACCESS_WRITE), 0xdead0);
	assert_int_equal(thread_state(thread), THREAD_STOPPED);
	assert_ptr_equal(running(), &world.t[1]);
	assert_non_null(strstr(fake.console, "page fault, address 0xdead0 write, pc 0x1000"));
	assert_int_equal(svc(CALL_thread_resume, TH(0), 0, 0), OK);
	assert_ptr_equal(running(), thread);
}

static void
a_fault_whose_endpoint_dies_stops_the_thread_and_says_so(void **state)
{
	(void)state;
	pager_waits();
	kernel_fault(&fake_cpu, SYNDROME(FAULT_PAGE, 0), 0xdead0);
	svc(CALL_destroy, EP(0), 0, 0);
	assert_int_equal(thread_state(thread), THREAD_STOPPED);
	assert_non_null(strstr(fake.console, "0xdead0"));
	assert_null(thread->fault_endpoint.object);
}

static void
the_first_threads_fault_ends_the_machine(void **state)
{
	(void)state;
	first_thread = world_thread(0, 20, POLICY_FIFO);
	world_begin();
	if (FAKE_ENDS() == 0)
		kernel_fault(&fake_cpu, SYNDROME(FAULT_PAGE, 0), 0);
	assert_true(fake.off);
	assert_non_null(strstr(fake.console, "panic: init: page fault"));
}

static void
svc_0_without_a_handler_is_a_fault_at_the_svc(void **state)
{
	(void)state;
	pager_waits();
	const uint64_t pc = thread->regs.pc;
	thread->regs.pc += 4;
	kernel_fault(&fake_cpu, 0, 0);
	assert_ptr_equal(running(), pager);
	assert_int_equal(pager->regs.x[3 + FAULT_WORD_KIND], FAULT_CALL);
	assert_int_equal(pager->regs.x[3 + FAULT_WORD_PC], pc);
}

static void
svc_0_swaps_banks_and_upcall_return_swaps_back(void **state)
{
	(void)state;
	pager_waits();
	uint64_t *x = thread->regs.x;
	x[0] = TH(0);
	x[1] = THREAD_UPCALL;
	x[2] = 0x7000;
	x[3] = 0x8000;
	kernel_call(&fake_cpu, CALL_thread_configure);
	assert_int_equal(x[0], OK);
	x[0] = 55;
	fake.tpidr = 99;
	const struct registers before = thread->regs;

	kernel_fault(&fake_cpu, 0, 0);
	assert_ptr_equal(running(), thread);
	assert_int_equal(thread->regs.pc, 0x7000);
	assert_int_equal(thread->regs.sp, 0x8000);
	assert_int_equal(x[0], 55);
	assert_int_equal(x[16], 0);
	assert_int_equal(fake.tpidr, 0);
	thread->regs.pc = 0x7010; /* the handler runs up to its upcall_return */
	kernel_call(&fake_cpu, CALL_upcall_return);

	assert_memory_equal(&thread->regs, &before, sizeof before);
	assert_int_equal(fake.tpidr, 99);
	assert_int_equal(thread->upcall.pc, 0x7010); /* where it goes on the next time */
	kernel_call(&fake_cpu, CALL_upcall_return);
	assert_int_equal((int64_t)x[0], ERR_STATE);
}

static void
svc_0_inside_a_handler_is_a_fault(void **state)
{
	(void)state;
	pager_waits();
	thread->upcall.pc = 0x7000;
	kernel_fault(&fake_cpu, 0, 0);
	assert_ptr_equal(running(), thread);
	kernel_fault(&fake_cpu, 0, 0);
	assert_ptr_equal(running(), pager);
	assert_int_equal(pager->regs.x[3 + FAULT_WORD_KIND], FAULT_CALL);
}

static void
fp_state_is_saved_when_its_owner_is_switched_away(void **state)
{
	(void)state;
	struct thread *t = world_thread(0, 10, POLICY_FIFO);
	world_thread(1, 10, POLICY_FIFO);
	world_begin();
	t->sched |= SCHED_OWNS_FP; /* as fp_trapped does */
	fake_cpu.fp_owner = t;
	svc(CALL_null, 0, 0, 0);
	assert_int_equal(fake.fp_saves, 0);
	svc(CALL_yield, 0, 0, 0);
	assert_int_equal(fake.fp_saves, 1);
	assert_null(fake_cpu.fp_owner);
	svc(CALL_yield, 0, 0, 0);
	svc(CALL_yield, 0, 0, 0);
	assert_int_equal(fake.fp_saves, 1); /* it was not used again */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(a_fault_is_a_message_from_the_thread_to_its_fault_endpoint),
		BOTH(an_answer_of_0_runs_the_instruction_again),
		BOTH(an_answer_of_1_stops_the_thread),
		BOTH(any_other_answer_to_a_fault_changes_nothing),
		BOTH(a_fault_waits_for_a_busy_pager),
		BOTH(a_fault_that_nobody_handles_stops_the_thread_and_says_so),
		BOTH(a_fault_whose_endpoint_dies_stops_the_thread_and_says_so),
		BOTH(the_first_threads_fault_ends_the_machine),
		BOTH(svc_0_without_a_handler_is_a_fault_at_the_svc),
		BOTH(svc_0_swaps_banks_and_upcall_return_swaps_back),
		BOTH(svc_0_inside_a_handler_is_a_fault),
		BOTH(fp_state_is_saved_when_its_owner_is_switched_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
