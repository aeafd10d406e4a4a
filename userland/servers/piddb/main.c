/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PID database: the service's operations on the records in its state. Only
 * the process manager writes; everybody may look.
 */
#include "records.h"

#include <insula/handover.h>
#include <insula/rpc/server.h>
#include <insula/services/piddb.h>

#include <string.h>

RPC_DEFINE_SERVICE(PIDDB, piddb)
RPC_DEFINE_SERVER(PIDDB, piddb)
SERVER_PROGRAM_STATE(PIDDB_NAME, PIDDB_VERSION, NOTE_RESTART, records, RECORDS_STATE, 96 << 10)

static const struct records *
records(void)
{
	return state_root();
}

static err_t
on_add(struct rpc_call *call, const struct piddb_add_in *in, struct piddb_add_out *out)
{
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	const uint32_t value[PIDDB_ITEMS] = {
		[PIDDB_PARENT] = (uint32_t)in->parent,
		[PIDDB_INSTANCE] = (uint32_t)in->instance,
		[PIDDB_FLAGS] = (uint32_t)in->flags,
		[PIDDB_UID] = (uint32_t)in->uid,
		[PIDDB_GID] = (uint32_t)in->gid,
		[PIDDB_GROUP] = (uint32_t)in->group,
	};
	uint32_t pid;
	err_t err = records_add(records(), in->pid, in->name, value, &pid);
	if (err == OK)
		out->pid = pid;
	return err;
}

static err_t
on_remove(struct rpc_call *call, const struct piddb_remove_in *in, struct piddb_remove_out *out)
{
	(void)out;
	return call->peer == PID_PROCESS ? records_remove(records(), in->pid) : ERR_RIGHTS;
}

static err_t
on_swap(struct rpc_call *call, const struct piddb_swap_in *in, struct piddb_swap_out *out)
{
	(void)out;
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	return records_swap(records(), in->old_pid, in->new_pid);
}

static err_t
on_find(struct rpc_call *call, const struct piddb_find_in *in, struct piddb_find_out *out)
{
	(void)call;
	uint32_t pid;
	err_t err = records_find_name(records(), in->name, &pid);
	if (err == OK)
		out->pid = pid;
	return err;
}

static err_t
on_get(struct rpc_call *call, const struct piddb_get_in *in, struct piddb_get_out *out)
{
	(void)call;
	const struct pid_record *r = records_find(records(), in->pid);
	if (r == NULL)
		return ERR_NO_PROCESS;
	memcpy(out->name, r->name, sizeof out->name);
	out->parent = r->value[PIDDB_PARENT];
	out->instance = r->value[PIDDB_INSTANCE];
	out->flags = r->value[PIDDB_FLAGS];
	out->uid = r->value[PIDDB_UID];
	out->gid = r->value[PIDDB_GID];
	out->group = r->value[PIDDB_GROUP];
	out->state = r->value[PIDDB_STATE];
	return OK;
}

static err_t
on_set(struct rpc_call *call, const struct piddb_set_in *in, struct piddb_set_out *out)
{
	(void)out;
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	return records_set(records(), in->pid, in->item, in->value);
}

static err_t
on_journal(struct rpc_call *call, const struct piddb_journal_in *in, struct piddb_journal_out *out)
{
	(void)out;
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	return records_journal(records(), in->step, in->old_pid, in->new_pid, in->path);
}

static err_t
on_next(struct rpc_call *call, const struct piddb_next_in *in, struct piddb_next_out *out)
{
	(void)call;
	const struct pid_record *r = records_next(records(), in->after);
	if (r == NULL)
		return OK;
	out->pid = r->pid;
	memcpy(out->name, r->name, sizeof out->name);
	out->parent = r->value[PIDDB_PARENT];
	out->instance = r->value[PIDDB_INSTANCE];
	out->flags = r->value[PIDDB_FLAGS];
	out->state = r->value[PIDDB_STATE];
	return OK;
}

static err_t
on_journal_get(
    struct rpc_call *call, const struct piddb_journal_get_in *in, struct piddb_journal_get_out *out)
{
	(void)call;
	(void)in;
	const struct records *r = records();
	if (r->journal_step == 0)
		return OK;
	out->step = r->journal_step;
	out->old_pid = r->journal_old;
	out->new_pid = r->journal_new;
	memcpy(out->path, r->journal_path, sizeof out->path);
	return OK;
}

int
main(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE_BY_HAND(piddb) };
	return rpc_serve(services, 1, NULL);
}
