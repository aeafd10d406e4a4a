/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages for tests, out of home's free ones, from the top down; they are named
 * by their address in home. What a test takes it gives back, so that counts
 * before and after can be compared.
 */
#ifndef TEST_PAGES_H
#define TEST_PAGES_H

#include <insula/abi/types.h>
#include <stdint.h>

/* One page, or `count` pages that lie side by side; 0 if there are none. */
uint64_t page_take(void);
uint64_t pages_take(unsigned count);
void page_give(uint64_t address);

/* Free pages of home as the kernel sees them: every frame whose state is FRAME_HOME. */
uint64_t home_free_pages(void);

/* Give a space pages for its kernel objects; how many it has spare now. */
void fund_pages(handle_t space, unsigned count);
uint64_t fund_spare(handle_t space);
uint64_t fund_paid(handle_t space);
/* Send all spare pages home. */
void fund_drain(handle_t space);

#endif
