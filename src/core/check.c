/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants of threads, endpoints and cores, verified in debug builds after
 * each call on what it touched, and now and then on everything. Changes
 * nothing. The numbers are those beside the structs.
 *
 * What a call touches is what its registers name, and who waits there: noted
 * before it begins, for afterwards they may wait no more. A destroyed object
 * cannot be looked at again, so destroy notes nothing, and is followed by a sweep.
 */
#include "core/cpu.h"
#include "core/kernel.h"
#include "core/panic.h"
#include "ipc/endpoint.h"
#include "ipc/ipc.h"
#include "mm/frame.h"
#include "mm/space.h"
#include "sched/sched.h"

#ifdef INSULA_DEBUG

#define SWEEP_CALLS 256
#define NAMED_REGISTERS 11 /* x0 to x10; a token is in x2 */
#define TOKEN 2
#define QUEUE_MAX 100000 /* longer means that a list is a ring */

#define CHECK(condition, text)       \
	do {                         \
		if (!(condition))    \
			PANIC(text); \
	} while (0)

/* [k] What the call at hand is about to touch: of each register an object, and of an endpoint five threads. */
static struct {
	struct object *object[NAMED_REGISTERS * 6];
	unsigned count;
} touched;

static bool
queued_at(const struct endpoint *ep, const struct thread *t)
{
	const struct thread *q = ep->head;

	for (int n = 0; n < QUEUE_MAX && q != NULL && q != t; n++)
		q = q->next;
	return q == t;
}

static bool
unanswered_at(const struct endpoint *ep, const struct thread *t)
{
	const struct tree_node *node = &t->unanswered;

	if (ep->served == t)
		return true;
	while (node->parent != NULL)
		node = node->parent;
	return node == ep->unanswered.root;
}

static void
check_blocked(const struct thread *t)
{
	const struct endpoint *ep = t->blocked_on;

	switch (thread_state(t)) {
	case THREAD_SEND:
		CHECK(queued_at(ep, t), "T2: a SEND-blocked thread is not in its queue");
		break;
	case THREAD_MUTEX:
		CHECK((ep->object.flags & ENDPOINT_LENT) != 0, "E8: a lender where nobody lends");
		CHECK(queued_at(ep, t), "T2: a MUTEX-blocked thread is not in its queue");
		break;
	case THREAD_NANOSLEEP:
		break;
	case THREAD_RECEIVE:
		CHECK(ep->receiver == t || queued_at(ep, t), "T2: a receiver is not in its queue");
		break;
	case THREAD_REPLY:
		CHECK(unanswered_at(ep, t), "T2: a REPLY-blocked thread is not unanswered");
		break;
	default:
		CHECK((t->sched & SCHED_TIMED) == 0, "T3: a thread has a timer and is not blocked");
	}
}

static void
check_priority(const struct thread *t)
{
	uint32_t p = thread_base(t);
	bool donee = false;

	for (const struct endpoint *ep = t->donations; ep != NULL; ep = ep->donee_next) {
		CHECK(ep->donee == t, "E7: an endpoint on the chain of one that is not its donee");
		if (ep->receiver != NULL || ep->head == NULL)
			continue;
		donee = true;
		p = ep->head->queue_priority > p ? ep->head->queue_priority : p;
	}
	p = p < thread_limit(t) ? p : thread_limit(t);
	CHECK(thread_priority(t) == p || priority_chains_cut != 0,
	    "T6: an effective priority is not what it should be");
	CHECK(donee == ((t->sched & SCHED_DONEE) != 0), "T6: SCHED_DONEE is wrong");
}

void
thread_check(const struct thread *t)
{
	if (t->kind != THREAD_KIND_USER || thread_state(t) == THREAD_DYING)
		return;
	const bool current = thread_cpu(t)->current == t;

	CHECK((thread_state(t) == THREAD_RUNNING) <= current, "P1: two threads are running");
	CHECK((t->sched_receive & (SCHED_SLICED | SCHED_CORE_MASK)) ==
		(t->sched & (SCHED_SLICED | SCHED_CORE_MASK)),
	    "T6: the words of a thread disagree");
	CHECK(t->serving == NULL ||
		(thread_state(t->serving) == THREAD_REPLY && t->serving->served_by == t),
	    "T5: a thread serves one that does not wait for it");
	if (thread_state(t) == THREAD_READY) {
		CHECK(t->next->prev == t && t->prev->next == t, "T1: a ready queue is torn");
		CHECK(thread_cpu(t)->highest_ready >= thread_priority(t), "P2: too low");
	}
	check_blocked(t);
	check_priority(t);
	sporadic_check(t);
}

/* E5: leaders and their last threads know each other. */
static void
check_queue(const struct endpoint *ep)
{
	const struct thread *leader = ep->head, *before = NULL;

	for (const struct thread *t = ep->head; t != NULL; before = t, t = t->next) {
		CHECK(t->prev == before, "E2: a queue is torn");
		CHECK(t->blocked_on == ep, "E1: a thread in a queue is not blocked there");
		CHECK(before == NULL || before->queue_priority >= t->queue_priority,
		    "E2: a queue is not in priority order");
		CHECK(t->queue_priority == thread_priority(t), "E2: a priority changed in a queue");
		CHECK(thread_state(t) == thread_state(ep->head), "E1: a queue is mixed");
		if (leader->queue_priority != t->queue_priority) {
			CHECK(leader->group == before, "E5: a leader does not know its last");
			leader = t;
		}
		if (t->next == NULL || t->next->queue_priority != t->queue_priority)
			CHECK(leader->group == t && t->group == leader, "E5: a group is torn");
	}
}

void
endpoint_check(const struct endpoint *ep)
{
	const bool dying = (ep->object.flags & OBJECT_DYING) != 0;
	const bool lent = (ep->object.flags & ENDPOINT_LENT) != 0;

	check_queue(ep);
	if (ep->head != NULL && !dying)
		CHECK((ep->receiver != NULL) == (thread_state(ep->head) == THREAD_RECEIVE),
		    "E1: callers and receivers both wait");
	CHECK(lent == (ep->head != NULL && thread_state(ep->head) == THREAD_MUTEX),
	    "E8: lenders wait, or are said to wait");
	CHECK(!lent || ep->pending == 0, "E4: bits are pending and a lender waits");
	CHECK((ep->object.flags & ENDPOINT_FIXED) == 0 || ep->donee == NULL,
	    "E7: somebody inherits at a fixed endpoint");
	if (ep->receiver != NULL) {
		CHECK(
		    thread_state(ep->receiver) == THREAD_RECEIVE && ep->receiver->blocked_on == ep,
		    "E1: the receiver does not wait there");
		CHECK(ep->pending == 0, "E4: bits are pending and a receiver waits");
	}
	CHECK(ep->served == NULL ||
		(thread_state(ep->served) == THREAD_REPLY && ep->served->blocked_on == ep),
	    "E3: the caller being served does not wait there");
	CHECK(!dying || (ep->receiver == NULL && ep->served == NULL), "E6: a dying endpoint works");
}

static void
check_objects(const struct space *space)
{
	struct object *object = reference_get(space->fund.objects);

	for (; object != NULL; object = reference_get(object->sibling_next)) {
		if (object->type == OBJECT_THREAD)
			thread_check(thread_of(object));
		else if (object->type == OBJECT_ENDPOINT)
			endpoint_check((const struct endpoint *)object);
	}
}

static void
check_everything(struct cpu *cpu)
{
	ready_check(cpu);
	frame_check();
	for (uint64_t n = 0; n < frames.count; n++)
		if (frames.table[n].state == FRAME_KERNEL && frames.table[n].use == FRAME_ROOT)
			check_objects(reference_get(frames.table[n].space));
}

static void
touch(struct object *object)
{
	if (object != NULL)
		touched.object[touched.count++] = object;
}

static void
touch_thread(struct thread *t)
{
	touch(t != NULL ? &t->object : NULL);
}

static void
touch_waiting(const struct endpoint *ep, uint64_t token)
{
	touch_thread(ep->receiver);
	touch_thread(ep->served);
	touch_thread(ep->head);
	touch_thread(ep->donee);
	touch_thread(endpoint_find_unanswered(ep, token));
}

/* A register that is no handle names nothing, or something whose invariants hold, too. */
void
kernel_check_begin(const struct thread *caller, uint64_t number)
{
	touched.count = 0;
	if (number == CALL_destroy)
		return;
	if (caller->regs.x[0] == SELF)
		touch(&caller->space->object);
	for (int i = 0; i < NAMED_REGISTERS; i++) {
		struct cap_slot *slot;
		if (cap_find(caller->space, (handle_t)caller->regs.x[i], &slot) != OK)
			continue;
		touch(slot->object);
		if (slot->object->type == OBJECT_ENDPOINT)
			touch_waiting((const struct endpoint *)slot->object, caller->regs.x[TOKEN]);
	}
}

static void
check_touched(void)
{
	for (unsigned n = 0; n < touched.count; n++) {
		struct object *object = touched.object[n];
		if (object->type == OBJECT_THREAD)
			thread_check(thread_of(object));
		else if (object->type == OBJECT_ENDPOINT)
			endpoint_check((const struct endpoint *)object);
		else if (object->type == OBJECT_SPACE)
			space_check_links((const struct space *)object);
	}
	touched.count = 0;
}

void
kernel_check_endpoint(const struct endpoint *ep)
{
	endpoint_check(ep);
}

void
kernel_check_call(struct cpu *cpu, struct thread *caller, bool death)
{
	if (cpu->current == cpu->idle) {
		touched.count = 0;
		check_everything(cpu); /* the caller has destroyed itself: it may be anything now */
		return;
	}
	const enum thread_state state = thread_state(caller);
	if (state == THREAD_SEND || state == THREAD_REPLY || state == THREAD_RECEIVE ||
	    state == THREAD_MUTEX)
		endpoint_check(caller->blocked_on);
	thread_check(caller);
	if (cpu->current != caller)
		thread_check(cpu->current);
	check_touched();
	if (++cpu->calls % SWEEP_CALLS == 0 || death)
		check_everything(cpu);
}

void
kernel_check_switch(struct thread *to, struct thread *from)
{
	struct cpu *cpu = thread_cpu(to);

	cpu->current = to;
	kernel_check_call(cpu, from, false);
}

#endif
