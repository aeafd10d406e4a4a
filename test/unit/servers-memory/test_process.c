/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: test/unit/servers-memory/fake_kernel.c userland/servers/memory/audit.c
 * userland/servers/memory/fault.c userland/servers/memory/image.c userland/servers/memory/ledger.c
 * userland/servers/memory/pool.c userland/servers/memory/process.c userland/servers/memory/region.c
 * userland/servers/memory/share.c userland/servers/memory/space.c userland/servers/memory/start.c
 * userland/servers/memory/state.c */
/*
 * Processes come, go and are swapped, against the fake kernel: what is mapped,
 * who pays, that a failure at any kernel call changes nothing (M1), that
 * removal gives every page back (P7), and that a swap is exact (M3, U6).
 */
#include "fixture.h"

static void
the_handover_is_taken_over_exactly(void **state)
{
	(void)state;
	audit();
	assert_int_equal(
	    memory.ledger.free_pages + memory.ledger.own_pages, FAKE_FRAMES - FREE_PAGE);
	struct process *p = process_by_pid(&memory, PID_PROCESS);
	/* Stack, data, heap; the directory page; four pages of rings. The archive is nobody's. */
	assert_int_equal(process_user_pages(p), 4 + 1 + 4);
	assert_int_equal(process_kernel_pages(p), 28);
	/* Three pages of state. */
	assert_int_equal(process_user_pages(process_by_pid(&memory, PID_PIDDB)), 4 + 1 + 3);
}

static void
a_handover_of_another_version_is_refused(void **state)
{
	(void)state;
	memset(&memory, 0, sizeof memory);
	handover.bytes--;
	assert_int_equal(memory_start(&memory, &handover, fake.home), ERR_ARGUMENT);
}

static void
a_new_process_has_its_image_stack_info_and_directory(void **state)
{
	(void)state;
	struct memory_plan plan = plan_of_program();
	add(20, 120, &plan);
	struct process *p = process_by_pid(&memory, 20);
	struct space *s = &p->body->space;
	int space = fake_space_of(s->handle);

	/* Text: the archive's own frames. */
	for (uint64_t i = 0; i < 3; i++) {
		const struct fake_entry *e = fake_entry_at(space, IMAGE_BASE + i * PAGE_BYTES);
		assert_int_equal(e->physical, RAM_AT(ARCHIVE_PAGE + 4 + i));
		assert_int_equal(e->prot, PROT_X);
	}
	assert_null(fake_entry_at(space, IMAGE_BASE + 3 * PAGE_BYTES));
	/* Data: a copy, zero before, behind, and beyond. */
	const uint64_t data = IMAGE_BASE + 8 * PAGE_BYTES;
	const uint8_t *file = fake_bytes(RAM_AT(ARCHIVE_PAGE + 9));
	for (uint64_t i = 0; i < 4 * PAGE_BYTES; i++) {
		bool filled = i >= 0x40 && i < 0x40 + PAGE_BYTES + 100;
		assert_int_equal(*byte_at(s, data + i), filled ? file[i] : 0);
	}
	assert_int_equal(fake_entry_at(space, data)->prot, PROT_W);
	assert_null(fake_entry_at(space, data + 4 * PAGE_BYTES));
	/* Stack: the two highest pages, zero; none below the guard. */
	for (uint64_t i = 1; i <= 2 * PAGE_BYTES; i++)
		assert_int_equal(*byte_at(s, MAIN_STACK_TOP - i), 0);
	assert_null(fake_entry_at(space, MAIN_STACK_TOP - 3 * PAGE_BYTES));
	assert_null(fake_entry_at(space, MAIN_STACK_TOP));
	assert_memory_equal(byte_at(s, PROCESS_INFO), info, sizeof info);
	assert_int_equal(fake_entry_at(space, PROCESS_INFO)->prot, PROT_R);
	/* The directory: the process reads, the RPC insulator writes the same frame. */
	const struct fake_entry *own = fake_entry_at(fake_space_of(p->estate.handle), DIRECTORY);
	const struct fake_entry *rpc = fake_entry_at(privates[PID_RPC], RPC_DIRECTORY_ADDRESS(20));
	assert_int_equal(own->physical, rpc->physical);
	assert_int_equal(own->prot, PROT_R);
	assert_int_equal(rpc->prot, PROT_W);
	audit();
}

static void
a_new_process_is_in_the_right_tables_with_the_right_rights(void **state)
{
	(void)state;
	struct memory_plan plan = plan_of_server();
	uint32_t manager_caps = fake_caps(estates[PID_PROCESS]);
	uint32_t rpc_caps = fake_caps(estates[PID_RPC]);
	struct memory_built built = add(20, 120, &plan);
	assert_int_equal(fake_caps(estates[PID_PROCESS]), manager_caps + 4);
	assert_int_equal(fake_caps(estates[PID_RPC]), rpc_caps + 1);
	const struct fake_cap *caps = fake.space[estates[PID_PROCESS]].cap;
	assert_int_equal(caps[built.space & HANDLE_INDEX_MASK].rights,
	    RIGHT_CREATE | RIGHT_TABLE | RIGHT_LINK | RIGHT_STOP | RIGHT_SP_QUERY);
	assert_int_equal(caps[built.estate & HANDLE_INDEX_MASK].rights,
	    RIGHT_TABLE | RIGHT_LINK | RIGHT_SP_QUERY);
	assert_int_equal(caps[built.state & HANDLE_INDEX_MASK].rights,
	    RIGHT_TABLE | RIGHT_LINK | RIGHT_SP_QUERY);
	assert_int_equal(caps[built.quiesce & HANDLE_INDEX_MASK].rights, RIGHT_NOTIFY);
	assert_int_equal(caps[built.quiesce & HANDLE_INDEX_MASK].badge, 1ull << BIT_QUIESCE);
	assert_int_equal(
	    fake.space[estates[PID_RPC]].cap[built.rpc_estate & HANDLE_INDEX_MASK].rights,
	    RIGHT_TABLE | RIGHT_CREATE);
	assert_true(built.space & built.estate & built.state & built.rpc_estate & HANDLE_ESTATE);
	/* Devices and the state segment. */
	struct process *p = process_by_pid(&memory, 20);
	const struct fake_entry *e =
	    fake_entry_at(fake_space_of(p->body->space.handle), 40 * WINDOW_BYTES + PAGE_BYTES);
	assert_int_equal(e->physical, 0x9001000);
	for (uint64_t i = 0; i < 20; i++)
		assert_int_equal(*byte_at(&p->state, SLOT_STATE_BASE + i * PAGE_BYTES), 0);
	audit();
}

static void
P7_removal_gives_every_page_back(void **state)
{
	(void)state;
	static struct snapshot before;
	snapshot_take(&before);
	struct memory_plan plan = plan_of_server();
	for (unsigned round = 0; round < 4; round++) {
		/* So many that rpc needs tables of its own, and the pools more pages. */
		for (uint32_t i = 0; i < 12; i++)
			add(20 + 31 * i, 100 + i, &plan);
		audit();
		for (uint32_t i = 0; i < 12; i++)
			remove_process(20 + 31 * (i * 5 % 12));
		expect_same(&before);
		audit();
	}
	assert_int_equal(memory.discrepancies, 0);
}

/* M1: whichever kernel call fails, with whatever error, nothing has changed. */
static void
fail_each_call(const struct memory_plan *plan, err_t with, err_t expected)
{
	static struct snapshot before;
	snapshot_take(&before);
	fake.fallible = 0;
	struct memory_built built;
	assert_int_equal(memory_add_process(&memory, 20, 120, plan, info, sizeof info, &built), OK);
	const uint32_t calls = fake.fallible;
	assert_true(calls >= 15);
	remove_process(20);
	expect_same(&before);
	for (uint32_t n = 1; n <= calls; n++) {
		memset(&built, 0x11, sizeof built);
		fake.fail_at = n;
		fake.fail_with = with;
		assert_int_equal(
		    memory_add_process(&memory, 20, 120, plan, info, sizeof info, &built),
		    expected);
		fake.fail_at = 0;
		assert_int_equal(built.space, 0x11111111);
		expect_same(&before);
		audit();
	}
}

static void
M1_a_failure_at_any_kernel_call_changes_nothing(void **state)
{
	(void)state;
	struct memory_plan plan = plan_of_server();
	fail_each_call(&plan, ERR_TOO_MANY, ERR_TOO_MANY);
	plan = plan_of_program();
	fail_each_call(&plan, ERR_NO_SLOT, ERR_NO_SLOT);
	plan.flags = MEMORY_PLAN_NO_ESTATE;
	plan.segments = 1;
	struct memory_built built;
	static struct snapshot before;
	snapshot_take(&before);
	for (uint32_t n = 1; n < 12; n++) {
		fake.fail_at = n;
		err_t err = memory_add_process(&memory, 20, 120, &plan, info, sizeof info, &built);
		if (err == OK)
			remove_process(20);
		fake.fail_at = 0;
		expect_same(&before);
	}
}

static void
a_call_that_lacks_kernel_memory_gets_it(void **state)
{
	(void)state;
	static struct snapshot before;
	snapshot_take(&before);
	struct memory_plan plan = plan_of_server();
	for (uint32_t n = 1; n <= 30; n++) {
		struct memory_built built;
		fake.fail_at = n;
		fake.fail_with = ERR_NO_FUND;
		err_t err = memory_add_process(&memory, 20, 120, &plan, info, sizeof info, &built);
		fake.fail_at = 0;
		/* fund itself and the endpoint, which are paid in advance, do not lack any. */
		assert_true(err == OK || err == ERR_NO_FUND);
		audit();
		if (err == OK)
			remove_process(20);
		expect_same(&before);
	}
}

static void
M1_out_of_memory_at_any_page_is_an_error_that_changes_nothing(void **state)
{
	(void)state;
	static struct snapshot before;
	static struct lot hoard;
	struct memory_plan plan = plan_of_server();
	struct memory_built built;
	hoard = (struct lot){ 0 };
	for (uint32_t left = 0; left < 120; left++) {
		while (ledger_available(&memory.ledger) > left)
			assert_int_not_equal(
			    ledger_take(&memory.ledger, &hoard, KIND_OWN, 1, WANT_ANY), 0);
		while (ledger_available(&memory.ledger) < left)
			ledger_give(&memory.ledger, &hoard, hoard.first, false);
		snapshot_take(&before);
		err_t err = memory_add_process(&memory, 20, 120, &plan, info, sizeof info, &built);
		if (err == OK)
			remove_process(20);
		else
			assert_int_equal(err, ERR_NO_MEMORY);
		assert_true(left > 20 || err != OK);
		assert_true(left < 100 || err == OK);
		expect_same(&before);
	}
}

static void
quota_is_exact(struct memory_plan plan)
{
	plan.quota_pages = 0;
	add(20, 120, &plan);
	struct process *p = process_by_pid(&memory, 20);
	const uint64_t needs = process_user_pages(p) + process_kernel_pages(p);
	remove_process(20);
	static struct snapshot before;
	snapshot_take(&before);
	struct memory_built built;
	for (plan.quota_pages = 1; plan.quota_pages < needs; plan.quota_pages++) {
		assert_int_equal(
		    memory_add_process(&memory, 20, 120, &plan, info, sizeof info, &built),
		    ERR_QUOTA);
		expect_same(&before);
	}
	add(20, 120, &plan);
	p = process_by_pid(&memory, 20);
	uint64_t address;
	assert_int_equal(memory_grow(&memory, p, 1, &address), ERR_QUOTA);
	assert_int_equal(memory_fund(&memory, p, 0, 1), ERR_QUOTA);
	assert_int_equal(memory_stack(&memory, p, PAGE_BYTES, &address), ERR_QUOTA);
	audit();
	remove_process(20);
	expect_same(&before);
}

static void
a_quota_is_exact(void **state)
{
	(void)state;
	quota_is_exact(plan_of_server());
	/* So little at birth that building it must add to it. */
	struct memory_plan plan = plan_of_program();
	plan.space_fund = plan.estate_fund = 0;
	quota_is_exact(plan);
}

static void
what_cannot_be_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	struct memory_plan good = plan_of_server();
	add(20, 120, &good);
	static struct snapshot before;
	snapshot_take(&before);
	struct memory_built built;
	const struct {
		pid_number_t pid;
		uint32_t instance;
		err_t err;
	} numbers[] = {
		{ 20, 121, ERR_EXISTS },
		{ 21, 120, ERR_EXISTS },
		{ 0, 121, ERR_ARGUMENT },
		{ 21, 0, ERR_ARGUMENT },
		{ RPC_PIDS, 121, ERR_ARGUMENT },
	};
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		assert_int_equal(memory_add_process(&memory, numbers[i].pid, numbers[i].instance,
				     &good, info, sizeof info, &built),
		    numbers[i].err);
	uint64_t pages;
	assert_int_equal(memory_remove_process(&memory, 99, &pages), ERR_NO_PROCESS);
	assert_int_equal(memory_remove_process(&memory, PID_MEMORY, &pages), ERR_REFUSED);
	assert_int_equal(memory_remove_process(&memory, PID_PROCESS, &pages), ERR_REFUSED);
	assert_int_equal(memory_remove_process(&memory, PID_RPC, &pages), ERR_REFUSED);
	assert_int_equal(memory_update_process(&memory, 20, 99), ERR_NO_PROCESS);
	assert_int_equal(memory_update_process(&memory, 20, 20), ERR_ARGUMENT);
	expect_same(&before);
}

static void
a_hostile_plan_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	static struct snapshot before;
	snapshot_take(&before);
	struct memory_built built;
	for (unsigned kind = 0; kind < 20; kind++) {
		struct memory_plan plan = plan_of_server();
		struct memory_segment *seg = &plan.segment[1];
		switch (kind) {
		case 0:
			seg->prot = PROT_W | PROT_X;
			break;
		case 1:
			seg->prot = 4;
			break;
		case 2:
			seg->file_bytes = seg->memory_bytes + 1;
			break;
		case 3:
			seg->memory_bytes = 0;
			seg->file_bytes = 0;
			break;
		case 4:
			seg->address = 0x40;
			break;
		case 5:
			seg->address = PRIVATE_END - PAGE_BYTES;
			break;
		case 6:
			seg->address = UINT64_MAX - 10;
			break;
		case 7:
			seg->memory_bytes = UINT64_MAX - 10;
			break;
		case 8:
			seg->source = ARCHIVE_PAGES * PAGE_BYTES - 100;
			break;
		case 9:
			seg->source = UINT64_MAX - 10;
			break;
		case 10:
			seg->source_pid = 99;
			break;
		case 11:
			seg->source_pid = PID_PIDDB;
			seg->source = 0;
			break; /* nothing there */
		case 12:
			seg->address = IMAGE_BASE;
			break; /* over the text */
		case 13:
			plan.segments = MEMORY_SEGMENTS + 1;
			break;
		case 14:
			plan.devices = 5;
			break;
		case 15:
			plan.device[0].bytes = 100;
			break;
		case 16:
			plan.device[0].address = PRIVATE_END;
			break;
		case 17:
			plan.stack_bytes = UINT64_MAX;
			break;
		case 18:
			plan.space_fund = UINT64_MAX;
			break;
		case 19:
			plan.state_bytes = UINT64_MAX;
			break;
		}
		err_t err = memory_add_process(&memory, 20, 120, &plan, info, sizeof info, &built);
		if (err == OK)
			fail_msg("plan %u was accepted", kind);
		expect_same(&before);
	}
	struct memory_plan plan = plan_of_server();
	assert_int_equal(memory_add_process(&memory, 20, 120, &plan,
			     fake_bytes(RAM_AT(ARCHIVE_PAGE)), PAGE_BYTES + 1, &built),
	    ERR_ARGUMENT);
	expect_same(&before);
}

static void
a_program_can_come_from_another_process(void **state)
{
	(void)state;
	struct memory_plan plan = plan_of_program();
	plan.segment[0].source_pid = PID_PIDDB;
	plan.segment[0].source = IMAGE_BASE + PAGE_BYTES;
	plan.segment[0].file_bytes = PAGE_BYTES + 50;
	plan.segment[0].memory_bytes = 2 * PAGE_BYTES;
	add(20, 120, &plan);
	struct space *s = &process_by_pid(&memory, 20)->body->space;
	const uint8_t *file = fake_bytes(RAM_AT(ARCHIVE_PAGE + 1));
	for (uint64_t i = 0; i < 2 * PAGE_BYTES; i++)
		assert_int_equal(*byte_at(s, IMAGE_BASE + i), i < PAGE_BYTES + 50 ? file[i] : 0);
	audit();
}

static void
M3_U6_update_swaps_the_bodies_and_nothing_else(void **state)
{
	(void)state;
	struct memory_plan plan = plan_of_server();
	add(20, 120, &plan);
	static struct snapshot alone;
	snapshot_take(&alone);
	struct memory_plan version = plan_of_program();
	version.flags = MEMORY_PLAN_NO_ESTATE;
	struct memory_built built = add(21, 121, &version);
	assert_int_equal(built.estate | built.state | built.quiesce | built.rpc_estate, 0);
	static struct snapshot before;
	snapshot_take(&before);
	handle_t estate = process_by_pid(&memory, 20)->estate.handle;

	assert_int_equal(memory_update_process(&memory, 20, 21), OK);
	assert_int_equal(process_by_pid(&memory, 20)->body->instance, 121);
	assert_int_equal(process_by_pid(&memory, 21)->body->instance, 120);
	assert_int_equal(process_by_pid(&memory, 20)->estate.handle, estate);
	assert_ptr_equal(body_by_instance(&memory, 121)->owner, process_by_pid(&memory, 20));
	audit();
	/* There and back. */
	assert_int_equal(memory_update_process(&memory, 20, 21), OK);
	expect_same(&before);
	remove_process(21);
	expect_same(&alone);
}

static void
init_leaves_and_what_it_held_is_free(void **state)
{
	(void)state;
	uint32_t total = memory.ledger.total_pages;
	uint32_t known = memory.ledger.free_pages;
	remove_process(PID_INIT);
	audit();
	/* Its kernel pages and what it left behind were not in the books; its own pages were. */
	assert_int_equal(memory.ledger.total_pages, total + 28 + LEFT_PAGES + 1);
	assert_int_equal(memory.ledger.free_pages, known + 28 + LEFT_PAGES + 1 + 4 + 1);
	assert_int_equal(memory.discrepancies, 0);
}

static void
a_directory_grows_by_the_page(void **state)
{
	(void)state;
	static struct snapshot before, more;
	snapshot_take(&before);
	struct memory_plan plan = plan_of_program();
	add(20, 120, &plan);
	uint64_t pages = 0;
	for (uint64_t n = 2; n <= DIRECTORY_MAX_PAGES; n++) {
		snapshot_take(&more);
		for (uint32_t i = 1; i <= 2; i++) {
			fake.fail_at = i;
			fake.fail_with = ERR_TOO_MANY;
			assert_int_equal(memory_directory(&memory, 20, &pages), ERR_TOO_MANY);
			fake.fail_at = 0;
			expect_same(&more);
		}
		assert_int_equal(memory_directory(&memory, 20, &pages), OK);
		assert_int_equal(pages, n);
		audit();
	}
	assert_int_equal(memory_directory(&memory, 20, &pages), ERR_TOO_MANY);
	assert_int_equal(memory_directory(&memory, 99, &pages), ERR_NO_PROCESS);
	remove_process(20);
	expect_same(&before);
}

static void
a_spawn_takes_few_kernel_calls(void **state)
{
	(void)state;
	struct memory_plan plan = plan_of_program();
	add(20, 120, &plan);
	remove_process(20);
	uint32_t calls = fake.calls;
	add(20, 120, &plan);
	uint32_t built = fake.calls - calls;
	remove_process(20);
	print_message("%u kernel calls to build a process, %u to remove it\n", built,
	    fake.calls - calls - built);
	assert_true(fake.calls - calls < 75);
}

#define TEST(name) cmocka_unit_test_setup(name, machine_set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_handover_is_taken_over_exactly),
		TEST(a_handover_of_another_version_is_refused),
		TEST(a_new_process_has_its_image_stack_info_and_directory),
		TEST(a_new_process_is_in_the_right_tables_with_the_right_rights),
		TEST(P7_removal_gives_every_page_back),
		TEST(M1_a_failure_at_any_kernel_call_changes_nothing),
		TEST(a_call_that_lacks_kernel_memory_gets_it),
		TEST(M1_out_of_memory_at_any_page_is_an_error_that_changes_nothing),
		TEST(a_quota_is_exact),
		TEST(what_cannot_be_is_refused_and_changes_nothing),
		TEST(a_hostile_plan_is_refused_and_changes_nothing),
		TEST(a_program_can_come_from_another_process),
		TEST(M3_U6_update_swaps_the_bodies_and_nothing_else),
		TEST(init_leaves_and_what_it_held_is_free),
		TEST(a_directory_grows_by_the_page),
		TEST(a_spawn_takes_few_kernel_calls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
