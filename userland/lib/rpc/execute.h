/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files that run calls share: execute.c, one call; turn.c, a
 * connection's next ones; later.c, parked ones; recover.c, what a crash left.
 */
#ifndef INSULA_LIB_RPC_EXECUTE_H
#define INSULA_LIB_RPC_EXECUTE_H

#include "internal.h"

/* Between two stores that outlive a crash; a host test stops there. */
#ifdef INSULA_HOST_TEST
#define STEP() state_step()
#else
#define STEP() ((void)0)
#endif

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

/* --- execute.c */

/* The arguments of the call that runs now; pop-up threads have their own. */
extern uint8_t rpc_arguments[RPC_IN_BYTES_MAX];

/* Run the next call of the ring, which is there; nothing waits to be shown. */
void call_run(struct rpc_connection *c);
/* After the handler: the result, or the parking place. */
void
call_finish(struct running *run, struct ring_result *slot, err_t err, const struct ring_call *call);
/* The result's place in its reserved slot, cleared; a conversion makes it elsewhere first. */
uint64_t *call_result_words(struct running *run, struct ring_result *slot);
/* Bring it into its slot; returns its bytes. */
uint32_t call_finish_result(struct running *run, struct ring_result *slot, const uint64_t *words);

/* --- turn.c */

/* The connection whose calls this thread runs: its bell can wait for the turn's end. */
extern _Thread_local struct rpc_connection *rpc_turn;

/* --- later.c */

extern bool rpc_handler_runs;
extern _Thread_local bool rpc_popup_runs; /* this thread is a pop-up call's */
struct pending;
extern struct pending *rpc_pending_first, **rpc_pending_last;
/* What an undone handler asked for since then is not done either. */
void rpc_drop_pending(struct pending **since);

/* --- inline, because every call passes here */

static inline uint64_t
call_transaction(const struct rpc_connection *c, uint64_t number)
{
	return STATE_ID(c->index, c->generation, number);
}

static inline __attribute__((always_inline)) void
call_done(struct rpc_connection *c)
{
	STEP();
	if (ring_server_done(&c->server))
		rpc_ring(c);
}

static inline void
call_unpark(struct ring_parked *p)
{
	STEP();
	atomic_store_explicit(&p->number, 0, memory_order_release);
}

#endif
