/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection's turn: its next calls, one after the other. Most of them are
 * plain: only numbers come in, the description is the server's own, and the
 * handler's thread is the server's. They go the short way here; every other call,
 * and what a plain one leaves to be done, is execute.c's.
 *
 * A plain call that only answers needs none of execute.c's stores but its result:
 * nothing is begun until it writes to the state, a crash before its answer is
 * shown runs it again, and it changed nothing. So answers are shown together, by
 * `show`, and until then the ring's `taken` is ahead of `done` by as many. What
 * was answered is shown before anything else happens: before a call that changed
 * state is committed, is parked or asked for something to follow; before a call
 * that is not plain; before a handler waits in the library; at the end of the turn.
 */
#include "execute.h"

#define unlikely(condition) __builtin_expect(!!(condition), 0)

handle_t rpc_bell_owed;
_Thread_local struct rpc_connection *rpc_turn;

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

/* What a crash may find of these stores is in recover.c: an answer that can be seen is over. */
static void
show(struct rpc_connection *c)
{
	struct ring_server *r = &c->server;
	uint64_t calls = r->taken - r->done;
	if (calls == 0)
		return;
	STEP();
	atomic_store_explicit(&r->own->taken, r->taken, memory_order_release);
	STEP();
	bool sleeps = ring_server_publish_some(r, calls);
	STEP();
	sleeps |= ring_server_done_by(r, calls);
	if (sleeps)
		rpc_ring_later(c);
}

void
rpc_show_answers(void)
{
	struct rpc_connection *c = rpc_turn;
	if (c == NULL)
		return;
	/* A plain call runs, and waits: those before it have their results. */
	if (c->call.reference.number > c->server.taken) {
		c->server.taken = c->call.reference.number - 1;
		show(c);
	}
	rpc_ring_owed();
}

/* A plain call did more than answer: it changed state, asked for retries, or waits. */
static __attribute__((noinline)) void
finish_plain(
    struct rpc_connection *c, struct ring_result *slot, err_t err, const struct ring_call *call)
{
	struct running run = {
		.c = c, .number = c->server.taken + 1, .since = &rpc_pending_first
	};       /* nothing was, when its turn began */
	show(c); /* those before it: they must not run again on the state that it leaves */
	STEP();
	ring_server_take(&c->server);
	call_finish(&run, slot, err, call);
	call_done(c);
	rpc_handler_runs = false;
	rpc_execute_pending();
}

/* The next call is not plain. */
static __attribute__((noinline)) void
run_other(struct rpc_connection *c)
{
	show(c);
	call_run(c);
	rpc_execute_pending();
}

/*
 * Run the next plain calls; there are `most`, their slots and their results' side
 * by side. Meanwhile the number of the one that runs is in c->call.
 *
 * Returns how many ran: fewer, if one is not plain or did more than answer
 */
static uint32_t
run_plain(struct rpc_connection *c, uint32_t most)
{
	struct ring_server *r = &c->server;
	const struct ring_call *call = ring_server_call(r);
	struct ring_result *slot = ring_server_result_at(r, r->results_head + r->taken - r->done);
	const uint64_t before = r->taken, last = before + most;
	uint64_t number = before;

	rpc_handler_runs = true;
	while (number != last) {
		uint32_t operation = *(const volatile uint32_t *)&call->operation;
		if (operation - 1 >= c->plain_methods)
			break;
		const struct rpc_operation *o = &c->plain[operation - 1];
		if (o->plain == 0)
			break;
		number++;
		state_begin(c->transaction + (uint32_t)number);
		c->call.reference.number = number;
		c->call.operation = operation;
		ring_copy_words(rpc_arguments, call->words, o->in_bytes);
		ring_zero_words(slot->words, o->out_bytes);
		slot->bytes = o->out_bytes;
		err_t err = o->run(&c->call, rpc_arguments, slot->words);
		if (unlikely(err == RPC_DEFERRED || state_transaction.flags != 0)) {
			r->taken = number - 1;
			finish_plain(c, slot, err, call);
			return (uint32_t)(number - before);
		}
		STEP();
		slot->number = number;
		slot->error = err;
		call =
		    (const struct ring_call *)(const void *)((const uint8_t *)call + r->call_bytes);
		slot = (struct ring_result *)(void *)((uint8_t *)slot + r->result_bytes);
	}
	r->taken = number;
	rpc_handler_runs = false;
	return (uint32_t)(number - before);
}

/* The next calls whose slots, and whose results', lie side by side; at most `most`. */
static inline uint32_t
side_by_side(const struct ring_server *r, uint32_t most)
{
	uint64_t results = r->results_head + r->taken - r->done;
	uint32_t there = (uint32_t)(r->head_seen - r->taken);
	uint32_t to_end = r->depth - ((uint32_t)r->taken & r->mask);
	uint32_t to_end_of_results = r->depth - ((uint32_t)results & r->mask);
	if (most > there)
		most = there;
	if (most > to_end)
		most = to_end;
	return most < to_end_of_results ? most : to_end_of_results;
}

enum executed
rpc_execute_some(struct rpc_connection *c, uint32_t most)
{
	struct ring_server *r = &c->server;
	err_t err = OK;
	rpc_turn = c;
	if (r->head_seen == r->taken)
		err = ring_server_refresh(r);
	while (err == OK && most > 0) {
		uint32_t ran = run_plain(c, side_by_side(r, most));
		if (unlikely(ran == 0)) {
			run_other(c);
			ran = 1;
		}
		most -= ran;
		if (r->head_seen == r->taken)
			err = ERR_WOULD_BLOCK; /* whoever arms looks once more */
	}
	show(c);
	rpc_turn = NULL;
	if (err == OK)
		return EXECUTED_CALL;
	return err == ERR_WOULD_BLOCK ? EXECUTED_NONE : EXECUTED_BROKEN;
}
