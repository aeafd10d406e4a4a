/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace's writer: the ring of insula/abi/trace.h, carved at boot. While it
 * is on, each core's `trace` points at it; off, that is NULL, and an event costs
 * a load and a branch. The fast path has its own writer (vectors.S) for the
 * one event that it makes, a switch.
 */
#ifndef INSULA_CORE_TRACE_H
#define INSULA_CORE_TRACE_H

#include "core/cpu.h"
#include "sched/thread.h"

#include <insula/abi/trace.h>
#include <stdbool.h>

/* Where the ring is; constant after boot. */
extern struct trace_header *trace_ring;

/* On or off, for all cores. Constant. */
void trace_turn(bool on);

/* An event of a thread: after it, so that the record has the new state. Constant. */
void trace_event(enum trace_event event, const struct thread *t, uint64_t value);

/* The same where `cpu` is at hand and every instruction counts. */
static inline void
trace_event_on(
    const struct cpu *cpu, enum trace_event event, const struct thread *t, uint64_t value)
{
	if (__builtin_expect(cpu->trace != NULL, 0))
		trace_event(event, t, value);
}

/* `to` runs in place of `from`. Constant. */
void trace_write_switch(const struct thread *from, const struct thread *to);
static inline void
trace_switch(const struct cpu *cpu, const struct thread *from, const struct thread *to)
{
	if (__builtin_expect(cpu->trace != NULL, 0))
		trace_write_switch(from, to);
}

#endif
