/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints as data: the queue, the unanswered callers, the donee. Owns all
 * fields of struct endpoint outside the fast path, and the states SEND, REPLY,
 * RECEIVE and MUTEX; moves no message and decides nothing about who runs.
 */
#include "core/call_table.h"
#include "ipc/ipc.h"
#include "sched/sched.h"

#define DESTROY_STEP 16
#define DONATIONS_MAX 16 /* endpoints that one thread inherits from; the oldest is forgotten */

/* A leader's group ends at `group`; alone, the leader is its own last. */
void
endpoint_queue_insert(struct endpoint *ep, struct thread *t)
{
	const uint32_t priority = thread_priority(t);
	struct thread *before = NULL; /* last thread that stays in front of t */
	struct thread *leader = ep->head;

	while (leader != NULL && leader->queue_priority > priority) {
		before = leader->group;
		leader = before->next;
	}
	t->queue_priority = priority;
	t->group = t;
	if (leader != NULL && leader->queue_priority == priority) {
		before = leader->group;
		leader->group = t;
		t->group = leader;
	}
	t->prev = before;
	t->next = before != NULL ? before->next : ep->head;
	if (before != NULL)
		before->next = t;
	else
		ep->head = t;
	if (t->next != NULL)
		t->next->prev = t;
}

static bool
leads_group(const struct thread *t)
{
	return t->prev == NULL || t->prev->queue_priority != t->queue_priority;
}

static bool
ends_group(const struct thread *t)
{
	return t->next == NULL || t->next->queue_priority != t->queue_priority;
}

void
endpoint_queue_remove(struct endpoint *ep, struct thread *t)
{
	const bool leads = leads_group(t), ends = ends_group(t);

	if (leads && !ends) {
		t->next->group = t->group;
		t->group->group = t->next;
	} else if (ends && !leads) {
		t->group->group = t->prev;
		t->prev->group = t->group;
	}
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		ep->head = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
}

void
endpoint_add_receiver(struct endpoint *ep, struct thread *t)
{
	thread_set_state(t, THREAD_RECEIVE);
	t->blocked_on = ep;
	if (ep->receiver == NULL)
		ep->receiver = t;
	else
		endpoint_queue_insert(ep, t);
}

/* E1: the next one in the queue, if there is one, becomes `receiver`. */
static void
next_receiver(struct endpoint *ep)
{
	ep->receiver = ep->head;
	if (ep->head != NULL)
		endpoint_queue_remove(ep, ep->head);
}

void
endpoint_add_lender(struct endpoint *ep, struct thread *t)
{
	ep->object.flags |= ENDPOINT_LENT;
	endpoint_add_queued(ep, t, THREAD_MUTEX);
}

/* A caller or a lender, no longer in the queue: in hand. Whether it was the last lender. */
static bool
take_out(struct endpoint *ep, struct thread *t)
{
	endpoint_queue_remove(ep, t);
	thread_set_state(t, THREAD_STOPPED);
	if (ep->head != NULL || (ep->object.flags & ENDPOINT_LENT) == 0)
		return false;
	ep->object.flags &= (uint8_t)~ENDPOINT_LENT;
	return true;
}

/* Who is the donee inherits less now; without lenders nobody is named. */
static void
leave_queue(struct endpoint *ep, struct thread *t)
{
	if (take_out(ep, t))
		endpoint_set_donee(ep, NULL);
	endpoint_donate(ep);
}

/* E8: the first lender has got what all wait for, so the others lend to it, and who comes late may. */
static struct thread *
take_lender(struct endpoint *ep)
{
	struct thread *t = ep->head;

	(void)take_out(ep, t);
	if (ep->donee == t)
		endpoint_donate(ep); /* who came late has named one that waited, too */
	endpoint_set_donee(ep, t);
	return t;
}

struct thread *
endpoint_take_receiver(struct endpoint *ep)
{
	struct thread *t = ep->receiver;

	if ((ep->object.flags & ENDPOINT_LENT) != 0)
		return take_lender(ep);
	if (t != NULL) {
		next_receiver(ep);
		thread_set_state(t, THREAD_STOPPED);
	}
	return t;
}

void
endpoint_add_queued(struct endpoint *ep, struct thread *t, enum thread_state state)
{
	thread_set_state(t, state);
	t->blocked_on = ep;
	endpoint_queue_insert(ep, t);
	endpoint_donate(ep);
}

struct thread *
endpoint_take_caller(struct endpoint *ep)
{
	struct thread *t = ep->head;

	if (t == NULL || thread_state(t) != THREAD_SEND)
		return NULL;
	leave_queue(ep, t);
	return t;
}

void
endpoint_remove_waiting(struct endpoint *ep, struct thread *t)
{
	if (ep->receiver == NULL) {
		leave_queue(ep, t);
		return;
	}
	if (ep->receiver == t)
		next_receiver(ep);
	else
		endpoint_queue_remove(ep, t);
	thread_set_state(t, THREAD_STOPPED);
}

struct thread *
endpoint_find_unanswered(const struct endpoint *ep, uint64_t token)
{
	if (ep->served != NULL && ep->served->token == token)
		return ep->served;
	struct tree_node *node = tree_find(&ep->unanswered, token);
	if (node == NULL)
		return NULL;
	return thread_of_unanswered(node);
}

void
endpoint_add_unanswered(struct endpoint *ep, struct thread *caller, struct thread *server)
{
	thread_set_state(caller, THREAD_REPLY);
	caller->blocked_on = ep;
	caller->token = ++ep->last_token;
	if (ep->served == NULL)
		ep->served = caller;
	else
		tree_insert(&ep->unanswered, &caller->unanswered, caller->token);
	thread_defer(server);
	caller->served_by = NULL;
	if ((ep->object.flags & ENDPOINT_FIXED) != 0)
		return;
	caller->served_by = server;
	server->serving = caller;
}

/* T5: nobody's base any more. */
static void
end_serving(struct thread *caller)
{
	struct thread *server = caller->served_by;

	if (server == NULL)
		return;
	caller->served_by = NULL;
	server->serving = NULL;
	thread_reprioritise(server);
}

void
endpoint_remove_unanswered(struct endpoint *ep, struct thread *caller)
{
	if (ep->served == caller)
		ep->served = NULL;
	else
		tree_remove(&ep->unanswered, &caller->unanswered);
	thread_set_state(caller, THREAD_STOPPED);
	end_serving(caller);
}

void
thread_defer(struct thread *t)
{
	struct thread *caller = t->serving;

	if (caller == NULL)
		return;
	struct endpoint *ep = caller->blocked_on;
	if (ep->served == caller) {
		/* Leave the fast path's place to the next one. */
		ep->served = NULL;
		tree_insert(&ep->unanswered, &caller->unanswered, caller->token);
	}
	end_serving(caller);
}

static bool
donates(const struct endpoint *ep)
{
	return ep->receiver == NULL && ep->head != NULL;
}

static void
recompute_donee(struct thread *t)
{
	t->sched &= ~SCHED_DONEE;
	for (const struct endpoint *ep = t->donations; ep != NULL; ep = ep->donee_next)
		if (donates(ep))
			t->sched |= SCHED_DONEE;
	thread_recompute(t);
}

void
endpoint_donate(struct endpoint *ep)
{
	if (ep->donee != NULL)
		recompute_donee(ep->donee);
}

/* Take ep off its donee's chain, which has at most DONATIONS_MAX links. */
static void
unchain(struct endpoint *ep)
{
	struct endpoint **link = &ep->donee->donations;

	while (*link != ep)
		link = &(*link)->donee_next;
	*link = ep->donee_next;
	ep->donee_next = NULL;
	ep->donee = NULL;
}

void
endpoint_set_donee(struct endpoint *ep, struct thread *t)
{
	struct thread *old = ep->donee;
	struct endpoint *last = NULL;
	int links = 1;

	if ((ep->object.flags & ENDPOINT_FIXED) != 0 || old == t)
		return;
	if (old != NULL) {
		unchain(ep);
		recompute_donee(old);
	}
	if (t == NULL)
		return;
	for (struct endpoint *e = t->donations; e != NULL; e = e->donee_next, links++)
		if (last == NULL || !donates(e) || donates(last))
			last = e;
	if (links > DONATIONS_MAX)
		unchain(last);
	ep->donee = t;
	ep->donee_next = t->donations;
	t->donations = ep;
	if (donates(ep))
		recompute_donee(t);
}

void
thread_drop_donations(struct thread *t)
{
	while (t->donations != NULL)
		unchain(t->donations);
	recompute_donee(t);
}

/* E6: from here on nobody finds anyone here, and only thread_leave takes threads away. */
static void
mark_dying(struct endpoint *ep)
{
	struct thread *t = ep->receiver;

	ep->object.flags |= OBJECT_DYING;
	ep->pending = 0;
	if (t != NULL) {
		ep->receiver = NULL;
		endpoint_queue_insert(ep, t);
	}
	t = ep->served;
	if (t != NULL) {
		ep->served = NULL;
		tree_insert(&ep->unanswered, &t->unanswered, t->token);
	}
	endpoint_set_donee(ep, NULL);
}

/* Who was received first of those that wait for an answer; NULL if nobody does. */
static struct thread *
oldest_unanswered(const struct endpoint *ep)
{
	struct tree_node *first = ep->unanswered.first;

	if (first == NULL || (ep->served != NULL && ep->served->token < first->key))
		return ep->served;
	return thread_of_unanswered(first);
}

/* End up to 16 waits of callers, in their order; true when none is left. */
static bool
end_calls(struct endpoint *ep)
{
	for (int n = 0; n < DESTROY_STEP; n++) {
		struct thread *t = oldest_unanswered(ep);
		if (t == NULL && ep->receiver == NULL)
			t = ep->head;
		if (t == NULL)
			return true;
		thread_end_wait(t, ERR_INTERRUPTED);
	}
	return false;
}

bool
endpoint_destroy_step(struct endpoint *ep)
{
	if ((ep->object.flags & OBJECT_DYING) == 0)
		mark_dying(ep);
	return end_calls(ep) && cap_empty_some(&ep->object, true, 0);
}

err_t
call_endpoint_abort(struct thread *caller, uint64_t *x)
{
	struct cap_slot *slot;
	err_t err = cap_lookup(caller->space, (handle_t)x[0], RIGHT_RECV, &slot);
	if (err != OK)
		return err;

	/* Nothing below can fail. */
	return end_calls((struct endpoint *)slot->object) ? OK : CALL_RESTART;
}

err_t
call_endpoint_create(struct thread *caller, uint64_t *x)
{
	struct space *payer, *table;
	struct object_place place;

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_CREATE, &payer);
	if (err != OK)
		return err;
	err = cap_lookup_space(caller->space, (handle_t)x[1], RIGHT_TABLE, &table);
	if (err != OK)
		return err;
	if (x[2] > ENDPOINT_FIXED_PRIORITY)
		return ERR_ARGUMENT;
	err = object_place(payer, table, OBJECT_ENDPOINT, sizeof(struct endpoint), &place);
	if (err != OK) {
		if (err == ERR_NO_FUND)
			x[1] = place.lacking;
		return err;
	}

	/* Nothing below can fail. An endpoint is made of zeros. */
	if (x[2] != 0)
		place.object->flags |= ENDPOINT_FIXED;
	cap_fill(place.slot, place.object, RIGHTS_ENDPOINT, 0);
	x[1] = place.handle;
	return OK;
}
