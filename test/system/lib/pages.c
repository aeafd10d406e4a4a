/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free pages of home, next fit from the top down. What is handed out and not
 * yet given back or funded is remembered; of the rest the kernel knows best.
 */
#include "pages.h"

#include "test.h"

#define TAKEN 256

static uint64_t taken[TAKEN]; /* 0: unused entry */
static uint64_t range;        /* number of the free range that pages are taken from, + 1 */
static uint64_t mark;         /* lowest page looked at in it */

static bool
is_taken(uint64_t address)
{
	for (unsigned i = 0; i < TAKEN; i++)
		if (taken[i] == address)
			return true;
	return false;
}

static void
remember(uint64_t address)
{
	for (unsigned i = 0; i < TAKEN; i++) {
		if (taken[i] == 0) {
			taken[i] = address;
			return;
		}
	}
	test_print("pages: too many are taken\n");
	test_power_off(1);
}

void
page_give(uint64_t address)
{
	for (unsigned i = 0; i < TAKEN; i++)
		if (taken[i] == address)
			taken[i] = 0;
}

static bool
is_free(uint64_t address)
{
	uint64_t r[7];

	return insula_space_query(INIT_SPACE, SPACE_PAGE, address, r) == OK && r[1] == FRAME_HOME;
}

/* Ranges are used from the last to the first, and then again; false at each new beginning. */
static bool
next_range(void)
{
	const struct boot_info *info = boot_facts();
	const bool again = range <= 1;

	range = again ? info->free_ranges : range - 1;
	mark = info->free[range - 1].base + info->free[range - 1].bytes;
	return !again;
}

uint64_t
pages_take(unsigned count)
{
	unsigned found = 0, beginnings = 0;

	while (found < count) {
		if (range == 0 || mark == boot_facts()->free[range - 1].base) {
			found = 0;
			if (!next_range() && ++beginnings == 3)
				return 0;
		}
		mark -= PAGE_BYTES;
		const uint64_t address = HOME_BASE + mark;
		found = is_free(address) && !is_taken(address) ? found + 1 : 0;
	}
	for (unsigned i = 0; i < count; i++)
		remember(HOME_BASE + mark + i * PAGE_BYTES);
	return HOME_BASE + mark;
}

uint64_t
page_take(void)
{
	return pages_take(1);
}

uint64_t
home_free_pages(void)
{
	const struct boot_info *info = boot_facts();
	uint64_t pages = 0;

	for (uint64_t i = 0; i < info->ram_ranges; i++)
		for (uint64_t at = 0; at < info->ram[i].bytes; at += PAGE_BYTES)
			pages += is_free(HOME_BASE + info->ram[i].base + at);
	return pages;
}

void
fund_pages(handle_t space, unsigned count)
{
	while (count-- > 0) {
		const uint64_t page = page_take();
		const err_t err = page == 0 ? ERR_NO_MEMORY : insula_fund(space, page, 1);
		if (err != OK) {
			test_print("fund_pages: page %x: %d\n", page, (int64_t)err);
			test_power_off(1);
		}
		page_give(page); /* the kernel's now; once home again, anybody's */
	}
}

static uint64_t
fund_value(handle_t space, unsigned which)
{
	uint64_t r[7] = { 0 };

	(void)insula_space_query(space, SPACE_FUND, 0, r);
	return r[which];
}

uint64_t
fund_paid(handle_t space)
{
	return fund_value(space, 0);
}

uint64_t
fund_spare(handle_t space)
{
	return fund_value(space, 1);
}

void
fund_drain(handle_t space)
{
	uint64_t page;

	while (insula_defund(space, &page) == OK)
		page_give(page);
}
