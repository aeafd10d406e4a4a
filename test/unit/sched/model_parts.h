/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the reference model have of each other. Only they include
 * it; who drives the model sees model.h.
 */
#ifndef TEST_SCHED_MODEL_PARTS_H
#define TEST_SCHED_MODEL_PARTS_H

#include "model.h"

#define THREADS(t) for (int t = 0; t < MODEL_THREADS; t++)
#define ENDPOINTS(ep) for (int ep = 0; ep < MODEL_ENDPOINTS; ep++)

/* --- lines of threads and priorities (model.c) */

void line_remove(struct line *line, int t);
void line_append(struct line *line, int t);
void line_prepend(struct line *line, int t);
/* The highest priority, and within it who came first (S5, C1). */
int model_best(const struct model *m, const struct line *line);
/* SEND: callers wait in the queue; RECEIVE; MUTEX: those who lend; INACTIVE: it
 * is empty. */
enum thread_state model_queue_holds(const struct model *m, const struct model_endpoint *e);
/* S4, S17: what it has if it serves nobody and inherits nothing. */
uint32_t model_own_priority(const struct model_thread *t);
/* After every single change to who waits, serves or inherits. */
void model_settle(struct model *m);

/* --- who runs, and who waits (model_run.c) */

struct model_thread *model_current(struct model *m);
/* A thread in hand can run (S7). */
void model_wake(struct model *m, int t);
/* C13: `from` has blocked, and made `to` able to run. */
void model_hand_over(struct model *m, int from, int to);
/* The current thread, if it has a peer that is ready (S9, S12). */
void model_to_the_tail(struct model *m);
/* The call of a thread has ended with this. */
void model_end_with(struct model_thread *t, int64_t status);
/* The server answers later whom it serves now, if anybody. */
void model_defer(struct model *m, int server);
void model_wait_in(struct model *m, int t, enum thread_state state, int ep, uint64_t deadline);
bool model_is_waiting(const struct model_thread *t);
/* A caller or a lender is in the queue no more. */
void model_leave_queue(struct model *m, int ep, int t);
/* Whoever gets what comes to the endpoint next, in hand; or NOBODY. */
int model_take_receiver(struct model *m, int ep);
/* A thread leaves what it waits for, and is in hand. */
void model_leave(struct model *m, int t);
/* C7, C10: a wait ends with an error. */
void model_end_wait(struct model *m, int t, int64_t status);
/* S10: the decision after every event. */
void model_finish(struct model *m);

/* --- model_threads.c */

void
model_make_thread(struct model *m, int t, uint32_t priority, enum policy policy, uint32_t limit);

#endif
