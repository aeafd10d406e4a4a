/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the processors that page tables have changed. A valid entry that is
 * changed or cleared may stay cached until all four steps are done, in this
 * order:
 *
 *   1  the entry is written
 *   2  tlb_flush_begin   table walks see it
 *   3  tlb_flush_page or tlb_flush_space, for each
 *   4  tlb_flush_end     no processor uses the old one any more
 *
 * Only then may the frame it mapped, or the table it was in, be used for
 * something else. An entry that was invalid needs step 2 only (tlb_publish).
 * Debug builds and the host tests keep account in mm/shadow.h.
 */
#ifndef INSULA_MM_TLB_H
#define INSULA_MM_TLB_H

#include <stdint.h>

void tlb_flush_begin(void);
/* One page and the table entries that lead to it; ASID 0: nothing is cached, nothing is done. */
void tlb_flush_page(uint32_t asid, uint64_t address);
void tlb_flush_space(uint32_t asid);
void tlb_flush_end(void);

void tlb_publish(void);

/* Instructions in a page, written as data, are about to be fetched. */
void cache_sync_code(const void *page);

/* Zero memory that is aligned to GRANULE_BYTES; and a whole page. */
void granules_zero(void *memory, uint32_t granules);
void page_zero(void *page);

#endif
