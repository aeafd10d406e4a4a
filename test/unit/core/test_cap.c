/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability tables: looking up, and giving slots out (C1, C3).
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "cap_fixture.h"

static void
lookup_tells_errors_in_order(void **state)
{
	(void)state;
	struct cap_slot *slot = NULL;
	handle_t weak = copy(ep, SELF, RIGHT_SEND, 0);

	assert_int_equal(cap_lookup(init_space, weak, RIGHT_SEND, &slot), OK);
	assert_ptr_equal(slot, slot_of(weak));
	assert_int_equal(cap_lookup(init_space, weak, RIGHT_RECV, &slot), ERR_RIGHTS);
	assert_int_equal(cap_lookup(init_space, weak, RIGHT_MAP, &slot), ERR_TYPE);
	assert_int_equal(cap_lookup(init_space, 0, RIGHT_SEND, &slot), ERR_HANDLE);
	/* Another generation, another index, a page that is not there, the other table. */
	assert_int_equal(
	    cap_lookup(init_space, weak + (1u << HANDLE_GENERATION_SHIFT), RIGHT_SEND, &slot),
	    ERR_HANDLE);
	assert_int_equal(cap_lookup(init_space, weak + 1, RIGHT_SEND, &slot), ERR_HANDLE);
	assert_int_equal(cap_lookup(init_space, weak | 0xf80, RIGHT_SEND, &slot), ERR_HANDLE);
	assert_int_equal(
	    cap_lookup(init_space, weak | HANDLE_ESTATE, RIGHT_SEND, &slot), ERR_HANDLE);
	/* Dying comes last. */
	slot_of(ep)->object->flags |= OBJECT_DYING;
	assert_int_equal(cap_lookup(init_space, weak, RIGHT_MAP, &slot), ERR_TYPE);
	assert_int_equal(cap_lookup(init_space, weak, RIGHT_RECV, &slot), ERR_RIGHTS);
	assert_int_equal(cap_lookup(init_space, weak, RIGHT_SEND, &slot), ERR_DYING);
	/* The fast test agrees on what is alive. */
	assert_true(cap_allows(cap_slot_at(&init_space->caps, weak), weak, RIGHT_SEND));
	assert_false(cap_allows(cap_slot_at(&init_space->caps, weak), weak, RIGHT_RECV));
}

static void
self_is_the_callers_space_with_two_rights(void **state)
{
	(void)state;
	struct space *space;

	for (uint32_t right = RIGHT_MAP; right <= RIGHT_SP_OWN; right <<= 1) {
		bool given = right == RIGHT_CREATE || right == RIGHT_TABLE;
		assert_int_equal(
		    cap_lookup_space(init_space, SELF, right, &space), given ? OK : ERR_RIGHTS);
	}
	assert_ptr_equal(space, init_space);
	init_space->object.flags |= OBJECT_DYING;
	assert_int_equal(cap_lookup_space(init_space, SELF, RIGHT_CREATE, &space), ERR_DYING);
}

static void
a_table_fills_up_and_takes_pages_from_its_own_fund(void **state)
{
	(void)state;
	handle_t small = make_space(0, 20, 0);

	refused(call_cap_copy, ERR_NO_FUND, SELF, ep, small, RIGHT_SEND, 0);
	assert_int_equal(svc_result[1], 1);
	assert_int_equal(SVC(call_fund, small, home_page(20), 1), OK);
	for (unsigned i = 1; i < CAP_SLOTS_PER_PAGE; i++)
		(void)copy(ep, small, RIGHT_SEND, 0);
	refused(call_cap_copy, ERR_NO_FUND, SELF, ep, small, RIGHT_SEND, 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(SVC(call_fund, small, home_page(30 + 16 * i), 16), OK);
	for (unsigned i = CAP_SLOTS_PER_PAGE; i < CAPS_PER_TABLE; i++)
		(void)copy(ep, small, RIGHT_SEND, 0);
	mm_check();
	refused(call_cap_copy, ERR_NO_SLOT, SELF, ep, small, RIGHT_SEND, 0);
	assert_int_equal(space_named(small)->cap_count, CAPS_PER_TABLE - 1);
	assert_int_equal(space_named(small)->fund.pages, 33);
	assert_int_equal(space_named(small)->fund.spare_count, 1);
	/* One goes, one comes. */
	handle_t last = (1u << HANDLE_GENERATION_SHIFT) | (CAPS_PER_TABLE - 1);
	assert_int_equal(SVC(call_cap_delete, small, last), OK);
	assert_int_equal(copy(ep, small, RIGHT_SEND, 0), last + (1u << HANDLE_GENERATION_SHIFT));
}

static void
a_stale_handle_never_names_another_object(void **state)
{
	(void)state;
	handle_t first = copy(ep, SELF, RIGHT_SEND, 0), handle = first;

	for (unsigned round = 0; round < 1000; round++) {
		assert_int_equal(SVC(call_cap_delete, SELF, handle), OK);
		refused(call_cap_delete, ERR_HANDLE, SELF, handle, 0, 0, 0);
		handle = copy(INIT_THREAD, SELF, RIGHT_CONTROL, 0);
		assert_int_equal(handle & HANDLE_INDEX_MASK, first & HANDLE_INDEX_MASK);
		struct cap_slot *slot;
		assert_int_equal(cap_find(init_space, first, &slot), ERR_HANDLE);
	}
	mm_check();
}

static void
a_slot_whose_generation_would_wrap_is_retired(void **state)
{
	(void)state;
	handle_t handle = copy(ep, SELF, RIGHT_SEND, 0);
	struct cap_slot *slot = slot_of(handle);

	slot->generation = HANDLE_GENERATION_MASK;
	handle |= HANDLE_GENERATION_MASK << HANDLE_GENERATION_SHIFT;
	assert_int_equal(SVC(call_cap_delete, SELF, handle), OK);
	handle_t next = copy(ep, SELF, RIGHT_SEND, 0);
	assert_int_not_equal(next & HANDLE_INDEX_MASK, handle & HANDLE_INDEX_MASK);
	mm_check();
	/* No handle of any generation names it. */
	for (uint32_t g = 0; g <= HANDLE_GENERATION_MASK; g += 4369)
		refused(call_cap_delete, ERR_HANDLE, SELF,
		    (handle & HANDLE_INDEX_MASK) | g << HANDLE_GENERATION_SHIFT, 0, 0, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup(name, boot)
	const struct CMUnitTest tests[] = {
		T(lookup_tells_errors_in_order),
		T(self_is_the_callers_space_with_two_rights),
		T(a_table_fills_up_and_takes_pages_from_its_own_fund),
		T(a_stale_handle_never_names_another_object),
		T(a_slot_whose_generation_would_wrap_is_retired),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
