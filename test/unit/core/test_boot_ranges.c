/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of memory ranges: boot's account of every frame rests on them.
 */
/* SOURCES: src/core/boot_ranges.c */

#include "core/boot_ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define CAPACITY 8
#define PAGES 64u /* of the model: a bit per page */

struct fixture {
	struct boot_range range[CAPACITY];
	struct ranges list;
};

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .list = { NULL, 0, CAPACITY } };
	f.list.range = f.range;
	*state = &f;
	return 0;
}

static struct boot_range
pages(uint64_t first, uint64_t count)
{
	return (struct boot_range){ first * PAGE_BYTES, count * PAGE_BYTES };
}

static void
check_list(const struct ranges *list, const struct boot_range *want, uint32_t count)
{
	assert_int_equal(list->count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(list->range[i].base, want[i].base);
		assert_int_equal(list->range[i].bytes, want[i].bytes);
	}
}

static void
ranges_that_touch_become_one(void **state)
{
	struct fixture *f = *state;
	const struct boot_range want[] = { pages(1, 6) };

	assert_true(ranges_add(&f->list, pages(1, 2)));
	assert_true(ranges_add(&f->list, pages(5, 2)));
	assert_true(ranges_add(&f->list, pages(3, 2)));

	check_list(&f->list, want, 1);
}

static void
a_range_inside_another_adds_nothing(void **state)
{
	struct fixture *f = *state;
	const struct boot_range want[] = { pages(1, 9) };

	assert_true(ranges_add(&f->list, pages(1, 9)));
	assert_true(ranges_add(&f->list, pages(3, 2)));

	check_list(&f->list, want, 1);
}

static void
ranges_stay_in_ascending_order(void **state)
{
	struct fixture *f = *state;
	const struct boot_range want[] = { pages(1, 1), pages(10, 1), pages(20, 1) };

	assert_true(ranges_add(&f->list, pages(20, 1)));
	assert_true(ranges_add(&f->list, pages(1, 1)));
	assert_true(ranges_add(&f->list, pages(10, 1)));

	check_list(&f->list, want, 3);
}

static void
an_empty_range_changes_nothing(void **state)
{
	struct fixture *f = *state;

	assert_true(ranges_add(&f->list, pages(4, 0)));
	assert_int_equal(f->list.count, 0);

	assert_true(ranges_add(&f->list, pages(1, 9)));
	assert_true(ranges_remove(&f->list, pages(4, 0)));
	assert_int_equal(f->list.count, 1);
}

static void
removing_the_middle_leaves_two_pieces(void **state)
{
	struct fixture *f = *state;
	const struct boot_range want[] = { pages(0, 3), pages(5, 5) };

	assert_true(ranges_add(&f->list, pages(0, 10)));
	assert_true(ranges_remove(&f->list, pages(3, 2)));

	check_list(&f->list, want, 2);
}

static void
removing_reaches_across_ranges(void **state)
{
	struct fixture *f = *state;
	const struct boot_range want[] = { pages(0, 1), pages(12, 2) };

	assert_true(ranges_add(&f->list, pages(0, 2)));
	assert_true(ranges_add(&f->list, pages(4, 2)));
	assert_true(ranges_add(&f->list, pages(10, 4)));
	assert_true(ranges_remove(&f->list, pages(1, 11)));

	check_list(&f->list, want, 2);
}

static void
a_full_list_refuses_and_never_invents_memory(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < CAPACITY; i++)
		assert_true(ranges_add(&f->list, pages(4 * i, 3)));
	assert_false(ranges_add(&f->list, pages(100, 1)));
	assert_int_equal(f->list.count, CAPACITY);

	assert_false(ranges_remove(&f->list, pages(1, 1)));
	const struct boot_range removed = pages(1, 1);
	assert_false(ranges_overlap(&f->list, &removed));
}

static void
rounding_outwards_covers_and_inwards_stays_within(void **state)
{
	(void)state;
	struct boot_range around = range_pages_around(PAGE_BYTES + 1, PAGE_BYTES);
	struct boot_range within = range_pages_within(PAGE_BYTES + 1, 3 * PAGE_BYTES);

	assert_int_equal(around.base, PAGE_BYTES);
	assert_int_equal(around.bytes, 2 * PAGE_BYTES);
	assert_int_equal(within.base, 2 * PAGE_BYTES);
	assert_int_equal(within.bytes, 2 * PAGE_BYTES);
	assert_int_equal(range_pages_within(PAGE_BYTES + 1, PAGE_BYTES).bytes, 0);
	assert_int_equal(range_pages_around(PAGE_BYTES + 1, 0).bytes, 0);
}

static void
rounding_at_the_end_of_the_address_space_does_not_wrap(void **state)
{
	(void)state;
	struct boot_range around = range_pages_around(UINT64_MAX - 10, UINT64_MAX);
	struct boot_range within = range_pages_within(UINT64_MAX - 10, UINT64_MAX);

	assert_true(around.base <= around.base + around.bytes);
	assert_int_equal(within.bytes, 0);
	within = range_pages_within(2 * PAGE_BYTES, UINT64_MAX);
	assert_int_equal(within.bytes, 0 - 3 * PAGE_BYTES);
}

/* Many random steps against a bit map of pages. */
static void
any_sequence_agrees_with_a_bit_map(void **state)
{
	struct fixture *f = *state;
	uint64_t model = 0;
	unsigned int seed = 42;

	for (int step = 0; step < 100000; step++) {
		seed = seed * 1103515245u + 12345u;
		uint64_t first = seed >> 16 & 63;
		seed = seed * 1103515245u + 12345u;
		uint64_t count = (seed >> 16 & 7) + 1;
		bool add = (seed >> 24 & 1) != 0;
		if (first + count > PAGES || f->list.count > CAPACITY - 1)
			add = false;
		if (first + count > PAGES)
			count = PAGES - first;
		uint64_t mask = (count == 64 ? ~0ull : (1ull << count) - 1) << first;

		if (add) {
			assert_true(ranges_add(&f->list, pages(first, count)));
			model |= mask;
		} else if (ranges_remove(&f->list, pages(first, count))) {
			model &= ~mask;
		} else {
			setup(state); /* out of room: begin again */
			model = 0;
		}

		uint64_t have = 0, end = 0;
		for (uint32_t i = 0; i < f->list.count; i++) {
			const struct boot_range *r = &f->list.range[i];
			assert_true(r->bytes != 0);
			assert_true(i == 0 || r->base > end);
			end = r->base + r->bytes;
			for (uint64_t p = r->base / PAGE_BYTES; p < end / PAGE_BYTES; p++)
				have |= 1ull << p;
		}
		assert_int_equal(have, model);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ranges_that_touch_become_one, setup),
		cmocka_unit_test_setup(a_range_inside_another_adds_nothing, setup),
		cmocka_unit_test_setup(ranges_stay_in_ascending_order, setup),
		cmocka_unit_test_setup(an_empty_range_changes_nothing, setup),
		cmocka_unit_test_setup(removing_the_middle_leaves_two_pieces, setup),
		cmocka_unit_test_setup(removing_reaches_across_ranges, setup),
		cmocka_unit_test_setup(a_full_list_refuses_and_never_invents_memory, setup),
		cmocka_unit_test(rounding_outwards_covers_and_inwards_stays_within),
		cmocka_unit_test(rounding_at_the_end_of_the_address_space_does_not_wrap),
		cmocka_unit_test_setup(any_sequence_agrees_with_a_bit_map, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
