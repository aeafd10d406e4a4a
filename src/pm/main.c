/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process manager's service: operations on the logic of the other files,
 * and the loop, which is the library's: calls arrive in rings, EXIT, READY and
 * QUIESCED as messages, deadlines through the idle hook.
 */
#include "boot.h"
#include "control.h"
#include "effects.h"
#include "end.h"
#include "image.h"
#include "show.h"
#include "spawn.h"
#include "update.h"
#include "wire.h"

#include <insula/rpc/server.h>
#include <assert.h>
#include <string.h>

/* rings.c finds operation n at n - 1. */
#define PLACE(S, s, op_number, op, flags) PLACE_##op,
#define IN_PLACE(S, s, op_number, op, flags) static_assert(PLACE_##op == (op_number)-1, #op);
enum { RPC_SCAN(PROCESS_OPS(RPC_WITH(PLACE, PROCESS, process))) };
RPC_SCAN(PROCESS_OPS(RPC_WITH(IN_PLACE, PROCESS, process)))
RPC_DEFINE_SERVER(PROCESS, process)
static_assert(PROCESS_SPAWN_NO_INPUT == INFO_NO_INPUT, "passed on as it is");
SERVER_PROGRAM(PROCESS_NAME, PROCESS_VERSION, 0)

static uint32_t
strings_in(const uint8_t *bytes, uint32_t length)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < length; i++)
		n += bytes[i] == '\0';
	return n;
}

static err_t
on_spawn(struct rpc_call *call, const struct process_spawn_in *in, struct process_spawn_out *out)
{
	static struct spawn_descriptor d;
	struct spawn_request r = { .descriptor = &d,
		.args = (const char *)in->args,
		.args_bytes = in->args_length,
		.argc = strings_in(in->args, in->args_length),
		.properties = (const char *)in->properties,
		.properties_bytes = in->properties_length,
		.parent = call->peer,
		.info_flags = (uint32_t)in->flags & PROCESS_SPAWN_NO_INPUT };
	struct process *p;
	struct line why;
	memcpy(d.path, in->path, sizeof d.path);
	d.priority = (uint32_t)in->priority;
	if (in->priority > PRIORITY_MAX)
		return ERR_LIMIT;
	/* What the manifest says of a program is not the caller's to say. */
	const struct spawn_descriptor *held = birth_on_demand(in->path);
	if (held != NULL) {
		r.descriptor = held;
		r.args = NULL;
	}
	err_t err = process_spawn(&r, &p, &why);
	if (err == OK)
		out->pid = p->pid;
	else
		strncpy(out->reason, why.text, sizeof out->reason - 1);
	return err;
}

static err_t
on_spawn_manifest(struct rpc_call *call, const struct process_spawn_manifest_in *in,
    struct process_spawn_manifest_out *out)
{
	static struct spawn_descriptor d;
	const struct spawn_request r = { .descriptor = &d };
	struct process *p;
	struct line why;
	if (call->peer != PID_INIT)
		return ERR_RIGHTS;
	if (in->descriptor_length != sizeof d)
		return ERR_BAD_MANIFEST;
	memcpy(&d, in->descriptor, sizeof d);
	d.name[sizeof d.name - 1] = '\0';
	d.path[sizeof d.path - 1] = '\0';
	if (d.grants > SPAWN_GRANTS || d.args_bytes > sizeof d.args || d.priority > PRIORITY_MAX)
		return ERR_BAD_MANIFEST;
	if ((d.flags & SPAWN_ON_DEMAND) != 0)
		return birth_keep(&d) != NULL ? OK : ERR_TOO_MANY;
	err_t err = process_spawn(&r, &p, &why);
	if (err != OK) {
		strncpy(out->reason, why.text, sizeof out->reason - 1);
		return err;
	}
	out->pid = p->pid;
	if ((d.flags & SPAWN_WAIT_READY) == 0)
		return OK;
	p->has_ready_call = true;
	p->ready_call = call->reference;
	return RPC_DEFERRED;
}

static err_t
on_wait(struct rpc_call *call, const struct process_wait_in *in, struct process_wait_out *out)
{
	if (in->pid > UINT32_MAX)
		return ERR_NO_PROCESS;
	return process_wait(call->reference, call->peer, (pid_number_t)in->pid, out);
}

static err_t
on_kill(struct rpc_call *call, const struct process_kill_in *in, struct process_kill_out *out)
{
	(void)call;
	(void)out;
	return process_kill(in->pid, in->flags);
}

static err_t
on_find(struct rpc_call *call, const struct process_find_in *in, struct process_find_out *out)
{
	(void)call;
	const struct process *p = process_find(in->name, in->after);
	if (p == NULL)
		return ERR_NO_PROCESS;
	out->pid = p->pid;
	return OK;
}

static err_t
on_update(struct rpc_call *call, const struct process_update_in *in, struct process_update_out *out)
{
	return update_begin(call->reference, in, out);
}

static err_t
on_list(struct rpc_call *call, const struct process_list_in *in, struct process_list_out *out)
{
	(void)call;
	show_process(in->after, out);
	return OK;
}

static err_t
on_caps(struct rpc_call *call, const struct process_caps_in *in, struct process_caps_out *out)
{
	(void)call;
	return show_cap(in->pid, in->index, out);
}

static err_t
on_thread_info(struct rpc_call *call, const struct process_thread_info_in *in,
    struct process_thread_info_out *out)
{
	(void)call;
	return show_thread(in->pid, in->index, out);
}

static err_t
on_add_insulator(struct rpc_call *call, const struct process_add_insulator_in *in,
    struct process_add_insulator_out *out)
{
	uint32_t id = INSULATORID_INVALID;
	if (in->pid != 0 && in->pid != call->peer)
		return ERR_REFUSED;
	err_t err = insulator_add(call->peer, in->name, INSULATOR_OTHER, &id);
	out->insulator = id;
	return err;
}

static err_t
on_remove_insulator(struct rpc_call *call, const struct process_remove_insulator_in *in,
    struct process_remove_insulator_out *out)
{
	(void)out;
	return insulator_remove(call->peer, in->insulator);
}

static err_t
on_list_insulators(struct rpc_call *call, const struct process_list_insulators_in *in,
    struct process_list_insulators_out *out)
{
	(void)call;
	for (uint32_t i = 0; i < insulator_count; i++) {
		if (insulator_table[i].id <= in->after)
			continue;
		out->insulator = insulator_table[i].id;
		out->pid = insulator_table[i].pid;
		memcpy(out->name, insulator_table[i].name, sizeof out->name);
		break;
	}
	return OK;
}

static err_t
on_fault(struct rpc_call *call, const struct process_fault_in *in, struct process_fault_out *out)
{
	(void)out;
	if (call->peer != PID_MEMORY)
		return ERR_RIGHTS;
	process_fault(in);
	return OK;
}

static err_t
on_power_off(
    struct rpc_call *call, const struct process_power_off_in *in, struct process_power_off_out *out)
{
	(void)call;
	(void)out;
	system_end(in->status, in->reset);
	return ERR_IO;
}

/* --- the loop's hooks */

static void
message(struct message *m)
{
	control_message(m);
}

static uint64_t
idle(void)
{
	uint64_t deadline = update_deadline();
	if (deadline != TIME_NEVER && deadline <= effect_now_ns()) {
		update_expire(effect_now_ns());
		deadline = update_deadline();
	}
	effect_flush();
	return deadline;
}

int
main(void)
{
	static const struct rpc_service services[] = { { .operations = process_operations } };
	static const struct rpc_hooks hooks = { .message = message, .idle = idle };
	return rpc_serve(services, 1, &hooks);
}
