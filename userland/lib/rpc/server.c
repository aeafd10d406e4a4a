/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's loop. A connection with calls is on the active list; one that was
 * found empty is armed, and its client rings. So a round costs one look at the
 * bell and the calls there are, however many connections sleep.
 */
#include "internal.h"
#include "serve.h"

#include <insula/services/rpc.h>

#include <string.h>

RPC_DEFINE_SERVICE(RPC, rpc)

#define CALLS_PER_TURN 64u /* before the next connection has its turn */

struct rpc_serving rpc_serving;

static struct rpc_connection *active_first, *active_last; /* NULL: empty; last counts if not */
static bool ending;
static int end_status;

void
rpc_serve_end(int status)
{
	ending = true;
	end_status = status;
}

/* --- the active list */

void
rpc_activate(struct rpc_connection *c)
{
	if (c->active || c->service == NULL || c->broken || c->closed)
		return;
	c->active = true;
	c->next_active = NULL;
	if (active_first == NULL)
		active_first = c;
	else
		active_last->next_active = c;
	active_last = c;
}

static struct rpc_connection *
take_active(void)
{
	struct rpc_connection *c = active_first;
	if (c == NULL)
		return NULL;
	active_first = c->next_active;
	c->active = false;
	return c;
}

static void
drop_active(struct rpc_connection *gone)
{
	struct rpc_connection *list = active_first;
	active_first = NULL;
	while (list != NULL) {
		struct rpc_connection *next = list->next_active;
		list->active = false;
		if (list != gone)
			rpc_activate(list);
		list = next;
	}
}

/* --- connections come and go */

/* Some connection's release is still to be told. */
static bool unreleased;

/* Tell the RPC insulator, without waiting, that an entry can be taken back. False: no room to. */
static bool
release(const struct rpc_connection *c)
{
	struct rpc_release_in in = { .entry = c->index };
	uint64_t number;
	struct rpc_connection *to = rpc_table_at(BIRTH_RPC);
	if (to == NULL || to->role != ROLE_CLIENT) {
		if (rpc_serving.hooks.release != NULL) {
			rpc_own_begin();
			rpc_serving.hooks.release(c->index);
			rpc_own_end();
		}
		return true;
	}
	if (rpc_release_send(to, &in, &number) != OK) {
		unreleased = true; /* own_answers sees when there is room again */
		return false;
	}
	rpc_drop_answer(to, number);
	return true;
}

/* Every call and result fits its slot, whatever the client described. */
static bool
sizes_fit(const struct rpc_connection *c)
{
	const struct rpc_interface *i = c->service->interface;
	uint32_t in_room = c->server.call_bytes - RING_CALL_HEADER;
	uint32_t out_room = c->server.result_bytes - RING_RESULT_HEADER;
	if (c->conversion == NULL)
		return i->in_bytes <= in_room && i->out_bytes <= out_room;
	for (uint32_t n = 0; n <= RPC_METHOD_NUMBER_MAX; n++) {
		if (c->conversion->method[n].known &&
		    (c->conversion->method[n].client_in_bytes > in_room ||
			c->conversion->method[n].client_in_bytes > RPC_IN_BYTES_MAX ||
			c->conversion->method[n].client_out_bytes > out_room))
			return false;
	}
	return true;
}

static void
attach(struct rpc_connection *c)
{
	uint32_t n =
	    c->service_number - 1; /* SIDs are numbered in the order of rpc_serve's array */
	if (n >= rpc_serving.count)
		return;
	const struct rpc_service *service = &rpc_serving.services[n];
	struct ring_geometry g = { c->entry->depth, c->entry->call_bytes, c->entry->result_bytes,
		c->entry->pages };
	err_t err;
	c->service = service;
	c->conversion = rpc_conversion(service, c->entry->match, c->index, &err);
	c->refused = err != OK || !ring_geometry_valid(&g) || !sizes_fit(c);
	rpc_execute_prepare(c);
	rpc_recover(c, rpc_serving.commit, rpc_serving.crashed);
	if (rpc_serving.hooks.opened != NULL)
		rpc_serving.hooks.opened(c);
	rpc_activate(c);
}

/* True if its place is free again. */
static bool
over(struct rpc_connection *c)
{
	if (atomic_load(&c->popups) != 0)
		return false; /* its threads still use it: at the next look */
	/* Told once only: afterwards the entry may be another connection's. */
	if (!c->released && !release(c))
		return false;
	drop_active(c);
	if (c->service != NULL && rpc_serving.hooks.closed != NULL)
		rpc_serving.hooks.closed(c);
	rpc_forget(c);
	return true;
}

void
rpc_serve_directory(void)
{
	bool freed = false;
	unreleased = false;
	rpc_directory_scan();
	for (uint32_t n = 0; n < rpc_table_count; n++) {
		struct rpc_connection *c = rpc_table_at(n);
		if (c == NULL || c->role != ROLE_SERVER)
			continue;
		if (!rpc_still_open(c))
			freed |= over(c);
		else if (c->broken)
			c->released = c->released || release(c);
		else if (c->service == NULL)
			attach(c);
	}
	if (!freed)
		return;
	/* The place may have been given out again. */
	rpc_directory_scan();
	for (uint32_t n = 0; n < rpc_table_count; n++) {
		struct rpc_connection *c = rpc_table_at(n);
		if (c != NULL && c->role == ROLE_SERVER && c->service == NULL && !c->closed)
			attach(c);
	}
}

/* It is closed for us now, and for the client when the insulator says so. */
void
rpc_break(struct rpc_connection *c)
{
	drop_active(c);
	c->broken = true;
	c->released = release(c);
}

/* --- calls */

/* Up to a turn's calls of one connection; then it is armed, or active again. */
static void
serve_connection(struct rpc_connection *c)
{
	switch (rpc_execute_some(c, CALLS_PER_TURN)) {
	case EXECUTED_BROKEN:
		rpc_break(c); /* it broke the protocol */
		return;
	case EXECUTED_NONE:
		if (!ring_server_arm(&c->server))
			return;
		break;
	case EXECUTED_CALL:
		break;
	}
	rpc_activate(c);
}

/* A turn for each that is there now; one that becomes active again is behind them. */
static void
serve_active(void)
{
	struct rpc_connection *const last = active_last;
	struct rpc_connection *c;
	do {
		c = take_active();
		if (c != NULL)
			serve_connection(c);
	} while (c != NULL && c != last);
}

/* Calls that wait in rings, and parked ones. */
static uint64_t
calls_waiting(void)
{
	uint64_t count = 0;
	for (uint32_t n = 0; n < rpc_table_count; n++) {
		struct rpc_connection *c = rpc_table_at(n);
		if (c == NULL || c->service == NULL || c->broken)
			continue;
		if (ring_server_refresh(&c->server) == OK)
			count += c->server.head_seen - c->server.taken;
		for (uint32_t place = 0; place < c->server.depth; place++) {
			struct ring_parked *p = ring_server_parked(&c->server, place);
			count += atomic_load_explicit(&p->number, memory_order_relaxed) != 0;
		}
	}
	return count;
}

/* At a call boundary: hand over. An answer means that the update is off: go on. */
static void
quiesce(void)
{
	struct message m = { .label = CONTROL_QUIESCED };
	rpc_popup_unlock();
	rpc_popup_wait();
	rpc_popup_lock();
	m.word[0] = calls_waiting();
	(void)insula_call(HANDLE_CONTROL, TIME_NEVER, &m);
}

/* What the hook changed is committed; then what it asked for is done. */
static void
end_hook(void)
{
	rpc_own_end();
	rpc_execute_pending();
}

static void
dispatch(uint64_t bits)
{
	if ((bits & (1ull << BIT_DIRECTORY)) != 0)
		rpc_serve_directory();
	if ((bits & (1ull << BIT_DEVICE)) != 0 && rpc_serving.hooks.device != NULL) {
		rpc_own_begin();
		rpc_serving.hooks.device();
		end_hook();
	}
	uint64_t rung = bits & ((1ull << CONNECTION_BITS) - 1);
	for (; rung != 0; rung &= rung - 1) {
		uint32_t n = (uint32_t)__builtin_ctzll(rung);
		for (; n < rpc_table_count; n += CONNECTION_BITS) {
			struct rpc_connection *c = rpc_table_at(n);
			if (c != NULL && c->role == ROLE_SERVER)
				rpc_activate(c);
		}
	}
	if ((bits & (1ull << BIT_QUIESCE)) != 0)
		quiesce();
}

static void
take_messages(void)
{
	struct message m;
	while (rpc_take_message(&m)) {
		rpc_own_begin();
		rpc_serving.hooks.message(&m);
		end_hook();
	}
}

/*
 * Look at the answers to the server's own calls. True: there is one that
 * nobody took, for the idle hook to poll.
 */
static bool
own_answers(void)
{
	bool any = false;
	for (struct rpc_connection *c = rpc_first_client; c != NULL; c = c->next_client) {
		if (c->client.head == c->client.results_taken || c->endpoint != HANDLE_NONE)
			continue;
		bool answer = rpc_has_answer(c);
		if (unreleased && c->index == BIRTH_RPC && rpc_room(c) != 0)
			rpc_serve_directory();
		if (answer || ring_client_arm(&c->client))
			any = true;
	}
	return any;
}

/* The server's own work of this round; when it next wants to run. */
static uint64_t
own_work(void)
{
	uint64_t again = TIME_NEVER;
	if (rpc_serving.hooks.idle != NULL) {
		rpc_ring_owed(); /* the hook may take its time */
		rpc_own_begin();
		again = rpc_serving.hooks.idle();
		end_hook();
	}
	if (own_answers() && again == TIME_NEVER && rpc_serving.hooks.idle != NULL &&
	    rpc_serving.answers++ == 0)
		return TIME_NOW;
	return again;
}

int
rpc_serve(const struct rpc_service *services, uint32_t count, const struct rpc_hooks *hooks)
{
	rpc_serving.services = services;
	rpc_serving.count = count;
	if (hooks != NULL)
		rpc_serving.hooks = *hooks;
	if (rpc_serving.hooks.message != NULL)
		rpc_keep_messages();
	for (uint32_t n = 0; n < count; n++)
		rpc_popup_prepare(&services[n]);
	if (rpc_serve_start() != OK)
		return 1;

	for (uint64_t bits = 0;;) {
		rpc_popup_lock();
		if (bits != 0) {
			rpc_serving.answers = 0;
			dispatch(bits);
		}
		if (atomic_load_explicit(&rpc_messages, memory_order_relaxed) != 0)
			take_messages();
		serve_active();
		uint64_t again = own_work();
		rpc_popup_unlock();
		if (ending)
			break;
		bits = rpc_receive_bits(active_first != NULL ? TIME_NOW : again, rpc_take_bell());
	}
	rpc_ring_owed();
	return end_status;
}
