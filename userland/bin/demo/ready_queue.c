/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Six threads that are all ready: A, B and C share the highest level by round
 * robin, D and E come when those are done, F is last. Each needs ten
 * milliseconds of the processor.
 */
#include "demo.h"

#include <insula/clock.h>
#include <inttypes.h>
#include <stdio.h>

#define THREADS 6u
#define NEED_NS (10 * MS_NS)
#define TURN_GAP_NS 500000ull /* who finds so much time gone had to wait for its turn */
#define STARTER_PRIORITY 30

static const unsigned priorities[THREADS] = { 10, 10, 10, 8, 8, 5 };

static struct thread *thread[THREADS];
static struct {
	uint64_t first_ns, last_ns;
	unsigned turns;
	unsigned place; /* 1: was done first */
} seen[THREADS];
static unsigned done;
static uint64_t began_ns;

static void
compute(void *argument)
{
	const unsigned n = (unsigned)(uintptr_t)argument;
	const uint64_t end = demo_cpu_ns() + NEED_NS;
	uint64_t before = 0;
	while (demo_cpu_ns() < end) {
		const uint64_t now = clock_now_ns();
		if (before == 0)
			seen[n].first_ns = now;
		if (before == 0 || now - before > TURN_GAP_NS)
			seen[n].turns++;
		before = now;
	}
	seen[n].last_ns = before;
	seen[n].place = ++done;
}

/* Above all of them, so that none runs before the last is there. */
static void
start_all(void *unused)
{
	(void)unused;
	for (unsigned n = 0; n < THREADS; n++)
		(void)demo_thread(
		    compute, (void *)(uintptr_t)n, priorities[n], POLICY_RR, &thread[n]);
	began_ns = clock_now_ns();
}

int
demo_ready_queue(void)
{
	struct thread *starter;
	(void)demo_thread(start_all, NULL, STARTER_PRIORITY, POLICY_FIFO, &starter);
	(void)thread_join(starter, NULL);
	for (unsigned n = 0; n < THREADS; n++)
		(void)thread_join(thread[n], NULL);
	for (unsigned n = 0; n < THREADS; n++)
		printf("%c priority %2u turns %u begins %3" PRIu64 " ms ends %3" PRIu64
		       " ms place %u\n",
		    (char)('A' + n), priorities[n], seen[n].turns,
		    (seen[n].first_ns - began_ns) / MS_NS, (seen[n].last_ns - began_ns) / MS_NS,
		    seen[n].place);
	return 0;
}
