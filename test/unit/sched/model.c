/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference model: lines of threads, priorities, the beginning; see model.h.
 * Written from the statements, whose numbers stand at the lines that say the same.
 */
#include "model_parts.h"

#include <string.h>

/* --- lines of threads */

void
line_remove(struct line *line, int t)
{
	int kept = 0;

	for (int n = 0; n < line->count; n++)
		if (line->at[n] != t)
			line->at[kept++] = line->at[n];
	line->count = kept;
}

void
line_append(struct line *line, int t)
{
	line->at[line->count++] = t;
}

void
line_prepend(struct line *line, int t)
{
	memmove(&line->at[1], &line->at[0], (size_t)line->count * sizeof line->at[0]);
	line->at[0] = t;
	line->count++;
}

/* The highest priority, and within it who came first (S5, C1). */
int
model_best(const struct model *m, const struct line *line)
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
enum thread_state
model_queue_holds(const struct model *m, const struct model_endpoint *e)
{
	return e->queue.count == 0 ? THREAD_INACTIVE : m->thread[e->queue.at[0]].state;
}

/* S4, S17: what it has if it serves nobody and inherits nothing. */
uint32_t
model_own_priority(const struct model_thread *t)
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
	uint32_t p = thread->serving != NOBODY ? effective[thread->serving]
					       : model_own_priority(thread);

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
void
model_settle(struct model *m)
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
	model_make_thread(m, t, priority, policy, PRIORITY_MAX);
	model_end_with(&m->thread[t], 0);
	model_wake(m, t);
}

void
model_begin(struct model *m)
{
	model_finish(m);
}

int
model_queue_order(const struct model *m, int ep, int order[MODEL_THREADS])
{
	struct line rest = m->endpoint[ep].queue;
	int count = 0;

	while (rest.count > 0) {
		const int best = model_best(m, &rest);
		order[count++] = best;
		line_remove(&rest, best);
	}
	return count;
}
