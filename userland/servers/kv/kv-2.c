/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kv, version 2: counts how often a key is read, and increments.
 */
#include "kv.h"

#include <insula/rpc/server.h>
#include <insula/services/kv.h>

RPC_DEFINE_SERVICE(KV2, kv2)
RPC_DEFINE_SERVER(KV2, kv2)
SERVER_PROGRAM_STATE(KV_NAME, VERSION, NOTE_RESTART, kv_state, KV_STATE, KV_STATE_BYTES)

#include "operations.h"

static err_t
on_get(struct rpc_call *call, const struct kv2_get_in *in, struct kv2_get_out *out)
{
	(void)call;
	const struct kv_entry *e = table_find(in->key);
	if (e == NULL)
		return ERR_NOT_FOUND;
	out->value = e->value;
	out->hits = e->hits + 1;
	STATE_SET(e->hits, e->hits + 1);
	return OK;
}

static err_t
on_incr(struct rpc_call *call, const struct kv2_incr_in *in, struct kv2_incr_out *out)
{
	(void)call;
	const struct kv_entry *e = table_make(in->key);
	if (e == NULL)
		return ERR_TOO_MANY;
	STATE_SET(e->value, e->value + in->by);
	out->value = e->value;
	return ledger_note(in->client, in->number, in->key, e->value);
}

int
main(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE(kv2) };
	return rpc_serve(services, 1, NULL);
}
