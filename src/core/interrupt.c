/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery of interrupts. Owns the table of bound lines and the states of
 * interrupt threads; the controller itself is behind platform.h.
 *
 * Every interrupt is masked, ended, and becomes notification bits; that is one
 * contract for level and edge, and for every controller.
 */
#include "core/call_table.h"
#include "core/context.h"
#include "core/interrupt.h"
#include "core/platform.h"
#include "core/trace.h"
#include "ipc/ipc.h"
#include "sched/ready.h"

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

/*
 * The ordinary case, inline and at once: nothing is unusual about the one
 * receiver that waits, and it is above the thread that runs, which it preempts (S8).
 */
static inline bool
notify_above(struct cpu *cpu, struct endpoint *ep, uint64_t bits)
{
	struct thread *t = ep->receiver, *current = cpu->current;

	if (t == NULL || ep->head != NULL || ep->object.flags != 0)
		return false;
	const uint64_t word = t->sched;
	if ((word & (SCHED_RARE | SCHED_CORE_MASK)) != (current->sched & SCHED_CORE_MASK) ||
	    thread_priority(t) <= thread_priority(current))
		return false;

	/* Nothing below can fail. */
	ep->receiver = NULL;
	t->regs.x[0] = RECV_BITS;
	t->regs.x[1] = t->regs.x[2] = t->regs.x[11] = 0;
	t->regs.x[12] = bits;
	t->sched = word ^ SCHED_STATE(THREAD_RECEIVE ^ THREAD_RUNNING);
	if (thread_priority(current) != PRIORITY_IDLE) {
		thread_set_state(current, THREAD_READY);
		ready_link_head(cpu, current);
	}
	if (((word | current->sched) & SCHED_SLICED) != 0)
		sched_preempt_slice(cpu, t);
	context_switch(cpu, current, t);
	cpu->current = t;
	return true;
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
		irq_end_timer();
		return true;
	}
	irq_end_masked(line);
	struct thread *t = *find_line(line);
	if (t == NULL)
		return false;
	thread_set_state(t, THREAD_STOPPED);
	const struct cap_slot *slot = &t->fault_endpoint;
	if (slot->object == NULL)
		return false;
	struct endpoint *ep = (struct endpoint *)slot->object;
	if (notify_above(cpu, ep, slot->badge))
		return false;
	t = endpoint_notify(ep, slot->badge);
	if (t == NULL)
		return false;
	sched_wake(t);
	return true;
}

void
interrupt_acknowledge(struct thread *t)
{
	if (thread_state(t) != THREAD_STOPPED)
		return;
	thread_set_state(t, THREAD_INTERRUPT);
	irq_unmask(t->irq_line);
}

void
interrupt_unbind(struct thread *t)
{
	struct thread **link = find_line(t->irq_line);

	irq_mask(t->irq_line);
	if (*link == t)
		*link = t->irq_next;
}

/* x0 irq capability, x1 payer, x2 line, x3 endpoint, x4 table -> x1 handle */
err_t
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
