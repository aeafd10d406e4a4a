/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: test/unit/servers-memory/fake_kernel.c userland/servers/memory/audit.c
 * userland/servers/memory/fault.c userland/servers/memory/image.c userland/servers/memory/ledger.c
 * userland/servers/memory/pool.c userland/servers/memory/process.c userland/servers/memory/region.c
 * userland/servers/memory/share.c userland/servers/memory/space.c userland/servers/memory/start.c
 * userland/servers/memory/state.c */
/*
 * Heap, stacks and faults: what is promised is there when it is touched, what
 * nobody promised is a crash with its cause (P3), and a failure changes nothing.
 */
#include "fixture.h"

static struct process *
program(void)
{
	struct memory_plan plan = plan_of_program();
	plan.quota_pages = 0;
	add(20, 120, &plan);
	return process_by_pid(&memory, 20);
}

static bool
fault(struct process *p, uint64_t address, uint64_t access)
{
	const uint64_t word[MESSAGE_WORDS] = {
		[FAULT_WORD_KIND] = FAULT_PAGE,
		[FAULT_WORD_ADDRESS] = address,
		[FAULT_WORD_ACCESS] = access,
	};
	return memory_fault(&memory, p->body->instance, word);
}

static bool
is_mapped(struct process *p, uint64_t address)
{
	return fake_entry_at(fake_space_of(p->body->space.handle), address & ~(PAGE_BYTES - 1)) !=
	    NULL;
}

/* Touch it as a thread does: at most one fault, and then it is zero. */
static void
touch(struct process *p, uint64_t address)
{
	if (!is_mapped(p, address))
		assert_true(fault(p, address, ACCESS_WRITE));
	assert_true(is_mapped(p, address));
	assert_int_equal(*byte_at(&p->body->space, address), 0);
	*byte_at(&p->body->space, address) = 1;
}

static void
expect_crash(struct process *p, uint64_t address, uint64_t access, enum fault_cause cause)
{
	assert_false(fault(p, address, access));
	struct body *crashed = memory_next_crash(&memory);
	assert_ptr_equal(crashed, p->body);
	assert_int_equal(crashed->crash.cause, cause);
	assert_int_equal(crashed->crash.word[FAULT_WORD_ADDRESS], address);
	assert_null(memory_next_crash(&memory));
}

static void
heap_grows_without_gaps_and_is_zero(void **state)
{
	(void)state;
	struct process *p = program();
	uint64_t expected = HEAP_BASE, address;
	static const uint64_t pages[] = { 1, 3, 0, 16, 40, 1, 600 };
	for (unsigned i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		assert_int_equal(memory_grow(&memory, p, pages[i], &address), OK);
		assert_int_equal(address, expected);
		expected += pages[i] * PAGE_BYTES;
		audit();
	}
	assert_int_equal(ledger_check(&memory.ledger), 0);
	for (uint64_t at = HEAP_BASE; at < expected; at += PAGE_BYTES)
		touch(p, at + 123);
	assert_int_equal(memory.ledger.promised, p->body->space.lot.promised);
	audit();
	expect_crash(p, expected, ACCESS_WRITE, CAUSE_UNMAPPED);
	remove_process(20);
	audit();
}

static void
a_page_paid_for_is_there_even_if_nothing_else_is_left(void **state)
{
	(void)state;
	struct process *p = program();
	struct lot hoard = { 0 };
	uint64_t address;
	assert_int_equal(memory_grow(&memory, p, 700, &address), OK);
	while (ledger_take(&memory.ledger, &hoard, KIND_OWN, 1, WANT_ANY) != 0)
		;
	assert_int_equal(memory_grow(&memory, p, 1, &address), ERR_NO_MEMORY);
	srand(5);
	for (unsigned i = 0; i < 2000; i++) {
		uint64_t page = (uint64_t)rand() % 700;
		touch(p, HEAP_BASE + page * PAGE_BYTES + 7 + i);
	}
	for (uint64_t at = MAIN_STACK_TOP - 8; at > MAIN_STACK_TOP - 16 * PAGE_BYTES;
	     at -= PAGE_BYTES)
		touch(p, at);
}

static void
a_failed_grow_or_stack_changes_nothing(void **state)
{
	(void)state;
	struct process *p = program();
	static struct snapshot before;
	uint64_t address = 7;
	for (unsigned round = 0; round < 2; round++) {
		snapshot_take(&before);
		for (uint32_t n = 1; n <= 3; n++) {
			fake.fail_with = ERR_TOO_MANY;
			fake.fail_at = n;
			assert_int_equal(memory_grow(&memory, p, 1100, &address), ERR_TOO_MANY);
			expect_same(&before);
		}
		fake.fail_at = 1;
		assert_int_equal(memory_stack(&memory, p, 8 * PAGE_BYTES, &address), ERR_TOO_MANY);
		fake.fail_at = 0;
		expect_same(&before);
		assert_int_equal(memory_grow(&memory, p, UINT64_MAX, &address), ERR_NO_MEMORY);
		assert_int_equal(memory_grow(&memory, p, 1ull << 23, &address), ERR_NO_MEMORY);
		assert_int_equal(memory_stack(&memory, p, 0, &address), ERR_ARGUMENT);
		assert_int_equal(memory_stack(&memory, p, UINT64_MAX, &address), ERR_ARGUMENT);
		assert_int_equal(memory_fund(&memory, p, 2, 1), ERR_ARGUMENT);
		assert_int_equal(memory_fund(&memory, p, 0, UINT64_MAX), ERR_NO_MEMORY);
		expect_same(&before);
		assert_int_equal(address, 7);
		/* And once more with a heap that is there. */
		assert_int_equal(memory_grow(&memory, p, 5, &address), OK);
		address = 7;
	}
}

static void
a_failed_grow_takes_back_the_tables_that_it_was_given(void **state)
{
	(void)state;
	struct process *p = program();
	struct space *s = &p->body->space;
	/* Nothing to spare: every table must be paid for. */
	s->topped = 100;
	space_trim(&memory, s);
	s->topped = 0;
	static struct snapshot before;
	snapshot_take(&before);
	uint64_t address;
	for (uint32_t n = 1;; n++) {
		fake.fail_at = n;
		fake.fail_with = ERR_TOO_MANY;
		err_t err = memory_grow(&memory, p, 600, &address);
		const bool reached = fake.fail_at == 0;
		fake.fail_at = 0;
		if (err == OK && !reached) {
			assert_true(n > 5);
			break;
		}
		assert_int_equal(err, ERR_TOO_MANY);
		expect_same(&before);
	}
	audit();
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE, 600), OK);
	expect_same(&before);
}

static void
stacks_have_guards_and_grow_down_to_them(void **state)
{
	(void)state;
	struct process *p = program();
	uint64_t top[6];
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(memory_stack(&memory, p, 5 * PAGE_BYTES - 7, &top[i]), OK);
		assert_true(is_mapped(p, top[i] - 1));
		assert_false(is_mapped(p, top[i]));
		if (i > 0)
			assert_true(top[i] - 5 * PAGE_BYTES >= top[i - 1] + PAGE_BYTES);
	}
	for (unsigned i = 0; i < 6; i++) {
		for (uint64_t at = top[i] - 1; at >= top[i] - 5 * PAGE_BYTES; at -= PAGE_BYTES)
			touch(p, at);
		expect_crash(p, top[i] - 5 * PAGE_BYTES - 1, ACCESS_WRITE, CAUSE_STACK_OVERFLOW);
		expect_crash(
		    p, top[i], ACCESS_WRITE, i < 5 ? CAUSE_STACK_OVERFLOW : CAUSE_UNMAPPED);
	}
	audit();
	/* A stack's place is used again. */
	static struct snapshot before;
	snapshot_take(&before);
	assert_int_equal(memory_unmap(&memory, p, top[2] - 5 * PAGE_BYTES, 5), OK);
	uint64_t again;
	assert_int_equal(memory_stack(&memory, p, 5 * PAGE_BYTES, &again), OK);
	assert_int_equal(again, top[2]);
	audit();
}

static void
the_main_stack_grows_to_its_guard(void **state)
{
	(void)state;
	struct process *p = program();
	for (uint64_t at = MAIN_STACK_TOP - 1; at >= MAIN_STACK_TOP - 16 * PAGE_BYTES;
	     at -= PAGE_BYTES)
		touch(p, at);
	expect_crash(p, MAIN_STACK_TOP - 16 * PAGE_BYTES - 8, ACCESS_WRITE, CAUSE_STACK_OVERFLOW);
	expect_crash(p, MAIN_STACK_TOP - 17 * PAGE_BYTES, ACCESS_READ, CAUSE_STACK_OVERFLOW);
	expect_crash(p, MAIN_STACK_TOP - 64 * PAGE_BYTES, ACCESS_READ, CAUSE_UNMAPPED);
}

static void
P3_a_crash_has_its_cause(void **state)
{
	(void)state;
	struct process *p = program();
	expect_crash(p, 0, ACCESS_READ, CAUSE_NULL);
	expect_crash(p, 0xffff, ACCESS_WRITE, CAUSE_NULL);
	expect_crash(p, 0, ACCESS_EXECUTE, CAUSE_NULL);
	expect_crash(p, 50 * WINDOW_BYTES, ACCESS_READ, CAUSE_UNMAPPED);
	expect_crash(p, UINT64_MAX, ACCESS_READ, CAUSE_UNMAPPED);
	expect_crash(p, IMAGE_BASE + 10, ACCESS_WRITE, CAUSE_READ_ONLY);
	expect_crash(p, PROCESS_INFO, ACCESS_WRITE, CAUSE_READ_ONLY);
	expect_crash(p, PROCESS_INFO, ACCESS_EXECUTE, CAUSE_NOT_EXECUTABLE);
	expect_crash(p, MAIN_STACK_TOP - 8, ACCESS_EXECUTE, CAUSE_NOT_EXECUTABLE);
	expect_crash(p, MAIN_STACK_TOP - 12 * PAGE_BYTES, ACCESS_EXECUTE, CAUSE_UNMAPPED);
	expect_crash(p, DIRECTORY + 8, ACCESS_WRITE, CAUSE_READ_ONLY);
	expect_crash(p, SLOT_STATE_BASE, ACCESS_WRITE, CAUSE_UNMAPPED);
	static const struct {
		uint64_t kind;
		enum fault_cause cause;
	} kinds[] = {
		{ FAULT_UNDEFINED, CAUSE_UNDEFINED },
		{ FAULT_ALIGNMENT, CAUSE_ALIGNMENT },
		{ FAULT_CALL, CAUSE_BAD_CALL },
		{ FAULT_DEBUG, CAUSE_UNKNOWN },
		{ 77, CAUSE_UNKNOWN },
	};
	for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const uint64_t word[MESSAGE_WORDS] = {
			[FAULT_WORD_KIND] = kinds[i].kind, [FAULT_WORD_ADDRESS] = HEAP_BASE
		};
		assert_false(memory_fault(&memory, 120, word));
		assert_int_equal(memory_next_crash(&memory)->crash.cause, kinds[i].cause);
	}
	audit();
}

static void
an_instance_crashes_once_until_told_and_an_unknown_one_never(void **state)
{
	(void)state;
	struct process *p = program();
	assert_false(fault(p, 8, ACCESS_READ));
	assert_false(fault(p, 50 * WINDOW_BYTES, ACCESS_READ));
	assert_int_equal(memory.crashes_waiting, 1);
	struct body *crashed = memory_next_crash(&memory);
	assert_int_equal(crashed->crash.word[FAULT_WORD_ADDRESS], 8);
	memory_put_crash(&memory, crashed);
	assert_ptr_equal(memory_next_crash(&memory), crashed);
	const uint64_t word[MESSAGE_WORDS] = { [FAULT_WORD_KIND] = FAULT_PAGE };
	assert_false(memory_fault(&memory, 999, word));
	assert_int_equal(memory.crashes_waiting, 0);
	/* One that was not told dies with its instance. */
	assert_false(fault(p, 8, ACCESS_READ));
	remove_process(20);
	assert_int_equal(memory.crashes_waiting, 0);
	assert_null(memory_next_crash(&memory));
}

static void
two_threads_may_touch_one_page(void **state)
{
	(void)state;
	struct process *p = program();
	const uint64_t at = MAIN_STACK_TOP - 5 * PAGE_BYTES;
	assert_true(fault(p, at, ACCESS_WRITE));
	assert_true(fault(p, at, ACCESS_WRITE));
	audit();
}

static void
a_touch_that_lacks_kernel_memory_is_a_crash_and_not_a_loop(void **state)
{
	(void)state;
	struct process *p = program();
	fake.fail_at = 1;
	fake.fail_with = ERR_NO_MEMORY;
	expect_crash(p, MAIN_STACK_TOP - 5 * PAGE_BYTES, ACCESS_WRITE, CAUSE_NO_MEMORY);
	audit();
	touch(p, MAIN_STACK_TOP - 5 * PAGE_BYTES);
}

static void
bss_that_the_file_does_not_fill_comes_when_touched(void **state)
{
	(void)state;
	struct process *p = program();
	/* The segment is 6 pages and a bit from the 8th page on; 2 are filled, 2 more mapped. */
	for (uint64_t i = 4; i < 7; i++)
		touch(p, IMAGE_BASE + (8 + i) * PAGE_BYTES);
	expect_crash(p, IMAGE_BASE + 15 * PAGE_BYTES, ACCESS_READ, CAUSE_UNMAPPED);
	audit();
}

static void
unmap_gives_back_what_it_names_and_no_more(void **state)
{
	(void)state;
	struct process *p = program();
	static struct snapshot before;
	uint64_t address, top;
	snapshot_take(&before);
	assert_int_equal(memory_grow(&memory, p, 100, &address), OK);
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE, 100), OK);
	expect_same(&before);

	assert_int_equal(memory_grow(&memory, p, 100, &address), OK);
	assert_int_equal(memory_stack(&memory, p, 4 * PAGE_BYTES, &top), OK);
	for (uint64_t i = 0; i < 100; i += 3)
		touch(p, HEAP_BASE + i * PAGE_BYTES);
	uint64_t used = process_user_pages(p);
	/* The middle, then both ends. */
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE + 40 * PAGE_BYTES, 20), OK);
	audit();
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE, 10), OK);
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE + 90 * PAGE_BYTES, 10), OK);
	audit();
	assert_int_equal(process_user_pages(p), used - 40);
	expect_crash(p, HEAP_BASE + 45 * PAGE_BYTES, ACCESS_READ, CAUSE_UNMAPPED);
	touch(p, HEAP_BASE + 11 * PAGE_BYTES);
	touch(p, HEAP_BASE + 61 * PAGE_BYTES + 8);

	snapshot_take(&before);
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE + 1, 1), ERR_ALIGNMENT);
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE, 1), ERR_NOT_MAPPED);
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE + 30 * PAGE_BYTES, 20), ERR_NOT_MAPPED);
	assert_int_equal(
	    memory_unmap(&memory, p, HEAP_BASE + 30 * PAGE_BYTES, UINT64_MAX), ERR_NOT_MAPPED);
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE + 30 * PAGE_BYTES, 0), ERR_NOT_MAPPED);
	assert_int_equal(memory_unmap(&memory, p, top - PAGE_BYTES, 1), ERR_ARGUMENT);
	assert_int_equal(memory_unmap(&memory, p, IMAGE_BASE + 12 * PAGE_BYTES, 1), ERR_ARGUMENT);
	assert_int_equal(memory_unmap(&memory, p, IMAGE_BASE, 1), ERR_NOT_MAPPED);
	expect_same(&before);

	assert_int_equal(memory_unmap(&memory, p, top - 4 * PAGE_BYTES, 4), OK);
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE + 10 * PAGE_BYTES, 30), OK);
	assert_int_equal(memory_unmap(&memory, p, HEAP_BASE + 60 * PAGE_BYTES, 30), OK);
	audit();
	remove_process(20);
	audit();
}

static void
kernel_memory_is_paid_for_by_who_asks(void **state)
{
	(void)state;
	struct process *p = program();
	uint64_t kernel = process_kernel_pages(p);
	uint32_t spare = fake_spare(fake_space_of(p->body->space.handle));
	assert_int_equal(memory_fund(&memory, p, 0, 37), OK);
	assert_int_equal(memory_fund(&memory, p, 1, 2), OK);
	assert_int_equal(process_kernel_pages(p), kernel + 39);
	assert_int_equal(fake_spare(fake_space_of(p->body->space.handle)), spare + 37);
	static struct snapshot before;
	snapshot_take(&before);
	for (uint32_t n = 1; n <= 3; n++) {
		fake.fail_at = n;
		fake.fail_with = ERR_TOO_MANY;
		assert_int_equal(memory_fund(&memory, p, 0, 40), ERR_TOO_MANY);
		fake.fail_at = 0;
		expect_same(&before);
	}
	audit();
	remove_process(20);
	audit();
}

static void
MM1_MM3_hold_for_random_growing_touching_and_unmapping(void **state)
{
	(void)state;
	struct process *p = program();
	uint64_t tops[4] = { 0 };
	srand(6);
	for (unsigned step = 0; step < 3000; step++) {
		uint64_t address, end = HEAP_BASE;
		for (const struct region *r = p->body->regions; r != NULL; r = r->next) {
			if (r->kind == REGION_HEAP)
				end = r->base + r->pages * PAGE_BYTES;
		}
		uint64_t span = (end - HEAP_BASE) >> PAGE_SHIFT;
		uint64_t at = HEAP_BASE + (span == 0 ? 0 : (uint64_t)rand() % span) * PAGE_BYTES;
		unsigned n = (unsigned)rand() % 4;
		switch (rand() % 6) {
		case 0:
			if (span < 1000)
				(void)!memory_grow(&memory, p, (uint64_t)rand() % 40, &address);
			break;
		case 1:
			(void)!memory_unmap(&memory, p, at, 1 + (uint64_t)rand() % 12);
			break;
		case 2:
			if (tops[n] == 0)
				assert_int_equal(
				    memory_stack(&memory, p, (1 + n) * 3 * PAGE_BYTES, &tops[n]),
				    OK);
			else
				assert_int_equal(
				    memory_unmap(&memory, p, tops[n] - (1 + n) * 3 * PAGE_BYTES,
					(1 + n) * 3),
				    OK),
				    tops[n] = 0;
			break;
		default:
			if (region_at(p->body, at) != NULL && !is_mapped(p, at))
				assert_true(fault(p, at, ACCESS_READ));
		}
		if (step % 20 == 0)
			audit();
	}
	audit();
	assert_int_equal(ledger_check(&memory.ledger), 0);
	remove_process(20);
	audit();
	assert_int_equal(memory.discrepancies, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, machine_set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(heap_grows_without_gaps_and_is_zero),
		TEST(a_page_paid_for_is_there_even_if_nothing_else_is_left),
		TEST(a_failed_grow_or_stack_changes_nothing),
		TEST(a_failed_grow_takes_back_the_tables_that_it_was_given),
		TEST(stacks_have_guards_and_grow_down_to_them),
		TEST(the_main_stack_grows_to_its_guard),
		TEST(P3_a_crash_has_its_cause),
		TEST(an_instance_crashes_once_until_told_and_an_unknown_one_never),
		TEST(two_threads_may_touch_one_page),
		TEST(a_touch_that_lacks_kernel_memory_is_a_crash_and_not_a_loop),
		TEST(bss_that_the_file_does_not_fill_comes_when_touched),
		TEST(unmap_gives_back_what_it_names_and_no_more),
		TEST(kernel_memory_is_paid_for_by_who_asks),
		TEST(MM1_MM3_hold_for_random_growing_touching_and_unmapping),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
