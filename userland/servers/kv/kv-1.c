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

static err_t
on_put(struct rpc_call *call, const struct kv_put_in *in, struct kv_put_out *out)
{
	(void)call;
	err_t err = kv_do_put(in->key, in->value, &out->existed, &out->old);
	return err == OK ? ledger_note(in->client, in->number, in->key, in->value) : err;
}

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

static err_t
on_delete(struct rpc_call *call, const struct kv_delete_in *in, struct kv_delete_out *out)
{
	(void)call;
	err_t err = kv_do_delete(in->key, &out->existed, &out->old);
	return err == OK ? ledger_note(in->client, in->number, in->key, 0) : err;
}

static err_t
on_count(struct rpc_call *call, const struct kv_count_in *in, struct kv_count_out *out)
{
	(void)call;
	(void)in;
	out->count = kv_state()->used;
	out->room = KV_ENTRIES - 1 - kv_state()->used;
	return OK;
}

static err_t
on_begin(struct rpc_call *call, const struct kv_begin_in *in, struct kv_begin_out *out)
{
	(void)call;
	(void)in;
	return ledger_begin(&out->client);
}

static err_t
on_ledger(struct rpc_call *call, const struct kv_ledger_in *in, struct kv_ledger_out *out)
{
	(void)call;
	const struct kv_line *line = in->client == 0 ? NULL : ledger_line(in->client);
	if (line == NULL)
		return ERR_NOT_FOUND;
	out->calls = line->calls;
	out->last = line->last;
	out->repeated = line->repeated;
	out->skipped = line->skipped;
	out->sum = line->sum;
	return OK;
}

static err_t
on_end(struct rpc_call *call, const struct kv_end_in *in, struct kv_end_out *out)
{
	(void)call;
	(void)out;
	const struct kv_line *line = in->client == 0 ? NULL : ledger_line(in->client);
	if (line == NULL)
		return ERR_NOT_FOUND;
	state_zero(line, sizeof *line);
	return OK;
}

int
main(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE(kv) };
	return rpc_serve(services, 1, NULL);
}
