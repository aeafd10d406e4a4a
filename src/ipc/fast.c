/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast path of call, reply_recv, notify, recv, notify_recv and yield: functions that
 * vectors.S enters with x0 to x11 of the caller saved and x19 to x30 still in
 * registers. Each decides, changes nothing until all is known to be ordinary,
 * and ends in exit_message, exit_status or exit_switch; whatever is unusual
 * ends in exit_slow, which takes the call from the beginning (ipc.c).
 *
 * Ordinary, for a message, means: no rare flag in both threads' scheduling
 * words, same core, both sliced or both not; no deadline; one receiver; one
 * call at a time; the server is the endpoint's donee already. The server takes
 * the caller's priority (T6) if its limit allows, so it is at least that of
 * every ready thread, and no queue is looked at (C13).
 */
#include "core/context.h"
#include "core/kernel.h"
#include "ipc/endpoint.h"
#include "ipc/fast.h"
#include "mm/space.h"
#include "sched/ready.h"

#define RARE_SHIFT 40
/* NOLINTNEXTLINE(misc-redundant-expression): equal is what is asserted */
_Static_assert(SCHED_RARE == ~0ull << RARE_SHIFT, "one shift leaves the rare flags");

#define RUNNING_TO_REPLY SCHED_STATE(THREAD_RUNNING ^ THREAD_REPLY)
#define RUNNING_TO_READY SCHED_STATE(THREAD_RUNNING ^ THREAD_READY)
#define RECEIVE_TO_RUNNING SCHED_STATE(THREAD_RECEIVE ^ THREAD_RUNNING)

#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* Generation and rights of a slot as one word: the low half is 0 if the handle is right. */
static inline uint64_t
slot_rights(const struct cap_slot *slot, handle_t handle)
{
	typedef uint64_t __attribute__((may_alias)) pair_t;
	const pair_t *pair = (const void *)&slot->generation;

	_Static_assert(offsetof(struct cap_slot, rights) ==
		offsetof(struct cap_slot, generation) + sizeof(uint32_t),
	    "generation and rights are one word");
	return *pair ^ handle_generation(handle);
}

static inline bool
allows(uint64_t rights, uint32_t right)
{
	return (uint32_t)rights == 0 && (rights & (uint64_t)right << 32) != 0;
}

void
ipc_call(
    handle_t handle, uint64_t unused, uint64_t token, uint64_t unused_too, struct thread *caller)
{
	const struct cap_slot *slot = cap_slot_at(caller->caps, handle);
	const uint64_t rights = slot_rights(slot, handle);
	struct endpoint *ep = (struct endpoint *)slot->object;

	(void)token;
	(void)unused;
	(void)unused_too;
	if (unlikely(!allows(rights, RIGHT_SEND)))
		goto slow;
	struct thread *server = ep->receiver;
	if (unlikely(server == NULL || ep->donee != server))
		goto slow;
	const uint64_t word = caller->sched;
	const uint64_t unusual = (uintptr_t)ep->head | (uintptr_t)ep->served |
	    (word | server->sched) >> RARE_SHIFT;
	if (unlikely(unusual != 0))
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
	server->serving = caller;
	server->sched = word;
	kernel_check_switch(server, caller);
	exit_message(RECV_MESSAGE, slot->badge, new_token, server, caller);
	return;
slow:
	exit_slow(CALL_call);
}

/*
 * The caller is not just like the server (priority, core, flags). Either it
 * waits with a fault and is otherwise: then it goes on with all its registers.
 */
static void
answer_fault(struct endpoint *ep, struct thread *client, struct thread *server)
{
	const uint64_t word = server->sched;

	if (unlikely(server->regs.x[11] != 0 ||
		client->sched != ((word ^ RUNNING_TO_REPLY) | SCHED_FAULT))) {
		exit_slow(CALL_reply_recv);
		return;
	}
	ep->receiver = server;
	ep->served = NULL;
	server->serving = NULL;
	server->sched = server->sched_receive;
	server->blocked_on = ep;
	client->sched = word;
	kernel_check_switch(client, server);
	exit_switch(client, server);
}

void
ipc_reply_recv(
    handle_t handle, uint64_t unused, uint64_t token, uint64_t unused_too, struct thread *server)
{
	const struct cap_slot *slot = cap_slot_at(server->caps, handle);
	const uint64_t rights = slot_rights(slot, handle);
	struct endpoint *ep = (struct endpoint *)slot->object;
	struct thread *client = server->serving;

	(void)unused;
	(void)unused_too;
	if (unlikely(!allows(rights, RIGHT_RECV)))
		goto slow;
	if (unlikely(client == NULL || ep->served != client || client->token != token))
		goto slow;
	const uint64_t word = server->sched;
	if (unlikely((ep->pending | (uintptr_t)ep->receiver | (uintptr_t)ep->head |
			 word >> RARE_SHIFT) != 0))
		goto slow;
	if (unlikely(client->sched != (word ^ RUNNING_TO_REPLY))) {
		answer_fault(ep, client, server);
		return;
	}

	/* Nothing below can fail. */
	ep->receiver = server;
	ep->served = NULL;
	server->serving = NULL;
	server->sched = server->sched_receive;
	server->blocked_on = ep;
	client->sched = word;
	kernel_check_switch(client, server);
	exit_message(OK, 0, 0, client, server);
	return;
slow:
	exit_slow(CALL_reply_recv);
}

/* `to`, which is on no queue and RUNNING, takes over from `from`, which is not RUNNING. */
static inline void
run_instead(struct cpu *cpu, struct thread *from, struct thread *to)
{
	if (unlikely(((from->sched | to->sched) & SCHED_SLICED) != 0))
		sched_change_slice(cpu, to);
	kernel_check_switch(to, from);
	exit_switch(to, from);
}

/* A receiver that waits gets the bits: it runs if it is above the caller, else it is ready. */
static inline void
notify_receiver(struct cpu *cpu, struct endpoint *ep, uint64_t bits, struct thread *caller)
{
	struct thread *t = ep->receiver;
	const uint64_t word = t->sched;
	const uint32_t above = (uint32_t)word - (uint32_t)caller->sched;

	if (unlikely(ep->head != NULL || (word | caller->sched) >> RARE_SHIFT != 0 ||
		above - 1 >= SCHED_PRIORITY_MASK)) {
		exit_slow(CALL_notify);
		return;
	}

	/* Nothing below can fail. */
	ep->receiver = NULL;
	t->regs.x[0] = RECV_BITS;
	t->regs.x[1] = t->regs.x[2] = t->regs.x[11] = 0;
	t->regs.x[12] = bits;
	t->sched = word ^ RECEIVE_TO_RUNNING;
	caller->regs.x[0] = OK;
	caller->sched ^= RUNNING_TO_READY;
	if (unlikely((caller->sched & SCHED_SLICED) != 0)) { /* both are, or neither */
		t->slice_left_ns = TIMESLICE_NS;
		sched_keep_slice(cpu, caller);
	}
	ready_link_head(cpu, caller);
	kernel_check_endpoint(ep);
	run_instead(cpu, caller, t);
}

void
ipc_notify(handle_t handle, struct thread *caller, struct cpu *cpu)
{
	const struct cap_slot *slot = cap_slot_at(caller->caps, handle);
	const uint64_t rights = slot_rights(slot, handle);
	struct endpoint *ep = (struct endpoint *)slot->object;

	if (unlikely(!allows(rights, RIGHT_NOTIFY) || ep->object.flags != 0)) {
		exit_slow(CALL_notify);
		return;
	}
	const uint64_t bits = slot->badge == 0 ? 1 : slot->badge;
	if (ep->receiver != NULL) {
		notify_receiver(cpu, ep, bits, caller);
		return;
	}

	/* Nothing below can fail. */
	ep->pending |= bits;
	kernel_check_endpoint(ep);
	exit_status(OK);
}

/* Either only pending bits, or nothing at all and somebody else is ready. */
void
ipc_recv(handle_t handle, struct thread *caller, struct cpu *cpu, uint64_t unusual)
{
	const struct cap_slot *slot = cap_slot_at(caller->caps, handle);
	const uint64_t rights = slot_rights(slot, handle);
	struct endpoint *ep = (struct endpoint *)slot->object;

	if (unlikely(!allows(rights, RIGHT_RECV) || ep->head != NULL))
		goto slow;
	if (ep->pending != 0) {
		caller->regs.x[1] = caller->regs.x[2] = caller->regs.x[11] = 0;
		caller->regs.x[12] = ep->pending;
		ep->pending = 0;
		kernel_check_endpoint(ep);
		exit_status(RECV_BITS);
		return;
	}
	unusual |= (uintptr_t)ep->receiver | (uintptr_t)caller->serving |
	    caller->sched >> RARE_SHIFT | ep->object.flags;
	if (unlikely(unusual != 0 || cpu->highest_ready == 0))
		goto slow;

	/* Nothing below can fail. */
	struct thread *next = ready_first(cpu);
	ready_unlink(cpu, next);
	next->sched ^= RUNNING_TO_READY;
	ep->receiver = caller;
	caller->sched = caller->sched_receive;
	caller->blocked_on = ep;
	run_instead(cpu, caller, next);
	return;
slow:
	exit_slow(CALL_recv);
}

/* A receiver waits for the bits, nothing waits for the caller: C13, as with a reply that then blocks. */
void
ipc_notify_recv(
    handle_t handle, struct thread *caller, handle_t bell, struct cpu *cpu, uint64_t unusual)
{
	const struct cap_slot *slot = cap_slot_at(caller->caps, handle);
	const struct cap_slot *rung = cap_slot_at(caller->caps, bell);
	struct endpoint *ep = (struct endpoint *)slot->object;
	struct endpoint *to = (struct endpoint *)rung->object;

	if (unlikely(!allows(slot_rights(slot, handle), RIGHT_RECV) ||
		!allows(slot_rights(rung, bell), RIGHT_NOTIFY)))
		goto slow;
	struct thread *t = to->receiver;
	if (unlikely(t == NULL))
		goto slow;
	const uint64_t word = t->sched;
	unusual |= ep->pending | (uintptr_t)ep->head | (uintptr_t)ep->receiver |
	    (uintptr_t)to->head | (uintptr_t)caller->serving | ep->object.flags | to->object.flags |
	    (word | caller->sched) >> RARE_SHIFT |
	    ((word ^ caller->sched) & (SCHED_CORE_MASK | SCHED_SLICED));
	if (unlikely(unusual != 0 || thread_priority(t) < cpu->highest_ready))
		goto slow;

	/* Nothing below can fail. */
	to->receiver = NULL;
	t->regs.x[0] = RECV_BITS;
	t->regs.x[1] = t->regs.x[2] = t->regs.x[11] = 0;
	t->regs.x[12] = rung->badge == 0 ? 1 : rung->badge;
	t->sched = word ^ RECEIVE_TO_RUNNING;
	ep->receiver = caller;
	caller->sched = caller->sched_receive;
	caller->blocked_on = ep;
	kernel_check_endpoint(to);
	kernel_check_switch(t, caller);
	exit_switch(t, caller);
	return;
slow:
	exit_slow(CALL_notify_recv);
}

/* S9 */
void
ipc_yield(uint64_t unused, struct thread *caller, struct cpu *cpu)
{
	(void)unused;
	if (cpu->highest_ready != thread_priority(caller)) {
		exit_status(OK);
		return;
	}
	if (unlikely((caller->sched & SCHED_OWNS_FP) != 0)) {
		exit_slow(CALL_yield);
		return;
	}

	/* Nothing below can fail. */
	struct thread *next = ready_rotate(cpu, caller);
	next->sched ^= RUNNING_TO_READY;
	caller->sched ^= RUNNING_TO_READY;
	caller->slice_left_ns = TIMESLICE_NS;
	caller->regs.x[0] = OK;
	run_instead(cpu, caller, next);
}
