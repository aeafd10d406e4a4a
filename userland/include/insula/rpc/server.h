/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's half of RPC: the table of handlers and the loop that serves.
 *
 *     RPC_DEFINE_SERVICE(KV, kv)
 *     RPC_DEFINE_SERVER(KV, kv)          declares on_put... and makes kv_operations[]
 *
 *     static err_t
 *     on_put(struct rpc_call *call, const struct kv_put_in *in, struct kv_put_out *out) ...
 *
 *     int
 *     main(void)
 *     {
 *             static const struct rpc_service services[] = { RPC_SERVICE(kv) };
 *             return rpc_serve(services, 1, NULL);
 *     }
 *
 * A handler is a function of the state and the call: it changes the state only
 * through insula/state/state.h, and what it writes to `out` is sent when its
 * changes are committed. `in` is a private copy, its texts end and its lengths are
 * in range; `out` is filled with zeros. An error that a handler returns changes
 * nothing: what it wrote to the state is undone.
 */
#ifndef INSULA_RPC_SERVER_H
#define INSULA_RPC_SERVER_H

#include <insula/rpc/client.h>
#include <insula/state/state.h>
#include <insula/syscall.h>

/* Names a call that is answered later; plain bytes, may lie in the state. */
struct rpc_reference {
	uint32_t entry;      /* of the directory */
	uint32_t generation; /* of that entry */
	uint64_t number;
};

struct rpc_call {
	struct rpc_connection *connection;
	struct rpc_reference reference;
	pid_number_t peer; /* who calls */
	uint32_t operation;
	uint32_t again; /* 1: run again after a deferral, a crash or an update */
};

/*
 * Returned by a handler that will answer later: the call is parked, what the
 * handler changed in the state is undone, and rpc_complete or rpc_retry ends it.
 * After an update or a restart the handler of every parked call is run again.
 */
#define RPC_DEFERRED ((err_t)1)

/*
 * Both below are for the server's own thread; a pop-up call's gets ERR_STATE.
 *
 * Answer a parked call. Inside a handler the result goes out when that handler's
 * own changes are committed. ERR_NOT_FOUND: the call is not parked any more.
 */
err_t
rpc_complete(struct rpc_reference reference, err_t error, const void *out, uint32_t out_bytes);

/*
 * Run a parked call's handler again, as soon as no handler runs.
 * ERR_NOT_FOUND: the call is not parked any more (its client is gone).
 */
err_t rpc_retry(struct rpc_reference reference);

struct rpc_operation {
	err_t (*run)(struct rpc_call *call, const void *in, void *out);
	uint16_t in_bytes, out_bytes;
	uint32_t
	    plain; /* 1: only numbers come in, and its own thread runs it, again after a crash */
};

struct rpc_service {
	const struct rpc_interface *interface;
	const struct rpc_operation *operations; /* one for each of interface->method */
	uint32_t flags;                         /* RPC_SERVICE_* */
	uint32_t reserved;
};
#define RPC_SERVICE_WIRED 1u /* init offered it by hand: memory, piddb, rpc, path, process */
#define RPC_SERVICE(s)                               \
	{                                            \
		&s##_interface, s##_operations, 0, 0 \
	}
#define RPC_SERVICE_BY_HAND(s)                                       \
	{                                                            \
		&s##_interface, s##_operations, RPC_SERVICE_WIRED, 0 \
	}

/* What a server does beside its operations; every one may be NULL. */
struct rpc_hooks {
	/* Before the first call, the state is there; start is enum start_kind. */
	err_t (*start)(uint32_t start);
	/* BIT_DEVICE rang: a driver's interrupt threads. */
	void (*device)(void);
	/* A message came to the main endpoint: faults, control calls. The hook replies. */
	void (*message)(struct message *message);
	/* A client's connection opened or closed. */
	void (*opened)(struct rpc_connection *connection);
	void (*closed)(struct rpc_connection *connection);
	/* Once per round; returns when it wants to be called again, TIME_NEVER, or TIME_NOW. */
	uint64_t (*idle)(void);
	/* The RPC insulator's own: an entry of its directory can be taken back. */
	void (*release)(uint32_t entry);
};

/*
 * Serve until the process ends. Does all of the start, update and restart
 * protocol: READY in its phases, adopting connections, conversion, recovery.
 * Returns an exit status only if the start fails.
 */
int rpc_serve(const struct rpc_service *services, uint32_t count, const struct rpc_hooks *hooks);

/* End the loop after this round with that status (a server that is a program too). */
void rpc_serve_end(int status);

#define RPC_HANDLER(S, s, number, op, op_flags)                                                 \
	static err_t on_##op(                                                                   \
	    struct rpc_call *call, const struct s##_##op##_in *in, struct s##_##op##_out *out); \
	static err_t s##_##op##_run(struct rpc_call *call, const void *in, void *out)           \
	{                                                                                       \
		return on_##op(call, in, out);                                                  \
	}
#define RPC_HANDLER_ENTRY(S, s, number, op, op_flags)                \
	{ .run = s##_##op##_run,                                     \
		.in_bytes = sizeof(struct s##_##op##_in),            \
		.out_bytes = sizeof(struct s##_##op##_out) & 0xffff, \
		.plain = (0 S##_##op##_IN(RPC_IS_VARIABLE)) == 0 &&  \
		    sizeof(struct s##_##op##_out) <= 0xffff &&       \
		    ((op_flags) & (RPC_POPUP | RPC_EXTERNAL)) == 0 },

/* Declares a static handler on_<op> for every operation, and the table. No semicolon. */
#define RPC_DEFINE_SERVER(S, s)                                          \
	RPC_SCAN(S##_OPS(RPC_WITH(RPC_HANDLER, S, s)))                   \
	static const struct rpc_operation s##_operations[] = { RPC_SCAN( \
	    S##_OPS(RPC_WITH(RPC_HANDLER_ENTRY, S, s))) };

#endif
