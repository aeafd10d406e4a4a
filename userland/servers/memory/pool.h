/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of one size, in pages of the ledger's own. A page whose last record
 * is freed goes back, so that the pages used are a function of the records.
 *
 * Invariants
 *  PO1: a pool's list holds exactly its pages with a free record.
 *  PO2: a record that is given out is zero at first.
 */
#ifndef INSULA_MEMORY_POOL_H
#define INSULA_MEMORY_POOL_H

#include "ledger.h"

struct pool_page;

struct pool {
	struct pool_page *free; /* PO1 */
	uint32_t record_bytes;  /* a multiple of 8, at most a quarter of a page */
};

/* NULL: no page is free. */
void *pool_take(struct pool *pool, struct ledger *ledger);
void pool_give(struct pool *pool, struct ledger *ledger, void *record);

#endif
