/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts: who is notified, who runs then, and for how long; binding lines.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "fake/world_test.h"

static struct thread *pager, *thread;
static handle_t line_handle; /* of the interrupt thread that a test has made */

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
