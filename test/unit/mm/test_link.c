/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Estates and links: one holder at a time, the same addresses and handles in
 * each (U4 rests on that), refused while somebody runs.
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "fake/mm_fake.h"

#define AT SLOT_ESTATE_BASE

static handle_t old, new, estate, old_thread, new_thread;

static int
boot(void **state)
{
	(void)state;
	mm_fake_boot();
	old = make_space(0, 0, 8);
	new = make_space(0, 8, 8);
	estate = make_space(SPACE_ESTATE | SLOT_ESTATE << 8, 16, 8);
	old_thread = make_thread_in(space_named(old));
	new_thread = make_thread_in(space_named(new));
	return 0;
}

static void
refused(err_t expected, uint64_t space, uint64_t slot, uint64_t which)
{
	mm_note();
	assert_int_equal(SVC(call_link, space, slot, which), expected);
	assert_true(mm_unchanged());
}

static bool
sees(handle_t space, uint64_t address)
{
	pte_t *e = pagetable_entry(space_named(space)->root, address);
	return e != NULL && pte_valid(*e);
}

static void
a_linked_estate_has_the_same_pages_and_handles_in_each_holder(void **state)
{
	(void)state;
	struct cap_slot *slot;

	assert_int_equal(SVC(call_map, estate, AT, home_page(40), 2, PROT_W), OK);
	assert_int_equal(SVC(call_cap_copy, SELF, INIT_FIRMWARE, estate, RIGHT_SEND, 0), OK);
	handle_t lasting = (handle_t)svc_result[1];
	assert_int_equal(lasting, HANDLE_ESTATE | 1u << HANDLE_GENERATION_SHIFT | 1);

	assert_int_equal(SVC(call_link, old, SLOT_ESTATE, estate), OK);
	mm_check();
	assert_true(sees(old, AT));
	assert_int_equal(cap_lookup(space_named(old), lasting, RIGHT_SEND, &slot), OK);
	assert_ptr_equal(slot->object, &fake_firmware);
	assert_int_equal(cap_lookup(space_named(new), lasting, RIGHT_SEND, &slot), ERR_HANDLE);

	/* The switch. */
	assert_int_equal(SVC(call_space_stop, old, 1), OK);
	assert_int_equal(SVC(call_link, new, SLOT_ESTATE, estate), OK);
	mm_check();
	assert_false(sees(old, AT));
	assert_true(sees(new, AT));
	assert_int_equal(cap_lookup(space_named(old), lasting, RIGHT_SEND, &slot), ERR_HANDLE);
	assert_int_equal(cap_lookup(space_named(new), lasting, RIGHT_SEND, &slot), OK);

	/* The second time is nothing; and 0 unlinks. */
	assert_int_equal(SVC(call_link, new, SLOT_ESTATE, estate), OK);
	assert_int_equal(SVC(call_space_stop, new, 1), OK);
	assert_int_equal(SVC(call_link, new, SLOT_ESTATE, HANDLE_NONE), OK);
	assert_false(sees(new, AT));
	assert_int_equal(SVC(call_link, new, SLOT_ESTATE, HANDLE_NONE), OK);
	mm_check();
}

static void
what_is_mapped_while_linked_is_seen_by_the_holder(void **state)
{
	(void)state;
	assert_int_equal(SVC(call_link, old, SLOT_ESTATE, estate), OK);

	/* A new window, in both roots; and gone from both with its last page. */
	uint64_t there = AT + 3 * WINDOW_BYTES;
	assert_int_equal(SVC(call_map, estate, there, home_page(40), 1, PROT_W), OK);
	assert_true(sees(old, there));
	mm_check();
	assert_int_equal(SVC(call_unmap, estate, there, 1), OK);
	assert_false(sees(old, there));
	assert_int_equal(space_named(old)->root[table_index(there, 0)], 0);
	mm_check();

	/* A page of the estate is named by the holder by where it has it. */
	assert_int_equal(SVC(call_map, estate, there, home_page(40), 1, PROT_W), OK);
	handle_t self;
	assert_int_equal(SVC(call_cap_copy, SELF, old, old, RIGHT_MAP, 0), OK);
	self = (handle_t)svc_result[1];
	svc_caller = thread_named(old_thread);
	assert_int_equal(SVC(call_map, self, IMAGE_BASE, there, 1, PROT_R), OK);
	assert_int_equal(home_frame(40)->count, 2);
	mm_check();
}

static void
an_estate_is_mapped_into_only_in_its_windows(void **state)
{
	(void)state;
	uint64_t end = SLOT_ESTATE_BASE + SLOT_ESTATE_WINDOWS * WINDOW_BYTES;

	assert_int_equal(SVC(call_map, estate, IMAGE_BASE, home_page(40), 1, 0), ERR_ARGUMENT);
	assert_int_equal(SVC(call_map, estate, AT - PAGE_BYTES, home_page(40), 1, 0), ERR_ARGUMENT);
	assert_int_equal(SVC(call_map, estate, end, home_page(40), 1, 0), ERR_ARGUMENT);
	assert_int_equal(
	    SVC(call_map, estate, end - PAGE_BYTES, home_page(40), 2, 0), ERR_ARGUMENT);
	assert_int_equal(SVC(call_map, estate, end - PAGE_BYTES, home_page(40), 1, 0), OK);
	assert_int_equal(SVC(call_map, estate, SLOT_STATE_BASE, home_page(40), 1, 0), ERR_ARGUMENT);
	handle_t segment = make_space(SPACE_ESTATE | SLOT_STATE << 8, 24, 4);
	assert_int_equal(SVC(call_map, segment, SLOT_STATE_BASE, home_page(40), 1, 0), OK);
	mm_check();
}

static void
link_refuses(void **state)
{
	(void)state;
	handle_t second = make_space(SPACE_ESTATE | SLOT_ESTATE << 8, 24, 2);
	handle_t segment = make_space(SPACE_ESTATE | SLOT_STATE << 8, 26, 2);

	refused(ERR_ARGUMENT, old, SLOT_COUNT, estate);
	refused(ERR_ARGUMENT, old, ~0ull, estate);
	refused(ERR_ARGUMENT, old, SLOT_ESTATE, segment);
	refused(ERR_ARGUMENT, old, SLOT_HOME, estate);
	refused(ERR_ARGUMENT, old, SLOT_ESTATE, INIT_HOME);
	refused(ERR_TYPE, old, SLOT_ESTATE, new);
	refused(ERR_TYPE, old, SLOT_ESTATE, old_thread);
	refused(ERR_TYPE, estate, SLOT_ESTATE, second);
	refused(ERR_RIGHTS, SELF, SLOT_ESTATE, estate);
	refused(ERR_HANDLE, old, SLOT_ESTATE, INIT_HANDLE(99));
	assert_int_equal(SVC(call_cap_copy, SELF, estate, SELF, RIGHTS_SPACE & ~RIGHT_LINK, 0), OK);
	refused(ERR_RIGHTS, old, SLOT_ESTATE, svc_result[1]);

	/* Another estate is there. */
	assert_int_equal(SVC(call_link, old, SLOT_ESTATE, second), OK);
	refused(ERR_BUSY, old, SLOT_ESTATE, estate);
	/* The other slot is free. */
	assert_int_equal(SVC(call_link, old, SLOT_STATE, segment), OK);
	mm_check();
}

static void
link_needs_a_root_in_the_holder(void **state)
{
	(void)state;
	handle_t empty = make_space(0, 0, 0);

	refused(ERR_NO_FUND, empty, SLOT_ESTATE, estate);
	assert_int_equal(svc_result[1], 1);
	assert_int_equal(SVC(call_fund, empty, home_page(30), 1), OK);
	assert_int_equal(SVC(call_link, empty, SLOT_ESTATE, estate), OK);
	mm_check();
}

/* Invariant of the update: exactly one version serves. */
static void
an_estate_is_not_taken_from_a_holder_that_runs(void **state)
{
	(void)state;
	assert_int_equal(SVC(call_link, old, SLOT_ESTATE, estate), OK);
	struct thread *t = thread_named(old_thread);

	/* A thread that never started is no obstacle; any other is, wherever on the list. */
	struct thread *second = thread_named(make_thread_in(space_named(old)));
	thread_set_state(second, THREAD_READY);
	refused(ERR_BUSY, new, SLOT_ESTATE, estate);
	thread_set_state(second, THREAD_INACTIVE);
	thread_set_state(t, THREAD_READY);
	refused(ERR_BUSY, new, SLOT_ESTATE, estate);
	refused(ERR_BUSY, old, SLOT_ESTATE, HANDLE_NONE);
	thread_set_state(t, THREAD_REPLY);
	refused(ERR_BUSY, new, SLOT_ESTATE, estate);
	assert_int_equal(SVC(call_space_stop, old, 1), OK);
	assert_int_equal(SVC(call_link, new, SLOT_ESTATE, estate), OK);
	/* And back, when the new one is stopped. */
	thread_set_state(thread_named(new_thread), THREAD_RUNNING);
	refused(ERR_BUSY, old, SLOT_ESTATE, estate);
	assert_int_equal(SVC(call_space_stop, new, 1), OK);
	assert_int_equal(SVC(call_link, old, SLOT_ESTATE, estate), OK);
	mm_check();
}

static void
many_threads_must_be_stopped_as_a_space(void **state)
{
	(void)state;
	assert_int_equal(SVC(call_fund, old, home_page(50), 16), OK);
	for (int i = 0; i < 20; i++)
		(void)make_thread_in(space_named(old));
	assert_int_equal(SVC(call_link, old, SLOT_ESTATE, estate), OK);
	refused(ERR_BUSY, new, SLOT_ESTATE, estate);
	assert_int_equal(SVC(call_space_stop, old, 1), OK);
	assert_int_equal(SVC(call_link, new, SLOT_ESTATE, estate), OK);
}

/* init hands home over by itself: it is the only thread of the old holder. */
static void
the_caller_may_give_its_own_estate_away(void **state)
{
	(void)state;
	assert_int_equal(SVC(call_link, new, SLOT_HOME, INIT_HOME), OK);
	assert_ptr_equal(home_space->holder, space_named(new));
	assert_int_equal(SVC(call_map, old, IMAGE_BASE, home_page(40), 1, 0), ERR_NOT_MAPPED);
	mm_check();
}

static void
an_estate_that_dies_is_unlinked(void **state)
{
	(void)state;
	assert_int_equal(SVC(call_map, estate, AT, home_page(40), 2, PROT_W), OK);
	assert_int_equal(SVC(call_link, old, SLOT_ESTATE, estate), OK);
	assert_int_equal(SVC(call_destroy, estate), OK);
	assert_null(space_named(old)->linked[SLOT_ESTATE]);
	assert_false(sees(old, AT));
	mm_check();
}

static void
a_holder_that_dies_leaves_the_estate(void **state)
{
	(void)state;
	assert_int_equal(SVC(call_map, estate, AT, home_page(40), 2, PROT_W), OK);
	handle_t segment = make_space(SPACE_ESTATE | SLOT_STATE << 8, 26, 4);
	assert_int_equal(SVC(call_map, segment, SLOT_STATE_BASE, home_page(44), 1, PROT_W), OK);
	assert_int_equal(SVC(call_link, old, SLOT_ESTATE, estate), OK);
	assert_int_equal(SVC(call_link, old, SLOT_STATE, segment), OK);
	assert_int_equal(SVC(call_destroy, old), OK);
	assert_null(space_named(segment)->holder);
	assert_null(space_named(estate)->holder);
	assert_int_equal(home_frame(40)->state, FRAME_USER);
	mm_check();
	assert_int_equal(SVC(call_link, new, SLOT_ESTATE, estate), OK);
	assert_true(sees(new, AT));
	mm_check();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    a_linked_estate_has_the_same_pages_and_handles_in_each_holder, boot),
		cmocka_unit_test_setup(what_is_mapped_while_linked_is_seen_by_the_holder, boot),
		cmocka_unit_test_setup(an_estate_is_mapped_into_only_in_its_windows, boot),
		cmocka_unit_test_setup(link_refuses, boot),
		cmocka_unit_test_setup(link_needs_a_root_in_the_holder, boot),
		cmocka_unit_test_setup(an_estate_is_not_taken_from_a_holder_that_runs, boot),
		cmocka_unit_test_setup(many_threads_must_be_stopped_as_a_space, boot),
		cmocka_unit_test_setup(the_caller_may_give_its_own_estate_away, boot),
		cmocka_unit_test_setup(an_estate_that_dies_is_unlinked, boot),
		cmocka_unit_test_setup(a_holder_that_dies_leaves_the_estate, boot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
