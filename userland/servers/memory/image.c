/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's segments. What is only read comes straight from the boot archive:
 * the same frames in every process. What is written is copied page by page, and
 * what a file does not fill is zero.
 */
#include "memory.h"

#include <stddef.h>
#include <string.h>

/* Pages of zeros that a segment has from the start; the rest come when they are touched. */
#define BSS_PAGES_AT_BIRTH 2u

static uint64_t
page_down(uint64_t at)
{
	return at & ~(PAGE_BYTES - 1);
}

static uint64_t
page_up(uint64_t at)
{
	return page_down(at + PAGE_BYTES - 1);
}

/* Whether a + b is beyond `end`, whatever they are. */
static bool
exceeds(uint64_t a, uint64_t b, uint64_t end)
{
	return a > end || b > end - a;
}

static err_t
check(const struct memory *m, const struct memory_segment *seg, uint64_t image_end)
{
	const unsigned all = PROT_W | PROT_X;
	if ((seg->prot & ~all) != 0 || (seg->prot & all) == all ||
	    seg->file_bytes > seg->memory_bytes || seg->memory_bytes == 0 ||
	    seg->address < PAGE_BYTES || exceeds(seg->address, seg->memory_bytes, image_end))
		return ERR_BAD_IMAGE;
	uint64_t end = seg->source_pid == 0 ? m->archive.bytes : PRIVATE_END;
	return exceeds(seg->source, seg->file_bytes, end) ? ERR_BAD_IMAGE : OK;
}

/* Where the bytes of the source are in home, and how many lie there together; 0 if nowhere. */
static uint64_t
source_run(const struct memory *m, const struct memory_segment *seg, const struct process *owner,
    uint64_t offset, uint64_t *bytes)
{
	uint64_t at = seg->source + offset;
	if (owner == NULL)
		return HOME_BASE + m->archive.base + at;
	uint64_t home = space_page(&owner->body->space, page_down(at), NULL);
	uint64_t in_page = at - page_down(at);
	if (*bytes > PAGE_BYTES - in_page)
		*bytes = PAGE_BYTES - in_page;
	return home == 0 ? 0 : home + in_page;
}

/* Fill one zero page at `address` with the segment's bytes that belong there. */
static err_t
fill_page(const struct memory *m, const struct memory_segment *seg, const struct process *owner,
    uint64_t address, uint8_t *to)
{
	uint64_t from = address > seg->address ? address : seg->address;
	uint64_t end = seg->address + seg->file_bytes;
	if (end > address + PAGE_BYTES)
		end = address + PAGE_BYTES;
	while (from < end) {
		uint64_t bytes = end - from;
		uint64_t home = source_run(m, seg, owner, from - seg->address, &bytes);
		if (home == 0)
			return ERR_NOT_MAPPED;
		memcpy(to + (from - address), m->ledger.home + (home - HOME_BASE), bytes);
		from += bytes;
	}
	return OK;
}

/* Copies of the pages that the file has bytes for, and zeros behind them. */
static err_t
map_copied(struct memory *m, struct process *p, const struct memory_segment *seg,
    const struct process *owner)
{
	struct space *s = &p->body->space;
	uint64_t at = page_down(seg->address);
	const uint64_t end = page_up(seg->address + seg->memory_bytes);
	const uint64_t filled = seg->file_bytes == 0 ? at : page_up(seg->address + seg->file_bytes);
	uint64_t now = filled + BSS_PAGES_AT_BIRTH * PAGE_BYTES;
	if (now > end || !(seg->prot & PROT_W))
		now = end;
	err_t err = OK;
	uint32_t run = MAP_MAX_PAGES;
	while (err == OK && at < now) {
		if (run > (now - at) >> PAGE_SHIFT)
			run = (uint32_t)((now - at) >> PAGE_SHIFT);
		err = process_can_pay(m, p, run);
		if (err != OK)
			break;
		uint32_t f = ledger_take(&m->ledger, &s->lot, KIND_USER, run, WANT_ZERO);
		if (f == 0) {
			if (run == 1)
				err = ERR_NO_MEMORY;
			run /= 2;
			continue;
		}
		for (uint32_t i = 0; err == OK && i < run; i++)
			err = fill_page(
			    m, seg, owner, at + i * PAGE_BYTES, ledger_bytes(&m->ledger, f + i));
		if (err == OK)
			err = space_map(
			    m, p, s, at, ledger_home_address(&m->ledger, f), run, seg->prot);
		for (uint32_t i = 0; err != OK && i < run; i++)
			ledger_give(&m->ledger, &s->lot, f + i, false);
		at += run * PAGE_BYTES;
	}
	if (err == OK && now < end)
		err = region_add(m, p, REGION_BSS, now, (uint32_t)((end - now) >> PAGE_SHIFT), 0);
	return err;
}

/* The archive's own pages, whole: the file is the only source, and nothing follows it. */
static bool
can_share(const struct memory *m, const struct memory_segment *seg)
{
	return seg->source_pid == 0 && !(seg->prot & PROT_W) &&
	    ((m->archive.base + seg->source - seg->address) & (PAGE_BYTES - 1)) == 0 &&
	    seg->memory_bytes == seg->file_bytes;
}

static err_t
map_shared(struct memory *m, struct process *p, const struct memory_segment *seg)
{
	struct space *s = &p->body->space;
	uint64_t at = page_down(seg->address);
	uint64_t home = page_down(HOME_BASE + m->archive.base + seg->source);
	uint64_t pages = (page_up(seg->address + seg->memory_bytes) - at) >> PAGE_SHIFT;
	while (pages > 0) {
		uint32_t run = pages < MAP_MAX_PAGES ? (uint32_t)pages : MAP_MAX_PAGES;
		err_t err = space_map(m, p, s, at, home, run, seg->prot);
		if (err != OK)
			return err;
		s->foreign += run;
		at += run * PAGE_BYTES;
		home += run * PAGE_BYTES;
		pages -= run;
	}
	return OK;
}

err_t
image_map(struct memory *m, struct process *p, const struct memory_plan *plan)
{
	const uint64_t end = p->body->narrow ? NARROW_IMAGE_END : PRIVATE_END - PAGE_BYTES;
	for (uint32_t i = 0; i < plan->segments; i++) {
		const struct memory_segment *seg = &plan->segment[i];
		err_t err = check(m, seg, end);
		if (err != OK)
			return err;
		const struct process *owner = process_by_pid(m, seg->source_pid);
		if (seg->source_pid != 0 && (owner == NULL || owner->body == NULL))
			return ERR_NO_PROCESS;
		err = can_share(m, seg) ? map_shared(m, p, seg) : map_copied(m, p, seg, owner);
		if (err == ERR_MAPPED)
			err = ERR_BAD_IMAGE;
		if (err != OK)
			return err;
	}
	return OK;
}
