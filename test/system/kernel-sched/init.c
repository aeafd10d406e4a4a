/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs, and for how long: statements S1, S3 to S17, S23, S24, S26, C2 to C5 and C13 as
 * a program can see them. Runs with deterministic time.
 */
#include "calls.h"
#include "test.h"
#include "threads.h"
#include "waits.h"

#include <string.h>

#define MS 1000000ull

static handle_t ep;

/* One letter, then rest. */
static void
tell_once(struct worker *self)
{
	tell((char)self->argument);
}

static void
spin_ns(uint64_t ns)
{
	const uint64_t until = now_ns() + ns;

	while (now_ns() < until)
		;
}

/* A letter at each turn on the processor: when it finds that another was on it. */
static volatile uint64_t last_runner;

static void
spin_and_tell_turns(struct worker *self)
{
	for (;;) {
		if (last_runner != self->argument) {
			last_runner = self->argument;
			tell((char)self->argument);
		}
	}
}

static void
begin_test(void)
{
	ep = endpoint_new();
	last_runner = 0;
	story_begin();
}

static void
end_test(void)
{
	(void)insula_destroy(ep);
}

static uint64_t
cpu_ns(const struct worker *w)
{
	struct thread_info info = { 0 };

	(void)insula_thread_query(w->handle, &info);
	return info.cpu_ns;
}

static void
S1_every_priority_from_1_to_255_can_be_had(void)
{
	handle_t t = HANDLE_NONE;

	begin_test();
	WORKS(insula_thread_create(SELF, SELF, 1, 0, &t));
	for (unsigned p = 1; p <= 255; p++) {
		WORKS(insula_thread_configure(t, THREAD_PRIORITY, p, 0));
		EQUAL(thread_effective(t), p);
	}
	WORKS(insula_destroy(t));
	end_test();
}

static void
S5_the_highest_priority_runs_first(void)
{
	static const unsigned char order[] = { 40, 3, 99, 64, 63, 2, 65, 1 + 1, 50, 77 };
	struct worker *w[10];

	begin_test();
	for (unsigned i = 0; i < 10; i++)
		w[i] = worker_start(tell_once, 'a' + i, order[i], POLICY_FIFO);
	SAME_TEXT(story, "");
	let_run();
	/* 99 77 65 64 63 50 40 3 and the two of priority 2 in their order */
	SAME_TEXT(story, "cjgdeiabfh");
	for (unsigned i = 0; i < 10; i++)
		worker_end(w[i]);
	end_test();
}

static void
S5_a_thread_of_higher_priority_runs_at_once_when_it_is_started(void)
{
	begin_test();
	struct worker *high = worker_start(tell_once, 'h', HIGH, POLICY_FIFO);
	tell('m');
	struct worker *low = worker_start(tell_once, 'l', LOW, POLICY_FIFO);
	tell('m');
	let_run();
	SAME_TEXT(story, "hmml");
	worker_end(high);
	worker_end(low);
	end_test();
}

static void
wait_and_tell(struct worker *self)
{
	struct message m = { 0 };

	(void)insula_recv((handle_t)self->argument >> 8, TIME_NEVER, &m);
	tell((char)(self->argument & 0xff));
}

static void
S7_a_thread_that_becomes_ready_goes_to_the_tail_of_its_level(void)
{
	handle_t own[3];
	struct worker *w[3];

	begin_test();
	for (unsigned i = 0; i < 3; i++) {
		own[i] = endpoint_new();
		w[i] = worker_start(
		    wait_and_tell, (uint64_t)own[i] << 8 | ('a' + i), LOW, POLICY_FIFO);
	}
	let_run();
	WORKS(insula_notify(own[1]));
	WORKS(insula_notify(own[2]));
	WORKS(insula_notify(own[0]));
	let_run();
	SAME_TEXT(story, "bca");
	for (unsigned i = 0; i < 3; i++) {
		worker_end(w[i]);
		WORKS(insula_destroy(own[i]));
	}
	end_test();
}

static void
S8_S11_a_preempted_thread_keeps_its_place_and_is_never_sliced(void)
{
	begin_test();
	struct worker *a = worker_start(spin_and_tell_turns, 'a', LOW, POLICY_FIFO);
	struct worker *b = worker_start(spin_and_tell_turns, 'b', LOW, POLICY_FIFO);

	for (int i = 0; i < 10; i++)
		sleep_us(3000);
	SAME_TEXT(story, "a");
	CHECK(cpu_ns(a) > 28 * MS);
	EQUAL(cpu_ns(b), 0);
	worker_end(a);
	worker_end(b);
	end_test();
}

static void
S7_a_thread_that_blocked_goes_behind_its_peers(void)
{
	begin_test();
	struct worker *a = worker_start(spin_and_tell_turns, 'a', LOW, POLICY_FIFO);
	struct worker *b = worker_start(spin_and_tell_turns, 'b', LOW, POLICY_FIFO);

	sleep_us(1000);
	WORKS(insula_thread_stop(a->handle));
	WORKS(insula_thread_resume(a->handle));
	sleep_us(1000);
	SAME_TEXT(story, "ab");
	worker_end(a);
	worker_end(b);
	end_test();
}

static void
yield_thrice(struct worker *self)
{
	for (int i = 0; i < 3; i++) {
		tell((char)self->argument);
		insula_yield();
	}
}

static void
S9_yield_goes_to_the_tail_of_its_own_level_and_never_downwards(void)
{
	begin_test();
	struct worker *a = worker_start(yield_thrice, 'a', LOW, POLICY_FIFO);
	struct worker *b = worker_start(yield_thrice, 'b', LOW, POLICY_FIFO);
	struct worker *c = worker_start(yield_thrice, 'c', LOW, POLICY_FIFO);
	struct worker *lower = worker_start(yield_thrice, 'l', LOWER, POLICY_FIFO);

	insula_yield();
	tell('m'); /* alone at its level: goes on */
	let_run();
	SAME_TEXT(story, "mabcabcabclll");
	worker_end(a);
	worker_end(b);
	worker_end(c);
	worker_end(lower);
	end_test();
}

static void
S10_raising_a_thread_above_the_caller_runs_it_at_once(void)
{
	begin_test();
	struct worker *w = worker_start(tell_once, 'w', LOW, POLICY_FIFO);

	tell('m');
	set_priority(w->handle, HIGH);
	tell('n');
	SAME_TEXT(story, "mwn");
	worker_end(w);

	/* And lowering the caller below another. */
	story_begin();
	w = worker_start(tell_once, 'w', LOW, POLICY_FIFO);
	set_priority(INIT_THREAD, LOWER);
	tell('m');
	set_priority(INIT_THREAD, MAIN);
	SAME_TEXT(story, "wm");
	worker_end(w);
	end_test();
}

static void
S12_round_robin_gives_turns_of_four_ticks(void)
{
	struct worker *w[3];

	begin_test();
	for (unsigned i = 0; i < 3; i++)
		w[i] = worker_start(spin_and_tell_turns, 'a' + i, LOW, POLICY_RR);
	sleep_us(4 * 3 * 3 * 1000 + 500);
	SAME_TEXT(story, "abcabcabca");
	for (unsigned i = 0; i < 3; i++) {
		const uint64_t used = cpu_ns(w[i]);
		CHECK(used > 11 * MS + 800000);
		CHECK(used < 12 * MS + 700000);
		worker_end(w[i]);
	}
	end_test();
}

static void
S13_a_fifo_peer_of_a_round_robin_thread_is_not_sliced(void)
{
	begin_test();
	struct worker *rr = worker_start(spin_and_tell_turns, 'r', LOW, POLICY_RR);
	struct worker *fifo = worker_start(spin_and_tell_turns, 'f', LOW, POLICY_FIFO);

	sleep_us(30000);
	SAME_TEXT(story, "rf");
	CHECK(cpu_ns(rr) > 3 * MS + 900000);
	CHECK(cpu_ns(rr) < 4 * MS + 200000);
	worker_end(rr);
	worker_end(fifo);
	end_test();
}

static void
S12_a_round_robin_thread_without_a_peer_goes_on(void)
{
	begin_test();
	struct worker *rr = worker_start(spin_and_tell_turns, 'r', LOW, POLICY_RR);
	struct worker *lower = worker_start(spin_and_tell_turns, 'l', LOWER, POLICY_RR);

	sleep_us(20000);
	SAME_TEXT(story, "r");
	worker_end(rr);
	worker_end(lower);
	end_test();
}

static void
S14_a_preempted_round_robin_thread_goes_on_with_what_was_left(void)
{
	begin_test();
	struct worker *a = worker_start(spin_and_tell_turns, 'a', LOW, POLICY_RR);
	struct worker *b = worker_start(spin_and_tell_turns, 'b', LOW, POLICY_RR);

	sleep_us(3000);
	spin_ns(10 * MS); /* a is out of the processor, with 1 ms left */
	SAME_TEXT(story, "a");
	sleep_us(800);
	SAME_TEXT(story, "a");
	sleep_us(400);
	SAME_TEXT(story, "ab");
	worker_end(a);
	worker_end(b);
	end_test();
}

static void
S15_other_behaves_as_round_robin_and_a_thread_can_change_its_policy(void)
{
	begin_test();
	struct worker *a = worker_start(spin_and_tell_turns, 'a', LOW, POLICY_OTHER);
	struct worker *b = worker_start(spin_and_tell_turns, 'b', LOW, POLICY_OTHER);

	sleep_us(9000);
	SAME_TEXT(story, "aba");
	WORKS(insula_thread_configure(a->handle, THREAD_POLICY, POLICY_FIFO, 0));
	WORKS(insula_thread_configure(b->handle, THREAD_POLICY, POLICY_FIFO, 0));
	sleep_us(20000);
	CHECK(strlen(story) <= 4);
	worker_end(a);
	worker_end(b);
	end_test();
}

static void
S16_raising_goes_to_the_tail_and_lowering_to_the_head(void)
{
	struct worker *w[4];

	begin_test();
	w[0] = worker_start(tell_once, 'a', LOW, POLICY_FIFO);
	w[1] = worker_start(tell_once, 'b', LOW, POLICY_FIFO);
	w[2] = worker_start(tell_once, 'c', LOWER, POLICY_FIFO);
	w[3] = worker_start(tell_once, 'd', LOW + 1, POLICY_FIFO);
	set_priority(w[2]->handle, LOW); /* raised: behind a and b */
	set_priority(w[3]->handle, LOW); /* lowered: before them */
	set_priority(w[0]->handle, LOW); /* unchanged: stays */
	let_run();
	SAME_TEXT(story, "dabc");
	for (unsigned i = 0; i < 4; i++)
		worker_end(w[i]);
	end_test();
}

/* --- inheritance */

static void
call_ep(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_call((handle_t)self->argument, TIME_NEVER, &m);
	tell('c');
}

static void
call_ep_for_2_ms(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_call((handle_t)self->argument, in_us(2000), &m);
}

/* Receives once and then spins, serving. */
static void
receive_and_spin(struct worker *self)
{
	struct message m = { 0 };

	(void)insula_recv((handle_t)self->argument, TIME_NEVER, &m);
	self->result = m.token;
	for (;;)
		;
}

static void
C2_a_server_is_boosted_when_a_higher_caller_queues(void)
{
	begin_test();
	struct worker *server = worker_start(receive_and_spin, ep, LOWER, POLICY_FIFO);
	let_run();
	struct worker *low = worker_start(call_ep, ep, LOW, POLICY_FIFO);
	sleep_us(100);
	EQUAL(thread_real(server->handle), LOWER);
	EQUAL(thread_effective(server->handle), LOW); /* of the call it serves */
	set_priority(INIT_THREAD, HIGHER);            /* above what comes */
	struct worker *high = worker_start(call_ep, ep, HIGH, POLICY_FIFO);
	sleep_us(100);
	EQUAL(worker_state(high), THREAD_SEND);
	EQUAL(thread_effective(server->handle), HIGH);
	worker_end(high);
	EQUAL(thread_effective(server->handle), LOW);
	worker_end(low);
	EQUAL(thread_effective(server->handle), LOWER);
	worker_end(server);
	set_priority(INIT_THREAD, MAIN);
	end_test();
}

static void
C2_a_lower_caller_sets_the_servers_priority_when_it_is_received(void)
{
	begin_test();
	struct worker *server = worker_start(receive_and_spin, ep, HIGH, POLICY_FIFO);
	struct worker *low = worker_start(call_ep, ep, LOW, POLICY_FIFO);

	sleep_us(100);
	EQUAL(thread_real(server->handle), HIGH);
	EQUAL(thread_effective(server->handle), LOW);
	struct message m = { .token = server->result };
	set_priority(INIT_THREAD, HIGHER);
	WORKS(insula_reply(ep, &m));
	EQUAL(thread_effective(server->handle), HIGH); /* itself again */
	worker_end(server);
	worker_end(low);
	set_priority(INIT_THREAD, MAIN);
	end_test();
}

static void
C3_policy_is_not_inherited(void)
{
	struct thread_info info = { 0 };

	begin_test();
	struct worker *server = worker_start(receive_and_spin, ep, LOWER, POLICY_FIFO);
	let_run();
	struct worker *client = worker_start(call_ep, ep, LOW, POLICY_RR);
	sleep_us(100);
	WORKS(insula_thread_query(server->handle, &info));
	EQUAL(info.state >> 24 & 0xff, POLICY_FIFO);
	EQUAL(info.state >> 8 & 0xff, LOW);
	worker_end(client);
	worker_end(server);
	end_test();
}

static void
C4_a_server_is_boosted_at_most_to_its_limit(void)
{
	begin_test();
	struct worker *server = worker_new_in(SELF, receive_and_spin, ep, 20, POLICY_FIFO);
	WORKS(insula_thread_configure(server->handle, THREAD_LIMIT, 63, 0));
	WORKS(worker_go(server));
	let_run();
	struct worker *client = worker_start(call_ep, ep, HIGH, POLICY_FIFO);
	EQUAL(thread_effective(server->handle), 63);
	worker_end(client);
	worker_end(server);
	end_test();
}

static handle_t chain[4];

/* Receives at one endpoint and then calls the next. */
static void
receive_and_call_on(struct worker *self)
{
	struct message m = { 0 };

	(void)insula_recv(chain[self->argument], TIME_NEVER, &m);
	struct message on = { 0 };
	self->result = (uint64_t)(int64_t)insula_call(chain[self->argument + 1], TIME_NEVER, &on);
	(void)insula_reply(chain[self->argument], &m);
}

static void
C5_the_boost_crosses_chains_and_ends_with_timeout_and_death(void)
{
	begin_test();
	for (unsigned i = 0; i < 4; i++)
		chain[i] = endpoint_new();
	struct worker *a = worker_start(receive_and_call_on, 0, 20, POLICY_FIFO);
	struct worker *b = worker_start(receive_and_call_on, 1, 21, POLICY_FIFO);
	struct worker *c = worker_start(receive_and_spin, chain[2], 22, POLICY_FIFO);
	let_run();
	struct worker *client = worker_start(call_ep, chain[0], 30, POLICY_FIFO);
	sleep_us(200);
	EQUAL(worker_state(a), THREAD_REPLY);
	EQUAL(worker_state(b), THREAD_REPLY);
	EQUAL(thread_effective(c->handle), 30);

	/* A higher one queues at the head of the chain. */
	set_priority(INIT_THREAD, HIGHER);
	struct worker *high = worker_start(call_ep_for_2_ms, chain[0], HIGH, POLICY_FIFO);
	sleep_us(100);
	EQUAL(thread_effective(a->handle), HIGH);
	EQUAL(thread_effective(b->handle), HIGH);
	EQUAL(thread_effective(c->handle), HIGH);
	sleep_us(4000); /* it has timed out */
	CHECK(high->ended);
	EQUAL((int)high->result, ERR_TIMED_OUT);
	EQUAL(thread_effective(a->handle), 30);
	EQUAL(thread_effective(c->handle), 30);
	set_priority(client->handle, 40);
	EQUAL(thread_effective(c->handle), 40);
	worker_end(client); /* dead */
	EQUAL(thread_effective(a->handle), 20);
	EQUAL(thread_effective(b->handle), 20);
	EQUAL(thread_effective(c->handle), 20);
	set_priority(INIT_THREAD, MAIN);
	worker_end(high);
	worker_end(a);
	EQUAL(thread_effective(b->handle), 21);
	EQUAL(thread_effective(c->handle), 21);
	worker_end(b);
	EQUAL(thread_effective(c->handle), 22);
	worker_end(c);
	for (unsigned i = 0; i < 4; i++)
		WORKS(insula_destroy(chain[i]));
	end_test();
}

/* --- hand-over */

static void
serve_and_tell(struct worker *self)
{
	struct message m = { 0 };

	(void)insula_recv(ep, TIME_NEVER, &m);
	for (;;) {
		tell((char)self->argument);
		if (insula_reply_recv(ep, TIME_NEVER, &m) < 0)
			return;
	}
}

static void
serve_with_plain_reply(struct worker *self)
{
	struct message m = { 0 };

	for (;;) {
		if (insula_recv(ep, TIME_NEVER, &m) < 0)
			return;
		tell((char)self->argument);
		(void)insula_reply(ep, &m);
		tell((char)(self->argument - 'a' + 'A'));
	}
}

static void
call_thrice(struct worker *self)
{
	for (int i = 0; i < 3; i++) {
		struct message m = { 0 };
		tell((char)self->argument);
		(void)insula_call(ep, TIME_NEVER, &m);
	}
}

static void
C13_a_call_and_its_answer_keep_the_callers_place_before_its_peers(void)
{
	begin_test();
	struct worker *server = worker_start(serve_and_tell, 's', LOW, POLICY_FIFO);
	let_run();
	struct worker *client = worker_start(call_thrice, 'c', LOW, POLICY_FIFO);
	struct worker *peer = worker_start(tell_once, 'p', LOW, POLICY_FIFO);
	let_run();
	SAME_TEXT(story, "cscscsp");
	worker_end(client);
	worker_end(server);
	worker_end(peer);
	end_test();
}

static void
C13_a_plain_reply_follows_S7(void)
{
	begin_test();
	struct worker *server = worker_start(serve_with_plain_reply, 's', LOW, POLICY_FIFO);
	let_run();
	struct worker *client = worker_start(call_thrice, 'c', LOW, POLICY_FIFO);
	struct worker *peer = worker_start(tell_once, 'p', LOW, POLICY_FIFO);
	let_run();
	SAME_TEXT(story, "csSpcsScsS");
	worker_end(client);
	worker_end(server);
	worker_end(peer);
	end_test();
}

static void
call_for_ever(struct worker *self)
{
	for (;;) {
		struct message m = { 0 };
		if (last_runner != self->argument) {
			last_runner = self->argument;
			tell((char)self->argument);
		}
		(void)insula_call(ep, TIME_NEVER, &m);
	}
}

static void
serve_for_ever(struct worker *self)
{
	struct message m = { 0 };

	(void)self;
	(void)insula_recv(ep, TIME_NEVER, &m);
	while (insula_reply_recv(ep, TIME_NEVER, &m) >= 0)
		;
}

/* A pair that calls all the time has one slice together, like any thread. */
static void
C13_hand_over_passes_on_the_rest_of_the_slice(void)
{
	begin_test();
	struct worker *server = worker_start(serve_for_ever, 0, LOW, POLICY_RR);
	let_run();
	struct worker *client = worker_start(call_for_ever, 'c', LOW, POLICY_RR);
	struct worker *peer = worker_start(spin_and_tell_turns, 'p', LOW, POLICY_RR);
	/* Six slices, and what a debug kernel's sweeps add to the pair's: until the seventh begins. */
	sleep_us(4 * 6 * 1000);
	for (int ms = 0; strlen(story) < 7 && ms < 60; ms++)
		sleep_us(1000);
	SAME_TEXT(story, "cpcpcpc");
	CHECK(cpu_ns(peer) > 11 * MS + 500000);
	CHECK(cpu_ns(peer) < 12 * MS + 800000);
	worker_end(server);
	worker_end(client);
	worker_end(peer);
	end_test();
}

static const struct test tests[] = {
	T(S1_every_priority_from_1_to_255_can_be_had),
	T(S5_the_highest_priority_runs_first),
	T(S5_a_thread_of_higher_priority_runs_at_once_when_it_is_started),
	T(S7_a_thread_that_becomes_ready_goes_to_the_tail_of_its_level),
	T(S7_a_thread_that_blocked_goes_behind_its_peers),
	T(S8_S11_a_preempted_thread_keeps_its_place_and_is_never_sliced),
	T(S9_yield_goes_to_the_tail_of_its_own_level_and_never_downwards),
	T(S10_raising_a_thread_above_the_caller_runs_it_at_once),
	T(S12_round_robin_gives_turns_of_four_ticks),
	T(S12_a_round_robin_thread_without_a_peer_goes_on),
	T(S13_a_fifo_peer_of_a_round_robin_thread_is_not_sliced),
	T(S14_a_preempted_round_robin_thread_goes_on_with_what_was_left),
	T(S15_other_behaves_as_round_robin_and_a_thread_can_change_its_policy),
	T(S16_raising_goes_to_the_tail_and_lowering_to_the_head),
	T(C2_a_server_is_boosted_when_a_higher_caller_queues),
	T(C2_a_lower_caller_sets_the_servers_priority_when_it_is_received),
	T(C3_policy_is_not_inherited),
	T(C4_a_server_is_boosted_at_most_to_its_limit),
	T(C5_the_boost_crosses_chains_and_ends_with_timeout_and_death),
	T(C13_a_call_and_its_answer_keep_the_callers_place_before_its_peers),
	T(C13_a_plain_reply_follows_S7),
	T(C13_hand_over_passes_on_the_rest_of_the_slice),
	T(C3_an_endpoint_can_opt_out_of_inheritance),
	T(C6_every_way_to_be_blocked_can_be_told_apart),
	T(C6_sleep_ends_at_its_deadline_and_can_be_interrupted),
	T(C8_a_mutexs_owner_runs_at_its_highest_waiters_priority),
	T(C8_the_boost_ends_with_timeout_and_death),
	T(S29_a_scheduler_at_user_level_chooses_who_runs),
	T(S17_S23_a_sporadic_hog_gets_its_budget_per_period_and_no_more),
	T(S3_S23_a_sporadic_thread_and_its_child_get_a_budget_each),
	T(S24_sporadic_parameters_that_make_no_sense_are_refused),
	T(S26_a_switch_within_a_process_does_not_switch_the_address_space),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
