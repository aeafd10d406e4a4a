/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Versions of kv that are bad in one way each: a version's file has its state, and
 * includes this with the first thing that it does.
 */
#ifndef TEST_BAD_KV_H
#define TEST_BAD_KV_H

#include <insula/rpc/server.h>
#include <insula/services/kv.h>

RPC_DEFINE_SERVICE(KV, kv)
RPC_DEFINE_SERVER(KV, kv)

#define NO_HANDLER(op)                                                                       \
	static err_t on_##op(                                                                \
	    struct rpc_call *call, const struct kv_##op##_in *in, struct kv_##op##_out *out) \
	{                                                                                    \
		(void)call, (void)in, (void)out;                                             \
		return ERR_STATE;                                                            \
	}
NO_HANDLER(put)
NO_HANDLER(get)
NO_HANDLER(delete)
NO_HANDLER(count)
NO_HANDLER(begin)
NO_HANDLER(ledger)
NO_HANDLER(end)

static int
serve(err_t (*start)(uint32_t kind))
{
	static const struct rpc_service services[] = { RPC_SERVICE(kv) };
	const struct rpc_hooks hooks = { .start = start };
	return rpc_serve(services, 1, &hooks);
}

#endif
