/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's half: a call waits for nothing (R4), and a later version of a client
 * is not answered with what a version before it asked.
 */
/* SOURCES: userland/lib/rpc/client.c userland/lib/rpc/ring.c userland/lib/rpc/describe.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../userland/lib/rpc/internal.h"

#include <insula/thread.h>

#include <string.h>

#define DEPTH 4u

static _Alignas(64) uint8_t client_run[8192], server_run[8192];
static struct directory_entry entry = { .state = ENTRY_OPEN };
static struct ring_geometry geometry;
static struct ring_server server;
static struct rpc_connection connection;
static uint32_t rings, waits;
static bool outranks; /* the server runs as soon as it is rung */

/* The server runs: it answers each call with its argument and 100, and sleeps. */
static void
serve(void)
{
	while (ring_server_refresh(&server) == OK || ring_server_arm(&server)) {
		while (server.head_seen > server.taken) {
			const struct ring_call *call = ring_server_call(&server);
			struct ring_result *result = ring_server_result(&server);
			ring_server_take(&server);
			result->number = server.taken;
			result->error = OK;
			result->bytes = 8;
			result->words[0] = call->words[0] + 100;
			(void)ring_server_publish(&server);
			(void)ring_server_done(&server);
		}
	}
}

/* --- what the library calls */

struct rpc_connection *rpc_table[RPC_TABLE_MAX] = { NULL, NULL, NULL, &connection };
uint32_t rpc_table_count = 4;
struct rpc_connection *rpc_first_client = &connection;

void
rpc_over(struct rpc_connection *c)
{
	c->closed = true;
	c->client.limit = 0;
}

/* Whoever waits lets the server run. */
err_t
rpc_receive(uint64_t deadline_ns, handle_t bell)
{
	(void)bell;
	waits++;
	if (deadline_ns != TIME_NEVER)
		return ERR_TIMED_OUT;
	serve();
	return OK;
}

int
insula_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	(void)endpoint;
	(void)deadline_ns;
	(void)m;
	waits++;
	return ERR_TIMED_OUT;
}

err_t
insula_notify(handle_t endpoint)
{
	(void)endpoint;
	rings++;
	if (outranks)
		serve();
	return OK;
}

void
rpc_show_answers(void)
{
}

void
rpc_directory_scan(void)
{
}

void
rpc_forget(struct rpc_connection *c)
{
	(void)c;
}

struct rpc_connection *
rpc_connection_at(uint32_t index)
{
	return rpc_table_at(index);
}

void
lock_acquire(struct lock *l)
{
	(void)l;
}

void
lock_release(struct lock *l)
{
	(void)l;
}

/* --- */

/* What process.c does when a version takes the connection up. */
static void
adopt(void)
{
	memset(&connection, 0, sizeof connection);
	connection.entry = &entry;
	connection.role = ROLE_CLIENT;
	connection.index = 3;
	connection.doorbell = 7;
	ring_client_adopt(&connection.client, client_run, server_run, &geometry);
	connection.stale = connection.client.head;
	connection.unwanted = connection.client.head - connection.client.results_taken;
	connection.unusual = true;
}

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(ring_geometry_make(&geometry, DEPTH, 8, 8), OK);
	ring_pages_init(client_run, server_run, &geometry);
	ring_server_adopt(&server, client_run, server_run, &geometry);
	adopt();
	serve();
	rings = waits = 0;
	outranks = false;
	return 0;
}

static void
r4_a_call_waits_for_nothing_and_its_result_comes_later(void **state)
{
	(void)state;
	struct rpc_answer answer;
	uint64_t number, in, out;

	for (in = 1; in <= DEPTH; in++) {
		assert_int_equal(rpc_send(&connection, 1, &in, sizeof in, &number), OK);
		assert_int_equal(number, in);
	}
	assert_int_equal(rpc_send(&connection, 1, &in, sizeof in, &number), ERR_WOULD_BLOCK);
	assert_int_equal(rpc_poll(&connection, &answer, &out, sizeof out), ERR_WOULD_BLOCK);
	assert_int_equal(rings, 1); /* it sleeps; and nothing runs it yet */
	assert_int_equal(waits, 0);

	serve();
	for (in = 1; in <= DEPTH; in++) {
		assert_int_equal(rpc_poll(&connection, &answer, &out, sizeof out), OK);
		assert_int_equal(answer.number, in);
		assert_int_equal(out, in + 100);
	}
	assert_int_equal(rpc_poll(&connection, &answer, &out, sizeof out), ERR_WOULD_BLOCK);
	assert_int_equal(waits, 0);
}

/* Answers that the version before has taken lie in the ring until a call needs their place. */
static void
u4_a_later_version_gets_its_own_answers_alone(void **state)
{
	(void)state;
	for (uint64_t before = 0; before <= 6 * DEPTH; before++) {
		uint64_t in = 1, out;
		setup(NULL);
		outranks = before % 2 != 0;
		for (uint64_t n = 0; n < before; n++)
			assert_int_equal(
			    rpc_call(&connection, 1, &in, sizeof in, &out, sizeof out, TIME_NEVER),
			    OK);
		adopt();
		for (in = 50; in < 50 + 2 * DEPTH; in++) {
			assert_int_equal(
			    rpc_call(&connection, 1, &in, sizeof in, &out, sizeof out, TIME_NEVER),
			    OK);
			assert_int_equal(out, in + 100);
		}
		assert_int_equal(rpc_outstanding(&connection), 0);
	}
}

static void
r4_answers_that_nobody_wants_take_no_room(void **state)
{
	(void)state;
	uint64_t in = 1, out, number;
	struct rpc_answer answer;
	for (uint64_t n = 0; n < DEPTH; n++)
		assert_int_equal(rpc_send(&connection, 1, &in, sizeof in, &number), OK);
	serve();
	adopt(); /* nobody takes them any more */
	for (in = 1; in <= DEPTH; in++)
		assert_int_equal(rpc_send(&connection, 1, &in, sizeof in, &number), OK);
	assert_int_equal(waits, 0);
	serve();
	assert_int_equal(rpc_poll(&connection, &answer, &out, sizeof out), OK);
	assert_int_equal(answer.number, DEPTH + 1);
}

static void
c10_a_call_that_is_too_late_leaves_no_answer_behind(void **state)
{
	(void)state;
	uint64_t in = 1, out;
	assert_int_equal(
	    rpc_call(&connection, 1, &in, sizeof in, &out, sizeof out, TIME_NOW), ERR_TIMED_OUT);
	in = 2;
	assert_int_equal(
	    rpc_call(&connection, 1, &in, sizeof in, &out, sizeof out, TIME_NEVER), OK);
	assert_int_equal(out, 102);
	struct rpc_answer answer;
	assert_int_equal(rpc_poll(&connection, &answer, &out, sizeof out), ERR_WOULD_BLOCK);
}

static void
r2_a_client_learns_that_its_connection_is_closed(void **state)
{
	(void)state;
	uint64_t in = 1, out, number;
	struct rpc_answer answer;
	assert_int_equal(rpc_send(&connection, 1, &in, sizeof in, &number), OK);
	entry.state = ENTRY_CLOSED;
	assert_int_equal(rpc_wait(&connection, TIME_NEVER), OK);
	assert_int_equal(rpc_poll(&connection, &answer, &out, sizeof out), ERR_CLOSED);
	assert_int_equal(rpc_send(&connection, 1, &in, sizeof in, &number), ERR_CLOSED);
	assert_int_equal(
	    rpc_call(&connection, 1, &in, sizeof in, &out, sizeof out, TIME_NEVER), ERR_CLOSED);
	assert_int_equal(waits, 0);
	entry.state = ENTRY_OPEN;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    r4_a_call_waits_for_nothing_and_its_result_comes_later, setup),
		cmocka_unit_test_setup(u4_a_later_version_gets_its_own_answers_alone, setup),
		cmocka_unit_test_setup(r4_answers_that_nobody_wants_take_no_room, setup),
		cmocka_unit_test_setup(c10_a_call_that_is_too_late_leaves_no_answer_behind, setup),
		cmocka_unit_test_setup(r2_a_client_learns_that_its_connection_is_closed, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
