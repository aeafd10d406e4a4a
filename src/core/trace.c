/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing of trace records. Owns the ring's pages, which user level maps
 * read-only; reads nothing back from them but its own count and mask.
 */
#include "core/trace.h"
#include "core/context.h"
#include "sched/sched.h"

/* NOLINTNEXTLINE(misc-redundant-expression): equal is what is asserted */
_Static_assert(
    SCHED_FLAGS_END <= TRACE_EVENT_SHIFT, "the scheduling word leaves room for the event");

struct trace_header *trace_ring;

void
trace_turn(bool on)
{
	for (uint32_t i = 0; i < CPU_MAX; i++)
		cpu_table[i]->trace = on ? trace_ring : NULL;
}

static void
write(struct trace_header *ring, uint64_t word, const struct thread *t, const struct thread *other,
    uint64_t value)
{
	char *records = (char *)ring + TRACE_HEADER_BYTES;
	struct trace_record *r =
	    (void *)(records + (ring->count++ & ring->mask) * TRACE_RECORD_BYTES);

	r->ticks = context_ticks();
	r->thread = (uint32_t)t->object.identity;
	r->other = (uint32_t)other->object.identity;
	r->word = t->sched | word;
	r->value = value;
}

void
trace_event(enum trace_event event, const struct thread *t, uint64_t value)
{
	const struct cpu *cpu = thread_cpu(t);

	if (cpu->trace != NULL)
		write(cpu->trace, (uint64_t)event << TRACE_EVENT_SHIFT, t, cpu->current, value);
}

void
trace_write_switch(const struct thread *from, const struct thread *to)
{
	write(trace_ring, 0, from, to, to->sched);
}
