/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of one process and of two, told apart by what a switch between them
 * costs: time is the number of instructions.
 */
#include "calls.h"
#include "test.h"
#include "threads.h"
#include "waits.h"

#define ROUNDS 50
#define TIMES 16 /* the least counts: an interrupt, or a check of all memory, may come between */
#define SWITCHES (2 * ROUNDS) /* there and back */
#define NS_PER_INSTRUCTION 1
#define COUNTS_NS 16 /* the counter, by so many: each of two times is short by less */

static void
yield_for_ever(struct worker *self)
{
	(void)self;
	for (;;)
		insula_yield();
}

static void
serve_for_ever(struct worker *self)
{
	struct message m = { 0 };

	(void)insula_recv((handle_t)self->argument, TIME_NEVER, &m);
	for (;;)
		(void)insula_reply_recv((handle_t)self->argument, TIME_NEVER, &m);
}

static uint64_t
lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What so many yields to a peer in a space cost. */
static uint64_t
yields_ns(handle_t space)
{
	struct worker *peer = worker_start_in(space, yield_for_ever, 0, MAIN, POLICY_FIFO);

	insula_yield();
	uint64_t least_ns = UINT64_MAX;
	for (unsigned i = 0; i < TIMES; i++) {
		const uint64_t began = now_ns();
		for (unsigned n = 0; n < ROUNDS; n++)
			insula_yield();
		least_ns = lesser(least_ns, now_ns() - began);
	}
	worker_end(peer);
	return least_ns;
}

/* What so many calls to a server in a space, which calls the endpoint `name`, cost. */
static uint64_t
calls_ns(handle_t space, handle_t ep, handle_t name, uint64_t deadline_ns)
{
	struct worker *server = worker_start_in(space, serve_for_ever, name, HIGH, POLICY_FIFO);
	struct message m = { .label = 1 };

	WORKS(insula_call(ep, deadline_ns, &m));
	uint64_t least_ns = UINT64_MAX;
	for (unsigned i = 0; i < TIMES; i++) {
		const uint64_t began = now_ns();
		for (unsigned n = 0; n < ROUNDS; n++)
			(void)insula_call(ep, deadline_ns, &m);
		least_ns = lesser(least_ns, now_ns() - began);
	}
	worker_end(server);
	return least_ns;
}

/* The same is done in both spaces, and every switch is cheaper where the space stays. */
static void
is_cheaper(uint64_t same_ns, uint64_t other_ns)
{
	CHECK(same_ns + SWITCHES * NS_PER_INSTRUCTION <= other_ns + 2 * COUNTS_NS);
}

void
S26_a_switch_within_a_process_does_not_switch_the_address_space(void)
{
	const handle_t space = space_like_this(8), ep = endpoint_new();
	const handle_t name = given(space, ep, RIGHT_RECV, 0);
	const uint64_t far = in_us(1000000);

	is_cheaper(yields_ns(SELF), yields_ns(space));
	is_cheaper(calls_ns(SELF, ep, ep, TIME_NEVER), calls_ns(space, ep, name, TIME_NEVER));
	is_cheaper(calls_ns(SELF, ep, ep, far), calls_ns(space, ep, name, far));
	WORKS(insula_destroy(space));
	WORKS(insula_destroy(ep));
}
