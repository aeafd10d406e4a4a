/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answering later: the calls that lie parked in the server's run, and what a
 * handler asks to be done with them after its own commit. The stores of an answer
 * are execute.c's: result, publication, and then the parking place's number.
 */
#include "execute.h"

#include <stdlib.h>
#include <string.h>

/* Answers given inside a handler, and retries asked for: until that handler's commit. */
struct pending {
	struct pending *next;
	struct rpc_reference reference;
	bool retry;
	int32_t error;
	uint32_t bytes;
	uint64_t words[];
};
struct pending *rpc_pending_first;
struct pending **rpc_pending_last = &rpc_pending_first;

bool rpc_handler_runs;
_Thread_local bool rpc_popup_runs;

void
rpc_drop_pending(struct pending **since)
{
	struct pending *p = *since;
	*since = NULL;
	rpc_pending_last = since;
	while (p != NULL) {
		struct pending *next = p->next;
		free(p);
		p = next;
	}
}

static struct ring_parked *
find_parked(struct rpc_connection *c, uint64_t number)
{
	for (uint32_t place = 0; place < c->server.depth; place++) {
		struct ring_parked *p = ring_server_parked(&c->server, place);
		if (atomic_load_explicit(&p->number, memory_order_relaxed) == number)
			return p;
	}
	return NULL;
}

static struct ring_parked *
find_reference(struct rpc_reference reference, struct rpc_connection **connection)
{
	struct rpc_connection *c = rpc_table_at(reference.entry);
	if (c == NULL || c->role != ROLE_SERVER || c->generation != reference.generation ||
	    c->service == NULL || c->broken || reference.number == 0 || !rpc_still_open(c))
		return NULL;
	*connection = c;
	return find_parked(c, reference.number);
}

/* Answer a parked call without a transaction of its own. */
static void
answer(struct rpc_connection *c, struct ring_parked *p, err_t error, const void *out,
    uint32_t out_bytes)
{
	struct running run = { .c = c,
		.operation = p->call.operation,
		.number = atomic_load_explicit(&p->number, memory_order_relaxed) };
	struct ring_result *slot = ring_server_result(&c->server);
	slot->bytes = 0;
	run.method = rpc_service_method(c->service, run.operation, &run.index);
	if (run.method != NULL && out != NULL) {
		uint64_t *words = call_result_words(&run, slot);
		ring_copy(words, out,
		    out_bytes < run.method->out_bytes ? out_bytes : run.method->out_bytes);
		slot->bytes = call_finish_result(&run, slot, words);
	}
	slot->number = run.number;
	slot->error = error;
	STEP();
	if (ring_server_publish(&c->server))
		rpc_ring(c);
	call_unpark(p);
}

static err_t
add_pending(
    struct rpc_reference reference, bool retry, err_t error, const void *out, uint32_t out_bytes)
{
	struct pending *p = malloc(sizeof *p + out_bytes);
	if (p == NULL)
		return ERR_NO_MEMORY;
	p->next = NULL;
	p->reference = reference;
	p->retry = retry;
	p->error = error;
	p->bytes = out_bytes;
	if (out_bytes != 0)
		memcpy(p->words, out, out_bytes);
	*rpc_pending_last = p;
	rpc_pending_last = &p->next;
	state_transaction.flags |= STATE_FOLLOWED;
	return OK;
}

err_t
rpc_complete(struct rpc_reference reference, err_t error, const void *out, uint32_t out_bytes)
{
	struct rpc_connection *c;
	if (rpc_popup_runs)
		return ERR_STATE;
	struct ring_parked *p = find_reference(reference, &c);
	if (rpc_handler_runs)
		return p == NULL ? ERR_NOT_FOUND
				 : add_pending(reference, false, error, out, out_bytes);
	if (p == NULL)
		return ERR_NOT_FOUND;
	answer(c, p, error, out, out_bytes);
	return OK;
}

err_t
rpc_retry(struct rpc_reference reference)
{
	struct rpc_connection *c;
	if (rpc_popup_runs)
		return ERR_STATE;
	if (find_reference(reference, &c) == NULL)
		return ERR_NOT_FOUND;
	return add_pending(reference, true, OK, NULL, 0);
}

void
rpc_execute_pending(void)
{
	while (rpc_pending_first != NULL) {
		struct pending *now = rpc_pending_first;
		rpc_pending_first = now->next;
		if (rpc_pending_first == NULL)
			rpc_pending_last = &rpc_pending_first;
		struct rpc_connection *c;
		struct ring_parked *p = find_reference(now->reference, &c);
		if (p != NULL && now->retry)
			rpc_execute_parked(c, p);
		else if (p != NULL)
			answer(c, p, (err_t)now->error, now->words, now->bytes);
		free(now);
	}
}
