/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's half of RPC: connections, calls that wait for their result, and
 * calls that do not.
 *
 * A connection is used by one thread at a time; the first three of every process
 * have a lock of their own and may be used by all.
 */
#ifndef INSULA_RPC_CLIENT_H
#define INSULA_RPC_CLIENT_H

#include <insula/rpc/describe.h>

struct rpc_connection;

/* The connections that every process has from its first use of them on: to open others, for processes, for memory. */
#define BIRTH_RPC 0
#define BIRTH_PROCESS 1
#define BIRTH_MEMORY 2

/* The connection with that index in this process's directory; NULL: it has none, or there is no memory for it. */
struct rpc_connection *rpc_connection_at(uint32_t index);

static inline struct rpc_connection *
rpc_to_rpc(void)
{
	return rpc_connection_at(BIRTH_RPC);
}

static inline struct rpc_connection *
rpc_to_process(void)
{
	return rpc_connection_at(BIRTH_PROCESS);
}

static inline struct rpc_connection *
rpc_to_memory(void)
{
	return rpc_connection_at(BIRTH_MEMORY);
}

#define RPC_OPEN_OWN_ENDPOINT 1u /* results ring an endpoint made for this connection */
#define RPC_OPEN_FIXED 2u /* it does not move to a later version of either side: ERR_CLOSED */

/*
 * Open a connection to a service.
 *
 * server   its PID, or PID_INVALID for the newest service of the interface's name
 * flags    RPC_OPEN_*
 * reason   NULL, or where a sentence goes when it is refused
 *
 * Returns  OK, ERR_NOT_FOUND, ERR_MISMATCH, or what kept the pages from being shared
 */
MUST_CHECK err_t rpc_open(pid_number_t server, const struct rpc_interface *interface,
    uint32_t flags, struct rpc_connection **connection, char reason[RPC_REASON_BYTES]);

/* Close it, at either end; the peer sees ERR_CLOSED. */
err_t rpc_close(struct rpc_connection *connection);

/*
 * Make a call and go on (R4): the arguments are in the ring, and the server is
 * rung if it sleeps.
 *
 * number   NULL, or where the call's number goes, as its result will carry it
 *
 * Returns  OK, or having sent nothing ERR_WOULD_BLOCK (the ring is full: rpc_wait,
 *          and take a result), ERR_CLOSED, ERR_PROTOCOL, ERR_TOO_LONG
 */
MUST_CHECK err_t rpc_send(struct rpc_connection *connection, uint32_t operation, const void *in,
    uint32_t in_bytes, uint64_t *number);

struct rpc_answer {
	uint64_t number; /* of the call */
	err_t error;     /* the operation's own result */
	uint32_t bytes;  /* of out that were written */
};

/*
 * Take the next result, in the order in which calls were answered.
 *
 * Returns  OK, ERR_WOULD_BLOCK if there is none yet, ERR_CLOSED, ERR_PROTOCOL
 */
MUST_CHECK err_t rpc_poll(
    struct rpc_connection *connection, struct rpc_answer *answer, void *out, uint32_t out_bytes);

/* Wait until rpc_poll has something to say, or a full ring has room. OK, or ERR_TIMED_OUT. */
MUST_CHECK err_t rpc_wait(struct rpc_connection *connection, uint64_t deadline_ns);

/* The same for any of the connections that ring the main endpoint. */
MUST_CHECK err_t rpc_wait_any(uint64_t deadline_ns);

/*
 * Make a call and wait for its result; other results that come meanwhile are
 * kept for rpc_poll. After ERR_TIMED_OUT the result is dropped when it comes.
 *
 * Returns  the operation's own error; or what rpc_send and rpc_poll return
 */
MUST_CHECK err_t rpc_call(struct rpc_connection *connection, uint32_t operation, const void *in,
    uint32_t in_bytes, void *out, uint32_t out_bytes, uint64_t deadline_ns);

/* Calls sent and not yet answered. */
uint32_t rpc_outstanding(const struct rpc_connection *connection);
/* Calls that can be sent now. */
uint32_t rpc_room(struct rpc_connection *connection);
uint32_t rpc_depth(const struct rpc_connection *connection);
pid_number_t rpc_peer(const struct rpc_connection *connection);
cid_t_ rpc_cid(const struct rpc_connection *connection);

#define RPC_STUBS(S, s, op_number, op, op_flags)                                                   \
	MUST_CHECK static inline __attribute__((unused))                                           \
	err_t s##_##op(struct rpc_connection *connection_, const struct s##_##op##_in *in_,        \
	    struct s##_##op##_out *out_, uint64_t deadline_ns_)                                    \
	{                                                                                          \
		return rpc_call(connection_, (op_number), in_, sizeof(struct s##_##op##_in), out_, \
		    sizeof(struct s##_##op##_out), deadline_ns_);                                  \
	}                                                                                          \
	MUST_CHECK static inline __attribute__((unused))                                           \
	err_t s##_##op##_send(struct rpc_connection *connection_, const struct s##_##op##_in *in_, \
	    uint64_t *number_)                                                                     \
	{                                                                                          \
		return rpc_send(                                                                   \
		    connection_, (op_number), in_, sizeof(struct s##_##op##_in), number_);         \
	}

/* Everything a client, and a server, needs of a service. No semicolon follows it. */
#define RPC_DEFINE_SERVICE(S, s)     \
	RPC_DEFINE_DESCRIPTION(S, s) \
	RPC_SCAN(S##_OPS(RPC_WITH(RPC_STUBS, S, s)))

#endif
