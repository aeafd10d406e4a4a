/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that two estates share: the rings of a connection. The first half is
 * written by the client, the second by the server; both see both.
 */
#include "memory.h"

#include <stddef.h>

#define SHARE_PAGES_MAX 256u /* of each half */

static void
side_add(struct share *share, struct share_side *side, struct process *p, uint64_t address)
{
	*side = (struct share_side){ p->shares, share, p, address };
	p->shares = side;
}

static void
side_remove(struct share_side *side)
{
	struct share_side **at = &side->process->shares;
	while (*at != side)
		at = &(*at)->next;
	*at = side->next;
	side->process = NULL;
}

struct share *
share_create(struct memory *m, struct process *client, uint64_t client_address,
    struct process *server, uint64_t server_address, uint32_t pages)
{
	struct share *share = pool_take(&m->shares, &m->ledger);
	if (share == NULL)
		return NULL;
	share->pages = pages;
	side_add(share, &share->client, client, client_address);
	side_add(share, &share->server, server, server_address);
	client->rings += pages;
	client->estate.foreign += pages;
	server->estate.foreign += pages;
	return share;
}

/* A side is unmapped, or its estate is gone: the other pays, or nobody has the pages (MM4). */
static void
side_end(struct memory *m, struct share_side *side)
{
	struct share *share = side->share;
	struct share_side *other = side == &share->client ? &share->server : &share->client;
	const bool paid = side == &share->client || other->process == NULL;
	if (paid)
		side->process->rings -= share->pages;
	side_remove(side);
	if (other->process == NULL) {
		ledger_give_all(&m->ledger, &share->lot);
		pool_give(&m->shares, &m->ledger, share);
	} else if (paid) {
		other->process->rings += share->pages;
	}
}

void
share_forget(struct memory *m, struct process *p)
{
	while (p->shares != NULL)
		side_end(m, p->shares);
}

/* A run of pages on one side; the client pays for the tables that it takes. */
static err_t
map_side(struct memory *m, const struct share *share, struct process *p, uint64_t address,
    uint64_t home, uint32_t run, unsigned prot)
{
	err_t err = space_map(m, share->client.process, &p->estate, address, home, run, prot);
	if (err != OK)
		return err;
	err = alias_map(m, p, address, home, run, prot);
	if (err != OK) {
		space_unmap(&p->estate, address, run);
		space_trim(m, &p->estate);
	}
	return err;
}

static void
unmap_side(struct memory *m, const struct share_side *side, uint64_t offset, uint32_t run)
{
	alias_unmap(m, side->process, side->address + offset, run);
	space_unmap(&side->process->estate, side->address + offset, run);
}

/* One run of pages in both estates; the offset says who writes. */
static err_t
map_run(struct memory *m, struct share *share, uint32_t offset, uint32_t run, uint64_t home)
{
	struct process *client = share->client.process, *server = share->server.process;
	const bool clients = offset < share->pages / 2;
	const uint64_t at = (uint64_t)offset << PAGE_SHIFT;
	err_t err = map_side(
	    m, share, client, share->client.address + at, home, run, clients ? PROT_W : PROT_R);
	if (err != OK)
		return err;
	err = map_side(
	    m, share, server, share->server.address + at, home, run, clients ? PROT_R : PROT_W);
	if (err != OK) {
		unmap_side(m, &share->client, at, run);
		space_trim(m, &client->estate);
	}
	return err;
}

static err_t
map_all(struct memory *m, struct share *share)
{
	const uint32_t half = share->pages / 2;
	uint32_t done = 0, run = MAP_MAX_PAGES;
	err_t err = OK;
	while (err == OK && done < share->pages) {
		uint32_t left = done < half ? half - done : share->pages - done;
		if (run > left)
			run = left;
		uint32_t f = ledger_take(&m->ledger, &share->lot, KIND_USER, run, WANT_ZERO);
		if (f == 0) {
			if (run == 1)
				err = ERR_NO_MEMORY;
			run /= 2;
			continue;
		}
		err = map_run(m, share, done, run, ledger_home_address(&m->ledger, f));
		if (err == OK)
			done += run;
		run = MAP_MAX_PAGES;
	}
	if (err != OK && done > 0) {
		unmap_side(m, &share->client, 0, done);
		unmap_side(m, &share->server, 0, done);
	}
	return err;
}

/* A whole number of pages within the estate's windows, behind the directory. */
static bool
address_ok(uint64_t address, uint64_t pages)
{
	return (address & (PAGE_BYTES - 1)) == 0 &&
	    address >= DIRECTORY + DIRECTORY_MAX_PAGES * PAGE_BYTES &&
	    address <=
	    SLOT_ESTATE_BASE + SLOT_ESTATE_WINDOWS * WINDOW_BYTES - 2 * pages * PAGE_BYTES;
}

err_t
memory_share(struct memory *m, uint64_t client_pid, uint64_t client_address, uint64_t server_pid,
    uint64_t server_address, uint64_t pages)
{
	if (pages == 0 || pages > SHARE_PAGES_MAX || !address_ok(client_address, pages) ||
	    !address_ok(server_address, pages))
		return ERR_ARGUMENT;
	struct process *client = process_by_pid(m, client_pid);
	struct process *server = process_by_pid(m, server_pid);
	if (client == NULL || server == NULL)
		return ERR_NO_PROCESS;
	if (client->estate.handle == HANDLE_NONE || server->estate.handle == HANDLE_NONE)
		return ERR_STATE;
	err_t err = process_can_pay(m, client, 2 * pages);
	if (err != OK)
		return err;
	struct share *share =
	    share_create(m, client, client_address, server, server_address, (uint32_t)(2 * pages));
	if (share == NULL)
		return ERR_NO_MEMORY;
	err = map_all(m, share);
	if (err != OK) {
		client->estate.foreign -= share->pages;
		server->estate.foreign -= share->pages;
		side_end(m, &share->client);
		side_end(m, &share->server);
		space_trim(m, &client->estate);
		space_trim(m, &server->estate);
	}
	return err;
}

err_t
memory_unshare(struct memory *m, uint64_t pid, uint64_t address, uint64_t pages)
{
	struct process *p = process_by_pid(m, pid);
	if (p == NULL)
		return ERR_NO_PROCESS;
	struct share_side *side = p->shares;
	while (side != NULL && side->address != address)
		side = side->next;
	if (side == NULL)
		return ERR_NOT_MAPPED;
	if (side->share->pages != 2 * pages)
		return ERR_ARGUMENT;
	unmap_side(m, side, 0, side->share->pages);
	p->estate.foreign -= side->share->pages;
	space_trim(m, &p->estate);
	side_end(m, side);
	return OK;
}
