/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A wind tunnel's computation takes all the processor it can get and never
 * blocks. The mouse is moved every ten milliseconds; its thread is above the
 * computation, needs very little, and must follow each move at once.
 */
#include "demo.h"

#include <insula/clock.h>
#include <insula/syscall.h>
#include <inttypes.h>
#include <stdio.h>

#define MOVES 20u
#define MOVE_NS (10 * MS_NS)
#define DRAW_NS 200000ull
#define AT_ONCE_NS 1000000ull
#define TUNNEL_PRIORITY 10
#define MOUSE_PRIORITY 30

static volatile bool over;
static uint64_t worst_ns, tunnel_ns, took_ns;
static unsigned late;

static void
tunnel(void *unused)
{
	(void)unused;
	while (!over)
		;
	tunnel_ns = demo_cpu_ns();
}

static void
mouse(void *unused)
{
	(void)unused;
	const uint64_t began = clock_now_ns();
	for (unsigned n = 1; n <= MOVES; n++) {
		const uint64_t moved = began + n * MOVE_NS;
		(void)clock_sleep_until(moved);
		const uint64_t delay = clock_now_ns() - moved;
		if (delay > worst_ns)
			worst_ns = delay;
		late += delay > AT_ONCE_NS;
		demo_compute_ns(DRAW_NS);
	}
	took_ns = clock_now_ns() - began;
	over = true;
}

int
demo_mouse(void)
{
	struct thread *hog, *pointer;
	(void)demo_thread(tunnel, NULL, TUNNEL_PRIORITY, POLICY_FIFO, &hog);
	(void)demo_thread(mouse, NULL, MOUSE_PRIORITY, POLICY_FIFO, &pointer);
	(void)thread_join(pointer, NULL);
	(void)thread_join(hog, NULL);
	printf("mouse: %u moves, %u late, %" PRIu64 " us after the move at most\n", MOVES, late,
	    worst_ns / 1000);
	printf("wind tunnel: %" PRIu64 " %% of the processor\n", tunnel_ns * 100 / took_ns);
	return late == 0 ? 0 : 1;
}
