/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process has of its own beside its image: heap, stacks, and the zeros
 * behind its data. A region is paid for when it is made, by promises; its pages
 * are mapped when they are touched. One page of every 2 MiB is mapped at once,
 * so that the page tables are there and a touch lacks nothing.
 */
#include "memory.h"

#include <stddef.h>

#define TABLE_SPAN (512 * PAGE_BYTES) /* what one last-level table maps */
#define GROW_PAGES_NOW MAP_MAX_PAGES
#define STACK_PAGES_NOW 1u
#define TOUCH_PAGES 8u

static uint64_t
region_end(const struct region *r)
{
	return r->base + r->pages * PAGE_BYTES;
}

struct region *
region_at(const struct body *body, uint64_t address)
{
	struct region *r = body->regions;
	while (r != NULL && region_end(r) <= address)
		r = r->next;
	return r != NULL && r->base <= address ? r : NULL;
}

/* Turn promises into mapped pages; all or nothing. */
static err_t
map_promised(struct memory *m, struct process *p, struct region *r, uint64_t at, uint32_t pages)
{
	struct lot *lot = &p->body->space.lot;
	ledger_unpromise(&m->ledger, lot, pages);
	err_t err = space_map_new(m, p, &p->body->space, at, pages, PROT_W);
	if (err == OK)
		r->untouched -= pages;
	else if (ledger_promise(&m->ledger, lot, pages) != OK)
		m->discrepancies++;
	return err;
}

/* Take pages of a region out of it: those that are mapped, and the promises for the rest. */
static void
clear(struct memory *m, struct process *p, struct region *r, uint64_t at, uint32_t pages)
{
	uint32_t mapped = space_unmap_lent(m, &p->body->space, at, pages);
	ledger_unpromise(&m->ledger, &p->body->space.lot, pages - mapped);
	r->untouched -= pages - mapped;
	space_trim(m, &p->body->space);
}

/* Pay for pages that a region has just grown by, and map [now_at, now_at + now) of them. */
static err_t
populate(struct memory *m, struct process *p, struct region *r, uint64_t at, uint32_t pages,
    uint64_t now_at, uint32_t now)
{
	err_t err = process_can_pay(m, p, pages);
	if (err == OK)
		err = ledger_promise(&m->ledger, &p->body->space.lot, pages);
	if (err != OK)
		return err;
	r->untouched += pages;
	if (now != 0)
		err = map_promised(m, p, r, now_at, now);
	const uint64_t end = at + pages * PAGE_BYTES;
	for (uint64_t next = (at + TABLE_SPAN - 1) & ~(TABLE_SPAN - 1); err == OK && next < end;
	     next += TABLE_SPAN) {
		if (next < now_at || next >= now_at + now * PAGE_BYTES)
			err = map_promised(m, p, r, next, 1);
	}
	if (err != OK)
		clear(m, p, r, at, pages);
	return err;
}

/* Where in the list a region of those addresses belongs; NULL: it would overlap. */
static struct region **
place(struct body *body, uint64_t base, uint64_t end)
{
	struct region **at = &body->regions;
	while (*at != NULL && region_end(*at) <= base)
		at = &(*at)->next;
	return *at != NULL && (*at)->base < end ? NULL : at;
}

static void
region_delete(struct memory *m, struct body *body, struct region *r)
{
	struct region **at = &body->regions;
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	pool_give(&m->regions, &m->ledger, r);
}

err_t
region_add(struct memory *m, struct process *p, enum region_kind kind, uint64_t base,
    uint32_t pages, uint32_t now)
{
	struct region **at = place(p->body, base, base + pages * PAGE_BYTES);
	if (at == NULL)
		return ERR_MAPPED;
	struct region *r = pool_take(&m->regions, &m->ledger);
	if (r == NULL)
		return ERR_NO_MEMORY;
	*r = (struct region){ .next = *at, .base = base, .pages = pages, .kind = kind };
	*at = r;
	err_t err = populate(m, p, r, base, pages,
	    kind == REGION_STACK ? region_end(r) - now * PAGE_BYTES : base, now);
	if (err != OK)
		region_delete(m, p->body, r);
	return err;
}

void
region_forget(struct memory *m, struct body *body)
{
	while (body->regions != NULL)
		region_delete(m, body, body->regions);
}

err_t
region_touch(struct memory *m, struct process *p, struct region *r, uint64_t address)
{
	const uint64_t page = address & ~(PAGE_BYTES - 1);
	if (r->untouched == 0)
		return ERR_MAPPED;
	uint64_t first = page & ~(TOUCH_PAGES * PAGE_BYTES - 1);
	uint64_t end = first + TOUCH_PAGES * PAGE_BYTES;
	first = first < r->base ? r->base : first;
	end = end > region_end(r) ? region_end(r) : end;
	const uint32_t pages = (uint32_t)((end - first) >> PAGE_SHIFT);
	if (r->kind != REGION_STACK && pages <= r->untouched) {
		err_t err = map_promised(m, p, r, first, pages);
		if (err != ERR_MAPPED)
			return err;
	}
	return map_promised(m, p, r, page, 1);
}

/* --- the service's operations */

static struct region *
last_of(struct body *body, enum region_kind kind)
{
	struct region *last = NULL;
	for (struct region *r = body->regions; r != NULL; r = r->next) {
		if (r->kind == kind)
			last = r;
	}
	return last;
}

err_t
memory_grow(struct memory *m, struct process *p, uint64_t pages, uint64_t *address)
{
	struct region *heap = last_of(p->body, REGION_HEAP);
	const bool narrow = p->body->narrow;
	const uint64_t base = narrow ? NARROW_HEAP_BASE : HEAP_BASE;
	const uint64_t end = narrow ? NARROW_STACK_AREA : OLD_STATE_BASE;
	const uint64_t at = heap == NULL ? base : region_end(heap);
	if (pages > (end - at) >> PAGE_SHIFT)
		return ERR_NO_MEMORY;
	const uint32_t now = pages < GROW_PAGES_NOW ? (uint32_t)pages : GROW_PAGES_NOW;
	err_t err = OK;
	if (pages != 0 && heap == NULL)
		err = region_add(m, p, REGION_HEAP, at, (uint32_t)pages, now);
	else if (pages != 0)
		err = populate(m, p, heap, at, (uint32_t)pages, at, now);
	if (err == OK && heap != NULL)
		heap->pages += (uint32_t)pages;
	if (err == OK)
		*address = at;
	return err;
}

err_t
memory_stack(struct memory *m, struct process *p, uint64_t bytes, uint64_t *top)
{
	const uint64_t guard = STACK_GUARD_PAGES * PAGE_BYTES;
	const uint64_t pages = (bytes + PAGE_BYTES - 1) >> PAGE_SHIFT;
	if (bytes == 0 || bytes > WINDOW_BYTES)
		return ERR_ARGUMENT;
	const uint64_t area = p->body->narrow ? NARROW_STACK_AREA : STACK_AREA;
	const uint64_t end = p->body->narrow ? NARROW_END : MAIN_STACK_TOP;
	uint64_t base = area + guard;
	for (const struct region *r = p->body->regions; r != NULL; r = r->next) {
		if (region_end(r) > area && r->base < base + pages * PAGE_BYTES + guard)
			base = region_end(r) + guard;
	}
	if (base + pages * PAGE_BYTES > end)
		return ERR_TOO_MANY;
	err_t err = region_add(m, p, REGION_STACK, base, (uint32_t)pages, STACK_PAGES_NOW);
	if (err == OK)
		*top = base + pages * PAGE_BYTES;
	return err;
}

/* What is behind a hole in the middle becomes a region of its own, made beforehand. */
static void
split(struct process *p, struct region *r, uint64_t hole_end, struct region *behind)
{
	*behind = (struct region){ .next = r->next, .base = hole_end, .kind = r->kind };
	behind->pages = (uint32_t)((region_end(r) - hole_end) >> PAGE_SHIFT);
	for (uint32_t i = 0; i < behind->pages; i++) {
		if (space_page(&p->body->space, hole_end + i * PAGE_BYTES, NULL) == 0)
			behind->untouched++;
	}
	r->untouched -= behind->untouched;
	r->next = behind;
}

err_t
memory_unmap(struct memory *m, struct process *p, uint64_t address, uint64_t pages)
{
	struct region *r = region_at(p->body, address);
	if ((address & (PAGE_BYTES - 1)) != 0)
		return ERR_ALIGNMENT;
	if (r == NULL || pages == 0)
		return ERR_NOT_MAPPED;
	if (pages > (region_end(r) - address) >> PAGE_SHIFT)
		return ERR_NOT_MAPPED;
	const uint64_t end = address + pages * PAGE_BYTES;
	const bool whole = pages == r->pages;
	if (r->kind == REGION_BSS || (r->kind == REGION_STACK && !whole))
		return ERR_ARGUMENT;
	if (address > r->base && end < region_end(r)) {
		struct region *behind = pool_take(&m->regions, &m->ledger);
		if (behind == NULL)
			return ERR_NO_MEMORY;
		split(p, r, end, behind);
	}

	/* Nothing below can fail. */
	clear(m, p, r, address, (uint32_t)pages);
	if (whole) {
		region_delete(m, p->body, r);
		return OK;
	}
	if (address > r->base) {
		r->pages = (uint32_t)((address - r->base) >> PAGE_SHIFT);
		return OK;
	}
	r->base = end;
	r->pages -= (uint32_t)pages;
	return OK;
}

err_t
memory_fund(struct memory *m, struct process *p, uint64_t which, uint64_t pages)
{
	if (which > 1)
		return ERR_ARGUMENT;
	struct space *s = which == 0 ? &p->body->space : &p->estate;
	if (s->handle == HANDLE_NONE)
		return ERR_STATE;
	if (pages > UINT32_MAX)
		return ERR_NO_MEMORY;
	return space_fund(m, p, s, (uint32_t)pages);
}
