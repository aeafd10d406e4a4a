/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process's connections and its waiting: places for them, with and without a heap,
 * and the bits that one thread receives for another. The kernel is a fake.
 */
/* SOURCES: userland/lib/rpc/ring.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <insula/process_info.h>
#include <stdlib.h>
#include <string.h>

/* The estate is a part of this program. */
#define ENTRIES_MAX 24u
static _Alignas(4096) uint8_t estate[RINGS_BASE - DIRECTORY + ENTRIES_MAX * RING_STRIDE];
#undef OWN_ESTATE
#define OWN_ESTATE(address) ((address)-SLOT_ESTATE_BASE + (uint64_t)(uintptr_t)estate)

static void *heap_take(size_t count, size_t bytes);
#define calloc heap_take
#include "../../../userland/lib/rpc/process.c" /* NOLINT(bugprone-suspicious-include) */
#undef calloc

#define MEMORY_ASK 77u

static struct directory_entry *const directory = (struct directory_entry *)(void *)estate;
static unsigned held;   /* locks */
static unsigned heap;   /* places that it still has */
static bool grows;      /* the next place makes the heap grow, for the first time */
static unsigned asked;  /* for a connection that is made at its first use */
static uint64_t bits;   /* what rings next; 0: nothing does */
static uint64_t waited; /* the deadline of the last wait */

/* As sbrk does: the first growth is the first use of the connection to memory. */
static void *
heap_take(size_t count, size_t bytes_each)
{
	if (heap == 0)
		return NULL;
	heap--;
	if (grows) {
		grows = false;
		assert_non_null(rpc_connection_at(BIRTH_MEMORY));
	}
	return calloc(count, bytes_each);
}

/* --- what the library calls */

void (*base_sleeper_ends)(void);

void
lock_acquire(struct lock *l)
{
	(void)l;
	assert_int_equal(held++, 0); /* one waits for itself for ever */
}

void
lock_release(struct lock *l)
{
	(void)l;
	assert_int_equal(held--, 1);
}

void
rpc_free_answers(struct rpc_connection *c)
{
	(void)c;
}

uint64_t
clock_now_ns(void)
{
	return 1000;
}

err_t
clock_sleep_ns(uint64_t ns)
{
	(void)ns;
	return OK;
}

err_t
insula_call(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	(void)deadline_ns;
	assert_int_equal(endpoint, MEMORY_ASK);
	assert_int_equal(m->label, RPC_ASK);
	asked++;
	directory[m->word[0]].state = ENTRY_OPEN;
	m->word[0] = OK;
	return OK;
}

static int
receive_next(uint64_t deadline_ns, struct message *m)
{
	waited = deadline_ns;
	if (bits == 0)
		return ERR_TIMED_OUT;
	m->bits = bits;
	bits = 0;
	return RECV_BITS;
}

int
insula_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	assert_int_equal(endpoint, HANDLE_MAIN_ENDPOINT);
	return receive_next(deadline_ns, m);
}

int
insula_notify_recv(handle_t endpoint, uint64_t deadline_ns, handle_t bell, struct message *m)
{
	(void)bell;
	assert_int_equal(endpoint, HANDLE_MAIN_ENDPOINT);
	return receive_next(deadline_ns, m);
}

err_t
insula_notify(handle_t endpoint)
{
	(void)endpoint;
	return OK;
}

err_t
insula_reply(handle_t endpoint, const struct message *m)
{
	(void)endpoint;
	(void)m;
	return OK;
}

err_t
insula_endpoint_create(handle_t table, handle_t fund, handle_t *made)
{
	(void)table, (void)fund, (void)made;
	return ERR_NO_FUND;
}

err_t
insula_cap_copy(
    handle_t from, handle_t cap, handle_t to, uint64_t rights, uint64_t badge, handle_t *made)
{
	(void)from, (void)cap, (void)to, (void)rights, (void)badge, (void)made;
	return ERR_NO_FUND;
}

err_t
insula_destroy(handle_t object)
{
	(void)object;
	return OK;
}

/* --- */

/* A directory with a connection to rpc, one to memory that is not made yet, and `others`. */
static int
set_up(void **state)
{
	struct ring_geometry g;
	(void)state;
	for (uint32_t n = 0; n < ENTRIES_MAX; n++)
		if (rpc_table[n] != NULL)
			rpc_forget(rpc_table[n]);
	while (spares != NULL) {
		struct rpc_connection *next = spares->next_client;
		free(spares);
		spares = next;
	}
	memset(estate, 0, PAGE_BYTES);
	assert_int_equal(ring_geometry_make(&g, 4, 32, 32), OK);
	for (uint32_t n = 0; n < ENTRIES_MAX; n++)
		directory[n] = (struct directory_entry){ .role = ROLE_CLIENT,
			.endpoint = HANDLE_MAIN_ENDPOINT,
			.doorbell = MEMORY_ASK,
			.depth = g.depth,
			.call_bytes = g.call_bytes,
			.result_bytes = g.result_bytes,
			.pages = g.pages,
			.generation = 1 };
	directory[BIRTH_RPC].state = ENTRY_OPEN;
	directory[BIRTH_PROCESS].state = ENTRY_ASK;
	directory[BIRTH_MEMORY].state = ENTRY_ASK;
	heap = 1000;
	grows = false;
	asked = 0;
	bits = 0;
	rpc_directory_appears();
	return 0;
}

static void
open_others(uint32_t count)
{
	for (uint32_t n = FIRST_ENTRIES; n < FIRST_ENTRIES + count; n++)
		directory[n].state = ENTRY_OPEN;
}

static uint32_t
adopted(void)
{
	uint32_t count = 0;
	for (uint32_t n = 0; n < rpc_table_count; n++)
		count += rpc_table[n] != NULL;
	return count;
}

static void
the_heap_may_need_the_connection_to_memory_while_a_place_is_made(void **state)
{
	(void)state;
	grows = true;
	open_others(20);
	rpc_directory_scan();
	assert_int_equal(asked, 1);
	assert_int_equal(adopted(), 1 + 1 + 20); /* rpc, memory, the others */
	assert_int_equal(heap, 1000 - (20 - (POOL - FIRST_ENTRIES)));
	assert_null(spares);
}

static void
the_first_connections_need_no_heap_whatever_else_is_open(void **state)
{
	(void)state;
	heap = 0;
	open_others(20);
	rpc_directory_scan();
	assert_int_equal(adopted(), 1 + POOL - FIRST_ENTRIES);
	assert_non_null(rpc_connection_at(BIRTH_MEMORY));
	assert_non_null(rpc_connection_at(BIRTH_PROCESS));
	assert_int_equal(asked, 2);
	heap = 1000; /* what had no place gets one at the next look */
	rpc_directory_scan();
	assert_int_equal(adopted(), FIRST_ENTRIES + 20);
}

static void
a_place_is_used_again_when_its_connection_is_over(void **state)
{
	(void)state;
	open_others(POOL - FIRST_ENTRIES);
	heap = 0;
	rpc_directory_scan();
	assert_int_equal(adopted(), 1 + POOL - FIRST_ENTRIES);
	for (uint32_t round = 0; round < 20; round++) {
		const uint32_t n = FIRST_ENTRIES + round % (POOL - FIRST_ENTRIES);
		rpc_forget(rpc_table_at(n));
		directory[n].generation++;
		rpc_directory_scan();
		assert_non_null(rpc_table_at(n));
		assert_int_equal(rpc_table_at(n)->generation, directory[n].generation);
	}
}

static void
what_another_thread_received_keeps_the_server_from_sleeping(void **state)
{
	(void)state;
	/* A thread that waits for its answer gets the turn, and a bell of the server's. */
	bits = 1 << 5;
	assert_int_equal(rpc_receive(TIME_NEVER, HANDLE_NONE), OK);
	/* The server has looked before that, and gets the turn now. */
	assert_true(rpc_receive_bits(TIME_NEVER, HANDLE_NONE) == 1 << 5);
	assert_true(waited == TIME_NOW);
	/* Each bit is given once; then it sleeps. */
	assert_true(rpc_receive_bits(TIME_NEVER, HANDLE_NONE) == 0);
	assert_true(waited == TIME_NEVER);
}

static void
what_rings_meanwhile_is_given_with_it(void **state)
{
	(void)state;
	bits = 1 << 5;
	assert_int_equal(rpc_receive(TIME_NEVER, HANDLE_NONE), OK);
	bits = 1 << 6;
	assert_true(rpc_receive_bits(TIME_NEVER, HANDLE_NONE) == (1 << 5 | 1 << 6));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(the_heap_may_need_the_connection_to_memory_while_a_place_is_made),
		TEST(the_first_connections_need_no_heap_whatever_else_is_open),
		TEST(a_place_is_used_again_when_its_connection_is_over),
		TEST(what_another_thread_received_keeps_the_server_from_sleeping),
		TEST(what_rings_meanwhile_is_given_with_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
