/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handlers of the operations that both versions have. A version's file
 * includes it after RPC_DEFINE_SERVER; the types are that version's.
 */
#ifndef INSULA_SERVERS_KV_OPERATIONS_H
#define INSULA_SERVERS_KV_OPERATIONS_H

#include "kv.h"

#include <insula/rpc/server.h>

#if VERSION == 1
#define KV_HALF(op, half) kv_##op##_##half
#else
#define KV_HALF(op, half) kv2_##op##_##half
#endif
#define KV_HANDLER(op)                                                                 \
	static err_t on_##op(struct rpc_call *call, const struct KV_HALF(op, in) * in, \
	    struct KV_HALF(op, out) * out)

KV_HANDLER(put)
{
	(void)call;
	err_t err = kv_do_put(in->key, in->value, &out->existed, &out->old);
	return err == OK ? ledger_note(in->client, in->number, in->key, in->value) : err;
}

KV_HANDLER(delete)
{
	(void)call;
	err_t err = kv_do_delete(in->key, &out->existed, &out->old);
	return err == OK ? ledger_note(in->client, in->number, in->key, 0) : err;
}

KV_HANDLER(count)
{
	(void)call;
	(void)in;
	out->count = kv_state()->used;
	out->room = KV_ENTRIES - 1 - kv_state()->used;
	return OK;
}

KV_HANDLER(begin)
{
	(void)call;
	(void)in;
	return ledger_begin(&out->client);
}

KV_HANDLER(ledger)
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

KV_HANDLER(end)
{
	(void)call;
	(void)out;
	const struct kv_line *line = in->client == 0 ? NULL : ledger_line(in->client);
	if (line == NULL)
		return ERR_NOT_FOUND;
	state_zero(line, sizeof *line);
	return OK;
}

#endif
