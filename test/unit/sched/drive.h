/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drives the kernel's scheduler and calls (fake/kernel_world.h) and the
 * reference (model.h) through the same events, and compares everything that
 * can be seen after each. An event means something in every situation, so that
 * any sequence of them is a legal one, and shorter ones can be tried.
 *
 * Thread 0 keeps the machine going: it is never stopped or destroyed, and
 * never blocks without a deadline.
 */
#ifndef TEST_SCHED_DRIVE_H
#define TEST_SCHED_DRIVE_H

#include "fake/kernel_world.h"
#include "model.h"

enum op {
	OP_CALL,
	OP_RECV,
	OP_REPLY,
	OP_REPLY_RECV,
	OP_NOTIFY,
	OP_YIELD,
	OP_TIME,
	OP_PRIORITY,
	OP_POLICY,
	OP_LIMIT,
	OP_STOP,
	OP_RESUME,
	OP_START,
	OP_CREATE,
	OP_KILL,
	OP_FAULT,
	OP_FAULT_ENDPOINT,
	OP_ABORT,
	OP_DESTROY,
	OP_CREATE_ENDPOINT,
	OP_SPORADIC,
	OP_LEND,
	OP_SLEEP,
	OP_INTERRUPT,
	OP_ROLE, /* threads 1 and 2 serve an endpoint each, others call them, without
              deadlines */
	OP_COUNT
};

/* The operands are indices into what there is; see decode() in drive.c. */
struct event {
	uint8_t op, a, b, c;
};

/* Which entry of the kernel the calls take where there are two. */
enum way { WAY_GENERAL, WAY_FAST, WAY_MIXED, WAY_COUNT };

struct drive {
	struct model model;
	enum way way;
	uint64_t number; /* of the event; gives messages their words */
	uint64_t last_svc[MODEL_THREADS];
};

extern struct drive drive;
/* What the first difference was, after drive_event has returned false. */
extern char drive_difference[256];

/* Some operands: of calls (c), of replies (b). */
#define NO_DEADLINE 0
#define IN_1_MS 9
#define OWN_CALLER 0

/*
 * Both worlds anew: `threads` threads, thread 0 at priority 1, the others of
 * that policy or, if it is NOBODY, of all; and all endpoints.
 */
void drive_reset(enum way way, int threads, int policy);
/* One event in both; whether both agree afterwards, and no invariant is broken.
 */
bool drive_event(struct event e);
/* Whether it would do nothing at all now. */
bool drive_is_idle(struct event e);
/* What the event would be now, in words. */
void drive_describe(struct event e, char *text, size_t bytes);
/* Whether both are the same now; says in drive_difference what is not. */
bool drive_all_same(void);
/* Writes drive_difference; returns false. */
bool drive_differ(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
