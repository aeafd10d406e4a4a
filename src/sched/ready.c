/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ready queues: 256 first-in first-out levels, a bit for each that is not
 * empty, and the highest such level cached in the core (P2). Owns the links
 * `next` and `prev` of READY threads.
 */
#include "core/panic.h"
#include "sched/sched.h"

static void
ready_link(struct cpu *cpu, struct thread *t, bool at_head)
{
	struct ready_queue *q = &cpu->ready;
	const uint32_t level = thread_priority(t);
	struct thread *head = q->head[level];

	if (head != NULL) {
		t->next = head;
		t->prev = head->prev;
		head->prev->next = t;
		head->prev = t;
		if (at_head)
			q->head[level] = t;
		return;
	}
	t->next = t->prev = t;
	q->head[level] = t;
	q->words[level / 64] |= 1ull << (level % 64);
	q->summary |= 1ull << (level / 64);
	if (level > cpu->highest_ready)
		cpu->highest_ready = level;
}

void
ready_push_tail(struct cpu *cpu, struct thread *t)
{
	ready_link(cpu, t, false);
}

void
ready_push_head(struct cpu *cpu, struct thread *t)
{
	ready_link(cpu, t, true);
}

static uint32_t
top_bit(uint64_t word)
{
	return 63u - (uint32_t)__builtin_clzll(word);
}

void
ready_remove(struct cpu *cpu, struct thread *t)
{
	struct ready_queue *q = &cpu->ready;
	const uint32_t level = thread_priority(t);
	struct thread *next = t->next;

	if (next != t) {
		next->prev = t->prev;
		t->prev->next = next;
		if (q->head[level] == t)
			q->head[level] = next;
		return;
	}
	q->head[level] = NULL;
	q->words[level / 64] &= ~(1ull << (level % 64));
	if (q->words[level / 64] == 0)
		q->summary &= ~(1ull << (level / 64));
	if (level != cpu->highest_ready)
		return;
	cpu->highest_ready = 0;
	if (q->summary != 0) {
		const uint32_t word = top_bit(q->summary);
		cpu->highest_ready = word * 64 + top_bit(q->words[word]);
	}
}

struct thread *
ready_first(const struct cpu *cpu)
{
	return cpu->ready.head[cpu->highest_ready];
}

#ifdef INSULA_DEBUG
void
ready_check(const struct cpu *cpu)
{
	const struct ready_queue *q = &cpu->ready;
	uint32_t highest = 0;

	for (uint32_t level = 0; level < READY_LEVELS; level++) {
		const struct thread *head = q->head[level];
		const bool bit = (q->words[level / 64] >> (level % 64)) & 1;
		if (bit != (head != NULL))
			PANIC("P2: a level and its bit disagree");
		if (head == NULL)
			continue;
		highest = level;
		const struct thread *t = head;
		do {
			if (thread_state(t) != THREAD_READY || thread_priority(t) != level)
				PANIC("T1: a thread on a ready queue that is not its own");
			if (t->next->prev != t)
				PANIC("T1: a ready queue is torn");
			t = t->next;
		} while (t != head);
	}
	for (uint32_t word = 0; word < READY_LEVELS / 64; word++)
		if (((q->summary >> word) & 1) != (q->words[word] != 0))
			PANIC("P2: the summary disagrees with its words");
	if (cpu->highest_ready != highest)
		PANIC("P2: highest_ready is not the highest level");
}
#endif
