/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A space's fund: the frames that its kernel objects, page tables and
 * capability pages are made from. Frames come from home by `fund` and go back
 * by `defund` or with the space; the kernel itself allocates nothing.
 *
 * A page of objects is shared by objects of the same payer in granules of 64
 * bytes. Pages with room are kept on lists by the largest run of free granules
 * (a power of two), so that finding room looks at a bounded number of pages.
 */
#ifndef INSULA_MM_FUND_H
#define INSULA_MM_FUND_H

#include "core/object.h"
#include "mm/frame.h"

#define GRANULE_BYTES 64u
#define FUND_BUCKETS 6 /* largest free run 1, 2-3, 4-7, 8-15, 16-31, 32-63 */

/* Part of struct space. */
struct fund {
	uint32_t spare;                /* [k] first spare frame's number + 1 */
	uint32_t spare_count;          /* [k] */
	uint32_t pages;                /* [k] all frames of the fund */
	uint32_t bucket[FUND_BUCKETS]; /* [k] OBJECTS frames that have room, by number + 1 */
	uint32_t objects;              /* [k] reference of the first object on the list; 0: none */
};

/*
 * Memory for an object, zero but for its head: caps empty, payer, identity,
 * type and granules set, on the payer's list. At most a page.
 * Returns ERR_NO_FUND (one page is lacking) having changed nothing.
 */
MUST_CHECK err_t fund_alloc(
    struct space *payer, enum object_type type, size_t bytes, struct object **object);

/* How many spare pages fund_alloc would take: 0 or 1. */
uint32_t fund_alloc_pages(const struct space *payer, size_t bytes);

/* The exact inverse: no slot may name the object any more. */
void fund_free(struct object *object);

/* A zeroed page from the spare ones, NULL if there is none; and back, zeroed by the caller. */
void *fund_take_page(struct space *space, enum frame_use use);
void fund_give_page(void *page);

/*
 * Move frames between home and a fund. fund_add: all are HOME and `count` is
 * at most MAP_MAX_PAGES. fund_remove sends one spare page home and returns its
 * physical address; there must be one.
 */
void fund_add(struct space *space, uint64_t physical, uint32_t count);
uint64_t fund_remove(struct space *space);

err_t call_fund(struct thread *caller, uint64_t *x);
err_t call_defund(struct thread *caller, uint64_t *x);

/* M3, M4, M5 and the counts of a space's fund; panics with the number broken. */
void fund_check(const struct space *space);

#endif
