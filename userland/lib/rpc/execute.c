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
 * the answers of many such calls are shown together (see run_plain).
 *
 * A call that is answered later is *parked*: its arguments are copied to a
 * parking place in the server's run, so that its slot and those behind it are free.
 * The parking place's number is its mark; publishing its result and clearing the
 * number are told apart from a crash between them by the result's own number.
 */
#include "execute.h"

#include <insula/thread.h>

#include <stdlib.h>
#include <string.h>

#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* The arguments of the call that runs now; pop-up threads have their own. */
static _Alignas(16) uint8_t arguments[RPC_IN_BYTES_MAX];
static _Alignas(16) uint8_t converted[RPC_IN_BYTES_MAX];
static bool handler_runs;
static _Thread_local bool popup_runs; /* this thread is a pop-up call's */
handle_t rpc_bell_owed;

/* The connection whose calls this thread runs: answers of it may be written and not shown. */
static _Thread_local struct rpc_connection *turn;

static inline void
ring(const struct rpc_connection *c)
{
	if (turn == c)
		rpc_ring_later(c); /* there may be more for it */
	else
		rpc_ring(c);
}

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
static struct pending **pending_last = &rpc_pending_first;
#define pending_first rpc_pending_first

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

struct running {
	struct rpc_connection *c;
	const struct rpc_method *method;
	uint32_t index; /* of the method */
	uint32_t operation;
	uint64_t number;
	uint8_t *in;
	struct pending **since; /* what was pending before */
	uint32_t again;
};

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

/* The result's place in its reserved slot, cleared; a conversion makes it elsewhere first. */
static uint64_t *
result_words(struct running *run, struct ring_result *slot)
{
	const struct conversion *v = run->c->conversion;
	uint64_t *words = slot->words;
	if (v != NULL && v->method[run->operation].out != NULL)
		words = (uint64_t *)(void *)converted;
	for (uint32_t n = 0; n < run->method->out_bytes / 8; n++)
		words[n] = 0;
	return words;
}

static uint32_t
finish_result(struct running *run, struct ring_result *slot, const uint64_t *words)
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
	uint64_t *words = result_words(run, slot);
	handler_runs = true;
	err_t err = c->service->operations[run->index].run(&call, run->in, words);
	handler_runs = false;
	if (err == RPC_DEFERRED)
		return err;
	slot->bytes = finish_result(run, slot, words);
	return err;
}

/* What an undone handler asked for is not done either. */
static void
drop_pending(struct pending **since)
{
	struct pending *p = *since;
	*since = NULL;
	pending_last = since;
	while (p != NULL) {
		struct pending *next = p->next;
		free(p);
		p = next;
	}
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
		drop_pending(run->since);
	STEP();
	if (ring_server_publish(&run->c->server))
		ring(run->c);
}

static void
begin(struct running *run)
{
	if (state_is_open())
		state_begin(call_transaction(run->c, run->number));
	run->since = pending_last;
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

/* After the handler: the result, or the parking place. */
static void
finish(struct running *run, struct ring_result *slot, err_t err, const struct ring_call *call)
{
	if (err == RPC_DEFERRED) {
		if (state_is_open())
			state_undo();
		drop_pending(run->since);
		(void)park(run->c, run->number, call);
		return;
	}
	if (state_is_open() && state_overflowed())
		err = ERR_NO_MEMORY;
	commit_and_publish(run, slot, err);
}

void
rpc_execute_prepare(struct rpc_connection *c)
{
	const struct rpc_interface *i = c->service->interface;
	c->call = (struct rpc_call){ .connection = c,
		.reference = { .entry = c->index, .generation = c->generation },
		.peer = c->peer };
	c->transaction = STATE_ID(c->index, c->generation, 0);
	c->plain = NULL;
	c->plain_methods = 0;
	if (c->conversion != NULL || c->refused)
		return;
	for (uint32_t n = 0; n < i->methods; n++) {
		if (i->method[n].number != n + 1)
			return;
	}
	c->plain = c->service->operations;
	c->plain_methods = i->methods;
}

/* --- plain calls, whose answers are shown together */

/* What a crash may find of these stores is in recover.c: an answer that can be seen is over. */
static void
show(struct rpc_connection *c)
{
	struct ring_server *r = &c->server;
	uint64_t calls = r->results_head - r->results_shown;
	if (calls == 0)
		return;
	STEP();
	atomic_store_explicit(&r->own->taken, r->done + calls, memory_order_release);
	STEP();
	bool sleeps = ring_server_show(r);
	STEP();
	sleeps |= ring_server_done_by(r, calls);
	if (sleeps)
		ring(c);
}

/* The plain call that runs is the one of that number; those before it have their results. */
static inline __attribute__((always_inline)) void
plain_reached(struct rpc_connection *c, uint64_t number)
{
	struct ring_server *r = &c->server;
	r->results_head = r->results_shown + (number - 1 - r->done);
	r->taken = number;
}

void
rpc_show_answers(void)
{
	struct rpc_connection *c = turn;
	if (c == NULL)
		return;
	if (c->call.reference.number > c->server.taken)
		plain_reached(c, c->call.reference.number);
	show(c);
	rpc_ring_owed();
}

/* A plain call that did more than answer: it changed state, asked for retries, or waits. */
static __attribute__((noinline)) void
finish_plain(struct rpc_connection *c, struct pending **since, struct ring_result *slot, err_t err,
    const struct ring_call *call)
{
	struct running run = { .c = c, .number = c->server.taken, .since = since };
	show(c); /* those before it: they must not run again on the state that it leaves */
	STEP();
	atomic_store_explicit(&c->server.own->taken, run.number, memory_order_release);
	finish(&run, slot, err, call);
	call_done(c);
}

/*
 * The short way, for calls of numbers only whose description is the server's own.
 * One that only answers needs none of the seven stores but its result: nothing
 * is begun until it writes to the state, a crash before its answer is shown runs
 * it again, and it changed nothing. So answers are shown together, by `show`.
 *
 * Meanwhile the number of the call that runs is in c->call, and the ring's own
 * counts stand where they stood: `plain_reached` makes them up.
 *
 * Returns how many of the next `most` calls ran; there are as many, side by side.
 */
static uint32_t
run_plain(struct rpc_connection *c, uint32_t most)
{
	struct ring_server *r = &c->server;
	struct pending **since = pending_last;
	const struct rpc_operation *operations = c->plain;
	const uint32_t methods = c->plain_methods;
	const uint64_t transaction = c->transaction;
	const struct ring_call *call = ring_server_call(r);
	struct ring_result *slot = ring_server_result(r);
	uint64_t number = r->taken, last = number + most;

	handler_runs = true;
	while (number != last) {
		uint32_t index = *(const volatile uint32_t *)&call->operation - 1;
		if (index >= methods)
			break;
		const struct rpc_operation *operation = &operations[index];
		if (operation->plain == 0)
			break;
		number++;
		state_begin(transaction + (uint32_t)number);
		c->call.reference.number = number;
		c->call.operation = index + 1;
		ring_copy(arguments, call->words, operation->in_bytes);
		ring_zero(slot->words, operation->out_bytes);
		slot->bytes = operation->out_bytes;
		err_t err = operation->run(&c->call, arguments, slot->words);
		if (unlikely(err == RPC_DEFERRED || state_transaction.flags != 0)) {
			plain_reached(c, number);
			finish_plain(c, since, slot, err, call);
			handler_runs = false;
			return most - (uint32_t)(last - number);
		}
		STEP();
		slot->number = number;
		slot->error = err;
		call =
		    (const struct ring_call *)(const void *)((const uint8_t *)call + r->call_bytes);
		slot = (struct ring_result *)(void *)((uint8_t *)slot + r->result_bytes);
	}
	handler_runs = false;
	most -= (uint32_t)(last - number);
	plain_reached(c, number + 1);
	r->taken = number;
	return most;
}

static void run_next(struct rpc_connection *c, const struct ring_call *call);

/* What the ring holds now: OK, ERR_WOULD_BLOCK, ERR_PROTOCOL. */
static inline __attribute__((always_inline)) err_t
look(struct ring_server *r)
{
	return r->head_seen == r->taken ? ring_server_refresh(r) : OK;
}

/* The next calls whose slots, and whose results', lie side by side; at most `most`. */
static uint32_t
run_some(struct rpc_connection *c, uint32_t most)
{
	const struct ring_server *r = &c->server;
	uint32_t there = (uint32_t)(r->head_seen - r->taken);
	uint32_t to_end = r->depth - ((uint32_t)r->taken & r->mask);
	uint32_t to_end_of_results = r->depth - ((uint32_t)r->results_head & r->mask);
	if (most > there)
		most = there;
	if (most > to_end)
		most = to_end;
	if (most > to_end_of_results)
		most = to_end_of_results;
	uint32_t ran = run_plain(c, most);
	if (ran == 0) {
		show(c);
		run_next(c, ring_server_call(&c->server));
		ran = 1;
	}
	return ran;
}

enum executed
rpc_execute_next(struct rpc_connection *c)
{
	err_t err = look(&c->server);
	if (err != OK)
		return err == ERR_WOULD_BLOCK ? EXECUTED_NONE : EXECUTED_BROKEN;
	(void)run_some(c, 1);
	show(c);
	return EXECUTED_CALL;
}

enum executed
rpc_execute_some(struct rpc_connection *c, uint32_t most)
{
	err_t err;
	turn = c;
	while ((err = look(&c->server)) == OK && most > 0) {
		most -= run_some(c, most);
		if (rpc_pending()) {
			show(c);
			(void)rpc_execute_pending();
		}
		if (c->server.head_seen == c->server.taken) {
			err = ERR_WOULD_BLOCK; /* whoever arms looks once more */
			break;
		}
	}
	show(c);
	turn = NULL;
	if (err == OK)
		return EXECUTED_CALL;
	return err == ERR_WOULD_BLOCK ? EXECUTED_NONE : EXECUTED_BROKEN;
}

static void
run_next(struct rpc_connection *c, const struct ring_call *call)
{
	struct ring_server *r = &c->server;
	struct running run = {
		.c = c,
		.operation = *(const volatile uint32_t *)&call->operation,
		.number = r->taken + 1,
		.in = arguments,
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
	finish(&run, slot, err, call);
	call_done(c);
}

void
rpc_execute_parked(struct rpc_connection *c, struct ring_parked *p)
{
	struct running run = {
		.c = c,
		.operation = p->call.operation,
		.number = atomic_load_explicit(&p->number, memory_order_relaxed),
		.in = arguments,
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
		drop_pending(run.since);
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
		uint64_t *words = result_words(run, slot);
		ring_copy(words, out, run->method->out_bytes);
		slot->bytes = finish_result(run, slot, words);
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
		popup_runs = true;
		err = c->service->operations[run.index].run(&call, in, out);
		popup_runs = false;
	}
	if (!state)
		rpc_popup_lock();
	if (err == RPC_DEFERRED) { /* it stays parked, for rpc_complete */
		if (state)
			state_undo();
	} else {
		run.since = pending_last; /* a pop-up handler asks for nothing to be done later */
		if (state && state_overflowed())
			err = ERR_NO_MEMORY;
		publish_popup(&run, err, out);
		call_unpark(parked);
	}
	rpc_popup_unlock();
}

/* --- answering parked calls */

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
		uint64_t *words = result_words(&run, slot);
		ring_copy(words, out,
		    out_bytes < run.method->out_bytes ? out_bytes : run.method->out_bytes);
		slot->bytes = finish_result(&run, slot, words);
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
	*pending_last = p;
	pending_last = &p->next;
	state_transaction.flags |= STATE_FOLLOWED;
	return OK;
}

err_t
rpc_complete(struct rpc_reference reference, err_t error, const void *out, uint32_t out_bytes)
{
	struct rpc_connection *c;
	if (popup_runs)
		return ERR_STATE;
	struct ring_parked *p = find_reference(reference, &c);
	if (handler_runs)
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
	if (popup_runs)
		return ERR_STATE;
	if (find_reference(reference, &c) == NULL)
		return ERR_NOT_FOUND;
	return add_pending(reference, true, OK, NULL, 0);
}

bool
rpc_execute_pending(void)
{
	bool any = pending_first != NULL;
	while (pending_first != NULL) {
		struct pending *now = pending_first;
		pending_first = now->next;
		if (pending_first == NULL)
			pending_last = &pending_first;
		struct rpc_connection *c;
		struct ring_parked *p = find_reference(now->reference, &c);
		if (p != NULL && now->retry)
			rpc_execute_parked(c, p);
		else if (p != NULL)
			answer(c, p, (err_t)now->error, now->words, now->bytes);
		free(now);
	}
	return any;
}
