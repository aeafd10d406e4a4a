/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What blocks and unblocks threads at endpoints: queues, callers received and
 * not yet answered, donees. For the files of ipc/ and sched/; everything
 * requires the kernel lock. Statement numbers (C1 ... C13) are those of
 * docs/semantics.
 *
 * "In hand" below: a thread that was just taken off what it waited on, state
 * STOPPED, in no queue; it must be woken, run or blocked again.
 */
#ifndef INSULA_IPC_IPC_H
#define INSULA_IPC_IPC_H

#include "core/cpu.h"
#include "ipc/endpoint.h"
#include "sched/thread.h"

/* E2, E5: by the thread's effective priority; at most one step a priority. */
void endpoint_queue_insert(struct endpoint *ep, struct thread *t);
void endpoint_queue_remove(struct endpoint *ep, struct thread *t);

/* The first receiver or caller, in hand; NULL if there is none. */
struct thread *endpoint_take_receiver(struct endpoint *ep);
struct thread *endpoint_take_caller(struct endpoint *ep);
void endpoint_add_receiver(struct endpoint *ep, struct thread *t);
/* A caller (SEND) or lender (MUTEX) blocks here; whoever is the donee is boosted (C2, C8). */
void endpoint_add_queued(struct endpoint *ep, struct thread *t, enum thread_state state);
void endpoint_add_lender(struct endpoint *ep, struct thread *t);
/* One that is SEND-, RECEIVE- or MUTEX-blocked here no longer is: in hand. */
void endpoint_remove_waiting(struct endpoint *ep, struct thread *t);

/* The caller that a token names; NULL if there is none (C11). */
struct thread *endpoint_find_unanswered(const struct endpoint *ep, uint64_t token);
/* E3: the caller becomes REPLY-blocked here, and server serves it (T5). */
void endpoint_add_unanswered(struct endpoint *ep, struct thread *caller, struct thread *server);
/* The caller is answered or gone: in hand. */
void endpoint_remove_unanswered(struct endpoint *ep, struct thread *caller);
/* The callers' queue or its priorities changed: whoever inherits from it is recomputed. */
void endpoint_donate(struct endpoint *ep);
/* E7: whoever received here before no longer inherits. */
void endpoint_set_donee(struct endpoint *ep, struct thread *t);

/* The caller that t serves stays unanswered, but is no longer its base (T6). */
void thread_defer(struct thread *t);
/* E7: t inherits from no endpoint any more, it is about to die. */
void thread_drop_donations(struct thread *t);
/* A blocked thread leaves whatever it waits on and its timer: in hand. */
void thread_leave(struct thread *t);
/* A blocked thread's wait ends with an error. */
void thread_end_wait(struct thread *t, err_t status);

/*
 * The core's current thread t sends the message in its saved registers (or its
 * fault) and blocks; a receiver that waits runs next.
 */
void endpoint_send(
    struct cpu *cpu, struct endpoint *ep, struct thread *t, uint64_t badge, uint64_t deadline_ns);

/* Set bits (C9). A waiting receiver gets all that are pending, and is in hand; NULL if none waits. */
MUST_CHECK struct thread *endpoint_notify(struct endpoint *ep, uint64_t bits);

/*
 * What is there for t: CALL_BLOCKED if it has got it, ERR_TIMED_OUT if nothing
 * is there and its deadline has passed; OK if it must wait, its timer started.
 */
MUST_CHECK err_t endpoint_receive(struct endpoint *ep, struct thread *t);
bool deadline_passed(uint64_t deadline_ns);

/* Copy words and label, and the capability that goes with them. */
void message_transfer(struct thread *to, const struct thread *from);

#endif
