/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Budgets of sporadic threads, by POSIX's rules: see sporadic.h.
 */
#include "core/platform.h"
#include "sched/sched.h"

uint32_t
sporadic_priority(const struct thread *t)
{
	const uint32_t real = thread_real_priority(t), low = t->sporadic->set.low;

	return t->sporadic->at_low && low < real ? low : real;
}

void
sporadic_begin(struct thread *t)
{
	struct sporadic *s = t->sporadic;

	t->sched |= SCHED_SPORADIC;
	s->thread = t;
	s->timer.kind = TIMER_REPLENISHMENT;
	s->left_ns = s->set.budget_ns;
	s->used_ns = 0;
	s->at_low = false;
	s->activation_ns = clock_now_ns();
	s->charged_ns = TIME_NEVER;
}

void
sporadic_end(struct thread *t)
{
	if ((t->sched & SCHED_SPORADIC) == 0)
		return;
	t->sched &= ~SCHED_SPORADIC;
	if (t->sporadic->count != 0)
		tree_remove(&thread_cpu(t)->timers, &t->sporadic->timer);
	t->sporadic->count = 0;
}

/* What it has run for, at most what was left. */
static void
charge(struct sporadic *s, uint64_t now)
{
	uint64_t ns = now - s->charged_ns;

	if (s->charged_ns == TIME_NEVER)
		return;
	if (ns > s->left_ns)
		ns = s->left_ns;
	s->left_ns -= ns;
	s->used_ns += ns;
	s->charged_ns = TIME_NEVER;
}

/* S19, S20: what is due comes back, S22: but no more than the budget. */
static void
replenish(struct sporadic *s, uint64_t now)
{
	while (s->count != 0 && s->pending[0].at_ns <= now) {
		s->left_ns += s->pending[0].ns;
		if (s->left_ns > s->set.budget_ns)
			s->left_ns = s->set.budget_ns;
		s->count--;
		for (unsigned i = 0; i < s->count; i++)
			s->pending[i] = s->pending[i + 1];
	}
}

void
sporadic_settle(struct thread *t)
{
	struct sporadic *s = t->sporadic;
	struct tree *timers = &thread_cpu(t)->timers;
	const uint64_t now = clock_now_ns();
	const bool was_low = s->at_low;

	charge(s, now);
	if (s->count != 0)
		tree_remove(timers, &s->timer);
	const bool used_up = !was_low && s->left_ns == 0;
	const bool blocked = thread_state(t) != THREAD_READY && thread_state(t) != THREAD_RUNNING;
	if (s->used_ns != 0 && (used_up || blocked)) {
		s->pending[s->count].at_ns = s->activation_ns + s->set.period_ns;
		s->pending[s->count++].ns = s->used_ns;
		s->used_ns = 0;
	}
	replenish(s, now);
	if (s->count != 0)
		tree_insert(timers, &s->timer, s->pending[0].at_ns);
	s->at_low = s->left_ns == 0 || s->count == s->set.repl_max;
	if (used_up || blocked || s->at_low != was_low) {
		s->activation_ns = now; /* of a blocked one, until it wakes */
		thread_reprioritise(t);
		/* Unless it runs at another level because of somebody else. */
		if (thread_priority(t) == sporadic_priority(t))
			sched_to_tail(t);
	}
}

uint64_t
sporadic_enter(struct thread *t)
{
	struct sporadic *s = t->sporadic;

	if (s->at_low)
		return TIME_NEVER;
	if (s->charged_ns == TIME_NEVER)
		s->charged_ns = clock_now_ns();
	return s->charged_ns + s->left_ns;
}

void
sporadic_timer(struct thread *t)
{
	sporadic_settle(t);
	if (thread_state(t) == THREAD_RUNNING)
		sched_restart_slice(thread_cpu(t));
}

#ifdef INSULA_DEBUG
#include "core/panic.h"

void
sporadic_check(const struct thread *t)
{
	const struct sporadic *s = t->sporadic;

	if ((t->sched & SCHED_SPORADIC) == 0)
		return;
	if (s->left_ns > s->set.budget_ns || s->count > s->set.repl_max)
		PANIC("B1: more is left, or pending, than there can be");
	if (s->count != 0 && s->timer.key != s->pending[0].at_ns)
		PANIC("B2: the timer is not set for the first replenishment");
	for (unsigned i = 1; i < s->count; i++)
		if (s->pending[i - 1].at_ns > s->pending[i].at_ns)
			PANIC("B3: replenishments are not in order");
	if (s->at_low != (s->left_ns == 0 || s->count == s->set.repl_max))
		PANIC("B4: a thread is at a level that it has not earned");
	if (s->at_low && (s->used_ns != 0 || s->charged_ns != TIME_NEVER))
		PANIC("B4: a thread at low priority is charged");
	if (s->charged_ns != TIME_NEVER && thread_cpu(t)->current != t)
		PANIC("B5: a thread that does not run is charged");
}
#endif
