/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the server's loop and its start share.
 */
#ifndef INSULA_LIB_RPC_SERVE_H
#define INSULA_LIB_RPC_SERVE_H

#include "internal.h"

struct rpc_serving {
	const struct rpc_service *services;
	uint32_t count;
	struct rpc_hooks hooks;
	uint64_t commit;  /* the last transaction of the version before */
	bool crashed;     /* that version crashed: calls may be in doubt */
	uint32_t answers; /* rounds that only looked at answers, since something rang */
};
extern struct rpc_serving rpc_serving;

/* READY in its phases; then state, connections and services are there. */
err_t rpc_serve_start(void);

/* Take up what the directory shows. */
void rpc_serve_directory(void);
void rpc_activate(struct rpc_connection *c);
/* End a client's connection. */
void rpc_break(struct rpc_connection *c);

/* A transaction of the server's own, around a hook. */
void rpc_own_begin(void);
void rpc_own_end(void);

/* Wait until no pop-up thread runs a call. */
void rpc_popup_wait(void);

#endif
