/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces as memory handles them: each kernel call that can lack kernel memory
 * is given a page and made again, and what the kernel holds and what the
 * ledger says stay the same.
 */
#include "memory.h"

#include <stddef.h>

/* More than any one call can lack: a root and two tables for each of two ends. */
#define TOP_UPS_MAX 5

err_t
space_fund(struct memory *m, const struct process *p, struct space *s, uint32_t pages)
{
	err_t err = process_can_pay(m, p, pages);
	uint32_t given = 0, run = MAP_MAX_PAGES;
	while (err == OK && given < pages) {
		if (run > pages - given)
			run = pages - given;
		uint32_t f = ledger_take(&m->ledger, &s->lot, KIND_KERNEL, run, WANT_ANY);
		if (f == 0) {
			if (run == 1)
				err = ERR_NO_MEMORY;
			run /= 2;
			continue;
		}
		err = insula_fund(s->handle, ledger_home_address(&m->ledger, f), run);
		if (err == OK)
			given += run;
		for (uint32_t i = 0; err != OK && i < run; i++)
			ledger_give(&m->ledger, &s->lot, f + i, false);
	}
	while (err != OK && given > 0) {
		uint64_t home;
		if (insula_defund(s->handle, &home) != OK)
			break;
		ledger_give_kernel(
		    &m->ledger, &s->lot, ledger_frame_at(&m->ledger, home - HOME_BASE));
		given--;
	}
	return err;
}

/* One page more, to be taken back when it is spare. */
static err_t
top_up(struct memory *m, const struct process *p, struct space *s)
{
	err_t err = space_fund(m, p, s, 1);
	if (err == OK)
		s->topped++;
	return err;
}

void
space_trim(struct memory *m, struct space *s)
{
	uint64_t home;
	while (s->topped > 0 && insula_defund(s->handle, &home) == OK) {
		ledger_give_kernel(
		    &m->ledger, &s->lot, ledger_frame_at(&m->ledger, home - HOME_BASE));
		s->topped--;
	}
}

err_t
space_need_spare(struct memory *m, const struct process *p, struct space *s, uint32_t pages)
{
	uint64_t x[7];
	err_t err = insula_space_query(s->handle, SPACE_FUND, 0, x);
	if (err != OK || x[1] >= pages)
		return err;
	return space_fund(m, p, s, pages - (uint32_t)x[1]);
}

err_t
space_make(struct memory *m, struct space *s, unsigned flags)
{
	handle_t handle;
	err_t err = insula_space_create(m->home.handle, m->table, flags, &handle);
	/* Home may lack a page for the object, or memory's own table one for the slot. */
	if (err == ERR_NO_FUND) {
		err = top_up(m, NULL, &m->home);
		if (err == OK)
			err = insula_space_create(m->home.handle, m->table, flags, &handle);
	}
	if (err == ERR_NO_FUND) {
		err = top_up(m, NULL, &m->self->estate);
		if (err == OK)
			err = insula_space_create(m->home.handle, m->table, flags, &handle);
	}
	if (err != OK) {
		space_trim(m, &m->self->estate);
		space_trim(m, &m->home);
		return err;
	}
	*s = (struct space){ .handle = handle | HANDLE_ESTATE };
	return OK;
}

uint32_t
space_end(struct memory *m, struct space *s)
{
	if (s->handle == HANDLE_NONE)
		return 0;
	uint64_t x[7];
	if (!s->strange &&
	    (insula_space_query(s->handle, SPACE_FUND, 0, x) != OK || x[0] != s->lot.kernel ||
		x[2] != (uint64_t)s->lot.user + s->foreign))
		m->discrepancies++;
	if (insula_destroy(s->handle) != OK)
		m->discrepancies++;
	uint32_t pages = ledger_give_all(&m->ledger, &s->lot);
	*s = (struct space){ 0 };
	space_trim(m, &m->home);
	return pages;
}

err_t
space_map(struct memory *m, const struct process *p, struct space *s, uint64_t address,
    uint64_t home_address, uint32_t pages, unsigned prot)
{
	err_t err = insula_map(s->handle, address, home_address, pages, prot);
	for (int n = 0; err == ERR_NO_FUND && n < TOP_UPS_MAX; n++) {
		err = top_up(m, p, s);
		if (err == OK)
			err = insula_map(s->handle, address, home_address, pages, prot);
	}
	if (err != OK)
		space_trim(m, s);
	return err;
}

void
space_unmap(struct space *s, uint64_t address, uint64_t pages)
{
	while (pages > 0) {
		unsigned run = pages < MAP_MAX_PAGES ? (unsigned)pages : MAP_MAX_PAGES;
		(void)insula_unmap(s->handle, address, run);
		address += run * PAGE_BYTES;
		pages -= run;
	}
}

err_t
space_map_new(struct memory *m, const struct process *p, struct space *s, uint64_t address,
    uint64_t pages, unsigned prot)
{
	err_t err = OK;
	uint64_t done = 0;
	uint32_t run = MAP_MAX_PAGES;
	while (err == OK && done < pages) {
		if (run > pages - done)
			run = (uint32_t)(pages - done);
		/* Again: tables may have been paid for meanwhile. */
		err = process_can_pay(m, p, pages - done);
		if (err != OK)
			break;
		uint32_t f = ledger_take(&m->ledger, &s->lot, KIND_USER, run, WANT_ZERO);
		if (f == 0) {
			if (run == 1)
				err = ERR_NO_MEMORY;
			run /= 2;
			continue;
		}
		err = space_map(m, p, s, address + done * PAGE_BYTES,
		    ledger_home_address(&m->ledger, f), run, prot);
		if (err == OK)
			done += run;
		for (uint32_t i = 0; err != OK && i < run; i++)
			ledger_give(&m->ledger, &s->lot, f + i, true);
	}
	if (err != OK && done > 0) {
		space_unmap_lent(m, s, address, done);
		space_trim(m, s);
	}
	return err;
}

uint64_t
space_page(const struct space *s, uint64_t address, uint64_t *prot)
{
	uint64_t x[7];
	if (insula_space_query(s->handle, SPACE_PAGE, address, x) != OK || !(x[0] & PAGE_PRESENT))
		return 0;
	if (prot != NULL)
		*prot = x[0];
	return x[3];
}

uint32_t
space_unmap_lent(struct memory *m, struct space *s, uint64_t address, uint64_t pages)
{
	uint32_t count = 0;
	for (; pages > 0; pages--, address += PAGE_BYTES) {
		uint64_t home = space_page(s, address, NULL);
		if (home == 0)
			continue;
		space_unmap(s, address, 1);
		ledger_give(
		    &m->ledger, &s->lot, ledger_frame_at(&m->ledger, home - HOME_BASE), false);
		count++;
	}
	return count;
}

err_t
space_give(struct memory *m, handle_t from, handle_t handle, struct process *to, uint32_t rights,
    uint64_t badge, handle_t *copy)
{
	handle_t got;
	err_t err = insula_cap_copy(from, handle, to->estate.handle, rights, badge, &got);
	if (err == ERR_NO_FUND) {
		err = top_up(m, NULL, &to->estate);
		if (err == OK)
			err = insula_cap_copy(from, handle, to->estate.handle, rights, badge, &got);
	}
	if (err != OK) {
		space_trim(m, &to->estate);
		return err;
	}
	*copy = got | HANDLE_ESTATE;
	return OK;
}
