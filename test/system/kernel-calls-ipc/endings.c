/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits that end otherwise: the endpoint is aborted or destroyed, the thread interrupted. C7.
 */
#include "calls.h"
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

/* Each call that can wait at an endpoint, alone there, waits for ever. */
static void
wait_in_call(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_call((handle_t)self->argument, TIME_NEVER, &m);
}

static void
wait_in_recv(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv((handle_t)self->argument, TIME_NEVER, &m);
}

static void
wait_in_reply_recv(struct worker *self)
{
	struct message m = { 0 };

	self->result =
	    (uint64_t)(int64_t)insula_reply_recv((handle_t)self->argument, TIME_NEVER, &m);
}

static void
wait_in_notify_recv(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_notify_recv(
	    (handle_t)self->argument, TIME_NEVER, HANDLE_NONE, &m);
}

static void
wait_in_recv_lend(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv_lend(
	    (handle_t)self->argument, TIME_NEVER, INIT_THREAD, &m);
}

static const struct {
	void (*run)(struct worker *self);
	enum thread_state state;
} waits[] = {
	{ wait_in_call, THREAD_SEND },
	{ wait_in_recv, THREAD_RECEIVE },
	{ wait_in_reply_recv, THREAD_RECEIVE },
	{ wait_in_notify_recv, THREAD_RECEIVE },
	{ wait_in_recv_lend, THREAD_MUTEX },
};

/* Starts each, ends its wait, which it must then know. */
static void
end_each_wait(err_t (*end)(const struct worker *w))
{
	for (unsigned i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		begin_test();
		const handle_t at = endpoint_new();
		struct worker *w = worker_start(waits[i].run, at, HIGH, POLICY_FIFO);
		EQUAL(worker_state(w), waits[i].state);
		EQUAL(end(w), OK);
		CHECK(w->ended);
		EQUAL((int)w->result, ERR_INTERRUPTED);
		worker_end(w);
		(void)insula_destroy(at);
		end_test();
	}
}

static err_t
destroy_its_endpoint(const struct worker *w)
{
	return insula_destroy((handle_t)w->argument);
}

static err_t
interrupt(const struct worker *w)
{
	return insula_thread_interrupt(w->handle);
}

void
C7_every_call_that_waits_is_ended_by_destruction(void)
{
	end_each_wait(destroy_its_endpoint);
}

void
every_call_that_waits_can_be_interrupted(void)
{
	end_each_wait(interrupt);
}
