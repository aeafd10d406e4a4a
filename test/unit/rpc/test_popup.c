/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pop-up calls (R6): a thread for each, side by side, gone after it, each answered
 * once; with state, one at a time and undone apart.
 */
/* SOURCES: userland/lib/rpc/execute.c userland/lib/rpc/turn.c userland/lib/rpc/later.c
 * userland/lib/rpc/recover.c userland/lib/rpc/popup.c userland/lib/rpc/ring.c
 * userland/lib/rpc/describe.c userland/lib/state/log.c
 * userland/lib/state/segment.c userland/lib/state/arena.c userland/lib/state/schema.c
 * userland/lib/text/text.c */
/* LIBS: -lpthread */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../userland/lib/rpc/serve.h"

#include <insula/clock.h>
#include <insula/thread.h>

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POP_NAME "pop"
#define POP_VERSION 1
#define POP_DEPTH 8
#define POP_OPS(OP)            \
	OP(1, meet, RPC_POPUP) \
	OP(2, add, RPC_POPUP)  \
	OP(3, queued, 0)
#define POP_meet_IN(P) P(U64, with, 0)
#define POP_meet_OUT(P) P(U64, met, 0)
#define POP_add_IN(P) P(U64, value, 0) P(U64, fail, 0)
#define POP_add_OUT(P) P(U64, sum, 0)
#define POP_queued_IN(P) P(U64, value, 0)
#define POP_queued_OUT(P) P(U64, value, 0)
RPC_DEFINE_DESCRIPTION(POP, pop)
RPC_DEFINE_SERVER(POP, pop)

#define POP_STATE(FIELD, ARRAY, RECORDS) FIELD(sum, U64, 0) FIELD(calls, U64, 0)
STATE_ROOT(POP_STATE, pop_state)

static _Atomic uint32_t threads_started, threads_alive, threads_most, meeting;
static _Alignas(64) uint8_t client_run[8192], server_run[8192];
static _Alignas(4096) uint8_t state_bytes[64 << 10];
static struct rpc_connection connection;
static struct directory_entry entry = { .state = ENTRY_OPEN };
static struct ring_geometry geometry;
static struct ring_client client;

/* Returns only when as many calls as `with` says are in it at once. */
static err_t
on_meet(struct rpc_call *call, const struct pop_meet_in *in, struct pop_meet_out *out)
{
	atomic_fetch_add(&meeting, 1);
	while (atomic_load(&meeting) < in->with)
		sched_yield();
	out->met = call->reference.number * 10;
	return OK;
}

static err_t
on_add(struct rpc_call *call, const struct pop_add_in *in, struct pop_add_out *out)
{
	const struct pop_state *s = state_root();
	uint64_t before = s->sum;
	(void)call;
	STATE_SET(s->sum, before + in->value);
	sched_yield();
	STATE_SET(s->calls, s->calls + 1);
	out->sum = s->sum;
	return in->fail != 0 ? ERR_REFUSED : OK;
}

static err_t
on_queued(struct rpc_call *call, const struct pop_queued_in *in, struct pop_queued_out *out)
{
	(void)call;
	out->value = in->value + 1;
	return OK;
}

/* --- what the library calls */

struct rpc_connection *rpc_table[RPC_TABLE_MAX] = { &connection };
uint32_t rpc_table_count = 1;

void
rpc_over(struct rpc_connection *c)
{
	fail_msg("connection %u is over", c->index);
}

err_t
insula_notify(handle_t endpoint)
{
	(void)endpoint;
	return OK;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void
lock_acquire(struct lock *l)
{
	(void)l;
	pthread_mutex_lock(&mutex);
}

void
lock_release(struct lock *l)
{
	(void)l;
	pthread_mutex_unlock(&mutex);
}

err_t
clock_sleep_ns(uint64_t ns)
{
	usleep((useconds_t)(ns / 1000));
	return OK;
}

struct start {
	void (*run)(void *);
	void *argument;
};

static void *
thread_main(void *start)
{
	struct start s = *(struct start *)start;
	free(start);
	uint32_t alive = atomic_fetch_add(&threads_alive, 1) + 1;
	if (alive > atomic_load(&threads_most))
		atomic_store(&threads_most, alive);
	s.run(s.argument);
	atomic_fetch_sub(&threads_alive, 1);
	return NULL;
}

static bool no_threads;

err_t
thread_spawn(void (*run)(void *), void *argument, unsigned priority, struct thread **thread)
{
	pthread_t made;
	(void)priority;
	(void)thread;
	if (no_threads)
		return ERR_NO_MEMORY;
	struct start *s = malloc(sizeof *s);
	s->run = run;
	s->argument = argument;
	atomic_fetch_add(&threads_started, 1);
	assert_int_equal(pthread_create(&made, NULL, thread_main, s), 0);
	pthread_detach(made);
	return OK;
}

void
thread_detach(struct thread *thread)
{
	(void)thread;
}

/* --- */

static const struct rpc_service service = RPC_SERVICE(pop);

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(
	    ring_geometry_make(&geometry, 8, pop_interface.in_bytes, pop_interface.out_bytes), OK);
	assert_true(geometry.pages <= 2);
	ring_pages_init(client_run, server_run, &geometry);
	ring_client_adopt(&client, client_run, server_run, &geometry);
	memset(&connection, 0, sizeof connection);
	connection.entry = &entry;
	connection.role = ROLE_SERVER;
	connection.service = &service;
	ring_server_adopt(&connection.server, client_run, server_run, &geometry);
	rpc_execute_prepare(&connection);
	rpc_popup_prepare(&service);
	threads_started = threads_most = meeting = 0;
	no_threads = false;
	return 0;
}

static void
call(uint32_t operation, uint64_t first, uint64_t second)
{
	assert_int_equal(ring_client_refresh(&client), OK);
	assert_true(ring_client_room(&client) > 0);
	struct ring_call *slot = ring_client_slot(&client);
	slot->operation = operation;
	slot->words[0] = first;
	slot->words[1] = second;
	(void)ring_client_publish(&client);
}

static void
serve(void)
{
	rpc_popup_lock();
	assert_int_equal(rpc_execute_some(&connection, 64), EXECUTED_NONE);
	rpc_popup_unlock();
}

/* Each call answered once; the results by call number. */
static void
collect(uint32_t calls, int32_t *error, uint64_t *value)
{
	uint32_t seen[16] = { 0 };
	rpc_popup_wait();
	assert_int_equal(ring_client_refresh(&client), OK);
	uint64_t base = client.head - calls;
	for (uint32_t n = 0; n < calls; n++) {
		const struct ring_result *r = ring_client_result(&client);
		assert_non_null(r);
		assert_true(r->number > base && r->number <= base + calls);
		uint32_t which = (uint32_t)(r->number - base - 1);
		assert_int_equal(seen[which]++, 0);
		error[which] = r->error;
		value[which] = r->words[0];
		ring_client_consume(&client);
	}
	assert_null(ring_client_result(&client));
	for (uint32_t place = 0; place < 8; place++)
		assert_int_equal(ring_server_parked(&connection.server, place)->number, 0);
}

static void
r6_popup_calls_run_side_by_side_and_their_threads_are_gone_after(void **state)
{
	(void)state;
	int32_t error[8];
	uint64_t value[8];
	for (uint32_t round = 0; round < 50; round++) {
		atomic_store(&meeting, 0);
		for (uint32_t n = 0; n < 8; n++)
			call(1, 8, 0);
		serve();
		assert_int_equal(connection.server.done, client.head); /* their slots are free */
		collect(8, error, value);
		for (uint32_t n = 0; n < 8; n++) {
			assert_int_equal(error[n], OK);
			assert_int_equal(value[n], (client.head - 8 + n + 1) * 10);
		}
	}
	assert_int_equal(threads_started, 400);
	while (atomic_load(&threads_alive) != 0)
		sched_yield();
	assert_true(threads_most >= 8);
}

static void
r6_a_queued_call_does_not_wait_for_popup_ones(void **state)
{
	(void)state;
	int32_t error[3];
	uint64_t value[3];
	atomic_store(&meeting, 0);
	call(1, 2, 0); /* waits for the other */
	call(3, 41, 0);
	serve();
	assert_int_equal(ring_client_refresh(&client), OK);
	assert_int_equal(ring_client_result(&client)->number, 2);
	assert_int_equal(ring_client_result(&client)->words[0], 42);
	ring_client_consume(&client);
	call(1, 2, 0);
	serve();
	rpc_popup_wait();
	assert_int_equal(ring_client_refresh(&client), OK);
	for (uint32_t n = 0; n < 2; n++) {
		assert_int_not_equal(ring_client_result(&client)->number, 2);
		ring_client_consume(&client);
	}
	(void)error;
	(void)value;
}

static void
r6_without_a_thread_to_be_had_the_call_is_still_answered(void **state)
{
	(void)state;
	int32_t error[1];
	uint64_t value[1];
	no_threads = true;
	call(1, 1, 0);
	serve();
	collect(1, error, value);
	assert_int_equal(error[0], OK);
	assert_int_equal(threads_started, 0);
}

static void
popup_calls_with_state_are_undone_apart(void **state)
{
	(void)state;
	memset(state_bytes, 0, sizeof state_bytes);
	assert_int_equal(state_create(state_bytes, sizeof state_bytes, &pop_state_schema), OK);
	const struct pop_state *s = state_root();
	uint64_t expected = 0;
	for (uint32_t round = 0; round < 100; round++) {
		int32_t error[8];
		uint64_t value[8];
		for (uint32_t n = 0; n < 8; n++) {
			call(2, n + round, n % 3 == 0);
			expected += n % 3 == 0 ? 0 : n + round;
		}
		serve();
		collect(8, error, value);
		for (uint32_t n = 0; n < 8; n++)
			assert_int_equal(error[n], n % 3 == 0 ? ERR_REFUSED : OK);
		assert_int_equal(s->sum, expected);
		assert_int_equal(s->calls, (round + 1) * 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    r6_popup_calls_run_side_by_side_and_their_threads_are_gone_after, setup),
		cmocka_unit_test_setup(r6_a_queued_call_does_not_wait_for_popup_ones, setup),
		cmocka_unit_test_setup(
		    r6_without_a_thread_to_be_had_the_call_is_still_answered, setup),
		cmocka_unit_test_setup(popup_calls_with_state_are_undone_apart, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
