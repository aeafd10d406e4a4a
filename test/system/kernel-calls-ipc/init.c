/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that carry messages, as docs/abi.md says them: what they do, every
 * error they can give, and that an error changes nothing. Statements C1, C7,
 * C9 to C12.
 */
#include "handles.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#include <string.h>

/* A deadline that has not passed when the host, busy, comes back to the machine. */
#define MOMENT_US 10000ull

static handle_t ep;            /* the endpoint of the test that runs now */
static struct message seen[8]; /* what workers received */
static volatile unsigned seen_count;

static void
begin_test(void)
{
	ep = endpoint_new();
	seen_count = 0;
	memset(seen, 0, sizeof seen);
	story_begin();
	world_begin();
}

static void
end_test(void)
{
	(void)insula_destroy(ep);
}

static struct message
words(uint64_t label, uint64_t first)
{
	struct message m = { .label = label };

	for (uint64_t i = 0; i < MESSAGE_WORDS; i++)
		m.word[i] = first + i;
	return m;
}

static bool
words_are(const struct message *m, uint64_t first)
{
	for (uint64_t i = 0; i < MESSAGE_WORDS; i++)
		if (m->word[i] != first + i)
			return false;
	return true;
}

/* Answers one call with its words plus 1000, and its label plus 1. */
static void
serve_once(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv(ep, TIME_NEVER, &m);
	seen[seen_count++] = m;
	struct message answer = words(m.label + 1, m.word[0] + 1000);
	answer.token = m.token;
	(void)insula_reply(ep, &answer);
}

/* Serves for ever with reply_recv. */
static void
serve(struct worker *self)
{
	struct message m = { 0 };

	(void)self;
	(void)insula_recv(ep, TIME_NEVER, &m);
	for (;;) {
		m.word[0]++;
		if (insula_reply_recv(ep, TIME_NEVER, &m) < 0)
			return;
	}
}

/* Calls with its argument as first word, and keeps the status. */
static void
call_once(struct worker *self)
{
	struct message m = { .label = 7, .word = { self->argument } };

	self->result = (uint64_t)(int64_t)insula_call(ep, TIME_NEVER, &m);
	tell((char)self->argument);
}

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

static void
receive_once(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv(ep, TIME_NEVER, &m);
	seen[seen_count++] = m;
	tell((char)self->argument);
}

/* Receives, and is stopped while it serves. */
static void
receive_and_stop(struct worker *self)
{
	struct message m = { 0 };

	(void)insula_recv(ep, TIME_NEVER, &m);
	(void)insula_thread_stop(self->handle);
}

static void
a_call_delivers_words_label_and_badge_and_brings_the_answer(void)
{
	begin_test();
	const handle_t client = badged(ep, RIGHT_SEND, 0x1234567890abcdef);
	struct worker *server = worker_start(serve_once, 0, HIGH, POLICY_FIFO);

	struct message m = words(0xcafe1234, 40);
	WORKS(insula_call(client, TIME_NEVER, &m));
	CHECK(words_are(&m, 1040));
	EQUAL(m.label, 0xcafe1235);
	EQUAL(m.badge, 0);
	EQUAL(m.token, 0);
	EQUAL(m.bits, 0);
	EQUAL(server->result, RECV_MESSAGE);
	CHECK(words_are(&seen[0], 40));
	EQUAL(seen[0].label, 0xcafe1234);
	EQUAL(seen[0].badge, 0x1234567890abcdef);
	EQUAL(seen[0].bits, 0);
	CHECK(server->ended);
	worker_end(server);
	end_test();
}

static void
a_call_to_a_busy_server_waits_for_it(void)
{
	begin_test();
	struct worker *client = worker_start(call_once, 'a', HIGH, POLICY_FIFO);

	EQUAL(worker_state(client), THREAD_SEND);
	struct message m = { 0 };
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	EQUAL(m.word[0], 'a');
	EQUAL(m.label, 7);
	EQUAL(worker_state(client), THREAD_REPLY);
	WORKS(insula_reply(ep, &m));
	CHECK(client->ended);
	EQUAL(client->result, OK);
	worker_end(client);
	end_test();
}

static void
reply_recv_answers_and_receives_again(void)
{
	begin_test();
	struct worker *server = worker_start(serve, 0, HIGH, POLICY_FIFO);

	for (uint64_t i = 0; i < 10; i++) {
		struct message m = words(0, i);
		WORKS(insula_call(ep, TIME_NEVER, &m));
		EQUAL(m.word[0], i + 1);
		EQUAL(m.word[7], i + 7);
	}
	EQUAL(worker_state(server), THREAD_RECEIVE);
	worker_end(server);
	end_test();
}

static void
C7_a_caller_is_reply_blocked_at_once_when_a_receiver_waits(void)
{
	begin_test();
	struct worker *receiver = worker_start(receive_and_stop, 'r', HIGH, POLICY_FIFO);
	EQUAL(worker_state(receiver), THREAD_RECEIVE);
	struct worker *caller = worker_start(call_once, 'c', HIGH, POLICY_FIFO);

	EQUAL(worker_state(caller), THREAD_REPLY);
	struct thread_info info = { 0 };
	struct cap_info cap = { 0 };
	WORKS(insula_thread_query(caller->handle, &info));
	WORKS(insula_cap_query(SELF, ep, &cap));
	EQUAL(info.blocked_on, cap.identity);
	struct thread_info serving = { 0 };
	WORKS(insula_thread_query(receiver->handle, &serving));
	EQUAL(info.blocked_tag, serving.identity);
	worker_end(caller);
	worker_end(receiver);
	end_test();
}

static void
C1_callers_are_served_by_priority_and_first_come_first_served_within_one(void)
{
	static const struct {
		char name;
		unsigned priority;
	} order[] = { { 'd', 103 }, { 'a', 105 }, { 'e', 103 }, { 'c', 104 }, { 'b', 105 },
		{ 'f', 103 }, { 'g', 102 } };
	struct worker *w[7];

	begin_test();
	for (unsigned i = 0; i < 7; i++)
		w[i] = worker_start(
		    call_once, (uint64_t)order[i].name, order[i].priority, POLICY_FIFO);
	struct message m = { 0 };
	for (unsigned i = 0; i < 7; i++) {
		EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
		EQUAL(m.word[0], 'a' + i);
		WORKS(insula_reply(ep, &m));
	}
	SAME_TEXT(story, "abcdefg");
	for (unsigned i = 0; i < 7; i++)
		worker_end(w[i]);
	end_test();
}

static void
C1_a_queued_caller_whose_priority_changes_moves_in_the_queue(void)
{
	begin_test();
	struct worker *a = worker_start(call_once, 'a', 103, POLICY_FIFO);
	struct worker *b = worker_start(call_once, 'b', 104, POLICY_FIFO);
	struct worker *c = worker_start(call_once, 'c', 105, POLICY_FIFO);

	set_priority(a->handle, 106);
	set_priority(c->handle, 103);
	struct message m = { 0 };
	for (const char *want = "abc"; *want != '\0'; want++) {
		EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
		EQUAL(m.word[0], *want);
		WORKS(insula_reply(ep, &m));
	}
	worker_end(a);
	worker_end(b);
	worker_end(c);
	end_test();
}

static void
several_receivers_are_served_by_priority(void)
{
	begin_test();
	struct worker *r[3];
	r[0] = worker_start(receive_once, '1', 111, POLICY_FIFO);
	r[1] = worker_start(receive_once, '2', 113, POLICY_FIFO);
	r[2] = worker_start(receive_once, '3', 112, POLICY_FIFO);

	for (int i = 0; i < 3; i++)
		WORKS(insula_notify(ep));
	/* The first to come keeps its place; behind it they are ordered. */
	CHECK(strlen(story) == 3);
	for (int i = 0; i < 3; i++) {
		CHECK(r[i]->ended);
		worker_end(r[i]);
	}
	end_test();
}

static void
C9_bits_accumulate_and_are_cleared_as_they_are_returned(void)
{
	begin_test();
	const handle_t one = badged(ep, RIGHT_NOTIFY, 1ull << 63 | 4),
		       two = badged(ep, RIGHT_NOTIFY, 8);
	struct message m = { .token = 5, .word = { 1, 2, 3 } };

	WORKS(insula_notify(one));
	WORKS(insula_notify(two));
	WORKS(insula_notify(two));
	WORKS(insula_notify(ep)); /* badge 0 sets bit 0 */
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_BITS);
	EQUAL(m.bits, (1ull << 63 | 4 | 8 | 1));
	EQUAL(m.token, 0);
	EQUAL(m.badge, 0);
	EQUAL(m.label, 0);
	REFUSED(ERR_TIMED_OUT, (err_t)insula_recv(ep, TIME_NOW, &m));
	end_test();
}

static void
C9_a_message_and_bits_come_together(void)
{
	begin_test();
	struct worker *client = worker_start(call_once, 'a', HIGH, POLICY_FIFO);
	const handle_t bell = badged(ep, RIGHT_NOTIFY, 0x50);

	WORKS(insula_notify(bell));
	struct message m = { 0 };
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE | RECV_BITS);
	EQUAL(m.bits, 0x50);
	EQUAL(m.word[0], 'a');
	WORKS(insula_reply(ep, &m));
	EQUAL(client->result, OK);
	worker_end(client);
	end_test();
}

static void
C9_a_waiting_receiver_is_woken_with_all_bits(void)
{
	begin_test();
	const handle_t bell = badged(ep, RIGHT_NOTIFY, 0xff00);
	struct worker *r = worker_start(receive_once, 'r', HIGH, POLICY_FIFO);

	WORKS(insula_notify(bell));
	CHECK(r->ended);
	EQUAL(r->result, RECV_BITS);
	EQUAL(seen[0].bits, 0xff00);
	worker_end(r);
	end_test();
}

static void
C9_notify_never_blocks_the_notifier(void)
{
	begin_test();
	struct worker *r = worker_start(receive_once, 'r', LOW, POLICY_FIFO);
	let_run();

	for (int i = 0; i < 100; i++)
		WORKS(insula_notify(ep));
	tell('n');
	let_run();
	SAME_TEXT(story, "nr");
	worker_end(r);
	end_test();
}

static handle_t mine; /* where ring_and_wait receives */

static void
ring_and_wait(struct worker *self)
{
	tell('w');
	self->result =
	    (uint64_t)(int64_t)insula_notify_recv(mine, TIME_NEVER, ep, &seen[seen_count++]);
	tell('e');
}

static void
notify_recv_notifies_and_then_receives(void)
{
	begin_test();
	mine = endpoint_new();
	struct worker *r = worker_start(receive_once, 'r', HIGH, POLICY_FIFO);
	struct worker *w = worker_start(ring_and_wait, 'w', HIGH, POLICY_FIFO);

	/* w has rung r, and waits; r has received bit 0, and is over. */
	CHECK(r->ended);
	EQUAL(r->result, RECV_BITS);
	CHECK(!w->ended);
	WORKS(insula_notify(badged(mine, RIGHT_NOTIFY, 6)));
	CHECK(w->ended);
	EQUAL(w->result, RECV_BITS);
	EQUAL(seen[0].bits | seen[1].bits, 7);
	SAME_TEXT(story, "wre");

	/* Nobody waits: the bits stay. What is there is received at once. */
	struct message m = { 0 };
	EQUAL(insula_notify_recv(mine, TIME_NEVER, mine, &m), RECV_BITS);
	EQUAL(m.bits, 1);
	EQUAL(insula_notify_recv(mine, TIME_NOW, ep, &m), ERR_TIMED_OUT);
	EQUAL(insula_notify_recv(ep, TIME_NEVER, HANDLE_NONE, &m), RECV_BITS);
	REFUSED(ERR_HANDLE, (err_t)insula_notify_recv(mine, TIME_NOW, 12345, &m));
	REFUSED(ERR_HANDLE, (err_t)insula_notify_recv(12345, TIME_NOW, ep, &m));
	EQUAL(insula_recv(ep, TIME_NOW, &m), ERR_TIMED_OUT); /* a refused one did not notify */
	worker_end(r);
	worker_end(w);
	(void)insula_destroy(mine);
	end_test();
}

static void
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

static void
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

static void
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

static void
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

static void
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

static void
C11_a_reply_right_works_once(void)
{
	begin_test();
	struct worker *client = worker_start(call_once, 'a', HIGH, POLICY_FIFO);
	struct message m = { 0 };

	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	WORKS(insula_reply(ep, &m));
	world_watch_thread(client->handle);
	REFUSED(ERR_TOKEN, insula_reply(ep, &m));
	struct message again = m;
	REFUSED(ERR_TOKEN, (err_t)insula_reply_recv(ep, TIME_NOW, &again));
	worker_end(client);
	end_test();
}

static void
C11_a_token_that_was_never_given_is_refused(void)
{
	begin_test();
	struct worker *client = worker_start(call_once, 'a', HIGH, POLICY_FIFO);
	struct message m = { 0 };

	world_watch_thread(client->handle);
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	const uint64_t wrong[] = { m.token + 1, m.token - 1, ~0ull, 1ull << 63, m.token << 32,
		m.token ^ 1ull << 40 };
	for (unsigned i = 0; i < 6; i++) {
		struct message forged = { .token = wrong[i] };
		REFUSED(ERR_TOKEN, insula_reply(ep, &forged));
	}
	/* Refused, reply_recv receives nothing either. */
	WORKS(insula_notify(ep));
	struct message forged = { .token = m.token + 1 };
	REFUSED(ERR_TOKEN, (err_t)insula_reply_recv(ep, TIME_NOW, &forged));
	EQUAL(insula_recv(ep, TIME_NOW, &forged), RECV_BITS);
	WORKS(insula_reply(ep, &m));
	EQUAL(client->result, OK);
	worker_end(client);
	end_test();
}

static void
C11_a_token_means_nothing_at_another_endpoint(void)
{
	begin_test();
	const handle_t other = endpoint_new();
	struct worker *client = worker_start(call_once, 'a', HIGH, POLICY_FIFO);
	struct message m = { 0 };

	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	world_watch_thread(client->handle);
	REFUSED(ERR_TOKEN, insula_reply(other, &m));
	WORKS(insula_reply(ep, &m));
	worker_end(client);
	WORKS(insula_destroy(other));
	end_test();
}

static void
C11_a_token_dies_with_its_caller(void)
{
	begin_test();
	struct worker *client = worker_start(call_once, 'a', HIGH, POLICY_FIFO);
	struct message m = { 0 };

	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	worker_end(client);
	REFUSED(ERR_TOKEN, insula_reply(ep, &m));
	end_test();
}

static void
C11_answers_may_be_deferred_and_given_in_any_order(void)
{
	struct worker *client[6];
	struct message m[6] = { 0 };
	static const unsigned order[6] = { 3, 0, 5, 1, 4, 2 };

	begin_test();
	for (unsigned i = 0; i < 6; i++)
		client[i] = worker_start(call_once, 'a' + i, HIGH, POLICY_FIFO);
	for (unsigned i = 0; i < 6; i++)
		EQUAL(insula_recv(ep, TIME_NOW, &m[i]), RECV_MESSAGE);
	for (unsigned i = 0; i < 6; i++) {
		EQUAL(worker_state(client[order[i]]), THREAD_REPLY);
		WORKS(insula_reply(ep, &m[order[i]]));
		insula_yield(); /* serving the last one, we are its equal */
		CHECK(client[order[i]]->ended);
	}
	SAME_TEXT(story, "dafbec");
	for (unsigned i = 0; i < 6; i++)
		worker_end(client[i]);
	end_test();
}

static void
a_reply_can_be_given_by_any_thread_that_may_receive_there(void)
{
	begin_test();
	struct worker *receiver = worker_start(receive_once, 'r', HIGH, POLICY_FIFO);
	struct worker *client = worker_start(call_once, 'c', HIGH, POLICY_FIFO);

	EQUAL(worker_state(client), THREAD_REPLY);
	struct message m = { .token = seen[0].token };
	WORKS(insula_reply(ep, &m));
	CHECK(client->ended);
	worker_end(client);
	worker_end(receiver);
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

static void
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

static void
C12_a_thread_that_calls_itself_ends_at_its_deadline(void)
{
	begin_test();
	struct message m = { 0 };

	EQUAL(insula_call(ep, in_us(MOMENT_US), &m), ERR_TIMED_OUT);
	REFUSED(ERR_TIMED_OUT, (err_t)insula_recv(ep, TIME_NOW, &m));
	end_test();
}

static void
C7_abort_wakes_every_caller_once_with_an_error_and_no_receiver(void)
{
	struct worker *w[36];

	begin_test();
	for (unsigned i = 0; i < 36; i++)
		w[i] = worker_start(call_once, 'x', HIGH, POLICY_FIFO);
	struct message m[2] = { 0 };
	EQUAL(insula_recv(ep, TIME_NOW, &m[0]), RECV_MESSAGE);
	EQUAL(insula_recv(ep, TIME_NOW, &m[1]), RECV_MESSAGE);
	WORKS(insula_endpoint_abort(ep));
	EQUAL(strlen(story), 36);
	for (unsigned i = 0; i < 36; i++) {
		EQUAL((int)w[i]->result, ERR_INTERRUPTED);
		worker_end(w[i]);
	}
	EQUAL(insula_reply(ep, &m[0]), ERR_TOKEN);
	EQUAL(insula_reply(ep, &m[1]), ERR_TOKEN);

	/* It lives on. */
	struct worker *server = worker_start(serve, 0, HIGH, POLICY_FIFO);
	WORKS(insula_endpoint_abort(ep));
	EQUAL(worker_state(server), THREAD_RECEIVE);
	struct message again = { .word = { 9 } };
	WORKS(insula_call(ep, TIME_NEVER, &again));
	EQUAL(again.word[0], 10);
	worker_end(server);
	end_test();
}

static void
C7_destroying_an_endpoint_wakes_everybody_once_with_an_error(void)
{
	struct worker *w[8];

	begin_test();
	for (unsigned i = 0; i < 8; i++)
		w[i] = worker_start(call_once, 'x', HIGH, POLICY_FIFO);
	struct message m = { 0 };
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	WORKS(insula_destroy(ep));
	for (unsigned i = 0; i < 8; i++) {
		CHECK(w[i]->ended);
		EQUAL((int)w[i]->result, ERR_INTERRUPTED);
		worker_end(w[i]);
	}
	EQUAL(insula_reply(ep, &m), ERR_HANDLE);

	ep = endpoint_new();
	for (unsigned i = 0; i < 3; i++)
		w[i] = worker_start(receive_once, 'r', HIGH, POLICY_FIFO);
	WORKS(insula_destroy(ep));
	for (unsigned i = 0; i < 3; i++) {
		CHECK(w[i]->ended);
		EQUAL((int)w[i]->result, ERR_INTERRUPTED);
		worker_end(w[i]);
	}
}

/* The label's register, as other code leaves it: a stub gives the message's own label. */
static inline void
spoil_label(uint64_t value)
{
	__asm__ volatile("mov x11, %0" : : "r"(value) : "x11");
}

/* Receives with an empty slot named for a capability. */
static void
receive_capability(struct worker *self)
{
	struct message m = { .label = MSG_CAP_ACCEPT };

	spoil_label(0);
	self->result = (uint64_t)(int64_t)insula_recv(ep, TIME_NEVER, &m);
	seen[seen_count++] = m;
	struct message answer = { .token = m.token };
	(void)insula_reply(ep, &answer);
}

static void
a_capability_travels_with_a_message_to_a_receiver_that_accepts_it(void)
{
	begin_test();
	const handle_t other = endpoint_new();
	const handle_t sent = badged(other, RIGHT_SEND | RIGHT_NOTIFY, 77);
	struct worker *r = worker_start(receive_capability, 0, HIGH, POLICY_FIFO);

	struct message m = words(3 | MSG_CAP, 20);
	m.word[7] = sent;
	WORKS(insula_call(ep, TIME_NEVER, &m));
	EQUAL(seen[0].label, (3 | MSG_CAP_DELIVERED));
	EQUAL(seen[0].word[6], 26);
	const handle_t got = (handle_t)seen[0].word[7];
	struct cap_info a = { 0 }, b = { 0 };
	WORKS(insula_cap_query(SELF, got, &a));
	WORKS(insula_cap_query(SELF, sent, &b));
	CHECK(got != sent);
	EQUAL(a.identity, b.identity);
	EQUAL(a.rights, RIGHT_SEND | RIGHT_NOTIFY);
	EQUAL(a.badge, 77);
	worker_end(r);
	WORKS(insula_destroy(other));
	end_test();
}

/* Waits, without a slot for a capability. */
static void
receive_without_slot(struct worker *self)
{
	struct message m = { 0 };

	spoil_label(MSG_CAP_ACCEPT);
	self->result = (uint64_t)(int64_t)insula_recv(ep, TIME_NEVER, &m);
	seen[seen_count++] = m;
	struct message answer = { .token = m.token };
	(void)insula_reply(ep, &answer);
}

static void
a_capability_that_is_not_accepted_is_not_delivered_and_flagged(void)
{
	begin_test();
	const handle_t other = endpoint_new();
	uint64_t before[7] = { 0 }, after[7] = { 0 };

	WORKS(insula_space_query(INIT_SPACE, SPACE_FUND, 0, before));
	struct worker *r = worker_start(receive_without_slot, 0, HIGH, POLICY_FIFO);
	struct message m = words(3 | MSG_CAP, 20);
	m.word[7] = other;
	WORKS(insula_call(ep, TIME_NEVER, &m));
	EQUAL(seen[0].label, (3 | MSG_CAP_LOST));
	EQUAL(seen[0].word[6], 26);
	worker_end(r);

	/* One that names nothing is lost also to a receiver that would take one. */
	r = worker_start(receive_capability, 0, HIGH, POLICY_FIFO);
	m = words(4 | MSG_CAP, 20);
	m.word[7] = 0x7ffff000;
	WORKS(insula_call(ep, TIME_NEVER, &m));
	EQUAL(seen[1].label, (4 | MSG_CAP_LOST));
	EQUAL(seen[1].word[7], HANDLE_NONE);
	worker_end(r);
	WORKS(insula_space_query(INIT_SPACE, SPACE_FUND, 0, after));
	EQUAL(after[4], before[4]);
	WORKS(insula_destroy(other));
	end_test();
}

static void
a_capability_travels_to_a_receiver_that_comes_later(void)
{
	begin_test();
	const handle_t other = endpoint_new();
	struct worker *r = worker_start(receive_capability, 0, LOW, POLICY_FIFO);
	struct message m = words(5 | MSG_CAP, 1);
	m.word[7] = other;
	WORKS(insula_call(ep, in_us(100000), &m)); /* r has not run yet: we are SEND-blocked */
	EQUAL(seen[0].label, (5 | MSG_CAP_DELIVERED));
	struct cap_info a = { 0 };
	WORKS(insula_cap_query(SELF, (handle_t)seen[0].word[7], &a));
	EQUAL(a.rights, RIGHTS_ENDPOINT);
	worker_end(r);
	WORKS(insula_destroy(other));
	end_test();
}

/* Answers with a capability. */
static void
answer_with_capability(struct worker *self)
{
	struct message m = { 0 };

	(void)insula_recv(ep, TIME_NEVER, &m);
	struct message answer = { .token = m.token, .label = 1 | MSG_CAP };
	answer.word[7] = self->argument;
	(void)insula_reply(ep, &answer);
}

static void
a_capability_travels_with_an_answer(void)
{
	begin_test();
	const handle_t other = endpoint_new();
	struct worker *s = worker_start(answer_with_capability, other, HIGH, POLICY_FIFO);

	struct message m = { .label = MSG_CAP_ACCEPT };
	WORKS(insula_call(ep, TIME_NEVER, &m));
	EQUAL(m.label, (1 | MSG_CAP_DELIVERED));
	struct cap_info a = { 0 };
	WORKS(insula_cap_query(SELF, (handle_t)m.word[7], &a));
	worker_end(s);

	s = worker_start(answer_with_capability, other, HIGH, POLICY_FIFO);
	m = (struct message){ .label = 0 };
	WORKS(insula_call(ep, TIME_NEVER, &m));
	EQUAL(m.label, (1 | MSG_CAP_LOST));
	worker_end(s);
	WORKS(insula_destroy(other));
	end_test();
}

static void
a_label_has_32_bits(void)
{
	begin_test();
	struct worker *server = worker_start(serve_once, 0, HIGH, POLICY_FIFO);

	struct message m = { .label = 0xffff000000001234ull & ~(MSG_CAP | MSG_CAP_ACCEPT) };
	WORKS(insula_call(ep, TIME_NEVER, &m));
	EQUAL(seen[0].label, 0x1234);
	EQUAL(m.label, 0x1235);
	worker_end(server);
	end_test();
}

static void
an_ack_needs_an_interrupt_thread(void)
{
	begin_test();
	struct message m = { .label = MSG_ACK, .token = INIT_THREAD };

	REFUSED(ERR_TYPE, insula_reply(ep, &m));
	m = (struct message){ .label = MSG_ACK, .token = ep };
	REFUSED(ERR_TYPE, insula_reply(ep, &m));
	m = (struct message){ .label = MSG_ACK, .token = HANDLE_NONE };
	REFUSED(ERR_HANDLE, insula_reply(ep, &m));
	end_test();
}

static void
firmware_refuses_what_it_does_not_know(void)
{
	begin_test();
	struct message m = { .label = 99 };

	REFUSED(ERR_CALL, insula_call(INIT_FIRMWARE, TIME_NEVER, &m));
	m = (struct message){ .label = FIRMWARE_DEBUG_WRITE, .word = { 0x0a7265746e756f63 } };
	const bool debugging = (boot_facts()->flags & BOOT_FLAG_DEBUG) != 0;
	EQUAL(insula_call(INIT_FIRMWARE, TIME_NEVER, &m), debugging ? OK : ERR_CALL);
	REFUSED(ERR_RIGHTS, (err_t)insula_recv(INIT_FIRMWARE, TIME_NOW, &m));
	end_test();
}

static void
recv_lend_is_refused(void)
{
	struct message m = { 0 };

	begin_test();
	REFUSED(ERR_ARGUMENT, (err_t)insula_recv_lend(ep, TIME_NEVER, INIT_THREAD, &m));
	struct worker *w = worker_start(receive_once, 0, HIGH, POLICY_FIFO);
	EQUAL(worker_state(w), THREAD_RECEIVE);
	REFUSED(ERR_STATE, (err_t)insula_recv_lend(ep, TIME_NEVER, w->handle, &m));
	EQUAL(worker_state(w), THREAD_RECEIVE);
	worker_end(w);
	w = worker_new_in(SELF, receive_once, 0, LOW, POLICY_FIFO);
	EQUAL(insula_recv_lend(ep, TIME_NOW, w->handle, &m), ERR_TIMED_OUT);
	worker_end(w);
	end_test();
}

static void
wrong_handles_are_refused(void)
{
	static const struct handle_case cases[] = {
		{ "call", CALL_call, 0, RIGHT_SEND, { 0, TIME_NEVER } },
		{ "call now", CALL_call, 0, RIGHT_SEND, { 0, TIME_NOW } },
		{ "reply_recv", CALL_reply_recv, 0, RIGHT_RECV, { 0, TIME_NEVER, 1 } },
		{ "recv", CALL_recv, 0, RIGHT_RECV, { 0, TIME_NEVER } },
		{ "reply", CALL_reply, 0, RIGHT_RECV, { 0, 0, 1 } },
		{ "notify", CALL_notify, 0, RIGHT_NOTIFY, { 0 } },
		{ "abort", CALL_endpoint_abort, 0, RIGHT_RECV, { 0 } },
		{ "endpoint_create payer", CALL_endpoint_create, 0, RIGHT_CREATE, { 0, SELF } },
		{ "endpoint_create table", CALL_endpoint_create, 1, RIGHT_TABLE, { SELF, 0 } },
		{ "acknowledge", CALL_reply, 2, RIGHT_CONTROL,
		    { [0] = GOOD_ENDPOINT, [11] = MSG_ACK } },
		{ "recv_lend", CALL_recv_lend, 0, RIGHT_RECV, { 0, TIME_NEVER, GOOD_THREAD } },
		{ "recv_lend thread", CALL_recv_lend, 2, RIGHT_SCHED,
		    { GOOD_ENDPOINT, TIME_NEVER, 0 } },
		{ "thread_interrupt", CALL_thread_interrupt, 0, RIGHT_CONTROL, { 0 } },
		{ "notify_recv", CALL_notify_recv, 0, RIGHT_RECV,
		    { 0, TIME_NEVER, GOOD_ENDPOINT } },
	};

	handles_check(cases, sizeof cases / sizeof cases[0]);
}

static void
endpoint_create_without_fund_is_refused(void)
{
	handle_t space = HANDLE_NONE, made = HANDLE_NONE;

	world_begin();
	WORKS(insula_space_create(SELF, SELF, 0, &space));
	world_watch_space(space);
	REFUSED(ERR_NO_FUND, insula_endpoint_create(space, SELF, &made));
	REFUSED(
	    ERR_NO_FUND, insula_endpoint_create(SELF, space, &made)); /* no page for its table */
	fund_pages(space, 1);
	WORKS(insula_endpoint_create(space, SELF, &made));
	world_watch_space(space);
	struct cap_info c = { 0 };
	WORKS(insula_cap_query(SELF, made, &c));
	EQUAL(c.type, CAP_ENDPOINT);
	EQUAL(c.rights, RIGHTS_ENDPOINT);
	EQUAL(c.badge, 0);
	WORKS(insula_destroy(space));
	EQUAL(insula_cap_query(SELF, made, &c), ERR_HANDLE);
}

static void
null_tells_the_version(void)
{
	EQUAL(insula_null(), ABI_VERSION);
}

static const struct test tests[] = {
	T(null_tells_the_version),
	T(a_call_delivers_words_label_and_badge_and_brings_the_answer),
	T(a_call_to_a_busy_server_waits_for_it),
	T(reply_recv_answers_and_receives_again),
	T(C7_a_caller_is_reply_blocked_at_once_when_a_receiver_waits),
	T(C1_callers_are_served_by_priority_and_first_come_first_served_within_one),
	T(C1_a_queued_caller_whose_priority_changes_moves_in_the_queue),
	T(several_receivers_are_served_by_priority),
	T(C9_bits_accumulate_and_are_cleared_as_they_are_returned),
	T(C9_a_message_and_bits_come_together),
	T(C9_a_waiting_receiver_is_woken_with_all_bits),
	T(C9_notify_never_blocks_the_notifier),
	T(notify_recv_notifies_and_then_receives),
	T(C10_a_call_that_nobody_receives_ends_at_its_deadline_without_effect),
	T(C10_a_call_that_nobody_answers_ends_at_its_deadline_and_its_token_is_dead),
	T(C10_a_receive_ends_at_its_deadline),
	T(C10_deadlines_end_in_their_order),
	T(a_deadline_that_has_passed_is_refused_at_once),
	T(C11_a_reply_right_works_once),
	T(C11_a_token_that_was_never_given_is_refused),
	T(C11_a_token_means_nothing_at_another_endpoint),
	T(C11_a_token_dies_with_its_caller),
	T(C11_answers_may_be_deferred_and_given_in_any_order),
	T(a_reply_can_be_given_by_any_thread_that_may_receive_there),
	T(C12_a_ring_of_calls_ends_at_its_deadlines),
	T(C12_a_thread_that_calls_itself_ends_at_its_deadline),
	T(C7_abort_wakes_every_caller_once_with_an_error_and_no_receiver),
	T(C7_destroying_an_endpoint_wakes_everybody_once_with_an_error),
	T(a_capability_travels_with_a_message_to_a_receiver_that_accepts_it),
	T(a_capability_that_is_not_accepted_is_not_delivered_and_flagged),
	T(a_capability_travels_to_a_receiver_that_comes_later),
	T(a_capability_travels_with_an_answer),
	T(a_label_has_32_bits),
	T(an_ack_needs_an_interrupt_thread),
	T(firmware_refuses_what_it_does_not_know),
	T(recv_lend_is_refused),
	T(wrong_handles_are_refused),
	T(endpoint_create_without_fund_is_refused),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
