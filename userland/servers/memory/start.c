/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The beginning: what init built becomes records, as if memory had built it.
 */
#include "memory.h"

#include <insula/services/rpc.h>

#include <stddef.h>
#include <string.h>

static bool
in_archive(const struct memory *m, uint64_t physical)
{
	return physical + PAGE_BYTES > m->archive.base &&
	    physical < m->archive.base + m->archive.bytes;
}

static err_t
take_process(struct memory *m, const struct handover_process *h)
{
	struct process *p = process_create(m, h->pid);
	struct body *body = p == NULL ? NULL : body_create(m, p, h->instance);
	if (body == NULL)
		return ERR_NO_MEMORY;
	p->quota = h->quota_pages;
	p->by_init = 1;
	p->estate.handle = h->memory_estate;
	p->estate.lot.kernel = (uint32_t)h->estate_fund;
	p->state.handle = h->memory_state;
	p->state.lot.kernel = (uint32_t)h->state_fund;
	body->space.handle = h->memory_space;
	body->space.strange = h->pid == PID_INIT;
	body->space.lot.kernel = (uint32_t)h->space_fund;
	uint32_t stack = (uint32_t)((h->stack_bytes + PAGE_BYTES - 1) >> PAGE_SHIFT);
	struct region *heap = NULL;
	if (h->heap_pages != 0) {
		heap = pool_take(&m->regions, &m->ledger);
		if (heap == NULL)
			return ERR_NO_MEMORY;
		*heap = (struct region){
			.base = HEAP_BASE, .pages = (uint32_t)h->heap_pages, .kind = REGION_HEAP
		};
		body->regions = heap;
	}
	if (stack != 0) {
		struct region *r = pool_take(&m->regions, &m->ledger);
		if (r == NULL)
			return ERR_NO_MEMORY;
		*r = (struct region){ .base = MAIN_STACK_TOP - stack * PAGE_BYTES,
			.pages = stack,
			.kind = REGION_STACK };
		if (heap != NULL)
			heap->next = r;
		else
			body->regions = r;
	}
	return OK;
}

static uint64_t
ring_address(uint32_t entry)
{
	return RINGS_BASE + entry * RING_STRIDE;
}

static err_t
take_connection(struct memory *m, const struct handover_connection *c)
{
	struct process *client = process_by_pid(m, c->client);
	struct process *server = process_by_pid(m, c->server);
	if (client == NULL || server == NULL)
		return ERR_NO_PROCESS;
	struct share *share = share_create(m, client, ring_address(c->client_entry), server,
	    ring_address(c->server_entry), 2 * c->pages);
	return share == NULL ? ERR_NO_MEMORY : OK;
}

/* The share that has a page of an estate, or NULL. */
static struct share *
share_at(const struct process *p, uint64_t address)
{
	for (struct share_side *side = p->shares; side != NULL; side = side->next) {
		if (address >= side->address &&
		    address < side->address + side->share->pages * PAGE_BYTES)
			return side->share;
	}
	return NULL;
}

/* One page that init mapped: whose lot it is on, or that it is another's. */
static void
take_page(struct memory *m, struct process *p, unsigned where, uint64_t address, uint64_t physical)
{
	struct space *const spaces[] = { &p->body->space, &p->estate, &p->state };
	const bool estate = where == 1;
	struct space *s = spaces[where];
	const uint32_t f = ledger_frame_at(&m->ledger, physical);
	const bool ours = f != 0 && !in_archive(m, physical);
	struct share *share = estate ? share_at(p, address) : NULL;
	if (share != NULL) {
		/* Both sides name it; the first to do so adopts, and share_create counted. */
		if (ours)
			(void)ledger_adopt(&m->ledger, &share->lot, f);
		return;
	}
	if (!estate && p == m->rpc && address >= RPC_DIRECTORIES &&
	    address < RPC_DIRECTORY_ADDRESS(RPC_PIDS)) {
		struct process *whose =
		    process_by_pid(m, (address - RPC_DIRECTORIES) / RPC_DIRECTORY_STRIDE);
		if (whose != NULL)
			whose->directory_pages++;
		s->foreign++;
		return;
	}
	if (!estate && address >= HANDOVER && address < HANDOVER + 4 * PAGE_BYTES) {
		/* Seen by three, owned by none of them. */
		if (ours)
			(void)ledger_adopt(&m->ledger, &m->home.lot, f);
		s->foreign++;
		return;
	}
	if (!ours || !ledger_adopt(&m->ledger, &s->lot, f))
		s->foreign++;
}

err_t
memory_start(struct memory *m, const struct handover *h, void *home)
{
	if (h->magic != HANDOVER_MAGIC || h->bytes != sizeof *h)
		return ERR_ARGUMENT;
	err_t err = ledger_init(&m->ledger, home, h->ram, h->ram_ranges, h->free, h->free_ranges);
	m->processes.record_bytes = sizeof(struct process);
	m->privates.record_bytes = sizeof(struct body);
	m->regions.record_bytes = sizeof(struct region);
	m->shares.record_bytes = sizeof(struct share);
	m->home.handle = h->memory_home;
	m->archive = h->archive;
	m->ram_ranges = h->ram_ranges;
	for (uint32_t i = 0; i < h->ram_ranges; i++)
		m->ram[i] = h->ram[i];
	for (uint32_t i = 0; err == OK && i < h->processes; i++)
		err = take_process(m, &h->process[i]);
	if (err != OK)
		return err;
	m->self = process_by_pid(m, PID_MEMORY);
	m->manager = process_by_pid(m, PID_PROCESS);
	m->rpc = process_by_pid(m, PID_RPC);
	if (m->self == NULL || m->manager == NULL || m->rpc == NULL)
		return ERR_NO_PROCESS;
	m->table = m->self->estate.handle;
	for (uint32_t i = 0; err == OK && i < h->connections; i++)
		err = take_connection(m, &h->connection[i]);
	for (uint32_t i = 0; err == OK && i < h->lents; i++) {
		const struct handover_lent *lent = &h->lent[i];
		struct process *p = process_by_pid(m, lent->pid);
		for (uint32_t n = 0; p != NULL && lent->estate <= 2 && n < lent->pages; n++)
			take_page(m, p, lent->estate, lent->address + n * PAGE_BYTES,
			    lent->physical + n * PAGE_BYTES);
	}
	return err;
}

void
memory_sweep(struct memory *m)
{
	for (uint32_t i = 0; i < m->ram_ranges; i++) {
		const uint64_t end = m->ram[i].base + m->ram[i].bytes;
		for (uint64_t at = m->ram[i].base; at < end; at += PAGE_BYTES) {
			const uint32_t f = ledger_frame_at(&m->ledger, at);
			uint64_t x[7];
			bool free = f != 0 && ledger_kind(&m->ledger, f) == KIND_UNKNOWN &&
			    !in_archive(m, at) &&
			    insula_space_query(m->home.handle, SPACE_PAGE, HOME_BASE + at, x) ==
				OK &&
			    x[1] == FRAME_HOME;
			if (!free)
				continue;
			/*
			 * By stores: these frames held code, and an emulator that is told
			 * of it by nothing but DC ZVA stays slow on them for ever.
			 */
			memset(ledger_bytes(&m->ledger, f), 0, PAGE_BYTES);
			ledger_add_free(&m->ledger, f, true);
		}
	}
}
