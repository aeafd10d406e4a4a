/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery of interrupts. Owns the table of bound lines and the states of
 * interrupt threads; the controller itself is behind platform.h.
 *
 * Every interrupt is masked, ended, and becomes notification bits; that is one
 * contract for level and edge, and for every controller.
 */
#include "core/call_table.h"
#include "core/interrupt.h"
#include "core/platform.h"
#include "core/trace.h"
#include "ipc/ipc.h"
#include "sched/sched.h"

#define IRQ_BUCKETS 64u

struct object irq_object; /* static: kernel_main makes its head */

static struct thread *buckets[IRQ_BUCKETS];

/* The link that leads to the thread of a line, or the NULL link at the end. */
static struct thread **
find_line(uint32_t line)
{
	struct thread **link = &buckets[line % IRQ_BUCKETS];

	while (*link != NULL && (*link)->irq_line != line)
		link = &(*link)->irq_next;
	return link;
}

bool
interrupt_take(struct cpu *cpu)
{
	const uint32_t line = irq_claim();

	if (line == IRQ_NONE)
		return false;
	trace_event_on(cpu, TRACE_INTERRUPT, cpu->current, line);
	if (line == IRQ_TIMER) {
		timer_interrupt(cpu);
		irq_end(line);
		return true;
	}
	irq_mask(line);
	irq_end(line);
	struct thread *t = *find_line(line);
	if (t == NULL)
		return false;
	thread_set_state(t, THREAD_STOPPED);
	const struct cap_slot *slot = &t->fault_endpoint;
	if (slot->object == NULL)
		return false;
	t = endpoint_notify((struct endpoint *)slot->object, slot->badge);
	if (t == NULL)
		return false;
	if (cpu->highest_ready > thread_priority(cpu->current) ||
	    (t->sched & SCHED_SPORADIC) != 0) {
		/* t was a lender, and the current thread inherited from it; or it needs the timer. */
		sched_wake(t);
		return true;
	}
	sched_wake_above(cpu, t);
	return false;
}

void
interrupt_acknowledge(struct thread *t)
{
	if (thread_state(t) != THREAD_STOPPED)
		return;
	thread_set_state(t, THREAD_INTERRUPT);
	irq_unmask(t->irq_line);
}

__attribute__((cold)) void
interrupt_unbind(struct thread *t)
{
	struct thread **link = find_line(t->irq_line);

	irq_mask(t->irq_line);
	if (*link == t)
		*link = t->irq_next;
}

/*
 * cold: for size, in a file that is compiled for speed.
 *
 * x0 irq capability, x1 payer, x2 line, x3 endpoint, x4 table -> x1 handle
 */
__attribute__((cold)) err_t
call_irq_bind(struct thread *caller, uint64_t *x)
{
	struct cap_slot *lines, *endpoint;
	struct space *payer, *table;
	struct object_place place;
	const uint64_t line = x[2];

	err_t err = cap_lookup(caller->space, (handle_t)x[0], RIGHT_IRQ, &lines);
	if (err != OK)
		return err;
	err = cap_lookup_space(caller->space, (handle_t)x[1], RIGHT_CREATE, &payer);
	if (err != OK)
		return err;
	err = cap_lookup(caller->space, (handle_t)x[3], RIGHT_NOTIFY, &endpoint);
	if (err != OK)
		return err;
	err = cap_lookup_space(caller->space, (handle_t)x[4], RIGHT_TABLE, &table);
	if (err != OK)
		return err;
	if (line < (lines->badge & 0xffffffff) || line > lines->badge >> 32 ||
	    !irq_line_valid((uint32_t)line))
		return ERR_ARGUMENT;
	if (*find_line((uint32_t)line) != NULL)
		return ERR_BUSY;
	err = object_place(payer, table, OBJECT_THREAD, offsetof(struct thread, fp), &place);
	if (err != OK) {
		if (err == ERR_NO_FUND)
			x[1] = place.lacking;
		return err;
	}

	/* Nothing below can fail. */
	struct thread *t = thread_of(place.object);
	t->kind = THREAD_KIND_INTERRUPT;
	t->irq_line = (uint32_t)line;
	t->irq_next = buckets[line % IRQ_BUCKETS];
	buckets[line % IRQ_BUCKETS] = t;
	cap_fill_copy(
	    &t->fault_endpoint, endpoint, RIGHT_NOTIFY, endpoint->badge == 0 ? 1 : endpoint->badge);
	cap_fill(place.slot, place.object, RIGHTS_THREAD, 0);
	thread_set_state(t, THREAD_STOPPED);
	interrupt_acknowledge(t);
	x[1] = place.handle;
	return OK;
}
