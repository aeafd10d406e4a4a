/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's scheduler and calls against a slow, obvious reference: random
 * events in both, everything compared after each. A failure prints its seed
 * and the shortest sequence found that still fails.
 *
 *   MODEL_EVENTS=N   how many events in each way into the kernel
 *   MODEL_SEED=S     begin with this seed (a printed one fails at once)
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

#define RUN_EVENTS 1000
#define EVENTS_EACH_WAY 400000ull
#define FIRST_SEED 1

static const char *const way_names[] = { "general path", "fast path", "both paths" };

/*
 * How often each event is tried in five kinds of worlds: anything goes; clients
 * and servers that know how to behave; threads that compete; mutexes; and budgets.
 */
enum kind { WILD, SERVICE, COMPETITION, LOCKS, BUDGETS, KIND_COUNT };
static const uint8_t weights[KIND_COUNT][OP_COUNT] = {
    [WILD] =
        {
            [OP_CALL] = 47,          [OP_RECV] = 34,
            [OP_REPLY] = 18,         [OP_REPLY_RECV] = 30,
            [OP_NOTIFY] = 14,        [OP_YIELD] = 6,
            [OP_TIME] = 22,          [OP_PRIORITY] = 16,
            [OP_POLICY] = 6,         [OP_LIMIT] = 4,
            [OP_STOP] = 6,           [OP_RESUME] = 14,
            [OP_START] = 8,          [OP_CREATE] = 10,
            [OP_KILL] = 3,           [OP_FAULT] = 4,
            [OP_FAULT_ENDPOINT] = 3, [OP_ABORT] = 2,
            [OP_DESTROY] = 1,        [OP_CREATE_ENDPOINT] = 8,
            [OP_LEND] = 16,          [OP_SLEEP] = 6,
            [OP_INTERRUPT] = 4,
        },
    [SERVICE] = {[OP_ROLE] = 176,
                 [OP_NOTIFY] = 16,
                 [OP_YIELD] = 6,
                 [OP_TIME] = 12,
                 [OP_CALL] = 4,
                 [OP_RECV] = 4,
                 [OP_REPLY] = 8,
                 [OP_REPLY_RECV] = 6,
                 [OP_PRIORITY] = 10,
                 [OP_POLICY] = 2,
                 [OP_LIMIT] = 2,
                 [OP_FAULT] = 4,
                 [OP_FAULT_ENDPOINT] = 2,
                 [OP_RESUME] = 4},
    [COMPETITION] =
        {
            [OP_CALL] = 12,
            [OP_RECV] = 30,
            [OP_REPLY] = 6,
            [OP_REPLY_RECV] = 12,
            [OP_NOTIFY] = 44,
            [OP_YIELD] = 30,
            [OP_TIME] = 70,
            [OP_PRIORITY] = 30,
            [OP_POLICY] = 10,
            [OP_STOP] = 4,
            [OP_RESUME] = 8,
            [OP_SLEEP] = 12,
        },
    [LOCKS] =
        {
            [OP_LEND] = 80,
            [OP_NOTIFY] = 40,
            [OP_ROLE] = 40,
            [OP_TIME] = 16,
            [OP_SLEEP] = 8,
            [OP_PRIORITY] = 20,
            [OP_LIMIT] = 4,
            [OP_STOP] = 4,
            [OP_RESUME] = 8,
            [OP_KILL] = 2,
            [OP_CREATE] = 6,
            [OP_START] = 6,
            [OP_INTERRUPT] = 4,
            [OP_ABORT] = 2,
            [OP_CALL] = 10,
            [OP_RECV] = 6,
            [OP_REPLY] = 8,
        },
	[BUDGETS] = {
		[OP_SPORADIC] = 24, [OP_POLICY] = 24, [OP_TIME] = 70, [OP_SLEEP] = 24, [OP_NOTIFY] = 24,
		[OP_RECV] = 16, [OP_YIELD] = 8, [OP_PRIORITY] = 16, [OP_LIMIT] = 3, [OP_STOP] = 5,
		[OP_RESUME] = 10, [OP_ROLE] = 20, [OP_LEND] = 8, [OP_CALL] = 8, [OP_REPLY] = 8,
		[OP_REPLY_RECV] = 8, [OP_KILL] = 1, [OP_CREATE] = 4, [OP_START] = 4,
		[OP_INTERRUPT] = 2,
	},
};

static uint64_t
next_random(uint64_t *seed)
{
	uint64_t z = (*seed += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static void
make_events(uint64_t seed, struct event events[RUN_EVENTS])
{
	const uint8_t *weight = weights[seed % KIND_COUNT];
	unsigned int total = 0;

	for (int op = 0; op < OP_COUNT; op++)
		total += weight[op];
	for (int n = 0; n < RUN_EVENTS; n++) {
		const uint64_t r = next_random(&seed);
		uint64_t pick = (r >> 32) % total;
		uint8_t op = 0;
		for (; pick >= weight[op]; op++)
			pick -= weight[op];
		events[n] =
		    (struct event){ op, (uint8_t)(r >> 8), (uint8_t)(r >> 16), (uint8_t)(r >> 24) };
	}
}

/* One half of the worlds has threads of one policy only, which hand over to one
 * another. */
static void
begin(uint64_t seed, enum way way)
{
	const uint64_t which = seed / KIND_COUNT % 4;

	drive_reset(way, MODEL_THREADS, which < 2 ? NOBODY : which == 2 ? POLICY_FIFO : POLICY_RR);
}

/* The number of the event after which something is wrong; -1 if nothing is. */
static int
run(uint64_t seed, const struct event *events, int count, enum way way)
{
	begin(seed, way);
	for (int n = 0; n < count; n++)
		if (!drive_event(events[n]))
			return n;
	return -1;
}

/* Leave out whatever can be left out, in ever smaller pieces. */
static int
shrink(uint64_t seed, struct event *events, int count, enum way way)
{
	struct event tried[RUN_EVENTS];

	for (int piece = count / 2; piece > 0; piece /= 2)
		for (int at = 0; at + piece <= count;) {
			memcpy(tried, events, (size_t)at * sizeof *events);
			memcpy(tried + at, events + at + piece,
			    (size_t)(count - at - piece) * sizeof *events);
			const int failed = run(seed, tried, count - piece, way);
			if (failed < 0) {
				at += piece;
				continue;
			}
			count = failed + 1;
			memcpy(events, tried, (size_t)count * sizeof *events);
		}
	return count;
}

static void
report(uint64_t seed, struct event *events, int failed, enum way way)
{
	const int count = shrink(seed, events, failed + 1, way);
	char text[128], difference[sizeof drive_difference];

	(void)run(seed, events, count, way);
	memcpy(difference, drive_difference, sizeof difference);
	fprintf(stderr, "MODEL_SEED=%llu, %s: event %d; the shortest sequence:\n",
	    (unsigned long long)seed, way_names[way], failed);
	begin(seed, way);
	for (int n = 0; n < count; n++) {
		if (!drive_is_idle(events[n])) {
			drive_describe(events[n], text, sizeof text);
			fprintf(stderr, "  %3d  %s\n", n, text);
		}
		(void)drive_event(events[n]);
	}
	fprintf(stderr, "  %s\n", difference);
}

static uint64_t
number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 0);
}

static void
campaign(enum way way)
{
	static struct event events[RUN_EVENTS];
	const uint64_t total = number_from("MODEL_EVENTS", EVENTS_EACH_WAY);
	const uint64_t first = number_from("MODEL_SEED", FIRST_SEED);
	uint64_t seed = first;

	for (uint64_t done = 0; done < total; done += RUN_EVENTS, seed++) {
		make_events(seed, events);
		const int failed = run(seed, events, RUN_EVENTS, way);
		if (failed >= 0) {
			report(seed, events, failed, way);
			fail_msg("kernel and model differ");
		}
	}
	printf("note: %s: %llu events, seeds %llu to %llu\n", way_names[way],
	    (unsigned long long)total, (unsigned long long)first, (unsigned long long)(seed - 1));
}

static void
S1_S16_C1_C13_the_general_path_does_what_the_model_does(void **state)
{
	(void)state;
	campaign(WAY_GENERAL);
}

static void
S1_S16_C1_C13_the_fast_path_does_what_the_model_does(void **state)
{
	(void)state;
	campaign(WAY_FAST);
}

static void
S1_S16_C1_C13_both_paths_mixed_do_what_the_model_does(void **state)
{
	(void)state;
	campaign(WAY_MIXED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S1_S16_C1_C13_the_general_path_does_what_the_model_does),
		cmocka_unit_test(S1_S16_C1_C13_the_fast_path_does_what_the_model_does),
		cmocka_unit_test(S1_S16_C1_C13_both_paths_mixed_do_what_the_model_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
