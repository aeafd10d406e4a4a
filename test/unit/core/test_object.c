/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making objects from funds, and destroying them: all or nothing, in steps,
 * by anyone entitled; afterwards no slot names them (O1 to O3).
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "fake/mm_fake.h"
#include "ipc/endpoint.h"

static int
boot(void **state)
{
	(void)state;
	mm_fake_boot();
	return 0;
}

static void
refused(err_t expected, handle_t handle)
{
	mm_note();
	assert_int_equal(SVC(call_destroy, handle), expected);
	assert_true(mm_unchanged());
}

static void
place_gives_memory_and_slot_or_neither(void **state)
{
	(void)state;
	struct object_place place;
	handle_t payer_handle = make_space(0, 0, 0), table_handle = make_space(0, 0, 0);
	struct space *payer = space_named(payer_handle), *table = space_named(table_handle);

	/* A thread needs its space's root, a page for itself, a page of slots. */
	for (unsigned have = 0; have < 2; have++) {
		mm_note();
		assert_int_equal(
		    object_place(payer, table, OBJECT_THREAD, 1000, &place), ERR_NO_FUND);
		assert_true(mm_unchanged());
		assert_int_equal(place.lacking, 3 - have);
		assert_int_equal(SVC(call_fund, payer_handle, home_page(have), 1), OK);
	}
	assert_int_equal(object_place(payer, table, OBJECT_THREAD, 1000, &place), ERR_NO_FUND);
	assert_int_equal(place.lacking, 1);
	assert_int_equal(SVC(call_fund, table_handle, home_page(2), 1), OK);
	assert_int_equal(object_place(payer, table, OBJECT_THREAD, 1000, &place), OK);
	assert_non_null(payer->root);
	assert_int_equal(place.object->type, OBJECT_THREAD);
	assert_ptr_equal(place.object->payer, payer);
	fund_free(place.object);
	mm_check();
}

static void
place_counts_both_pages_when_payer_and_table_are_one(void **state)
{
	(void)state;
	struct object_place place;
	handle_t handle = make_space(0, 0, 0);
	struct space *space = space_named(handle);

	assert_int_equal(object_place(space, space, OBJECT_ENDPOINT, 100, &place), ERR_NO_FUND);
	assert_int_equal(place.lacking, 2);
	assert_int_equal(SVC(call_fund, handle, home_page(0), 1), OK);
	mm_note();
	assert_int_equal(object_place(space, space, OBJECT_ENDPOINT, 100, &place), ERR_NO_FUND);
	assert_true(mm_unchanged());
	assert_int_equal(place.lacking, 1);
}

static void
identities_are_never_reused(void **state)
{
	(void)state;
	uint64_t last = 0;

	for (unsigned i = 0; i < 100; i++) {
		handle_t ep = make_endpoint_in(init_space);
		uint64_t identity = object_named(ep)->identity;
		assert_true(identity > last);
		last = identity;
		assert_int_equal(SVC(call_destroy, ep), OK);
	}
}

static void
destroy_empties_every_slot_that_names_the_object(void **state)
{
	(void)state;
	handle_t other = make_space(0, 0, 8);
	handle_t ep = make_endpoint_in(init_space);
	uint16_t before = init_space->cap_count;

	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(
		    SVC(call_cap_copy, SELF, ep, i % 2 == 0 ? SELF : other, RIGHT_SEND, i / 10),
		    OK);
	assert_int_equal(SVC(call_destroy, ep), OK);
	assert_true(mm_fake.calls >= 100 / 16); /* in steps of 16, the caller's own slot last */
	assert_int_equal(init_space->cap_count, before - 1);
	assert_int_equal(space_named(other)->cap_count, 0);
	refused(ERR_HANDLE, ep);
	mm_check();
}

/* Wherever the caller's slot is on the object's list, it is the last to go. */
static void
destroy_works_through_any_copy(void **state)
{
	(void)state;
	handle_t copies[50];

	for (unsigned which = 0; which < 50; which += 7) {
		handle_t ep = make_endpoint_in(init_space);
		for (unsigned i = 0; i < 50; i++) {
			assert_int_equal(
			    SVC(call_cap_copy, SELF, ep, SELF, RIGHTS_ENDPOINT, 0), OK);
			copies[i] = (handle_t)svc_result[1];
		}
		assert_int_equal(SVC(call_destroy, copies[which]), OK);
		mm_check();
	}
}

static void
destroy_needs_the_own_right_of_the_type(void **state)
{
	(void)state;
	handle_t other = make_space(0, 0, 8);
	handle_t objects[] = { make_endpoint_in(init_space), make_thread_in(space_named(other)),
		other };
	static const uint32_t own[] = { RIGHT_EP_OWN, RIGHT_TH_OWN, RIGHT_SP_OWN };

	for (unsigned i = 0; i < 3; i++) {
		struct cap_slot *slot;
		assert_int_equal(cap_find(init_space, objects[i], &slot), OK);
		slot->rights &= ~own[i];
		refused(ERR_RIGHTS, objects[i]);
		slot->rights = own[i];
		assert_int_equal(SVC(call_destroy, objects[i]), OK);
		mm_check();
	}
}

static void
static_objects_are_not_destroyed(void **state)
{
	(void)state;
	struct cap_slot *slot;

	refused(ERR_STATE, INIT_FIRMWARE);
	refused(ERR_RIGHTS, INIT_IRQ);
	refused(ERR_RIGHTS, INIT_HOME);
	assert_int_equal(cap_find(init_space, INIT_HOME, &slot), OK);
	slot->rights |= RIGHT_SP_OWN;
	refused(ERR_STATE, INIT_HOME);
	refused(ERR_HANDLE, 0);
}

/* The last capability goes, the object stays: only destroy and its payer's death end it. */
static void
an_object_without_capabilities_lives_until_its_payer_dies(void **state)
{
	(void)state;
	handle_t payer = make_space(0, 0, 8);
	handle_t ep = make_endpoint_in(space_named(payer));

	assert_int_equal(SVC(call_cap_delete, SELF, ep), OK);
	assert_int_not_equal(space_named(payer)->fund.objects, 0);
	mm_check();
	assert_int_equal(SVC(call_destroy, payer), OK);
	mm_check();
}

static void
a_thread_may_destroy_itself(void **state)
{
	(void)state;
	handle_t space = make_space(0, 0, 8);
	handle_t thread = make_thread_in(space_named(space));
	assert_int_equal(SVC(call_cap_copy, SELF, thread, space, RIGHTS_THREAD, 0), OK);
	handle_t self = (handle_t)svc_result[1];
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(SVC(call_cap_copy, SELF, thread, SELF, RIGHT_CONTROL, 0), OK);

	svc_caller = thread_named(thread);
	assert_int_equal(SVC(call_destroy, self), CALL_BLOCKED);
	assert_int_equal(mm_fake.calls, 3);
	svc_caller = init_thread;
	assert_int_equal(space_named(space)->thread_count, 0);
	refused(ERR_HANDLE, thread);
	mm_check();
}

/*
 * Two destroy the same thing in turn, each holding a handle: it is gone once,
 * and whoever is second then finds nothing.
 */
static void
two_may_destroy_the_same_object(void **state)
{
	(void)state;
	handle_t victim = make_space(0, 0, 16);
	for (unsigned i = 0; i < 10; i++)
		(void)make_thread_in(space_named(victim));
	handle_t helper = make_space(0, 20, 8);
	handle_t thread = make_thread_in(space_named(helper));
	assert_int_equal(SVC(call_cap_copy, SELF, victim, helper, RIGHT_SP_OWN, 0), OK);
	uint64_t mine[8] = { victim }, theirs[8] = { svc_result[1] };
	struct thread *other = thread_named(thread);
	err_t a = CALL_RESTART, b = CALL_RESTART;

	while (a == CALL_RESTART || b == CALL_RESTART) {
		if (a == CALL_RESTART)
			a = call_destroy(init_thread, mine);
		mm_check();
		if (b == CALL_RESTART)
			b = call_destroy(other, theirs);
		mm_check();
	}
	assert_true((a == OK && b == ERR_HANDLE) || (a == ERR_HANDLE && b == OK));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup(name, boot)
	const struct CMUnitTest tests[] = {
		T(place_gives_memory_and_slot_or_neither),
		T(place_counts_both_pages_when_payer_and_table_are_one),
		T(identities_are_never_reused),
		T(destroy_empties_every_slot_that_names_the_object),
		T(destroy_works_through_any_copy),
		T(destroy_needs_the_own_right_of_the_type),
		T(static_objects_are_not_destroyed),
		T(an_object_without_capabilities_lives_until_its_payer_dies),
		T(a_thread_may_destroy_itself),
		T(two_may_destroy_the_same_object),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
