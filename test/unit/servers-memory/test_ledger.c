/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: userland/servers/memory/ledger.c userland/servers/memory/pool.c */
/*
 * The frame ledger and the records' pages: random taking and giving against a
 * model that knows each frame's owner, with the invariants after every step.
 */
#include "../../../userland/servers/memory/ledger.h"
#include "../../../userland/servers/memory/page.h"
#include "../../../userland/servers/memory/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAMES 512u
#define LOTS 4u

static uint8_t *ram;
static struct ledger ledger;
static unsigned zeroings;

void
page_zero(void *page)
{
	zeroings++;
	memset(page, 0, PAGE_BYTES);
}

static int
set_up_at(uint64_t base)
{
	if (ram == NULL)
		ram = aligned_alloc(PAGE_BYTES, FRAMES * PAGE_BYTES);
	memset(ram, 0x5a, FRAMES * PAGE_BYTES);
	/* Two ranges with a hole, neither aligned to a block. */
	const struct boot_range all = { base, FRAMES * PAGE_BYTES };
	const struct boot_range free[2] = {
		{ base + 3 * PAGE_BYTES, 97 * PAGE_BYTES },
		{ base + 131 * PAGE_BYTES + 100, (FRAMES - 131) * PAGE_BYTES - 100 },
	};
	err_t err = ledger_init(&ledger, (void *)((uintptr_t)ram - base), &all, 1, free, 2);
	zeroings = 0;
	return err == OK ? 0 : -1;
}

static int
set_up(void **state)
{
	(void)state;
	return set_up_at(0x40000000);
}

static int
tear_down(void **state)
{
	(void)state;
	free(ram);
	ram = NULL;
	return 0;
}

static void
every_free_page_is_the_ledgers_once(void **state)
{
	(void)state;
	assert_int_equal(ledger_check(&ledger), 0);
	assert_int_equal(ledger.total_pages, 97 + FRAMES - 132);
	assert_int_equal(ledger.free_pages + ledger.own_pages, ledger.total_pages);
	struct lot lot = { 0 };
	uint32_t taken = 0;
	while (ledger_take(&ledger, &lot, KIND_USER, 1, WANT_ANY) != 0)
		taken++;
	assert_int_equal(taken + ledger.own_pages, ledger.total_pages);
	assert_int_equal(ledger_give_all(&ledger, &lot), taken);
	assert_int_equal(ledger_check(&ledger), 0);
}

static void
ram_may_begin_at_physical_zero(void **state)
{
	(void)state;
	assert_int_equal(set_up_at(0), 0);
	every_free_page_is_the_ledgers_once(state);
	assert_int_equal(ledger_frame_at(&ledger, 0xfffff00000ull), 0);
}

static void
a_ram_too_small_for_the_table_is_refused(void **state)
{
	(void)state;
	const struct boot_range all = { 0x40000000, FRAMES * PAGE_BYTES };
	const struct boot_range none = { 0x40000000, PAGE_BYTES - 1 };
	struct ledger l;
	assert_int_equal(ledger_init(&l, ram, &all, 1, &none, 1), ERR_NO_MEMORY);
	assert_int_equal(ledger_init(&l, ram, &all, 1, NULL, 0), ERR_NO_MEMORY);
	assert_int_equal(ledger_init(&l, ram, NULL, 0, NULL, 0), ERR_NO_MEMORY);
}

static void
zero_pages_are_zeroed_once_and_kept_apart(void **state)
{
	(void)state;
	struct lot lot = { 0 };
	uint32_t f = ledger_take(&ledger, &lot, KIND_USER, 16, WANT_ZERO);
	assert_int_not_equal(f, 0);
	assert_int_equal(zeroings, 16);
	for (uint32_t i = 0; i < 16; i++)
		ledger_give(&ledger, &lot, f + i, true);
	assert_int_equal(ledger_take(&ledger, &lot, KIND_USER, 16, WANT_ZERO), f);
	assert_int_equal(zeroings, 16);
	/* A kernel page comes back zero; a user page does not. */
	uint32_t k = ledger_take(&ledger, &lot, KIND_KERNEL, 1, WANT_ANY);
	memset(ledger_bytes(&ledger, k), 0, PAGE_BYTES);
	memset(ledger_bytes(&ledger, f), 1, PAGE_BYTES);
	assert_int_equal(ledger_give_all(&ledger, &lot), 17);
	assert_int_equal(ledger_check(&ledger), 0);
	assert_int_equal(ledger_take(&ledger, &lot, KIND_USER, 1, WANT_ZERO), k);
	assert_int_equal(zeroings, 16);
}

static void
a_promise_is_kept_whatever_others_take(void **state)
{
	(void)state;
	struct lot promised = { 0 }, other = { 0 };
	uint32_t all = ledger_available(&ledger);
	assert_int_equal(ledger_promise(&ledger, &promised, all + 1), ERR_NO_MEMORY);
	assert_int_equal(ledger_promise(&ledger, &promised, 20), OK);
	while (ledger_take(&ledger, &other, KIND_USER, 1, WANT_ANY) != 0)
		;
	assert_int_equal(other.user, all - 20);
	assert_null(ledger_take_own(&ledger));
	for (uint32_t i = 0; i < 20; i++) {
		ledger_unpromise(&ledger, &promised, 1);
		assert_int_not_equal(ledger_take(&ledger, &promised, KIND_USER, 1, WANT_ZERO), 0);
	}
	assert_int_equal(ledger.free_pages, 0);
}

/* --- random steps against a model */

static uint8_t owner[FRAMES + 64]; /* by frame number; 0: free or not the ledger's */

static void
random_step(struct lot lot[LOTS])
{
	uint32_t n = (uint32_t)rand() % LOTS;
	uint32_t pages = 1 + (uint32_t)rand() % MAP_MAX_PAGES;
	switch (rand() % 5) {
	case 0:
		for (uint32_t i = 0; i < sizeof owner; i++)
			owner[i] = owner[i] == n + 1 ? 0 : owner[i];
		for (uint32_t f = lot[n].first; f != 0; f = ledger.frame[f].next_kind >> 8) {
			if (ledger_kind(&ledger, f) == KIND_KERNEL)
				memset(ledger_bytes(&ledger, f), 0, PAGE_BYTES);
		}
		ledger_give_all(&ledger, &lot[n]);
		break;
	case 1:
		if (lot[n].first != 0) {
			uint32_t f = lot[n].first;
			owner[f] = 0;
			ledger_give(&ledger, &lot[n], f, false);
		}
		break;
	default: {
		enum frame_kind kind = rand() % 2 ? KIND_USER : KIND_KERNEL;
		enum ledger_want want = rand() % 2 ? WANT_ZERO : WANT_ANY;
		uint32_t f = ledger_take(&ledger, &lot[n], kind, pages, want);
		for (uint32_t i = 0; f != 0 && i < pages; i++) {
			assert_int_equal(owner[f + i], 0);
			owner[f + i] = (uint8_t)(n + 1);
			const uint8_t *bytes = ledger_bytes(&ledger, f + i);
			for (uint32_t b = 0; want == WANT_ZERO && b < PAGE_BYTES; b += 64)
				assert_int_equal(bytes[b], 0);
			memset(ledger_bytes(&ledger, f + i), 0x33, PAGE_BYTES);
		}
	}
	}
}

static void
L1_to_L6_hold_for_random_taking_and_giving(void **state)
{
	(void)state;
	struct lot lot[LOTS] = { 0 };
	memset(owner, 0, sizeof owner);
	srand(3);
	for (unsigned step = 0; step < 6000; step++) {
		random_step(lot);
		if (step % 7 == 0)
			assert_int_equal(ledger_check(&ledger), 0);
		uint32_t lent = 0;
		for (uint32_t i = 0; i < LOTS; i++)
			lent += lot[i].user + lot[i].kernel;
		assert_int_equal(lent + ledger.free_pages + ledger.own_pages, ledger.total_pages);
	}
	for (uint32_t i = 0; i < LOTS; i++) {
		for (uint32_t f = lot[i].first; f != 0; f = ledger.frame[f].next_kind >> 8)
			memset(ledger_bytes(&ledger, f), 0, PAGE_BYTES);
		ledger_give_all(&ledger, &lot[i]);
	}
	assert_int_equal(ledger_check(&ledger), 0);
	assert_int_equal(ledger.free_pages + ledger.own_pages, ledger.total_pages);
}

static void
records_use_as_many_pages_as_they_need(void **state)
{
	(void)state;
	struct pool pool = { .record_bytes = 104 };
	uint32_t own = ledger.own_pages, free_pages = ledger.free_pages;
	char *record[200];
	srand(4);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 200; i++) {
			record[i] = pool_take(&pool, &ledger);
			assert_non_null(record[i]);
			for (unsigned b = 0; b < 104; b++)
				assert_int_equal(record[i][b], 0);
			memset(record[i], 0x77, 104);
		}
		assert_int_equal(ledger.own_pages - own, 6); /* 39 to a page */
		for (unsigned i = 200; i > 1; i--) {
			unsigned other = (unsigned)rand() % i;
			char *was = record[i - 1];
			record[i - 1] = record[other];
			record[other] = was;
		}
		for (unsigned i = 0; i < 200; i++) {
			for (unsigned b = 0; b < 104; b++)
				assert_int_equal(record[i][b], 0x77);
			pool_give(&pool, &ledger, record[i]);
		}
		assert_int_equal(ledger.own_pages, own);
		assert_int_equal(ledger.free_pages, free_pages);
		assert_int_equal(ledger_check(&ledger), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_free_page_is_the_ledgers_once, set_up),
		cmocka_unit_test_setup(ram_may_begin_at_physical_zero, set_up),
		cmocka_unit_test_setup(a_ram_too_small_for_the_table_is_refused, set_up),
		cmocka_unit_test_setup(zero_pages_are_zeroed_once_and_kept_apart, set_up),
		cmocka_unit_test_setup(a_promise_is_kept_whatever_others_take, set_up),
		cmocka_unit_test_setup(L1_to_L6_hold_for_random_taking_and_giving, set_up),
		cmocka_unit_test_setup(records_use_as_many_pages_as_they_need, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
