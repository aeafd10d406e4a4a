/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference model; see model.h. Written from the statements, whose numbers
 * stand at the lines that say the same.
 */
#include "model.h"

#include <string.h>

#define THREADS(t) for (int t = 0; t < MODEL_THREADS; t++)
#define ENDPOINTS(ep) for (int ep = 0; ep < MODEL_ENDPOINTS; ep++)

/* --- lines of threads */

static void
line_remove(struct line *line, int t)
{
	int kept = 0;

	for (int n = 0; n < line->count; n++)
		if (line->at[n] != t)
			line->at[kept++] = line->at[n];
	line->count = kept;
}

static void
line_append(struct line *line, int t)
{
	line->at[line->count++] = t;
}

static void
line_prepend(struct line *line, int t)
{
	memmove(&line->at[1], &line->at[0], (size_t)line->count * sizeof line->at[0]);
	line->at[0] = t;
	line->count++;
}

/* The highest priority, and within it who came first (S5, C1). */
static int
line_best(const struct model *m, const struct line *line)
{
	int best = NOBODY;

	for (int n = 0; n < line->count; n++)
		if (best == NOBODY || m->thread[line->at[n]].effective > m->thread[best].effective)
			best = line->at[n];
	return best;
}

/* --- priorities: design's one formula */

/* SEND: callers wait in the queue; RECEIVE; MUTEX: those who lend; INACTIVE: it
 * is empty. */
static enum thread_state
queue_holds(const struct model *m, const struct model_endpoint *e)
{
	return e->queue.count == 0 ? THREAD_INACTIVE : m->thread[e->queue.at[0]].state;
}

/* S4, S17: what it has if it serves nobody and inherits nothing. */
static uint32_t
own_priority(const struct model_thread *t)
{
	const bool low = t->policy == POLICY_SPORADIC && t->sporadic.at_low &&
	    t->sporadic.low < t->real;

	return low ? t->sporadic.low : t->real;
}

/* min(limit, max(base, head of every endpoint whose donee is t)) with these
 * effective priorities. */
static uint32_t
formula(const struct model *m, int t, const uint32_t *effective)
{
	const struct model_thread *thread = &m->thread[t];
	uint32_t p = thread->serving != NOBODY ? effective[thread->serving] : own_priority(thread);

	ENDPOINTS(ep)
	{
		const struct model_endpoint *e = &m->endpoint[ep];
		if (!e->exists || e->donee != t || e->first_receiver != NOBODY)
			continue;
		for (int n = 0; n < e->queue.count; n++)
			if (effective[e->queue.at[n]] > p)
				p = effective[e->queue.at[n]];
	}
	return p < thread->limit ? p : thread->limit;
}

static void
solve(const struct model *m, uint32_t *effective)
{
	bool changed = true;

	while (changed) {
		changed = false;
		THREADS(t)
		{
			if (!m->thread[t].exists)
				continue;
			const uint32_t p = formula(m, t, effective);
			changed |= p != effective[t];
			effective[t] = p;
		}
	}
}

void
model_solutions(
    const struct model *m, uint32_t least[MODEL_THREADS], uint32_t greatest[MODEL_THREADS])
{
	THREADS(t)
	{
		least[t] = 0;
		greatest[t] = PRIORITY_MAX;
	}
	solve(m, least);
	solve(m, greatest);
}

/* A new effective priority takes effect where the thread stands (S16, C1). */
static void
move_to_priority(struct model *m, int t, uint32_t priority)
{
	struct model_thread *thread = &m->thread[t];
	const bool raised = priority > thread->effective;

	thread->effective = priority;
	if (thread->state == THREAD_READY) {
		line_remove(&m->ready, t);
		if (raised)
			line_append(&m->ready, t);
		else
			line_prepend(&m->ready, t);
	} else if (thread->state == THREAD_SEND || thread->state == THREAD_MUTEX ||
	    (thread->state == THREAD_RECEIVE &&
		m->endpoint[thread->waits_at].first_receiver != t)) {
		struct line *queue = &m->endpoint[thread->waits_at].queue;
		line_remove(queue, t);
		line_append(queue, t);
	}
}

/* After every single change to who waits, serves or inherits. */
static void
settle(struct model *m)
{
	uint32_t effective[MODEL_THREADS];
	bool changed = true;

	while (changed) {
		changed = false;
		THREADS(t)
		effective[t] = m->thread[t].effective;
		for (int t = 0; t < MODEL_THREADS && !changed; t++) {
			if (!m->thread[t].exists)
				continue;
			const uint32_t p = formula(m, t, effective);
			changed = p != effective[t];
			if (changed)
				move_to_priority(m, t, p);
		}
	}
}

/* --- who runs */

bool
model_is_sliced(const struct model_thread *t)
{
	return t->policy == POLICY_RR || t->policy == POLICY_OTHER; /* S11, S12, S15 */
}

static struct model_thread *
current(struct model *m)
{
	return &m->thread[m->current];
}

static bool
peer_is_ready(const struct model *m)
{
	const int best = line_best(m, &m->ready);

	return best != NOBODY && m->thread[best].effective == m->thread[m->current].effective;
}

/* --- sporadic threads: POSIX's rules, in its words */

/* The execution time consumed is subtracted, never below zero (S18). */
static void
charge(const struct model *m, struct sporadic_budget *s)
{
	const uint64_t ran = m->now - s->since, consumed = ran < s->left ? ran : s->left;

	if (s->charged) {
		s->left -= consumed;
		s->used += consumed;
	}
	s->charged = false;
}

/* Those whose time has come add their amounts, up to the budget (S19, S20, S22). */
static void
replenish(const struct model *m, struct sporadic_budget *s)
{
	int kept = 0;

	for (int n = 0; n < s->pending; n++) {
		if (s->replenishment[n].at <= m->now)
			s->left += s->replenishment[n].amount;
		else
			s->replenishment[kept++] = s->replenishment[n];
		if (s->left > s->budget)
			s->left = s->budget;
	}
	s->pending = kept;
}

/* It stops running, wakes, has used its budget up, or a replenishment is due. */
static void
settle_budget(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];
	struct sporadic_budget *s = &thread->sporadic;
	const bool can_run = thread->state == THREAD_READY || thread->state == THREAD_RUNNING;
	const bool was_low = s->at_low;

	charge(m, s);
	const bool used_up = !was_low && s->left == 0;
	if ((used_up || !can_run) && s->used > 0) {
		s->replenishment[s->pending].at = s->activation + s->period;
		s->replenishment[s->pending++].amount = s->used;
		s->used = 0;
	}
	replenish(m, s);
	s->order = ++m->deadlines_set;
	s->at_low = s->left == 0 || s->pending == s->most_pending; /* S21 */
	if (!can_run)
		s->activation = m->now;
	if (!used_up && s->at_low == was_low)
		return;
	s->activation = m->now;
	settle(m);
	if (!can_run || thread->effective != own_priority(thread))
		return;
	line_remove(&m->ready, t);
	thread->state = THREAD_READY;
	line_append(&m->ready, t);
}

static bool
is_sporadic(const struct model *m, int t)
{
	return t != NOBODY && m->thread[t].exists && m->thread[t].policy == POLICY_SPORADIC;
}

/* It runs from now on: at its normal priority for at most what is left. */
static void
begin_charging(struct model *m, int t)
{
	struct sporadic_budget *s = &m->thread[t].sporadic;

	if (is_sporadic(m, t) && !s->at_low && !s->charged) {
		s->charged = true;
		s->since = m->now;
	}
}

/* --- */

/* S7 */
static void
wake(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];

	thread->deadline = TIME_NEVER;
	thread->waits_at = NOBODY;
	if (thread->stopped) {
		thread->state = THREAD_STOPPED;
		return;
	}
	if (is_sporadic(m, t))
		settle_budget(m, t);
	thread->state = THREAD_READY;
	thread->slice_left = TIMESLICE_NS;
	line_append(&m->ready, t);
}

/* S5, S8, S14 */
static void
decide(struct model *m)
{
	const int was = m->current;

	if (was != NOBODY && m->thread[was].state != THREAD_RUNNING) {
		if (is_sporadic(m, was) && m->thread[was].state != THREAD_READY)
			settle_budget(m, was);
		m->current = NOBODY;
	}
	const int best = line_best(m, &m->ready);
	if (best != NOBODY &&
	    (m->current == NOBODY || m->thread[best].effective > current(m)->effective)) {
		if (m->current != NOBODY) {
			current(m)->state = THREAD_READY;
			if (model_is_sliced(current(m)))
				current(m)->slice_left = m->slice_end - m->now;
			line_prepend(&m->ready, m->current);
		}
		line_remove(&m->ready, best);
		m->current = best;
		current(m)->state = THREAD_RUNNING;
		m->slice_end = m->now + current(m)->slice_left;
	}
	if (is_sporadic(m, was) && was != m->current && m->thread[was].state == THREAD_READY)
		settle_budget(m, was);
	if (m->current != NOBODY)
		begin_charging(m, m->current);
}

/* C13: `from` has blocked, and made `to` able to run. */
static void
hand_over(struct model *m, int from, int to)
{
	struct model_thread *blocker = &m->thread[from], *successor = &m->thread[to];
	const int best = line_best(m, &m->ready);

	if (successor->stopped || blocker->deadline != TIME_NEVER || is_sporadic(m, from) ||
	    is_sporadic(m, to) || model_is_sliced(blocker) != model_is_sliced(successor) ||
	    (best != NOBODY && m->thread[best].effective > successor->effective)) {
		wake(m, to);
		return;
	}
	successor->deadline = TIME_NEVER;
	successor->waits_at = NOBODY;
	successor->state = THREAD_RUNNING; /* with the same slice_end */
	m->current = to;
}

/* S9, S12 */
static void
to_the_tail(struct model *m)
{
	if (!peer_is_ready(m))
		return;
	current(m)->state = THREAD_READY;
	current(m)->slice_left = TIMESLICE_NS;
	line_append(&m->ready, m->current);
}

/* --- waiting and its end */

static void
end_with(struct model_thread *t, int64_t status)
{
	t->outcome = (struct outcome){ .known = true, .status = status };
	t->call.number = 0;
}

/* The thread that serves `caller` does so no more; the caller still waits, or
 * is in hand. */
static void
end_serving(struct model *m, int caller)
{
	const int server = m->thread[caller].served_by;

	if (server == NOBODY)
		return;
	m->thread[caller].served_by = NOBODY;
	m->thread[server].serving = NOBODY;
	settle(m); /* C5 */
}

static void
defer(struct model *m, int server)
{
	if (m->thread[server].serving != NOBODY)
		end_serving(m, m->thread[server].serving);
}

static void
wait_in(struct model *m, int t, enum thread_state state, int ep, uint64_t deadline)
{
	struct model_thread *thread = &m->thread[t];

	thread->state = state;
	thread->waits_at = ep;
	thread->deadline = deadline;
	if (deadline != TIME_NEVER)
		thread->deadline_order = ++m->deadlines_set;
}

/* A caller or a lender is in the queue no more. Without lenders nobody is
 * named. */
static void
leave_queue(struct model *m, int ep, int t)
{
	struct model_endpoint *e = &m->endpoint[ep];

	if (m->thread[t].state == THREAD_MUTEX && e->queue.count == 1)
		e->donee = NOBODY;
	line_remove(&e->queue, t);
	m->thread[t].state = THREAD_STOPPED;
	settle(m);
}

/* What all wait for goes to the first; the others, and late ones that keep the
 * name, lend to it from now on (C8). */
static int
take_lender(struct model *m, int ep)
{
	struct model_endpoint *e = &m->endpoint[ep];
	const int t = line_best(m, &e->queue);

	leave_queue(m, ep, t);
	if (!e->fixed)
		e->donee = t;
	settle(m);
	return t;
}

static int
take_receiver(struct model *m, int ep)
{
	struct model_endpoint *e = &m->endpoint[ep];
	const int t = e->first_receiver;

	if (queue_holds(m, e) == THREAD_MUTEX)
		return take_lender(m, ep);
	if (t == NOBODY)
		return NOBODY;
	e->first_receiver = line_best(m, &e->queue);
	if (e->first_receiver != NOBODY)
		line_remove(&e->queue, e->first_receiver);
	m->thread[t].state = THREAD_STOPPED;
	return t;
}

/* A thread leaves what it waits for. */
static void
leave(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];
	const enum thread_state state = thread->state;
	const int ep = thread->waits_at;

	thread->deadline = TIME_NEVER;
	if (state == THREAD_SEND || state == THREAD_MUTEX)
		leave_queue(m, ep, t); /* C5 */
	else if (state == THREAD_RECEIVE && m->endpoint[ep].first_receiver == t)
		(void)take_receiver(m, ep);
	else if (state == THREAD_RECEIVE)
		line_remove(&m->endpoint[ep].queue, t);
	thread->state = THREAD_STOPPED;
	if (state == THREAD_REPLY)
		end_serving(m, t);
}

static bool
is_waiting(const struct model_thread *t)
{
	return t->state == THREAD_SEND || t->state == THREAD_REPLY || t->state == THREAD_RECEIVE ||
	    t->state == THREAD_MUTEX || t->state == THREAD_NANOSLEEP;
}

/* C7, C10: a wait ends with an error. A fault that nobody will answer stops its
 * thread. */
static void
end_wait(struct model *m, int t, int64_t status)
{
	struct model_thread *thread = &m->thread[t];

	leave(m, t);
	if (thread->message.fault) {
		thread->message.fault = false;
		thread->call.number = 0;
		thread->stopped = true;
	} else {
		end_with(thread, status);
	}
	wake(m, t);
}

/* --- what happens by itself */

static int
first_deadline(const struct model *m)
{
	int first = NOBODY;

	THREADS(t)
	{
		const struct model_thread *a = &m->thread[t];
		if (!a->exists || a->deadline == TIME_NEVER)
			continue;
		const struct model_thread *b = &m->thread[first == NOBODY ? t : first];
		if (first == NOBODY || a->deadline < b->deadline ||
		    (a->deadline == b->deadline && a->deadline_order < b->deadline_order))
			first = t;
	}
	return first;
}

/* Whose replenishment is the first that is due. */
static int
first_replenishment(const struct model *m)
{
	int first = NOBODY;

	THREADS(t)
	{
		if (!is_sporadic(m, t) || m->thread[t].sporadic.pending == 0)
			continue;
		const struct sporadic_budget *a = &m->thread[t].sporadic;
		const struct sporadic_budget *b = &m->thread[first == NOBODY ? t : first].sporadic;
		if (first == NOBODY || a->replenishment[0].at < b->replenishment[0].at ||
		    (a->replenishment[0].at == b->replenishment[0].at && a->order < b->order))
			first = t;
	}
	return first;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a == TIME_NEVER || (b != TIME_NEVER && b < a) ? b : a;
}

/* The next deadline, replenishment, or end of the running thread's budget. */
static uint64_t
next_event(const struct model *m)
{
	const int deadline = first_deadline(m), replenishment = first_replenishment(m);
	uint64_t next = deadline == NOBODY ? TIME_NEVER : m->thread[deadline].deadline;

	if (replenishment != NOBODY)
		next = earlier(next, m->thread[replenishment].sporadic.replenishment[0].at);
	if (is_sporadic(m, m->current) && m->thread[m->current].sporadic.charged)
		next = earlier(next,
		    m->thread[m->current].sporadic.since + m->thread[m->current].sporadic.left);
	return next;
}

uint64_t
model_next_moment(const struct model *m)
{
	const uint64_t next = next_event(m);

	if (m->current == NOBODY || !model_is_sliced(&m->thread[m->current]) || !peer_is_ready(m))
		return next;
	return earlier(next, m->slice_end);
}

static void
budget_event(struct model *m, int t)
{
	settle_budget(m, t);
	if (m->thread[t].state == THREAD_RUNNING)
		begin_charging(m, t);
}

/* A deadline or a replenishment: one at a time, by their times and their order. */
static void
one_due(struct model *m)
{
	const int t = first_deadline(m), r = first_replenishment(m);
	const uint64_t at = t == NOBODY ? UINT64_MAX : m->thread[t].deadline;
	const uint64_t back = r == NOBODY ? UINT64_MAX : m->thread[r].sporadic.replenishment[0].at;
	const bool first = back < at ||
	    (r != NOBODY && back == at &&
		m->thread[r].sporadic.order < m->thread[t].deadline_order);

	if (first && back <= m->now)
		budget_event(m, r);
	else if (!first && at <= m->now)
		end_wait(m, t, m->thread[t].state == THREAD_NANOSLEEP ? OK : ERR_TIMED_OUT);
}

/* The running thread's time first (S12, S17), then C10. */
static void
moment(struct model *m)
{
	if (m->current != NOBODY && model_is_sliced(current(m)) && m->slice_end == m->now) {
		m->slice_end += TIMESLICE_NS; /* alone, it begins the next one */
		to_the_tail(m);
	} else if (is_sporadic(m, m->current)) {
		const struct sporadic_budget *s = &current(m)->sporadic;
		if (s->at_low || s->since + s->left == m->now)
			budget_event(m, m->current);
	}
	one_due(m);
	decide(m);
}

/* S1, S10: the decision after every event; while nobody can run, time passes.
 */
static void
finish(struct model *m)
{
	decide(m);
	while (m->current == NOBODY) {
		const uint64_t next = next_event(m);
		if (next > m->now)
			m->now = next;
		moment(m);
	}
}

void
model_time(struct model *m, uint64_t ns)
{
	const uint64_t end = m->now + ns;

	for (;;) {
		uint64_t next = next_event(m);
		if (model_is_sliced(current(m)))
			next = earlier(next, m->slice_end);
		if (next == TIME_NEVER || next > end)
			break;
		m->now = next;
		moment(m);
		finish(m);
	}
	if (m->now < end)
		m->now = end;
}

/* --- calls */

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

	defer(m, server);
	c->state = THREAD_REPLY;
	c->waits_at = ep;
	c->token = ++e->last_token;
	if (!e->fixed) { /* C3 */
		c->served_by = server;
		s->serving = caller;
		e->donee = server;
	}
	settle(m);
	end_with(s, RECV_MESSAGE | (bits != 0 ? RECV_BITS : 0));
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
	end_with(t, RECV_BITS);
	t->outcome.has_origin = t->outcome.has_bits = true;
	t->outcome.bits = bits;
}

/* The current thread sends what is in t->message and waits for the answer. */
static void
send(struct model *m, int ep, uint64_t badge, uint64_t deadline)
{
	const int caller = m->current, server = take_receiver(m, ep);

	m->thread[caller].badge = badge;
	m->thread[caller].outcome.known &= m->thread[caller].message.fault;
	if (server == NOBODY) {
		wait_in(m, caller, THREAD_SEND, ep, deadline);
		line_append(&m->endpoint[ep].queue, caller);
		settle(m); /* C2: at once */
		return;
	}
	wait_in(m, caller, THREAD_REPLY, ep, deadline); /* C7 */
	m->thread[server].deadline = TIME_NEVER;
	receive(m, ep, caller, server, 0);
	hand_over(m, caller, server);
}

void
model_call(struct model *m, int ep, uint64_t badge, uint64_t deadline, struct message message)
{
	struct model_thread *t = current(m);

	if (!m->endpoint[ep].exists) {
		end_with(t, ERR_HANDLE);
	} else if (deadline_passed(m, deadline)) {
		end_with(t, ERR_TIMED_OUT);
	} else {
		t->message = message;
		t->call = (struct pending_call){ CALL_call, ep, NOBODY, badge, deadline, message };
		send(m, ep, badge, deadline);
	}
	finish(m);
}

void
model_fault(struct model *m, uint64_t address)
{
	struct model_thread *t = current(m);

	if (t->fault_endpoint == NOBODY) {
		t->stopped = true;
		t->state = THREAD_STOPPED;
	} else {
		t->message = (struct message){ true, address, LABEL_FAULT };
		t->call = (struct pending_call){ .number = CALL_COUNT, .message = t->message };
		send(m, t->fault_endpoint, 0x100ull << t->fault_endpoint, TIME_NEVER);
	}
	finish(m);
}

/* What is there for the current thread: false if it must wait. */
static bool
receive_now(struct model *m, int ep, uint64_t deadline)
{
	struct model_endpoint *e = &m->endpoint[ep];
	const uint64_t bits = e->bits;

	e->bits = 0;
	if (queue_holds(m, e) == THREAD_SEND) {
		const int caller = line_best(m, &e->queue); /* C1 */
		leave_queue(m, ep, caller);
		receive(m, ep, caller, m->current, bits);
	} else if (bits != 0) {
		receive_bits(current(m), bits); /* C9 */
	} else if (deadline_passed(m, deadline)) {
		end_with(current(m), ERR_TIMED_OUT);
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
	struct model_thread *t = current(m);

	if (!receive_now(m, ep, deadline)) {
		defer(m, m->current);
		t->outcome.known = false;
		t->message.fault = false;
		t->call = (struct pending_call){
			.number = CALL_recv, .endpoint = ep, .deadline = deadline
		};
		wait_in(m, m->current, THREAD_RECEIVE, ep, deadline);
		if (e->first_receiver == NOBODY)
			e->first_receiver = m->current;
		else
			line_append(&e->queue, m->current);
		if (answered != NOBODY)
			hand_over(m, m->current, answered);
		return;
	}
	if (answered != NOBODY)
		wake(m, answered);
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

	leave(m, caller);
	if (c->message.fault) {
		c->message.fault = false;
		c->call.number = 0;
		c->stopped |= message.label == 1;
		return;
	}
	end_with(c, OK);
	c->outcome.has_message = true;
	c->outcome.message = message;
}

void
model_reply(struct model *m, int ep, uint64_t token, struct message message)
{
	const int64_t wrong = check_answer(m, ep, token, message);

	end_with(current(m), wrong);
	if (wrong == OK) {
		const int caller = find_caller(m, ep, token);
		answer(m, caller, message);
		wake(m, caller);
	}
	finish(m);
}

void
model_reply_recv(struct model *m, int ep, uint64_t token, uint64_t deadline, struct message message)
{
	const int64_t wrong =
	    token != 0 || !m->endpoint[ep].exists ? check_answer(m, ep, token, message) : OK;
	int caller = NOBODY;

	if (m->endpoint[ep].exists && queue_holds(m, &m->endpoint[ep]) == THREAD_MUTEX) {
		end_with(current(m), ERR_STATE);
	} else if (wrong != OK) {
		end_with(current(m), wrong);
	} else {
		if (token != 0) {
			caller = find_caller(m, ep, token);
			answer(m, caller, message);
		}
		receive_or_wait(m, ep, deadline, caller);
	}
	finish(m);
}

void
model_recv(struct model *m, int ep, uint64_t deadline)
{
	if (!m->endpoint[ep].exists)
		end_with(current(m), ERR_HANDLE);
	else if (queue_holds(m, &m->endpoint[ep]) == THREAD_MUTEX)
		end_with(current(m), ERR_STATE);
	else
		receive_or_wait(m, ep, deadline, NOBODY);
	finish(m);
}

/* Whom the current thread would lend to, and whether it is it who says so. */
static int64_t
find_donee(const struct model *m, int ep, int lend_to, bool *names)
{
	const struct model_endpoint *e = &m->endpoint[ep];
	const bool lent = e->exists && queue_holds(m, e) == THREAD_MUTEX;

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
	struct model_thread *t = current(m);
	bool names = false;
	const int64_t wrong = find_donee(m, ep, lend_to, &names);

	if (wrong != OK) {
		end_with(t, wrong);
	} else if (!receive_now(m, ep, deadline)) {
		t->outcome.known = false;
		t->message.fault = false;
		t->call = (struct pending_call){ .number = CALL_recv_lend,
			.endpoint = ep,
			.lend_to = lend_to,
			.deadline = deadline };
		if (names)
			m->endpoint[ep].donee = lend_to;
		settle(m);
		wait_in(m, m->current, THREAD_MUTEX, ep, deadline);
		line_append(&m->endpoint[ep].queue, m->current);
		settle(m);
	}
	finish(m);
}

void
model_sleep(struct model *m, uint64_t deadline)
{
	struct model_thread *t = current(m);

	if (deadline_passed(m, deadline)) {
		end_with(t, OK);
	} else {
		t->outcome.known = false;
		t->message.fault = false;
		t->call = (struct pending_call){ .number = CALL_sleep, .deadline = deadline };
		wait_in(m, m->current, THREAD_NANOSLEEP, NOBODY, deadline);
	}
	finish(m);
}

void
model_interrupt(struct model *m, int t)
{
	const struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		end_with(current(m), ERR_HANDLE);
	} else if (!is_waiting(thread) || thread->message.fault) {
		end_with(current(m), ERR_STATE);
	} else {
		end_with(current(m), OK);
		end_wait(m, t, ERR_INTERRUPTED);
	}
	finish(m);
}

void
model_notify(struct model *m, int ep, uint64_t badge)
{
	struct model_endpoint *e = &m->endpoint[ep];

	end_with(current(m), e->exists ? OK : ERR_HANDLE);
	if (e->exists) {
		const int t = take_receiver(m, ep);
		e->bits |= badge == 0 ? 1 : badge;
		if (t != NOBODY) {
			receive_bits(&m->thread[t], e->bits);
			e->bits = 0;
			wake(m, t);
		}
	}
	finish(m);
}

void
model_yield(struct model *m)
{
	end_with(current(m), OK);
	to_the_tail(m);
	finish(m);
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
			next = line_best(m, &e->queue);
		if (next == NOBODY)
			return;
		end_wait(m, next, ERR_INTERRUPTED);
	}
}

void
model_abort(struct model *m, int ep)
{
	end_with(current(m), m->endpoint[ep].exists ? OK : ERR_HANDLE);
	if (m->endpoint[ep].exists)
		end_calls(m, ep);
	finish(m);
}

/* Receivers wake, too: the first of them behind its equals. */
void
model_destroy(struct model *m, int ep)
{
	struct model_endpoint *e = &m->endpoint[ep];

	end_with(current(m), e->exists ? OK : ERR_HANDLE);
	if (e->exists) {
		if (e->first_receiver != NOBODY)
			line_append(&e->queue, e->first_receiver);
		e->first_receiver = NOBODY;
		e->donee = NOBODY;
		settle(m);
		end_calls(m, ep);
		e->exists = false;
		THREADS(t)
		if (m->thread[t].fault_endpoint == ep)
			m->thread[t].fault_endpoint = NOBODY;
	}
	finish(m);
}

void
model_create_endpoint(struct model *m, int ep, bool fixed)
{
	m->endpoint[ep] = (struct model_endpoint){
		.exists = true, .fixed = fixed, .first_receiver = NOBODY, .donee = NOBODY
	};
	end_with(current(m), OK);
	finish(m);
}

/* --- threads */

static void
make_thread(struct model *m, int t, uint32_t priority, enum policy policy, uint32_t limit)
{
	m->thread[t] = (struct model_thread){ .exists = true,
		.state = THREAD_INACTIVE,
		.policy = policy,
		.real = priority,
		.limit = limit,
		.effective = priority,
		.fault_endpoint = NOBODY,
		.waits_at = NOBODY,
		.serving = NOBODY,
		.served_by = NOBODY };
}

/* S3: the parameters and a full budget are the child's own. */
static void
inherit_budget(struct model *m, int t, const struct sporadic_budget *from)
{
	m->thread[t].sporadic = (struct sporadic_budget){
		.budget = from->budget,
		.period = from->period,
		.low = from->low,
		.most_pending = from->most_pending,
		.left = from->budget,
		.activation = m->now,
	};
}

void
model_create(struct model *m, int t, uint32_t priority, uint64_t policy)
{
	struct model_thread *maker = current(m);
	int64_t wrong = OK;

	if (priority == 0)
		priority = maker->real; /* S3 */
	if (policy == POLICY_INHERIT)
		policy = maker->policy;
	else if (policy >= POLICY_SPORADIC)
		wrong = ERR_POLICY;
	if (wrong == OK && policy == POLICY_SPORADIC && priority < maker->sporadic.low)
		wrong = ERR_LOW_PRIORITY; /* S24 */
	if (wrong == OK && priority > maker->limit)
		wrong = ERR_LIMIT; /* S2 */
	end_with(maker, wrong);
	if (wrong == OK) {
		make_thread(m, t, priority, (enum policy)policy, maker->limit);
		if (policy == POLICY_SPORADIC)
			inherit_budget(m, t, &maker->sporadic);
		m->thread[t].fault_endpoint = maker->fault_endpoint;
	}
	finish(m);
}

void
model_start(struct model *m, int t, uint64_t x0)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		end_with(current(m), ERR_HANDLE);
	} else if (thread->state != THREAD_INACTIVE && thread->state != THREAD_STOPPED) {
		end_with(current(m), ERR_STATE);
	} else {
		end_with(current(m), OK);
		end_with(thread, (int64_t)x0);
		thread->stopped = false;
		wake(m, t);
	}
	finish(m);
}

/* Who waits makes its call again later; but a REPLY-blocked thread waits on. */
void
model_stop(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		end_with(current(m), ERR_HANDLE);
	} else if (thread->state == THREAD_INACTIVE || thread->stopped) {
		end_with(current(m), ERR_STATE);
	} else {
		end_with(current(m), OK);
		thread->stopped = true;
		if (thread->state == THREAD_READY)
			line_remove(&m->ready, t);
		if (is_waiting(thread) && thread->state != THREAD_REPLY) {
			leave(m, t);
			thread->message.fault = false;
		}
		if (thread->state != THREAD_REPLY)
			thread->state = THREAD_STOPPED;
	}
	finish(m);
}

void
model_resume(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		end_with(current(m), ERR_HANDLE);
	} else if (!thread->stopped) {
		end_with(current(m), ERR_STATE);
	} else {
		end_with(current(m), OK);
		thread->stopped = false;
		if (thread->state == THREAD_STOPPED)
			wake(m, t);
	}
	finish(m);
}

/* Whom it served goes on waiting; nobody's priority comes from it or goes to it
 * any more. */
void
model_kill(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		end_with(current(m), ERR_HANDLE);
		finish(m);
		return;
	}
	end_with(current(m), OK);
	line_remove(&m->ready, t);
	if (is_waiting(thread))
		leave(m, t);
	thread->state = THREAD_STOPPED;
	defer(m, t);
	ENDPOINTS(ep)
	if (m->endpoint[ep].donee == t)
		m->endpoint[ep].donee = NOBODY;
	thread->exists = false;
	settle(m);
	finish(m);
}

void
model_set_priority(struct model *m, int t, uint64_t priority)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		end_with(current(m), ERR_HANDLE);
	} else if (priority < 1 || priority > 255) {
		end_with(current(m), ERR_PRIORITY); /* S1 */
	} else if (thread->policy == POLICY_SPORADIC && priority < thread->sporadic.low) {
		end_with(current(m), ERR_LOW_PRIORITY); /* S24 */
	} else if (priority > current(m)->limit || priority > thread->limit) {
		end_with(current(m), ERR_LIMIT); /* S2 */
	} else {
		end_with(current(m), OK);
		thread->real = (uint32_t)priority; /* S4 */
		settle(m);
	}
	finish(m);
}

void
model_set_limit(struct model *m, int t, uint64_t limit)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		end_with(current(m), ERR_HANDLE);
	} else if (limit < 1 || limit > 255) {
		end_with(current(m), ERR_PRIORITY);
	} else if (limit > current(m)->limit) {
		end_with(current(m), ERR_LIMIT);
	} else {
		end_with(current(m), OK);
		thread->limit = (uint32_t)limit;
		if (thread->real > limit)
			thread->real = (uint32_t)limit;
		settle(m);
	}
	finish(m);
}

/* S15, S16: to the tail, with a new slice or a full budget. */
static void
begin_policy(struct model *m, int t, enum policy policy)
{
	struct model_thread *thread = &m->thread[t];
	struct sporadic_budget *s = &thread->sporadic;

	thread->policy = policy;
	thread->slice_left = TIMESLICE_NS;
	s->left = s->budget;
	s->used = 0;
	s->pending = 0;
	s->at_low = s->charged = false;
	s->activation = m->now;
	settle(m);
	if (thread->state == THREAD_READY) {
		line_remove(&m->ready, t);
		line_append(&m->ready, t);
	} else if (t == m->current) {
		m->slice_end = m->now + TIMESLICE_NS;
		to_the_tail(m);
	}
}

void
model_set_policy(struct model *m, int t, uint64_t policy)
{
	struct model_thread *thread = &m->thread[t];
	int64_t wrong = OK;

	if (!thread->exists)
		wrong = ERR_HANDLE;
	else if (policy > POLICY_SPORADIC)
		wrong = ERR_POLICY;
	else if (policy == POLICY_SPORADIC && thread->sporadic.budget == 0)
		wrong = ERR_STATE;
	else if (policy == POLICY_SPORADIC && thread->sporadic.low > thread->real)
		wrong = ERR_LOW_PRIORITY;
	end_with(current(m), wrong);
	if (wrong == OK)
		begin_policy(m, t, (enum policy)policy);
	finish(m);
}

void
model_set_sporadic(struct model *m, int t, const struct sporadic_budget *set)
{
	struct model_thread *thread = &m->thread[t];
	int64_t wrong = OK;

	if (!thread->exists)
		wrong = ERR_HANDLE;
	else if (set->low < 1) /* S24, from here on */
		wrong = ERR_PRIORITY;
	else if (set->low > thread->real)
		wrong = ERR_LOW_PRIORITY;
	else if (set->period == 0)
		wrong = ERR_PERIOD;
	else if (set->budget == 0 || set->budget > set->period)
		wrong = ERR_BUDGET;
	else if (set->most_pending < 1 || set->most_pending > 8)
		wrong = ERR_REPLENISHMENTS;
	end_with(current(m), wrong);
	if (wrong == OK) {
		thread->sporadic.budget = set->budget;
		thread->sporadic.period = set->period;
		thread->sporadic.low = set->low;
		thread->sporadic.most_pending = set->most_pending;
		if (thread->policy == POLICY_SPORADIC)
			begin_policy(m, t, POLICY_SPORADIC);
	}
	finish(m);
}

void
model_set_fault_endpoint(struct model *m, int t, int ep)
{
	const bool exist = m->thread[t].exists && m->endpoint[ep].exists;

	end_with(current(m), exist ? OK : ERR_HANDLE);
	if (exist)
		m->thread[t].fault_endpoint = ep;
	finish(m);
}

void
model_repeat(struct model *m)
{
	const struct pending_call call = current(m)->call;

	if (call.number == CALL_call)
		model_call(m, call.endpoint, call.badge, call.deadline, call.message);
	else if (call.number == CALL_recv)
		model_recv(m, call.endpoint, call.deadline);
	else if (call.number == CALL_recv_lend)
		model_recv_lend(m, call.endpoint, call.deadline, call.lend_to);
	else if (call.number == CALL_sleep)
		model_sleep(m, call.deadline);
	else
		model_fault(m, call.message.word);
}

/* --- beginning */

void
model_reset(struct model *m, uint64_t now)
{
	*m = (struct model){ .now = now, .current = NOBODY };
	ENDPOINTS(ep)
	{
		m->endpoint[ep].exists = true;
		m->endpoint[ep].first_receiver = m->endpoint[ep].donee = NOBODY;
	}
}

void
model_add_thread(struct model *m, int t, uint32_t priority, enum policy policy)
{
	make_thread(m, t, priority, policy, PRIORITY_MAX);
	end_with(&m->thread[t], 0);
	wake(m, t);
}

void
model_begin(struct model *m)
{
	finish(m);
}

int
model_queue_order(const struct model *m, int ep, int order[MODEL_THREADS])
{
	struct line rest = m->endpoint[ep].queue;
	int count = 0;

	while (rest.count > 0) {
		const int best = line_best(m, &rest);
		order[count++] = best;
		line_remove(&rest, best);
	}
	return count;
}
