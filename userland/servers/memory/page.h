/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole pages, zeroed as fast as the processor can.
 */
#ifndef INSULA_MEMORY_PAGE_H
#define INSULA_MEMORY_PAGE_H

void page_zero(void *page);

#endif
