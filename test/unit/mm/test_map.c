/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map, unmap and protect: what each does, each error, and that an error
 * changes nothing.
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "core/trace.h"
#include "fake/mm_fake.h"

#define AT (64 * WINDOW_BYTES)
#define BOTH (PROT_W | PROT_X)

static handle_t other; /* a space with 8 spare pages */

static int
boot(void **state)
{
	(void)state;
	mm_fake_boot();
	other = make_space(0, 0, 8);
	return 0;
}

static pte_t
entry_in(const struct space *space, uint64_t address)
{
	pte_t *e = pagetable_entry(space->root, address);
	return e == NULL ? 0 : *e;
}

static void
refused(
    call_handler *call, err_t expected, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	mm_note();
	assert_int_equal(SVC(call, a, b, c, d, e), expected);
	assert_true(mm_unchanged());
}

static void
the_trace_is_mapped_onward_read_only_and_is_never_kernel_memory(void **state)
{
	(void)state;
	const uint64_t trace = HOME_BASE + physmap_physical(trace_ring);

	refused(call_map, ERR_RIGHTS, other, AT, trace, 5, PROT_W);
	refused(call_map, ERR_RIGHTS, other, AT, trace, 5, PROT_X);
	refused(call_fund, ERR_NOT_HOME, other, trace, 1, 0, 0);
	assert_int_equal(SVC(call_map, other, AT, trace, 5, PROT_R), OK);
	mm_check();
	refused(call_protect, ERR_RIGHTS, other, AT, 5, PROT_W, 0);
	assert_int_equal(SVC(call_unmap, other, AT, 5, 0, 0), OK);
	mm_check();
	assert_int_equal(frame_of(trace_ring)->state, FRAME_RESERVED);
}

static void
map_gives_the_frames_and_counts_them(void **state)
{
	(void)state;
	struct space *space = space_named(other);

	assert_int_equal(SVC(call_map, other, AT, home_page(20), 3, PROT_W), OK);
	mm_check();
	for (unsigned i = 0; i < 3; i++) {
		pte_t e = entry_in(space, AT + i * PAGE_BYTES);
		assert_true(pte_valid(e));
		assert_int_equal(pte_physical(e), home_page(20 + i) - HOME_BASE);
		assert_int_equal(pte_prot(e), PROT_W);
		assert_int_equal(home_frame(20 + i)->state, FRAME_USER);
		assert_int_equal(home_frame(20 + i)->count, 1);
	}
	assert_false(pte_valid(entry_in(space, AT + 3 * PAGE_BYTES)));
	assert_int_equal(space->mapped, 3);
	/* root and two tables */
	assert_int_equal(space->fund.spare_count, 8 - 3);

	/* The same frame twice. */
	assert_int_equal(SVC(call_map, other, AT + 16 * PAGE_BYTES, home_page(20), 1, PROT_X), OK);
	assert_int_equal(home_frame(20)->count, 2);
	mm_check();

	/* Going home: with the last mapping. */
	assert_int_equal(SVC(call_unmap, other, AT, 3), OK);
	assert_int_equal(home_frame(20)->state, FRAME_USER);
	assert_int_equal(home_frame(21)->state, FRAME_HOME);
	assert_int_equal(SVC(call_unmap, other, AT + 16 * PAGE_BYTES, 1), OK);
	assert_int_equal(home_frame(20)->state, FRAME_HOME);
	/* Empty tables are spare again; the root stays. */
	assert_int_equal(space->fund.spare_count, 8 - 1);
	mm_check();
}

static void
map_across_tables_and_windows(void **state)
{
	(void)state;
	struct space *space = space_named(other);

	/* A window ends in the middle of the range: two tables of each level. */
	uint64_t at = AT + WINDOW_BYTES - 5 * PAGE_BYTES;
	assert_int_equal(SVC(call_map, other, at, home_page(20), 16, PROT_W), OK);
	assert_int_equal(space->fund.spare_count, 8 - 5);
	mm_check();
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(pte_physical(entry_in(space, at + i * PAGE_BYTES)),
		    home_page(20 + i) - HOME_BASE);
	assert_int_equal(SVC(call_protect, other, at, 16, PROT_R), OK);
	mm_check();
	assert_int_equal(SVC(call_unmap, other, at, 16), OK);
	assert_int_equal(space->fund.spare_count, 8 - 1);
	assert_int_equal(space->mapped, 0);
	mm_check();
}

static void
map_says_how_many_pages_are_lacking(void **state)
{
	(void)state;
	handle_t poor = make_space(0, 10, 1);
	uint64_t at = AT + WINDOW_BYTES - 5 * PAGE_BYTES;
	struct {
		uint64_t at;
		unsigned pages, needed;
	} const cases[] = {
		{ AT, 1, 3 },                            /* root, two tables */
		{ AT + TABLE_BYTES - PAGE_BYTES, 2, 4 }, /* two last tables */
		{ at, 5, 3 }, { at, 6, 5 },              /* two of each */
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		refused(call_map, ERR_NO_FUND, poor, cases[i].at, home_page(20), cases[i].pages,
		    PROT_R);
		assert_int_equal(svc_result[1], cases[i].needed - 1);
	}
	/* One page a try less, until it does; then none is left. */
	for (unsigned lacking = 4; lacking > 0; lacking--) {
		refused(call_map, ERR_NO_FUND, poor, at, home_page(20), 6, PROT_R);
		assert_int_equal(svc_result[1], lacking);
		assert_int_equal(SVC(call_fund, poor, home_page(60 + lacking), 1), OK);
	}
	assert_int_equal(SVC(call_map, poor, at, home_page(20), 6, PROT_R), OK);
	assert_int_equal(space_named(poor)->fund.spare_count, 0);
	/* In tables that are there, nothing is needed. */
	assert_int_equal(SVC(call_map, poor, at - PAGE_BYTES, home_page(30), 1, PROT_R), OK);
	mm_check();
}

static void
map_refuses_bad_arguments(void **state)
{
	(void)state;
	uint64_t page = home_page(20);

	refused(call_map, ERR_ARGUMENT, other, AT, page, 0, PROT_R);
	refused(call_map, ERR_ARGUMENT, other, AT, page, 17, PROT_R);
	refused(call_map, ERR_ARGUMENT, other, AT, page, 1ull << 60, PROT_R);
	refused(call_map, ERR_ARGUMENT, other, AT, page, 1, 4);
	refused(call_map, ERR_RIGHTS, other, AT, page, 1, BOTH);
	refused(call_map, ERR_ALIGNMENT, other, AT + 8, page, 1, PROT_R);
	refused(call_map, ERR_ALIGNMENT, other, AT, page + 8, 1, PROT_R);
	refused(call_map, ERR_ARGUMENT, other, PRIVATE_END, page, 1, PROT_R);
	refused(call_map, ERR_ARGUMENT, other, PRIVATE_END - PAGE_BYTES, page, 2, PROT_R);
	refused(call_map, ERR_ARGUMENT, other, ~0ull & ~(PAGE_BYTES - 1), page, 2, PROT_R);
	refused(call_map, ERR_ARGUMENT, other, AT, USER_END, 1, PROT_R);
	refused(call_map, ERR_ARGUMENT, other, AT, USER_END - PAGE_BYTES, 2, PROT_R);
	refused(call_map, ERR_HANDLE, INIT_HANDLE(99), AT, page, 1, PROT_R);
	refused(call_map, ERR_TYPE, INIT_THREAD, AT, page, 1, PROT_R);
	refused(call_map, ERR_RIGHTS, SELF, AT, page, 1, PROT_R);
	refused(call_map, ERR_RIGHTS, INIT_HOME, HOME_BASE, page, 1, PROT_R);
}

static void
map_refuses_pages_that_are_not_there(void **state)
{
	(void)state;

	refused(call_map, ERR_NOT_MAPPED, other, AT, AT, 1, PROT_R);
	/* Page 7 of home is in the fund of `other`, page 8 is not. */
	refused(call_map, ERR_NOT_MAPPED, other, AT, home_page(7), 2, PROT_R);
	assert_int_equal(SVC(call_map, INIT_SPACE, AT, home_page(20), 3, PROT_R), OK);
	refused(call_map, ERR_NOT_MAPPED, other, AT, AT + PAGE_BYTES, 3, PROT_R);
	/* The kernel's own memory. */
	refused(call_map, ERR_NOT_MAPPED, other, AT, HOME_BASE + FAKE_RAM_BASE, 1, PROT_R);
}

static void
map_refuses_a_taken_address_anywhere_in_the_range(void **state)
{
	(void)state;

	assert_int_equal(SVC(call_map, other, AT + 15 * PAGE_BYTES, home_page(20), 1, PROT_R), OK);
	for (unsigned pages = 1; pages <= 16; pages++)
		refused(call_map, ERR_MAPPED, other, AT + (16 - pages) * PAGE_BYTES, home_page(30),
		    pages, PROT_R);
	assert_int_equal(SVC(call_map, other, AT, home_page(30), 15, PROT_R), OK);
	mm_check();
}

/* From home any of R, RW, RX; from elsewhere never more than is there. */
static void
mapping_onward_never_adds_rights(void **state)
{
	(void)state;
	static const uint64_t prots[] = { PROT_R, PROT_W, PROT_X };

	for (unsigned have = 0; have < 3; have++) {
		uint64_t own = AT + have * 16 * PAGE_BYTES;
		assert_int_equal(SVC(call_map, INIT_SPACE, own, home_page(20), 1, prots[have]), OK);
		for (unsigned want = 0; want < 3; want++) {
			uint64_t there = AT + (have * 3 + want) * PAGE_BYTES;
			bool may = want == 0 || want == have;
			if (!may) {
				refused(call_map, ERR_RIGHTS, other, there, own, 1, prots[want]);
				continue;
			}
			assert_int_equal(SVC(call_map, other, there, own, 1, prots[want]), OK);
			/* And protect gives no more than it came with. */
			for (unsigned later = 0; later < 3; later++) {
				if (later == 0 || later == want)
					assert_int_equal(
					    SVC(call_protect, other, there, 1, prots[later]), OK);
				else
					refused(call_protect, ERR_RIGHTS, other, there, 1,
					    prots[later], 0);
			}
		}
	}
	mm_check();

	/* A page that was protected down gives what it has now, not what it had. */
	assert_int_equal(SVC(call_protect, INIT_SPACE, AT + 16 * PAGE_BYTES, 1, PROT_R), OK);
	refused(call_map, ERR_RIGHTS, other, AT + 99 * PAGE_BYTES, AT + 16 * PAGE_BYTES, 1, PROT_W);
	assert_int_equal(SVC(call_protect, INIT_SPACE, AT + 16 * PAGE_BYTES, 1, PROT_W), OK);
}

static void
code_is_made_visible_when_it_becomes_executable(void **state)
{
	(void)state;
	mm_fake.code_syncs = 0;

	assert_int_equal(SVC(call_map, other, AT, home_page(20), 2, PROT_X), OK);
	assert_int_equal(mm_fake.code_syncs, 2);
	assert_int_equal(SVC(call_protect, other, AT, 2, PROT_R), OK);
	assert_int_equal(SVC(call_map, other, AT + 2 * PAGE_BYTES, home_page(22), 2, PROT_W), OK);
	assert_int_equal(mm_fake.code_syncs, 2);
	assert_int_equal(SVC(call_protect, other, AT, 2, PROT_X), OK);
	assert_int_equal(mm_fake.code_syncs, 4);
}

static void
device_registers_stay_device_registers(void **state)
{
	(void)state;

	refused(call_map, ERR_RIGHTS, other, AT, HOME_BASE + FAKE_DEVICE, 1, PROT_X);
	assert_int_equal(SVC(call_map, other, AT, HOME_BASE + FAKE_DEVICE, 2, PROT_W), OK);
	assert_true(pte_is_device(entry_in(space_named(other), AT)));
	mm_check();
	refused(call_fund, ERR_NOT_HOME, other, HOME_BASE + FAKE_DEVICE, 1, 0, 0);
	assert_int_equal(SVC(call_protect, other, AT, 1, PROT_R), OK);
	assert_true(pte_is_device(entry_in(space_named(other), AT)));
	assert_int_equal(SVC(call_unmap, other, AT, 2), OK);
	mm_check();
}

static void
unmap_and_protect_refuse_what_is_not_mapped(void **state)
{
	(void)state;

	refused(call_unmap, ERR_NOT_MAPPED, other, AT, 1, 0, 0);
	assert_int_equal(SVC(call_map, other, AT, home_page(20), 2, PROT_W), OK);
	refused(call_unmap, ERR_NOT_MAPPED, other, AT, 3, 0, 0);
	refused(call_unmap, ERR_NOT_MAPPED, other, AT - PAGE_BYTES, 2, 0, 0);
	refused(call_protect, ERR_NOT_MAPPED, other, AT, 3, PROT_R, 0);
	refused(call_unmap, ERR_ARGUMENT, other, AT, 0, 0, 0);
	refused(call_unmap, ERR_ARGUMENT, other, AT, 17, 0, 0);
	refused(call_unmap, ERR_ALIGNMENT, other, AT + 1, 1, 0, 0);
	refused(call_unmap, ERR_ARGUMENT, other, PRIVATE_END, 1, 0, 0);
	refused(call_protect, ERR_ARGUMENT, other, AT, 1, 4, 0);
	refused(call_protect, ERR_RIGHTS, other, AT, 1, BOTH, 0);
	refused(call_protect, ERR_ALIGNMENT, other, AT + 1, 1, 0, 0);
	refused(call_unmap, ERR_RIGHTS, SELF, AT, 1, 0, 0);
	refused(call_protect, ERR_RIGHTS, SELF, AT, 1, 0, 0);
	refused(call_unmap, ERR_RIGHTS, INIT_HOME, home_page(20), 1, 0, 0);
	refused(call_protect, ERR_RIGHTS, INIT_HOME, home_page(20), 1, 0, 0);
}

/* Nobody has RIGHT_MAP on home; if somebody had, it would not help. */
static void
home_is_not_mapped_into(void **state)
{
	(void)state;
	struct cap_slot *slot;

	assert_int_equal(cap_find(init_space, INIT_HOME, &slot), OK);
	slot->rights |= RIGHT_MAP;
	refused(call_unmap, ERR_ARGUMENT, INIT_HOME, home_page(20), 1, 0, 0);
	refused(call_protect, ERR_ARGUMENT, INIT_HOME, home_page(20), 1, 0, 0);
	refused(call_map, ERR_ARGUMENT, INIT_HOME, HOME_BASE, home_page(20), 1, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    the_trace_is_mapped_onward_read_only_and_is_never_kernel_memory, boot),
		cmocka_unit_test_setup(map_gives_the_frames_and_counts_them, boot),
		cmocka_unit_test_setup(map_across_tables_and_windows, boot),
		cmocka_unit_test_setup(map_says_how_many_pages_are_lacking, boot),
		cmocka_unit_test_setup(map_refuses_bad_arguments, boot),
		cmocka_unit_test_setup(map_refuses_pages_that_are_not_there, boot),
		cmocka_unit_test_setup(map_refuses_a_taken_address_anywhere_in_the_range, boot),
		cmocka_unit_test_setup(mapping_onward_never_adds_rights, boot),
		cmocka_unit_test_setup(code_is_made_visible_when_it_becomes_executable, boot),
		cmocka_unit_test_setup(device_registers_stay_device_registers, boot),
		cmocka_unit_test_setup(unmap_and_protect_refuse_what_is_not_mapped, boot),
		cmocka_unit_test_setup(home_is_not_mapped_into, boot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
