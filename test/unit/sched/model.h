/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference: scheduling and calls between threads as the numbered
 * statements (S1 ... S29, C1 ... C13) and docs/abi.md have them, slow and
 * obvious. Queues are short arrays in the order of arrival, every choice is a
 * linear scan, effective priorities are found by trying the formula until
 * nothing changes. It shares no code with the kernel.
 *
 * Time is in nanoseconds; threads and endpoints are numbers, NOBODY is none.
 */
#ifndef TEST_SCHED_MODEL_H
#define TEST_SCHED_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <insula/abi/call.h>

#define MODEL_THREADS 8
#define MODEL_ENDPOINTS 3
#define NOBODY (-1)

struct line {
	int count;
	int at[MODEL_THREADS]; /* who came first is first */
};

struct message {
	bool fault;    /* the kernel's, of kind FAULT_UNDEFINED at address `word` */
	uint64_t word; /* its eight words are word, word + 1, ... */
	uint64_t label;
};

/* What a thread finds in its registers when its call has ended. */
struct outcome {
	bool known;
	bool has_message; /* the words and the label */
	bool has_origin;  /* badge and token */
	bool has_bits;
	int64_t status;
	uint64_t badge, token, bits;
	struct message message;
};

/* The call that a blocked thread makes, to be made again if it is stopped and
 * goes on. */
struct pending_call {
	uint64_t number; /* 0: none; a fault is CALL_COUNT */
	int endpoint;
	int lend_to;
	uint64_t badge, deadline;
	struct message message;
};

/* POSIX's sporadic server of one thread (S17 to S24). */
struct sporadic_budget {
	uint64_t budget, period; /* 0: it never had parameters */
	uint32_t low;
	int most_pending;
	uint64_t left;       /* available execution capacity */
	uint64_t used;       /* since the activation */
	uint64_t activation; /* when it last was put at a tail with its normal priority */
	bool at_low;
	bool charged; /* it runs at its normal priority, since then: */
	uint64_t since;
	int pending;
	struct {
		uint64_t at, amount;
	} replenishment[SPORADIC_REPL_MAX];
	uint64_t order; /* of the first one, among events of one moment */
};

struct model_thread {
	bool exists;
	bool stopped; /* by thread_stop, or by a fault: it does not run before
                   thread_resume */
	enum thread_state state;
	enum policy policy;
	uint32_t real, limit, effective;
	int fault_endpoint;
	int waits_at; /* SEND, REPLY, RECEIVE, MUTEX */
	uint64_t deadline, deadline_order;
	int serving, served_by;
	uint64_t token, badge;
	uint64_t slice_left;
	struct sporadic_budget sporadic;
	struct pending_call call; /* while it waits; or what it does first when it runs again */
	struct message message;
	struct outcome outcome;
};

struct model_endpoint {
	bool exists;
	bool fixed;         /* nobody inherits here (C3) */
	int first_receiver; /* who came first to an endpoint with nobody there */
	struct line queue;  /* callers, or further receivers, or those who lend */
	uint64_t bits, last_token;
	int donee; /* who received a message here last, or whom those who lend have
                named */
};

struct model {
	uint64_t now;
	int current;
	uint64_t slice_end; /* of the current thread, if it is sliced */
	struct line ready;
	uint64_t deadlines_set;
	struct model_thread thread[MODEL_THREADS];
	struct model_endpoint endpoint[MODEL_ENDPOINTS];
};

/* Nobody exists; endpoints do. */
void model_reset(struct model *m, uint64_t now);
/* A thread that is ready, at the tail of its level. */
void model_add_thread(struct model *m, int t, uint32_t priority, enum policy policy);
/* Whoever is to run first does. */
void model_begin(struct model *m);

/* What the current thread does; each ends with the decision who runs. */
void model_call(struct model *m, int ep, uint64_t badge, uint64_t deadline, struct message message);
void model_recv(struct model *m, int ep, uint64_t deadline);
void model_recv_lend(struct model *m, int ep, uint64_t deadline, int lend_to);
void model_sleep(struct model *m, uint64_t deadline);
void model_interrupt(struct model *m, int t);
void model_reply(struct model *m, int ep, uint64_t token, struct message message);
void model_reply_recv(
    struct model *m, int ep, uint64_t token, uint64_t deadline, struct message message);
void model_notify(struct model *m, int ep, uint64_t badge);
void model_yield(struct model *m);
void model_fault(struct model *m, uint64_t address);
/* priority or policy 0: as the current thread's. */
void model_create(struct model *m, int t, uint32_t priority, uint64_t policy);
void model_start(struct model *m, int t, uint64_t x0);
void model_stop(struct model *m, int t);
void model_resume(struct model *m, int t);
void model_kill(struct model *m, int t);
void model_set_priority(struct model *m, int t, uint64_t priority);
void model_set_limit(struct model *m, int t, uint64_t limit);
void model_set_policy(struct model *m, int t, uint64_t policy);
void model_set_sporadic(struct model *m, int t, const struct sporadic_budget *set);
void model_set_fault_endpoint(struct model *m, int t, int ep);
void model_abort(struct model *m, int ep);
void model_destroy(struct model *m, int ep);
void model_create_endpoint(struct model *m, int ep, bool fixed);
/* The current thread's pending call is made again, for it was stopped in it. */
void model_repeat(struct model *m);

/* Time passes; what falls due happens at its time. */
void model_time(struct model *m, uint64_t ns);

/* For comparing. */
bool model_is_sliced(const struct model_thread *t);
/* The queue of an endpoint in the order of service; returns how many. */
int model_queue_order(const struct model *m, int ep, int order[MODEL_THREADS]);
/* The first moment at which something must happen by itself; TIME_NEVER if
 * none. */
uint64_t model_next_moment(const struct model *m);
/*
 * Effective priorities by the formula alone: its least solution and its
 * greatest. They differ only for threads in a ring of calls and those whose
 * priority comes from one.
 */
void model_solutions(
    const struct model *m, uint32_t least[MODEL_THREADS], uint32_t greatest[MODEL_THREADS]);

#endif
