/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast path of call, reply_recv, notify and recv: leaf functions that
 * vectors.S enters with x0 to x11 of the caller saved and x19 to x30 still in
 * registers. Each decides, changes nothing until all is known to be ordinary,
 * and ends in exit_message or exit_status; whatever is unusual ends in
 * exit_slow, which takes the call from the beginning (ipc.c).
 *
 * Ordinary means: both threads' scheduling words have no rare flag, same core,
 * both sliced or both not; no deadline; one receiver; one call at a time; the
 * server is the endpoint's donee already. The server takes the caller's
 * priority (T6) if its limit allows, so it is at least that of every ready
 * thread, and no queue is looked at (C13).
 */
#include "core/context.h"
#include "ipc/ipc.h"
#include "mm/space.h"
#include "sched/sched.h"

#define RUNNING_TO_REPLY SCHED_STATE(THREAD_RUNNING ^ THREAD_REPLY)

void ipc_call(handle_t handle, uint64_t deadline_ns, uint64_t token, struct thread *caller);
void ipc_reply_recv(handle_t handle, uint64_t deadline_ns, uint64_t token, struct thread *server);
void ipc_notify(handle_t handle, struct thread *caller);
void ipc_recv(handle_t handle, struct thread *caller);

#define unlikely(condition) __builtin_expect(!!(condition), 0)

void
ipc_call(handle_t handle, uint64_t deadline_ns, uint64_t token, struct thread *caller)
{
	const struct cap_slot *slot = cap_slot_at(&caller->space->caps, handle);
	struct endpoint *ep = (struct endpoint *)slot->object;
	const uint64_t badge = slot->badge;

	(void)token;
	if (unlikely(!cap_allows(slot, handle, RIGHT_SEND)))
		goto slow;
	struct thread *server = ep->receiver;
	if (unlikely(server == NULL || ep->donee != server))
		goto slow;
	if (unlikely(((uintptr_t)ep->head | (uintptr_t)ep->served | deadline_ns) != 0))
		goto slow;
	const uint64_t word = caller->sched;
	if (unlikely(((word | server->sched) & SCHED_RARE) != 0))
		goto slow;
	if (unlikely((uint32_t)server->sched_limit - (uint32_t)word > SCHED_PRIORITY_MASK))
		goto slow;

	/* Nothing below can fail. */
	const uint64_t new_token = ep->last_token + 1;
	ep->receiver = NULL;
	ep->served = caller;
	ep->last_token = new_token;
	caller->sched = word ^ RUNNING_TO_REPLY;
	caller->blocked_on = ep;
	caller->served_by = server;
	caller->token = new_token;
	server->sched = word;
	server->serving = caller;
	exit_message(RECV_MESSAGE, badge, new_token, server, caller);
	return;
slow:
	exit_slow(CALL_call);
}

void
ipc_reply_recv(handle_t handle, uint64_t deadline_ns, uint64_t token, struct thread *server)
{
	const struct cap_slot *slot = cap_slot_at(&server->space->caps, handle);
	struct endpoint *ep = (struct endpoint *)slot->object;
	struct thread *client = server->serving;

	if (unlikely(!cap_allows(slot, handle, RIGHT_RECV)))
		goto slow;
	if (unlikely(client == NULL || ep->served != client || client->token != token))
		goto slow;
	if (unlikely(
		(ep->pending | (uintptr_t)ep->receiver | (uintptr_t)ep->head | deadline_ns) != 0))
		goto slow;
	const uint64_t word = server->sched;
	if (unlikely(((word | client->sched) & SCHED_RARE) != 0))
		goto slow;
	if (unlikely((uint32_t)word != (uint32_t)client->sched))
		goto slow;

	/* Nothing below can fail. */
	ep->receiver = server;
	ep->served = NULL;
	server->sched = server->sched_receive;
	server->blocked_on = ep;
	server->serving = NULL;
	client->sched = word;
	client->served_by = NULL;
	exit_message(OK, 0, 0, client, server);
	return;
slow:
	exit_slow(CALL_reply_recv);
}

void
ipc_notify(handle_t handle, struct thread *caller)
{
	const struct cap_slot *slot = cap_slot_at(&caller->space->caps, handle);
	struct endpoint *ep = (struct endpoint *)slot->object;

	if (unlikely(!cap_allows(slot, handle, RIGHT_NOTIFY) || ep->receiver != NULL ||
		(ep->object.flags & OBJECT_DYING) != 0)) {
		exit_slow(CALL_notify);
		return;
	}

	/* Nothing below can fail. */
	ep->pending |= slot->badge == 0 ? 1 : slot->badge;
	exit_status(OK);
}

/* Only pending bits, and no message with them. */
void
ipc_recv(handle_t handle, struct thread *caller)
{
	const struct cap_slot *slot = cap_slot_at(&caller->space->caps, handle);
	struct endpoint *ep = (struct endpoint *)slot->object;

	if (unlikely(
		!cap_allows(slot, handle, RIGHT_RECV) || ep->pending == 0 || ep->head != NULL)) {
		exit_slow(CALL_recv);
		return;
	}

	/* Nothing below can fail. */
	caller->regs.x[1] = caller->regs.x[2] = caller->regs.x[11] = 0;
	caller->regs.x[12] = ep->pending;
	ep->pending = 0;
	exit_status(RECV_BITS);
}
