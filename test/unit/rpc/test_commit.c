/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exactly once (design: commit). A server runs a script of calls in a process of
 * its own and is killed before every single store, then once more before every
 * store of its recovery; what its clients read and what its state holds must be
 * what an uninterrupted run gives.
 *
 * State and rings are shared memory; each life of the server is a forked child,
 * so that nothing private survives by accident.
 */
/* SOURCES: userland/lib/rpc/execute.c userland/lib/rpc/turn.c userland/lib/rpc/later.c
 * userland/lib/rpc/recover.c userland/lib/rpc/ring.c userland/lib/rpc/describe.c
 * userland/lib/state/log.c userland/lib/state/segment.c userland/lib/state/arena.c
 * userland/lib/state/schema.c userland/lib/text/text.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../userland/lib/rpc/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- a service with every kind of operation */

#define TOY_NAME "toy"
#define TOY_VERSION 1
#define TOY_DEPTH 64
#define TOY_OPS(OP)                 \
	OP(1, set, 0)               \
	OP(2, push, 0)              \
	OP(3, pop, 0)               \
	OP(4, look, RPC_REPEATABLE) \
	OP(5, refuse, 0)            \
	OP(6, later, 0)             \
	OP(7, wake, 0)              \
	OP(8, told, RPC_REPEATABLE) \
	OP(9, tell, 0)              \
	OP(10, drive, RPC_EXTERNAL) \
	OP(11, flood, 0)
#define TOY_set_IN(P) P(U64, value, 0)
#define TOY_set_OUT(P) P(U64, old, 0) P(U64, count, 0)
#define TOY_push_IN(P) P(U64, value, 0) P(U64, bytes, 0)
#define TOY_push_OUT(P) P(U64, depth, 0)
#define TOY_pop_IN(P)
#define TOY_pop_OUT(P) P(U64, value, 0)
#define TOY_look_IN(P)
#define TOY_look_OUT(P) P(U64, value, 0) P(U64, count, 0)
#define TOY_refuse_IN(P) P(U64, value, 0)
#define TOY_refuse_OUT(P)
#define TOY_later_IN(P) P(U64, add, 0)
#define TOY_later_OUT(P) P(U64, value, 0)
#define TOY_wake_IN(P)
#define TOY_wake_OUT(P) P(U64, woken, 0)
#define TOY_told_IN(P)
#define TOY_told_OUT(P) P(U64, value, 0)
#define TOY_tell_IN(P) P(U64, value, 0)
#define TOY_tell_OUT(P)
#define TOY_drive_IN(P) P(U64, value, 0)
#define TOY_drive_OUT(P) P(U64, value, 0)
#define TOY_flood_IN(P)
#define TOY_flood_OUT(P)
RPC_DEFINE_DESCRIPTION(TOY, toy)
RPC_DEFINE_SERVER(TOY, toy)

#define TOY_STATE(FIELD, ARRAY, RECORDS) \
	FIELD(value, U64, 11)            \
	FIELD(count, U64, 0)             \
	FIELD(top, U64, 0)               \
	FIELD(depth, U64, 0)             \
	FIELD(gate, U64, 0)              \
	FIELD(passed, U64, 0)            \
	FIELD(news, U64, 0)              \
	ARRAY(waiting, U8, 64, 0)        \
	ARRAY(flooded, U64, 4096, 0)
STATE_ROOT(TOY_STATE, toy_state)

#define STATE_BYTES (256u << 10)

struct world {
	_Alignas(64) uint8_t client_run[32 * 1024];
	_Alignas(64) uint8_t server_run[32 * 1024];
	_Alignas(4096) uint8_t state[STATE_BYTES];
	uint64_t steps;      /* taken in this life */
	uint64_t kill_at;    /* 0: never */
	uint64_t device[64]; /* how often call n drove the device */
	uint64_t rings;
	uint64_t checksum;
};
static struct world *world;
static bool short_way; /* calls that are plain take turn.c's short way */
static bool turns;     /* and run many in a turn, with their answers shown together */

/* test_turns.c is this file once more, for calls in turns. */
#ifndef TURNS
#define TURNS 0
#endif
static struct rpc_connection connection;
static struct directory_entry entry = { .state = ENTRY_OPEN, .generation = 5 };
static struct ring_geometry geometry;

struct node {
	uint64_t next, value;
};
struct waiting {
	struct rpc_reference later, told;
};
_Static_assert(sizeof(struct waiting) <= 64, "fits its field");

static const struct toy_state *
toy(void)
{
	return state_root();
}

static err_t
on_set(struct rpc_call *call, const struct toy_set_in *in, struct toy_set_out *out)
{
	(void)call;
	out->old = toy()->value;
	STATE_SET(toy()->value, in->value);
	STATE_SET(toy()->count, toy()->count + 1);
	out->count = toy()->count;
	return OK;
}

static const struct node *
node_at(uint64_t offset)
{
	return offset == 0 ? NULL : (const struct node *)(const void *)(world->state + offset);
}

static err_t
on_push(struct rpc_call *call, const struct toy_push_in *in, struct toy_push_out *out)
{
	(void)call;
	const struct node *n = state_alloc(sizeof *n + in->bytes);
	if (n == NULL)
		return ERR_NO_MEMORY;
	struct node made = { toy()->top, in->value };
	state_write(n, &made, sizeof made);
	STATE_SET(toy()->top, (uint64_t)((const uint8_t *)n - world->state));
	STATE_SET(toy()->depth, toy()->depth + 1);
	out->depth = toy()->depth;
	return OK;
}

static err_t
on_pop(struct rpc_call *call, const struct toy_pop_in *in, struct toy_pop_out *out)
{
	(void)call;
	(void)in;
	const struct node *n = node_at(toy()->top);
	if (n == NULL)
		return ERR_NOT_FOUND;
	out->value = n->value;
	STATE_SET(toy()->top, n->next);
	STATE_SET(toy()->depth, toy()->depth - 1);
	state_free(n);
	return OK;
}

static err_t
on_look(struct rpc_call *call, const struct toy_look_in *in, struct toy_look_out *out)
{
	(void)call;
	(void)in;
	out->value = toy()->value;
	out->count = toy()->count;
	return OK;
}

/* Writes, and then fails: an error changes nothing. */
static err_t
on_refuse(struct rpc_call *call, const struct toy_refuse_in *in, struct toy_refuse_out *out)
{
	(void)call;
	(void)out;
	STATE_SET(toy()->value, in->value);
	const void *block = state_alloc(100);
	(void)block;
	return ERR_REFUSED;
}

static void
remember(const struct rpc_reference *reference, bool later)
{
	struct waiting w;
	memcpy(&w, toy()->waiting, sizeof w);
	if (later)
		w.later = *reference;
	else
		w.told = *reference;
	state_write(toy()->waiting, &w, sizeof w);
}

/* Waits until the gate opens, then goes through it, which changes the state. */
static err_t
on_later(struct rpc_call *call, const struct toy_later_in *in, struct toy_later_out *out)
{
	(void)call;
	if (toy()->gate == 0) {
		STATE_SET(toy()->passed, 999); /* to be undone */
		return RPC_DEFERRED;
	}
	STATE_SET(toy()->passed, toy()->passed + in->add);
	out->value = toy()->passed;
	return OK;
}

static err_t
on_wake(struct rpc_call *call, const struct toy_wake_in *in, struct toy_wake_out *out)
{
	(void)call;
	(void)in;
	STATE_SET(toy()->gate, toy()->gate + 1);
	struct rpc_reference later = { 0, connection.generation, 0 };
	for (uint64_t number = 1; number <= 64; number++) {
		later.number = number;
		err_t err = rpc_retry(later); /* those that are parked */
		if (err != OK && err != ERR_NOT_FOUND)
			return err;
	}
	out->woken = toy()->gate;
	return OK;
}

static err_t
on_told(struct rpc_call *call, const struct toy_told_in *in, struct toy_told_out *out)
{
	(void)in;
	(void)call;
	if (toy()->news == 0)
		return RPC_DEFERRED;
	out->value = toy()->news;
	return OK;
}

/* The told one is number 8 of the script. */
#define TOLD_NUMBER 8u

static err_t
on_tell(struct rpc_call *call, const struct toy_tell_in *in, struct toy_tell_out *out)
{
	(void)call;
	(void)out;
	struct toy_told_out answer = { .value = in->value };
	STATE_SET(toy()->news, in->value);
	struct rpc_reference told = { 0, connection.generation, TOLD_NUMBER };
	remember(&told, false);
	err_t err = rpc_complete(told, OK, &answer, sizeof answer);
	return err == ERR_NOT_FOUND ? OK : err;
}

static err_t
on_drive(struct rpc_call *call, const struct toy_drive_in *in, struct toy_drive_out *out)
{
	state_step();
	world->device[call->reference.number]++;
	state_step();
	out->value = in->value * 2;
	return OK;
}

/* Writes more than the log holds. */
static err_t
on_flood(struct rpc_call *call, const struct toy_flood_in *in, struct toy_flood_out *out)
{
	(void)call;
	(void)in;
	(void)out;
	static uint64_t chunk[512];
	for (uint32_t n = 0; n < 4096; n += 512)
		state_write(
		    &toy()->flooded[n], memset(chunk, (int)n + 1, sizeof chunk), sizeof chunk);
	return OK;
}

/* --- what the library calls */

void
state_step(void)
{
	if (++world->steps == world->kill_at)
		_exit(77);
}

struct rpc_connection *rpc_table[RPC_TABLE_MAX] = { &connection };
uint32_t rpc_table_count = 1;

void
rpc_over(struct rpc_connection *c)
{
	fail_msg("connection %u is over", c->index);
}

err_t
rpc_popup(struct rpc_connection *c, struct ring_parked *parked)
{
	(void)c;
	(void)parked;
	return ERR_NO_MEMORY;
}

bool rpc_popup_used;

void
rpc_popup_acquire(void)
{
}

void
rpc_popup_release(void)
{
}

err_t
insula_notify(handle_t endpoint)
{
	(void)endpoint;
	world->rings++;
	return OK;
}

/* --- lives of the server */

static const struct rpc_service service = RPC_SERVICE(toy);

/* One life: returns at the end of the script. */
static void
serve(bool again)
{
	world->steps = 0;
	connection = (struct rpc_connection){
		.entry = &entry, .generation = 5, .role = ROLE_SERVER, .service = &service
	};
	if (short_way)
		rpc_execute_prepare(&connection);
	if (!again) {
		uint64_t kill_at = world->kill_at;
		world->kill_at = 0; /* creation is not what is tested */
		if (state_create(world->state, STATE_BYTES, &toy_state_schema) != OK)
			_exit(1);
		world->kill_at = kill_at;
	} else if (state_open(world->state, STATE_BYTES, &toy_state_schema) != OK) {
		_exit(2);
	}
	uint64_t commit = again ? state_recover() : 0;
	ring_server_adopt(&connection.server, world->client_run, world->server_run, &geometry);
	rpc_recover(&connection, commit, again);
	rpc_execute_all_parked(&connection);
	for (;;) {
		enum executed did = rpc_execute_some(&connection, turns ? 5 : 1);
		if (did == EXECUTED_BROKEN)
			_exit(3);
		if (did == EXECUTED_NONE)
			break;
	}
	world->checksum = state_checksum();
}

/* True if it lived to the end. */
static bool
live(bool again, uint64_t kill_at)
{
	int status;
	world->kill_at = kill_at;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		serve(again);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
	return WEXITSTATUS(status) == 0;
}

/* --- the script */

struct scripted {
	uint32_t operation;
	uint64_t words[2];
};
static const struct scripted script[] = {
	{ 1, { 5 } },
	{ 2, { 70, 10 } },
	{ 2, { 71, 200 } },
	{ 5, { 1000 } },
	{ 3, { 0 } },
	{ 6, { 3 } },
	{ 2, { 72, 10 } },
	{ 8, { 0 } },
	{ 4, { 0 } },
	{ 10, { 21 } },
	{ 6, { 4 } },
	{ 3, { 0 } },
	{ 1, { 6 } },
	{ 7, { 0 } },
	{ 9, { 555 } },
	{ 11, { 0 } },
	{ 3, { 0 } },
	{ 3, { 0 } },
	{ 2, { 73, 40 } },
	{ 99, { 0 } },
	{ 1, { 7 } },
	{ 10, { 22 } },
	{ 4, { 0 } },
	{ 2, { 74, 10 } },
#if TURNS /* several in a row that only answer, and changes between them */
	{ 4, { 0 } },
	{ 4, { 0 } },
	{ 1, { 8 } },
	{ 4, { 0 } },
	{ 5, { 1001 } },
	{ 4, { 0 } },
	{ 4, { 0 } },
	{ 4, { 0 } },
#endif
};
#define CALLS (sizeof script / sizeof script[0])

static void
publish_script(void)
{
	struct ring_client client;
	memset(world, 0, sizeof *world);
	assert_int_equal(
	    ring_geometry_make(&geometry, 64, toy_interface.in_bytes, toy_interface.out_bytes), OK);
	assert_true(geometry.pages * PAGE_BYTES <= sizeof world->client_run);
	ring_pages_init(world->client_run, world->server_run, &geometry);
	ring_client_adopt(&client, world->client_run, world->server_run, &geometry);
	for (uint32_t n = 0; n < CALLS; n++) {
		struct ring_call *slot = ring_client_slot(&client);
		slot->operation = script[n].operation;
		memcpy(slot->words, script[n].words, toy_interface.in_bytes);
		(void)ring_client_publish(&client);
	}
}

struct outcome {
	uint64_t results;
	uint64_t order[CALLS];
	struct {
		uint64_t times;
		int32_t error;
		uint64_t words[2];
	} result[CALLS + 1];
	uint64_t checksum;
};

static void
read_outcome(struct outcome *o)
{
	struct ring_client client;
	memset(o, 0, sizeof *o);
	ring_client_adopt(&client, world->client_run, world->server_run, &geometry);
	assert_int_equal(ring_client_refresh(&client), OK);
	const struct ring_result *r;
	while ((r = ring_client_result(&client)) != NULL) {
		assert_true(r->number >= 1 && r->number <= CALLS);
		o->order[o->results++] = r->number;
		o->result[r->number].times++;
		o->result[r->number].error = r->error;
		memcpy(o->result[r->number].words, r->words, r->bytes < 16 ? r->bytes : 16);
		ring_client_consume(&client);
	}
	o->checksum = world->checksum;
}

static bool
is_deferred(uint64_t number)
{
	return script[number - 1].operation == 6 || script[number - 1].operation == 8;
}

/* The interrupted run's clients saw what the other's did: each call once, in order. */
static void
assert_same(const struct outcome *o, const struct outcome *whole)
{
	uint64_t last = 0;
	assert_int_equal(o->results, CALLS);
	for (uint64_t n = 1; n <= CALLS; n++) {
		assert_int_equal(o->result[n].times, 1);
		if (script[n - 1].operation == 10) {
			assert_true(world->device[n] <= 1);
			if (o->result[n].error == ERR_RPC_INTERRUPTED)
				continue;
			assert_int_equal(world->device[n], 1);
		}
		assert_int_equal(o->result[n].error, whole->result[n].error);
		assert_memory_equal(o->result[n].words, whole->result[n].words, 16);
	}
	for (uint64_t n = 0; n < CALLS; n++) { /* R5 */
		if (is_deferred(o->order[n]))
			continue;
		assert_true(o->order[n] > last);
		last = o->order[n];
	}
	assert_int_equal(o->checksum, whole->checksum);
}

static struct outcome whole, cut;

static uint64_t
whole_run(void)
{
	publish_script();
	assert_true(live(false, 0));
	uint64_t steps = world->steps;
	read_outcome(&whole);
	for (uint64_t n = 1; n <= CALLS; n++)
		if (whole.result[n].times != 1)
			print_message("call %d: %d results\n", (int)n, (int)whole.result[n].times);
	assert_int_equal(whole.results, CALLS);
	return steps;
}

static void
the_script_does_what_it_says(void **state)
{
	(void)state;
	uint64_t steps = whole_run();
	assert_true(steps > 200);
	assert_int_equal(whole.result[1].words[0], 11);
	assert_int_equal(whole.result[4].error, ERR_REFUSED);
	assert_int_equal(whole.result[9].words[0], 5); /* the refused set changed nothing */
	assert_int_equal(whole.result[6].words[0], 3);
	assert_int_equal(whole.result[11].words[0], 7);
	assert_int_equal(whole.result[8].words[0], 555);
	assert_int_equal(whole.result[16].error, ERR_NO_MEMORY);
	assert_int_equal(whole.result[20].error, ERR_CALL);
	assert_int_equal(whole.result[18].error, ERR_NOT_FOUND);
}

static void
u4_killed_before_any_store_every_call_happens_once(void **state)
{
	(void)state;
	for (int way = TURNS ? 2 : 0; way < (TURNS ? 3 : 2); way++) {
		short_way = way > 0;
		turns = way == 2;
		uint64_t steps = whole_run();
		for (uint64_t kill = 1; kill <= steps; kill++) {
			publish_script();
			assert_false(live(false, kill));
			assert_true(live(true, 0));
			read_outcome(&cut);
			assert_same(&cut, &whole);
		}
	}
}

static void
all_ways_through_a_call_have_the_same_outcome(void **state)
{
	(void)state;
	static struct outcome other;
	short_way = turns = false;
	(void)whole_run();
	other = whole;
	short_way = true;
	(void)whole_run();
	assert_memory_equal(&other, &whole, sizeof whole);
	turns = true;
	(void)whole_run();
	assert_memory_equal(&other, &whole, sizeof whole);
}

static void
u4_killed_again_in_recovery_every_call_happens_once(void **state)
{
	(void)state;
	uint64_t steps = whole_run();
	srand(3);
	for (uint32_t round = 0; round < 400; round++) {
		publish_script();
		assert_false(live(false, 1 + (uint64_t)rand() % steps));
		/* Soon after the start, where recovery is; later each time, until a life is long enough. */
		for (uint64_t range = 30; !live(true, 1 + (uint64_t)rand() % range); range *= 2)
			;
		read_outcome(&cut);
		assert_same(&cut, &whole);
	}
}

static void
u4_an_update_at_any_call_boundary_changes_nothing(void **state)
{
	(void)state;
	whole_run();
	for (uint32_t boundary = 0; boundary <= CALLS; boundary++) {
		publish_script();
		pid_t child = fork();
		if (child == 0) {
			/* The old version serves some calls and stops; the new one takes over. */
			world->kill_at = 0;
			connection = (struct rpc_connection){ .entry = &entry,
				.generation = 5,
				.role = ROLE_SERVER,
				.service = &service };
			if (state_create(world->state, STATE_BYTES, &toy_state_schema) != OK)
				_exit(1);
			ring_server_adopt(
			    &connection.server, world->client_run, world->server_run, &geometry);
			for (uint32_t n = 0; n < boundary; n++) {
				(void)rpc_execute_some(&connection, 1);
			}
			_exit(0);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		assert_true(live(true, 0));
		read_outcome(&cut);
		assert_same(&cut, &whole);
	}
}

static int
setup(void **state)
{
	(void)state;
	world =
	    mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return world == MAP_FAILED ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_script_does_what_it_says),
		cmocka_unit_test(u4_killed_before_any_store_every_call_happens_once),
		cmocka_unit_test(all_ways_through_a_call_have_the_same_outcome),
		cmocka_unit_test(u4_killed_again_in_recovery_every_call_happens_once),
		cmocka_unit_test(u4_an_update_at_any_call_boundary_changes_nothing),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
