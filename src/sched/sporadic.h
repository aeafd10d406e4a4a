/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sporadic threads (S17 to S24): they run at their normal priority, the real
 * one, while something of their budget is left, and at their low one
 * otherwise; what was used comes back a period after it began to be used.
 *
 * The record is an object in the fund of the thread's space, made when a
 * thread first gets parameters, and dies with the thread. Nothing names it but
 * the thread. What it decides is the thread's own priority, which T6 begins
 * with; inheritance and limit are as for any thread.
 *
 * Everything here requires the kernel lock, and is constant time but for the
 * core's timer tree (logarithmic) and thread_reprioritise.
 *
 * Invariants
 *  B1: left_ns <= budget_ns; count <= repl_max.
 *  B2: timer is in the core's tree iff count != 0; its key is the first pending time.
 *  B3: pending times do not descend.
 *  B4: at_low iff nothing is left, or count == repl_max; then nothing is charged,
 *      and used_ns is 0. Of a thread that is charged, left_ns is as of charged_ns.
 *  B5: only the core's current thread is charged.
 */
#ifndef INSULA_SCHED_SPORADIC_H
#define INSULA_SCHED_SPORADIC_H

#include "sched/thread.h"

struct sporadic_parameters {
	uint64_t budget_ns, period_ns;
	uint8_t repl_max;
	uint8_t low; /* priority */
};

struct sporadic {
	struct object object;
	struct thread *thread;          /* constant */
	struct sporadic_parameters set; /* [k] */
	uint64_t left_ns;               /* [k] of the budget */
	uint64_t used_ns;               /* [k] since the activation */
	uint64_t activation_ns;         /* [k] when it last began at normal priority */
	uint64_t charged_ns; /* [k] until when it has paid for running; TIME_NEVER: it need not */
	struct tree_node timer; /* [k] B2 */
	struct {
		uint64_t at_ns, ns;
	} pending[SPORADIC_REPL_MAX]; /* [k] replenishments */
	uint8_t count;                /* [k] of them */
	uint8_t at_low;               /* [k] B4 */
};

static inline struct sporadic *
sporadic_of_timer(struct tree_node *node)
{
	return (void *)((char *)node - offsetof(struct sporadic, timer));
}

/* What the thread runs at if nobody lends it anything. */
uint32_t sporadic_priority(const struct thread *t);

/* The policy begins, with a full budget, and ends. The thread has a record. */
void sporadic_begin(struct thread *t);
void sporadic_end(struct thread *t);

/* It runs from now on; returns when its budget is used up, TIME_NEVER if that does not matter. */
uint64_t sporadic_enter(struct thread *t);
/*
 * What it ran for is charged (S18), what is due comes back (S19, S20), its
 * level is what it has earned (S17, S21, S22): when it has stopped running;
 * when it is about to become ready, in hand, which is a new activation; and
 * when its budget is used up or a replenishment is due.
 */
void sporadic_settle(struct thread *t);
/* One of the latter two: its timer, or the end of its slice. */
void sporadic_timer(struct thread *t);

/* B1 to B5; panics with the number broken. */
void sporadic_check(const struct thread *t);

#endif
