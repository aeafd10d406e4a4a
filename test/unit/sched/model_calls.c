/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference model: messages, notifications, faults, sleeping.
 */
#include "model_parts.h"

static bool
deadline_passed(const struct model *m, uint64_t deadline)
{
	return deadline != TIME_NEVER && (deadline == TIME_NOW || deadline <= m->now);
}

/* The server, running or in hand, gets a caller's message and serves it (C2).
 */
static void
receive(struct model *m, int ep, int caller, int server, uint64_t bits)
{
	struct model_endpoint *e = &m->endpoint[ep];
	struct model_thread *c = &m->thread[caller], *s = &m->thread[server];

	model_defer(m, server);
	c->state = THREAD_REPLY;
	c->waits_at = ep;
	c->token = ++e->last_token;
	if (!e->fixed) { /* C3 */
		c->served_by = server;
		s->serving = caller;
		e->donee = server;
	}
	model_settle(m);
	model_end_with(s, RECV_MESSAGE | (bits != 0 ? RECV_BITS : 0));
	s->outcome.has_message = s->outcome.has_origin = true;
	s->outcome.has_bits = bits != 0;
	s->outcome.bits = bits;
	s->outcome.badge = c->badge;
	s->outcome.token = c->token;
	s->outcome.message = c->message;
}

static void
receive_bits(struct model_thread *t, uint64_t bits)
{
	model_end_with(t, RECV_BITS);
	t->outcome.has_origin = t->outcome.has_bits = true;
	t->outcome.bits = bits;
}

/* The current thread sends what is in t->message and waits for the answer. */
static void
send(struct model *m, int ep, uint64_t badge, uint64_t deadline)
{
	const int caller = m->current, server = model_take_receiver(m, ep);

	m->thread[caller].badge = badge;
	m->thread[caller].outcome.known &= m->thread[caller].message.fault;
	if (server == NOBODY) {
		model_wait_in(m, caller, THREAD_SEND, ep, deadline);
		line_append(&m->endpoint[ep].queue, caller);
		model_settle(m); /* C2: at once */
		return;
	}
	model_wait_in(m, caller, THREAD_REPLY, ep, deadline); /* C7 */
	m->thread[server].deadline = TIME_NEVER;
	receive(m, ep, caller, server, 0);
	model_hand_over(m, caller, server);
}

void
model_call(struct model *m, int ep, uint64_t badge, uint64_t deadline, struct message message)
{
	struct model_thread *t = model_current(m);

	if (!m->endpoint[ep].exists) {
		model_end_with(t, ERR_HANDLE);
	} else if (deadline_passed(m, deadline)) {
		model_end_with(t, ERR_TIMED_OUT);
	} else {
		t->message = message;
		t->call = (struct pending_call){ CALL_call, ep, NOBODY, badge, deadline, message };
		send(m, ep, badge, deadline);
	}
	model_finish(m);
}

void
model_fault(struct model *m, uint64_t address)
{
	struct model_thread *t = model_current(m);

	if (t->fault_endpoint == NOBODY) {
		t->stopped = true;
		t->state = THREAD_STOPPED;
	} else {
		t->message = (struct message){ true, address, LABEL_FAULT };
		t->call = (struct pending_call){ .number = CALL_COUNT, .message = t->message };
		send(m, t->fault_endpoint, 0x100ull << t->fault_endpoint, TIME_NEVER);
	}
	model_finish(m);
}

/* What is there for the current thread: false if it must wait. */
static bool
receive_now(struct model *m, int ep, uint64_t deadline)
{
	struct model_endpoint *e = &m->endpoint[ep];
	const uint64_t bits = e->bits;

	e->bits = 0;
	if (model_queue_holds(m, e) == THREAD_SEND) {
		const int caller = model_best(m, &e->queue); /* C1 */
		model_leave_queue(m, ep, caller);
		receive(m, ep, caller, m->current, bits);
	} else if (bits != 0) {
		receive_bits(model_current(m), bits); /* C9 */
	} else if (deadline_passed(m, deadline)) {
		model_end_with(model_current(m), ERR_TIMED_OUT);
	} else {
		return false;
	}
	return true;
}

/* Receive or wait; `answered`, if somebody, was answered just now and is in
 * hand. */
static void
receive_or_wait(struct model *m, int ep, uint64_t deadline, int answered)
{
	struct model_endpoint *e = &m->endpoint[ep];
	struct model_thread *t = model_current(m);

	if (!receive_now(m, ep, deadline)) {
		model_defer(m, m->current);
		t->outcome.known = false;
		t->message.fault = false;
		t->call = (struct pending_call){
			.number = CALL_recv, .endpoint = ep, .deadline = deadline
		};
		model_wait_in(m, m->current, THREAD_RECEIVE, ep, deadline);
		if (e->first_receiver == NOBODY)
			e->first_receiver = m->current;
		else
			line_append(&e->queue, m->current);
		if (answered != NOBODY)
			model_hand_over(m, m->current, answered);
		return;
	}
	if (answered != NOBODY)
		model_wake(m, answered);
}

/* C11: who waits at the endpoint with that token. */
static int
find_caller(const struct model *m, int ep, uint64_t token)
{
	THREADS(t)
	if (m->thread[t].exists && m->thread[t].state == THREAD_REPLY &&
	    m->thread[t].waits_at == ep && m->thread[t].token == token)
		return t;
	return NOBODY;
}

/* What is wrong with an answer, OK if nothing. */
static int64_t
check_answer(const struct model *m, int ep, uint64_t token, struct message message)
{
	if (!m->endpoint[ep].exists)
		return ERR_HANDLE;
	const int caller = find_caller(m, ep, token);
	if (caller == NOBODY)
		return ERR_TOKEN;
	if (m->thread[caller].message.fault && message.label > 1)
		return ERR_ARGUMENT;
	return OK;
}

/* The caller is in hand afterwards. */
static void
answer(struct model *m, int caller, struct message message)
{
	struct model_thread *c = &m->thread[caller];

	model_leave(m, caller);
	if (c->message.fault) {
		c->message.fault = false;
		c->call.number = 0;
		c->stopped |= message.label == 1;
		return;
	}
	model_end_with(c, OK);
	c->outcome.has_message = true;
	c->outcome.message = message;
}

void
model_reply(struct model *m, int ep, uint64_t token, struct message message)
{
	const int64_t wrong = check_answer(m, ep, token, message);

	model_end_with(model_current(m), wrong);
	if (wrong == OK) {
		const int caller = find_caller(m, ep, token);
		answer(m, caller, message);
		model_wake(m, caller);
	}
	model_finish(m);
}

void
model_reply_recv(struct model *m, int ep, uint64_t token, uint64_t deadline, struct message message)
{
	const int64_t wrong =
	    token != 0 || !m->endpoint[ep].exists ? check_answer(m, ep, token, message) : OK;
	int caller = NOBODY;

	if (m->endpoint[ep].exists && model_queue_holds(m, &m->endpoint[ep]) == THREAD_MUTEX) {
		model_end_with(model_current(m), ERR_STATE);
	} else if (wrong != OK) {
		model_end_with(model_current(m), wrong);
	} else {
		if (token != 0) {
			caller = find_caller(m, ep, token);
			answer(m, caller, message);
		}
		receive_or_wait(m, ep, deadline, caller);
	}
	model_finish(m);
}

void
model_recv(struct model *m, int ep, uint64_t deadline)
{
	if (!m->endpoint[ep].exists)
		model_end_with(model_current(m), ERR_HANDLE);
	else if (model_queue_holds(m, &m->endpoint[ep]) == THREAD_MUTEX)
		model_end_with(model_current(m), ERR_STATE);
	else
		receive_or_wait(m, ep, deadline, NOBODY);
	model_finish(m);
}

/* Whom the current thread would lend to, and whether it is it who says so. */
static int64_t
find_donee(const struct model *m, int ep, int lend_to, bool *names)
{
	const struct model_endpoint *e = &m->endpoint[ep];
	const bool lent = e->exists && model_queue_holds(m, e) == THREAD_MUTEX;

	if (!e->exists)
		return ERR_HANDLE;
	if (e->first_receiver != NOBODY)
		return ERR_STATE;
	*names = !e->fixed && (lent ? e->donee == NOBODY : e->bits == 0 && e->queue.count == 0);
	if (*names && !m->thread[lend_to].exists)
		return ERR_HANDLE;
	if ((*names && lend_to == m->current) || (!*names && lent && e->donee == m->current))
		return ERR_ARGUMENT;
	return OK;
}

/* C8, S29 */
void
model_recv_lend(struct model *m, int ep, uint64_t deadline, int lend_to)
{
	struct model_thread *t = model_current(m);
	bool names = false;
	const int64_t wrong = find_donee(m, ep, lend_to, &names);

	if (wrong != OK) {
		model_end_with(t, wrong);
	} else if (!receive_now(m, ep, deadline)) {
		t->outcome.known = false;
		t->message.fault = false;
		t->call = (struct pending_call){ .number = CALL_recv_lend,
			.endpoint = ep,
			.lend_to = lend_to,
			.deadline = deadline };
		if (names)
			m->endpoint[ep].donee = lend_to;
		model_settle(m);
		model_wait_in(m, m->current, THREAD_MUTEX, ep, deadline);
		line_append(&m->endpoint[ep].queue, m->current);
		model_settle(m);
	}
	model_finish(m);
}

void
model_sleep(struct model *m, uint64_t deadline)
{
	struct model_thread *t = model_current(m);

	if (deadline_passed(m, deadline)) {
		model_end_with(t, OK);
	} else {
		t->outcome.known = false;
		t->message.fault = false;
		t->call = (struct pending_call){ .number = CALL_sleep, .deadline = deadline };
		model_wait_in(m, m->current, THREAD_NANOSLEEP, NOBODY, deadline);
	}
	model_finish(m);
}

void
model_interrupt(struct model *m, int t)
{
	const struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		model_end_with(model_current(m), ERR_HANDLE);
	} else if (!model_is_waiting(thread) || thread->message.fault) {
		model_end_with(model_current(m), ERR_STATE);
	} else {
		model_end_with(model_current(m), OK);
		model_end_wait(m, t, ERR_INTERRUPTED);
	}
	model_finish(m);
}

void
model_notify(struct model *m, int ep, uint64_t badge)
{
	struct model_endpoint *e = &m->endpoint[ep];

	model_end_with(model_current(m), e->exists ? OK : ERR_HANDLE);
	if (e->exists) {
		const int t = model_take_receiver(m, ep);
		e->bits |= badge == 0 ? 1 : badge;
		if (t != NOBODY) {
			receive_bits(&m->thread[t], e->bits);
			e->bits = 0;
			model_wake(m, t);
		}
	}
	model_finish(m);
}

void
model_yield(struct model *m)
{
	model_end_with(model_current(m), OK);
	model_to_the_tail(m);
	model_finish(m);
}

/* C7: whoever calls here, in the order in which they were received, then in the
 * queue's. */
static void
end_calls(struct model *m, int ep)
{
	struct model_endpoint *e = &m->endpoint[ep];

	for (;;) {
		int next = NOBODY;
		THREADS(t)
		{
			const struct model_thread *c = &m->thread[t];
			if (c->exists && c->state == THREAD_REPLY && c->waits_at == ep &&
			    (next == NOBODY || c->token < m->thread[next].token))
				next = t;
		}
		if (next == NOBODY && e->first_receiver == NOBODY)
			next = model_best(m, &e->queue);
		if (next == NOBODY)
			return;
		model_end_wait(m, next, ERR_INTERRUPTED);
	}
}

void
model_abort(struct model *m, int ep)
{
	model_end_with(model_current(m), m->endpoint[ep].exists ? OK : ERR_HANDLE);
	if (m->endpoint[ep].exists)
		end_calls(m, ep);
	model_finish(m);
}

/* Receivers wake, too: the first of them behind its equals. */
void
model_destroy(struct model *m, int ep)
{
	struct model_endpoint *e = &m->endpoint[ep];

	model_end_with(model_current(m), e->exists ? OK : ERR_HANDLE);
	if (e->exists) {
		if (e->first_receiver != NOBODY)
			line_append(&e->queue, e->first_receiver);
		e->first_receiver = NOBODY;
		e->donee = NOBODY;
		model_settle(m);
		end_calls(m, ep);
		e->exists = false;
		THREADS(t)
		if (m->thread[t].fault_endpoint == ep)
			m->thread[t].fault_endpoint = NOBODY;
	}
	model_finish(m);
}

void
model_create_endpoint(struct model *m, int ep, bool fixed)
{
	m->endpoint[ep] = (struct model_endpoint){
		.exists = true, .fixed = fixed, .first_receiver = NOBODY, .donee = NOBODY
	};
	model_end_with(model_current(m), OK);
	model_finish(m);
}
