/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kv, version 1: puts, gets, deletes and the ledger.
 */
#include "kv.h"

#include <insula/rpc/server.h>
#include <insula/services/kv.h>

RPC_DEFINE_SERVICE(KV, kv)
RPC_DEFINE_SERVER(KV, kv)
SERVER_PROGRAM_STATE(KV_NAME, VERSION, NOTE_RESTART, kv_state, KV_STATE, KV_STATE_BYTES)

#include "operations.h"

static err_t
on_get(struct rpc_call *call, const struct kv_get_in *in, struct kv_get_out *out)
{
	(void)call;
	const struct kv_entry *e = table_find(in->key);
	if (e == NULL)
		return ERR_NOT_FOUND;
	out->value = e->value;
	return OK;
}

int
main(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE(kv) };
	return rpc_serve(services, 1, NULL);
}
