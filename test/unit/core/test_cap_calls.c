/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls on capability tables: copying with rights and badges, deleting, revoking in
 * steps, listing (C2, C4).
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "cap_fixture.h"

static void
a_copy_has_at_most_the_rights_of_its_source(void **state)
{
	(void)state;
	handle_t weak = copy(ep, SELF, RIGHT_SEND | RIGHT_NOTIFY, 0);

	assert_int_equal(slot_of(weak)->rights, RIGHT_SEND | RIGHT_NOTIFY);
	refused(call_cap_copy, ERR_RIGHTS, SELF, weak, SELF, RIGHT_RECV, 0);
	refused(call_cap_copy, ERR_RIGHTS, SELF, weak, SELF, RIGHTS_ENDPOINT, 0);
	refused(call_cap_copy, ERR_RIGHTS, SELF, ep, SELF, RIGHT_MAP, 0);
	refused(call_cap_copy, ERR_RIGHTS, SELF, ep, SELF, 1ull << 40 | RIGHT_SEND, 0);
	mm_check();
}

static void
a_badge_is_given_once(void **state)
{
	(void)state;
	handle_t badged = copy(ep, SELF, RIGHTS_ENDPOINT, 77);

	assert_int_equal(slot_of(badged)->badge, 77);
	assert_int_equal(slot_of(ep)->badge, 0);
	assert_int_equal(slot_of(copy(badged, SELF, RIGHT_SEND, 0))->badge, 77);
	refused(call_cap_copy, ERR_BADGE, SELF, badged, SELF, RIGHT_SEND, 78);
	refused(call_cap_copy, ERR_BADGE, SELF, badged, SELF, RIGHT_SEND, 77);
	handle_t weak = copy(ep, SELF, RIGHT_SEND, 0);
	refused(call_cap_copy, ERR_RIGHTS, SELF, weak, SELF, RIGHT_SEND, 77);
	refused(call_cap_copy, ERR_BADGE, SELF, INIT_THREAD, SELF, RIGHT_CONTROL, 1);
	refused(call_cap_copy, ERR_BADGE, SELF, INIT_SPACE, SELF, RIGHT_MAP, 1);
}

static void
interrupt_lines_are_given_on_in_smaller_ranges(void **state)
{
	(void)state;
#define LINES(first, last) ((uint64_t)(first) | (uint64_t)(last) << 32)
	handle_t some = copy(INIT_IRQ, SELF, RIGHT_IRQ, LINES(30, 40));

	assert_int_equal(slot_of(some)->badge, LINES(30, 40));
	assert_int_equal(slot_of(copy(some, SELF, RIGHT_IRQ, 0))->badge, LINES(30, 40));
	assert_int_equal(slot_of(copy(some, SELF, RIGHT_IRQ, LINES(33, 33)))->badge, LINES(33, 33));
	refused(call_cap_copy, ERR_ARGUMENT, SELF, some, SELF, RIGHT_IRQ, LINES(29, 40));
	refused(call_cap_copy, ERR_ARGUMENT, SELF, some, SELF, RIGHT_IRQ, LINES(30, 41));
	refused(call_cap_copy, ERR_ARGUMENT, SELF, some, SELF, RIGHT_IRQ, LINES(35, 34));
	mm_check();
}

static void
copying_needs_the_right_to_both_tables(void **state)
{
	(void)state;
	uint32_t all_but_table = RIGHTS_SPACE & ~RIGHT_TABLE;
	handle_t weak = copy(other, SELF, all_but_table, 0);
	handle_t there = copy(ep, other, RIGHT_SEND, 0);

	refused(call_cap_copy, ERR_RIGHTS, SELF, ep, weak, RIGHT_SEND, 0);
	refused(call_cap_copy, ERR_RIGHTS, weak, there, SELF, RIGHT_SEND, 0);
	refused(call_cap_copy, ERR_HANDLE, SELF, 0, SELF, RIGHT_SEND, 0);
	refused(call_cap_copy, ERR_HANDLE, SELF, ep, 0x7777, RIGHT_SEND, 0);
	refused(call_cap_copy, ERR_TYPE, SELF, ep, INIT_THREAD, RIGHT_SEND, 0);
	/* From there back: the handle is one of that table. */
	assert_int_equal(SVC(call_cap_copy, other, there, SELF, RIGHT_SEND, 0), OK);
	refused(call_cap_delete, ERR_RIGHTS, weak, there, 0, 0, 0);
	refused(call_cap_query, ERR_RIGHTS, weak, there, 0, 0, 0);
	mm_check();
}

static void
revoke_empties_that_badge_in_every_table_and_no_other(void **state)
{
	(void)state;
	handle_t mine[60], theirs[60];

	for (unsigned i = 0; i < 60; i++) {
		mine[i] = copy(ep, SELF, RIGHT_SEND, 1 + i % 3);
		theirs[i] = copy(mine[i], other, RIGHT_SEND, 0);
	}
	assert_int_equal(SVC(call_cap_revoke, ep, 2), OK);
	assert_true(mm_fake.calls > 120 / 16);
	mm_check();
	for (unsigned i = 0; i < 60; i++) {
		struct cap_slot *slot;
		err_t expected = i % 3 == 1 ? ERR_HANDLE : OK;
		assert_int_equal(cap_find(init_space, mine[i], &slot), expected);
		assert_int_equal(cap_find(space_named(other), theirs[i], &slot), expected);
	}
	assert_int_equal(SVC(call_cap_revoke, ep, 99), OK);
}

static void
revoke_refuses(void **state)
{
	(void)state;
	refused(call_cap_revoke, ERR_ARGUMENT, ep, 0, 0, 0, 0);
	refused(call_cap_revoke, ERR_HANDLE, 0x7777, 1, 0, 0, 0);
	refused(call_cap_revoke, ERR_RIGHTS, copy(ep, SELF, RIGHT_SEND, 0), 1, 0, 0, 0);
	refused(call_cap_revoke, ERR_RIGHTS, INIT_IRQ, 1, 0, 0, 0);
}

/* An owner may revoke the badge that its own capability has: it goes last. */
static void
revoke_empties_the_callers_own_slot_last(void **state)
{
	(void)state;
	handle_t own = copy(ep, SELF, RIGHTS_ENDPOINT, 5);

	for (unsigned i = 0; i < 50; i++)
		(void)copy(ep, other, RIGHT_SEND, 5);
	(void)copy(ep, SELF, RIGHT_SEND, 5);
	uint32_t before = init_space->cap_count;
	assert_int_equal(SVC(call_cap_revoke, own, 5), OK);
	assert_int_equal(space_named(other)->cap_count, 0);
	assert_int_equal(init_space->cap_count, before - 2);
	mm_check();
}

/* Between two steps: slots of the list are deleted, copied, another revocation comes in. */
static void
a_revocation_under_way_bears_what_happens(void **state)
{
	(void)state;
	handle_t mine[64];
	uint64_t seed = 99;

	for (int round = 0; round < 200; round++) {
		for (unsigned i = 0; i < 64; i++)
			mine[i] = copy(ep, other, RIGHT_SEND, 1 + i % 2);
		uint64_t x[8] = { ep, 1 };
		err_t err;
		while ((err = call_cap_revoke(init_thread, x)) == CALL_RESTART) {
			uint64_t r = test_random(&seed);
			handle_t any = mine[r / 16 % 64];
			struct cap_slot *slot;
			bool there = cap_find(space_named(other), any, &slot) == OK;
			mm_check();
			switch (r % 4) {
			case 0:
				if (there)
					assert_int_equal(SVC(call_cap_delete, other, any), OK);
				break;
			case 1: /* a copy of what may be about to go */
				if (there)
					assert_int_equal(
					    SVC(call_cap_copy, other, any, other, RIGHT_SEND, 0),
					    OK);
				break;
			case 2: {
				uint64_t y[8] = { ep, 2 };
				if (r % 64 < 8)
					(void)call_cap_revoke(init_thread, y);
				break;
			}
			default:
				break;
			}
		}
		assert_int_equal(err, OK);
		/* Not one with badge 1 is left, copies included. */
		for (struct cap_slot *s = object_named(ep)->caps; s != NULL;
		     s = reference_get(s->next))
			assert_int_not_equal(s->badge, 1);
		assert_int_equal(SVC(call_cap_revoke, ep, 2), OK);
		mm_check();
	}
}

static void
query_lists_a_table(void **state)
{
	(void)state;
	handle_t badged = copy(ep, SELF, RIGHT_SEND, 7);
	unsigned found = 0;

	assert_int_equal(SVC(call_cap_query, SELF, badged, 0), OK);
	assert_int_equal(svc_result[1], CAP_ENDPOINT);
	assert_int_equal(svc_result[2], RIGHT_SEND);
	assert_int_equal(svc_result[3], 7);
	assert_int_equal(svc_result[4], badged);
	assert_int_equal(svc_result[5], object_named(ep)->identity);
	for (uint64_t i = 0; i < CAPS_PER_TABLE; i++) {
		assert_int_equal(SVC(call_cap_query, SELF, i, 1), OK);
		if (svc_result[1] == CAP_NONE)
			continue;
		found++;
		assert_int_equal(object_named((handle_t)svc_result[4])->identity, svc_result[5]);
	}
	assert_int_equal(found, init_space->cap_count);
	refused(call_cap_query, ERR_ARGUMENT, SELF, CAPS_PER_TABLE, 1, 0, 0);
	refused(call_cap_query, ERR_ARGUMENT, SELF, 1, 2, 0, 0);
	refused(call_cap_query, ERR_HANDLE, SELF, 0x7777, 0, 0, 0);
}

static void
an_estates_handles_are_as_its_holder_uses_them(void **state)
{
	(void)state;
	handle_t estate = make_space(SPACE_ESTATE | SLOT_ESTATE << 8, 30, 4);
	handle_t inside = copy(ep, estate, RIGHT_SEND, 0);
	struct cap_slot *slot;

	assert_true((inside & HANDLE_ESTATE) != 0);
	assert_int_equal(SVC(call_cap_query, estate, 1, 1), OK);
	assert_int_equal(svc_result[4], inside);
	/* Not linked, it is named through the estate; linked, as one's own too. */
	assert_int_equal(SVC(call_cap_copy, estate, inside, SELF, RIGHT_SEND, 0), OK);
	refused(call_cap_copy, ERR_HANDLE, SELF, inside, SELF, RIGHT_SEND, 0);
	assert_int_equal(SVC(call_link, INIT_SPACE, SLOT_ESTATE, estate), OK);
	assert_int_equal(cap_lookup(init_space, inside, RIGHT_SEND, &slot), OK);
	assert_int_equal(SVC(call_cap_copy, SELF, inside, SELF, RIGHT_SEND, 0), OK);
	/* To delete needs the right to the estate's table. */
	refused(call_cap_delete, ERR_HANDLE, SELF, inside, 0, 0, 0);
	refused(call_cap_delete, ERR_HANDLE, estate, inside & ~HANDLE_ESTATE, 0, 0, 0);
	assert_int_equal(SVC(call_cap_delete, estate, inside), OK);
	mm_check();
}

static void
a_dying_object_is_not_copied(void **state)
{
	(void)state;
	object_named(ep)->flags |= OBJECT_DYING;
	refused(call_cap_copy, ERR_DYING, SELF, ep, SELF, RIGHT_SEND, 0);
	refused(call_cap_revoke, ERR_DYING, ep, 1, 0, 0, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup(name, boot)
	const struct CMUnitTest tests[] = {
		T(a_copy_has_at_most_the_rights_of_its_source),
		T(a_badge_is_given_once),
		T(interrupt_lines_are_given_on_in_smaller_ranges),
		T(copying_needs_the_right_to_both_tables),
		T(revoke_empties_that_badge_in_every_table_and_no_other),
		T(revoke_refuses),
		T(revoke_empties_the_callers_own_slot_last),
		T(a_revocation_under_way_bears_what_happens),
		T(query_lists_a_table),
		T(an_estates_handles_are_as_its_holder_uses_them),
		T(a_dying_object_is_not_copied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
