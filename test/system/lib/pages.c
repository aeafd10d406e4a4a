/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free pages of home, as a stack of those given back and a mark that moves
 * down through the free ranges.
 */
#include "pages.h"

#include "test.h"

#define KEPT 256

static uint64_t kept[KEPT]; /* single pages that were given back */
static unsigned kept_count;
static uint64_t range; /* number of the range that pages are taken from, + 1 */
static uint64_t mark;  /* lowest page taken of it */

static bool
is_free(uint64_t address)
{
	uint64_t r[7];

	return insula_space_query(INIT_SPACE, SPACE_PAGE, address, r) == OK && r[1] == FRAME_HOME;
}

/* Ranges are used from the last to the first; its top pages may be the kernel's since boot. */
static bool
next_range(void)
{
	const struct boot_info *info = boot_facts();

	if (range == 0)
		range = info->free_ranges + 1;
	if (range == 1)
		return false;
	range--;
	mark = info->free[range - 1].base + info->free[range - 1].bytes;
	return true;
}

uint64_t
pages_take(unsigned count)
{
	unsigned found = 0;

	while (found < count) {
		if (range == 0 || mark == boot_facts()->free[range - 1].base) {
			if (!next_range())
				return 0;
			found = 0;
		}
		mark -= PAGE_BYTES;
		found = is_free(HOME_BASE + mark) ? found + 1 : 0;
	}
	return HOME_BASE + mark;
}

uint64_t
page_take(void)
{
	return kept_count > 0 ? kept[--kept_count] : pages_take(1);
}

void
page_give(uint64_t address)
{
	if (kept_count < KEPT)
		kept[kept_count++] = address;
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
