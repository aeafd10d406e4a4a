/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free blocks, lots, and zeroing. Every entry of the table says what kind its
 * frame is; the order is that of a block for its first frame, and means nothing
 * for the others, which nobody asks: the buddy of a lent frame, or of a whole
 * block, is the first frame of whatever it is in.
 */
#include "ledger.h"
#include "page.h"

#include <string.h>

static uint32_t
frame_next(const struct ledger *l, uint32_t f)
{
	return l->frame[f].next_kind >> 8;
}

static uint32_t
frame_prev(const struct ledger *l, uint32_t f)
{
	return l->frame[f].prev_order >> 8;
}

static uint32_t
frame_order(const struct ledger *l, uint32_t f)
{
	return l->frame[f].prev_order & 0xff;
}

enum frame_kind
ledger_kind(const struct ledger *l, uint32_t f)
{
	return (enum frame_kind)(l->frame[f].next_kind & 0xff);
}

/* Put a frame at the head of a list. */
static void
list_push(struct ledger *l, uint32_t *first, uint32_t f, enum frame_kind kind, uint32_t order)
{
	l->frame[f].next_kind = *first << 8 | (uint32_t)kind;
	l->frame[f].prev_order = order;
	if (*first != 0)
		l->frame[*first].prev_order = f << 8 | frame_order(l, *first);
	*first = f;
}

static void
list_remove(struct ledger *l, uint32_t *first, uint32_t f)
{
	uint32_t next = frame_next(l, f), prev = frame_prev(l, f);
	if (next != 0)
		l->frame[next].prev_order = prev << 8 | frame_order(l, next);
	if (prev != 0)
		l->frame[prev].next_kind = next << 8 | (uint32_t)ledger_kind(l, prev);
	else
		*first = next;
}

uint32_t
ledger_frame_at(const struct ledger *l, uint64_t physical)
{
	uint64_t f = (physical - l->base) >> PAGE_SHIFT;
	return f < l->frames ? (uint32_t)f : 0;
}

/* --- free blocks */

static bool
is_free_block(const struct ledger *l, uint32_t f, enum frame_kind kind, uint32_t order)
{
	return f < l->frames && ledger_kind(l, f) == kind && frame_order(l, f) == order;
}

/* Free a block, joined with its buddies as far as they are free and alike (L5). */
static void
free_block(struct ledger *l, uint32_t f, uint32_t order, enum frame_kind kind)
{
	uint32_t *lists = l->free[kind == KIND_ZERO];
	l->free_pages += 1u << order;
	for (uint32_t i = 0; i < 1u << order; i++)
		l->frame[f + i] = (struct ledger_frame){ (uint32_t)kind, 0xff };
	while (order < LEDGER_ORDERS - 1) {
		uint32_t buddy = f ^ (1u << order);
		if (!is_free_block(l, buddy, kind, order))
			break;
		list_remove(l, &lists[order], buddy);
		f &= ~(1u << order);
		order++;
	}
	list_push(l, &lists[order], f, kind, order);
}

/* Free frames that need not be aligned or a power of two. */
static void
free_run(struct ledger *l, uint32_t f, uint32_t pages, enum frame_kind kind)
{
	while (pages > 0) {
		uint32_t order = 0;
		while (order < LEDGER_ORDERS - 1 && !(f & (1u << order)) && (2u << order) <= pages)
			order++;
		free_block(l, f, order, kind);
		f += 1u << order;
		pages -= 1u << order;
	}
}

/* Take `pages` frames in one piece from one half; 0 if it has no block that large. */
static uint32_t
take_from(struct ledger *l, bool zero, uint32_t pages)
{
	uint32_t order = 0;
	while ((1u << order) < pages)
		order++;
	while (order < LEDGER_ORDERS && l->free[zero][order] == 0)
		order++;
	if (order == LEDGER_ORDERS)
		return 0;
	uint32_t f = l->free[zero][order];
	list_remove(l, &l->free[zero][order], f);
	l->free_pages -= 1u << order;
	/* Lent before its tail is freed, or the two would be joined again. */
	for (uint32_t i = 0; i < pages; i++)
		l->frame[f + i] = (struct ledger_frame){ KIND_OWN, 0 };
	free_run(l, f + pages, (1u << order) - pages, zero ? KIND_ZERO : KIND_DIRTY);
	return f;
}

static uint32_t
take_run(struct ledger *l, uint32_t pages, enum ledger_want want)
{
	bool first = want == WANT_ZERO;
	uint32_t f = take_from(l, first, pages);
	bool zero = first;
	if (f == 0) {
		f = take_from(l, !first, pages);
		zero = !first;
	}
	if (f != 0 && want == WANT_ZERO && !zero) {
		for (uint32_t i = 0; i < pages; i++)
			page_zero(ledger_bytes(l, f + i));
	}
	return f;
}

/* --- lots */

static void
lot_add(struct ledger *l, struct lot *lot, uint32_t f, enum frame_kind kind)
{
	list_push(l, &lot->first, f, kind, 0);
	if (kind == KIND_USER)
		lot->user++;
	else
		lot->kernel++;
}

uint32_t
ledger_take(
    struct ledger *l, struct lot *lot, enum frame_kind kind, uint32_t pages, enum ledger_want want)
{
	if (pages > ledger_available(l))
		return 0;
	uint32_t f = take_run(l, pages, want);
	for (uint32_t i = 0; f != 0 && i < pages; i++)
		lot_add(l, lot, f + i, kind);
	return f;
}

void *
ledger_take_own(struct ledger *l)
{
	uint32_t f = ledger_available(l) == 0 ? 0 : take_run(l, 1, WANT_ZERO);
	if (f == 0)
		return NULL;
	l->own_pages++;
	return ledger_bytes(l, f);
}

void
ledger_give_own(struct ledger *l, void *page)
{
	uint64_t physical = (uint64_t)((uint8_t *)page - l->home);
	l->own_pages--;
	free_block(l, (uint32_t)((physical - l->base) >> PAGE_SHIFT), 0, KIND_DIRTY);
}

void
ledger_give(struct ledger *l, struct lot *lot, uint32_t f, bool zero)
{
	if (ledger_kind(l, f) == KIND_USER)
		lot->user--;
	else
		lot->kernel--;
	list_remove(l, &lot->first, f);
	free_block(l, f, 0, zero ? KIND_ZERO : KIND_DIRTY);
}

uint32_t
ledger_give_all(struct ledger *l, struct lot *lot)
{
	uint32_t pages = 0;
	while (lot->first != 0) {
		ledger_give(l, lot, lot->first, ledger_kind(l, lot->first) == KIND_KERNEL);
		pages++;
	}
	ledger_unpromise(l, lot, lot->promised);
	return pages;
}

void
ledger_give_kernel(struct ledger *l, struct lot *lot, uint32_t f)
{
	if (ledger_kind(l, f) == KIND_KERNEL) {
		ledger_give(l, lot, f, true);
		return;
	}
	lot->kernel--;
	ledger_add_free(l, f, true);
}

bool
ledger_adopt(struct ledger *l, struct lot *lot, uint32_t f)
{
	if (ledger_kind(l, f) != KIND_UNKNOWN)
		return false;
	l->total_pages++;
	lot_add(l, lot, f, KIND_USER);
	return true;
}

void
ledger_add_free(struct ledger *l, uint32_t f, bool zero)
{
	l->total_pages++;
	free_block(l, f, 0, zero ? KIND_ZERO : KIND_DIRTY);
}

err_t
ledger_promise(struct ledger *l, struct lot *lot, uint32_t pages)
{
	if (pages > ledger_available(l))
		return ERR_NO_MEMORY;
	l->promised += pages;
	lot->promised += pages;
	return OK;
}

void
ledger_unpromise(struct ledger *l, struct lot *lot, uint32_t pages)
{
	l->promised -= pages;
	lot->promised -= pages;
}

/* --- the start */

static uint32_t
table_pages(const struct ledger *l)
{
	return (uint32_t)((l->frames * sizeof *l->frame + PAGE_BYTES - 1) >> PAGE_SHIFT);
}

/* Whole pages of a range, as frame numbers. */
static void
range_frames(const struct ledger *l, const struct boot_range *r, uint32_t *first, uint32_t *end)
{
	*first = (uint32_t)((r->base + PAGE_BYTES - 1 - l->base) >> PAGE_SHIFT);
	*end = (uint32_t)((r->base + r->bytes - l->base) >> PAGE_SHIFT);
	if (*end < *first)
		*end = *first;
}

err_t
ledger_init(struct ledger *l, void *home, const struct boot_range *ram, uint32_t rams,
    const struct boot_range *free, uint32_t frees)
{
	memset(l, 0, sizeof *l);
	l->home = home;
	uint64_t lowest = UINT64_MAX, highest = 0;
	for (uint32_t i = 0; i < rams; i++) {
		lowest = ram[i].base < lowest ? ram[i].base : lowest;
		highest = ram[i].base + ram[i].bytes > highest ? ram[i].base + ram[i].bytes
							       : highest;
	}
	if (rams == 0)
		return ERR_NO_MEMORY;
	/* Blocks are aligned by number; number 0 is nobody's. RAM from 0 on makes base wrap: it may. */
	const uint64_t block = MAP_MAX_PAGES * PAGE_BYTES;
	l->base = (lowest & ~(block - 1)) - block;
	l->frames = (uint32_t)((highest - l->base) >> PAGE_SHIFT);

	const struct boot_range *largest = NULL;
	for (uint32_t i = 0; i < frees; i++) {
		if (largest == NULL || free[i].bytes > largest->bytes)
			largest = &free[i];
	}
	uint32_t first, end, own = table_pages(l);
	if (largest == NULL)
		return ERR_NO_MEMORY;
	range_frames(l, largest, &first, &end);
	if (end - first < own)
		return ERR_NO_MEMORY;
	l->frame = ledger_bytes(l, first);
	for (uint32_t i = 0; i < own; i++)
		page_zero(ledger_bytes(l, first + i));
	for (uint32_t i = 0; i < own; i++)
		l->frame[first + i].next_kind = KIND_OWN;
	l->own_pages = l->total_pages = own;

	for (uint32_t i = 0; i < frees; i++) {
		range_frames(l, &free[i], &first, &end);
		if (&free[i] == largest)
			first += own;
		free_run(l, first, end - first, KIND_DIRTY);
		l->total_pages += end - first;
	}
	return OK;
}

/* --- the check */

static bool
is_zero(const struct ledger *l, uint32_t f)
{
	const uint64_t *word = ledger_bytes(l, f);
	for (uint32_t i = 0; i < PAGE_BYTES / sizeof *word; i++) {
		if (word[i] != 0)
			return false;
	}
	return true;
}

unsigned
ledger_check(const struct ledger *l)
{
	uint64_t pages = 0;
	for (uint32_t half = 0; half < 2; half++) {
		for (uint32_t order = 0; order < LEDGER_ORDERS; order++) {
			enum frame_kind kind = half ? KIND_ZERO : KIND_DIRTY;
			for (uint32_t f = l->free[half][order], prev = 0; f != 0;
			     prev = f, f = frame_next(l, f)) {
				if (!is_free_block(l, f, kind, order) || frame_prev(l, f) != prev ||
				    (f & ((1u << order) - 1)) != 0)
					return 1;
				uint32_t buddy = f ^ (1u << order);
				if (order < LEDGER_ORDERS - 1 &&
				    is_free_block(l, buddy, kind, order))
					return 5;
				for (uint32_t i = 0; half && i < 1u << order; i++) {
					if (!is_zero(l, f + i))
						return 6;
				}
				pages += 1u << order;
			}
		}
	}
	return pages == l->free_pages && l->promised <= l->free_pages ? 0 : 2;
}
