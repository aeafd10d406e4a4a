/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process's connections: the table made from the directory, and waiting at
 * the main endpoint.
 *
 * Any thread may wait there, one at a time: it has the *turn*. The others
 * sleep at an endpoint of their own until the turn is free again; whoever
 * gives the turn back wakes them all, since what it received may be theirs.
 *
 *   W1  a thread that is on `sleepers` looks at the turn once more before it sleeps
 *   W2  whoever frees the turn looks at `sleepers` afterwards
 */
#include "internal.h"

#include <insula/memory.h>
#include <insula/process.h>
#include <insula/services/rpc.h>
#include <insula/thread.h>

#include <stdlib.h>
#include <string.h>

#define POOL 8u
#define TABLE_MAX (DIRECTORY_MAX_PAGES * DIRECTORY_ENTRIES_PER_PAGE)
#define MESSAGES 32u

_Atomic uint64_t rpc_bits;

static struct rpc_connection_room pool_storage[POOL];
__attribute__((weak)) struct rpc_connection_room *const rpc_pool = pool_storage;
__attribute__((weak)) const uint32_t rpc_pool_count = POOL;
_Static_assert(sizeof(struct rpc_connection) <= sizeof(struct rpc_connection_room), "it has room");

static struct rpc_connection *table[TABLE_MAX];
static uint32_t table_count; /* above it, none is open */
static struct rpc_connection *clients;
static bool directory_there;
static struct lock table_lock;

/* --- the table */

/* Through volatile: the weak defaults must not be folded into this file. */
static struct rpc_connection *
pool_place(uint32_t n)
{
	struct rpc_connection_room *const volatile *pool = &rpc_pool;
	return (struct rpc_connection *)(void *)&(*pool)[n];
}

static uint32_t
pool_places(void)
{
	const volatile uint32_t *count = &rpc_pool_count;
	return *count;
}

static struct rpc_connection *
take_place(void)
{
	for (uint32_t n = 0; n < pool_places(); n++) {
		if (pool_place(n)->role == 0)
			return pool_place(n);
	}
	return calloc(1, sizeof(struct rpc_connection));
}

static void
free_place(struct rpc_connection *c)
{
	if (c >= pool_place(0) && c < pool_place(pool_places()))
		memset(c, 0, sizeof *c);
	else
		free(c);
}

static const volatile struct directory_entry *
entry_at(uint32_t index)
{
	return (const volatile struct directory_entry *)(uintptr_t)OWN_ESTATE(DIRECTORY) + index;
}

static uint32_t
entries(void)
{
	uint32_t pages = entry_at(0)->reserved[0];
	if (pages == 0)
		pages = 1;
	if (pages > DIRECTORY_MAX_PAGES)
		pages = DIRECTORY_MAX_PAGES;
	uint32_t used = entry_at(0)->reserved[1], all = pages * DIRECTORY_ENTRIES_PER_PAGE;
	return used == 0 || used > all ? all : used;
}

struct rpc_connection *
rpc_table_at(uint32_t index)
{
	return index < table_count ? table[index] : NULL;
}

uint32_t
rpc_table_count(void)
{
	return table_count;
}

struct rpc_connection *
rpc_first_client(void)
{
	return clients;
}

static void
drop_client(struct rpc_connection *c)
{
	struct rpc_connection **at = &clients;
	while (*at != NULL && *at != c)
		at = &(*at)->next_client;
	if (*at != NULL)
		*at = c->next_client;
}

static void
adopt(uint32_t index, const volatile struct directory_entry *e)
{
	struct ring_geometry g = { e->depth, e->call_bytes, e->result_bytes, e->pages };
	struct rpc_connection *c = take_place();
	if (c == NULL)
		return; /* it stays unserved; the next scan tries again */
	void *client_run = connection_run(index, 0, g.pages);
	void *server_run = connection_run(index, 1, g.pages);
	c->entry = e;
	c->index = index;
	c->generation = e->generation;
	c->doorbell = e->doorbell;
	c->endpoint = e->endpoint;
	c->peer = e->peer;
	c->service_number = e->service;
	c->connection_number = e->connection;
	c->role = e->role;
	if (c->role == ROLE_CLIENT) {
		ring_client_adopt(&c->client, client_run, server_run, &g);
		/* Who asked before is not known any more: a version before this one, or nobody. */
		c->stale = c->client.head;
		c->unwanted = c->client.head - c->client.results_taken;
		c->next_client = clients;
		clients = c;
		c->unusual = true;
	} else {
		ring_server_adopt(&c->server, client_run, server_run, &g);
	}
	table[index] = c;
	if (index >= table_count)
		table_count = index + 1;
}

bool
rpc_still_open(struct rpc_connection *c)
{
	if (!c->closed && c->entry->state == ENTRY_OPEN && c->entry->generation == c->generation)
		return true;
	c->closed = true;
	return false;
}

void
rpc_directory_scan(void)
{
	if (!directory_there)
		return;
	lock_acquire(&table_lock);
	uint32_t count = entries();
	for (uint32_t n = 0; n < count; n++) {
		const volatile struct directory_entry *e = entry_at(n);
		struct rpc_connection *c = table[n];
		if (c != NULL) {
			(void)rpc_still_open(c);
			continue;
		}
		if (e->state == ENTRY_OPEN)
			adopt(n, e);
	}
	lock_release(&table_lock);
}

void
rpc_forget(struct rpc_connection *c)
{
	rpc_free_answers(c);
	lock_acquire(&table_lock);
	drop_client(c);
	table[c->index] = NULL;
	while (table_count > 0 && table[table_count - 1] == NULL)
		table_count--;
	free_place(c);
	lock_release(&table_lock);
}

void
rpc_directory_appears(void)
{
	directory_there = true;
	rpc_directory_scan();
}

bool
rpc_directory_there(void)
{
	return directory_there;
}

err_t
rpc_process_init(void)
{
	/* A later version's estate comes with the switch; rpc_serve knows when. */
	if (!directory_there && process_info()->start == START_FRESH)
		rpc_directory_appears();
	return OK;
}

/* An entry that is made when it is first used: by any thread, and once. */
static __attribute__((noinline)) struct rpc_connection *
ask_for(uint32_t index)
{
	if (!directory_there || index >= entries())
		return NULL;
	while (entry_at(index)->state == ENTRY_ASK) {
		struct message m = { .label = RPC_ASK, .word = { index } };
		err_t err = insula_call(entry_at(index)->doorbell, TIME_NEVER, &m);
		if (err == OK)
			err = (err_t)(int64_t)m.word[0];
		if (err != OK && err != ERR_INTERRUPTED && err != ERR_BUSY)
			return NULL;
		if (err != OK)
			insula_yield();
	}
	rpc_directory_scan();
	return rpc_table_at(index);
}

struct rpc_connection *
rpc_connection_at(uint32_t index)
{
	if (!directory_there && rpc_process_init() != OK)
		return NULL;
	struct rpc_connection *c = rpc_table_at(index);
	return c != NULL ? c : ask_for(index);
}

/* --- messages at the main endpoint */

static struct {
	bool wanted;
	struct lock lock;
	uint32_t first, count;
	struct message message[MESSAGES];
} messages;

void
rpc_keep_messages(void)
{
	messages.wanted = true;
}

/* A caller that nobody listens to, or one too many, is told so and may call again. */
static void
keep_message(const struct message *m)
{
	bool kept = false;
	if (messages.wanted) {
		lock_acquire(&messages.lock);
		if (messages.count < MESSAGES) {
			messages.message[(messages.first + messages.count) % MESSAGES] = *m;
			messages.count++;
			kept = true;
		}
		lock_release(&messages.lock);
	}
	if (!kept) {
		struct message refusal = { .token = m->token, .label = m->label & LABEL_MASK };
		refusal.word[0] = (uint64_t)(int64_t)(messages.wanted ? ERR_BUSY : ERR_CALL);
		(void)insula_reply(HANDLE_MAIN_ENDPOINT, &refusal);
	}
}

bool
rpc_take_message(struct message *m)
{
	if (!messages.wanted || messages.count == 0)
		return false;
	lock_acquire(&messages.lock);
	bool taken = messages.count > 0;
	if (taken) {
		*m = messages.message[messages.first];
		messages.first = (messages.first + 1) % MESSAGES;
		messages.count--;
	}
	lock_release(&messages.lock);
	return taken;
}

/* --- waiting */

struct sleeper {
	handle_t endpoint, bell; /* private */
	bool listed;
	struct sleeper *next;
};
static _Thread_local struct sleeper self;
static _Atomic(struct sleeper *) turn;
static struct lock sleepers_lock;
static struct sleeper *sleepers;
static _Atomic uint32_t sleepers_count;

static bool
take_turn(void)
{
	struct sleeper *nobody = NULL;
	return atomic_compare_exchange_strong(&turn, &nobody, &self);
}

static void
give_turn(void)
{
	atomic_store(&turn, NULL);
	if (atomic_load(&sleepers_count) == 0) /* W2 */
		return;
	lock_acquire(&sleepers_lock);
	for (struct sleeper *s = sleepers; s != NULL; s = s->next)
		(void)insula_notify(s->bell);
	lock_release(&sleepers_lock);
}

static err_t
prepare_sleeper(void)
{
	if (self.endpoint != HANDLE_NONE)
		return OK;
	handle_t endpoint;
	err_t err = insula_endpoint_create(SELF, SELF, &endpoint);
	if (err == OK)
		err = insula_cap_copy(SELF, endpoint, SELF, RIGHT_NOTIFY, 1, &self.bell);
	if (err == OK)
		self.endpoint = endpoint;
	return err;
}

static void
list_sleeper(bool listed)
{
	lock_acquire(&sleepers_lock);
	struct sleeper **at = &sleepers;
	if (listed) {
		self.next = sleepers;
		sleepers = &self;
		atomic_fetch_add(&sleepers_count, 1);
	} else {
		while (*at != &self)
			at = &(*at)->next;
		*at = self.next;
		atomic_fetch_sub(&sleepers_count, 1);
	}
	lock_release(&sleepers_lock);
}

/* Another thread has the turn: sleep until it gives it back. */
static err_t
sleep_beside(uint64_t deadline_ns)
{
	struct message m = { 0 };
	if (prepare_sleeper() != OK) {
		insula_yield();
		return OK;
	}
	list_sleeper(true);
	int got = RECV_BITS;
	if (atomic_load(&turn) != NULL) /* W1 */
		got = insula_recv(self.endpoint, deadline_ns, &m);
	list_sleeper(false);
	return got < 0 ? (err_t)got : OK;
}

err_t
rpc_receive(uint64_t deadline_ns)
{
	return rpc_receive_ringing(deadline_ns, HANDLE_NONE);
}

err_t
rpc_receive_ringing(uint64_t deadline_ns, handle_t bell)
{
	if (!take_turn()) {
		if (bell != HANDLE_NONE)
			(void)insula_notify(bell);
		return sleep_beside(deadline_ns);
	}
	struct message m = { 0 };
	int got = bell == HANDLE_NONE
	    ? insula_recv(HANDLE_MAIN_ENDPOINT, deadline_ns, &m)
	    : insula_notify_recv(HANDLE_MAIN_ENDPOINT, deadline_ns, bell, &m);
	if (got >= 0 && (got & RECV_BITS) != 0)
		atomic_fetch_or(&rpc_bits, m.bits);
	if (got >= 0 && (got & RECV_MESSAGE) != 0)
		keep_message(&m);
	give_turn();
	if (got >= 0 || (bell != HANDLE_NONE && got != ERR_TIMED_OUT && got != ERR_INTERRUPTED))
		return OK;
	return (err_t)got;
}
