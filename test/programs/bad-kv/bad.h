/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Versions of kv that are bad in one way each: what they have in common. A file that
 * needs another state defines BAD_STATE first.
 */
#ifndef TEST_BAD_KV_H
#define TEST_BAD_KV_H

#include <insula/rpc/server.h>
#include <insula/services/kv.h>

RPC_DEFINE_SERVICE(KV, kv)
RPC_DEFINE_SERVER(KV, kv)

#ifndef BAD_STATE
#define BAD_STATE(FIELD, ARRAY, RECORDS) FIELD(used, U64, 0)
#endif
STATE_ROOT(BAD_STATE, bad_state)
SERVER_PROGRAM_STATE(KV_NAME, VERSION, NOTE_RESTART, bad_state, BAD_STATE, 256 << 10)

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
