/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting while lending: what mutexes (C8) and schedulers at user level (S29)
 * are made of. A lender receives what arrives at the endpoint, by priority; as
 * long as it waits, the thread it has named inherits from it. Owns who is named.
 */
#include "core/call_table.h"
#include "ipc/ipc.h"
#include "sched/sched.h"

/* It would wait, and nobody is named yet. The first lender's word counts until none is left. */
static bool
must_name(const struct endpoint *ep)
{
	if ((ep->object.flags & ENDPOINT_LENT) != 0)
		return ep->donee == NULL;
	return ep->pending == 0 && ep->head == NULL;
}

static err_t
find_donee(const struct thread *caller, handle_t handle, struct thread **donee)
{
	struct cap_slot *slot;
	err_t err = cap_lookup(caller->space, handle, RIGHT_SCHED, &slot);
	if (err != OK)
		return err;
	*donee = thread_of(slot->object);
	return (*donee)->kind == THREAD_KIND_USER ? OK : ERR_TYPE;
}

/* x0 endpoint, x1 deadline, x2 thread -> as recv */
err_t
call_recv_lend(struct thread *caller, uint64_t *x)
{
	struct cap_slot *slot;
	err_t err = cap_lookup(caller->space, (handle_t)x[0], RIGHT_RECV, &slot);
	if (err != OK)
		return err;
	struct endpoint *ep = (struct endpoint *)slot->object;
	struct thread *donee = ep->donee;
	if (ep->receiver != NULL)
		return ERR_STATE;
	const bool fixed = (ep->object.flags & ENDPOINT_FIXED) != 0;
	const bool keeps = (x[2] & LEND_KEEP) != 0 && donee != NULL && donee != caller;
	const bool names = !fixed && !keeps && must_name(ep);
	if (names) {
		err = find_donee(caller, (handle_t)x[2], &donee);
		if (err != OK)
			return err;
	}
	if (donee == caller && (names || (ep->object.flags & ENDPOINT_LENT) != 0))
		return ERR_ARGUMENT;

	/* Nothing below can fail, but that nothing is there and the time is over. */
	err = endpoint_receive(ep, caller);
	if (err != OK)
		return err;
	if (names)
		endpoint_set_donee(ep, donee);
	endpoint_add_lender(ep, caller);
	return CALL_BLOCKED;
}
