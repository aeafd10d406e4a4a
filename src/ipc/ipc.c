/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages, the general way: every case that fast.c leaves out comes here, with
 * all registers of the caller saved. Owns how threads begin and end to wait.
 */
#include "core/call_table.h"
#include "core/fault.h"
#include "core/firmware.h"
#include "core/interrupt.h"
#include "core/platform.h"
#include "core/trace.h"
#include "ipc/ipc.h"
#include "sched/sched.h"

#define FIRST_WORD 3
#define LABEL 11
#define BITS 12
#define CAP_WORD (FIRST_WORD + 7)

bool
deadline_passed(uint64_t deadline_ns)
{
	return deadline_ns != TIME_NEVER &&
	    (deadline_ns == TIME_NOW || deadline_ns <= clock_now_ns());
}

/* One capability goes along, if the receiver accepts one and its table has room. */
static uint64_t
transfer_capability(struct thread *to, const struct thread *from, uint64_t *word)
{
	struct cap_slot *source, *slot;
	handle_t handle;

	*word = HANDLE_NONE;
	if ((to->regs.x[LABEL] & MSG_CAP_ACCEPT) == 0 ||
	    cap_find(from->space, (handle_t)from->regs.x[CAP_WORD], &source) != OK ||
	    (source->object->flags & OBJECT_DYING) != 0 ||
	    cap_reserve(to->space, &slot, &handle) != OK)
		return MSG_CAP_LOST;
	cap_fill_copy(slot, source, source->rights, source->badge);
	*word = handle;
	return MSG_CAP_DELIVERED;
}

void
message_transfer(struct thread *to, const struct thread *from)
{
	uint64_t *in = to->regs.x;
	const uint64_t *out = from->regs.x;
	uint64_t word7 = out[CAP_WORD], flags = 0;

	if ((from->sched & SCHED_FAULT) != 0) {
		fault_message(from, &in[FIRST_WORD]);
		in[LABEL] = LABEL_FAULT;
		return;
	}
	if ((out[LABEL] & MSG_CAP) != 0)
		flags = transfer_capability(to, from, &word7);
	for (int i = FIRST_WORD; i < CAP_WORD; i++)
		in[i] = out[i];
	in[CAP_WORD] = word7;
	in[LABEL] = (out[LABEL] & LABEL_MASK) | flags;
	thread_narrow_label(to);
}

/* The caller, in hand, becomes server's: its message is in server's registers. */
static void
receive(struct endpoint *ep, struct thread *caller, struct thread *server)
{
	endpoint_add_unanswered(ep, caller, server);
	endpoint_set_donee(ep, server);
	message_transfer(server, caller);
	server->regs.x[1] = caller->badge;
	server->regs.x[2] = caller->token;
	thread_reprioritise(server);
}

/* A receiver that was waiting has got something; it is in hand. */
static void
end_receive(struct thread *t, uint64_t got, uint64_t bits)
{
	timer_stop(t);
	t->sched &= ~SCHED_CAP_ACCEPT;
	t->regs.x[0] = got;
	t->regs.x[BITS] = bits;
	if ((got & RECV_MESSAGE) == 0)
		t->regs.x[1] = t->regs.x[2] = t->regs.x[LABEL] = 0;
	if (thread_is_narrow(t))
		t->regs.x[1] = bits >> 32;
}

void
endpoint_send(
    struct cpu *cpu, struct endpoint *ep, struct thread *t, uint64_t badge, uint64_t deadline_ns)
{
	struct thread *server = endpoint_take_receiver(ep);

	t->badge = badge;
	if (deadline_ns != TIME_NEVER)
		timer_start(t, deadline_ns);
	if (server == NULL) {
		endpoint_add_queued(ep, t, THREAD_SEND);
		return;
	}
	receive(ep, t, server);
	end_receive(server, RECV_MESSAGE, 0);
	sched_hand_over(cpu, t, server);
}

struct thread *
endpoint_notify(struct endpoint *ep, uint64_t bits)
{
	struct thread *t = endpoint_take_receiver(ep);

	ep->pending |= bits;
	if (t != NULL) {
		end_receive(t, RECV_BITS, ep->pending);
		ep->pending = 0;
	}
	return t;
}

/* Answer a caller that waits here: it is in hand afterwards. */
static void
answer(struct endpoint *ep, struct thread *caller, const struct thread *server)
{
	const bool faulted = (caller->sched & SCHED_FAULT) != 0;

	endpoint_remove_unanswered(ep, caller);
	timer_stop(caller);
	if (faulted) {
		caller->sched &= ~SCHED_FAULT;
		if ((server->regs.x[LABEL] & LABEL_MASK) != 0)
			caller->sched |= SCHED_STOP_CALL;
		return;
	}
	message_transfer(caller, server);
	caller->regs.x[0] = OK;
	caller->regs.x[1] = caller->regs.x[2] = caller->regs.x[BITS] = 0;
}

/* What x2 of reply and reply_recv names, checked; at most one of the two is not NULL. */
struct answered {
	struct thread *caller;
	struct thread *interrupt;
};

static err_t
find_answered(
    const struct thread *server, const struct endpoint *ep, const uint64_t *x, struct answered *a)
{
	a->caller = a->interrupt = NULL;
	if ((x[LABEL] & MSG_ACK) != 0) {
		struct cap_slot *slot;
		err_t err = cap_lookup(server->space, (handle_t)x[2], RIGHT_CONTROL, &slot);
		if (err != OK)
			return err;
		a->interrupt = thread_of(slot->object);
		return a->interrupt->kind == THREAD_KIND_INTERRUPT ? OK : ERR_TYPE;
	}
	a->caller = endpoint_find_unanswered(ep, x[2]);
	if (a->caller == NULL)
		return ERR_TOKEN;
	if ((a->caller->sched & SCHED_FAULT) != 0 && (x[LABEL] & LABEL_MASK) > 1)
		return ERR_ARGUMENT;
	return OK;
}

static void
answer_now(struct endpoint *ep, const struct answered *a, const struct thread *server)
{
	if (a->interrupt != NULL)
		interrupt_acknowledge(a->interrupt);
	if (a->caller != NULL)
		answer(ep, a->caller, server);
}

err_t
endpoint_receive(struct endpoint *ep, struct thread *t)
{
	const uint64_t deadline_ns = t->regs.x[1], bits = ep->pending;
	struct thread *caller = endpoint_take_caller(ep);
	uint64_t got = 0;

	if (caller != NULL) {
		receive(ep, caller, t);
		trace_event(TRACE_BLOCKED, caller, t->object.identity);
		got |= RECV_MESSAGE;
	}
	if (bits != 0) {
		ep->pending = 0;
		got |= RECV_BITS;
	}
	if (got != 0) {
		end_receive(t, got, bits);
		return CALL_BLOCKED;
	}
	if (deadline_passed(deadline_ns))
		return ERR_TIMED_OUT;
	if (deadline_ns != TIME_NEVER)
		timer_start(t, deadline_ns);
	if ((t->regs.x[LABEL] & MSG_CAP_ACCEPT) != 0)
		t->sched |= SCHED_CAP_ACCEPT;
	return OK;
}

/*
 * Receive or wait. `answered`, if not NULL, is a caller, or one that was
 * notified, in hand and to go on: in t's place if t blocks (C13), else as S7 says.
 */
static err_t
receive_or_wait(struct cpu *cpu, struct endpoint *ep, struct thread *t, struct thread *answered)
{
	const err_t err = endpoint_receive(ep, t);

	if (err != OK) {
		if (answered != NULL)
			sched_wake(answered);
		return err;
	}
	thread_defer(t);
	endpoint_add_receiver(ep, t);
	if (answered != NULL)
		sched_hand_over(cpu, t, answered);
	return CALL_BLOCKED;
}

/* Where lenders wait, only lenders may. */
static err_t
lookup_receive(const struct thread *caller, const uint64_t *x, struct endpoint **ep)
{
	struct cap_slot *slot;
	err_t err = cap_lookup(caller->space, (handle_t)x[0], RIGHT_RECV, &slot);
	if (err != OK)
		return err;
	*ep = (struct endpoint *)slot->object;
	return ((*ep)->object.flags & ENDPOINT_LENT) != 0 ? ERR_STATE : OK;
}

err_t
call_call(struct thread *caller, uint64_t *x)
{
	struct cap_slot *slot;
	err_t err = cap_lookup(caller->space, (handle_t)x[0], RIGHT_SEND, &slot);
	if (err != OK)
		return err;
	struct endpoint *ep = (struct endpoint *)slot->object;
	if (ep == &firmware_endpoint)
		return firmware_call(x, slot->badge);
	if (deadline_passed(x[1]))
		return ERR_TIMED_OUT;

	/* Nothing below can fail. */
	endpoint_send(thread_cpu(caller), ep, caller, slot->badge, x[1]);
	return CALL_BLOCKED;
}

err_t
call_reply_recv(struct thread *caller, uint64_t *x)
{
	struct endpoint *ep;
	struct answered a = { NULL, NULL };
	err_t err = lookup_receive(caller, x, &ep);
	if (err != OK)
		return err;
	if (x[2] != 0) {
		err = find_answered(caller, ep, x, &a);
		if (err != OK)
			return err;
	}

	/* Nothing below can fail. */
	answer_now(ep, &a, caller);
	return receive_or_wait(thread_cpu(caller), ep, caller, a.caller);
}

err_t
call_recv(struct thread *caller, uint64_t *x)
{
	struct endpoint *ep;
	err_t err = lookup_receive(caller, x, &ep);
	if (err != OK)
		return err;
	return receive_or_wait(thread_cpu(caller), ep, caller, NULL);
}

err_t
call_reply(struct thread *caller, uint64_t *x)
{
	struct cap_slot *slot;
	struct answered a;
	err_t err = cap_lookup(caller->space, (handle_t)x[0], RIGHT_RECV, &slot);
	if (err != OK)
		return err;
	struct endpoint *ep = (struct endpoint *)slot->object;
	err = find_answered(caller, ep, x, &a);
	if (err != OK)
		return err;

	/* Nothing below can fail. */
	answer_now(ep, &a, caller);
	if (a.caller != NULL)
		sched_wake(a.caller);
	return OK;
}

err_t
call_notify(struct thread *caller, uint64_t *x)
{
	struct cap_slot *slot;
	err_t err = cap_lookup(caller->space, (handle_t)x[0], RIGHT_NOTIFY, &slot);
	if (err != OK)
		return err;

	/* Nothing below can fail. */
	struct thread *t =
	    endpoint_notify((struct endpoint *)slot->object, slot->badge == 0 ? 1 : slot->badge);
	if (t != NULL)
		sched_wake(t);
	return OK;
}

err_t
call_notify_recv(struct thread *caller, uint64_t *x)
{
	struct cap_slot *bell;
	struct endpoint *ep;
	struct thread *t = NULL;
	err_t err = lookup_receive(caller, x, &ep);
	if (err != OK)
		return err;
	if (x[2] != HANDLE_NONE) {
		err = cap_lookup(caller->space, (handle_t)x[2], RIGHT_NOTIFY, &bell);
		if (err != OK)
			return err;

		/* Nothing below can fail. */
		t = endpoint_notify(
		    (struct endpoint *)bell->object, bell->badge == 0 ? 1 : bell->badge);
	}
	return receive_or_wait(thread_cpu(caller), ep, caller, t);
}

void
thread_leave(struct thread *t)
{
	struct endpoint *ep = t->blocked_on;

	switch (thread_state(t)) {
	case THREAD_SEND:
	case THREAD_RECEIVE:
	case THREAD_MUTEX:
		endpoint_remove_waiting(ep, t);
		t->sched &= ~SCHED_CAP_ACCEPT;
		break;
	case THREAD_REPLY:
		endpoint_remove_unanswered(ep, t);
		break;
	case THREAD_NANOSLEEP:
		thread_set_state(t, THREAD_STOPPED);
		break;
	default:
		return;
	}
	timer_stop(t);
}

void
thread_end_wait(struct thread *t, err_t status)
{
	thread_leave(t);
	if ((t->sched & SCHED_FAULT) != 0) {
		t->sched &= ~SCHED_FAULT;
		fault_unhandled(t);
		return;
	}
	t->regs.x[0] = (uint64_t)(int64_t)status;
	trace_event(TRACE_END, t, t->regs.x[0]);
	sched_wake(t);
}
