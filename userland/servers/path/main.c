/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pathname insulator: the service's operations on one `struct names` in its state. It
 * answers where a path leads and is never asked to carry anything there (N2).
 */
#include "names.h"

#include <insula/handover.h>
#include <insula/rpc/server.h>
#include <insula/services/path.h>

#include <string.h>

RPC_DEFINE_SERVICE(PATH, path)
RPC_DEFINE_SERVER(PATH, path)

_Static_assert(sizeof((struct path_resolve_in *)0)->path == NAMES_PATH_BYTES, "one size of path");

SERVER_PROGRAM_STATE(PATH_NAME, PATH_VERSION, NOTE_RESTART, names, NAMES_STATE, 48 << 10)

static const struct names *
names(void)
{
	return state_root();
}

static err_t
on_add_process(
    struct rpc_call *call, const struct path_add_process_in *in, struct path_add_process_out *out)
{
	(void)out;
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	err_t err = names_add_process(names(), (uint32_t)in->pid, in->directory);
	if (err == OK && in->service[0] != '\0')
		err = names_attach_service(names(), (uint32_t)in->pid, in->service);
	if (err != OK)
		names_remove_process(names(), (uint32_t)in->pid);
	return err;
}

static err_t
on_remove_process(struct rpc_call *call, const struct path_remove_process_in *in,
    struct path_remove_process_out *out)
{
	(void)out;
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	names_remove_process(names(), (uint32_t)in->pid);
	return OK;
}

static err_t
on_update_process(struct rpc_call *call, const struct path_update_process_in *in,
    struct path_update_process_out *out)
{
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	names_update_process(names(), (uint32_t)in->old_pid, (uint32_t)in->new_pid);
	out->pid = in->new_pid;
	return OK;
}

static err_t
on_attach(struct rpc_call *call, const struct path_attach_in *in, struct path_attach_out *out)
{
	return names_attach(names(), call->peer, in->prefix, in->service, &out->attachment);
}

static err_t
on_detach(struct rpc_call *call, const struct path_detach_in *in, struct path_detach_out *out)
{
	(void)out;
	return names_detach(names(), call->peer, in->attachment);
}

static err_t
on_resolve(struct rpc_call *call, const struct path_resolve_in *in, struct path_resolve_out *out)
{
	const struct names_attachment *found;
	err_t err = names_resolve(names(), call->peer, in->path, &found, out->rest);
	if (err != OK)
		return err;
	out->server = found->owner;
	memcpy(out->service, found->service, sizeof out->service);
	return OK;
}

static err_t
on_list(struct rpc_call *call, const struct path_list_in *in, struct path_list_out *out)
{
	const struct names_attachment *found;
	err_t err = names_list(names(), call->peer, in->directory, in->index, &found);
	if (err != OK)
		return err;
	memcpy(out->prefix, found->prefix, sizeof out->prefix);
	out->server = found->owner;
	memcpy(out->service, found->service, sizeof out->service);
	return OK;
}

/* The services of those that were there before us. */
static err_t
start(uint32_t kind)
{
	static const struct {
		pid_number_t pid;
		char service[NAMES_SERVICE_BYTES];
	} first[] = {
		{ PID_PIDDB, "piddb" },
		{ PID_MEMORY, "memory" },
		{ PID_RPC, "rpc" },
		{ PID_PATH, "path" },
		{ PID_PROCESS, "process" },
	};
	err_t err = OK;
	for (size_t i = 0; kind == START_FRESH && err == OK && i < 5; i++)
		err = names_attach_service(names(), first[i].pid, first[i].service);
	return err;
}

int
main(void)
{
	static const struct rpc_hooks hooks = { .start = start };
	static const struct rpc_service services[] = { RPC_SERVICE_BY_HAND(path) };
	return rpc_serve(services, 1, &hooks);
}
