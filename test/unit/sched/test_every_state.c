/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every state that a small system can get into within a few events: three
 * threads of one priority (and the one that keeps the machine going), two
 * endpoints, and a third one that is a mutex. In each, kernel and model agree,
 * all invariants hold, and effective priorities are the formula's. States that
 * differ only in the names of threads and endpoints, in the absolute time or in
 * used tokens are one.
 *
 * The numbers of states are part of the test: they change when the meaning of
 * some call does, and only then.
 *
 *   STATES_DEPTH=N   up to N events, at most 8
 */
/* SOURCES: test/unit/fake/kernel_world.sources test/unit/sched/model.sources */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drive.h"

#define THREADS 4 /* with thread 0 */
#define ENDPOINTS 3
#define MUTEX 2

/* How many states there are after at most that many events. */
static const uint32_t expected[] = { 1, 15, 149, 1150, 7274, 39537, 188264, 793468, 2965867 };
#define EXPECTED (int)(sizeof expected / sizeof *expected)
#define DEPTH_MAX (EXPECTED - 1)

/* Operands as decode() in drive.c reads them. */
#define FIRST_CALLER 5 /* with token 1 before the last one */
#define AFTER_1_MS 4
#define PRIORITY_2 1
#define PRIORITY_4 4

static const struct event alphabet[] = {
	{ OP_CALL, 0, 0, NO_DEADLINE },
	{ OP_CALL, 1, 0, NO_DEADLINE },
	{ OP_CALL, 0, 0, IN_1_MS },
	{ OP_CALL, 1, 0, IN_1_MS },
	{ OP_RECV, 0, 0, NO_DEADLINE },
	{ OP_RECV, 1, 0, NO_DEADLINE },
	{ OP_RECV, 0, 0, IN_1_MS },
	{ OP_REPLY, 0, OWN_CALLER, 0 },
	{ OP_REPLY, 0, FIRST_CALLER, 0 },
	{ OP_REPLY_RECV, 0, OWN_CALLER, NO_DEADLINE },
	{ OP_NOTIFY, 0, 0, 0 },
	{ OP_NOTIFY, 1, 0, 0 },
	{ OP_LEND, MUTEX, 1, NO_DEADLINE },
	{ OP_LEND, MUTEX, 2, NO_DEADLINE },
	{ OP_LEND, MUTEX, 3, NO_DEADLINE },
	{ OP_NOTIFY, MUTEX, 0, 0 },
	{ OP_YIELD, 0, 0, 0 },
	{ OP_TIME, AFTER_1_MS, 0, 0 },
	{ OP_PRIORITY, 1, PRIORITY_2, 0 },
	{ OP_PRIORITY, 2, PRIORITY_2, 0 },
	{ OP_PRIORITY, 3, PRIORITY_2, 0 },
	{ OP_PRIORITY, 1, PRIORITY_4, 0 },
	{ OP_PRIORITY, 2, PRIORITY_4, 0 },
	{ OP_PRIORITY, 3, PRIORITY_4, 0 },
	{ OP_STOP, 1, 0, 0 },
	{ OP_STOP, 2, 0, 0 },
	{ OP_STOP, 3, 0, 0 },
	{ OP_RESUME, 1, 0, 0 },
	{ OP_RESUME, 2, 0, 0 },
	{ OP_RESUME, 3, 0, 0 },
	{ OP_KILL, 1, 0, 0 },
	{ OP_KILL, 2, 0, 0 },
	{ OP_KILL, 3, 0, 0 },
	{ OP_ABORT, 0, 0, 0 },
	{ OP_DESTROY, 0, 0, 0 },
};
#define EVENTS (sizeof alphabet / sizeof *alphabet)

/* --- a state's memory */

struct region {
	void *at;
	size_t bytes;
};
static const struct region regions[] = {
	{ world.t, THREADS * sizeof world.t[0] },
	{ &world.idle, sizeof world.idle },
	{ world.ep, ENDPOINTS * sizeof world.ep[0] },
	{ &world.page[0][10], 40 * sizeof world.page[0][0] },
	{ &world.page[1][10], 40 * sizeof world.page[1][0] },
	{ &fake_cpu, sizeof fake_cpu },
	{ &fake, offsetof(struct fake_arch, console) },
	{ &drive, sizeof drive },
};
static char saved[2][64 * 1024];

static void
save(char *to)
{
	for (size_t r = 0; r < sizeof regions / sizeof *regions; r++) {
		memcpy(to, regions[r].at, regions[r].bytes);
		to += regions[r].bytes;
	}
}

static void
restore(const char *from)
{
	for (size_t r = 0; r < sizeof regions / sizeof *regions; r++) {
		memcpy(regions[r].at, from, regions[r].bytes);
		from += regions[r].bytes;
	}
}

/* --- a state's name */

/* Who is called what; thread 0 and NOBODY keep their names. */
struct renaming {
	int8_t thread[THREADS + 1], endpoint[ENDPOINTS + 1]; /* [0] is NOBODY's */
};

static const int8_t orders[6][3] = { { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 },
	{ 3, 1, 2 }, { 3, 2, 1 } };

struct name {
	uint64_t hash;
};

static void
add(struct name *name, int64_t value)
{
	name->hash = (name->hash ^ (uint64_t)value) * 0x9e3779b97f4a7c15;
	name->hash ^= name->hash >> 29;
}

static int64_t
time_left(uint64_t deadline)
{
	return deadline <= TIME_NOW ? -(int64_t)deadline
				    : (int64_t)(deadline - drive.model.now) / 1000;
}

static void
add_line(struct name *name, const struct line *line, const struct renaming *as)
{
	add(name, line->count);
	for (int n = 0; n < line->count; n++)
		add(name, as->thread[line->at[n] + 1]);
}

/* Threads whose deadlines are the same end in the order in which they set them.
 */
static int
deadline_rank(int t)
{
	const struct model_thread *thread = drive.model.thread;
	int rank = 0;

	if (thread[t].deadline == TIME_NEVER)
		return 0;
	for (int other = 0; other < THREADS; other++)
		rank += thread[other].exists && thread[other].deadline != TIME_NEVER &&
		    thread[other].deadline_order <= thread[t].deadline_order;
	return rank;
}

static void
add_thread(struct name *name, int number, const struct renaming *as)
{
	const struct model *m = &drive.model;
	const struct model_thread *t = &m->thread[number];

	add(name, t->exists);
	if (!t->exists)
		return;
	add(name,
	    t->stopped | (int64_t)t->state << 1 | (int64_t)t->real << 8 |
		(int64_t)t->effective << 16 | (int64_t)t->call.number << 24);
	add(name, as->endpoint[t->waits_at + 1]);
	add(name, as->thread[t->serving + 1]);
	add(name, as->thread[t->served_by + 1]);
	add(name, time_left(t->deadline));
	add(name, deadline_rank(number));
	if (t->state == THREAD_REPLY)
		add(name, (int64_t)(m->endpoint[t->waits_at].last_token - t->token));
	if (t->call.number != 0) {
		add(name, as->endpoint[t->call.endpoint + 1]);
		add(name, time_left(t->call.deadline));
		if (t->call.number == CALL_recv_lend)
			add(name, as->thread[t->call.lend_to + 1]);
	}
}

static void
add_endpoint(struct name *name, int number, const struct renaming *as)
{
	const struct model_endpoint *e = &drive.model.endpoint[number];

	add(name, e->exists);
	if (!e->exists)
		return;
	add(name, as->thread[e->first_receiver + 1]);
	add(name, as->thread[e->donee + 1]);
	add(name, (int64_t)e->bits);
	add_line(name, &e->queue, as);
}

static uint64_t
named_as(const struct renaming *as)
{
	struct name name = { 1 };
	int was[THREADS], ep_was[ENDPOINTS];

	for (int t = 0; t < THREADS; t++)
		was[as->thread[t + 1]] = t;
	for (int ep = 0; ep < ENDPOINTS; ep++)
		ep_was[as->endpoint[ep + 1]] = ep;
	add(&name, as->thread[drive.model.current + 1]);
	add_line(&name, &drive.model.ready, as);
	for (int t = 0; t < THREADS; t++)
		add_thread(&name, was[t], as);
	for (int ep = 0; ep < ENDPOINTS; ep++)
		add_endpoint(&name, ep_was[ep], as);
	return name.hash;
}

/* The least of the hashes under all renamings. */
static uint64_t
canonical(void)
{
	uint64_t least = UINT64_MAX;

	for (int order = 0; order < 6; order++)
		for (int8_t swap = 0; swap < 2; swap++) {
			const struct renaming as = { { NOBODY, 0, orders[order][0],
							 orders[order][1], orders[order][2] },
				{ NOBODY, swap, !swap, MUTEX } };
			const uint64_t hash = named_as(&as);
			least = hash < least ? hash : least;
		}
	return least;
}

/* --- all of them */

struct state {
	uint32_t from;
	uint8_t event;
};
static struct state *states;
static uint32_t state_count, states_max;
static uint64_t *seen; /* open addressing, 0 is empty; twice as many as states_max */

static bool
is_new(uint64_t name)
{
	uint64_t at = name % (2 * (uint64_t)states_max);

	while (seen[at] != 0 && seen[at] != name)
		at = (at + 1) % (2 * (uint64_t)states_max);
	if (seen[at] == name)
		return false;
	seen[at] = name;
	return true;
}

static void
reach(uint32_t number)
{
	uint8_t path[DEPTH_MAX];
	int length = 0;

	for (uint32_t n = number; n != 0; n = states[n].from)
		path[length++] = states[n].event;
	restore(saved[0]);
	while (length > 0)
		(void)drive_event(alphabet[path[--length]]);
}

static void
tell(uint32_t number, struct event last)
{
	uint8_t path[DEPTH_MAX];
	char text[128];
	int length = 0;

	for (uint32_t n = number; n != 0; n = states[n].from)
		path[length++] = states[n].event;
	restore(saved[0]);
	while (length > 0) {
		const struct event e = alphabet[path[--length]];
		drive_describe(e, text, sizeof text);
		fprintf(stderr, "  %s\n", text);
		(void)drive_event(e);
	}
	drive_describe(last, text, sizeof text);
	fprintf(stderr, "  %s\n", text);
}

/* All events in one state. */
static bool
expand(uint32_t number)
{
	char difference[sizeof drive_difference];

	reach(number);
	save(saved[1]);
	for (size_t e = 0; e < EVENTS; e++) {
		restore(saved[1]);
		if (drive_is_idle(alphabet[e]))
			continue;
		if (!drive_event(alphabet[e])) {
			memcpy(difference, drive_difference, sizeof difference);
			tell(number, alphabet[e]);
			fprintf(stderr, "  %s\n", difference);
			return false;
		}
		if (!is_new(canonical()))
			continue;
		assert_true(state_count < states_max);
		states[state_count++] = (struct state){ number, (uint8_t)e };
	}
	return true;
}

static void
explore(enum way way, int depth)
{
	const char *text = getenv("STATES_DEPTH");
	uint32_t begin = 0;

	if (text != NULL)
		depth = atoi(text);
	assert_in_range(depth, 1, DEPTH_MAX);
	states_max = 2 * expected[depth];
	states = calloc(states_max, sizeof *states);
	seen = calloc(2 * (size_t)states_max, sizeof *seen);
	drive_reset(way, THREADS, POLICY_FIFO);
	save(saved[0]);
	state_count = 1;
	(void)is_new(canonical());
	for (int level = 1; level <= depth; level++) {
		const uint32_t end = state_count;
		for (; begin < end; begin++)
			if (!expand(begin))
				fail_msg("kernel and model differ");
		printf("after %d events: %u states\n", level, state_count);
		assert_int_equal(state_count, expected[level]);
	}
	printf("note: %s path: %u states within %d events\n", way == WAY_FAST ? "fast" : "general",
	    state_count, depth);
	free(states);
	free(seen);
}

static void
T6_E1_every_state_by_the_fast_path_is_right(void **state)
{
	(void)state;
	explore(WAY_FAST, 5);
}

static void
T6_E1_every_state_by_the_general_path_is_right(void **state)
{
	(void)state;
	explore(WAY_GENERAL, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(T6_E1_every_state_by_the_fast_path_is_right),
		cmocka_unit_test(T6_E1_every_state_by_the_general_path_is_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
