/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RPC insulator: its service, on the registry. It sets connections up and
 * takes them down, and is on no data path.
 */
#include "registry_internal.h"

#include <insula/handover.h>
#include <insula/process.h>
#include <insula/rpc/process.h>
#include <insula/rpc/server.h>
#include <insula/services/memory.h>
#include <insula/services/path.h>
#include <insula/services/piddb.h>
#include <insula/services/process.h>
#include <insula/syscall.h>

#include <string.h>

RPC_DEFINE_SERVICE(RPC, rpc)
RPC_DEFINE_DESCRIPTION(MEMORY, memory)
RPC_DEFINE_DESCRIPTION(PROCESS, process)
RPC_DEFINE_DESCRIPTION(PIDDB, piddb)
RPC_DEFINE_DESCRIPTION(PATH, path)
RPC_DEFINE_SERVER(RPC, rpc)
SERVER_PROGRAM_STATE(
    RPC_NAME, RPC_VERSION, NOTE_RESTART, registry, REGISTRY_STATE, REGISTRY_STATE_BYTES)

static err_t
on_add_process(
    struct rpc_call *call, const struct rpc_add_process_in *in, struct rpc_add_process_out *out)
{
	(void)out;
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	if (in->pid >= RPC_PIDS)
		return ERR_ARGUMENT;
	return registry_add_process((pid_number_t)in->pid, (handle_t)in->estate);
}

static err_t
on_remove_process(struct rpc_call *call, const struct rpc_remove_process_in *in,
    struct rpc_remove_process_out *out)
{
	(void)out;
	return call->peer == PID_PROCESS ? registry_remove_process((pid_number_t)in->pid)
					 : ERR_RIGHTS;
}

/* Estates, and with them services and connections, stay with their PIDs. */
static err_t
on_update_process(struct rpc_call *call, const struct rpc_update_process_in *in,
    struct rpc_update_process_out *out)
{
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	out->pid = in->new_pid;
	return OK;
}

static err_t
on_add_service(
    struct rpc_call *call, const struct rpc_add_service_in *in, struct rpc_add_service_out *out)
{
	sid_t_ sid = SID_INVALID;
	err_t err = registry_add_service(
	    call->peer, (handle_t)in->endpoint, in->description, in->description_length, &sid);
	out->sid = sid;
	return err;
}

static err_t
on_remove_service(struct rpc_call *call, const struct rpc_remove_service_in *in,
    struct rpc_remove_service_out *out)
{
	(void)out;
	return registry_remove_service(call->peer, (sid_t_)in->sid);
}

static err_t
on_add_connection(struct rpc_call *call, const struct rpc_add_connection_in *in,
    struct rpc_add_connection_out *out)
{
	struct registry_request request = {
		.server = (pid_number_t)in->server,
		.endpoint = (handle_t)in->endpoint,
		.flags = (uint32_t)in->flags,
		.description = in->description,
		.bytes = in->description_length,
	};
	cid_t_ cid = CID_INVALID;
	uint32_t entry = 0;
	err_t err = registry_add_connection(call->peer, &request, &cid, &entry, out->reason);
	out->cid = cid;
	out->entry = entry;
	return err;
}

static err_t
on_remove_connection(struct rpc_call *call, const struct rpc_remove_connection_in *in,
    struct rpc_remove_connection_out *out)
{
	(void)out;
	return registry_remove_connection(call->peer, (cid_t_)in->cid);
}

static err_t
on_list_services(
    struct rpc_call *call, const struct rpc_list_services_in *in, struct rpc_list_services_out *out)
{
	(void)call;
	const struct registry_service *s =
	    registry_next_service((pid_number_t)in->after_pid, (sid_t_)in->after_sid);
	if (s == NULL)
		return ERR_NOT_FOUND;
	out->pid = s->pid;
	out->sid = s->sid;
	memcpy(out->name, s->name, sizeof out->name);
	out->version = s->version;
	out->connections = registry_connections_of(s->pid, s->sid);
	return OK;
}

static err_t
on_list_connections(struct rpc_call *call, const struct rpc_list_connections_in *in,
    struct rpc_list_connections_out *out)
{
	(void)call;
	const struct registry_connection *c =
	    registry_next_connection((pid_number_t)in->after_pid, (cid_t_)in->after_cid);
	if (c == NULL)
		return ERR_NOT_FOUND;
	out->pid = c->client;
	out->cid = c->cid;
	out->server = c->server;
	out->sid = c->sid;
	out->depth = c->depth;
	const struct registry_service *s = registry_find_service(c->server, c->sid);
	if (s != NULL)
		memcpy(out->name, s->name, sizeof out->name);
	return OK;
}

static err_t
on_describe(struct rpc_call *call, const struct rpc_describe_in *in, struct rpc_describe_out *out)
{
	const struct registry_description *d = in->entry >= DIRECTORY_ENTRIES_PER_PAGE
	    ? NULL
	    : registry_describe(call->peer, (uint32_t)in->entry);
	if (d == NULL)
		return ERR_NOT_FOUND;
	out->description_length = d->bytes;
	memcpy(out->description, d->data, d->bytes);
	return OK;
}

static err_t
on_release(struct rpc_call *call, const struct rpc_release_in *in, struct rpc_release_out *out)
{
	(void)out;
	return registry_release(call->peer, (uint32_t)in->entry);
}

/* --- the first start: what init built by hand */

static const struct {
	pid_number_t pid;
	const struct rpc_interface *interface;
} wired[] = {
	{ PID_RPC, &rpc_interface },
	{ PID_PROCESS, &process_interface },
	{ PID_MEMORY, &memory_interface },
	{ PID_PIDDB, &piddb_interface },
	{ PID_PATH, &path_interface },
};

static err_t
adopt(const struct handover *h)
{
	err_t err = OK;
	STATE_SET(registry()->places, 0);
	for (uint32_t n = 0; n < h->processes && err == OK; n++) {
		if (h->process[n].rpc_estate != HANDLE_NONE)
			err = registry_adopt_process(h->process[n].pid, h->process[n].rpc_estate);
	}
	for (uint32_t n = 0; n < sizeof wired / sizeof wired[0] && err == OK; n++)
		err = registry_adopt_service(wired[n].pid, wired[n].interface);
	for (uint32_t n = 0; n < h->connections && err == OK; n++) {
		const struct handover_connection *c = &h->connection[n];
		struct registry_connection made = {
			.client = c->client,
			.client_entry = c->client_entry,
			.server = c->server,
			.server_entry = c->server_entry,
			.cid = c->cid,
			.sid = c->sid,
			.pages = c->pages,
			.depth = c->depth,
			.flags = RPC_CONNECTION_TRANSFERABLE,
		};
		err = registry_adopt_connection(&made);
	}
	for (uint32_t n = 0; n < h->processes && err == OK; n++) {
		if (h->process[n].rpc_estate != HANDLE_NONE)
			registry_count_entries(h->process[n].pid);
	}
	return err;
}

/* Tell the process manager that there is RPC now (M6). */
static err_t
say_up(uint32_t connections)
{
	struct message m = { .label = CONTROL_RPC, .word = { connections } };
	return insula_call(HANDLE_CONTROL, TIME_NEVER, &m);
}

static err_t
start(uint32_t kind)
{
	const struct handover *h = (const struct handover *)(uintptr_t)HANDOVER;
	if (kind != START_FRESH)
		return OK;
	if (h->magic != HANDOVER_MAGIC)
		return ERR_BAD_STATE;
	err_t err = adopt(h);
	return err == OK ? say_up(h->connections) : err;
}

static void
release(uint32_t entry)
{
	(void)registry_release(PID_RPC, entry);
}

/* A process asks for one of its first connections; the badge is its PID. */
static void
message(struct message *m)
{
	struct message answer = { .token = m->token };
	err_t err = (m->label & LABEL_MASK) == RPC_ASK
	    ? registry_ask((pid_number_t)m->badge, m->word[0])
	    : ERR_CALL;
	/* The records first: once it is answered, it is. */
	if (err == OK)
		state_commit();
	else
		state_undo();
	answer.word[0] = (uint64_t)(int64_t)err;
	(void)insula_reply(HANDLE_MAIN_ENDPOINT, &answer);
}

static const struct rpc_hooks hooks = { .start = start, .message = message, .release = release };

/* Every process has a connection to this one. */
RPC_CONNECTION_POOL(PROCESSES + 8)

int
main(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE_BY_HAND(rpc) };
	return rpc_serve(services, 1, &hooks);
}
