/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings: two threads that really reorder, wake-ups (C9), order across wrap (R5),
 * a peer that writes anything, and adoption by a later version.
 */
/* SOURCES: userland/lib/rpc/ring.c */
/* LIBS: -lpthread */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <insula/rpc/ring.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUN_BYTES (16 * PAGE_BYTES)

struct pair {
	_Alignas(64) uint8_t client_run[RUN_BYTES];
	_Alignas(64) uint8_t server_run[RUN_BYTES];
	struct ring_geometry g;
	struct ring_client client;
	struct ring_server server;
	sem_t client_bell, server_bell;
	uint64_t calls, rings;
	uint64_t seed;
	bool out_of_order;
};

static struct pair pair;

static void
open_pair(uint32_t depth)
{
	struct pair *p = &pair;
	memset(p->client_run, 0xaa, sizeof p->client_run);
	memset(p->server_run, 0xbb, sizeof p->server_run);
	assert_int_equal(ring_geometry_make(&p->g, depth, 24, 16), OK);
	assert_true(p->g.pages <= 16);
	assert_true(ring_geometry_valid(&p->g));
	ring_pages_init(p->client_run, p->server_run, &p->g);
	ring_client_adopt(&p->client, p->client_run, p->server_run, &p->g);
	ring_server_adopt(&p->server, p->client_run, p->server_run, &p->g);
	p->rings = 0;
}

/* --- two threads */

static void
dawdle(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	if ((*random & 31) == 0) {
		for (volatile uint64_t n = *random >> 5 & 1023; n > 0; n--)
			;
	}
	if ((*random & 0xffff) == 0)
		sched_yield();
}

/* Sleep until rung; a bell that nobody rings is what this test is about. */
static void
sleep_until_rung(sem_t *bell, const char *who)
{
	struct timespec deadline;
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += 10;
	while (sem_timedwait(bell, &deadline) != 0) {
		if (errno == EINTR)
			continue;
		fprintf(stderr, "%s was never rung\n", who);
		abort();
	}
	while (sem_trywait(bell) == 0)
		;
}

static void *
server_thread(void *argument)
{
	struct pair *p = argument;
	struct ring_server *r = &p->server;
	uint64_t random = p->seed * 77 + 1;
	for (uint64_t served = 0; served < p->calls;) {
		err_t err = ring_server_refresh(r);
		if (err == ERR_WOULD_BLOCK) {
			dawdle(&random);
			if (!ring_server_arm(r))
				sleep_until_rung(&p->server_bell, "the server");
			continue;
		}
		if (err != OK)
			abort();
		while (r->head_seen > r->taken) {
			const struct ring_call *call = ring_server_call(r);
			ring_server_take(r);
			if (call->words[0] != served || call->words[2] != ~served)
				p->out_of_order = true;
			struct ring_result *result = ring_server_result(r);
			result->number = r->taken;
			result->error = OK;
			result->bytes = 16;
			result->words[0] = call->words[0] * 3;
			dawdle(&random);
			if (ring_server_publish(r)) {
				p->rings++;
				sem_post(&p->client_bell);
			}
			if (ring_server_done(r))
				sem_post(&p->client_bell);
			served++;
		}
	}
	return NULL;
}

static void
client_sends(struct pair *p, uint64_t *sent, uint64_t *random)
{
	struct ring_client *r = &p->client;
	while (*sent < p->calls && ring_client_room(r) > 0) {
		struct ring_call *call = ring_client_slot(r);
		call->operation = 1;
		call->bytes = 24;
		call->words[0] = *sent;
		call->words[1] = 0;
		call->words[2] = ~*sent;
		if (ring_client_publish(r)) {
			p->rings++;
			sem_post(&p->server_bell);
		}
		++*sent;
		dawdle(random);
		if ((*random & 7) == 0)
			return;
	}
}

static void
client_loop(struct pair *p)
{
	struct ring_client *r = &p->client;
	uint64_t random = p->seed * 99 + 1;
	uint64_t sent = 0;
	for (uint64_t answered = 0; answered < p->calls;) {
		client_sends(p, &sent, &random);
		if (ring_client_refresh(r) != OK)
			abort();
		const struct ring_result *result = ring_client_result(r);
		if (result == NULL) {
			if (sent < p->calls && ring_client_room(r) > 0)
				continue;
			dawdle(&random);
			if (!ring_client_arm(r))
				sleep_until_rung(&p->client_bell, "the client");
			continue;
		}
		for (; result != NULL; result = ring_client_result(r)) {
			if (result->number != answered + 1 || result->words[0] != answered * 3)
				p->out_of_order = true;
			ring_client_consume(r);
			if (++answered % 3 == 0)
				client_sends(p, &sent, &random);
		}
	}
}

static void
run_threads(uint32_t depth, uint64_t calls, uint64_t seed)
{
	struct pair *p = &pair;
	pthread_t server;
	open_pair(depth);
	p->calls = calls;
	p->seed = seed;
	p->out_of_order = false;
	sem_init(&p->client_bell, 0, 0);
	sem_init(&p->server_bell, 0, 0);
	assert_int_equal(pthread_create(&server, NULL, server_thread, p), 0);
	client_loop(p);
	pthread_join(server, NULL);
	assert_false(p->out_of_order);
	assert_int_equal(p->server.done, calls);
	sem_destroy(&p->client_bell);
	sem_destroy(&p->server_bell);
}

static void
c9_no_wake_up_is_lost_and_r5_order_holds_across_wrap(void **state)
{
	(void)state;
	run_threads(1, 60000, 1);
	run_threads(2, 100000, 2);
	run_threads(4, 200000, 3);
	run_threads(16, 400000, 4);
	run_threads(64, 1500000, 5);
}

/* --- the moment itself: one publishes while the other arms, again and again */

#define MOMENTS 300000u
static _Atomic uint32_t client_at, server_at;
static bool client_rang[MOMENTS], server_saw[MOMENTS];

/* Both leave here within a few instructions of each other. */
static void
meet(_Atomic uint32_t *mine, _Atomic uint32_t *other, uint32_t moment)
{
	atomic_store(mine, moment);
	for (uint32_t spins = 1; atomic_load(other) < moment; spins++) {
		if (spins % 4096 == 0)
			sched_yield();
	}
}

static void *
arming_thread(void *argument)
{
	struct ring_server *r = argument;
	for (uint32_t n = 0; n < MOMENTS; n++) {
		meet(&server_at, &client_at, 2 * n + 1);
		server_saw[n] = ring_server_arm(r);
		meet(&server_at, &client_at, 2 * n + 2);
		r->taken++; /* and nobody is the wiser: the call itself does not matter here */
	}
	return NULL;
}

static void
c9_of_a_caller_and_a_sleeper_at_least_one_sees_the_other(void **state)
{
	(void)state;
	pthread_t server;
	open_pair(8);
	atomic_store(&client_at, 0);
	atomic_store(&server_at, 0);
	assert_int_equal(pthread_create(&server, NULL, arming_thread, &pair.server), 0);
	for (uint32_t n = 0; n < MOMENTS; n++) {
		meet(&client_at, &server_at, 2 * n + 1);
		client_rang[n] = ring_client_publish(&pair.client);
		meet(&client_at, &server_at, 2 * n + 2);
	}
	pthread_join(server, NULL);
	for (uint32_t n = 0; n < MOMENTS; n++)
		assert_true(client_rang[n] || server_saw[n]);
}

/* --- one thread, both sides */

static uint64_t
call_once(struct pair *p, uint64_t value)
{
	struct ring_call *call = ring_client_slot(&p->client);
	call->operation = 1;
	call->words[0] = value;
	(void)ring_client_publish(&p->client);
	return p->client.head;
}

static void
serve_once(struct pair *p)
{
	assert_int_equal(ring_server_refresh(&p->server), OK);
	ring_server_take(&p->server);
	struct ring_result *result = ring_server_result(&p->server);
	result->number = p->server.taken;
	(void)ring_server_publish(&p->server);
	(void)ring_server_done(&p->server);
}

static void
a_full_ring_has_no_room_until_a_result_is_consumed(void **state)
{
	(void)state;
	open_pair(4);
	for (uint64_t n = 0; n < 4; n++) {
		assert_int_equal(ring_client_room(&pair.client), 4 - n);
		call_once(&pair, n);
	}
	assert_int_equal(ring_client_room(&pair.client), 0);
	serve_once(&pair);
	assert_int_equal(ring_client_refresh(&pair.client), OK);
	assert_int_equal(ring_client_room(&pair.client), 0); /* its result slot is still in use */
	assert_non_null(ring_client_result(&pair.client));
	ring_client_consume(&pair.client);
	assert_int_equal(ring_client_room(&pair.client), 1);
}

static void
only_a_sleeper_is_rung_and_only_once(void **state)
{
	(void)state;
	open_pair(8);
	call_once(&pair, 0);
	assert_true(ring_server_arm(&pair.server)); /* a call is there: do not sleep */
	serve_once(&pair);
	assert_false(ring_server_arm(&pair.server));
	(void)ring_client_slot(&pair.client);
	assert_true(ring_client_publish(&pair.client));
	assert_false(ring_client_publish(&pair.client));
	assert_false(ring_client_publish(&pair.client));
}

static void
design_13_a_hostile_clients_marks_close_the_connection(void **state)
{
	(void)state;
	srand(7);
	uint32_t refused = 0;
	for (uint32_t n = 0; n < 300000; n++) {
		open_pair(4);
		uint64_t rounds = (uint64_t)rand() % 10;
		for (uint64_t k = 0; k < rounds; k++) {
			call_once(&pair, k);
			serve_once(&pair);
			(void)!ring_client_refresh(&pair.client);
			if (rand() % 4 != 0)
				ring_client_consume(&pair.client);
			if (ring_client_room(&pair.client) == 0)
				break;
		}
		uint64_t *words = (uint64_t *)(void *)pair.client_run;
		uint64_t wild[] = { (uint64_t)rand(), UINT64_MAX, 0, pair.client.head + 5,
			pair.client.head + 4, (uint64_t)rand() << 32, 1ull << 63,
			pair.client.head - 1 };
		words[rand() % 4] = wild[rand() % 8];
		struct ring_server before = pair.server;
		err_t err = ring_server_refresh(&pair.server);
		if (err == ERR_PROTOCOL) {
			refused++;
			assert_memory_equal(&before, &pair.server, sizeof before);
			continue;
		}
		/* What is let through keeps every invariant that the server relies on. */
		struct ring_server *r = &pair.server;
		assert_true(r->head_seen >= r->taken && r->head_seen - r->done <= r->depth);
		assert_true(r->consumed_seen <= r->results_head);
		assert_true(r->head_seen - r->consumed_seen <= r->depth);
		uint8_t *slot = (uint8_t *)(uintptr_t)ring_server_call(r);
		assert_true(slot >= pair.client_run + 64 &&
		    slot + r->call_bytes <= pair.client_run + ring_client_bytes(&pair.g));
	}
	assert_true(refused > 50000);
}

static void
design_13_a_hostile_servers_marks_close_the_connection(void **state)
{
	(void)state;
	srand(8);
	uint32_t refused = 0;
	for (uint32_t n = 0; n < 300000; n++) {
		open_pair(4);
		uint64_t calls = (uint64_t)rand() % 4;
		for (uint64_t k = 0; k < calls; k++) {
			call_once(&pair, k);
			if (rand() % 2 == 0)
				serve_once(&pair);
		}
		uint64_t *words = (uint64_t *)(void *)pair.server_run;
		uint64_t wild[] = { (uint64_t)rand(), UINT64_MAX, 0, pair.client.head + 1,
			pair.client.head, (uint64_t)rand() << 32, 1ull << 63 };
		words[rand() % 5] = wild[rand() % 7];
		struct ring_client before = pair.client;
		if (ring_client_refresh(&pair.client) == ERR_PROTOCOL) {
			refused++;
			assert_memory_equal(&before, &pair.client, sizeof before);
			continue;
		}
		struct ring_client *r = &pair.client;
		assert_true(r->results_seen <= r->head && r->results_seen >= r->results_taken);
		assert_true(r->free_seen <= r->head);
		assert_true(ring_client_room(r) <= r->depth);
	}
	assert_true(refused > 50000);
}

static void
r5_a_later_version_goes_on_where_the_pages_stand(void **state)
{
	(void)state;
	open_pair(8);
	for (uint64_t n = 0; n < 21; n++) {
		call_once(&pair, n);
		serve_once(&pair);
		assert_int_equal(ring_client_refresh(&pair.client), OK);
		ring_client_consume(&pair.client);
	}
	call_once(&pair, 21);
	call_once(&pair, 22);
	serve_once(&pair);
	struct ring_server later;
	ring_server_adopt(&later, pair.client_run, pair.server_run, &pair.g);
	assert_int_equal(later.taken, 22);
	assert_int_equal(later.done, 22);
	assert_int_equal(ring_server_refresh(&later), OK);
	assert_int_equal(ring_server_call(&later)->words[0], 22);
	assert_true(ring_server_published(&later, 22));
	assert_false(ring_server_published(&later, 21));
	struct ring_client later_client;
	ring_client_adopt(&later_client, pair.client_run, pair.server_run, &pair.g);
	assert_int_equal(ring_client_refresh(&later_client), OK);
	assert_int_equal(ring_client_result(&later_client)->number, 22);
	assert_int_equal(ring_client_room(&later_client), 6);
}

static void
a_geometry_fits_its_pages_or_is_refused(void **state)
{
	(void)state;
	struct ring_geometry g;
	assert_int_equal(ring_geometry_make(&g, 0, 8, 8), ERR_ARGUMENT);
	assert_int_equal(ring_geometry_make(&g, 3, 8, 8), ERR_ARGUMENT);
	assert_int_equal(ring_geometry_make(&g, 512, 8, 8), ERR_ARGUMENT);
	assert_int_equal(ring_geometry_make(&g, 256, 4000, 8), ERR_TOO_LONG);
	assert_int_equal(ring_geometry_make(&g, 1, UINT32_MAX, 8), ERR_TOO_LONG);
	for (uint32_t depth = 1; depth <= 256; depth *= 2) {
		for (uint32_t bytes = 0; bytes < 4096; bytes += 13) {
			if (ring_geometry_make(&g, depth, bytes, bytes / 2) != OK)
				continue;
			assert_true(ring_geometry_valid(&g));
			g.pages--;
			assert_false(ring_geometry_valid(&g));
		}
	}
	struct ring_geometry wrap = {
		.depth = 256, .call_bytes = 0xfffffff8u, .result_bytes = 16, .pages = 1
	};
	assert_false(ring_geometry_valid(&wrap));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c9_no_wake_up_is_lost_and_r5_order_holds_across_wrap),
		cmocka_unit_test(c9_of_a_caller_and_a_sleeper_at_least_one_sees_the_other),
		cmocka_unit_test(a_full_ring_has_no_room_until_a_result_is_consumed),
		cmocka_unit_test(only_a_sleeper_is_rung_and_only_once),
		cmocka_unit_test(design_13_a_hostile_clients_marks_close_the_connection),
		cmocka_unit_test(design_13_a_hostile_servers_marks_close_the_connection),
		cmocka_unit_test(r5_a_later_version_goes_on_where_the_pages_stand),
		cmocka_unit_test(a_geometry_fits_its_pages_or_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
