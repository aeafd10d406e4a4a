/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page of a pool begins with a head; free records are chained by their first
 * word. A record's page is found by its address.
 */
#include "pool.h"

#include <string.h>

struct pool_page {
	struct pool_page *next, *prev; /* on the pool's list, if a record is free */
	void *free;                    /* first free record */
	uint32_t used;
	uint32_t fresh; /* offset of the first record never given out */
};

static struct pool_page *
page_of(void *record)
{
	char *at = record;
	return (struct pool_page *)(void *)(at - ((uintptr_t)at & (PAGE_BYTES - 1)));
}

static bool
has_free(const struct pool *pool, const struct pool_page *page)
{
	return page->free != NULL || page->fresh + pool->record_bytes <= PAGE_BYTES;
}

static void
page_push(struct pool *pool, struct pool_page *page)
{
	page->prev = NULL;
	page->next = pool->free;
	if (page->next != NULL)
		page->next->prev = page;
	pool->free = page;
}

static void
page_remove(struct pool *pool, struct pool_page *page)
{
	if (page->next != NULL)
		page->next->prev = page->prev;
	if (page->prev != NULL)
		page->prev->next = page->next;
	else
		pool->free = page->next;
}

void *
pool_take(struct pool *pool, struct ledger *ledger)
{
	struct pool_page *page = pool->free;
	if (page == NULL) {
		page = ledger_take_own(ledger);
		if (page == NULL)
			return NULL;
		page->fresh = sizeof *page;
		page_push(pool, page);
	}
	char *record = page->free;
	if (record != NULL) {
		memcpy(&page->free, record, sizeof page->free);
		memset(record, 0, pool->record_bytes);
	} else {
		record = (char *)page + page->fresh;
		page->fresh += pool->record_bytes;
	}
	page->used++;
	if (!has_free(pool, page))
		page_remove(pool, page);
	return record;
}

void
pool_give(struct pool *pool, struct ledger *ledger, void *record)
{
	struct pool_page *page = page_of(record);
	if (!has_free(pool, page))
		page_push(pool, page);
	memcpy(record, &page->free, sizeof page->free);
	page->free = record;
	if (--page->used == 0) {
		page_remove(pool, page);
		ledger_give_own(ledger, page);
	}
}
