/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two steps of a client that makes very many calls, inline: what they see of
 * a connection, and the way through when nothing is unusual. Everything else is
 * left to rpc_send and rpc_poll, which these can replace anywhere.
 *
 *     RPC_DEFINE_SERVICE(KV, kv)
 *     RPC_DEFINE_QUICK(KV, kv)       kv_put_quick(), kv_get_quick() ..., as kv_put_send()
 *
 * Each use is some thirty instructions long, so they are for loops, not for every call.
 */
#ifndef INSULA_RPC_QUICK_H
#define INSULA_RPC_QUICK_H

#include <insula/rpc/client.h>
#include <insula/rpc/ring.h>

/* The beginning of every connection; the library's own, to read. */
struct rpc_quick {
	bool broken : 1;
	bool closed : 1;
	bool unusual : 1;
	uint32_t index;
	struct ring_client client;
};

/* Ring the server of a connection, which sleeps. */
err_t rpc_ring_server(struct rpc_connection *connection);

/*
 * As rpc_send; the connection is one that was opened, and in_bytes a constant.
 */
MUST_CHECK RING_INLINE err_t
rpc_send_quick(struct rpc_connection *connection, uint32_t operation, const void *in,
    uint32_t in_bytes, uint64_t *number)
{
	struct rpc_quick *c = (struct rpc_quick *)(void *)connection;
	struct ring_client *r = &c->client;
	const uint64_t head = r->head;
	if (head >= r->limit || in_bytes + RING_CALL_HEADER > r->call_bytes)
		return rpc_send(connection, operation, in, in_bytes, number);
	struct ring_call *slot = ring_client_slot(r);
	slot->operation = operation;
	slot->bytes = in_bytes;
	__builtin_memcpy(slot->words, in, in_bytes);
	*number = head + 1;
	return ring_client_publish_to(r, head + 1) ? rpc_ring_server(connection) : OK;
}

/* As rpc_poll; the connection is one that was opened. */
MUST_CHECK RING_INLINE err_t
rpc_poll_quick(
    struct rpc_connection *connection, struct rpc_answer *answer, void *out, uint32_t out_bytes)
{
	struct rpc_quick *c = (struct rpc_quick *)(void *)connection;
	struct ring_client *r = &c->client;
	if (c->unusual || r->results_seen == r->results_taken)
		return rpc_poll(connection, answer, out, out_bytes);
	const struct ring_result *slot = ring_client_result(r);
	answer->number = slot->number;
	answer->error = (err_t)slot->error;
	answer->bytes = ring_client_take(r, slot, out, out_bytes);
	return OK;
}

#define RPC_QUICK_STUB(S, s, op_number, op, op_flags)                                      \
	MUST_CHECK static inline __attribute__((unused))                                   \
	err_t s##_##op##_quick(struct rpc_connection *connection_,                         \
	    const struct s##_##op##_in *in_, uint64_t *number_)                            \
	{                                                                                  \
		return rpc_send_quick(                                                     \
		    connection_, (op_number), in_, sizeof(struct s##_##op##_in), number_); \
	}
#define RPC_DEFINE_QUICK(S, s) RPC_SCAN(S##_OPS(RPC_WITH(RPC_QUICK_STUB, S, s)))

#endif
