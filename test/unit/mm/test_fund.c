/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Funds: pages from home and back, granules against a model, errors.
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "fake/mm_fake.h"

#include <stdlib.h>
#include <string.h>

#define OBJECTS 300

static handle_t handle;
static struct space *space;

static int
boot(void **state)
{
	(void)state;
	mm_fake_boot();
	handle = make_space(0, 0, 0);
	space = space_named(handle);
	return 0;
}

static void
refused(call_handler *call, err_t expected, uint64_t a, uint64_t b, uint64_t c)
{
	mm_note();
	assert_int_equal(SVC(call, a, b, c), expected);
	assert_true(mm_unchanged());
}

static void
a_funded_page_leaves_home_and_is_zeroed(void **state)
{
	(void)state;
	memset(physmap(home_page(3) - HOME_BASE), 0x77, PAGE_BYTES);

	assert_int_equal(SVC(call_fund, handle, home_page(3), 2), OK);

	assert_int_equal(home_frame(3)->state, FRAME_KERNEL);
	assert_false(pte_valid(*pagetable_entry(home_space->root, home_page(3))));
	const char *page = physmap(home_page(3) - HOME_BASE);
	for (unsigned i = 0; i < PAGE_BYTES; i++)
		assert_int_equal(page[i], 0);
	assert_int_equal(space->fund.pages, 2);
	assert_int_equal(space->fund.spare_count, 2);
	mm_check();
}

static void
fund_and_defund_leave_the_frame_table_as_it_was(void **state)
{
	(void)state;
	size_t bytes;
	const void *table = frame_table_bytes(&bytes);
	void *before = malloc(bytes);
	memcpy(before, table, bytes);

	assert_int_equal(SVC(call_fund, handle, home_page(0), 16), OK);
	assert_memory_not_equal(before, table, bytes);
	uint64_t seen = 0;
	for (unsigned i = 0; i < 16; i++) {
		assert_int_equal(SVC(call_defund, handle), OK);
		seen |= 1ull << (svc_result[1] - home_page(0)) / PAGE_BYTES;
		assert_true(pte_valid(*pagetable_entry(home_space->root, svc_result[1])));
		mm_check();
	}
	assert_int_equal(seen, 0xffff);
	assert_memory_equal(before, table, bytes);
	free(before);
	refused(call_defund, ERR_NO_FUND, handle, 0, 0);
}

static void
fund_refuses(void **state)
{
	(void)state;

	refused(call_fund, ERR_ARGUMENT, handle, home_page(0), 0);
	refused(call_fund, ERR_ARGUMENT, handle, home_page(0), 17);
	refused(call_fund, ERR_ALIGNMENT, handle, home_page(0) + 16, 1);
	refused(call_fund, ERR_NOT_HOME, handle, IMAGE_BASE, 1);
	refused(call_fund, ERR_NOT_HOME, handle, HOME_BASE, 1);
	refused(call_fund, ERR_NOT_HOME, handle, ~0ull << PAGE_SHIFT, 1);
	/* The kernel's own. */
	refused(call_fund, ERR_NOT_HOME, handle, HOME_BASE + FAKE_RAM_BASE, 1);
	/* The hole in RAM, also as the end of a range. */
	uint64_t hole = HOME_BASE + FAKE_RAM_BASE + FAKE_HOLE_FIRST * PAGE_BYTES;
	refused(call_fund, ERR_NOT_HOME, handle, hole, 1);
	refused(call_fund, ERR_NOT_HOME, handle, hole - PAGE_BYTES, 2);
	/* Mapped somewhere. */
	handle_t other = make_space(0, 20, 4);
	assert_int_equal(SVC(call_map, other, IMAGE_BASE, home_page(5), 1, PROT_R), OK);
	refused(call_fund, ERR_BUSY, handle, home_page(5), 1);
	refused(call_fund, ERR_BUSY, handle, home_page(4), 2);
	/* In a fund already. */
	refused(call_fund, ERR_NOT_HOME, handle, home_page(20), 1);
	/* Rights. */
	refused(call_fund, ERR_RIGHTS, SELF, home_page(0), 1);
	refused(call_defund, ERR_RIGHTS, SELF, 0, 0);
	refused(call_fund, ERR_TYPE, INIT_THREAD, home_page(0), 1);
	refused(call_fund, ERR_HANDLE, 0x7777, home_page(0), 1);
}

static void
only_the_holder_of_home_funds(void **state)
{
	(void)state;
	handle_t other = make_space(0, 20, 4);
	handle_t thread = make_thread_in(space_named(other));
	assert_int_equal(
	    SVC(call_cap_copy, SELF, handle, other, RIGHT_FUND | RIGHT_SP_QUERY, 0), OK);
	handle_t there = (handle_t)svc_result[1];

	svc_caller = thread_named(thread);
	refused(call_fund, ERR_NOT_HOME, there, home_page(0), 1);
	svc_caller = init_thread;
	assert_int_equal(SVC(call_link, other, SLOT_HOME, INIT_HOME), OK);
	refused(call_fund, ERR_NOT_HOME, handle, home_page(0), 1);
	svc_caller = thread_named(thread);
	uint64_t page = HOME_BASE + frame_physical(&frames.table[FAKE_FRAMES - 1]);
	assert_int_equal(SVC(call_fund, there, page, 1), OK);
	mm_check();
}

/* Objects of random sizes come and go; a model knows which granules each has. */
static void
granules_match_a_model(void **state)
{
	(void)state;
	struct {
		struct object *object;
		size_t bytes;
	} live[OBJECTS];
	unsigned count = 0, steps = 0;
	uint64_t seed = 4711, granules = 0;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(SVC(call_fund, handle, home_page(16 * i), 16), OK);
	for (; steps < 30000; steps++) {
		uint64_t r = test_random(&seed);
		bool grow = (r >> 40) % 100 < (steps / 5000 % 2 == 0 ? 60 : 40);
		if (grow && count < OBJECTS) {
			size_t bytes = 41 + (r % 8 == 0 ? (r >> 8) % 4056 : (r >> 8) % 1500);
			uint32_t pages = fund_alloc_pages(space, bytes);
			struct object *object;
			err_t err = fund_alloc(space, OBJECT_ENDPOINT, bytes, &object);
			if (err != OK) {
				assert_int_equal(pages, 1);
				assert_int_equal(space->fund.spare_count, 0);
				continue;
			}
			assert_int_equal(object->granules, (bytes + 63) / 64);
			assert_ptr_equal(object->payer, space);
			assert_int_equal(physmap_physical(object) % 64, 0);
			/* Zero behind the head, then filled to show overlaps. */
			const char *memory = (const char *)object;
			for (size_t i = sizeof *object; i < bytes; i++)
				assert_int_equal(memory[i], 0);
			memset(
			    object + 1, (int)(object->identity & 0xff) | 1, bytes - sizeof *object);
			live[count].object = object;
			live[count++].bytes = bytes;
			granules += object->granules;
		} else if (count != 0) {
			unsigned i = (unsigned)((r >> 8) % count);
			const char *memory = (const char *)(live[i].object + 1);
			char mark = (char)((live[i].object->identity & 0xff) | 1);
			for (size_t b = 0; b < live[i].bytes - sizeof(struct object); b++)
				assert_int_equal(memory[b], mark);
			granules -= live[i].object->granules;
			fund_free(live[i].object);
			live[i] = live[--count];
		}
		if (steps % 16 == 0) {
			mm_check();
			uint64_t used = 0;
			for (uint64_t n = 0; n < frames.count; n++)
				if (frames.table[n].use == FRAME_OBJECTS &&
				    frames.table[n].space == reference_of(space))
					used += (uint64_t)__builtin_popcountll(
					    frames.table[n].granules);
			assert_int_equal(used, granules);
		}
	}
	while (count != 0)
		fund_free(live[--count].object);
	mm_check();
	assert_int_equal(space->fund.spare_count, 64);
	assert_int_equal(space->fund.objects, 0);
}

/* Threads are 21 granules: three to a page, whatever has been there before. */
static void
a_page_holds_as_many_threads_as_fit(void **state)
{
	(void)state;
	struct object *object[9];
	unsigned fit = (unsigned)(PAGE_BYTES / ((sizeof(struct thread) + 63) / 64 * 64));

	assert_int_equal(SVC(call_fund, handle, home_page(0), 16), OK);
	for (unsigned i = 0; i < fit * 3; i++)
		assert_int_equal(
		    fund_alloc(space, OBJECT_THREAD, sizeof(struct thread), &object[i]), OK);
	assert_int_equal(space->fund.spare_count, 16 - 3);
	for (unsigned i = 0; i < fit * 3; i++)
		fund_free(object[i]);
	assert_int_equal(space->fund.spare_count, 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_funded_page_leaves_home_and_is_zeroed, boot),
		cmocka_unit_test_setup(fund_and_defund_leave_the_frame_table_as_it_was, boot),
		cmocka_unit_test_setup(fund_refuses, boot),
		cmocka_unit_test_setup(only_the_holder_of_home_funds, boot),
		cmocka_unit_test_setup(granules_match_a_model, boot),
		cmocka_unit_test_setup(a_page_holds_as_many_threads_as_fit, boot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
