/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The marks of a call, which execute.c sets and recover.c finds: inline, because
 * every call passes here.
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
