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
 *  T2: a SEND- or MUTEX-blocked thread is in its endpoint's queue; a RECEIVE-blocked one
 *      is its endpoint's `receiver` or in its queue; a REPLY-blocked one is its
 *      endpoint's `served` or in its tree of unanswered callers.
 *  T3: a thread is in its core's timer tree iff SCHED_TIMED, and only while blocked.
 *  T4: token is never repeated at one endpoint, and means something only while
 *      the thread is REPLY-blocked.
 *  T5: serving names a caller that is REPLY-blocked and whose served_by names
 *      this thread, or is NULL; whoever unblocks a caller clears both.
 *  T6: effective == min(limit, max(base, inherited)), 1..255 (0: idle only);
 *      base is that of the caller it serves, else its own: the real one, or a
 *      sporadic thread's low one.
 *  T7: blocked_on is meaningful only in the states SEND, REPLY, RECEIVE and MUTEX.
 */
#ifndef INSULA_SCHED_THREAD_H
#define INSULA_SCHED_THREAD_H

#include "core/cap.h"
#include "core/object.h"
#include "sched/tree.h"

struct cpu;
struct endpoint;
struct sporadic;

/* The kinds of nodes in a core's timer tree. */
enum timer_kind { TIMER_DEADLINE, TIMER_REPLENISHMENT };

/* The registers as vectors.S saves them; offsets are checked there. */
struct registers {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t pstate;
	uint64_t tpidr;
	uint64_t cpu_ticks; /* processor time used; while it runs, minus the counter at switch-in */
};

struct fp_state {
	unsigned __int128 v[32];
	uint64_t fpsr, fpcr;
};

/* What svc #0 swaps with the thread's own registers. */
struct upcall_bank {
	uint64_t pc, sp, pstate, tpidr, x16, x17;
};

/*
 * The scheduling word: one load and one OR of two threads tell whether
 * anything rare is the matter, one subtraction of the low halves compares
 * core, slicing and priority together (bits 8-15 are 0: they catch the borrow).
 */
#define SCHED_PRIORITY_MASK 0xffull /* effective priority */
#define SCHED_CORE_SHIFT 16
#define SCHED_CORE_MASK (0xffull << SCHED_CORE_SHIFT)
#define SCHED_SLICED (1ull << 24)
#define SCHED_STATE_SHIFT 32 /* enum thread_state */
#define SCHED_STATE_MASK (0xffull << SCHED_STATE_SHIFT)
/* Every flag from here on keeps the thread off the fast path. */
#define SCHED_OWNS_FP (1ull << 40)    /* its FP state is in the registers */
#define SCHED_TIMED (1ull << 41)      /* T3 */
#define SCHED_DONEE (1ull << 42)      /* somebody queues at an endpoint whose donee it is */
#define SCHED_STOP_CALL (1ull << 43)  /* stopped by thread_stop or a fault */
#define SCHED_STOP_SPACE (1ull << 44) /* stopped with its space */
#define SCHED_FAULT (1ull << 45)      /* its message is a fault */
#define SCHED_CAP_ACCEPT (1ull << 46) /* receives with MSG_CAP_ACCEPT */
#define SCHED_DYING (1ull << 47)
#define SCHED_NARROW (1ull << 48)   /* constant; it runs in AArch32: PSTATE is never 0 */
#define SCHED_SPORADIC (1ull << 49) /* its policy; SCHED_SLICED is set too: switches look */
#define SCHED_FLAGS_END 56          /* the trace keeps its events above (insula/abi/trace.h) */
#define SCHED_RARE (~0ull << 40)
#define SCHED_STOPS (SCHED_STOP_CALL | SCHED_STOP_SPACE | SCHED_DYING)
#define SCHED_STATE(state) ((uint64_t)(state) << SCHED_STATE_SHIFT)

enum thread_kind { THREAD_KIND_USER, THREAD_KIND_INTERRUPT, THREAD_KIND_IDLE };

struct thread {
	struct object object;
	struct space *space;           /* constant; NULL for the idle thread */
	const struct cap_tables *caps; /* constant; the space's */
	uint64_t ttbr0;                /* constant; what TTBR0 holds while it runs */
	struct thread *serving;        /* [k] T5: the caller whose priority is this thread's base */
	uint64_t sched;                /* [k] the scheduling word; pairs with both neighbours */
	struct endpoint *blocked_on;   /* [k] T7 */
	struct thread *served_by;      /* [k] T5; means something only while REPLY-blocked */
	uint64_t token;                /* [k] T4 */
	uint64_t sched_receive;        /* [k] the word it blocks with in recv: real priority */
	uint64_t sched_limit;       /* [k] low half of the word at its highest allowed priority */
	struct thread *next, *prev; /* [k] ready queue, or an endpoint's queue */

	struct registers regs; /* [k] while it does not run */

	struct thread *group;        /* [k] endpoint queue: see endpoint.h, E5 */
	struct tree_node timer;      /* [k] key: deadline, ns */
	struct tree_node unanswered; /* [k] key: token */
	struct endpoint *donations;  /* [k] endpoints whose donee it is, chained by donee_next */
	uint64_t slice_left_ns;      /* [k] of a sliced thread that does not run */
	struct thread *space_next, *space_prev; /* [k] the space's list of threads: mm's */
	struct cap_slot fault_endpoint __attribute__((aligned(32)));
	uint64_t badge; /* [k] of the capability by which it sends */
	uint64_t fault_address;
	uint64_t fault_esr;
	struct upcall_bank upcall; /* handler's registers, or the interrupted ones */
	uint8_t kind;              /* constant; enum thread_kind */
	uint8_t policy;            /* [k] enum policy */
	uint8_t fault_kind;        /* [k] enum fault_kind */
	uint8_t fault_access;      /* [k] ACCESS_* */
	uint8_t in_upcall;         /* [k] the upcall bank holds the interrupted registers */
	uint32_t queue_priority;   /* [k] effective priority with which it entered a queue */
	/* Interrupt threads. */
	uint32_t irq_line;
	struct thread *irq_next;   /* [k] bucket of the table of lines */
	struct sporadic *sporadic; /* [k] parameters and budget; NULL if it never had any */

	struct fp_state fp __attribute__((aligned(16))); /* last: interrupt threads lack it */
};

/* The thread that an object, or one of its two nodes, is part of. */
static inline struct thread *
thread_of(struct object *object)
{
	return (void *)object;
}

static inline struct thread *
thread_of_timer(struct tree_node *node)
{
	return (void *)((char *)node - offsetof(struct thread, timer));
}

static inline struct thread *
thread_of_unanswered(struct tree_node *node)
{
	return (void *)((char *)node - offsetof(struct thread, unanswered));
}

static inline enum thread_state
thread_state(const struct thread *t)
{
	return (enum thread_state)((t->sched & SCHED_STATE_MASK) >> SCHED_STATE_SHIFT);
}

static inline void
thread_set_state(struct thread *t, enum thread_state state)
{
	t->sched = (t->sched & ~SCHED_STATE_MASK) | SCHED_STATE(state);
}

static inline bool
thread_is_narrow(const struct thread *t)
{
	return (t->sched & SCHED_NARROW) != 0;
}

static inline uint32_t
thread_priority(const struct thread *t)
{
	return (uint32_t)(t->sched & SCHED_PRIORITY_MASK);
}

static inline uint32_t
thread_real_priority(const struct thread *t)
{
	return (uint32_t)(t->sched_receive & SCHED_PRIORITY_MASK);
}

static inline uint32_t
thread_limit(const struct thread *t)
{
	return (uint32_t)(t->sched_limit & SCHED_PRIORITY_MASK);
}

/*
 * Make zeroed memory (object head filled by fund_alloc) a thread of `space`,
 * state INACTIVE. The caller puts it on the space's list (mm's space_add_thread).
 */
void thread_init(
    struct thread *t, struct space *space, uint32_t priority, enum policy policy, uint32_t limit);

/* Of the svc before its pc; PSTATE's bit 5 is AArch32's T, and else 0. */
static inline uint64_t
thread_svc_bytes(const struct thread *t)
{
	return 4 - (t->regs.pstate >> 4 & 2);
}

/* Back to the svc that it has just made, or is blocked in. */
void thread_rewind(struct thread *t);
/* If it is narrow: x11's label and flags as such a thread has them. */
void thread_narrow_label(struct thread *t);

/* Run a thread that is INACTIVE: registers are zero but for these. */
void thread_launch(struct thread *t, uint64_t pc, uint64_t sp, uint64_t x0, uint64_t tpidr);

/*
 * What a space's stop and death need; each is bounded, and done when it returns.
 *
 * thread_stop_now   no user instruction of it runs from here on. A blocked
 *                   thread is rewound to its svc, but a REPLY-blocked one
 *                   keeps the coming reply.
 * thread_unstop     undoes it; the thread is ready unless thread_stop holds it.
 */
void thread_stop_now(struct thread *t);
void thread_unstop(struct thread *t);
bool thread_is_stopped(const struct thread *t);
/* The same for the calls thread_stop and thread_resume, and for a fault. */
void thread_stop(struct thread *t);
void thread_resume(struct thread *t);

/*
 * One bounded step of a thread's death: marks it DYING at the first, unblocks
 * what depends on it, empties at most 16 slots; true when nothing names it any
 * more, and only its memory is left (take it off the space's list, then
 * fund_free). Refused by nobody: a thread may die in any state, also running.
 */
MUST_CHECK bool thread_destroy_step(struct thread *t);

/* A line of a thread's state for thread_query and space_query: x[0] to x[6], struct thread_info. */
void thread_describe(const struct thread *t, uint64_t *x);

/* T1 to T7 and B1 to B5, as far as they can be seen from the thread; panics with the number broken. */
void thread_check(const struct thread *t);

#endif
