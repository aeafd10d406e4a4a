/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's loop: what a hook asks for, and what there was no room to tell, is done
 * before the server sleeps, and waits for no other bell. Each wait of the loop calls the
 * test's next step.
 */
/* SOURCES: userland/lib/rpc/execute.c userland/lib/rpc/turn.c userland/lib/rpc/later.c
 * userland/lib/rpc/recover.c userland/lib/rpc/ring.c
 * userland/lib/rpc/describe.c userland/lib/state/log.c userland/lib/state/segment.c
 * userland/lib/state/arena.c userland/lib/state/schema.c userland/lib/text/text.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../userland/lib/rpc/server.c" /* NOLINT(bugprone-suspicious-include) */

#define WAIT_NAME "wait"
#define WAIT_VERSION 1
#define WAIT_DEPTH 4
#define WAIT_OPS(OP) OP(1, later, 0)
#define WAIT_later_IN(P) P(U64, value, 0)
#define WAIT_later_OUT(P) P(U64, value, 0)
RPC_DEFINE_DESCRIPTION(WAIT, wait)
RPC_DEFINE_SERVER(WAIT, wait)

#define SERVED 3u /* index of the client's connection */
#define RELEASE 11u

static _Alignas(64) uint8_t client_run[8192], server_run[8192], own_run[8192], rpc_run[8192];
static struct directory_entry entry[4];
static struct ring_client client;    /* of the one that is served */
static struct ring_server insulator; /* of the server's own calls */
static struct rpc_connection served, to_rpc;
static bool ripe;                   /* `later` has its answer */
static struct rpc_reference parked; /* a call of it */
static bool retries;                /* the idle hook asks for it */
static uint32_t told, forgotten;    /* releases; places freed */
static void (*step[8])(void);       /* what happens in the n-th wait */
static uint32_t waits;

static err_t
on_later(struct rpc_call *call, const struct wait_later_in *in, struct wait_later_out *out)
{
	parked = call->reference;
	out->value = in->value + 1;
	return ripe ? OK : RPC_DEFERRED;
}

static uint64_t
idle(void)
{
	if (retries) {
		retries = false;
		ripe = true;
		assert_int_equal(rpc_retry(parked), OK);
	}
	return TIME_NEVER;
}

/* --- what the library calls */

struct rpc_connection *rpc_table[RPC_TABLE_MAX];
uint32_t rpc_table_count;
struct rpc_connection *rpc_first_client;
_Atomic uint32_t rpc_messages;
bool rpc_popup_used;

void
rpc_over(struct rpc_connection *c)
{
	c->closed = true;
}

void
rpc_directory_scan(void)
{
}

void
rpc_forget(struct rpc_connection *c)
{
	forgotten++;
	rpc_table[c->index] = NULL;
}

void
rpc_keep_messages(void)
{
}

bool
rpc_take_message(struct message *m)
{
	(void)m;
	return false;
}

void
rpc_popup_acquire(void)
{
}

void
rpc_popup_release(void)
{
}

void
rpc_popup_prepare(const struct rpc_service *service)
{
	(void)service;
}

void
rpc_popup_wait(void)
{
}

err_t
rpc_popup(struct rpc_connection *c, struct ring_parked *p)
{
	(void)c;
	(void)p;
	return ERR_NO_MEMORY;
}

void
rpc_own_begin(void)
{
}

void
rpc_own_end(void)
{
}

const struct conversion *
rpc_conversion(const struct rpc_service *service, uint32_t hash, uint32_t index, err_t *err)
{
	(void)service, (void)hash, (void)index;
	*err = OK;
	return NULL;
}

err_t
rpc_serve_start(void)
{
	rpc_serve_directory();
	return OK;
}

bool
rpc_has_answer(struct rpc_connection *c)
{
	assert_int_equal(ring_client_refresh(&c->client), OK);
	while (ring_client_result(&c->client) != NULL)
		ring_client_consume(&c->client); /* nobody wants it */
	return false;
}

uint32_t
rpc_room(struct rpc_connection *c)
{
	assert_int_equal(ring_client_refresh(&c->client), OK);
	return ring_client_room(&c->client);
}

void
rpc_drop_answer(struct rpc_connection *c, uint64_t number)
{
	(void)c;
	(void)number;
}

err_t
rpc_send(struct rpc_connection *c, uint32_t operation, const void *in, uint32_t in_bytes,
    uint64_t *number)
{
	assert_ptr_equal(c, &to_rpc);
	if (ring_client_room(&c->client) == 0)
		return ERR_WOULD_BLOCK;
	struct ring_call *slot = ring_client_slot(&c->client);
	slot->operation = operation;
	memcpy(slot->words, in, in_bytes);
	(void)ring_client_publish(&c->client);
	*number = c->client.head;
	told += operation == RELEASE && slot->words[0] == SERVED;
	return OK;
}

err_t
insula_notify(handle_t endpoint)
{
	(void)endpoint;
	return OK;
}

err_t
insula_call(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	(void)endpoint, (void)deadline_ns, (void)m;
	return OK;
}

/* What rings, by number of the connection; set by a step. */
static uint64_t rung;

uint64_t
rpc_receive_bits(uint64_t deadline_ns, handle_t bell)
{
	(void)bell;
	if (deadline_ns == TIME_NOW)
		return 0; /* it looks once more */
	rung = 0;
	assert_non_null(step[waits]);
	step[waits++]();
	return rung;
}

/* --- */

static const struct rpc_service services[] = { RPC_SERVICE(wait) };
static const struct rpc_hooks hooks = { .idle = idle };

static void
end(void)
{
	rpc_serve_end(0);
}

static void
adopt(struct rpc_connection *c, uint32_t index, enum directory_role role)
{
	memset(c, 0, sizeof *c);
	c->index = index;
	c->role = (uint16_t)role;
	c->entry = &entry[index];
	c->service_number = 1;
	rpc_table[index] = c;
}

static int
set_up(void **state)
{
	struct ring_geometry g;
	(void)state;
	assert_int_equal(
	    ring_geometry_make(&g, 4, wait_interface.in_bytes, wait_interface.out_bytes), OK);
	ring_pages_init(client_run, server_run, &g);
	ring_pages_init(own_run, rpc_run, &g);
	for (uint32_t n = 0; n < 4; n++)
		entry[n] = (struct directory_entry){ .state = ENTRY_OPEN,
			.depth = g.depth,
			.call_bytes = g.call_bytes,
			.result_bytes = g.result_bytes,
			.pages = g.pages };
	adopt(&served, SERVED, ROLE_SERVER);
	adopt(&to_rpc, BIRTH_RPC, ROLE_CLIENT);
	ring_client_adopt(&client, client_run, server_run, &g);
	ring_server_adopt(&served.server, client_run, server_run, &g);
	ring_client_adopt(&to_rpc.client, own_run, rpc_run, &g);
	ring_server_adopt(&insulator, own_run, rpc_run, &g);
	rpc_table_count = 4;
	rpc_first_client = &to_rpc;
	memset(step, 0, sizeof step);
	waits = told = forgotten = 0;
	ripe = retries = ending = unreleased = false;
	active_first = NULL;
	memset(&rpc_serving, 0, sizeof rpc_serving);
	return 0;
}

/* --- a retry that the idle hook asks for */

static void
client_calls(void)
{
	struct ring_call *slot = ring_client_slot(&client);
	slot->operation = 1;
	slot->words[0] = 41;
	(void)ring_client_publish(&client);
	rung = 1 << SERVED;
}

static void
device_rings(void)
{
	assert_int_equal(parked.number, 1);
	assert_int_equal(ring_client_refresh(&client), OK);
	assert_null(ring_client_result(&client)); /* it waits */
	retries = true;
	rung = 1ull << BIT_DEVICE;
}

static void
client_looks(void)
{
	assert_int_equal(ring_client_refresh(&client), OK);
	const struct ring_result *r = ring_client_result(&client);
	assert_non_null(r);
	assert_int_equal(r->number, 1);
	assert_int_equal(r->words[0], 42);
	rpc_serve_end(0);
}

static void
a_retry_that_the_idle_hook_asks_for_runs_before_the_server_sleeps(void **state)
{
	(void)state;
	step[0] = client_calls;
	step[1] = device_rings;
	step[2] = client_looks;
	assert_int_equal(rpc_serve(services, 1, &hooks), 0);
	assert_int_equal(waits, 3);
}

/* --- a release that finds the insulator's ring full */

static void
client_closes_and_the_ring_is_full(void)
{
	const uint64_t other = 0;
	uint64_t number;
	while (rpc_send(&to_rpc, 1, &other, sizeof other, &number) == OK)
		;
	entry[SERVED].state = ENTRY_CLOSED;
	rung = 1ull << BIT_DIRECTORY;
}

static void
insulator_answers(void)
{
	assert_int_equal(told, 0);
	assert_int_equal(forgotten, 0); /* the place is not free before it is told */
	assert_int_equal(ring_server_refresh(&insulator), OK);
	struct ring_result *r = ring_server_result(&insulator);
	ring_server_take(&insulator);
	r->number = insulator.taken;
	r->error = OK;
	r->bytes = 0;
	(void)ring_server_publish(&insulator);
	(void)ring_server_done(&insulator);
	rung = 1 << BIRTH_RPC; /* and nothing of the directory */
}

static void
everything_is_told(void)
{
	assert_int_equal(told, 1);
	assert_int_equal(forgotten, 1);
	rpc_serve_end(0);
}

static void
a_release_that_found_no_room_is_told_when_there_is_some(void **state)
{
	(void)state;
	step[0] = client_closes_and_the_ring_is_full;
	step[1] = insulator_answers;
	step[2] = everything_is_told;
	assert_int_equal(rpc_serve(services, 1, &hooks), 0);
	assert_int_equal(waits, 3);
}

static void
a_release_that_finds_room_is_told_at_once(void **state)
{
	(void)state;
	entry[SERVED].state = ENTRY_CLOSED;
	step[0] = end;
	assert_int_equal(rpc_serve(services, 1, NULL), 0);
	assert_int_equal(told, 1);
	assert_int_equal(forgotten, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(a_retry_that_the_idle_hook_asks_for_runs_before_the_server_sleeps),
		TEST(a_release_that_found_no_room_is_told_when_there_is_some),
		TEST(a_release_that_finds_room_is_told_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
