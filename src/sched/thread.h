/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: saved registers, priorities, a policy and a state. An interrupt
 * line is a thread too, of kind THREAD_KIND_INTERRUPT, which never runs.
 *
 * Locks: [k] the kernel lock.
 *
 * Invariants
 *  T1: a READY thread is on exactly one ready queue, that of its effective
 *      priority; a thread in any other state is on none. The running thread is
 *      cpu->current, state RUNNING, and on none.
 *  T2: a SEND-blocked thread is on its endpoint's caller queue; a
 *      RECEIVE-blocked one is in its endpoint's receiver queue; a REPLY-blocked
 *      one on its endpoint's list of unanswered callers.
 *  T3: a thread with a deadline is in the timer tree, and only while blocked.
 *  T4: token is nonzero only while REPLY-blocked; it is never repeated.
 *  T5: serving/serving_token name a caller that is REPLY-blocked with exactly
 *      that token, or are NULL/0 ("whoever unblocks a caller clears the pair").
 *  T6: effective == min(limit, max(base, inherited)), 1..255 (0: idle only).
 */
#ifndef INSULA_SCHED_THREAD_H
#define INSULA_SCHED_THREAD_H

#include "core/cap.h"
#include "core/object.h"

struct endpoint;

/* The registers as vectors.S saves them; offsets are checked there. */
struct registers {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t pstate;
	uint64_t tpidr;
};

struct fp_state {
	unsigned __int128 v[32];
	uint32_t fpsr, fpcr;
};

struct upcall_bank {
	uint64_t pc, sp, pstate, tpidr, x16, x17;
};

/*
 * The scheduling word: one load and one OR of two threads tell whether
 * anything rare is the matter. Bits 0-7 effective priority, 8-15 core, 16-
 * flags, all of which mean "not on the fast path".
 */
#define SCHED_PRIORITY_MASK 0xffull
#define SCHED_CORE_SHIFT 8
#define SCHED_OWNS_FP (1ull << 16)
#define SCHED_TIMED (1ull << 17)     /* in the timer tree */
#define SCHED_SPORADIC (1ull << 18)
#define SCHED_TRACED (1ull << 19)
#define SCHED_STOP_PENDING (1ull << 20)
#define SCHED_SLICED (1ull << 21)    /* compared, not tested: hand-over needs both or neither */
#define SCHED_CAP_ACCEPT (1ull << 22) /* receives with MSG_CAP_ACCEPT */
#define SCHED_DONOR (1ull << 23)     /* takes part in inheritance: slow path recomputes */

struct timer_node {
	struct timer_node *left, *right, *parent;
	uint64_t deadline_ns;
	int8_t balance;
};

struct thread; /* fields in an order that pairs what the fast path loads together: see thread_fields */

#endif
