/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference model: who runs, sporadic budgets, waiting and its end, and what
 * time brings.
 */
#include "model_parts.h"

/* --- who runs */

bool
model_is_sliced(const struct model_thread *t)
{
	return t->policy == POLICY_RR || t->policy == POLICY_OTHER; /* S11, S12, S15 */
}

struct model_thread *
model_current(struct model *m)
{
	return &m->thread[m->current];
}

static bool
peer_is_ready(const struct model *m)
{
	const int best = model_best(m, &m->ready);

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
	model_settle(m);
	if (!can_run || thread->effective != model_own_priority(thread))
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

/* S7 */
void
model_wake(struct model *m, int t)
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
	const int best = model_best(m, &m->ready);
	if (best != NOBODY &&
	    (m->current == NOBODY || m->thread[best].effective > model_current(m)->effective)) {
		if (m->current != NOBODY) {
			model_current(m)->state = THREAD_READY;
			if (model_is_sliced(model_current(m)))
				model_current(m)->slice_left = m->slice_end - m->now;
			line_prepend(&m->ready, m->current);
		}
		line_remove(&m->ready, best);
		m->current = best;
		model_current(m)->state = THREAD_RUNNING;
		m->slice_end = m->now + model_current(m)->slice_left;
	}
	if (is_sporadic(m, was) && was != m->current && m->thread[was].state == THREAD_READY)
		settle_budget(m, was);
	if (m->current != NOBODY)
		begin_charging(m, m->current);
}

/* C13: `from` has blocked, and made `to` able to run. */
void
model_hand_over(struct model *m, int from, int to)
{
	struct model_thread *blocker = &m->thread[from], *successor = &m->thread[to];
	const int best = model_best(m, &m->ready);

	if (successor->stopped || blocker->deadline != TIME_NEVER || is_sporadic(m, from) ||
	    is_sporadic(m, to) || model_is_sliced(blocker) != model_is_sliced(successor) ||
	    (best != NOBODY && m->thread[best].effective > successor->effective)) {
		model_wake(m, to);
		return;
	}
	successor->deadline = TIME_NEVER;
	successor->waits_at = NOBODY;
	successor->state = THREAD_RUNNING; /* with the same slice_end */
	m->current = to;
}

/* S9, S12 */
void
model_to_the_tail(struct model *m)
{
	if (!peer_is_ready(m))
		return;
	model_current(m)->state = THREAD_READY;
	model_current(m)->slice_left = TIMESLICE_NS;
	line_append(&m->ready, m->current);
}

/* --- waiting and its end */

void
model_end_with(struct model_thread *t, int64_t status)
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
	model_settle(m); /* C5 */
}

void
model_defer(struct model *m, int server)
{
	if (m->thread[server].serving != NOBODY)
		end_serving(m, m->thread[server].serving);
}

void
model_wait_in(struct model *m, int t, enum thread_state state, int ep, uint64_t deadline)
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
void
model_leave_queue(struct model *m, int ep, int t)
{
	struct model_endpoint *e = &m->endpoint[ep];

	if (m->thread[t].state == THREAD_MUTEX && e->queue.count == 1)
		e->donee = NOBODY;
	line_remove(&e->queue, t);
	m->thread[t].state = THREAD_STOPPED;
	model_settle(m);
}

/* What all wait for goes to the first; the others, and late ones that keep the
 * name, lend to it from now on (C8). */
static int
take_lender(struct model *m, int ep)
{
	struct model_endpoint *e = &m->endpoint[ep];
	const int t = model_best(m, &e->queue);

	model_leave_queue(m, ep, t);
	if (!e->fixed)
		e->donee = t;
	model_settle(m);
	return t;
}

int
model_take_receiver(struct model *m, int ep)
{
	struct model_endpoint *e = &m->endpoint[ep];
	const int t = e->first_receiver;

	if (model_queue_holds(m, e) == THREAD_MUTEX)
		return take_lender(m, ep);
	if (t == NOBODY)
		return NOBODY;
	e->first_receiver = model_best(m, &e->queue);
	if (e->first_receiver != NOBODY)
		line_remove(&e->queue, e->first_receiver);
	m->thread[t].state = THREAD_STOPPED;
	return t;
}

/* A thread leaves what it waits for. */
void
model_leave(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];
	const enum thread_state state = thread->state;
	const int ep = thread->waits_at;

	thread->deadline = TIME_NEVER;
	if (state == THREAD_SEND || state == THREAD_MUTEX)
		model_leave_queue(m, ep, t); /* C5 */
	else if (state == THREAD_RECEIVE && m->endpoint[ep].first_receiver == t)
		(void)model_take_receiver(m, ep);
	else if (state == THREAD_RECEIVE)
		line_remove(&m->endpoint[ep].queue, t);
	thread->state = THREAD_STOPPED;
	if (state == THREAD_REPLY)
		end_serving(m, t);
}

bool
model_is_waiting(const struct model_thread *t)
{
	return t->state == THREAD_SEND || t->state == THREAD_REPLY || t->state == THREAD_RECEIVE ||
	    t->state == THREAD_MUTEX || t->state == THREAD_NANOSLEEP;
}

/* C7, C10: a wait ends with an error. A fault that nobody will answer stops its
 * thread. */
void
model_end_wait(struct model *m, int t, int64_t status)
{
	struct model_thread *thread = &m->thread[t];

	model_leave(m, t);
	if (thread->message.fault) {
		thread->message.fault = false;
		thread->call.number = 0;
		thread->stopped = true;
	} else {
		model_end_with(thread, status);
	}
	model_wake(m, t);
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
		model_end_wait(m, t, m->thread[t].state == THREAD_NANOSLEEP ? OK : ERR_TIMED_OUT);
}

/* The running thread's time first (S12, S17; nobody else's ends, S11, S13), then C10. */
static void
moment(struct model *m)
{
	if (m->current != NOBODY && model_is_sliced(model_current(m)) && m->slice_end == m->now) {
		m->slice_end += TIMESLICE_NS; /* alone, it begins the next one */
		model_to_the_tail(m);
	} else if (is_sporadic(m, m->current)) {
		const struct sporadic_budget *s = &model_current(m)->sporadic;
		if (s->at_low || s->since + s->left == m->now)
			budget_event(m, m->current);
	}
	one_due(m);
	decide(m);
}

/* S1, S10: the decision after every event; while nobody can run, time passes.
 */
void
model_finish(struct model *m)
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
		if (model_is_sliced(model_current(m)))
			next = earlier(next, m->slice_end);
		if (next == TIME_NEVER || next > end)
			break;
		m->now = next;
		moment(m);
		model_finish(m);
	}
	if (m->now < end)
		m->now = end;
}
