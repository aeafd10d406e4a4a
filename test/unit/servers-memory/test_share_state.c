/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: test/unit/servers-memory/fake_kernel.c userland/servers/memory/audit.c
 * userland/servers/memory/fault.c userland/servers/memory/image.c userland/servers/memory/ledger.c
 * userland/servers/memory/pool.c userland/servers/memory/process.c userland/servers/memory/region.c
 * userland/servers/memory/share.c userland/servers/memory/space.c userland/servers/memory/start.c
 * userland/servers/memory/state.c */
/*
 * Rings and state segments: who sees which page with which right, who pays when
 * one side goes (P7), and that conversion there and back leaves the machine as
 * it was (U6).
 */
#include "fixture.h"

#define A 20u
#define B 21u
#define RING(n) (RINGS_BASE + (n)*RING_STRIDE)

static void
add_both(void)
{
	struct memory_plan plan = plan_of_server();
	add(A, 120, &plan);
	add(B, 121, &plan);
}

static struct process *
pid(uint32_t number)
{
	return process_by_pid(&memory, number);
}

static const struct fake_entry *
page(uint32_t number, uint64_t address)
{
	return fake_entry_at(fake_space_of(pid(number)->estate.handle), address);
}

static void
each_half_of_a_share_is_written_by_one_side(void **state)
{
	(void)state;
	add_both();
	assert_int_equal(memory_share(&memory, A, RING(3), B, RING(9), 20), OK);
	for (uint64_t i = 0; i < 40; i++) {
		const struct fake_entry *client = page(A, RING(3) + i * PAGE_BYTES);
		const struct fake_entry *server = page(B, RING(9) + i * PAGE_BYTES);
		assert_int_equal(client->physical, server->physical);
		assert_int_equal(client->prot, i < 20 ? PROT_W : PROT_R);
		assert_int_equal(server->prot, i < 20 ? PROT_R : PROT_W);
		const uint8_t *bytes = fake_bytes(client->physical);
		for (unsigned b = 0; b < PAGE_BYTES; b += 32)
			assert_int_equal(bytes[b], 0);
	}
	audit();
}

static void
the_client_pays_and_the_survivor_after_it(void **state)
{
	(void)state;
	add_both();
	static struct snapshot before;
	snapshot_take(&before);
	uint64_t a = process_user_pages(pid(A)), b = process_user_pages(pid(B));
	assert_int_equal(memory_share(&memory, A, RING(3), B, RING(9), 2), OK);
	assert_int_equal(process_user_pages(pid(A)), a + 4);
	assert_int_equal(process_user_pages(pid(B)), b);
	assert_int_equal(memory_unshare(&memory, A, RING(3), 2), OK);
	assert_int_equal(process_user_pages(pid(A)), a);
	assert_int_equal(process_user_pages(pid(B)), b + 4);
	audit();
	assert_int_equal(memory_unshare(&memory, B, RING(9), 2), OK);
	expect_same(&before);

	assert_int_equal(memory_share(&memory, A, RING(3), B, RING(9), 2), OK);
	assert_int_equal(memory_unshare(&memory, B, RING(9), 2), OK);
	assert_int_equal(process_user_pages(pid(A)), a + 4);
	audit();
	assert_int_equal(memory_unshare(&memory, A, RING(3), 2), OK);
	expect_same(&before);
}

static void
P7_the_death_of_either_side_leaves_the_other_its_rings(void **state)
{
	(void)state;
	static struct snapshot before;
	snapshot_take(&before);
	for (unsigned round = 0; round < 4; round++) {
		add_both();
		for (uint32_t n = 0; n < 40; n++)
			assert_int_equal(
			    memory_share(&memory, A, RING(n), B, RING(100 + n), 1), OK);
		assert_int_equal(memory_share(&memory, A, RING(200), A, RING(201), 1), OK);
		audit();
		uint32_t first = round & 1 ? A : B, second = round & 1 ? B : A;
		remove_process(first);
		audit();
		for (uint32_t n = 0; n < 40; n++) {
			uint64_t at = second == B ? RING(100 + n) : RING(n);
			assert_non_null(page(second, at));
			if (round & 2)
				assert_int_equal(memory_unshare(&memory, second, at, 1), OK);
		}
		audit();
		remove_process(second);
		expect_same(&before);
	}
	assert_int_equal(memory.discrepancies, 0);
}

static void
a_failed_share_changes_nothing(void **state)
{
	(void)state;
	add_both();
	static struct snapshot before;
	snapshot_take(&before);
	for (uint32_t n = 1; n <= 8; n++) {
		fake.fail_at = n;
		fake.fail_with = ERR_TOO_MANY;
		assert_int_equal(memory_share(&memory, A, RING(3), B, RING(9), 30), ERR_TOO_MANY);
		fake.fail_at = 0;
		expect_same(&before);
	}
	assert_int_equal(memory_share(&memory, A, RING(3), B, RING(9), 0), ERR_ARGUMENT);
	assert_int_equal(memory_share(&memory, A, RING(3), B, RING(9), UINT64_MAX), ERR_ARGUMENT);
	assert_int_equal(memory_share(&memory, A, RING(3) + 1, B, RING(9), 1), ERR_ARGUMENT);
	assert_int_equal(memory_share(&memory, A, DIRECTORY, B, RING(9), 1), ERR_ARGUMENT);
	assert_int_equal(
	    memory_share(&memory, A, RING(3), B, UINT64_MAX & ~4095ull, 1), ERR_ARGUMENT);
	assert_int_equal(memory_share(&memory, 99, RING(3), B, RING(9), 1), ERR_NO_PROCESS);
	assert_int_equal(memory_share(&memory, A, RING(3), 99, RING(9), 1), ERR_NO_PROCESS);
	assert_int_equal(memory_unshare(&memory, A, RING(3), 1), ERR_NOT_MAPPED);
	assert_int_equal(memory_unshare(&memory, 99, RING(3), 1), ERR_NO_PROCESS);
	expect_same(&before);
	assert_int_equal(memory_share(&memory, A, RING(3), B, RING(9), 1), OK);
	snapshot_take(&before);
	assert_int_equal(memory_share(&memory, A, RING(3), B, RING(10), 1), ERR_MAPPED);
	assert_int_equal(memory_unshare(&memory, A, RING(3), 2), ERR_ARGUMENT);
	expect_same(&before);
}

static void
a_failed_share_takes_back_the_tables_that_it_was_given(void **state)
{
	(void)state;
	add_both();
	static struct snapshot before;
	/* One ring in each GiB: the spare pages of birth are soon used up. */
	for (uint64_t gib = 2; gib < 8; gib++) {
		const uint64_t at = SLOT_ESTATE_BASE + gib * WINDOW_BYTES;
		snapshot_take(&before);
		for (uint32_t n = 1;; n++) {
			fake.fail_at = n;
			fake.fail_with = ERR_TOO_MANY;
			err_t err = memory_share(&memory, A, at, B, at, 1);
			const bool reached = fake.fail_at == 0;
			fake.fail_at = 0;
			if (err == OK && !reached)
				break;
			assert_int_equal(err, ERR_TOO_MANY);
			expect_same(&before);
		}
		audit();
	}
	for (uint64_t gib = 2; gib < 8; gib++) {
		const uint64_t at = SLOT_ESTATE_BASE + gib * WINDOW_BYTES;
		assert_int_equal(memory_unshare(&memory, gib & 1 ? A : B, at, 1), OK);
		assert_int_equal(memory_unshare(&memory, gib & 1 ? B : A, at, 1), OK);
	}
	audit();
}

static void
a_share_counts_against_the_clients_quota_only(void **state)
{
	(void)state;
	add_both();
	struct process *a = pid(A), *b = pid(B);
	a->quota = process_user_pages(a) + process_kernel_pages(a) + 7;
	b->quota = process_user_pages(b) + process_kernel_pages(b);
	static struct snapshot before;
	snapshot_take(&before);
	assert_int_equal(memory_share(&memory, A, RING(0), B, RING(0), 4), ERR_QUOTA);
	assert_int_equal(memory_share(&memory, B, RING(0), A, RING(0), 1), ERR_QUOTA);
	expect_same(&before);
	assert_int_equal(memory_share(&memory, A, RING(0), B, RING(0), 3), OK);
	audit();
}

static void
the_rings_that_init_built_can_be_unshared(void **state)
{
	(void)state;
	struct process *client = pid(PID_PROCESS), *server = pid(PID_PIDDB);
	uint64_t pages = process_user_pages(client);
	assert_int_equal(memory_unshare(&memory, PID_PROCESS, RING(ENTRY_PIDDB), 1), OK);
	assert_int_equal(process_user_pages(client), pages - 2);
	assert_int_equal(process_user_pages(server), 4 + 1 + 3 + 2);
	audit();
	uint32_t left = memory.ledger.free_pages;
	assert_int_equal(memory_unshare(&memory, PID_PIDDB, RING(8), 1), OK);
	assert_int_equal(memory.ledger.free_pages, left + 2);
	audit();
}

/* --- states */

static void
add_version(void)
{
	struct memory_plan plan = plan_of_server();
	add(A, 120, &plan);
	memset(byte_at(&pid(A)->state, SLOT_STATE_BASE + 5 * PAGE_BYTES), 0x42, 16);
	plan = plan_of_program();
	plan.flags = MEMORY_PLAN_NO_ESTATE;
	add(B, 121, &plan);
}

static void
a_second_state_shows_the_first_read_only(void **state)
{
	(void)state;
	add_version();
	handle_t handle = 0;
	assert_int_equal(memory_second_state(&memory, A, B, 33 * PAGE_BYTES - 5, &handle), OK);
	assert_int_not_equal(handle & HANDLE_ESTATE, 0);
	const int space = fake_space_of(pid(B)->body->space.handle);
	for (uint64_t i = 0; i < 20; i++) {
		const struct fake_entry *old =
		    fake_entry_at(space, OLD_STATE_BASE + i * PAGE_BYTES);
		const struct fake_entry *own = fake_entry_at(
		    fake_space_of(pid(A)->state.handle), SLOT_STATE_BASE + i * PAGE_BYTES);
		assert_int_equal(old->physical, own->physical);
		assert_int_equal(old->prot, PROT_R);
	}
	for (uint64_t i = 0; i < 33; i++)
		assert_int_equal(*byte_at(&pid(B)->state, SLOT_STATE_BASE + i * PAGE_BYTES), 0);
	audit();
}

static void
U6_a_second_state_that_is_dropped_leaves_nothing(void **state)
{
	(void)state;
	add_version();
	static struct snapshot before;
	snapshot_take(&before);
	handle_t handle;
	assert_int_equal(memory_second_state(&memory, A, B, 33 * PAGE_BYTES, &handle), OK);
	assert_int_equal(memory_drop_state(&memory, A, B, false), OK);
	expect_same(&before);
	/* Nor after the bodies were swapped. */
	assert_int_equal(memory_second_state(&memory, A, B, 33 * PAGE_BYTES, &handle), OK);
	assert_int_equal(memory_update_process(&memory, A, B), OK);
	audit();
	assert_int_equal(memory_update_process(&memory, A, B), OK);
	assert_int_equal(memory_drop_state(&memory, A, B, false), OK);
	expect_same(&before);
}

static void
U6_a_converted_state_takes_the_firsts_place(void **state)
{
	(void)state;
	static struct snapshot empty;
	snapshot_take(&empty);
	add_version();
	handle_t handle;
	assert_int_equal(memory_second_state(&memory, A, B, 33 * PAGE_BYTES, &handle), OK);
	*byte_at(&pid(B)->state, SLOT_STATE_BASE) = 0x99;
	assert_int_equal(memory_update_process(&memory, A, B), OK);
	assert_int_equal(memory_drop_state(&memory, A, B, true), OK);
	assert_int_equal(*byte_at(&pid(A)->state, SLOT_STATE_BASE), 0x99);
	assert_int_equal(pid(A)->state.lot.user, 33);
	/* The old one is untouched until its process is removed. */
	assert_int_equal(*byte_at(&pid(B)->state, SLOT_STATE_BASE + 5 * PAGE_BYTES), 0x42);
	assert_null(fake_entry_at(fake_space_of(pid(A)->body->space.handle), OLD_STATE_BASE));
	audit();
	remove_process(B);
	audit();
	remove_process(A);
	expect_same(&empty);
}

static void
P7_either_process_may_end_while_a_state_is_shown(void **state)
{
	(void)state;
	static struct snapshot before;
	snapshot_take(&before);
	for (unsigned round = 0; round < 4; round++) {
		add_version();
		handle_t handle;
		assert_int_equal(memory_second_state(&memory, A, B, 3 * PAGE_BYTES, &handle), OK);
		if (round & 1)
			assert_int_equal(memory_update_process(&memory, A, B), OK);
		remove_process(round & 2 ? A : B);
		audit();
		remove_process(round & 2 ? B : A);
		expect_same(&before);
	}
	assert_int_equal(memory.discrepancies, 0);
}

static void
a_failed_second_state_changes_nothing(void **state)
{
	(void)state;
	add_version();
	static struct snapshot before;
	snapshot_take(&before);
	handle_t handle;
	fake.fallible = 0;
	assert_int_equal(memory_second_state(&memory, A, B, 33 * PAGE_BYTES, &handle), OK);
	const uint32_t calls = fake.fallible;
	assert_int_equal(memory_drop_state(&memory, A, B, false), OK);
	for (uint32_t n = 1; n <= calls; n++) {
		fake.fail_at = n;
		fake.fail_with = ERR_TOO_MANY;
		assert_int_equal(
		    memory_second_state(&memory, A, B, 33 * PAGE_BYTES, &handle), ERR_TOO_MANY);
		fake.fail_at = 0;
		expect_same(&before);
	}
	assert_int_equal(memory_second_state(&memory, A, A, PAGE_BYTES, &handle), ERR_STATE);
	assert_int_equal(memory_second_state(&memory, B, A, PAGE_BYTES, &handle), ERR_STATE);
	assert_int_equal(memory_second_state(&memory, A, 99, PAGE_BYTES, &handle), ERR_NO_PROCESS);
	assert_int_equal(memory_second_state(&memory, A, B, 0, &handle), ERR_ARGUMENT);
	assert_int_equal(memory_second_state(&memory, A, B, UINT64_MAX, &handle), ERR_ARGUMENT);
	assert_int_equal(memory_drop_state(&memory, A, B, true), ERR_STATE);
	assert_int_equal(memory_drop_state(&memory, A, 99, true), ERR_NO_PROCESS);
	expect_same(&before);
	assert_int_equal(memory_second_state(&memory, A, B, PAGE_BYTES, &handle), OK);
	assert_int_equal(memory_second_state(&memory, A, B, PAGE_BYTES, &handle), ERR_STATE);
}

/* --- a process of 32 bits: what it shares it sees twice */

static struct memory_plan
plan_of_narrow(void)
{
	struct memory_plan plan = plan_of_program();
	plan.flags = MEMORY_PLAN_NARROW;
	return plan;
}

static const struct fake_entry *
private_page(uint32_t number, uint64_t address)
{
	return fake_entry_at(fake_space_of(pid(number)->body->space.handle), address);
}

static void
a_narrow_process_lies_below_4_gib(void **state)
{
	(void)state;
	static struct snapshot before;
	snapshot_take(&before);
	struct memory_plan plan = plan_of_narrow();
	add(A, 120, &plan);
	const struct process *p = pid(A);
	assert_non_null(private_page(A, NARROW_PROCESS_INFO));
	assert_non_null(private_page(A, NARROW_STACK_TOP - PAGE_BYTES));
	assert_null(private_page(A, PROCESS_INFO));
	assert_int_equal(
	    private_page(A, NARROW_ADDRESS(DIRECTORY))->physical, page(A, DIRECTORY)->physical);
	assert_int_equal(private_page(A, NARROW_ADDRESS(DIRECTORY))->prot, PROT_R);
	uint64_t at;
	assert_int_equal(memory_grow(&memory, pid(A), 3, &at), OK);
	assert_int_equal(at, NARROW_HEAP_BASE);
	assert_int_equal(memory_grow(&memory, pid(A), NARROW_END / PAGE_BYTES, &at), ERR_NO_MEMORY);
	assert_int_equal(memory_stack(&memory, pid(A), PAGE_BYTES, &at), OK);
	assert_true(at > NARROW_STACK_AREA && at <= NARROW_END);
	for (const struct region *r = p->body->regions; r != NULL; r = r->next)
		assert_true(r->base + r->pages * PAGE_BYTES <= NARROW_END);
	audit();
	remove_process(A);
	expect_same(&before);
}

static void
a_narrow_process_sees_its_rings_at_two_places(void **state)
{
	(void)state;
	struct memory_plan plan = plan_of_narrow();
	add(A, 120, &plan);
	plan = plan_of_program();
	add(B, 121, &plan);
	static struct snapshot before;
	snapshot_take(&before);
	for (unsigned narrow_serves = 0; narrow_serves < 2; narrow_serves++) {
		const uint32_t client = narrow_serves ? B : A, server = narrow_serves ? A : B;
		const uint64_t client_at = narrow_serves ? RING(9) : RING(3);
		const uint64_t server_at = narrow_serves ? RING(3) : RING(9);
		assert_int_equal(
		    memory_share(&memory, client, client_at, server, server_at, 20), OK);
		for (uint64_t i = 0; i < 40; i++) {
			const struct fake_entry *one = page(A, RING(3) + i * PAGE_BYTES);
			const struct fake_entry *other =
			    private_page(A, NARROW_ADDRESS(RING(3)) + i * PAGE_BYTES);
			assert_int_equal(one->physical, other->physical);
			assert_int_equal(one->prot, other->prot);
		}
		assert_null(private_page(B, NARROW_ADDRESS(RING(9))));
		audit();
		assert_int_equal(memory_unshare(&memory, A, RING(3), 20), OK);
		assert_null(private_page(A, NARROW_ADDRESS(RING(3))));
		audit();
		assert_int_equal(memory_unshare(&memory, B, RING(9), 20), OK);
		expect_same(&before);
	}
	/* Whoever dies first. */
	assert_int_equal(memory_share(&memory, A, RING(3), B, RING(9), 2), OK);
	remove_process(B);
	audit();
	assert_int_equal(memory_unshare(&memory, A, RING(3), 2), OK);
	audit();
	remove_process(A);
	audit();
}

static void
a_failed_share_with_a_narrow_process_changes_nothing(void **state)
{
	(void)state;
	struct memory_plan plan = plan_of_narrow();
	add(A, 120, &plan);
	plan = plan_of_program();
	add(B, 121, &plan);
	static struct snapshot before;
	snapshot_take(&before);
	unsigned failures = 0;
	for (uint32_t n = 1;; n++) {
		fake.fail_at = n;
		fake.fail_with = ERR_BUSY;
		err_t err = memory_share(&memory, A, RING(3), B, RING(9), 20);
		fake.fail_at = 0;
		if (err == OK)
			break;
		failures++;
		expect_same(&before);
		audit();
	}
	assert_true(failures >= 6);
	/* Beyond what narrow threads see, nothing is shared with them. */
	assert_int_equal(memory_unshare(&memory, A, RING(3), 20), OK);
	assert_int_equal(memory_unshare(&memory, B, RING(9), 20), OK);
	assert_int_equal(memory_share(&memory, A, RING(1024), B, RING(9), 1), ERR_TOO_MANY);
	expect_same(&before);
}

static void
what_a_narrow_process_cannot_have_is_refused(void **state)
{
	(void)state;
	struct memory_built built;
	static struct snapshot before;
	struct memory_plan plan = plan_of_program();
	add(B, 121, &plan);
	struct memory_plan narrow = plan_of_narrow();
	add(A, 120, &narrow);
	snapshot_take(&before);
	assert_int_equal(memory_update_process(&memory, A, B), ERR_REFUSED);
	assert_int_equal(memory_update_process(&memory, B, A), ERR_REFUSED);
	struct memory_plan bad[4];
	for (unsigned i = 0; i < 4; i++)
		bad[i] = plan_of_narrow();
	bad[0].state_bytes = PAGE_BYTES;
	bad[1].devices = 1;
	bad[2].stack_bytes = NARROW_STACK_TOP - NARROW_IMAGE_END + 1;
	bad[3].segment[1].address = NARROW_IMAGE_END - PAGE_BYTES;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(
		    memory_add_process(&memory, 30, 130, &bad[i], info, sizeof info, &built),
		    i < 3 ? ERR_ARGUMENT : ERR_BAD_IMAGE);
		expect_same(&before);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, machine_set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_half_of_a_share_is_written_by_one_side),
		TEST(the_client_pays_and_the_survivor_after_it),
		TEST(P7_the_death_of_either_side_leaves_the_other_its_rings),
		TEST(a_failed_share_changes_nothing),
		TEST(a_failed_share_takes_back_the_tables_that_it_was_given),
		TEST(a_share_counts_against_the_clients_quota_only),
		TEST(the_rings_that_init_built_can_be_unshared),
		TEST(a_second_state_shows_the_first_read_only),
		TEST(U6_a_second_state_that_is_dropped_leaves_nothing),
		TEST(U6_a_converted_state_takes_the_firsts_place),
		TEST(P7_either_process_may_end_while_a_state_is_shown),
		TEST(a_failed_second_state_changes_nothing),
		TEST(a_narrow_process_lies_below_4_gib),
		TEST(a_narrow_process_sees_its_rings_at_two_places),
		TEST(a_failed_share_with_a_narrow_process_changes_nothing),
		TEST(what_a_narrow_process_cannot_have_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
