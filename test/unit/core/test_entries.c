/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways into the kernel that are no ordinary call: faults, svc #0, interrupts,
 * firmware; and deaths in all states.
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

static struct thread *pager, *thread;
static handle_t line_handle; /* of the interrupt thread that a test has made */

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
	struct cap_slot *slot;

	(void)state;
	world_check();
	/* The table of lines outlives the world. */
	if (line_handle != 0 && cap_find(&world.space[0], line_handle, &slot) == OK)
		interrupt_unbind(thread_of(slot->object));
	line_handle = 0;
	return 0;
}

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

/* t[1], high, waits at ep[0] for line 33; t[0] runs. */
static void
driver_waits(void)
{
	pager = world_thread(1, 30, POLICY_FIFO);
	thread = world_thread(0, 20, POLICY_RR);
	world_begin();
	uint64_t *x = running()->regs.x;
	x[3] = BADGED(0);
	x[4] = SELF;
	assert_int_equal(svc(CALL_irq_bind, H(4), SELF, 33), OK);
	line_handle = (handle_t)x[1];
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), thread);
}

static void
raise_line(uint32_t line)
{
	fake.pending[fake.pending_count++] = line;
	kernel_interrupt(&fake_cpu);
}

static void
S25_an_interrupt_notifies_and_waits_to_be_acknowledged(void **state)
{
	(void)state;
	driver_waits();
	assert_true(fake.unmasked >> 33 & 1);

	raise_line(33);

	assert_ptr_equal(running(), pager);
	assert_int_equal(pager->regs.x[0], RECV_BITS);
	assert_int_equal(pager->regs.x[12], 0x100);
	assert_false(fake.unmasked >> 33 & 1);
	assert_true(fake.ended >> 33 & 1);
	assert_int_equal(thread_state(thread), THREAD_READY);

	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, line_handle, 0, MSG_ACK);
	assert_true(fake.unmasked >> 33 & 1);
	assert_ptr_equal(running(), thread);
	raise_line(33);
	assert_ptr_equal(running(), pager);
}

static void
S25_a_driver_below_the_running_thread_waits_its_turn(void **state)
{
	(void)state;
	driver_waits();
	svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, 40);
	raise_line(33);
	assert_ptr_equal(running(), thread);
	assert_int_equal(thread_state(pager), THREAD_READY);
}

static void
a_driver_that_is_a_peer_waits_for_the_end_of_the_slice(void **state)
{
	(void)state;
	driver_waits();
	svc(CALL_thread_configure, TH(0), THREAD_PRIORITY, 30);
	raise_line(33);
	assert_ptr_equal(running(), thread);
	world_time(TIMESLICE_NS);
	assert_ptr_equal(running(), pager);
}

/* t[2] is a peer of t[0], which has used a quarter of its slice. */
static void
S8_S14_who_an_interrupt_preempts_goes_on_with_the_rest_of_its_slice(void **state)
{
	(void)state;
	driver_waits();
	world_thread(2, 20, POLICY_RR);
	svc(CALL_null, 0, 0, 0);
	world_time(TIMESLICE_NS / 4);
	raise_line(33);
	assert_ptr_equal(running(), pager);
	world_check();
	world_time(TIMESLICE_NS); /* which is the driver's */
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, line_handle, 0, MSG_ACK);
	assert_ptr_equal(running(), thread);
	world_time(TIMESLICE_NS * 3 / 4 - 1);
	assert_ptr_equal(running(), thread);
	world_time(1);
	assert_ptr_equal(running(), &world.t[2]);
}

/* The driver is sliced, and so is its peer, which comes later: a slice begins when it is woken. */
static void
S7_a_driver_that_an_interrupt_wakes_has_a_new_slice(void **state)
{
	(void)state;
	driver_waits();
	svc(CALL_thread_configure, TH(1), THREAD_POLICY, POLICY_RR);
	pager->slice_left_ns = 1;
	raise_line(33);
	assert_ptr_equal(running(), pager);
	world_thread(2, 30, POLICY_RR);
	svc(CALL_null, 0, 0, 0);
	world_time(TIMESLICE_NS - 1);
	assert_ptr_equal(running(), pager);
	world_time(1);
	assert_ptr_equal(running(), &world.t[2]);
}

static void
S27_an_interrupt_saves_the_fp_state_of_whom_it_preempts(void **state)
{
	(void)state;
	driver_waits();
	thread->sched |= SCHED_OWNS_FP;
	fake_cpu.fp_owner = thread;
	raise_line(33);
	assert_ptr_equal(running(), pager);
	assert_int_equal(fake.fp_saves, 1);
	assert_null(fake_cpu.fp_owner);
}

static void
C1_of_two_drivers_that_wait_one_gets_the_interrupt(void **state)
{
	(void)state;
	driver_waits();
	world_thread(2, 40, POLICY_FIFO);
	svc(CALL_null, 0, 0, 0);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), thread);
	raise_line(33);
	assert_ptr_equal(running(), pager);
	assert_int_equal(thread_state(&world.t[2]), THREAD_RECEIVE);
	assert_ptr_equal(world.ep[0].receiver, &world.t[2]);
}

static void
C10_an_interrupt_ends_a_wait_before_its_deadline(void **state)
{
	(void)state;
	driver_waits();
	raise_line(33);
	svc(CALL_recv, EP(0), fake.now_ns + 1000, 0);
	interrupt_acknowledge(thread_of(world.page[0][line_handle & 0x7f].object));
	raise_line(33);
	assert_ptr_equal(running(), pager);
	assert_null(fake_cpu.timers.root);
	world_time(2000);
	assert_int_equal(pager->regs.x[0], RECV_BITS);
}

static void
an_unbound_line_is_masked_and_forgotten(void **state)
{
	(void)state;
	driver_waits();
	fake.unmasked |= 1ull << 35;
	raise_line(35);
	assert_false(fake.unmasked >> 35 & 1);
	assert_ptr_equal(running(), thread);
}

static void
an_interrupt_wakes_an_idle_core(void **state)
{
	(void)state;
	driver_waits();
	fake.pending[fake.pending_count++] = 33;
	svc(CALL_recv, EP(1), TIME_NEVER, 0);
	assert_ptr_equal(running(), pager);
}

static void
irq_bind_errors_change_nothing(void **state)
{
	(void)state;
	driver_waits();
	struct world_note note;
	uint64_t *x = running()->regs.x;
	x[3] = BADGED(0);
	x[4] = SELF;
	world_note(&note);
	assert_int_equal(svc(CALL_irq_bind, H(4), SELF, 31), ERR_ARGUMENT);
	assert_int_equal(svc(CALL_irq_bind, H(4), SELF, 41), ERR_ARGUMENT);
	assert_int_equal(svc(CALL_irq_bind, H(4), SELF, 33), ERR_BUSY);
	assert_int_equal(svc(CALL_irq_bind, EP(0), SELF, 34), ERR_TYPE);
	assert_int_equal(svc(CALL_irq_bind, H(70), SELF, 34), ERR_HANDLE);
	x[3] = H(3);
	assert_int_equal(svc(CALL_irq_bind, H(4), SELF, 34), ERR_RIGHTS);
	x[3] = BADGED(0);
	world.no_fund = note.world.no_fund = true;
	assert_int_equal(svc(CALL_irq_bind, H(4), SELF, 34), ERR_NO_FUND);
	assert_true(world_unchanged(&note));
}

static void
a_destroyed_interrupt_thread_frees_its_line_masked(void **state)
{
	(void)state;
	driver_waits();
	assert_int_equal(svc(CALL_destroy, line_handle, 0, 0), OK);
	assert_false(fake.unmasked >> 33 & 1);
	uint64_t *x = running()->regs.x;
	x[3] = BADGED(0);
	x[4] = SELF;
	assert_int_equal(svc(CALL_irq_bind, H(4), SELF, 33), OK);
	line_handle = (handle_t)x[1];
}

/* Word 0 goes in, or what is in it comes out; nothing waits. */
static void
firmware_passes_words_through_the_mailbox(void **state)
{
	(void)state;
	const struct thread *t = world_thread(0, 10, POLICY_FIFO);
	world_begin();
	assert_int_equal(
	    svc_message(CALL_call, H(3), TIME_NEVER, 0, 7, FIRMWARE_MAILBOX), ERR_CALL);
	fake.has_mailbox = true;
	assert_int_equal(
	    svc_message(CALL_call, H(3), TIME_NEVER, 0, 0, FIRMWARE_MAILBOX), ERR_BUSY);
	assert_int_equal(svc_message(CALL_call, H(3), TIME_NEVER, 0, 0x1238, FIRMWARE_MAILBOX), OK);
	assert_int_equal(
	    svc_message(CALL_call, H(3), TIME_NEVER, 0, 0x1238, FIRMWARE_MAILBOX), ERR_BUSY);
	assert_int_equal(svc_message(CALL_call, H(3), TIME_NEVER, 0, 0, FIRMWARE_MAILBOX), OK);
	assert_int_equal(t->regs.x[3], 0x80001238);
}

static void
firmware_does_what_it_is_told_and_refuses_the_rest(void **state)
{
	(void)state;
	world_thread(0, 10, POLICY_FIFO);
	world_begin();
	assert_int_equal(svc_message(CALL_call, H(3), TIME_NEVER, 0, 0, 77), ERR_CALL);
	svc_message(CALL_call, H(3), TIME_NEVER, 0, 0x0a6968, FIRMWARE_DEBUG_WRITE);
	assert_string_equal(fake.console, "hi\n");
	if (FAKE_ENDS() == 0)
		svc_message(CALL_call, H(3), TIME_NEVER, 0, 42, FIRMWARE_POWER_OFF);
	assert_true(fake.off);
	assert_int_equal(fake.off_status, 42);
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

#define BOTH(name)                                                              \
	{ #name, name, setup, check_after, NULL },                              \
	{                                                                       \
#name " (general path)", name, setup_general, check_after, NULL \
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
		BOTH(S25_an_interrupt_notifies_and_waits_to_be_acknowledged),
		BOTH(S25_a_driver_below_the_running_thread_waits_its_turn),
		BOTH(a_driver_that_is_a_peer_waits_for_the_end_of_the_slice),
		BOTH(S8_S14_who_an_interrupt_preempts_goes_on_with_the_rest_of_its_slice),
		BOTH(S7_a_driver_that_an_interrupt_wakes_has_a_new_slice),
		BOTH(S27_an_interrupt_saves_the_fp_state_of_whom_it_preempts),
		BOTH(C1_of_two_drivers_that_wait_one_gets_the_interrupt),
		BOTH(C10_an_interrupt_ends_a_wait_before_its_deadline),
		BOTH(an_unbound_line_is_masked_and_forgotten),
		BOTH(an_interrupt_wakes_an_idle_core),
		BOTH(irq_bind_errors_change_nothing),
		BOTH(a_destroyed_interrupt_thread_frees_its_line_masked),
		BOTH(firmware_passes_words_through_the_mailbox),
		BOTH(firmware_does_what_it_is_told_and_refuses_the_rest),
		BOTH(fp_state_is_saved_when_its_owner_is_switched_away),
		BOTH(a_thread_can_die_in_any_state),
		BOTH(a_thread_with_many_names_dies_in_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
