/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ready queues, once as functions; see ready.h.
 */
#include "core/panic.h"
#include "sched/ready.h"

void
ready_push_tail(struct cpu *cpu, struct thread *t)
{
	(void)ready_link_tail(cpu, t);
}

void
ready_push_head(struct cpu *cpu, struct thread *t)
{
	ready_link_head(cpu, t);
}

void
ready_remove(struct cpu *cpu, struct thread *t)
{
	ready_unlink(cpu, t);
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
