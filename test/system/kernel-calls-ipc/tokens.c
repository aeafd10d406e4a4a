/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reply rights: good once, at one endpoint, for one caller, in any order. C11.
 */
#include "calls.h"
#include "ipc.h"
#include "test.h"
#include "threads.h"
#include "world.h"

void
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

void
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

void
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

void
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

void
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

void
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
