/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ready queues: 256 first-in first-out levels, a bit for each that is not
 * empty, and the highest such level cached in the core (P2). Owns the links
 * `next` and `prev` of READY threads; sets neither state nor slice. All of it
 * is constant time (S28). Inline for the fast path; ready.c has the functions.
 */
#ifndef INSULA_SCHED_READY_H
#define INSULA_SCHED_READY_H

#include "core/cpu.h"
#include "sched/sched.h"

/* The thread is alone on its level, which was empty. */
static inline void
ready_link_alone(struct cpu *cpu, struct thread *t, uint32_t level)
{
	struct ready_queue *q = &cpu->ready;

	t->next = t->prev = t;
	q->head[level] = t;
	q->words[level / 64] |= 1ull << (level % 64);
	q->summary |= 1ull << (level / 64);
	if (level > cpu->highest_ready)
		cpu->highest_ready = level;
}

/* At the tail of its level; returns the level's head. */
static inline struct thread *
ready_link_tail(struct cpu *cpu, struct thread *t)
{
	const uint32_t level = thread_priority(t);
	struct thread *head = cpu->ready.head[level];

	if (head == NULL) {
		ready_link_alone(cpu, t, level);
		return t;
	}
	t->next = head;
	t->prev = head->prev;
	head->prev->next = t;
	head->prev = t;
	return head;
}

static inline void
ready_link_head(struct cpu *cpu, struct thread *t)
{
	(void)ready_link_tail(cpu, t);
	cpu->ready.head[thread_priority(t)] = t;
}

static inline uint32_t
ready_top_bit(uint64_t word)
{
	return 63u - (uint32_t)__builtin_clzll(word);
}

static inline void
ready_unlink(struct cpu *cpu, struct thread *t)
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
		const uint32_t word = ready_top_bit(q->summary);
		cpu->highest_ready = word * 64 + ready_top_bit(q->words[word]);
	}
}

/* The first of the highest level; highest_ready must not be 0. */
static inline struct thread *
ready_first(const struct cpu *cpu)
{
	return cpu->ready.head[cpu->highest_ready];
}

/* t takes the place of the first of its level, which is not empty, as its tail; returns that one. */
static inline struct thread *
ready_rotate(struct cpu *cpu, struct thread *t)
{
	struct thread **head = &cpu->ready.head[thread_priority(t)];
	struct thread *first = *head, *second = first->next;

	if (second == first) {
		t->next = t->prev = *head = t;
		return first;
	}
	t->next = second;
	t->prev = first->prev;
	first->prev->next = t;
	second->prev = t;
	*head = second;
	return first;
}

#endif
