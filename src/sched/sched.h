/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs next: ready queues, hand-over, slices, deadlines. Statement numbers
 * (S1 ... S28, C13) are those of docs/semantics.
 *
 * Everything here requires the kernel lock; everything is constant time but
 * for the timer tree (logarithmic) and thread_reprioritise (at most 32 links).
 */
#ifndef INSULA_SCHED_SCHED_H
#define INSULA_SCHED_SCHED_H

#include "core/cpu.h"
#include "sched/sporadic.h"
#include "sched/thread.h"

static inline struct cpu *
thread_cpu(const struct thread *t)
{
	return cpu_table[(t->sched & SCHED_CORE_MASK) >> SCHED_CORE_SHIFT];
}

/* Ready queues (ready.h). Pushing sets neither state nor slice. */
void ready_push_tail(struct cpu *cpu, struct thread *t);
void ready_push_head(struct cpu *cpu, struct thread *t);
void ready_remove(struct cpu *cpu, struct thread *t);
/* Every level, bit and link agree (P2, T1); panics if not. */
void ready_check(const struct cpu *cpu);

/*
 * A thread that was blocked, new or stopped becomes ready: at the tail of its
 * level, with a new slice (S7); STOPPED instead while something holds it.
 */
void sched_wake(struct thread *t);

/* S9: the running thread goes to the tail of its own level, if it has peers there. */
void sched_rotate(struct cpu *cpu);

/* A thread that is ready or running goes to the tail of its level, with a new slice. */
void sched_to_tail(struct thread *t);

/*
 * The fast path's switch from one thread to another, when one of them is
 * sliced; sched_keep_slice comes first if `from` is preempted (S14).
 */
void sched_change_slice(struct cpu *cpu, struct thread *to);
void sched_keep_slice(const struct cpu *cpu, struct thread *t);
/* The same of an interrupt's, which preempts: `to` gets a new slice (S7), and the timer may fire early. */
void sched_preempt_slice(struct cpu *cpu, struct thread *to);

/* When the slice ends that runs now, if slices follow one another since one that ended at end_ns. */
uint64_t sched_slice_end(uint64_t end_ns, uint64_t now_ns);

/* The running thread's slice begins anew, or its budget counts. */
void sched_restart_slice(struct cpu *cpu);

/*
 * `from`, the core's current thread, has just blocked, and what it did makes
 * `to` runnable. `to` runs next in its place if C13 allows it, else it wakes.
 */
void sched_hand_over(struct cpu *cpu, struct thread *from, struct thread *to);

/* The last thing before an exit: current is what must run now (S5, S10), the timer is armed. */
void sched_decide(struct cpu *cpu);

/* Make `to`, whose state is RUNNING, the thread whose address space and time it is. */
void sched_switch(struct cpu *cpu, struct thread *to);

/* Deadlines (timer.c): of a thread that is about to block, or that no longer is. */
void timer_start(struct thread *t, uint64_t deadline_ns);
void timer_remove(struct thread *t);
static inline void
timer_stop(struct thread *t)
{
	if ((t->sched & SCHED_TIMED) != 0)
		timer_remove(t);
}
/* Arm the core's timer if something needs it earlier than it is set for. */
void timer_update(struct cpu *cpu);
/* The core's timer has fired: end one expired wait, and a slice that is over. */
void timer_interrupt(struct cpu *cpu);

/*
 * Priorities (priority.c). T6 is computed anew for t, and then for whoever
 * inherits from it in turn, until a value does not change or 32 links are done.
 */
void thread_recompute(struct thread *t);
void
thread_reprioritise(struct thread *t); /* the same, if its base or who it inherits from differs */
/* The priority it has if it inherits nothing and has no limit: T6. */
uint32_t thread_base(const struct thread *t);
extern uint64_t priority_chains_cut; /* walks that were ended by the limit of links */

#endif
