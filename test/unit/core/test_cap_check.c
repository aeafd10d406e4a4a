/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants of capability tables: each, when it is broken, is noticed under its
 * number (C1 to C3; C4 cannot be seen from a state).
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "cap_fixture.h"

static struct cap_slot *slot, *second;

/* Two names of one endpoint, and a slot that was emptied. */
static void
arrange(void)
{
	mm_fake_boot();
	other = make_space(0, 0, 16);
	ep = make_endpoint_in(init_space);
	slot = slot_of(ep);
	second = slot_of(copy(ep, SELF, RIGHT_SEND, 0));
	assert_int_equal(SVC(call_cap_delete, SELF, copy(ep, SELF, RIGHT_SEND, 0)), OK);
	assert_int_not_equal(init_space->cap_free, 0);
	cap_check_object(slot->object);
	cap_check_table(init_space);
}

static void
successor_does_not_know(void)
{
	second->prev = 0;
}

static void
slot_is_on_no_list(void)
{
	slot->object->caps = NULL;
}

static void
object_is_another(void)
{
	second->object = &fake_irq;
}

static void
count_is_wrong(void)
{
	init_space->cap_count++;
}

static void
rights_are_of_another_type(void)
{
	second->rights |= RIGHT_MAP;
}

static void
empty_slot_has_rights(void)
{
	cap_slot_at(&init_space->caps, init_space->cap_free)->rights = RIGHT_SEND;
}

static void
generation_is_none(void)
{
	second->generation = 0;
}

static void
generation_is_too_high(void)
{
	second->generation = HANDLE_GENERATION_MASK + 1;
}

static void
emptied_slot_is_lost(void)
{
	init_space->cap_free = 0;
}

static void
free_list_is_torn(void)
{
	init_space->cap_free = init_space->cap_fresh;
}

static const struct {
	void (*breaks)(void);
	const char *number;
} broken[] = {
	{ successor_does_not_know, "C1:" },
	{ slot_is_on_no_list, "C1:" },
	{ object_is_another, "C1:" },
	{ count_is_wrong, "C1:" },
	{ rights_are_of_another_type, "C2:" },
	{ empty_slot_has_rights, "C2:" },
	{ generation_is_none, "C3:" },
	{ generation_is_too_high, "C3:" },
	{ emptied_slot_is_lost, "C3:" },
	{ free_list_is_torn, "C3:" },
};

static void
each_broken_invariant_is_noticed_under_its_number(void **state)
{
	static unsigned n; /* a panic comes back by longjmp */

	(void)state;
	for (n = 0; n < sizeof broken / sizeof broken[0]; n++) {
		arrange();
		broken[n].breaks();
		if (MM_PANICS() == 0) {
			cap_check_table(init_space);
			fail_msg("%u, %s nobody notices", n, broken[n].number);
		}
		mm_fake.end_armed = false;
		assert_memory_equal(mm_fake.panic, broken[n].number, 3);
	}
}

static void
a_list_is_followed_from_its_object(void **state)
{
	(void)state;
	arrange();
	second->object = &fake_irq;
	if (MM_PANICS() == 0) {
		cap_check_object(slot->object);
		fail_msg("a slot on another object's list");
	}
	mm_fake.end_armed = false;
	assert_memory_equal(mm_fake.panic, "C1:", 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_broken_invariant_is_noticed_under_its_number),
		cmocka_unit_test(a_list_is_followed_from_its_object),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
