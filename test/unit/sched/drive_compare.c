/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares everything that can be seen in the kernel and in the model; see drive.h.
 */
#include "drive.h"

#include <stdarg.h>
#include <stdio.h>

bool
drive_differ(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(drive_difference, sizeof drive_difference, format, args);
	va_end(args);
	return false;
}

static int
number_of(const struct thread *t)
{
	return t == NULL || t == &world.idle ? NOBODY : (int)(t - world.t);
}

#define SAME(what, who, want, have)                                                              \
	do {                                                                                     \
		const long long w = (long long)(want), h = (long long)(have);                    \
		if (w != h)                                                                      \
			return drive_differ("%s%d: %s is %lld in the kernel, %lld in the model", \
			    (who), number, (what), h, w);                                        \
	} while (0)

static bool
same_outcome(int number, const struct model_thread *want, const struct thread *have)
{
	const struct outcome *o = &want->outcome;
	const uint64_t *x = have->regs.x;

	if (!o->known ||
	    (want->state != THREAD_READY && want->state != THREAD_RUNNING &&
		want->state != THREAD_STOPPED))
		return true;
	SAME("the status", "t", o->status, x[0]);
	if (o->has_origin) {
		SAME("the badge", "t", o->badge, x[1]);
		SAME("the token", "t", o->token, x[2]);
	}
	if (o->has_bits)
		SAME("the bits", "t", o->bits, x[12]);
	if (!o->has_message)
		return true;
	SAME("the label", "t", o->message.label, x[11]);
	if (o->message.fault) {
		SAME("the fault's kind", "t", FAULT_UNDEFINED, x[3 + FAULT_WORD_KIND]);
		SAME("the fault's address", "t", o->message.word, x[3 + FAULT_WORD_ADDRESS]);
	} else if (!has_words(have, o->message.word)) {
		return drive_differ("t%d: words of another message", number);
	}
	return true;
}

static bool
same_budget(int number)
{
	const struct sporadic_budget *want = &drive.model.thread[number].sporadic;
	const struct sporadic *have = world.t[number].sporadic;

	SAME("what is left of the budget", "t", want->left, have->left_ns);
	SAME("what was used of it", "t", want->used, have->used_ns);
	SAME("being at low priority", "t", want->at_low, have->at_low);
	SAME("being charged", "t", want->charged, have->charged_ns != TIME_NEVER);
	SAME("the replenishments", "t", want->pending, have->count);
	for (int n = 0; n < want->pending; n++) {
		SAME("a replenishment's time", "t", want->replenishment[n].at,
		    have->pending[n].at_ns);
		SAME("its amount", "t", want->replenishment[n].amount, have->pending[n].ns);
	}
	return true;
}

static bool
same_thread(int number)
{
	const struct model_thread *want = &drive.model.thread[number];
	const struct thread *have = &world.t[number];

	if (!want->exists) {
		if (have->space != NULL && thread_state(have) != THREAD_DYING)
			return drive_differ("t%d: lives in the kernel", number);
		return true;
	}
	SAME("the state", "t", want->state, thread_state(have));
	SAME("the effective priority", "t", want->effective, thread_priority(have));
	SAME("the real priority", "t", want->real, thread_real_priority(have));
	SAME("the limit", "t", want->limit, thread_limit(have));
	SAME("the policy", "t", want->policy, have->policy);
	SAME("being stopped", "t", want->stopped, (have->sched & SCHED_STOP_CALL) != 0);
	SAME("whom it serves", "t", want->serving, number_of(have->serving));
	SAME("its deadline", "t", want->deadline,
	    (have->sched & SCHED_TIMED) != 0 ? have->timer.key : TIME_NEVER);
	if (want->waits_at != NOBODY)
		SAME("what it waits at", "t", want->waits_at, have->blocked_on - world.ep);
	if (want->state == THREAD_REPLY) {
		SAME("who serves it", "t", want->served_by, number_of(have->served_by));
		SAME("the token", "t", want->token, have->token);
	}
	if (want->state == THREAD_READY && model_is_sliced(want))
		SAME("the rest of its slice", "t", want->slice_left, have->slice_left_ns);
	if (want->policy == POLICY_SPORADIC && !same_budget(number))
		return false;
	return same_outcome(number, want, have);
}

static bool
same_endpoint(int number)
{
	const struct model_endpoint *want = &drive.model.endpoint[number];
	const struct endpoint *have = &world.ep[number];
	int order[MODEL_THREADS], count, n = 0;

	SAME("being there", "ep", want->exists, (have->object.flags & OBJECT_DYING) == 0);
	if (!want->exists)
		return true;
	SAME("a fixed priority", "ep", want->fixed, (have->object.flags & ENDPOINT_FIXED) != 0);
	SAME("the receiver", "ep", want->first_receiver, number_of(have->receiver));
	SAME("the bits", "ep", want->bits, have->pending);
	SAME("the donee", "ep", want->donee, number_of(have->donee));
	SAME("the last token", "ep", want->last_token, have->last_token);
	count = model_queue_order(&drive.model, number, order);
	for (const struct thread *t = have->head; t != NULL; t = t->next, n++)
		if (n >= count || order[n] != number_of(t))
			return drive_differ(
			    "ep%d: place %d of the queue is t%d's in the kernel, not in "
			    "the model",
			    number, n, number_of(t));
	SAME("the length of the queue", "ep", count, n);
	return true;
}

/* S6: each level's threads in the order of the model's one line, and nobody else. */
static bool
same_ready(void)
{
	const struct model *m = &drive.model;
	const struct ready_queue *q = &fake_cpu.ready;
	int total = 0;

	for (int n = 0; n < m->ready.count; n++) {
		const uint32_t level = m->thread[m->ready.at[n]].effective;
		const struct thread *t = q->head[level];
		int place = 0;
		for (int k = 0; k < n; k++)
			place += m->thread[m->ready.at[k]].effective == level;
		for (int k = 0; k < place && t != NULL; k++)
			t = t->next;
		if (number_of(t) != m->ready.at[n])
			return drive_differ(
			    "level %u: place %d is t%d's in the kernel, t%d's in the "
			    "model",
			    level, place, number_of(t), m->ready.at[n]);
	}
	for (int w = 0; w < 4; w++)
		for (uint64_t word = q->words[w]; word != 0; word &= word - 1) {
			const struct thread *head = q->head[w * 64 + __builtin_ctzll(word)];
			const struct thread *t = head;
			do
				total++;
			while ((t = t->next) != head);
		}
	if (total != m->ready.count)
		return drive_differ(
		    "%d threads are ready in the kernel, %d in the model", total, m->ready.count);
	return true;
}

/* S12, S14, C10: slices end when they should, and the timer comes in time. */
static bool
same_times(void)
{
	const struct model *m = &drive.model;
	const uint64_t next = model_next_moment(m);

	if (fake.now_ns != m->now)
		return drive_differ("it is %llu ns in the kernel, %llu in the model",
		    (unsigned long long)fake.now_ns, (unsigned long long)m->now);
	if (next != TIME_NEVER && fake.timer_ns - 1 > next - 1)
		return drive_differ("the timer is set %lld ns too late",
		    (long long)(fake.timer_ns == TIME_NEVER ? 0 : fake.timer_ns - next));
	if (model_is_sliced(&m->thread[m->current]) &&
	    (m->slice_end - fake_cpu.slice_end_ns) % TIMESLICE_NS != 0)
		return drive_differ("the slice ends at %llu in the kernel, %llu in the model",
		    (unsigned long long)fake_cpu.slice_end_ns, (unsigned long long)m->slice_end);
	return true;
}

/* T6: what the formula alone says, wherever it says one thing. */
static bool
same_as_formula(void)
{
	uint32_t least[MODEL_THREADS], greatest[MODEL_THREADS];

	model_solutions(&drive.model, least, greatest);
	for (int t = 0; t < MODEL_THREADS; t++) {
		if (!drive.model.thread[t].exists)
			continue;
		const uint32_t have = thread_priority(&world.t[t]);
		if (have < least[t] || have > greatest[t])
			return drive_differ("t%d: effective priority %u, by the formula %u to %u",
			    t, have, least[t], greatest[t]);
	}
	if (priority_chains_cut != 0)
		return drive_differ("a chain of %d threads was cut", MODEL_THREADS);
	return true;
}

bool
drive_all_same(void)
{
	const int runs = number_of(running());

	if (runs != drive.model.current)
		return drive_differ(
		    "t%d runs in the kernel, t%d in the model", runs, drive.model.current);
	if (fake.ttbr0 != running()->ttbr0)
		return drive_differ("t%d runs in another's address space", runs);
	for (int t = 0; t < MODEL_THREADS; t++)
		if (!same_thread(t))
			return false;
	for (int ep = 0; ep < MODEL_ENDPOINTS; ep++)
		if (!same_endpoint(ep))
			return false;
	return same_ready() && same_times() && same_as_formula();
}
