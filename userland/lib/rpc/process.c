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
 *   W2  whoever frees the turn sees in the same step whether somebody is there
 *   W3  what one received may have been a bell for others, who looked at their rings just
 *       before: who gets the turn, and was not the last to receive, looks again first; a thread
 *       on `sleepers` sleeps only if nobody has received since its last look (TURN_ROUND)
 *
 * test/model/turn.pml explores this, and what happens without each.
 */
#include "base/thread.h"
#include "internal.h"

#include <insula/clock.h>
#include <insula/memory.h>
#include <insula/process.h>
#include <insula/services/rpc.h>
#include <insula/thread.h>

#include <stdlib.h>
#include <string.h>

#define POOL 8u
#define FIRST_ENTRIES 3u /* to rpc, process and memory: made when they are first used */
#define MESSAGES 32u
#define PAUSE_NS 100000ull

static _Atomic uint64_t received; /* bits that the server has not seen */

static struct rpc_connection_room pool_storage[POOL];
__attribute__((weak)) struct rpc_connection_room *const rpc_pool = pool_storage;
__attribute__((weak)) const uint32_t rpc_pool_count = POOL;
_Static_assert(sizeof(struct rpc_connection) <= sizeof(struct rpc_connection_room), "it has room");

struct rpc_connection *rpc_table[RPC_TABLE_MAX];
uint32_t rpc_table_count;
struct rpc_connection *rpc_first_client;
static bool directory_there;
static struct lock table_lock;
static struct rpc_connection *spares; /* of the heap, and free; through next_client */

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

/*
 * NULL: it has to come from malloc. That may need the memory insulator, and so the
 * adoption of its connection: the first entries' places are kept for them.
 */
static struct rpc_connection *
take_place(uint32_t index)
{
	const uint32_t kept = pool_places() > FIRST_ENTRIES ? FIRST_ENTRIES : 0;
	if (index < kept)
		return pool_place(index);
	for (uint32_t n = kept; n < pool_places(); n++) {
		if (pool_place(n)->role == 0)
			return pool_place(n);
	}
	struct rpc_connection *place = spares;
	if (place == NULL)
		return NULL;
	spares = place->next_client;
	place->next_client = NULL;
	return place;
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

static void
drop_client(struct rpc_connection *c)
{
	struct rpc_connection **at = &rpc_first_client;
	while (*at != NULL && *at != c)
		at = &(*at)->next_client;
	if (*at != NULL)
		*at = c->next_client;
}

/* False: there is no place for it. */
static bool
adopt(uint32_t index, const volatile struct directory_entry *e)
{
	struct ring_geometry g = { e->depth, e->call_bytes, e->result_bytes, e->pages };
	struct rpc_connection *c = take_place(index);
	if (c == NULL)
		return false;
	void *client_run = connection_run(index, 0, g.pages);
	void *server_run = connection_run(index, 1, g.pages);
	c->entry = e;
	c->index = index;
	c->generation = e->generation;
	c->doorbell = e->doorbell;
	c->endpoint = e->endpoint == HANDLE_MAIN_ENDPOINT ? HANDLE_NONE : e->endpoint;
	c->peer = e->peer;
	c->service_number = e->service;
	c->connection_number = e->connection;
	c->role = e->role;
	if (c->role == ROLE_CLIENT) {
		ring_client_adopt(&c->client, client_run, server_run, &g);
		/* Who asked before is not known any more: a version before this one, or nobody. */
		c->stale = c->client.head;
		c->unwanted = c->client.head - c->client.results_taken;
		c->next_client = rpc_first_client;
		rpc_first_client = c;
		c->unusual = true;
	} else {
		ring_server_adopt(&c->server, client_run, server_run, &g);
	}
	rpc_table[index] = c;
	if (index >= rpc_table_count)
		rpc_table_count = index + 1;
	return true;
}

void
rpc_over(struct rpc_connection *c)
{
	c->closed = true;
	if (c->role == ROLE_CLIENT)
		c->client.limit = 0;
}

/* One look at an entry, with the lock. False: it is open, and there is no place for it. */
static inline __attribute__((always_inline)) bool
look_at(uint32_t index)
{
	const volatile struct directory_entry *e = entry_at(index);
	struct rpc_connection *c = rpc_table[index];
	if (c == NULL)
		return e->state != ENTRY_OPEN || adopt(index, e);
	(void)rpc_still_open(c);
	return true;
}

/*
 * Places from the heap, without the lock: the heap may have to grow, and that is a
 * call. False: there was not one.
 */
static __attribute__((noinline)) bool
make_spares(uint32_t wanted)
{
	uint32_t made = 0;
	for (; made < wanted; made++) {
		struct rpc_connection *place = calloc(1, sizeof *place);
		if (place == NULL)
			break;
		lock_acquire(&table_lock);
		place->next_client = spares;
		spares = place;
		lock_release(&table_lock);
	}
	return made != 0;
}

void
rpc_directory_scan(void)
{
	uint32_t missing;
	if (!directory_there)
		return;
	do {
		missing = 0;
		lock_acquire(&table_lock);
		uint32_t count = entries();
		for (uint32_t n = 0; n < count; n++)
			missing += !look_at(n);
		lock_release(&table_lock);
	} while (missing != 0 && make_spares(missing)); /* the next scan tries again */
}

void
rpc_forget(struct rpc_connection *c)
{
	rpc_free_answers(c);
	lock_acquire(&table_lock);
	drop_client(c);
	rpc_table[c->index] = NULL;
	while (rpc_table_count > 0 && rpc_table[rpc_table_count - 1] == NULL)
		rpc_table_count--;
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
			(void)clock_sleep_ns(PAUSE_NS);
	}
	/* No other: this may be the heap's own call. */
	lock_acquire(&table_lock);
	(void)look_at(index);
	lock_release(&table_lock);
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
	uint32_t first;
	struct message message[MESSAGES];
} messages;
_Atomic uint32_t rpc_messages; /* changed with the lock held */

void
rpc_keep_messages(void)
{
	messages.wanted = true;
}

/* A caller that nobody listens to, or one too many, is told so and may call again. */
static __attribute__((noinline)) void
keep_message(const struct message *m)
{
	bool kept = false;
	if (messages.wanted) {
		lock_acquire(&messages.lock);
		if (rpc_messages < MESSAGES) {
			messages.message[(messages.first + rpc_messages) % MESSAGES] = *m;
			rpc_messages++;
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
	lock_acquire(&messages.lock);
	bool taken = rpc_messages > 0;
	if (taken) {
		*m = messages.message[messages.first];
		messages.first = (messages.first + 1) % MESSAGES;
		rpc_messages--;
	}
	lock_release(&messages.lock);
	return taken;
}

/* --- waiting */

struct sleeper {
	handle_t endpoint, bell; /* private */
	struct sleeper *next;
	uint32_t rounds; /* as they were before the caller's last look */
};
static _Thread_local struct sleeper self;
#define TURN_TAKEN 1ull
#define TURN_SLEEPER 2ull
#define TURN_ROUND (1ull << 32)
/* TURN_TAKEN, TURN_SLEEPER for each that is listed, TURN_ROUND for each that received. */
static _Atomic uint64_t turn;
static const struct sleeper *last; /* who had the turn in rpc_receive; belongs to who has it now */
static struct lock sleepers_lock;
static struct sleeper *sleepers;

static __attribute__((noinline)) void
wake_sleepers(void)
{
	lock_acquire(&sleepers_lock);
	for (struct sleeper *s = sleepers; s != NULL; s = s->next)
		(void)insula_notify(s->bell);
	lock_release(&sleepers_lock);
}

/* The thread makes no call any more. */
static void
sleeper_ends(void)
{
	if (self.endpoint != HANDLE_NONE)
		(void)insula_destroy(self.endpoint); /* and the bell with it */
	self.endpoint = HANDLE_NONE;
}

static err_t
prepare_sleeper(void)
{
	if (self.endpoint != HANDLE_NONE)
		return OK;
	handle_t endpoint = HANDLE_NONE;
	err_t err = insula_endpoint_create(SELF, SELF, &endpoint);
	if (err == OK)
		err = insula_cap_copy(SELF, endpoint, SELF, RIGHT_NOTIFY, 1, &self.bell);
	if (err == OK) {
		self.endpoint = endpoint;
		base_sleeper_ends = sleeper_ends;
	} else if (endpoint != HANDLE_NONE) {
		(void)insula_destroy(endpoint);
	}
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
		atomic_fetch_add(&turn, TURN_SLEEPER);
	} else {
		while (*at != &self)
			at = &(*at)->next;
		*at = self.next;
		atomic_fetch_sub(&turn, TURN_SLEEPER);
	}
	lock_release(&sleepers_lock);
}

/* Another thread has the turn: sleep until it gives it back. */
static __attribute__((noinline)) err_t
sleep_beside(uint64_t deadline_ns, handle_t bell)
{
	struct message m = { 0 };
	if (bell != HANDLE_NONE)
		(void)insula_notify(bell);
	if (prepare_sleeper() != OK) {
		/* No kernel memory to sleep with. The one that has the turn may have a lower priority. */
		if (deadline_ns != TIME_NEVER && clock_now_ns() >= deadline_ns)
			return ERR_TIMED_OUT;
		(void)clock_sleep_ns(PAUSE_NS);
		return OK;
	}
	list_sleeper(true);
	const uint64_t now = atomic_load(&turn);
	int got = RECV_BITS;
	if (self.rounds == now / TURN_ROUND && (now & TURN_TAKEN) != 0) /* W3, W1 */
		got = insula_recv(self.endpoint, deadline_ns, &m);
	list_sleeper(false);
	self.rounds = (uint32_t)(atomic_load(&turn) / TURN_ROUND); /* the caller looks now */
	return got < 0 ? (err_t)got : OK;
}

static inline bool
take_turn(void)
{
	return (atomic_fetch_or(&turn, TURN_TAKEN) & TURN_TAKEN) == 0;
}

static inline void
give_turn(bool has_received)
{
	const uint64_t step = has_received ? TURN_ROUND - TURN_TAKEN : -TURN_TAKEN;
	if ((uint32_t)atomic_fetch_add(&turn, step) != TURN_TAKEN) /* W2 */
		wake_sleepers();
}

/* With the turn: receive, and keep a message. Returns what the wait ended with; *bits is set if it is OK. */
static inline __attribute__((always_inline)) err_t
receive(uint64_t deadline_ns, handle_t bell, uint64_t *bits)
{
	struct message m;
	m.label = 0; /* accepts no capability */
	int got = bell == HANDLE_NONE
	    ? insula_recv(HANDLE_MAIN_ENDPOINT, deadline_ns, &m)
	    : insula_notify_recv(HANDLE_MAIN_ENDPOINT, deadline_ns, bell, &m);
	if (got < 0) {
		*bits = 0;
		return bell == HANDLE_NONE || got == ERR_TIMED_OUT || got == ERR_INTERRUPTED
		    ? (err_t)got
		    : OK;
	}
	*bits = (got & RECV_BITS) != 0 ? m.bits : 0;
	if ((got & RECV_MESSAGE) != 0)
		keep_message(&m);
	return OK;
}

err_t
rpc_receive(uint64_t deadline_ns, handle_t bell)
{
	uint64_t bits;
	if (!take_turn())
		return sleep_beside(deadline_ns, bell);
	const bool again = last != &self; /* W3 */
	last = &self;
	err_t err = receive(again ? TIME_NOW : deadline_ns, bell, &bits);
	if (bits != 0)
		atomic_fetch_or(&received, bits);
	give_turn(err == OK);
	return again && err == ERR_TIMED_OUT ? OK : err; /* OK: the caller looks at its rings */
}

uint64_t
rpc_receive_bits(uint64_t deadline_ns, handle_t bell)
{
	uint64_t bits = 0;
	if (take_turn()) {
		/* Not before: whoever had the turn may have received something. */
		if (atomic_load(&received) != 0)
			deadline_ns = TIME_NOW;
		last = NULL; /* this one sees by `received` whether to look again */
		give_turn(receive(deadline_ns, bell, &bits) == OK);
	} else {
		(void)sleep_beside(deadline_ns, bell);
	}
	if (atomic_load(&received) != 0)
		bits |= atomic_exchange(&received, 0);
	return bits;
}
