/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rings among the five, and init's own to the process manager: pages in both
 * estates, doorbells both ways, an entry in both directories.
 */
#include "init.h"

#include <insula/rpc/client.h>
#include <insula/rpc/ring.h>
#include <insula/services/memory.h>
#include <insula/services/path.h>
#include <insula/services/piddb.h>
#include <insula/services/process.h>
#include <insula/services/rpc.h>
#include <string.h>

RPC_DEFINE_DESCRIPTION(PIDDB, piddb)
RPC_DEFINE_DESCRIPTION(MEMORY, memory)
RPC_DEFINE_DESCRIPTION(RPC, rpc)
RPC_DEFINE_DESCRIPTION(PATH, path)
RPC_DEFINE_DESCRIPTION(PROCESS, process)

#define FIRST_SERVICE 1u /* SID of the one service that each of the five has */

static const struct rpc_interface *
interface_of(pid_number_t server)
{
	switch (server) {
	case PID_PIDDB:
		return &piddb_interface;
	case PID_MEMORY:
		return &memory_interface;
	case PID_RPC:
		return &rpc_interface;
	case PID_PATH:
		return &path_interface;
	default:
		return &process_interface;
	}
}

/* Both sides are compiled from the same list: what is matched is equal. */
static uint32_t
hash_of(pid_number_t server)
{
	static uint8_t description[RPC_DESCRIPTION_BYTES];
	static uint32_t hash[PID_FIRST_FREE];
	if (hash[server] == 0)
		hash[server] = rpc_hash(
		    description, rpc_encode(interface_of(server), description, sizeof description));
	return hash[server];
}

/* Where each client has its connection to a server (insula/handover.h, B5). */
static uint32_t
client_entry(pid_number_t server)
{
	switch (server) {
	case PID_RPC:
		return ENTRY_RPC;
	case PID_PROCESS:
		return ENTRY_PROCESS;
	case PID_MEMORY:
		return ENTRY_MEMORY;
	case PID_PIDDB:
		return ENTRY_PIDDB;
	default:
		return ENTRY_PATH;
	}
}

static uint64_t
ring_address(uint32_t entry)
{
	return RINGS_BASE + entry * RING_STRIDE;
}

/* One side's pages: its own run writable, the peer's not. */
static void
map_rings(struct server *s, uint32_t entry, uint64_t frame, unsigned pages, bool client)
{
	const uint64_t at = ring_address(entry), run = pages * PAGE_BYTES;
	lend(s, IN_ESTATE, at, frame, pages, client ? PROT_W : PROT_R);
	lend(s, IN_ESTATE, at + run, frame + run, pages, client ? PROT_R : PROT_W);
}

static handle_t
make_doorbell(const struct server *rung, const struct server *ringer, uint32_t entry)
{
	return give(rung->estate, HANDLE_MAIN_ENDPOINT, ringer->estate, RIGHT_NOTIFY,
	    1ull << entry % CONNECTION_BITS);
}

static void
write_entry(const struct server *s, uint32_t entry, enum directory_role role,
    const struct server *peer, const struct ring_geometry *g, const struct handover_connection *c)
{
	s->directory[entry] = (struct directory_entry){
		.state = ENTRY_OPEN,
		.role = (uint16_t)role,
		.peer = peer->pid,
		.service = c->sid,
		.connection = c->cid,
		.doorbell =
		    make_doorbell(peer, s, role == ROLE_CLIENT ? c->server_entry : c->client_entry),
		.endpoint = HANDLE_MAIN_ENDPOINT,
		.bit = entry % CONNECTION_BITS,
		.depth = g->depth,
		.call_bytes = g->call_bytes,
		.result_bytes = g->result_bytes,
		.pages = g->pages,
		.match = hash_of(role == ROLE_CLIENT ? peer->pid : s->pid),
		.generation = 1,
	};
}

static void
connect(struct server *client, struct server *server)
{
	struct handover *h = init.handover;
	struct ring_geometry g;
	const struct rpc_interface *i = interface_of(server->pid);
	if (h->connections == HANDOVER_CONNECTIONS ||
	    ring_geometry_make(&g, i->depth, i->in_bytes, i->out_bytes) != OK)
		bare_fatal("%s: no connection to %s can be made", client->name, server->name);
	struct handover_connection *c = &h->connection[h->connections++];
	*c = (struct handover_connection){
		.client = client->pid,
		.server = server->pid,
		.client_entry = client_entry(server->pid),
		.server_entry = server->entries++,
		.cid = client_entry(server->pid) + 1,
		.sid = FIRST_SERVICE,
		.depth = g.depth,
		.pages = g.pages,
		.call_bytes = g.call_bytes,
		.result_bytes = g.result_bytes,
	};
	strncpy(c->service, i->name, sizeof c->service - 1);

	const uint64_t frame = take_frames(2 * g.pages, "a connection");
	ring_pages_init(bare_home(frame), bare_home(frame + g.pages * PAGE_BYTES), &g);
	map_rings(client, c->client_entry, frame, g.pages, true);
	map_rings(server, c->server_entry, frame, g.pages, false);
	write_entry(client, c->client_entry, ROLE_CLIENT, server, &g, c);
	write_entry(server, c->server_entry, ROLE_SERVER, client, &g, c);
}

void
connect_all(void)
{
	/* Entries that are kept for connections of a process's own come before its clients'. */
	server_of(PID_PROCESS)->entries = ENTRY_PATH + 1;
	for (unsigned client = PID_PIDDB; client <= PID_PROCESS; client++)
		for (unsigned server = PID_PIDDB; server <= PID_PROCESS; server++)
			if ((server_of(client)->m->calls & 1u << server) != 0)
				connect(server_of(client), server_of(server));
	connect(server_of(PID_INIT), server_of(PID_PROCESS));
	/* The RPC insulator keeps all directories. */
	for (unsigned pid = PID_INIT; pid <= PID_PROCESS; pid++)
		lend(server_of(PID_RPC), IN_SPACE, RPC_DIRECTORY_ADDRESS(pid),
		    server_of(pid)->directory_frame, 1, PROT_W);
}
