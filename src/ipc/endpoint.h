/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints: where threads meet. A queue of callers or of receivers, the
 * callers received but not yet answered, and a word of pending bits.
 *
 * Locks: [k] the kernel lock.
 *
 * Invariants
 *  E1: the queue holds only SEND-blocked, only RECEIVE-blocked or only
 *      MUTEX-blocked threads; the second kind if `receiver` is not NULL, the
 *      others only if it is.
 *  E2: the queue is in priority order, first come first served within one (C1).
 *  E3: served and every thread in `unanswered` are REPLY-blocked here; served
 *      is not in the tree.
 *  E4: pending != 0 implies that no receiver and no lender waits (it would have
 *      been woken).
 *  E5: of each priority in the queue, the first thread (the leader) has in
 *      `group` the last one, and the last one the leader; so inserting walks
 *      at most one thread a priority.
 *  E6: of an endpoint that is DYING, receiver and served are NULL, so that the
 *      fast path finds nobody to hand anything to.
 *  E7: donee has this endpoint on its chain of donations, or is NULL; it is NULL
 *      where ENDPOINT_FIXED is set.
 *  E8: ENDPOINT_LENT is set while MUTEX-blocked threads wait: lenders, who
 *      receive what arrives, by priority, and until then lend theirs to donee.
 */
#ifndef INSULA_IPC_ENDPOINT_H
#define INSULA_IPC_ENDPOINT_H

#include "core/object.h"
#include "sched/tree.h"

struct thread;

struct endpoint {
	struct object object;
	uint64_t pending;        /* [k] notification bits */
	struct thread *head;     /* [k] E1, E2 */
	struct thread *receiver; /* [k] first waiting receiver; not in the queue */
	struct thread *served;  /* [k] the caller being served; a second at a time is in the tree */
	uint64_t last_token;    /* [k] given to the last caller that was received */
	struct thread *donee;   /* [k] who last received here or was named by lenders: inherits */
	struct tree unanswered; /* [k] callers by token */
	struct endpoint *donee_next; /* [k] E7 */
};

/*
 * One bounded step of an endpoint's death: marks it DYING at the first, wakes
 * at most 16 threads with ERR_INTERRUPTED, empties at most 16 slots; true when
 * nothing names it any more and only its memory is left.
 */
MUST_CHECK bool endpoint_destroy_step(struct endpoint *ep);

/* E1 to E8; panics with the number broken. */
void endpoint_check(const struct endpoint *ep);

#endif
