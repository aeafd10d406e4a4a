/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One call, exactly once: the order of stores that makes a call's effect, its
 * result and its mark one thing. What is done about a call that a crash cut in two
 * is in recover.c.
 *
 *      taken                     (a mark in the ring)
 *      the handler's writes      (each after its undo record)
 *      the result                (in its reserved slot, unpublished)
 *      commit                    (one store in the state: from here on it happened)
 *      results_head              (published)
 *      done, free
 *
 * A crash before the commit: the writes are undone and the call runs again. After
 * it: the result is published if it was not. So nothing is lost or repeated, be
 * the operation repeatable or not; only an external one is in doubt. A call that
 * changed no state has no commit, and running it again changes nothing either: so
 * the answers of many such calls are shown together (turn.c).
 *
 * A call that is answered later is *parked*: its arguments are copied to a
 * parking place in the server's run, so that its slot and those behind it are free.
 * The parking place's number is its mark; publishing its result and clearing the
 * number are told apart from a crash between them by the result's own number.
 */
#include "execute.h"

#include <insula/thread.h>

#include <string.h>

/* The arguments of the call that runs now; pop-up threads have their own. */
_Alignas(16) uint8_t rpc_arguments[RPC_IN_BYTES_MAX];
static _Alignas(16) uint8_t converted[RPC_IN_BYTES_MAX];

const struct rpc_method *
rpc_service_method(const struct rpc_service *service, uint32_t number, uint32_t *index)
{
	const struct rpc_interface *i = service->interface;
	/* Lists number their operations from 1 in order, as a rule. */
	uint32_t n = number - 1;
	if (n >= i->methods || i->method[n].number != number) {
		for (n = 0; n < i->methods && i->method[n].number != number; n++)
			;
		if (n == i->methods)
			return NULL;
	}
	*index = n;
	return &i->method[n];
}

/* What the client wrote as text ends, and what it calls a length is one. */
static bool
arguments_valid(const struct rpc_method *m, uint8_t *in)
{
	uint32_t offset = 0;
	for (uint32_t n = 0; n < m->in_count; n++) {
		const struct rpc_parameter *p = &m->in[n];
		uint32_t width = (p->bytes + 7u) & ~7u;
		if (p->kind == RPC_KIND_TEXT) {
			in[offset + p->bytes - 1] = '\0';
		} else if (p->kind == RPC_KIND_BYTES) {
			uint32_t length;
			memcpy(&length, in + offset, sizeof length);
			if (length > p->bytes)
				return false;
			offset += 8;
		}
		offset += p->kind == RPC_KIND_U64 ? 8 : width;
	}
	return true;
}

static void
apply_plan(const struct rpc_plan *plan, uint8_t *to, const uint8_t *from)
{
	for (uint32_t n = 0; n < plan->moves; n++)
		memcpy(to + plan->move[n].to, from + plan->move[n].from, plan->move[n].bytes);
}

/*
 * Copy the arguments out of shared memory, once, in our own shape.
 *
 * Returns  OK, ERR_CALL, ERR_MISMATCH, ERR_ARGUMENT: the call's result
 */
static err_t
fetch(struct running *run, const struct ring_call *call)
{
	struct rpc_connection *c = run->c;
	const struct rpc_method *m = rpc_service_method(c->service, run->operation, &run->index);
	run->method = m;
	if (m == NULL)
		return ERR_CALL;
	if (c->refused)
		return ERR_MISMATCH;
	if (c->conversion == NULL) {
		memcpy(run->in, call->words, m->in_bytes);
	} else {
		if (!c->conversion->method[run->operation].known)
			return ERR_MISMATCH;
		uint32_t bytes = c->conversion->method[run->operation].client_in_bytes;
		const struct rpc_plan *plan = c->conversion->method[run->operation].in;
		ring_copy(plan == NULL ? run->in : converted, call->words, bytes);
		if (plan != NULL) {
			rpc_defaults(run->in, m->in_bytes, m->in, m->in_count);
			apply_plan(plan, run->in, converted);
		}
	}
	return m->variable == 0 || arguments_valid(m, run->in) ? OK : ERR_ARGUMENT;
}

uint64_t *
call_result_words(struct running *run, struct ring_result *slot)
{
	const struct conversion *v = run->c->conversion;
	uint64_t *words = slot->words;
	if (v != NULL && v->method[run->operation].out != NULL)
		words = (uint64_t *)(void *)converted;
	for (uint32_t n = 0; n < run->method->out_bytes / 8; n++)
		words[n] = 0;
	return words;
}

uint32_t
call_finish_result(struct running *run, struct ring_result *slot, const uint64_t *words)
{
	const struct conversion *v = run->c->conversion;
	if (words == slot->words)
		return run->method->out_bytes;
	const struct rpc_plan *plan = v->method[run->operation].out;
	memset(slot->words, 0, plan->to_bytes);
	apply_plan(plan, (uint8_t *)slot->words, (const uint8_t *)words);
	return plan->to_bytes;
}

/* Run the handler; its result is in the slot, its writes are not yet committed. */
static err_t
run_handler(struct running *run, struct ring_result *slot)
{
	struct rpc_connection *c = run->c;
	struct rpc_call call = {
		.connection = c,
		.reference = { c->index, c->generation, run->number },
		.peer = c->peer,
		.operation = run->operation,
		.again = run->again,
	};
	uint64_t *words = call_result_words(run, slot);
	rpc_handler_runs = true;
	err_t err = c->service->operations[run->index].run(&call, run->in, words);
	rpc_handler_runs = false;
	if (err == RPC_DEFERRED)
		return err;
	slot->bytes = call_finish_result(run, slot, words);
	return err;
}

/* From the handler's return to the published result. The slot is filled but for its header. */
static void
commit_and_publish(struct running *run, struct ring_result *slot, err_t err)
{
	STEP();
	slot->number = run->number;
	slot->error = err;
	if (state_is_open() && state_dirty()) {
		if (err == OK)
			state_commit();
		else
			state_undo(); /* an error changes nothing */
	}
	if (err != OK)
		rpc_drop_pending(run->since);
	STEP();
	if (!ring_server_publish(&run->c->server))
		return;
	if (rpc_turn == run->c)
		rpc_ring_later(run->c); /* there may be more for it */
	else
		rpc_ring(run->c);
}

static void
begin(struct running *run)
{
	if (state_is_open())
		state_begin(call_transaction(run->c, run->number));
	run->since = rpc_pending_last;
}

/* Copy the call to a parking place; from then on it is that that is run. */
static struct ring_parked *
park(struct rpc_connection *c, uint64_t number, const struct ring_call *call)
{
	struct ring_parked *p = ring_server_park(&c->server);
	if (p == NULL)
		return NULL;
	STEP();
	ring_copy(&p->call, call, c->server.call_bytes);
	STEP();
	atomic_store_explicit(&p->number, number, memory_order_release);
	return p;
}

void
call_finish(struct running *run, struct ring_result *slot, err_t err, const struct ring_call *call)
{
	if (err == RPC_DEFERRED) {
		if (state_is_open())
			state_undo();
		rpc_drop_pending(run->since);
		(void)park(run->c, run->number, call);
		return;
	}
	if (state_is_open() && state_overflowed())
		err = ERR_NO_MEMORY;
	commit_and_publish(run, slot, err);
}

void
call_run(struct rpc_connection *c)
{
	struct ring_server *r = &c->server;
	const struct ring_call *call = ring_server_call(r);
	struct running run = {
		.c = c,
		.operation = *(const volatile uint32_t *)&call->operation,
		.number = r->taken + 1,
		.in = rpc_arguments,
	};
	struct ring_result *slot = ring_server_result(r);
	STEP();
	ring_server_take(r);
	begin(&run);
	slot->bytes = 0;
	err_t err = fetch(&run, call);
	if (err == OK && (run.method->flags & RPC_POPUP) != 0) {
		struct ring_parked *p = park(c, run.number, call);
		call_done(c);
		err = rpc_popup(c, p);
		if (err != OK)
			rpc_execute_parked(c, p);
		return;
	}
	if (err == OK)
		err = run_handler(&run, slot);
	call_finish(&run, slot, err, call);
	call_done(c);
}

void
rpc_execute_parked(struct rpc_connection *c, struct ring_parked *p)
{
	struct running run = {
		.c = c,
		.operation = p->call.operation,
		.number = atomic_load_explicit(&p->number, memory_order_relaxed),
		.in = rpc_arguments,
		.again = 1,
	};
	struct ring_result *slot = ring_server_result(&c->server);
	begin(&run);
	slot->bytes = 0;
	err_t err = fetch(&run, &p->call);
	if (err == OK)
		err = run_handler(&run, slot);
	if (err == RPC_DEFERRED) {
		if (state_is_open())
			state_undo();
		rpc_drop_pending(run.since);
		return;
	}
	if (state_is_open() && state_overflowed())
		err = ERR_NO_MEMORY;
	commit_and_publish(&run, slot, err);
	call_unpark(p);
}

/* Publish what a pop-up thread's handler left in `out`; under the lock. */
static void
publish_popup(struct running *run, err_t err, const uint64_t *out)
{
	struct ring_result *slot = ring_server_result(&run->c->server);
	slot->bytes = 0;
	if (run->method != NULL && err != ERR_CALL && err != ERR_MISMATCH && err != ERR_ARGUMENT) {
		uint64_t *words = call_result_words(run, slot);
		ring_copy(words, out, run->method->out_bytes);
		slot->bytes = call_finish_result(run, slot, words);
	}
	commit_and_publish(run, slot, err);
}

void
rpc_execute_popup(struct rpc_connection *c, struct ring_parked *parked, uint64_t *in, uint64_t *out)
{
	struct running run = { .c = c,
		.operation = parked->call.operation,
		.number = atomic_load_explicit(&parked->number, memory_order_relaxed),
		.in = (uint8_t *)in,
		.again = 1 };
	const bool state = state_is_open();
	rpc_popup_lock();
	err_t err = fetch(&run, &parked->call);
	begin(&run);
	if (!state)
		rpc_popup_unlock();
	if (err == OK) {
		struct rpc_call call = { .connection = c,
			.peer = c->peer,
			.reference = { c->index, c->generation, run.number },
			.operation = run.operation,
			.again = run.again };
		for (uint32_t n = 0; n < run.method->out_bytes / 8; n++)
			out[n] = 0;
		rpc_popup_runs = true;
		err = c->service->operations[run.index].run(&call, in, out);
		rpc_popup_runs = false;
	}
	if (!state)
		rpc_popup_lock();
	if (err == RPC_DEFERRED) { /* it stays parked, for rpc_complete */
		if (state)
			state_undo();
	} else {
		run.since =
		    rpc_pending_last; /* a pop-up handler asks for nothing to be done later */
		if (state && state_overflowed())
			err = ERR_NO_MEMORY;
		publish_popup(&run, err, out);
		call_unpark(parked);
	}
	rpc_popup_unlock();
}
