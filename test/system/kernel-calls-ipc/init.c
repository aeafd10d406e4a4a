/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that carry messages, as docs/abi.md says them: what they do, every
 * error they can give, and that an error changes nothing. Statements C1, C7,
 * C9 to C12. Here are the list of tests, what they share, and the messages.
 */
#include "calls.h"
#include "ipc.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#include <string.h>

handle_t ep;
struct message seen[8];
volatile unsigned seen_count;

void
begin_test(void)
{
	ep = endpoint_new();
	seen_count = 0;
	memset(seen, 0, sizeof seen);
	story_begin();
	world_begin();
}

void
end_test(void)
{
	(void)insula_destroy(ep);
}

struct message
words(uint64_t label, uint64_t first)
{
	struct message m = { .label = label };

	for (uint64_t i = 0; i < MESSAGE_WORDS; i++)
		m.word[i] = first + i;
	return m;
}

bool
words_are(const struct message *m, uint64_t first)
{
	for (uint64_t i = 0; i < MESSAGE_WORDS; i++)
		if (m->word[i] != first + i)
			return false;
	return true;
}

/* Serves for ever with reply_recv. */
void
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
void
call_once(struct worker *self)
{
	struct message m = { .label = 7, .word = { self->argument } };

	self->result = (uint64_t)(int64_t)insula_call(ep, TIME_NEVER, &m);
	tell((char)self->argument);
}

void
receive_once(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv(ep, TIME_NEVER, &m);
	seen[seen_count++] = m;
	tell((char)self->argument);
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
	T(C7_every_call_that_waits_is_ended_by_destruction),
	T(every_call_that_waits_can_be_interrupted),
	T(a_capability_travels_with_a_message_to_a_receiver_that_accepts_it),
	T(a_capability_that_is_not_accepted_is_not_delivered_and_flagged),
	T(a_capability_travels_to_a_receiver_that_comes_later),
	T(a_capability_travels_with_an_answer),
	T(a_label_has_32_bits),
	T(an_ack_needs_an_interrupt_thread),
	T(firmware_refuses_what_it_does_not_know),
	T(recv_lend_is_refused),
	T(wrong_handles_are_refused),
	T(where_threads_wait_with_recv_lend_no_other_receives),
	T(a_bell_that_cannot_be_rung_is_refused_before_anything_is_received),
	T(endpoint_create_is_refused),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
