/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints: where threads meet. A queue of callers or of receivers, a list of
 * callers received but not yet answered, and a word of pending bits.
 *
 * Invariants
 *  E1: callers and receivers are never both non-empty.
 *  E2: callers are in priority order, first come first served within one (C1).
 *  E3: every thread on `unanswered` is REPLY-blocked here.
 *  E4: pending != 0 implies that no receiver waits (it would have been woken).
 */
#ifndef INSULA_IPC_ENDPOINT_H
#define INSULA_IPC_ENDPOINT_H

#include "core/object.h"

struct thread;

struct thread_list {
	struct thread *head, *tail;
};

struct endpoint {
	struct object object;
	struct thread *receiver;       /* [k] first waiting receiver; the rest are chained from it */
	uint64_t pending;              /* [k] notification bits */
	struct thread_list callers;    /* [k] E2 */
	struct thread_list unanswered; /* [k] E3 */
	struct thread *donee;          /* [k] who inherits from the callers, or NULL */
};

#endif
