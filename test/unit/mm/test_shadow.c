/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of TLB maintenance. Each step of it that the kernel takes in a run
 * through everything that changes mappings is left out once; every time the
 * shadow TLB must notice.
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "fake/mm_fake.h"
#include "mm/shadow.h"
#include "mm/tlb.h"

#include <string.h>

#define AT (64 * WINDOW_BYTES)

static void
ok(err_t err)
{
	assert_int_equal(err, OK);
}

static void
everything_that_changes_mappings(void)
{
	handle_t a = make_space(0, 0, 8), b = make_space(0, 8, 8);
	handle_t estate = make_space(SPACE_ESTATE | SLOT_ESTATE << 8, 16, 8);
	handle_t segment = make_space(SPACE_ESTATE | SLOT_STATE << 8, 24, 8);

	/* A page; a table's end; a window's end; a page that stays in use elsewhere. */
	ok(SVC(call_map, a, AT, home_page(40), 3, PROT_W));
	ok(SVC(call_map, b, AT, home_page(40), 1, PROT_W));
	ok(SVC(call_unmap, a, AT + PAGE_BYTES, 1));
	ok(SVC(call_unmap, a, AT, 1));
	ok(SVC(call_map, a, AT + TABLE_BYTES - PAGE_BYTES, home_page(44), 2, PROT_W));
	ok(SVC(call_unmap, a, AT + TABLE_BYTES - PAGE_BYTES, 2));
	ok(SVC(call_map, a, AT + WINDOW_BYTES - PAGE_BYTES, home_page(44), 2, PROT_X));
	ok(SVC(call_protect, a, AT + WINDOW_BYTES - PAGE_BYTES, 2, PROT_R));
	ok(SVC(call_unmap, a, AT + WINDOW_BYTES - PAGE_BYTES, 2));
	ok(SVC(call_protect, b, AT, 1, PROT_R));

	/* An estate, linked, changed, relinked, unlinked. */
	ok(SVC(call_map, estate, SLOT_ESTATE_BASE, home_page(50), 2, PROT_W));
	ok(SVC(call_link, a, SLOT_ESTATE, estate));
	ok(SVC(call_map, estate, SLOT_ESTATE_BASE + WINDOW_BYTES, home_page(52), 1, PROT_W));
	ok(SVC(call_unmap, estate, SLOT_ESTATE_BASE + WINDOW_BYTES, 1));
	ok(SVC(call_protect, estate, SLOT_ESTATE_BASE, 1, PROT_R));
	ok(SVC(call_link, b, SLOT_ESTATE, estate));
	ok(SVC(call_link, b, SLOT_ESTATE, HANDLE_NONE));
	ok(SVC(call_link, a, SLOT_ESTATE, estate));
	ok(SVC(call_map, segment, SLOT_STATE_BASE, home_page(54), 1, PROT_W));
	ok(SVC(call_link, b, SLOT_STATE, segment));

	/* Home, and funds. */
	ok(SVC(call_fund, a, home_page(60), 3));
	ok(SVC(call_defund, a));

	/* Death: of a linked estate, of a holder, of what is left. */
	ok(SVC(call_destroy, segment));
	ok(SVC(call_destroy, a));
	ok(SVC(call_destroy, b));
	ok(SVC(call_destroy, estate));
	mm_check();
}

static void
leaving_any_step_out_is_noticed(void **state)
{
	(void)state;
	mm_fake_boot();
	int boot_flushes = mm_fake.flushes;
	everything_that_changes_mappings();
	int flushes = mm_fake.flushes;
	print_message("%d steps\n", flushes - boot_flushes);
	assert_true(flushes - boot_flushes > 60);

	for (volatile int n = boot_flushes; n < flushes; n++) {
		mm_fake_boot();
		mm_fake.drop_flush = n;
		if (MM_PANICS() == 0) {
			everything_that_changes_mappings();
			fail_msg("step %d of %d was left out, and nobody noticed", n, flushes);
		}
		mm_fake.end_armed = false;
		assert_int_equal(strncmp(mm_fake.panic, "shadow TLB", 10), 0);
	}
}

/* The account itself: steps in the wrong order do not count. */
static void
a_flush_before_walks_see_the_change_does_not_count(void **state)
{
	(void)state;
	mm_fake_boot();
	shadow_drop(3, 0x1000, PAGE_BYTES, 0x40000000);
	tlb_flush_page(3, 0x1000);
	tlb_flush_begin();
	tlb_flush_end();
	if (MM_PANICS() == 0) {
		shadow_check(0x40000000);
		fail();
	}
	tlb_flush_page(3, 0x1000);
	if (MM_PANICS() == 0) {
		shadow_check(0x40000000);
		fail();
	}
	mm_fake.end_armed = false;
	tlb_flush_end();
	shadow_check(0x40000000);
	shadow_check_empty();
}

static void
a_flush_of_another_page_or_space_does_not_count(void **state)
{
	(void)state;
	mm_fake_boot();
	shadow_drop(3, 0x200000, TABLE_BYTES, 0x40000000);
	tlb_flush_begin();
	tlb_flush_page(4, 0x200000);
	tlb_flush_page(3, 0x1ff000);
	tlb_flush_page(3, 0x400000);
	tlb_flush_space(4);
	tlb_flush_end();
	if (MM_PANICS() == 0) {
		shadow_check_empty();
		fail();
	}
	mm_fake.end_armed = false;
	tlb_flush_begin();
	tlb_flush_page(3, 0x3ff000); /* any page below a table's entry flushes that entry */
	tlb_flush_end();
	shadow_check_empty();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaving_any_step_out_is_noticed),
		cmocka_unit_test(a_flush_before_walks_see_the_change_does_not_count),
		cmocka_unit_test(a_flush_of_another_page_or_space_does_not_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
