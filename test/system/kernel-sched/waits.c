/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting without a message: lending, sleeping, being interrupted, and
 * endpoints at which nobody inherits.
 */
#include "waits.h"

#include "calls.h"
#include "test.h"
#include "threads.h"
#include "world.h"

static handle_t ep;

static void
begin_test(void)
{
	ep = endpoint_new();
	story_begin();
}

static void
end_test(void)
{
	WORKS(insula_destroy(ep));
}

static void
spin(struct worker *self)
{
	for (;;)
		self->result++;
}

static handle_t owner;

/* As a mutex that is found locked: wait for the token, have it, pass it on. */
static void
wait_and_pass_on(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv_lend(ep, TIME_NEVER, owner, &m);
	tell((char)self->argument);
	(void)insula_notify(ep);
}

static void
wait_for_a_millisecond(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv_lend(ep, in_us(1000), owner, &m);
}

void
C8_a_mutexs_owner_runs_at_its_highest_waiters_priority(void)
{
	begin_test();
	struct worker *holder = worker_start(spin, 0, LOWER, POLICY_FIFO);
	owner = holder->handle;
	set_priority(INIT_THREAD, HIGHER);
	struct worker *a = worker_start(wait_and_pass_on, 'a', LOW, POLICY_FIFO);
	sleep_us(100);
	EQUAL(worker_state(a), THREAD_MUTEX);
	EQUAL(thread_effective(owner), LOW);
	struct worker *b = worker_start(wait_and_pass_on, 'b', HIGH, POLICY_FIFO);
	struct worker *c = worker_start(wait_and_pass_on, 'c', HIGH, POLICY_FIFO);
	sleep_us(100);
	EQUAL(thread_effective(owner), HIGH);
	EQUAL(thread_real(owner), LOWER);
	WORKS(insula_notify(ep));
	EQUAL(thread_effective(owner), LOWER); /* at once */
	sleep_us(1000);
	SAME_TEXT(story, "bca");
	EQUAL(a->result, RECV_BITS);
	worker_end(holder);
	worker_end(a);
	worker_end(b);
	worker_end(c);
	set_priority(INIT_THREAD, MAIN);
	end_test();
}

void
C8_the_boost_ends_with_timeout_and_death(void)
{
	begin_test();
	struct worker *holder = worker_start(spin, 0, LOWER, POLICY_FIFO);
	owner = holder->handle;
	set_priority(INIT_THREAD, HIGHER);
	struct worker *a = worker_start(wait_and_pass_on, 'a', LOW, POLICY_FIFO);
	struct worker *b = worker_start(wait_for_a_millisecond, 'b', HIGH, POLICY_FIFO);
	sleep_us(100);
	EQUAL(thread_effective(owner), HIGH);
	sleep_us(2000);
	CHECK(b->ended);
	EQUAL((int)b->result, ERR_TIMED_OUT);
	EQUAL(thread_effective(owner), LOW);
	worker_end(a);
	EQUAL(thread_effective(owner), LOWER);
	worker_end(b);
	worker_end(holder);
	set_priority(INIT_THREAD, MAIN);
	end_test();
}

static void
send(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_call((handle_t)self->argument, TIME_NEVER, &m);
}

static void
receive(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv((handle_t)self->argument, TIME_NEVER, &m);
}

static void
sleep_for_ever(struct worker *self)
{
	self->result = (uint64_t)(int64_t)insula_sleep(TIME_NEVER);
}

void
C6_every_way_to_be_blocked_can_be_told_apart(void)
{
	begin_test();
	const handle_t other = endpoint_new(), served = endpoint_new();
	struct message m = { 0 };
	struct worker *w[] = {
		worker_start(send, other, LOW, POLICY_FIFO),
		worker_start(send, served, LOW, POLICY_FIFO),
		worker_start(receive, endpoint_new(), LOW, POLICY_FIFO),
		worker_start(wait_and_pass_on, 'm', LOW, POLICY_FIFO),
		worker_start(sleep_for_ever, 0, LOW, POLICY_FIFO),
	};
	static const enum thread_state states[] = { THREAD_SEND, THREAD_REPLY, THREAD_RECEIVE,
		THREAD_MUTEX, THREAD_NANOSLEEP };

	owner = INIT_THREAD;
	let_run();
	EQUAL(insula_recv(served, TIME_NOW, &m), RECV_MESSAGE);
	for (unsigned i = 0; i < 5; i++) {
		EQUAL(worker_state(w[i]), states[i]);
		WORKS(insula_thread_interrupt(w[i]->handle));
		world_begin();
		world_watch_thread(w[i]->handle);
		REFUSED(ERR_STATE, insula_thread_interrupt(w[i]->handle));
	}
	EQUAL(insula_reply(served, &m), ERR_TOKEN);
	let_run();
	for (unsigned i = 0; i < 5; i++) {
		EQUAL((int)w[i]->result, ERR_INTERRUPTED);
		if (states[i] == THREAD_RECEIVE)
			WORKS(insula_destroy((handle_t)w[i]->argument));
		worker_end(w[i]);
	}
	WORKS(insula_destroy(other));
	WORKS(insula_destroy(served));
	end_test();
}

static void
sleep_two_milliseconds(struct worker *self)
{
	const uint64_t until = in_us(2000);

	self->result = (uint64_t)(int64_t)insula_sleep(until);
	self->argument = now_ns() - until;
}

void
C6_sleep_ends_at_its_deadline_and_can_be_interrupted(void)
{
	begin_test();
	WORKS(insula_sleep(TIME_NOW));
	struct worker *w = worker_start(sleep_two_milliseconds, 0, HIGH, POLICY_FIFO);
	EQUAL(worker_state(w), THREAD_NANOSLEEP);
	sleep_us(3000);
	CHECK(w->ended);
	EQUAL(w->result, OK);
	CHECK(w->argument < 100000);
	worker_end(w);
	w = worker_start(sleep_two_milliseconds, 0, HIGH, POLICY_FIFO);
	WORKS(insula_thread_interrupt(w->handle));
	CHECK(w->ended);
	EQUAL((int)w->result, ERR_INTERRUPTED);
	worker_end(w);
	end_test();
}

/* In turns of a millisecond, as often as its argument's digits say: 0 or 1. */
static struct worker *chosen[2];

static void
hand_out_the_processor(struct worker *self)
{
	for (uint64_t turns = self->argument; turns != 0; turns /= 10) {
		struct message m = { 0 };
		(void)insula_recv_lend(ep, in_us(1000), chosen[turns % 10 - 1]->handle, &m);
	}
}

void
S29_a_scheduler_at_user_level_chooses_who_runs(void)
{
	begin_test();
	for (unsigned i = 0; i < 2; i++)
		chosen[i] = worker_start(spin, 0, LOWER, POLICY_FIFO);
	struct worker *hog = worker_start(spin, 0, LOW, POLICY_FIFO);
	struct worker *scheduler =
	    worker_start(hand_out_the_processor, 1222, MAIN - 1, POLICY_FIFO);
	sleep_us(4500);
	CHECK(scheduler->ended);
	const uint64_t once = chosen[0]->result, thrice = chosen[1]->result;
	CHECK(once > 1000);
	CHECK(thrice > 2 * once + once / 2);
	CHECK(thrice < 3 * once + once / 2);
	CHECK(hog->result < once); /* only what was left over */
	EQUAL(thread_effective(chosen[0]->handle), LOWER);
	worker_end(scheduler);
	worker_end(hog);
	worker_end(chosen[0]);
	worker_end(chosen[1]);
	end_test();
}

static void
serve_for_ever(struct worker *self)
{
	struct message m = { 0 };

	(void)insula_recv((handle_t)self->argument, TIME_NEVER, &m);
	for (;;) {
		self->result = thread_effective(self->handle);
		if (insula_reply_recv((handle_t)self->argument, TIME_NEVER, &m) < 0)
			return;
	}
}

void
C3_an_endpoint_can_opt_out_of_inheritance(void)
{
	handle_t fixed = HANDLE_NONE;

	begin_test();
	WORKS(insula_endpoint_create_as(SELF, SELF, ENDPOINT_FIXED_PRIORITY, &fixed));
	struct worker *inheriting = worker_start(serve_for_ever, ep, LOW, POLICY_FIFO);
	struct worker *keeping = worker_start(serve_for_ever, fixed, LOW, POLICY_FIFO);
	let_run();
	for (unsigned round = 0; round < 3; round++) {
		struct message m = { 0 };
		WORKS(insula_call(ep, TIME_NEVER, &m));
		WORKS(insula_call(fixed, TIME_NEVER, &m));
		EQUAL(inheriting->result, MAIN);
		EQUAL(keeping->result, LOW);
	}
	worker_end(inheriting);
	worker_end(keeping);
	WORKS(insula_destroy(fixed));
	end_test();
}
