/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections: matched once, then two directory entries, two doorbells and the
 * pages between them. A connection that ends is closed first, and taken apart on
 * each side only when that side says that it does not look at the rings any more.
 */
#include "registry_internal.h"

#include <string.h>

#define ENTRIES (DIRECTORY_ENTRIES_PER_PAGE)
#define ENTRY_NONE UINT32_MAX

static const char *const first_service[] = { "rpc", "process", "memory" };
#define FIRST_ENTRIES (sizeof first_service / sizeof first_service[0])

static void
store_state(struct directory_entry *e, uint32_t state)
{
	__atomic_store_n(&e->state, state, __ATOMIC_RELEASE);
}

static bool
entry_taken(pid_number_t pid, uint32_t entry)
{
	return world_directory(pid)[entry].state != ENTRY_FREE;
}

/* A free entry; the first are kept for registry_ask. */
static uint32_t
free_entry(pid_number_t pid, uint32_t but)
{
	for (uint32_t n = FIRST_ENTRIES; n < ENTRIES; n++) {
		if (n != but && !entry_taken(pid, n))
			return n;
	}
	return ENTRY_NONE;
}

/* The first free record, and with that one more place if none was free. */
static const struct registry_connection *
free_record(void)
{
	const struct registry_connection *c = registry()->connection;
	uint32_t n = 0;
	for (; n < CONNECTIONS; n++, c++) {
		if (c->client == PID_INVALID && c->server == PID_INVALID)
			break;
	}
	if (n == CONNECTIONS)
		return NULL;
	if (n >= registry()->places)
		STATE_SET(registry()->places, n + 1);
	return c;
}

/* --- making one */

struct making {
	uint32_t flags; /* RPC_CONNECTION_* */
	const struct registry_process *client, *server;
	const struct registry_service *service;
	uint32_t client_entry, server_entry;
	struct ring_geometry geometry;
	handle_t endpoint;     /* the client's, in its estate */
	handle_t own_endpoint; /* the same if it was made for this connection */
	handle_t client_bell;  /* the server's endpoint, in the client's estate */
	handle_t server_bell;
	uint32_t description; /* the client's, kept */
};

static err_t
make_bells(struct making *m, uint32_t flags)
{
	err_t err = OK;
	if ((flags & RPC_CONNECTION_OWN_ENDPOINT) != 0) {
		err = world_endpoint(m->client->estate, &m->own_endpoint);
		m->endpoint = m->own_endpoint;
	}
	if (err != OK)
		return err;
	err = world_bell(m->server->estate, m->service->endpoint, m->client->estate,
	    1ull << (m->server_entry % CONNECTION_BITS), &m->client_bell);
	if (err != OK)
		goto no_client_bell;
	err = world_bell(m->client->estate, m->endpoint, m->server->estate,
	    1ull << (m->client_entry % CONNECTION_BITS), &m->server_bell);
	if (err != OK)
		goto no_server_bell;
	return OK;

no_server_bell:
	world_drop(m->client->estate, m->client_bell);
no_client_bell:
	if (m->own_endpoint != HANDLE_NONE)
		world_drop_endpoint(m->client->estate, m->own_endpoint);
	return err;
}

static void
drop_bells(const struct making *m)
{
	world_drop(m->client->estate, m->client_bell);
	world_drop(m->server->estate, m->server_bell);
	if (m->own_endpoint != HANDLE_NONE)
		world_drop_endpoint(m->client->estate, m->own_endpoint);
}

static void
drop_pages(const struct making *m)
{
	(void)world_unshare(m->client->pid, m->client_entry, m->geometry.pages);
	(void)world_unshare(m->server->pid, m->server_entry, m->geometry.pages);
}

/*
 * Its process need not look at entries behind this one. Of a directory that init
 * wrote nothing is said before registry_count_entries has.
 */
static void
count_entry(struct directory_entry *directory, uint32_t index)
{
	uint32_t used = directory->reserved[1];
	if (index >= used && (used != 0 || index == 0))
		__atomic_store_n(&directory->reserved[1], index + 1, __ATOMIC_RELEASE);
}

void
registry_count_entries(pid_number_t pid)
{
	struct directory_entry *directory = world_directory(pid);
	uint32_t used = ENTRIES;
	while (used > 0 && directory[used - 1].state == ENTRY_FREE)
		used--;
	__atomic_store_n(&directory->reserved[1], used, __ATOMIC_RELEASE);
}

static void
write_entry(const struct making *m, bool client)
{
	const struct registry_process *own = client ? m->client : m->server;
	uint32_t index = client ? m->client_entry : m->server_entry;
	struct directory_entry *e = &world_directory(own->pid)[index];
	count_entry(world_directory(own->pid), index);
	e->role = client ? ROLE_CLIENT : ROLE_SERVER;
	e->flags = (uint16_t)((m->flags & RPC_CONNECTION_TRANSFERABLE) != 0 ? 0 : DIRECTORY_FIXED);
	e->peer = client ? m->server->pid : m->client->pid;
	e->service = m->service->sid;
	e->connection = m->client_entry + 1;
	e->doorbell = HANDLE_ESTATE | (client ? m->client_bell : m->server_bell);
	e->endpoint = HANDLE_ESTATE | (client ? m->endpoint : m->service->endpoint);
	e->bit = index % CONNECTION_BITS;
	e->depth = m->geometry.depth;
	e->call_bytes = m->geometry.call_bytes;
	e->result_bytes = m->geometry.result_bytes;
	e->pages = m->geometry.pages;
	e->match = registry()->description[m->description].hash;
	e->generation++;
	store_state(e, ENTRY_OPEN);
}

static err_t
record(const struct making *m, const struct registry_request *request)
{
	const struct registry_connection *c = free_record();
	if (c == NULL)
		return ERR_TOO_MANY;
	struct registry_connection made = {
		.client = m->client->pid,
		.client_entry = m->client_entry,
		.server = m->server->pid,
		.server_entry = m->server_entry,
		.cid = m->client_entry + 1,
		.sid = m->service->sid,
		.description = m->description,
		.pages = m->geometry.pages,
		.depth = m->geometry.depth,
		.own_endpoint = m->own_endpoint,
		.flags = request->flags,
		.open = 1,
	};
	state_write(c, &made, sizeof made);
	return OK;
}

/*
 * Make everything that can fail. Nobody sees it yet, so an error on the way, here
 * or in what comes with it, takes it all back; the records are undone with the call.
 */
static err_t
prepare(struct making *m, const struct registry_request *request)
{
	err_t err = world_share(
	    m->client->pid, m->client_entry, m->server->pid, m->server_entry, m->geometry.pages);
	if (err != OK)
		return err;
	m->flags = request->flags;
	err = make_bells(m, request->flags);
	if (err == OK) {
		err = record(m, request);
		if (err != OK)
			drop_bells(m);
	}
	if (err != OK)
		drop_pages(m);
	return err;
}

/* Cannot fail. */
static void
activate(const struct making *m)
{
	write_entry(m, false);
	write_entry(m, true);
	world_ring(m->server->bell);
}

/* Descriptions that are not the same are compared parameter by parameter. */
static err_t
compare(const struct registry_description *server, const struct registry_description *client,
    char reason[RPC_REASON_BYTES])
{
	static struct rpc_decoded servers, clients;
	if (server == client)
		return OK;
	if (rpc_decode(&servers, server->data, server->bytes) != OK ||
	    rpc_decode(&clients, client->data, client->bytes) != OK)
		return ERR_BAD_STATE;
	return rpc_match(&servers.interface, &clients.interface, reason);
}

static err_t
match(struct making *m, const struct registry_request *request, char reason[RPC_REASON_BYTES])
{
	err_t err =
	    registry_keep_description(request->description, request->bytes, &m->description);
	if (err != OK)
		return err;
	const struct registry_description *d = &registry()->description[m->description];
	m->service = registry_named_service(request->server, registry_description_name(d));
	if (m->service == NULL)
		return ERR_NOT_FOUND;
	err = compare(&registry()->description[m->service->description], d, reason);
	if (err != OK)
		return err;
	/* Slots hold the client's structs; the server's library converts. */
	uint32_t depth = d->depth < m->service->depth ? d->depth : m->service->depth;
	return ring_geometry_make(&m->geometry, depth, d->in_bytes, d->out_bytes);
}

/* Find both ends and prepare the connection between them; `at` is the client's entry, or none. */
static err_t
connect(struct making *m, pid_number_t client, const struct registry_request *request, uint32_t at,
    char reason[RPC_REASON_BYTES])
{
	*m = (struct making){ .client = registry_process(client) };
	reason[0] = '\0';
	if (client == PID_INVALID || m->client == NULL)
		return ERR_NO_PROCESS;
	err_t err = match(m, request, reason);
	if (err != OK)
		return err;
	m->server = registry_process(m->service->pid);
	if (m->server == NULL)
		return ERR_NO_PROCESS;
	m->client_entry = at == ENTRY_NONE ? free_entry(client, ENTRY_NONE) : at;
	m->server_entry =
	    free_entry(m->server->pid, m->server == m->client ? m->client_entry : ENTRY_NONE);
	if (m->client_entry == ENTRY_NONE || m->server_entry == ENTRY_NONE)
		return ERR_TOO_MANY;
	m->endpoint =
	    (request->endpoint == HANDLE_NONE ? HANDLE_MAIN_ENDPOINT : request->endpoint) &
	    ~HANDLE_ESTATE;
	return prepare(m, request);
}

err_t
registry_add_connection(pid_number_t client, const struct registry_request *request, cid_t_ *cid,
    uint32_t *entry, char reason[RPC_REASON_BYTES])
{
	struct making m;
	err_t err = connect(&m, client, request, ENTRY_NONE, reason);
	if (err != OK)
		return err;
	activate(&m);
	*cid = m.client_entry + 1;
	*entry = m.client_entry;
	return OK;
}

void
registry_keep_entries(pid_number_t pid, handle_t ask)
{
	struct directory_entry *directory = world_directory(pid);
	for (uint32_t n = 0; n < FIRST_ENTRIES; n++) {
		directory[n].doorbell = HANDLE_ESTATE | ask;
		store_state(&directory[n], ENTRY_ASK);
	}
	directory[0].reserved[1] = FIRST_ENTRIES;
}

err_t
registry_ask(pid_number_t client, uint64_t entry)
{
	if (client == PID_INVALID || registry_process(client) == NULL)
		return ERR_NO_PROCESS;
	if (entry >= FIRST_ENTRIES)
		return ERR_ARGUMENT;
	uint32_t state = world_directory(client)[entry].state;
	if (state != ENTRY_ASK)
		return state == ENTRY_OPEN ? OK : ERR_CLOSED;
	const struct registry_service *s =
	    registry_named_service(PID_INVALID, first_service[entry]);
	if (s == NULL)
		return ERR_NOT_FOUND;
	const struct registry_description *d = &registry()->description[s->description];
	const struct registry_request request = { .server = s->pid,
		.description = d->data,
		.bytes = d->bytes,
		.flags = RPC_CONNECTION_TRANSFERABLE };
	struct making m;
	char reason[RPC_REASON_BYTES];
	err_t err = connect(&m, client, &request, (uint32_t)entry, reason);
	if (err == OK)
		activate(&m);
	return err;
}

err_t
registry_adopt_connection(const struct registry_connection *connection)
{
	const struct registry_connection *c = free_record();
	const struct registry_service *s =
	    registry_find_service(connection->server, connection->sid);
	if (c == NULL)
		return ERR_TOO_MANY;
	if (s == NULL)
		return ERR_NOT_FOUND;
	const struct registry_description *d = &registry()->description[s->description];
	struct registry_connection made = *connection;
	made.description = s->description;
	made.open = 1;
	STATE_SET(d->users, d->users + 1);
	state_write(c, &made, sizeof made);
	/* init left the descriptions' number to us: they are all of one build. */
	world_directory(made.client)[made.client_entry].match = d->hash;
	world_directory(made.server)[made.server_entry].match = d->hash;
	return OK;
}

/* --- ending one */

static void
close_side(pid_number_t pid, uint32_t entry)
{
	const struct registry_process *p = registry_process(pid);
	if (pid == PID_INVALID || p == NULL)
		return;
	store_state(&world_directory(pid)[entry], ENTRY_CLOSED);
	world_ring(p->bell);
}

static void
ring_own_endpoint(const struct registry_connection *c)
{
	/* A client that sleeps at the connection's own endpoint does not hear the directory's bell. */
	const struct registry_process *client = registry_process(c->client);
	handle_t bell;
	if (c->own_endpoint == HANDLE_NONE || c->client == PID_INVALID || client == NULL ||
	    world_own_bell(client->estate, c->own_endpoint, &bell) != OK)
		return;
	world_ring(bell);
	world_drop_own(bell);
}

void
registry_close(const struct registry_connection *c)
{
	if (c->open == 0)
		return;
	STATE_SET(c->open, 0);
	close_side(c->client, c->client_entry);
	close_side(c->server, c->server_entry);
	ring_own_endpoint(c);
}

/* Both sides are gone: so is the record. */
static void
forget(const struct registry_connection *c)
{
	if (c->client == PID_INVALID && c->server == PID_INVALID)
		registry_drop_description(c->description);
}

/* Take one side apart: pages, doorbell, entry. */
static void
release_side(const struct registry_connection *c, bool client)
{
	pid_number_t pid = client ? c->client : c->server;
	uint32_t entry = client ? c->client_entry : c->server_entry;
	const struct registry_process *p = registry_process(pid);
	struct directory_entry *e = &world_directory(pid)[entry];
	world_drop(p->estate, e->doorbell & ~HANDLE_ESTATE);
	if (client && c->own_endpoint != HANDLE_NONE)
		world_drop_endpoint(p->estate, c->own_endpoint);
	(void)world_unshare(pid, entry, c->pages);
	store_state(e, ENTRY_FREE);
	if (client)
		STATE_SET(c->client, PID_INVALID);
	else
		STATE_SET(c->server, PID_INVALID);
	forget(c);
}

err_t
registry_release(pid_number_t pid, uint32_t entry)
{
	if (pid == PID_INVALID)
		return ERR_NO_PROCESS;
	const struct registry_connection *c = registry()->connection;
	for (uint32_t n = registry()->places; n > 0; n--, c++) {
		bool client = c->client == pid && c->client_entry == entry;
		if (!client && (c->server != pid || c->server_entry != entry))
			continue;
		registry_close(c);
		release_side(c, client);
		return OK;
	}
	return ERR_NOT_FOUND;
}

err_t
registry_remove_connection(pid_number_t client, cid_t_ cid)
{
	if (client == PID_INVALID || cid <= FIRST_ENTRIES)
		return cid == CID_INVALID ? ERR_NOT_FOUND : ERR_REFUSED;
	const struct registry_connection *c = registry()->connection;
	for (uint32_t n = registry()->places; n > 0; n--, c++) {
		if (c->client == client && c->cid == cid)
			return registry_release(client, c->client_entry);
	}
	return ERR_NOT_FOUND;
}

void
registry_drop_side(const struct registry_connection *c, pid_number_t pid)
{
	bool client = c->client == pid;
	bool server = c->server == pid;
	/* The estate goes as a whole, with entry, doorbell and mappings. */
	uint32_t open = c->open;
	STATE_SET(c->open, 0);
	if (client)
		STATE_SET(c->client, PID_INVALID);
	if (server)
		STATE_SET(c->server, PID_INVALID);
	if (open != 0) {
		close_side(c->client, c->client_entry);
		close_side(c->server, c->server_entry);
		ring_own_endpoint(c);
	}
	forget(c);
}

const struct registry_description *
registry_describe(pid_number_t server, uint32_t entry)
{
	const struct registry_connection *c = registry()->connection;
	for (uint32_t n = registry()->places; n > 0; n--, c++) {
		if (server != PID_INVALID && c->server == server && c->server_entry == entry)
			return &registry()->description[c->description];
	}
	return NULL;
}
