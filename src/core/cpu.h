/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that belongs to one core. There is no global "current": code gets
 * its `struct cpu` from the entry path (it sits at the top of the core's
 * kernel stack, where SP_EL1 points between entries) and hands it down, or
 * finds it by the number of the core that a thread is on.
 *
 * Locks: [k] the kernel lock, [o] only the core itself.
 *
 * Invariants
 *  P1: current is RUNNING (or the idle thread), and on no queue.
 *  P2: highest_ready is the highest non-empty level of `ready`, 0 if all are
 *      empty; between entries it is at most current's effective priority.
 *  P3: fp_owner is NULL, or it is current and its SCHED_OWNS_FP is set.
 */
#ifndef INSULA_CORE_CPU_H
#define INSULA_CORE_CPU_H

#include <stdint.h>
#include "core/lock.h"
#include "sched/tree.h"

struct thread;
struct trace_header;

#define CPU_MAX 1u
#define READY_LEVELS 256u

struct ready_queue {
	uint64_t summary;                  /* bit w: words[w] is not 0 */
	uint64_t words[READY_LEVELS / 64]; /* one bit a level */
	struct thread *head[READY_LEVELS]; /* circular, doubly linked by thread.next/prev */
};

struct cpu {
	struct thread *current;     /* [k] P1; offsets up to here and 24 are known to vectors.S */
	struct kernel_lock *lock;   /* constant */
	struct trace_header *trace; /* [k] the ring while the trace is on, else NULL */
	struct thread *fp_owner;    /* [o] P3 */
	struct thread *idle;        /* constant */
	uint64_t slice_end_ns;      /* [o] of current, TIME_NEVER if it is not sliced */
	uint64_t timer_armed_ns;    /* [o] what the core's timer is set for, TIME_NEVER if off */
	uint32_t number;            /* constant */
	uint32_t highest_ready;     /* [k] P2 */
	uint32_t calls;             /* [o] kernel calls so far; debug builds sweep every 256 */
	struct tree timers;         /* [k] deadlines of blocked threads */
	struct ready_queue ready;   /* [k] */
} __attribute__((aligned(16)));

/* The core that a number names; the boot core is 0. */
extern struct cpu *cpu_table[CPU_MAX];

#endif
