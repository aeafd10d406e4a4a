/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RPC as the process manager does it: insula/rpc/client.h and server.h for one
 * thread, without state, conversion, pop-up threads or a heap. It stands in for
 * userland/lib/rpc/{client,server,execute,process,start}.c, which are 8 KiB larger;
 * the linker never takes those because everything they define that is used is here.
 * The rings themselves are the library's (insula/rpc/ring.h).
 *
 * A call that is answered later is done with at once and not parked: there is
 * no version after this one that would look for it. (With the manager's own
 * update this file must park, and recover.)
 *
 *   L1  links[n] is directory entry n, adopted; role 0: not, or closed
 *   L2  a server's link is armed whenever the loop sleeps: its client will ring
 *   L3  an answer that nobody waits for is dropped when it is met
 */
#include "boot.h"
#include "wire.h"

#include <insula/clock.h>
#include <insula/handover.h>
#include <insula/rpc/ring.h>
#include <insula/rpc/server.h>
#include <insula/services/rpc.h>
#include <string.h>

RPC_DEFINE_SERVICE(RPC, rpc)

#define LINKS (5 * DIRECTORY_ENTRIES_PER_PAGE)
#define MESSAGES 32u       /* kept while an answer is waited for */
#define CALLS_PER_TURN 32u /* of one client, before the next has its turn */

struct rpc_connection {
	union {
		struct ring_client client;
		struct ring_server server;
	};
	const volatile struct directory_entry *entry;
	uint32_t generation;
	uint16_t role; /* enum directory_role */
	bool broken;   /* the peer broke the protocol */
	bool refused;  /* it describes the service differently */
	bool ready;    /* it may have calls */
};

static struct rpc_connection links[LINKS];
static uint32_t links_used; /* above it, none is adopted */
static uint64_t bits;       /* rung and not yet looked at */
static struct message kept[MESSAGES];
static uint32_t kept_count;

static const struct rpc_operation *operations; /* of the one service */
static _Alignas(16) uint8_t arguments[PROCESS_IN_BYTES];
static _Alignas(16) uint8_t results[PROCESS_OUT_BYTES];

#define PM_PARAMETERS(S, s, number, op, op_flags) \
	static const uint16_t op##_parameters[] = { S##_##op##_IN(PM_PARAMETER) 0 };
#define PM_LIST(S, s, number, op, op_flags) op##_parameters,
RPC_SCAN(PROCESS_OPS(RPC_WITH(PM_PARAMETERS, PROCESS, process)))
static const uint16_t *const parameters[] = { RPC_SCAN(
    PROCESS_OPS(RPC_WITH(PM_LIST, PROCESS, process))) };

/* --- receiving */

static err_t
receive(uint64_t deadline_ns)
{
	struct message m = { 0 };
	int got = insula_recv(HANDLE_MAIN_ENDPOINT, deadline_ns, &m);
	if (got < 0)
		return (err_t)got;
	if ((got & RECV_BITS) != 0)
		bits |= m.bits;
	if ((got & RECV_MESSAGE) == 0)
		return OK;
	if (kept_count < MESSAGES) {
		kept[kept_count++] = m;
		return OK;
	}
	struct message busy = { .token = m.token };
	busy.word[0] = (uint64_t)(int64_t)ERR_BUSY;
	return insula_reply(HANDLE_MAIN_ENDPOINT, &busy);
}

/* --- the directory */

static bool
is_open(const struct rpc_connection *c)
{
	return c->entry->state == ENTRY_OPEN && c->entry->generation == c->generation;
}

static void
ring(const struct rpc_connection *c)
{
	(void)insula_notify(c->entry->doorbell); /* a peer that is gone hears nothing */
}

static void
adopt(struct rpc_connection *c, const volatile struct directory_entry *e, uint32_t n)
{
	static uint32_t own; /* hash of the description: the first client's, which init made */
	const struct ring_geometry g = { e->depth, e->call_bytes, e->result_bytes, e->pages };
	uint8_t *client_run = (uint8_t *)(uintptr_t)(RINGS_BASE + (uint64_t)n * RING_STRIDE);
	uint8_t *server_run = client_run + g.pages * PAGE_BYTES;
	if (n >= links_used)
		links_used = n + 1;
	c->entry = e;
	c->generation = e->generation;
	c->role = e->role;
	c->broken = !ring_geometry_valid(&g);
	if (c->broken)
		return;
	if (c->role == ROLE_CLIENT) {
		ring_client_adopt(&c->client, client_run, server_run, &g);
		return;
	}
	ring_server_adopt(&c->server, client_run, server_run, &g);
	if (own == 0)
		own = e->match;
	c->refused = e->match != own || g.call_bytes - RING_CALL_HEADER < PROCESS_IN_BYTES ||
	    g.result_bytes - RING_RESULT_HEADER < PROCESS_OUT_BYTES;
	c->ready = true;
}

/* Give back the entry of a client that is gone; only when the ring is full is this waited for. */
static void
release(uint32_t n)
{
	const struct rpc_release_in in = { .entry = n };
	struct rpc_release_out out;
	err_t err = rpc_release_send(rpc_to_rpc(), &in, NULL);
	if (err == ERR_WOULD_BLOCK)
		err = rpc_release(rpc_to_rpc(), &in, &out, TIME_NEVER);
	(void)err; /* one that it does not know is free already */
}

static void
scan(void)
{
	const volatile struct directory_entry *e =
	    (const volatile struct directory_entry *)(uintptr_t)DIRECTORY;
	uint32_t pages = e->reserved[0];
	uint32_t count = (pages == 0 ? 1 : pages) * DIRECTORY_ENTRIES_PER_PAGE;
	if (e->reserved[1] != 0 && count > e->reserved[1])
		count = e->reserved[1];
	if (count > LINKS)
		count = LINKS;
	for (uint32_t n = 0; n < count; n++, e++) {
		struct rpc_connection *c = &links[n];
		if (c->role == ROLE_SERVER && !is_open(c)) {
			c->role = 0;
			release(n);
		}
		if (c->role == 0 && e->state == ENTRY_OPEN) {
			memset(c, 0, sizeof *c);
			adopt(c, e, n);
		}
	}
}

struct rpc_connection *
rpc_connection_at(uint32_t index)
{
	return &links[index];
}

/* --- the client's half */

static err_t
state_of(const struct rpc_connection *c)
{
	if (c->role != ROLE_CLIENT || !is_open(c))
		return ERR_CLOSED;
	return c->broken ? ERR_PROTOCOL : OK;
}

/* Take answers until that of `number`, or all (L3). True: *slot is it, not yet consumed. */
static bool
take_answers(struct rpc_connection *c, uint64_t number, const struct ring_result **slot)
{
	if (ring_client_refresh(&c->client) != OK)
		c->broken = true;
	while (!c->broken && (*slot = ring_client_result(&c->client)) != NULL) {
		if ((*slot)->number == number)
			return true;
		ring_client_consume(&c->client);
	}
	return false;
}

err_t
rpc_send(struct rpc_connection *c, uint32_t operation, const void *in, uint32_t in_bytes,
    uint64_t *number)
{
	const struct ring_result *unwanted;
	err_t err = state_of(c);
	if (err != OK)
		return err;
	if (in_bytes > c->client.call_bytes - RING_CALL_HEADER)
		return ERR_TOO_LONG;
	(void)take_answers(c, 0, &unwanted);
	if (ring_client_room(&c->client) == 0)
		return ERR_WOULD_BLOCK;
	struct ring_call *slot = ring_client_slot(&c->client);
	slot->operation = operation;
	slot->bytes = in_bytes;
	memcpy(slot->words, in, in_bytes);
	if (ring_client_publish(&c->client))
		ring(c);
	if (number != NULL)
		*number = c->client.head;
	return OK;
}

/* Sleep until something comes of this connection, or of any other. */
static err_t
pause_for(struct rpc_connection *c, uint64_t deadline_ns)
{
	if (ring_client_arm(&c->client))
		return OK;
	err_t err = receive(deadline_ns);
	return err == ERR_INTERRUPTED ? OK : err;
}

err_t
rpc_call(struct rpc_connection *c, uint32_t operation, const void *in, uint32_t in_bytes, void *out,
    uint32_t out_bytes, uint64_t deadline_ns)
{
	uint64_t number;
	const struct ring_result *slot;
	err_t err;
	while ((err = rpc_send(c, operation, in, in_bytes, &number)) == ERR_WOULD_BLOCK) {
		err = pause_for(c, deadline_ns);
		if (err != OK)
			return err;
	}
	while (err == OK && !take_answers(c, number, &slot)) {
		err = state_of(c);
		if (err == OK)
			err = pause_for(c, deadline_ns);
	}
	if (err != OK)
		return err;
	uint32_t bytes = *(const volatile uint32_t *)&slot->bytes;
	uint32_t most = c->client.result_bytes - RING_RESULT_HEADER;
	most = most < out_bytes ? most : out_bytes;
	ring_copy(out, slot->words, bytes < most ? bytes : most);
	err = (err_t)slot->error;
	ring_client_consume(&c->client);
	return err;
}

err_t
rpc_open(pid_number_t server, const struct rpc_interface *wanted, uint32_t flags,
    struct rpc_connection **connection, char reason[RPC_REASON_BYTES])
{
	static struct rpc_add_connection_in in;
	struct rpc_add_connection_out out;
	(void)flags, (void)reason;
	in.server = server;
	in.flags = RPC_CONNECTION_TRANSFERABLE;
	in.description_length = rpc_encode(wanted, in.description, sizeof in.description);
	err_t err = rpc_add_connection(rpc_to_rpc(), &in, &out, TIME_NEVER);
	if (err != OK)
		return err;
	scan();
	if (out.entry >= LINKS || links[out.entry].role != ROLE_CLIENT)
		return ERR_TOO_MANY;
	*connection = &links[out.entry];
	return OK;
}

err_t
rpc_close(struct rpc_connection *c)
{
	const struct rpc_remove_connection_in in = { .cid = c->entry->connection };
	struct rpc_remove_connection_out out;
	c->role = 0;
	return rpc_remove_connection(rpc_to_rpc(), &in, &out, TIME_NEVER);
}

/* --- the server's half */

/* Rings go with their client's process, which only a handler here can end: looked at after each. */
static bool
is_still(const struct rpc_connection *c, uint32_t generation)
{
	return c->role == ROLE_SERVER && !c->broken && c->generation == generation && is_open(c);
}

/* What the client wrote as text ends, and what it calls a length is one. */
static bool
arguments_valid(const uint16_t *parameter)
{
	uint8_t *at = arguments;
	for (; *parameter != 0; parameter++) {
		uint32_t kind = PM_PARAMETER_KIND(*parameter);
		uint32_t bytes = PM_PARAMETER_BYTES(*parameter);
		if (kind == RPC_KIND_TEXT) {
			at[bytes - 1] = '\0';
		} else if (kind == RPC_KIND_BYTES) {
			if (*(const uint32_t *)(const void *)at > bytes)
				return false;
			at += 8;
		}
		at += (bytes + 7u) & ~7u;
	}
	return true;
}

static void
publish(struct rpc_connection *c, uint64_t number, err_t error, const void *out, uint32_t bytes)
{
	struct ring_result *slot = ring_server_result(&c->server);
	ring_copy(slot->words, out, bytes);
	slot->number = number;
	slot->error = error;
	slot->bytes = bytes;
	if (ring_server_publish(&c->server))
		ring(c);
}

/* False: the client did not outlive its call, and its rings are gone. */
static bool
run(struct rpc_connection *c, const struct ring_call *call)
{
	uint32_t operation = *(const volatile uint32_t *)&call->operation;
	struct rpc_call made = { .connection = c,
		.reference = { (uint32_t)(c - links), c->generation, c->server.taken },
		.peer = c->entry->peer,
		.operation = operation };
	err_t err = ERR_CALL;
	uint32_t out_bytes = 0;
	if (c->refused) {
		err = ERR_MISMATCH;
	} else if (operation - 1 < RPC_COUNT_OF(parameters)) {
		/* The list numbers its operations from 1 on: asserted in main.c. */
		const struct rpc_operation *o = &operations[operation - 1];
		ring_copy(arguments, call->words, o->in_bytes);
		out_bytes = o->out_bytes;
		memset(results, 0, out_bytes);
		err = arguments_valid(parameters[operation - 1]) ? o->run(&made, arguments, results)
								 : ERR_ARGUMENT;
	}
	if (!is_still(c, made.reference.generation))
		return false;
	if (err != RPC_DEFERRED)
		publish(c, made.reference.number, err, results, out_bytes);
	return true;
}

/* Before there is RPC (M6) nothing can be spawned: init waits. */
static bool
may_serve(const struct rpc_connection *c)
{
	return rpc_is_up() || c->entry->peer != PID_INIT;
}

/* Up to a turn's calls of one client. */
static void
serve(struct rpc_connection *c)
{
	struct ring_server *r = &c->server;
	for (uint32_t n = 0; n < CALLS_PER_TURN; n++) {
		err_t err = ring_server_refresh(r);
		if (err == ERR_WOULD_BLOCK && !ring_server_arm(r)) {
			c->ready = false;
			return;
		}
		if (err == ERR_WOULD_BLOCK)
			continue;
		if (err != OK) {
			c->broken = true;
			c->ready = false;
			release((uint32_t)(c - links));
			return;
		}
		const struct ring_call *call = ring_server_call(r);
		ring_server_take(r);
		if (!run(c, call))
			return;
		if (ring_server_done(r))
			ring(c);
	}
}

err_t
rpc_complete(struct rpc_reference reference, err_t error, const void *out, uint32_t out_bytes)
{
	struct rpc_connection *c = &links[reference.entry];
	if (!is_still(c, reference.generation))
		return ERR_NOT_FOUND;
	publish(c, reference.number, error, out, out_bytes);
	return OK;
}

static void
dispatch(void)
{
	uint64_t rung = bits;
	bits = 0;
	if ((rung >> BIT_DIRECTORY & 1) != 0)
		scan();
	for (; rung != 0; rung &= rung - 1) {
		uint32_t bit = (uint32_t)__builtin_ctzll(rung);
		for (uint32_t n = bit; n < links_used && bit < CONNECTION_BITS;
		     n += CONNECTION_BITS)
			links[n].ready = true;
	}
}

int
rpc_serve(const struct rpc_service *services, uint32_t count, const struct rpc_hooks *hooks)
{
	(void)count;
	operations = services->operations;
	scan();
	if (init_process((const struct handover *)HANDOVER, (const void *)ARCHIVE_BASE) != OK)
		return 1;
	for (;;) {
		if (bits != 0)
			dispatch();
		while (kept_count > 0) {
			struct message m = kept[0];
			memmove(kept, kept + 1, --kept_count * sizeof m);
			hooks->message(&m);
		}
		bool busy = false;
		for (struct rpc_connection *c = links; c < links + links_used; c++) {
			if (!c->ready || !is_still(c, c->generation) || !may_serve(c))
				continue;
			serve(c);
			busy |= c->ready;
		}
		uint64_t deadline = hooks->idle();
		if (busy || bits != 0 || kept_count != 0)
			deadline = TIME_NOW;
		(void)receive(deadline);
	}
}
