/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's half: calls into the ring, answers out of it, waiting, opening
 * and closing. It never waits for anything but an answer.
 */
#include "internal.h"

#include <insula/clock.h>
#include <insula/services/rpc.h>
#include <insula/thread.h>

#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(RPC, rpc)

/* An answer that came while another one was waited for. */
struct kept_answer {
	struct kept_answer *next;
	uint64_t number;
	int32_t error;
	uint32_t bytes;
	uint64_t words[];
};

/* The first three connections may be used by every thread: one call at a time (see rpc_call). */
static struct lock first_lock[3];

static err_t
state_of(struct rpc_connection *c)
{
	if (c->broken)
		return ERR_PROTOCOL;
	return rpc_still_open(c) ? OK : ERR_CLOSED;
}

err_t
rpc_ring_server(struct rpc_connection *c)
{
	rpc_ring(c);
	return OK;
}

/* Put a call into the ring; there is room. True: the server sleeps, ring it. */
static inline __attribute__((always_inline)) bool
put_call(struct rpc_connection *c, uint32_t operation, const void *in, uint32_t in_bytes)
{
	struct ring_client *r = &c->client;
	const uint64_t head = r->head;
	struct ring_call *slot = ring_client_slot(r);
	slot->operation = operation;
	slot->bytes = in_bytes;
	ring_copy(slot->words, in, in_bytes);
	return ring_client_publish_to(r, head + 1);
}

/* True: nothing has to be looked at first. A connection that is over has no limit (rpc_over). */
static inline bool
can_send(const struct rpc_connection *c, uint32_t in_bytes)
{
	return c->client.head < c->client.limit &&
	    in_bytes + RING_CALL_HEADER <= c->client.call_bytes;
}

/* The server broke the protocol. */
static void
break_off(struct rpc_connection *c)
{
	c->broken = true;
	c->client.limit = 0;
}

/* --- answers */

static bool
is_forgotten(struct rpc_connection *c, uint64_t number)
{
	for (uint32_t n = 0; n < c->forgotten; n++) {
		if (c->forgotten_number[n] == number) {
			c->unwanted--;
			c->forgotten_number[n] = c->forgotten_number[--c->forgotten];
			return true;
		}
	}
	return false;
}

void
rpc_drop_answer(struct rpc_connection *c, uint64_t number)
{
	if (c->forgotten == sizeof c->forgotten_number / sizeof c->forgotten_number[0]) {
		c->forgotten--; /* the newest of them turns up in rpc_poll after all */
		c->unwanted--;
	}
	c->unwanted++;
	c->forgotten_number[c->forgotten++] = number;
	c->unusual = true;
}

void
rpc_free_answers(struct rpc_connection *c)
{
	while (c->kept != NULL) {
		struct kept_answer *next = c->kept->next;
		free(c->kept);
		c->kept = next;
	}
}

/* The oldest result in the ring that somebody wants. OK, ERR_WOULD_BLOCK, ERR_CLOSED, ERR_PROTOCOL. */
static err_t
next_result(struct rpc_connection *c, const struct ring_result **result)
{
	struct ring_client *r = &c->client;
	for (;;) {
		const struct ring_result *slot = ring_client_result(r);
		if (slot == NULL) {
			if (c->broken)
				return ERR_PROTOCOL;
			if (c->closed)
				return ERR_CLOSED;
			if (ring_client_refresh(r) != OK) {
				break_off(c);
				return ERR_PROTOCOL;
			}
			slot = ring_client_result(r);
			if (slot == NULL)
				return rpc_still_open(c) ? ERR_WOULD_BLOCK : ERR_CLOSED;
		}
		if (slot->number <= c->stale)
			c->unwanted--;
		if (slot->number <= c->stale ||
		    (c->forgotten != 0 && is_forgotten(c, slot->number))) {
			ring_client_consume(r);
			continue;
		}
		*result = slot;
		return OK;
	}
}

/* --- sending */

/* Make can_send true, or say why not. */
static __attribute__((noinline)) err_t
prepare_send(struct rpc_connection *c, uint32_t in_bytes)
{
	struct ring_client *r = &c->client;
	if (in_bytes > r->call_bytes - RING_CALL_HEADER)
		return ERR_TOO_LONG;
	err_t err = state_of(c);
	if (err != OK)
		return err;
	if (ring_client_room(r) == 0) {
		if (ring_client_refresh(r) != OK) {
			break_off(c);
			return ERR_PROTOCOL;
		}
		/* Answers that nobody wants take no room. */
		const struct ring_result *slot;
		if (ring_client_room(r) == 0 && c->unusual)
			(void)next_result(c, &slot);
		if (ring_client_room(r) == 0)
			return ERR_WOULD_BLOCK;
	}
	ring_client_set_limit(r);
	return OK;
}

/* A peer that closes is noticed when there is no room, or by rpc_poll: the pages are still there. */
err_t
rpc_send(struct rpc_connection *c, uint32_t operation, const void *in, uint32_t in_bytes,
    uint64_t *number)
{
	if (c == NULL)
		return ERR_CLOSED;
	if (!can_send(c, in_bytes)) {
		err_t err = prepare_send(c, in_bytes);
		if (err != OK)
			return err;
	}
	bool ring = put_call(c, operation, in, in_bytes);
	if (number != NULL)
		*number = c->client.head;
	return ring ? rpc_ring_server(c) : OK;
}

/* --- taking results */

static err_t
take_kept(struct rpc_connection *c, struct rpc_answer *answer, void *out, uint32_t out_bytes)
{
	struct kept_answer *k = c->kept;
	c->kept = k->next;
	answer->number = k->number;
	answer->error = (err_t)k->error;
	answer->bytes = k->bytes < out_bytes ? k->bytes : out_bytes;
	memcpy(out, k->words, answer->bytes);
	free(k);
	return OK;
}

static inline __attribute__((always_inline)) err_t
take_result(struct rpc_connection *c, const struct ring_result *slot, struct rpc_answer *answer,
    void *out, uint32_t out_bytes)
{
	answer->number = slot->number;
	answer->error = (err_t)slot->error;
	answer->bytes = ring_client_take(&c->client, slot, out, out_bytes);
	return OK;
}

static __attribute__((noinline)) err_t
poll_checked(struct rpc_connection *c, struct rpc_answer *answer, void *out, uint32_t out_bytes)
{
	if (c == NULL)
		return ERR_CLOSED;
	if (c->kept != NULL)
		return take_kept(c, answer, out, out_bytes);
	const struct ring_result *slot;
	err_t err = next_result(c, &slot);
	if (err != OK)
		return err;
	/* Nothing set aside, nothing to be dropped: the next ones go the short way. */
	c->unusual = c->forgotten != 0;
	return take_result(c, slot, answer, out, out_bytes);
}

err_t
rpc_poll(struct rpc_connection *c, struct rpc_answer *answer, void *out, uint32_t out_bytes)
{
	if (c == NULL || c->unusual || c->client.results_seen == c->client.results_taken)
		return poll_checked(c, answer, out, out_bytes);
	return take_result(c, ring_client_result(&c->client), answer, out, out_bytes);
}

/* Put a result aside for rpc_poll; false if there is no memory for it. */
static bool
keep_result(struct rpc_connection *c, const struct ring_result *slot)
{
	uint32_t most = c->client.result_bytes - RING_RESULT_HEADER;
	struct kept_answer *k = malloc(sizeof *k + most);
	if (k == NULL)
		return false;
	k->next = NULL;
	k->number = slot->number;
	k->error = slot->error;
	k->bytes = ring_client_take(&c->client, slot, k->words, most);
	struct kept_answer **at = &c->kept;
	while (*at != NULL)
		at = &(*at)->next;
	*at = k;
	c->unusual = true;
	return true;
}

bool
rpc_has_answer(struct rpc_connection *c)
{
	const struct ring_result *slot;
	return c->kept != NULL || next_result(c, &slot) != ERR_WOULD_BLOCK;
}

/* --- waiting */

static inline err_t
receive_for(struct rpc_connection *c, uint64_t deadline_ns, handle_t bell)
{
	rpc_show_answers();
	if (c->endpoint == HANDLE_NONE)
		return rpc_receive(deadline_ns, bell);
	if (bell != HANDLE_NONE)
		(void)insula_notify(bell);
	struct message m = { 0 };
	int got = insula_recv(c->endpoint, deadline_ns, &m);
	return got < 0 ? (err_t)got : OK;
}

err_t
rpc_wait(struct rpc_connection *c, uint64_t deadline_ns)
{
	bool full = ring_client_room(&c->client) == 0;
	for (;;) {
		if (rpc_has_answer(c) || (full && ring_client_room(&c->client) != 0))
			return OK;
		if (ring_client_arm(&c->client))
			continue;
		if (!rpc_still_open(c))
			return OK;
		err_t err = receive_for(c, deadline_ns, HANDLE_NONE);
		if (err == ERR_TIMED_OUT)
			return rpc_has_answer(c) ? OK : err;
		if (err != OK && err != ERR_INTERRUPTED)
			return err;
	}
}

err_t
rpc_wait_any(uint64_t deadline_ns)
{
	for (;;) {
		bool ready = false;
		for (struct rpc_connection *c = rpc_first_client; c != NULL; c = c->next_client) {
			if (c->endpoint != HANDLE_NONE)
				continue;
			bool full = ring_client_room(&c->client) == 0;
			if (rpc_has_answer(c) || ring_client_arm(&c->client) ||
			    (full && ring_client_room(&c->client) != 0))
				ready = true;
		}
		if (ready)
			return OK;
		err_t err = rpc_receive(deadline_ns, HANDLE_NONE);
		if (err != OK && err != ERR_INTERRUPTED)
			return err;
	}
}

/* Take the answer to `number`, if it is the oldest result; the marks are looked at for that only. */
static inline bool
take_answer(struct rpc_connection *c, uint64_t number, void *out, uint32_t out_bytes, err_t *error)
{
	struct ring_client *r = &c->client;
	if (r->results_seen == r->results_taken && ring_client_look(r) != OK)
		return false;
	const struct ring_result *slot = ring_client_result(r);
	if (slot == NULL || slot->number != number)
		return false;
	*error = (err_t)slot->error;
	(void)ring_client_take(r, slot, out, out_bytes);
	return true;
}

/*
 * The answer to `number` is not the next that is there. Put that aside, if there is
 * one and nobody dropped it.
 *
 * Returns  OK, look again; ERR_WOULD_BLOCK if nothing is there; or what ends the wait
 */
static __attribute__((noinline)) err_t
set_aside(struct rpc_connection *c, uint64_t number)
{
	const struct ring_result *slot;
	err_t err = next_result(c, &slot);
	if (err != OK || slot->number == number)
		return err;
	return keep_result(c, slot) ? OK : ERR_NO_MEMORY;
}

/* The wait ended with `err`; an answer that came at the last moment counts. */
static __attribute__((noinline)) err_t
give_up(struct rpc_connection *c, uint64_t number, void *out, uint32_t out_bytes, err_t err)
{
	err_t error;
	do {
		if (take_answer(c, number, out, out_bytes, &error))
			return error;
	} while (set_aside(c, number) == OK);
	rpc_drop_answer(c, number);
	return err;
}

/*
 * Wait for the answer to `number`, putting others aside. `bell`, if the server
 * sleeps, is rung with the wait: it has not answered yet.
 */
static inline __attribute__((always_inline)) err_t
await(struct rpc_connection *c, uint64_t number, void *out, uint32_t out_bytes,
    uint64_t deadline_ns, handle_t bell)
{
	err_t error;
	for (;;) {
		if (bell == HANDLE_NONE || !rpc_still_open(c)) {
			if (take_answer(c, number, out, out_bytes, &error))
				return error;
			error = set_aside(c, number);
			if (error == OK)
				continue;
			if (error != ERR_WOULD_BLOCK)
				return error;
		}
		handle_t rung = bell;
		bell = HANDLE_NONE;
		if (ring_client_arm_result(&c->client)) {
			if (rung != HANDLE_NONE)
				(void)insula_notify(rung);
			continue;
		}
		err_t err = receive_for(c, deadline_ns, rung);
		if (err != OK && err != ERR_INTERRUPTED)
			return give_up(c, number, out, out_bytes, err);
	}
}

/* Send, waiting for room if the ring is full; what arrives meanwhile is kept. */
static err_t
send_waiting(struct rpc_connection *c, uint32_t operation, const void *in, uint32_t in_bytes,
    uint64_t *number, uint64_t deadline_ns)
{
	for (;;) {
		err_t err = rpc_send(c, operation, in, in_bytes, number);
		if (err != ERR_WOULD_BLOCK)
			return err;
		const struct ring_result *slot;
		err = next_result(c, &slot);
		if (err == OK) {
			if (!keep_result(c, slot))
				return ERR_NO_MEMORY;
			continue;
		}
		if (err != ERR_WOULD_BLOCK)
			return err;
		if (ring_client_arm(&c->client))
			continue;
		err = receive_for(c, deadline_ns, HANDLE_NONE);
		if (err != OK && err != ERR_INTERRUPTED)
			return err;
	}
}

static __attribute__((noinline)) err_t
call_and_wait(struct rpc_connection *c, uint32_t operation, const void *in, uint32_t in_bytes,
    void *out, uint32_t out_bytes, uint64_t deadline_ns)
{
	uint64_t number;
	handle_t bell = HANDLE_NONE;
	if (can_send(c, in_bytes)) {
		if (put_call(c, operation, in, in_bytes))
			bell = c->doorbell;
		number = c->client.head;
	} else {
		err_t err = send_waiting(c, operation, in, in_bytes, &number, deadline_ns);
		if (err != OK)
			return err;
	}
	return await(c, number, out, out_bytes, deadline_ns, bell);
}

static __attribute__((noinline)) err_t
call_locked(struct rpc_connection *c, uint32_t operation, const void *in, uint32_t in_bytes,
    void *out, uint32_t out_bytes, uint64_t deadline_ns)
{
	lock_acquire(&first_lock[c->index]);
	err_t err = call_and_wait(c, operation, in, in_bytes, out, out_bytes, deadline_ns);
	lock_release(&first_lock[c->index]);
	return err;
}

err_t
rpc_call(struct rpc_connection *c, uint32_t operation, const void *in, uint32_t in_bytes, void *out,
    uint32_t out_bytes, uint64_t deadline_ns)
{
	if (c == NULL)
		return ERR_CLOSED;
	if (c->index < sizeof first_lock / sizeof first_lock[0])
		return call_locked(c, operation, in, in_bytes, out, out_bytes, deadline_ns);
	return call_and_wait(c, operation, in, in_bytes, out, out_bytes, deadline_ns);
}

/* --- opening and closing */

err_t
rpc_open(pid_number_t server, const struct rpc_interface *interface, uint32_t flags,
    struct rpc_connection **connection, char reason[RPC_REASON_BYTES])
{
	struct rpc_add_connection_in in;
	struct rpc_add_connection_out out;
	if (reason != NULL)
		reason[0] = '\0';
	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	in.server = server;
	in.flags = (flags & RPC_OPEN_OWN_ENDPOINT) != 0 ? RPC_CONNECTION_OWN_ENDPOINT : 0;
	in.flags |= (flags & RPC_OPEN_FIXED) != 0 ? 0 : RPC_CONNECTION_TRANSFERABLE;
	in.description_length = rpc_encode(interface, in.description, sizeof in.description);
	if (in.description_length == 0)
		return ERR_TOO_LONG;
	err_t err = rpc_add_connection(rpc_to_rpc(), &in, &out, TIME_NEVER);
	if (reason != NULL)
		memcpy(reason, out.reason,
		    sizeof out.reason < RPC_REASON_BYTES ? sizeof out.reason : RPC_REASON_BYTES);
	if (err != OK)
		return err;
	rpc_directory_scan();
	struct rpc_connection *c = rpc_table_at((uint32_t)out.entry);
	if (c == NULL)
		return ERR_NO_MEMORY;
	*connection = c;
	return OK;
}

err_t
rpc_close(struct rpc_connection *c)
{
	struct rpc_remove_connection_in in = { .cid = c->connection_number };
	struct rpc_remove_connection_out out;
	if (c->role != ROLE_CLIENT)
		return ERR_ARGUMENT;
	rpc_forget(c);
	return rpc_remove_connection(rpc_to_rpc(), &in, &out, TIME_NEVER);
}

uint32_t
rpc_outstanding(const struct rpc_connection *c)
{
	return (uint32_t)(c->client.head - c->client.results_taken - c->unwanted);
}

uint32_t
rpc_room(struct rpc_connection *c)
{
	if (ring_client_room(&c->client) == 0 && ring_client_refresh(&c->client) != OK)
		break_off(c);
	return c->broken ? 0 : ring_client_room(&c->client);
}

uint32_t
rpc_depth(const struct rpc_connection *c)
{
	return c->role == ROLE_CLIENT ? c->client.depth : c->server.depth;
}

pid_number_t
rpc_peer(const struct rpc_connection *c)
{
	return c->peer;
}

cid_t_
rpc_cid(const struct rpc_connection *c)
{
	return c->connection_number;
}
