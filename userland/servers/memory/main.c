/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory insulator: who may ask for what, and the fault messages. It owns
 * every page and asks nobody: a crash is posted to the process manager and not
 * waited for, and one that does not fit the ring is posted later.
 */
#include "memory.h"

#include <insula/clock.h>
#include <insula/rpc/process.h>
#include <insula/rpc/server.h>

#include <stddef.h>
#include <string.h>

RPC_DEFINE_DESCRIPTION(MEMORY, memory) /* no stubs: memory does not call itself */
RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVER(MEMORY, memory)
SERVER_PROGRAM(MEMORY_NAME, MEMORY_VERSION, 0)

#define CRASH_RETRY_NS 1000000ull

static struct memory memory;

/* The caller, if it has a private space of its own; NULL refuses. */
static struct process *
caller(const struct rpc_call *call)
{
	struct process *p = process_by_pid(&memory, call->peer);
	return p != NULL && p->body != NULL ? p : NULL;
}

static err_t
on_add_process(struct rpc_call *call, const struct memory_add_process_in *in,
    struct memory_add_process_out *out)
{
	struct memory_plan plan = { 0 };
	struct memory_built built;
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	if (in->plan_length != sizeof plan || in->args_length > sizeof in->args ||
	    in->pid > UINT32_MAX || in->instance > UINT32_MAX)
		return ERR_ARGUMENT;
	memcpy(&plan, in->plan, sizeof plan);
	err_t err = memory_add_process(&memory, (pid_number_t)in->pid, (uint32_t)in->instance,
	    &plan, in->args, in->args_length, &built);
	if (err != OK)
		return err;
	out->space = built.space;
	out->estate = built.estate;
	out->state = built.state;
	out->main_endpoint = built.quiesce;
	out->rpc_estate = built.rpc_estate;
	return OK;
}

static err_t
on_remove_process(struct rpc_call *call, const struct memory_remove_process_in *in,
    struct memory_remove_process_out *out)
{
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	return memory_remove_process(&memory, in->pid, &out->pages_returned);
}

static err_t
on_update_process(struct rpc_call *call, const struct memory_update_process_in *in,
    struct memory_update_process_out *out)
{
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	err_t err = memory_update_process(&memory, in->old_pid, in->new_pid);
	if (err == OK)
		out->pid = in->new_pid;
	return err;
}

static err_t
on_share(struct rpc_call *call, const struct memory_share_in *in, struct memory_share_out *out)
{
	(void)out;
	if (call->peer != PID_RPC)
		return ERR_RIGHTS;
	return memory_share(
	    &memory, in->client, in->client_address, in->server, in->server_address, in->pages);
}

static err_t
on_unshare(
    struct rpc_call *call, const struct memory_unshare_in *in, struct memory_unshare_out *out)
{
	(void)out;
	if (call->peer != PID_RPC)
		return ERR_RIGHTS;
	return memory_unshare(&memory, in->pid, in->address, in->pages);
}

static err_t
on_directory(
    struct rpc_call *call, const struct memory_directory_in *in, struct memory_directory_out *out)
{
	return call->peer == PID_RPC ? memory_directory(&memory, in->pid, &out->pages) : ERR_RIGHTS;
}

static err_t
on_second_state(struct rpc_call *call, const struct memory_second_state_in *in,
    struct memory_second_state_out *out)
{
	handle_t state;
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	err_t err = memory_second_state(&memory, in->old_pid, in->new_pid, in->bytes, &state);
	if (err == OK)
		out->state = state;
	return err;
}

static err_t
on_drop_state(
    struct rpc_call *call, const struct memory_drop_state_in *in, struct memory_drop_state_out *out)
{
	(void)out;
	if (call->peer != PID_PROCESS)
		return ERR_RIGHTS;
	return memory_drop_state(&memory, in->old_pid, in->new_pid, in->keep_new != 0);
}

static err_t
on_grow(struct rpc_call *call, const struct memory_grow_in *in, struct memory_grow_out *out)
{
	struct process *p = caller(call);
	return p == NULL ? ERR_NO_PROCESS : memory_grow(&memory, p, in->pages, &out->address);
}

static err_t
on_fund(struct rpc_call *call, const struct memory_fund_in *in, struct memory_fund_out *out)
{
	(void)out;
	struct process *p = caller(call);
	return p == NULL ? ERR_NO_PROCESS : memory_fund(&memory, p, in->which, in->pages);
}

static err_t
on_stack(struct rpc_call *call, const struct memory_stack_in *in, struct memory_stack_out *out)
{
	struct process *p = caller(call);
	return p == NULL ? ERR_NO_PROCESS : memory_stack(&memory, p, in->bytes, &out->top);
}

static err_t
on_unmap(struct rpc_call *call, const struct memory_unmap_in *in, struct memory_unmap_out *out)
{
	(void)out;
	struct process *p = caller(call);
	return p == NULL ? ERR_NO_PROCESS : memory_unmap(&memory, p, in->address, in->pages);
}

static err_t
on_query(struct rpc_call *call, const struct memory_query_in *in, struct memory_query_out *out)
{
	(void)call;
	const struct ledger *l = &memory.ledger;
	if (in->pid != 0) {
		const struct process *p = process_by_pid(&memory, in->pid);
		if (p == NULL)
			return ERR_NO_PROCESS;
		out->user_pages = process_user_pages(p);
		out->kernel_pages = process_kernel_pages(p);
		out->quota_pages = p->quota;
	} else {
		out->kernel_pages = memory.home.lot.kernel;
		for (uint32_t i = 0; i < MEMORY_BUCKETS; i++) {
			for (const struct process *p = memory.by_pid[i]; p != NULL; p = p->next) {
				out->user_pages += process_user_pages(p);
				out->kernel_pages += process_kernel_pages(p);
			}
		}
	}
	out->total_pages = l->total_pages;
	out->free_pages = ledger_available(l);
	out->own_pages = l->own_pages;
	out->discrepancies = memory.discrepancies;
	return OK;
}

static err_t
on_audit(struct rpc_call *call, const struct memory_audit_in *in, struct memory_audit_out *out)
{
	(void)call;
	(void)in;
	out->wrong = memory_audit(&memory, &out->frames);
	return OK;
}

/* --- faults */

static void
on_message(struct message *message)
{
	/* Nobody else has a capability to send here. What crashed stays blocked. */
	if ((message->label & LABEL_MASK) != LABEL_FAULT ||
	    !memory_fault(&memory, message->badge, message->word))
		return;
	struct message answer = { .token = message->token };
	(void)insula_reply(HANDLE_MAIN_ENDPOINT, &answer);
}

/* Post what crashed; true: all of it. */
static bool
post_crashes(struct rpc_connection *to)
{
	while (memory.crashes_waiting > 0) {
		struct body *q = memory_next_crash(&memory);
		if (q == NULL)
			return true;
		const uint64_t *word = q->crash.word;
		const struct process_fault_in in = {
			.instance = q->instance,
			.kind = word[FAULT_WORD_KIND],
			.address = word[FAULT_WORD_ADDRESS],
			.access = word[FAULT_WORD_ACCESS],
			.pc = word[FAULT_WORD_PC],
			.sp = word[FAULT_WORD_SP],
			.esr = word[FAULT_WORD_ESR],
			.thread = word[FAULT_WORD_THREAD],
			.cause = q->crash.cause,
		};
		err_t err = process_fault_send(to, &in, NULL);
		if (err == ERR_WOULD_BLOCK) {
			memory_put_crash(&memory, q);
			return false;
		}
	}
	return true;
}

static uint64_t
on_idle(void)
{
	struct rpc_connection *to = rpc_to_process();
	struct rpc_answer answer;
	struct process_fault_out out;
	if (to == NULL || (memory.crashes_waiting == 0 && rpc_outstanding(to) == 0))
		return TIME_NEVER;
	while (rpc_poll(to, &answer, &out, sizeof out) == OK)
		;
	return post_crashes(to) ? TIME_NEVER : clock_now_ns() + CRASH_RETRY_NS;
}

static err_t
on_start(uint32_t start)
{
	if (start != START_FRESH)
		return ERR_STATE;
	return memory_start(&memory, (const struct handover *)HANDOVER, (void *)HOME_BASE);
}

RPC_CONNECTION_POOL(256)

int
main(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE_BY_HAND(memory) };
	static const struct rpc_hooks hooks = {
		.start = on_start,
		.message = on_message,
		.idle = on_idle,
	};
	return rpc_serve(services, 1, &hooks);
}
