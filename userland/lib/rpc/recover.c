/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls after a crash, and at every start: what of a call that was cut in two is
 * over, and what runs again. The order of stores that this relies on is in
 * execute.c.
 */
#include "execute.h"

/* The result slot holds an answer that was committed: publish it, unless it was. */
static void
publish_committed(struct rpc_connection *c, uint64_t number)
{
	if (!ring_server_published(&c->server, number)) {
		STEP();
		(void)ring_server_publish(&c->server);
	}
}

static void
publish_interrupted(struct rpc_connection *c, uint64_t number)
{
	struct ring_result *slot = ring_server_result(&c->server);
	slot->number = number;
	slot->error = ERR_RPC_INTERRUPTED;
	slot->bytes = 0;
	STEP();
	(void)ring_server_publish(&c->server);
}

static bool
is_external(const struct rpc_connection *c, uint32_t operation)
{
	uint32_t index;
	const struct rpc_method *m = rpc_service_method(c->service, operation, &index);
	return m != NULL && (m->flags & RPC_EXTERNAL) != 0;
}

/* True if the call of that number is over: committed, or published, or now answered. */
static bool
settle(struct rpc_connection *c, uint64_t number, uint32_t operation, uint64_t commit, bool crashed)
{
	if (commit != 0 && commit == call_transaction(c, number)) {
		publish_committed(c, number);
		return true;
	}
	if (ring_server_published(&c->server, number))
		return true;
	if (crashed && is_external(c, operation)) {
		publish_interrupted(c, number);
		return true;
	}
	return false;
}

void
rpc_recover(struct rpc_connection *c, uint64_t commit, bool crashed)
{
	struct ring_server *r = &c->server;
	bool in_doubt_is_parked = false;
	for (uint32_t place = 0; place < r->depth; place++) {
		struct ring_parked *p = ring_server_parked(r, place);
		uint64_t number = atomic_load_explicit(&p->number, memory_order_relaxed);
		if (number == 0)
			continue;
		if (number == r->done + 1)
			in_doubt_is_parked = true;
		if (settle(c, number, p->call.operation, commit, crashed))
			call_unpark(p);
	}
	uint64_t last = ring_server_last(r);
	if (last > r->done) {
		/* Answers that can be seen are over, and so are the calls before them. */
		STEP();
		(void)ring_server_done_by(r, last - r->done);
		if (r->taken < r->done)
			r->taken = r->done;
	}
	if (r->taken == r->done) {
		r->head_seen = r->taken;
		return;
	}
	/* One call was taken and not finished: the slot is still the client's, and still there. */
	uint32_t operation =
	    ((const struct ring_call *)(const void *)((const uint8_t *)r->peer + sizeof *r->peer +
		 (uint64_t)((uint32_t)r->done & r->mask) * r->call_bytes))
		->operation;
	if (in_doubt_is_parked || settle(c, r->done + 1, operation, commit, crashed)) {
		call_done(c);
	} else {
		STEP();
		r->taken = r->done;
		atomic_store_explicit(&r->own->taken, r->taken, memory_order_release);
	}
	r->head_seen = r->taken;
}

void
rpc_execute_all_parked(struct rpc_connection *c)
{
	for (uint32_t place = 0; place < c->server.depth; place++) {
		struct ring_parked *p = ring_server_parked(&c->server, place);
		if (atomic_load_explicit(&p->number, memory_order_relaxed) == 0)
			continue;
		uint32_t index;
		const struct rpc_method *m =
		    rpc_service_method(c->service, p->call.operation, &index);
		if (m == NULL || (m->flags & RPC_POPUP) == 0 || rpc_popup(c, p) != OK)
			rpc_execute_parked(c, p);
	}
}
