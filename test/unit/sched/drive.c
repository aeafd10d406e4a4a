/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events in the kernel and in the model; see drive.h.
 */
#include "drive.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define US 1000ull

struct drive drive;
char drive_difference[256];

/* --- what an event means now */

/* An event with its operands looked up. */
struct action {
	enum op op;
	bool nothing; /* it makes no sense now */
	bool repeat;  /* the current thread makes its call again, whatever the event
                   was */
	int t, ep;
	bool badged;
	uint64_t value; /* priority, limit, policy, token, or ns */
	uint64_t policy;
	uint64_t deadline;
	struct message message;
	struct sporadic_budget sporadic;
};

static const uint64_t priorities[] = { 1, 2, 3, 3, 4, 5, 5, 6, 8, 8, 10, 20, 63, 64, 255, 0, 256 };
static const uint64_t times[] = { 1, 250 * US, 500 * US, 500 * US, 1000 * US, 1000 * US, 2000 * US,
	3999999, 4000 * US, 10000 * US };

static uint64_t
deadline_of(uint8_t c, bool keeps_going)
{
	const uint64_t now = drive.model.now;

	switch (c % 16) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		return keeps_going ? now + 1000 * US : TIME_NEVER;
	case 5:
		return TIME_NOW;
	case 6:
		return now;
	case 7:
		return now + 1;
	default:
		return now + (uint64_t)(c % 16 - 7) * 500 * US;
	}
}

/* The token of the caller it serves; or the last, the one before, ... of the
 * endpoint. */
static uint64_t
token_of(uint8_t b, int ep)
{
	const struct model *m = &drive.model;
	const int serving = m->thread[m->current].serving;

	if (b % 8 < 4 && serving != NOBODY)
		return m->thread[serving].token;
	return m->endpoint[ep].last_token - b % 4;
}

/* Where the token that it has is good. */
static int
endpoint_of(uint8_t a, uint8_t b)
{
	const struct model *m = &drive.model;
	const int serving = m->thread[m->current].serving;

	if (b % 8 < 3 && serving != NOBODY)
		return m->thread[serving].waits_at;
	return a % MODEL_ENDPOINTS;
}

/* What a thread with a role does next. */
static struct event
in_role(struct event e)
{
	const struct model *m = &drive.model;
	const int t = m->current;
	const uint8_t ep = (uint8_t)(t - 1);

	if (t == 0)
		return (struct event){ OP_TIME, e.a, 0, 0 };
	if (t > 2)
		return (struct event){ OP_CALL, e.a % 2, e.b, NO_DEADLINE };
	if (m->thread[t].serving == NOBODY)
		return (struct event){ OP_RECV, ep, 0, NO_DEADLINE };
	return (struct event){ OP_REPLY_RECV, ep, OWN_CALLER, NO_DEADLINE };
}

/* Odd times, so that replenishments meet no deadline. */
static struct sporadic_budget
sporadic_of(int t, struct event e)
{
	static const uint64_t budgets[] = { 500 * US, 1000 * US, 2000 * US, 3000 * US };
	static const uint64_t periods[] = { 1000 * US, 3000 * US, 5000 * US, 9000 * US };
	static const int most[] = { 1, 1, 2, 3, 8, 0, 9, 2 };
	const uint64_t odd = (uint64_t)t * 7 + 1;

	return (struct sporadic_budget){ .budget = budgets[e.b % 4] + odd,
		.period = periods[e.b / 4 % 4] + 10 * odd,
		.low = (uint32_t)priorities[e.c % 8],
		.most_pending = most[e.c / 8 % 8] };
}

static struct action
decode(struct event e)
{
	if (e.op % OP_COUNT == OP_ROLE)
		e = in_role(e);
	const struct model *m = &drive.model;
	const bool keeps_going = m->current == 0;
	struct action act = { .op = (enum op)(e.op % OP_COUNT),
		.t = e.a % MODEL_THREADS,
		.ep = e.a % MODEL_ENDPOINTS,
		.badged = (e.b & 1) != 0,
		.message = { false, 0x10000 + drive.number * 16, 0 } };

	if (act.op != OP_TIME && m->thread[m->current].call.number != 0) {
		act.repeat = true;
		return act;
	}
	switch (act.op) {
	case OP_CALL:
		act.deadline = deadline_of(e.c, keeps_going);
		act.message.label = e.b % 5;
		break;
	case OP_RECV:
		act.deadline = deadline_of(e.c, keeps_going);
		break;
	case OP_REPLY:
	case OP_REPLY_RECV:
		act.ep = endpoint_of(e.a, e.b);
		act.value = token_of(e.b, act.ep);
		act.deadline = deadline_of(e.c, keeps_going);
		act.message.label = e.c / 16 % 3;
		break;
	case OP_TIME:
		act.value = times[e.a % COUNT(times)];
		break;
	case OP_PRIORITY:
	case OP_LIMIT:
		act.value = priorities[e.b % COUNT(priorities)];
		act.nothing = act.op == OP_LIMIT && act.t == 0;
		break;
	case OP_POLICY:
		act.value = e.b % 8 == 7 ? 7 : e.b % 4;
		break;
	case OP_CREATE:
		act.value = e.b % 4 == 0 ? priorities[e.c % COUNT(priorities)] & 0xff : 0;
		act.policy = e.c / 16 % 2 != 0 ? POLICY_INHERIT : e.c % 4;
		act.nothing = m->thread[act.t].exists;
		break;
	case OP_STOP:
	case OP_KILL:
		act.nothing = act.t == 0;
		break;
	case OP_FAULT:
		act.nothing = keeps_going;
		break;
	case OP_FAULT_ENDPOINT:
		act.ep = e.b % MODEL_ENDPOINTS;
		break;
	case OP_SPORADIC:
		act.sporadic = sporadic_of(act.t, e);
		break;
	case OP_LEND:
		act.t = e.b % MODEL_THREADS;
		act.deadline = deadline_of(e.c, keeps_going);
		break;
	case OP_SLEEP:
		act.deadline = deadline_of(e.c, keeps_going);
		break;
	case OP_CREATE_ENDPOINT:
		act.value = e.b % 4 == 0 ? ENDPOINT_FIXED_PRIORITY : 0;
		act.nothing = m->endpoint[act.ep].exists;
		break;
	default:
		break;
	}
	return act;
}

bool
drive_is_idle(struct event e)
{
	return decode(e).nothing;
}

/* --- in the model */

static void
act_in_model(const struct action *act)
{
	struct model *m = &drive.model;
	const uint64_t badge = act->badged ? 0x100ull << act->ep : 0;

	if (act->repeat) {
		model_repeat(m);
		return;
	}
	switch (act->op) {
	case OP_CALL:
		model_call(m, act->ep, badge, act->deadline, act->message);
		break;
	case OP_RECV:
		model_recv(m, act->ep, act->deadline);
		break;
	case OP_REPLY:
		model_reply(m, act->ep, act->value, act->message);
		break;
	case OP_REPLY_RECV:
		model_reply_recv(m, act->ep, act->value, act->deadline, act->message);
		break;
	case OP_NOTIFY:
		model_notify(m, act->ep, badge);
		break;
	case OP_YIELD:
		model_yield(m);
		break;
	case OP_TIME:
		model_time(m, act->value);
		break;
	case OP_PRIORITY:
		model_set_priority(m, act->t, act->value);
		break;
	case OP_POLICY:
		model_set_policy(m, act->t, act->value);
		break;
	case OP_LIMIT:
		model_set_limit(m, act->t, act->value);
		break;
	case OP_STOP:
		model_stop(m, act->t);
		break;
	case OP_RESUME:
		model_resume(m, act->t);
		break;
	case OP_START:
		model_start(m, act->t, act->message.word);
		break;
	case OP_CREATE:
		model_create(m, act->t, (uint32_t)act->value, act->policy);
		break;
	case OP_KILL:
		model_kill(m, act->t);
		break;
	case OP_FAULT:
		model_fault(m, act->message.word);
		break;
	case OP_FAULT_ENDPOINT:
		model_set_fault_endpoint(m, act->t, act->ep);
		break;
	case OP_ABORT:
		model_abort(m, act->ep);
		break;
	case OP_DESTROY:
		model_destroy(m, act->ep);
		break;
	case OP_CREATE_ENDPOINT:
		model_create_endpoint(m, act->ep, act->value != 0);
		break;
	case OP_SPORADIC:
		model_set_sporadic(m, act->t, &act->sporadic);
		break;
	case OP_LEND:
		model_recv_lend(m, act->ep, act->deadline, act->t);
		break;
	case OP_SLEEP:
		model_sleep(m, act->deadline);
		break;
	case OP_INTERRUPT:
		model_interrupt(m, act->t);
		break;
	case OP_ROLE: /* it was decoded as another */
	case OP_COUNT:
		break;
	}
}

/* --- in the kernel */

/* An object is made again in its old place, with its old handles. */
static void
make_object(struct object *object, uint32_t slot, uint32_t rights, uint64_t number, uint64_t x2)
{
	struct cap_slot *made;

	world.place = object;
	const struct thread *maker = running();
	const int64_t err = svc(number, SELF, SELF, x2);
	world.place = NULL;
	if (err != OK || cap_find(maker->space, (handle_t)maker->regs.x[1], &made) != OK)
		return;
	memset(made, 0, sizeof *made);
	for (int s = 0; s < WORLD_SPACES; s++) {
		world.page[s][slot].generation = 1;
		world_grant(s, slot, object, rights, 0);
	}
}

static void
make_endpoint(int ep, uint64_t flags)
{
	const uint32_t slot = (uint32_t)ep;

	make_object(&world.ep[ep].object, 10 + slot, RIGHTS_ENDPOINT, CALL_endpoint_create, flags);
	for (int s = 0; s < WORLD_SPACES; s++) {
		world.page[s][20 + slot].generation = 1;
		world_grant(
		    s, 20 + slot, &world.ep[ep].object, RIGHT_SEND | RIGHT_NOTIFY, 0x100ull << ep);
	}
}

static void
fault(uint64_t address)
{
	kernel_fault(&fake_cpu, FAULT_UNDEFINED, address);
}

static void
act_in_kernel(const struct action *act, const struct pending_call *again)
{
	const handle_t t = TH((uint32_t)act->t);
	const handle_t ep = act->badged ? BADGED((uint32_t)act->ep) : EP((uint32_t)act->ep);
	const handle_t own_ep = EP((uint32_t)act->ep);
	uint64_t *last_svc = &drive.last_svc[running() - world.t];

	if (act->repeat) {
		if (again->number == CALL_COUNT)
			fault(again->message.word);
		else
			svc_again(*last_svc);
		return;
	}
	switch (act->op) {
	case OP_CALL:
		*last_svc = CALL_call;
		svc_message(CALL_call, ep, act->deadline, 0, act->message.word, act->message.label);
		break;
	case OP_RECV:
		*last_svc = CALL_recv;
		svc(CALL_recv, own_ep, act->deadline, 0);
		break;
	case OP_REPLY:
		svc_message(
		    CALL_reply, own_ep, 0, act->value, act->message.word, act->message.label);
		break;
	case OP_REPLY_RECV:
		*last_svc = CALL_reply_recv;
		svc_message(CALL_reply_recv, own_ep, act->deadline, act->value, act->message.word,
		    act->message.label);
		break;
	case OP_NOTIFY:
		svc(CALL_notify, ep, 0, 0);
		break;
	case OP_YIELD:
		svc(CALL_yield, 0, 0, 0);
		break;
	case OP_TIME:
		world_time(act->value);
		break;
	case OP_PRIORITY:
		svc(CALL_thread_configure, t, THREAD_PRIORITY, act->value);
		break;
	case OP_POLICY:
		svc(CALL_thread_configure, t, THREAD_POLICY, act->value);
		break;
	case OP_LIMIT:
		svc(CALL_thread_configure, t, THREAD_LIMIT, act->value);
		break;
	case OP_STOP:
		svc(CALL_thread_stop, t, 0, 0);
		break;
	case OP_RESUME:
		svc(CALL_thread_resume, t, 0, 0);
		break;
	case OP_START:
		svc_message(CALL_thread_start, t, 0x1000, 0x10000, act->message.word, 0);
		break;
	case OP_CREATE:
		make_object(&world.t[act->t].object, 40 + (uint32_t)act->t, RIGHTS_THREAD,
		    CALL_thread_create, act->value | act->policy << 8);
		break;
	case OP_KILL:
		svc(CALL_destroy, t, 0, 0);
		break;
	case OP_FAULT:
		fault(act->message.word);
		break;
	case OP_FAULT_ENDPOINT:
		svc(CALL_thread_configure, t, THREAD_FAULT_ENDPOINT, BADGED((uint32_t)act->ep));
		break;
	case OP_ABORT:
		svc(CALL_endpoint_abort, own_ep, 0, 0);
		break;
	case OP_DESTROY:
		svc(CALL_destroy, own_ep, 0, 0);
		break;
	case OP_CREATE_ENDPOINT:
		make_endpoint(act->ep, act->value);
		break;
	case OP_SPORADIC:
		svc_message(CALL_thread_configure, t, THREAD_SPORADIC,
		    SPORADIC_VALUE(
			act->sporadic.budget, act->sporadic.low, act->sporadic.most_pending),
		    act->sporadic.period, 0);
		break;
	case OP_LEND:
		*last_svc = CALL_recv_lend;
		svc(CALL_recv_lend, own_ep, act->deadline, t);
		break;
	case OP_SLEEP:
		*last_svc = CALL_sleep;
		svc(CALL_sleep, 0, act->deadline, 0);
		break;
	case OP_INTERRUPT:
		svc(CALL_thread_interrupt, t, 0, 0);
		break;
	case OP_ROLE: /* it was decoded as another */
	case OP_COUNT:
		break;
	}
}

/* --- driving */

void
drive_reset(enum way way, int threads, int only)
{
	static const uint32_t level[] = { 1, 3, 3, 3, 5, 5, 8, 8 };
	static const enum policy policy[] = { POLICY_FIFO, POLICY_RR, POLICY_OTHER };

	world_reset();
	priority_chains_cut = 0;
	world_fast = way != WAY_GENERAL;
	memset(&drive, 0, sizeof drive);
	drive.way = way;
	model_reset(&drive.model, fake.now_ns);
	for (int t = 0; t < threads; t++) {
		const enum policy p = only != NOBODY ? (enum policy)only
		    : t == 0                         ? POLICY_FIFO
						     : policy[t % 3];
		if (t % 2 == 0)
			world_thread(t, level[t], p);
		else
			world_thread_apart(t, level[t], p);
		model_add_thread(&drive.model, t, level[t], p);
	}
	world_begin();
	model_begin(&drive.model);
}

static bool
act_in_both(struct event e)
{
	const struct action act = decode(e);
	const struct pending_call again = drive.model.thread[drive.model.current].call;

	drive.number++;
	if (act.nothing)
		return true;
	if (drive.way == WAY_MIXED)
		world_fast = (e.a ^ e.b ^ e.c) & 1;
	act_in_model(&act);
	act_in_kernel(&act, &again);
	world_check();
	return drive_all_same();
}

bool
drive_event(struct event e)
{
	if (FAKE_ENDS())
		return drive_differ("panic: %s", fake.panic);
	const bool same = act_in_both(e);
	fake.end_armed = false;
	return same;
}

static int
describe_deadline(char *text, size_t bytes, uint64_t deadline)
{
	if (deadline == TIME_NEVER)
		return snprintf(text, bytes, ", no deadline");
	if (deadline == TIME_NOW)
		return snprintf(text, bytes, ", without waiting");
	return snprintf(text, bytes, ", deadline in %llu us",
	    (unsigned long long)((deadline - drive.model.now) / US));
}

void
drive_describe(struct event e, char *text, size_t bytes)
{
	const struct action act = decode(e);
	const unsigned long long value = act.value;
	int n = snprintf(text, bytes, "t%d ", drive.model.current);
	char *rest = text + n;
	const size_t left = bytes - (size_t)n;
	static const char badge[2][8] = { "", "(badge)" };

	if (act.repeat) {
		(void)snprintf(rest, left, "makes its call again");
		return;
	}
	switch (act.op) {
	case OP_CALL:
		n = snprintf(rest, left, "calls ep%d%s", act.ep, badge[act.badged]);
		describe_deadline(rest + n, left - (size_t)n, act.deadline);
		break;
	case OP_RECV:
		n = snprintf(rest, left, "receives at ep%d", act.ep);
		describe_deadline(rest + n, left - (size_t)n, act.deadline);
		break;
	case OP_REPLY:
		(void)snprintf(rest, left, "answers token %llu at ep%d, label %llu", value, act.ep,
		    (unsigned long long)act.message.label);
		break;
	case OP_REPLY_RECV:
		n = snprintf(rest, left, "answers token %llu and receives at ep%d", value, act.ep);
		describe_deadline(rest + n, left - (size_t)n, act.deadline);
		break;
	case OP_NOTIFY:
		(void)snprintf(rest, left, "notifies ep%d%s", act.ep, badge[act.badged]);
		break;
	case OP_YIELD:
		(void)snprintf(rest, left, "yields");
		break;
	case OP_TIME:
		(void)snprintf(rest, left, "runs while %llu us pass", value / US);
		break;
	case OP_PRIORITY:
		(void)snprintf(rest, left, "sets priority of t%d: %llu", act.t, value);
		break;
	case OP_POLICY:
		(void)snprintf(rest, left, "sets policy of t%d: %llu", act.t, value);
		break;
	case OP_LIMIT:
		(void)snprintf(rest, left, "sets limit of t%d: %llu", act.t, value);
		break;
	case OP_CREATE:
		(void)snprintf(rest, left, "creates t%d, priority %llu, policy %llu", act.t, value,
		    (unsigned long long)act.policy);
		break;
	case OP_FAULT_ENDPOINT:
		(void)snprintf(rest, left, "gives t%d the fault endpoint ep%d", act.t, act.ep);
		break;
	case OP_FAULT:
		(void)snprintf(rest, left, "faults");
		break;
	case OP_ABORT:
		(void)snprintf(rest, left, "aborts ep%d", act.ep);
		break;
	case OP_DESTROY:
		(void)snprintf(rest, left, "destroys ep%d", act.ep);
		break;
	case OP_CREATE_ENDPOINT:
		(void)snprintf(
		    rest, left, "creates ep%d%s", act.ep, act.value != 0 ? ", fixed priority" : "");
		break;
	case OP_SPORADIC:
		(void)snprintf(rest, left,
		    "gives t%d a budget of %llu us in %llu, low %u, %d pending", act.t,
		    (unsigned long long)(act.sporadic.budget / US),
		    (unsigned long long)(act.sporadic.period / US), act.sporadic.low,
		    act.sporadic.most_pending);
		break;
	case OP_LEND:
		n = snprintf(rest, left, "waits at ep%d and lends to t%d", act.ep, act.t);
		describe_deadline(rest + n, left - (size_t)n, act.deadline);
		break;
	case OP_SLEEP:
		n = snprintf(rest, left, "sleeps");
		describe_deadline(rest + n, left - (size_t)n, act.deadline);
		break;
	case OP_INTERRUPT:
		(void)snprintf(rest, left, "interrupts t%d", act.t);
		break;
	case OP_STOP:
		(void)snprintf(rest, left, "stops t%d", act.t);
		break;
	case OP_RESUME:
		(void)snprintf(rest, left, "resumes t%d", act.t);
		break;
	case OP_START:
		(void)snprintf(rest, left, "starts t%d", act.t);
		break;
	case OP_KILL:
		(void)snprintf(rest, left, "destroys t%d", act.t);
		break;
	case OP_ROLE: /* it was decoded as another */
	case OP_COUNT:
		break;
	}
}
