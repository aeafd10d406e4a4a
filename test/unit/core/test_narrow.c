/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Narrow threads: registers of 32 bits, calls that are widened on the way in and
 * narrowed on the way out, and never the fast path.
 */
/* SOURCES: test/unit/fake/kernel_world.sources */
#include "core/context.h"
#include "fake/world_test.h"

#define GARBAGE 0xdeadbeef00000000ull
#define SP_REGISTER 13
#define LR_REGISTER 14
#define PSTATE_REGISTER 33

static struct thread *narrow, *other;

/* t[0], narrow, and t[1], which is not; whoever has the higher priority runs. */
static void
begin(uint32_t narrow_priority, uint32_t other_priority)
{
	narrow = world_thread(0, narrow_priority, POLICY_FIFO);
	other = world_thread(1, other_priority, POLICY_FIFO);
	narrow->sched |= SCHED_NARROW;
	narrow->regs.pstate = PSTATE_NARROW;
	world_begin();
}

/* The current thread, narrow, executes svc #number: r0 to r12, with anything above them. */
static int64_t
narrow_svc(unsigned number, const uint32_t r[13])
{
	struct thread *t = running();

	assert_true(thread_is_narrow(t));
	for (int i = 0; i < 13; i++)
		t->regs.x[i] = GARBAGE | r[i];
	t->regs.pc += thread_svc_bytes(t);
	struct thread *runs = kernel_narrow(&fake_cpu, FAKE_NARROW_SVC(number), 0);
	assert_ptr_equal(runs, running());
	return (int32_t)t->regs.x[0];
}

static void
a_narrow_thread_is_made_where_the_processor_runs_it(void **state)
{
	struct cap_slot *slot;

	(void)state;
	world_thread(0, 33, POLICY_RR);
	world_begin();
	uint64_t *x = running()->regs.x;
	assert_int_equal(
	    svc(CALL_thread_create, SELF, SELF, 20 | (POLICY_INHERIT | THREAD_NARROW) << 8), OK);
	assert_int_equal(cap_find(&world.space[0], (handle_t)x[1], &slot), OK);
	const struct thread *t = thread_of(slot->object);
	assert_true(thread_is_narrow(t));
	assert_int_equal(t->policy, POLICY_RR);
	assert_int_equal(thread_real_priority(t), 20);
	assert_int_equal(svc(CALL_thread_query, x[1], 0, 0), OK);
	assert_int_equal(x[1] >> 24, POLICY_RR | THREAD_NARROW);
}

static void
without_aarch32_none_is_made_and_nothing_changes(void **state)
{
	(void)state;
	struct world_note note;
	world_thread(0, 33, POLICY_RR);
	world_begin();
	fake.no_narrow = true;
	world_note(&note);
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, THREAD_NARROW << 8), ERR_NO_AARCH32);
	assert_int_equal(
	    svc(CALL_thread_create, SELF, SELF, (THREAD_NARROW | 0x200) << 8), ERR_POLICY);
	assert_true(world_unchanged(&note));
	assert_int_equal(svc(CALL_thread_create, SELF, SELF, 0), OK);
}

static void
start(uint64_t pc, uint64_t sp, err_t want)
{
	uint64_t *x = running()->regs.x;

	x[3] = 7;
	x[4] = 8;
	assert_int_equal(svc(CALL_thread_start, TH(0), pc, sp), want);
}

static void
it_starts_below_4_gib_in_the_state_that_pc_names(void **state)
{
	(void)state;
	begin(10, 20);
	svc(CALL_thread_stop, TH(0), 0, 0);
	start(NARROW_END, 0x1000, ERR_ARGUMENT);
	start(0x1000, NARROW_END + 16, ERR_ARGUMENT);
	start(0x1002, 0x1000, ERR_ALIGNMENT);
	start(0x1000, 0x1008, ERR_ALIGNMENT);
	start(0x1000, 0x8000, OK);
	assert_int_equal(narrow->regs.pc, 0x1000);
	assert_int_equal(narrow->regs.pstate, PSTATE_NARROW);
	assert_int_equal(narrow->regs.x[0], 7);
	assert_int_equal(narrow->regs.x[SP_REGISTER], 0x8000);
	assert_int_equal(narrow->regs.tpidr, 8);
	svc(CALL_thread_stop, TH(0), 0, 0);
	start(0x1003, NARROW_END, OK);
	assert_int_equal(narrow->regs.pc, 0x1002);
	assert_int_equal(narrow->regs.pstate, PSTATE_NARROW | PSTATE_THUMB);
	/* A thread that is not narrow has no odd pc. */
	svc(CALL_thread_stop, TH(1), 0, 0);
	assert_int_equal(thread_state(other), THREAD_STOPPED);
}

static void
a_call_brings_low_halves_and_a_label_of_24_bits(void **state)
{
	(void)state;
	begin(10, 20);
	svc(CALL_recv, EP(0), TIME_NEVER, 0);
	assert_ptr_equal(running(), narrow);
	fake.slow_exits = fake.fast_exits = 0;
	narrow_svc(CALL_call,
	    (const uint32_t[13]){ EP(0), 0, 0, 1, 2, 3, 4, 5, 6, 7, 0xffffffff, 0xabcdef });
	assert_ptr_equal(running(), other);
	const uint64_t *x = other->regs.x;
	for (uint64_t i = 0; i < 7; i++)
		assert_int_equal(x[3 + i], 1 + i);
	assert_int_equal(x[10], 0xffffffff);
	assert_int_equal(x[11], 0xabcdef);

	/* The answer never takes the fast path, which would leave for AArch64. */
	svc_message(CALL_reply_recv, EP(0), TIME_NEVER, x[2], 0x700000000, 0x12345678);
	assert_int_equal(fake.fast_exits, 0);
	assert_ptr_equal(running(), narrow);
	assert_int_equal(narrow->regs.x[0], OK);
	assert_int_equal((uint32_t)narrow->regs.x[4], 1);
	assert_int_equal(narrow->regs.x[11], 0x345678);
}

static void
r12_is_the_upper_half_of_the_deadline(void **state)
{
	(void)state;
	begin(20, 10);
	fake.now_ns = 5ull << 32;
	assert_int_equal(
	    narrow_svc(CALL_recv, (const uint32_t[13]){ EP(0), 7, [12] = 4 }), ERR_TIMED_OUT);
	narrow_svc(CALL_recv, (const uint32_t[13]){ EP(0), 7, [12] = 5 });
	assert_int_equal(thread_state(narrow), THREAD_RECEIVE);
	assert_int_equal(narrow->timer.key, (5ull << 32) + 7);
	world_time(8);
	assert_int_equal((int32_t)narrow->regs.x[0], ERR_TIMED_OUT);
}

static void
flags_lie_from_bit_24_on_both_ways(void **state)
{
	(void)state;
	begin(20, 10);
	const uint32_t accept = (uint32_t)(MSG_CAP_ACCEPT >> 32) << NARROW_FLAGS_SHIFT;
	narrow_svc(CALL_recv, (const uint32_t[13]){ EP(0), [11] = accept });
	assert_true((narrow->sched & SCHED_CAP_ACCEPT) != 0);
	running()->regs.x[10] = EP(1);
	uint64_t *x = running()->regs.x;
	x[0] = EP(0);
	x[1] = x[2] = 0;
	x[11] = MSG_CAP | 0xff123456;
	x[10] = EP(1);
	kernel_call(&fake_cpu, CALL_call);
	assert_ptr_equal(running(), narrow);
	assert_int_equal(narrow->regs.x[0], RECV_MESSAGE);
	assert_int_equal(narrow->regs.x[11],
	    0x123456 | (uint32_t)(MSG_CAP_DELIVERED >> 32) << NARROW_FLAGS_SHIFT);
	struct cap_slot *slot;
	assert_int_equal(cap_find(&world.space[0], (handle_t)narrow->regs.x[10], &slot), OK);
	assert_ptr_equal(slot->object, &world.ep[1].object);
}

static void
notification_bits_come_in_r12_and_r1(void **state)
{
	(void)state;
	begin(20, 10);
	narrow_svc(CALL_recv, (const uint32_t[13]){ EP(0) });
	world_grant(0, 60, &world.ep[0].object, RIGHT_NOTIFY, 0x8000000000000010);
	svc(CALL_notify, H(60), 0, 0);
	assert_ptr_equal(running(), narrow);
	assert_int_equal(narrow->regs.x[0], RECV_BITS);
	assert_int_equal((uint32_t)narrow->regs.x[12], 0x10);
	assert_int_equal(narrow->regs.x[1], 0x80000000);
}

static void
a_wait_is_rewound_by_the_length_of_its_svc_with_its_flags(void **state)
{
	static const struct {
		uint64_t pstate, bytes;
	} states[] = { { PSTATE_NARROW, 4 }, { PSTATE_NARROW | PSTATE_THUMB, 2 } };
	const uint32_t accept = (uint32_t)(MSG_CAP_ACCEPT >> 32) << NARROW_FLAGS_SHIFT;

	(void)state;
	begin(20, 10);
	for (int n = 0; n < 2; n++) {
		narrow->regs.pstate = states[n].pstate;
		const uint64_t pc = narrow->regs.pc;
		narrow_svc(CALL_recv, (const uint32_t[13]){ EP(0), 5, 0, [11] = accept, [12] = 9 });
		assert_int_equal(narrow->regs.pc, pc + states[n].bytes);
		svc(CALL_thread_stop, TH(0), 0, 0);
		assert_int_equal(narrow->regs.pc, pc);
		assert_int_equal((uint32_t)narrow->regs.x[11], accept);
		assert_int_equal((uint32_t)narrow->regs.x[1], 5);
		assert_int_equal((uint32_t)narrow->regs.x[12], 9);
		svc(CALL_thread_resume, TH(0), 0, 0);
		assert_ptr_equal(running(), narrow);
	}
}

static void
svc_0_and_unknown_calls_are_faults_at_the_svc(void **state)
{
	static const unsigned numbers[] = { 0, CALL_COUNT, 255, 0xffff };

	(void)state;
	begin(10, 20);
	svc(CALL_thread_configure, TH(0), THREAD_FAULT_ENDPOINT, BADGED(0));
	for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
		svc(CALL_recv, EP(0), TIME_NEVER, 0);
		assert_ptr_equal(running(), narrow);
		narrow->regs.x[SP_REGISTER] = GARBAGE | 0x5000;
		narrow->regs.x[LR_REGISTER] = GARBAGE | 0x6000;
		narrow->upcall.pc = 0x7000; /* it has no upcall handler, whatever was set */
		const uint64_t pc = narrow->regs.pc;
		narrow_svc(numbers[n], (const uint32_t[13]){ 0 });
		assert_ptr_equal(running(), other);
		const uint64_t *x = other->regs.x;
		assert_int_equal(x[3 + FAULT_WORD_KIND], FAULT_CALL);
		assert_int_equal(x[3 + FAULT_WORD_PC], pc);
		assert_int_equal(x[3 + FAULT_WORD_SP], 0x5000);
		assert_int_equal(x[3 + FAULT_WORD_LR], 0x6000);
		svc_message(CALL_reply, EP(0), 0, x[2], 0, 0);
	}
}

static void
a_call_that_goes_on_leaves_by_its_caller(void **state)
{
	(void)state;
	begin(20, 10);
	assert_int_equal(narrow_svc(CALL_notify, (const uint32_t[13]){ EP(0) }), OK);
	assert_ptr_equal(running(), narrow);
	assert_int_equal(narrow_svc(CALL_null, (const uint32_t[13]){ 0 }), OK);
	assert_int_equal(narrow->regs.x[1], ABI_VERSION);
	assert_int_equal(narrow_svc(CALL_recv, (const uint32_t[13]){ H(99) }), ERR_HANDLE);
}

static void
registers_are_shown_and_set_as_32_bits_and_pstate_stays_aarch32(void **state)
{
	(void)state;
	begin(10, 20);
	svc(CALL_thread_stop, TH(0), 0, 0);
	narrow->regs.x[5] = GARBAGE | 5;
	uint64_t *x = other->regs.x;
	x[3] = GARBAGE | 0x77;
	assert_int_equal(svc(CALL_thread_registers, TH(0), 4, 1), OK);
	assert_int_equal(x[3], 0x77);
	assert_int_equal(x[4], 5);
	x[3] = 0xffffffffffffffff;
	assert_int_equal(svc(CALL_thread_registers, TH(0), PSTATE_REGISTER, 1), OK);
	assert_int_equal(x[3], PSTATE_NARROW | PSTATE_NARROW_FLAGS);
	x[3] = 0;
	assert_int_equal(svc(CALL_thread_registers, TH(0), PSTATE_REGISTER, 1), OK);
	assert_int_equal(narrow->regs.pstate, PSTATE_NARROW);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_fast_path, world_checked)
	const struct CMUnitTest tests[] = {
		T(a_narrow_thread_is_made_where_the_processor_runs_it),
		T(without_aarch32_none_is_made_and_nothing_changes),
		T(it_starts_below_4_gib_in_the_state_that_pc_names),
		T(a_call_brings_low_halves_and_a_label_of_24_bits),
		T(r12_is_the_upper_half_of_the_deadline),
		T(flags_lie_from_bit_24_on_both_ways),
		T(notification_bits_come_in_r12_and_r1),
		T(a_wait_is_rewound_by_the_length_of_its_svc_with_its_flags),
		T(svc_0_and_unknown_calls_are_faults_at_the_svc),
		T(a_call_that_goes_on_leaves_by_its_caller),
		T(registers_are_shown_and_set_as_32_bits_and_pstate_stays_aarch32),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
