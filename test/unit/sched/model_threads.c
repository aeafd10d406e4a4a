/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference model: what is done to threads.
 */
#include "model_parts.h"

void
model_make_thread(struct model *m, int t, uint32_t priority, enum policy policy, uint32_t limit)
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
	struct model_thread *maker = model_current(m);
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
	model_end_with(maker, wrong);
	if (wrong == OK) {
		model_make_thread(m, t, priority, (enum policy)policy, maker->limit);
		if (policy == POLICY_SPORADIC)
			inherit_budget(m, t, &maker->sporadic);
		m->thread[t].fault_endpoint = maker->fault_endpoint;
	}
	model_finish(m);
}

void
model_start(struct model *m, int t, uint64_t x0)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		model_end_with(model_current(m), ERR_HANDLE);
	} else if (thread->state != THREAD_INACTIVE && thread->state != THREAD_STOPPED) {
		model_end_with(model_current(m), ERR_STATE);
	} else {
		model_end_with(model_current(m), OK);
		model_end_with(thread, (int64_t)x0);
		thread->stopped = false;
		model_wake(m, t);
	}
	model_finish(m);
}

/* Who waits makes its call again later; but a REPLY-blocked thread waits on. */
void
model_stop(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		model_end_with(model_current(m), ERR_HANDLE);
	} else if (thread->state == THREAD_INACTIVE || thread->stopped) {
		model_end_with(model_current(m), ERR_STATE);
	} else {
		model_end_with(model_current(m), OK);
		thread->stopped = true;
		if (thread->state == THREAD_READY)
			line_remove(&m->ready, t);
		if (model_is_waiting(thread) && thread->state != THREAD_REPLY) {
			model_leave(m, t);
			thread->message.fault = false;
		}
		if (thread->state != THREAD_REPLY)
			thread->state = THREAD_STOPPED;
	}
	model_finish(m);
}

void
model_resume(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		model_end_with(model_current(m), ERR_HANDLE);
	} else if (!thread->stopped) {
		model_end_with(model_current(m), ERR_STATE);
	} else {
		model_end_with(model_current(m), OK);
		thread->stopped = false;
		if (thread->state == THREAD_STOPPED)
			model_wake(m, t);
	}
	model_finish(m);
}

/* Whom it served goes on waiting; nobody's priority comes from it or goes to it
 * any more. */
void
model_kill(struct model *m, int t)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		model_end_with(model_current(m), ERR_HANDLE);
		model_finish(m);
		return;
	}
	model_end_with(model_current(m), OK);
	line_remove(&m->ready, t);
	if (model_is_waiting(thread))
		model_leave(m, t);
	thread->state = THREAD_STOPPED;
	model_defer(m, t);
	ENDPOINTS(ep)
	if (m->endpoint[ep].donee == t)
		m->endpoint[ep].donee = NOBODY;
	thread->exists = false;
	model_settle(m);
	model_finish(m);
}

void
model_set_priority(struct model *m, int t, uint64_t priority)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		model_end_with(model_current(m), ERR_HANDLE);
	} else if (priority < 1 || priority > 255) {
		model_end_with(model_current(m), ERR_PRIORITY); /* S1 */
	} else if (thread->policy == POLICY_SPORADIC && priority < thread->sporadic.low) {
		model_end_with(model_current(m), ERR_LOW_PRIORITY); /* S24 */
	} else if (priority > model_current(m)->limit || priority > thread->limit) {
		model_end_with(model_current(m), ERR_LIMIT); /* S2 */
	} else {
		model_end_with(model_current(m), OK);
		thread->real = (uint32_t)priority; /* S4 */
		model_settle(m);
	}
	model_finish(m);
}

void
model_set_limit(struct model *m, int t, uint64_t limit)
{
	struct model_thread *thread = &m->thread[t];

	if (!thread->exists) {
		model_end_with(model_current(m), ERR_HANDLE);
	} else if (limit < 1 || limit > 255) {
		model_end_with(model_current(m), ERR_PRIORITY);
	} else if (limit > model_current(m)->limit) {
		model_end_with(model_current(m), ERR_LIMIT);
	} else {
		model_end_with(model_current(m), OK);
		thread->limit = (uint32_t)limit;
		if (thread->real > limit)
			thread->real = (uint32_t)limit;
		model_settle(m);
	}
	model_finish(m);
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
	model_settle(m);
	if (thread->state == THREAD_READY) {
		line_remove(&m->ready, t);
		line_append(&m->ready, t);
	} else if (t == m->current) {
		m->slice_end = m->now + TIMESLICE_NS;
		model_to_the_tail(m);
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
	model_end_with(model_current(m), wrong);
	if (wrong == OK)
		begin_policy(m, t, (enum policy)policy);
	model_finish(m);
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
	model_end_with(model_current(m), wrong);
	if (wrong == OK) {
		thread->sporadic.budget = set->budget;
		thread->sporadic.period = set->period;
		thread->sporadic.low = set->low;
		thread->sporadic.most_pending = set->most_pending;
		if (thread->policy == POLICY_SPORADIC)
			begin_policy(m, t, POLICY_SPORADIC);
	}
	model_finish(m);
}

void
model_set_fault_endpoint(struct model *m, int t, int ep)
{
	const bool exist = m->thread[t].exists && m->endpoint[ep].exists;

	model_end_with(model_current(m), exist ? OK : ERR_HANDLE);
	if (exist)
		m->thread[t].fault_endpoint = ep;
	model_finish(m);
}

void
model_repeat(struct model *m)
{
	const struct pending_call call = model_current(m)->call;

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
