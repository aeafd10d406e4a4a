/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that belongs to one core. There is no global "current": code gets
 * its `struct cpu` from the entry path (it sits at the top of the core's
 * kernel stack, where SP_EL1 points between entries) and hands it down.
 */
#ifndef INSULA_CORE_CPU_H
#define INSULA_CORE_CPU_H

#include <stdint.h>

struct thread;
struct space;

struct cpu {
	struct thread *current;     /* running here; on no queue */
	uint64_t switched_at_ticks; /* counter when current was switched to */
	struct space *space;        /* whose TTBR0 is loaded */
	struct thread *fp_owner;    /* whose FP state is in the registers, or NULL */
	struct thread *idle;
	uint64_t timer_deadline_ns; /* what the core's timer is armed for, TIME_NEVER if off */
	uint64_t slice_end_ns;      /* of current, TIME_NEVER if it is not sliced */
	uint32_t number;
	uint32_t highest_ready;     /* highest non-empty ready queue, 0 if only idle */
	uint32_t resched;           /* a decision is due before the next exit */
	uint32_t calls;             /* since the last full sweep (debug) */
} __attribute__((aligned(16)));

#endif
