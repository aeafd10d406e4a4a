/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines of calls and receives, and rings of calls that only those end. C10, C12.
 */
#include "calls.h"
#include "ipc.h"
#include "test.h"
#include "threads.h"
#include "world.h"

/* A deadline that has not passed when the host, busy, comes back to the machine. */
#define MOMENT_US 10000ull

static uint64_t deadlines_begin;

/* The time is in its name: 'a' is one millisecond after the beginning, 'b' two. */
static void
call_for_its_milliseconds(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_call(
	    ep, deadlines_begin + 1000000 * (self->argument - 'a' + 1), &m);
	tell((char)self->argument);
}

static void
call_for_a_moment(struct worker *self)
{
	struct message m = { .word = { self->argument } };

	self->result = (uint64_t)(int64_t)insula_call(ep, in_us(MOMENT_US), &m);
	tell((char)self->argument);
}

void
C10_a_call_that_nobody_receives_ends_at_its_deadline_without_effect(void)
{
	begin_test();
	const uint64_t begun = now_ns();
	struct worker *w = worker_start(call_for_a_moment, 't', HIGH, POLICY_FIFO);

	while (!w->ended && now_ns() < begun + 1000 * MOMENT_US * 100)
		sleep_us(100);
	CHECK(now_ns() - begun >= 1000 * MOMENT_US);
	EQUAL((int)w->result, ERR_TIMED_OUT);
	struct message m = { 0 };
	REFUSED(ERR_TIMED_OUT, (err_t)insula_recv(ep, TIME_NOW, &m));
	worker_end(w);
	end_test();
}

void
C10_a_call_that_nobody_answers_ends_at_its_deadline_and_its_token_is_dead(void)
{
	begin_test();
	struct worker *w = worker_start(call_for_a_moment, 't', HIGH, POLICY_FIFO);
	struct message m = { 0 };

	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	sleep_us(2 * MOMENT_US);
	CHECK(w->ended);
	EQUAL((int)w->result, ERR_TIMED_OUT);
	world_watch_thread(w->handle);
	REFUSED(ERR_TOKEN, insula_reply(ep, &m));
	worker_end(w);
	end_test();
}

void
C10_a_receive_ends_at_its_deadline(void)
{
	begin_test();
	struct message m = { 0 };
	const uint64_t deadline = in_us(3000);

	EQUAL(insula_recv(ep, deadline, &m), ERR_TIMED_OUT);
	CHECK(now_ns() >= deadline);
	CHECK(now_ns() < deadline + 1000000000);
	/* It has left the queue: a notification stays pending. */
	WORKS(insula_notify(ep));
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_BITS);
	end_test();
}

void
C10_deadlines_end_in_their_order(void)
{
	struct worker *w[8];

	begin_test();
	deadlines_begin = in_us(400000); /* all of them wait by then, in a debug build too */
	for (unsigned i = 0; i < 8; i++)
		w[i] = worker_start(
		    call_for_its_milliseconds, (uint64_t) "ecgadhbf"[i], HIGH, POLICY_FIFO);
	sleep_us(450000);
	SAME_TEXT(story, "abcdefgh");
	for (unsigned i = 0; i < 8; i++) {
		EQUAL((int)w[i]->result, ERR_TIMED_OUT);
		worker_end(w[i]);
	}
	end_test();
}

void
a_deadline_that_has_passed_is_refused_at_once(void)
{
	begin_test();
	struct message m = { 0 };
	struct worker *server = worker_start(serve, 0, HIGH, POLICY_FIFO);

	world_watch_thread(server->handle);
	REFUSED(ERR_TIMED_OUT, insula_call(ep, TIME_NOW, &m));
	REFUSED(ERR_TIMED_OUT, insula_call(ep, 2, &m));
	REFUSED(ERR_TIMED_OUT, insula_call(ep, now_ns(), &m));
	worker_end(server);
	REFUSED(ERR_TIMED_OUT, (err_t)insula_recv(ep, TIME_NOW, &m));
	REFUSED(ERR_TIMED_OUT, (err_t)insula_recv(ep, 2, &m));
	end_test();
}

static handle_t ring[2];

/* Calls the other, never receives: nobody will answer. */
static void
call_the_other(struct worker *self)
{
	struct message m = { 0 };
	const unsigned me = (unsigned)self->argument;

	(void)insula_recv(ring[me], TIME_NEVER, &m);
	struct message out = { 0 };
	self->result = (uint64_t)(int64_t)insula_call(ring[1 - me], in_us(2000), &out);
}

void
C12_a_ring_of_calls_ends_at_its_deadlines(void)
{
	begin_test();
	ring[0] = endpoint_new();
	ring[1] = endpoint_new();
	struct worker *a = worker_start(call_the_other, 0, HIGH, POLICY_FIFO);
	struct worker *b = worker_start(call_the_other, 1, HIGH, POLICY_FIFO);

	WORKS(insula_notify(ring[0]));
	/* a calls b, which then calls a. */
	let_run();
	sleep_us(5000);
	CHECK(a->ended && b->ended);
	EQUAL((int)a->result, ERR_TIMED_OUT);
	EQUAL((int)b->result, ERR_TIMED_OUT);
	worker_end(a);
	worker_end(b);
	WORKS(insula_destroy(ring[0]));
	WORKS(insula_destroy(ring[1]));
	end_test();
}

void
C12_a_thread_that_calls_itself_ends_at_its_deadline(void)
{
	begin_test();
	struct message m = { 0 };

	EQUAL(insula_call(ep, in_us(MOMENT_US), &m), ERR_TIMED_OUT);
	REFUSED(ERR_TIMED_OUT, (err_t)insula_recv(ep, TIME_NOW, &m));
	end_test();
}
