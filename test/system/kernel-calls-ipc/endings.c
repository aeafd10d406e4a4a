/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits that end otherwise: the endpoint is aborted or destroyed, the thread interrupted. C7.
 */
#include "ipc.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#include <string.h>

void
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

void
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
