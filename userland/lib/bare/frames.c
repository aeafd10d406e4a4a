/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free memory as the first process finds it: frames are taken from the start of
 * the first range that has enough of them.
 */
#include <insula/bare.h>
#include <string.h>

static struct boot_range range[BOOT_RANGES];
static uint32_t ranges;

void bare_frames_init(void);

void
bare_frames_init(void)
{
	ranges = boot_info->free_ranges < BOOT_RANGES ? (uint32_t)boot_info->free_ranges
						      : BOOT_RANGES;
	memcpy(range, boot_info->free, ranges * sizeof range[0]);
}

/* Eight words a turn; the C library's memset takes a byte a turn, and boot would be twice as long. */
static void
zero(void *pages, uint64_t bytes)
{
	volatile uint64_t *at = pages;
	for (uint64_t left = bytes / (8 * sizeof *at); left > 0; left--, at += 8) {
		at[0] = 0;
		at[1] = 0;
		at[2] = 0;
		at[3] = 0;
		at[4] = 0;
		at[5] = 0;
		at[6] = 0;
		at[7] = 0;
	}
}

uint64_t
bare_frames(unsigned pages)
{
	const uint64_t bytes = pages * PAGE_BYTES;
	for (uint32_t i = 0; i < ranges; i++) {
		if (range[i].bytes < bytes)
			continue;
		const uint64_t physical = range[i].base;
		range[i].base += bytes;
		range[i].bytes -= bytes;
		zero(bare_home(physical), bytes);
		return physical;
	}
	return 0;
}

const struct boot_range *
bare_free_ranges(uint32_t *count)
{
	*count = ranges;
	return range;
}

uint64_t
bare_free_pages(void)
{
	uint64_t pages = 0;
	for (uint32_t i = 0; i < ranges; i++)
		pages += range[i].bytes / PAGE_BYTES;
	return pages;
}

err_t
bare_fund(handle_t space, unsigned pages)
{
	for (; pages > 0; pages--) {
		const uint64_t frame = bare_frames(1);
		if (frame == 0)
			return ERR_NO_MEMORY;
		err_t err = insula_fund(space, HOME_BASE + frame, 1);
		if (err != OK)
			return err;
	}
	return OK;
}

err_t
bare_map(handle_t space, uint64_t address, uint64_t physical, unsigned pages, unsigned prot)
{
	while (pages > 0) {
		const unsigned some = pages < MAP_MAX_PAGES ? pages : MAP_MAX_PAGES;
		err_t err = insula_map(space, address, HOME_BASE + physical, some, prot);
		for (unsigned lack = 0; err == ERR_NO_FUND && lack < 4; lack++) {
			err = bare_fund(space, 1);
			if (err == OK)
				err = insula_map(space, address, HOME_BASE + physical, some, prot);
		}
		if (err != OK)
			return err;
		address += some * PAGE_BYTES;
		physical += some * PAGE_BYTES;
		pages -= some;
	}
	return OK;
}
