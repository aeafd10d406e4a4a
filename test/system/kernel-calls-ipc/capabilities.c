/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities that travel with messages.
 */
#include "calls.h"
#include "ipc.h"
#include "test.h"
#include "threads.h"
#include "world.h"

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

void
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

void
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

void
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

void
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
