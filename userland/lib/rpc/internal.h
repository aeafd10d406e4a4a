/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the RPC library share: the connection as one process sees
 * it, and the process's own record. Nothing in here outlives a version: all of
 * it is found again from the directory and the rings.
 */
#ifndef INSULA_LIB_RPC_INTERNAL_H
#define INSULA_LIB_RPC_INTERNAL_H

#include <insula/rpc/process.h>
#include <insula/rpc/quick.h>
#include <insula/rpc/ring.h>
#include <insula/rpc/server.h>

#include <stdatomic.h>

struct kept_answer;
struct conversion;

/*
 *   N1  open connections are in `rpc_table` at their directory index
 *   N2  a server's connection is on the active list, or armed: its client will ring
 */
struct rpc_connection {
	bool broken : 1;  /* the peer broke the protocol: closed for us */
	bool closed : 1;  /* seen to be closed */
	bool unusual : 1; /* something is kept, forgotten or stale: rpc_poll must look closely */
	/* A client that is broken or closed can send nothing: client.limit is 0. */
	uint32_t index;
	union {
		struct ring_client client;
		struct ring_server server;
	};
	const volatile struct directory_entry *entry;
	uint32_t generation;
	uint16_t role; /* enum directory_role; 0: this place is free */
	handle_t doorbell;
	handle_t endpoint; /* HANDLE_NONE: the main one */
	pid_number_t peer;
	sid_t_ service_number;
	cid_t_ connection_number;
	union {
		struct rpc_connection *next_client;
		struct rpc_connection *next_active; /* a server's */
	};

	/* A client's. */
	struct kept_answer *kept; /* answers that came while another was waited for, oldest first */
	uint32_t forgotten;       /* numbers below, whose answers are dropped */
	uint64_t forgotten_number[8];
	uint64_t unwanted; /* calls whose answers will be dropped when they come */
	uint64_t stale; /* calls up to it were a former version's: nobody waits for their answers */

	/* A server's. */
	const struct rpc_service *service;
	const struct conversion *conversion; /* NULL: descriptions are equal */
	struct rpc_call call; /* of the call that runs; number and operation change */
	const struct rpc_operation
	    *plain; /* operations 1 to `plain_methods` may go the short way */
	uint32_t plain_methods;
	_Atomic uint32_t popups; /* threads that run a call of this connection */
	uint64_t transaction;    /* STATE_ID of its call 0 */
	bool active;
	bool released; /* the insulator was told that this side is done with its entry */
	bool refused;  /* descriptions do not match any more: every call is ERR_MISMATCH */
};

_Static_assert(offsetof(struct rpc_connection, client) == offsetof(struct rpc_quick, client),
    "what insula/rpc/quick.h looks at is the beginning of a connection");

/* The ring's memory of a directory entry. */
static inline void *
connection_run(uint32_t index, uint32_t side, uint32_t pages)
{
	return (void *)(uintptr_t)(OWN_ESTATE(RINGS_BASE) + (uint64_t)index * RING_STRIDE +
	    (uint64_t)side * pages * PAGE_BYTES);
}

/* --- process.c */

/* At their indices of the directory; from rpc_table_count on, there is none. */
#define RPC_TABLE_MAX (DIRECTORY_MAX_PAGES * DIRECTORY_ENTRIES_PER_PAGE)
extern struct rpc_connection *rpc_table[RPC_TABLE_MAX];
extern uint32_t rpc_table_count;
/* The connections that this process calls on, through next_client. */
extern struct rpc_connection *rpc_first_client;

/* Connection at an index of the directory, whatever its state; NULL if none was adopted. */
static inline struct rpc_connection *
rpc_table_at(uint32_t index)
{
	return index < rpc_table_count ? rpc_table[index] : NULL;
}

/* Look at every entry of the directory again: adopt what is open, mark what is closed. */
void rpc_directory_scan(void);
/* The estate is linked: the directory can be read. */
void rpc_directory_appears(void);
bool rpc_directory_there(void);

/* The directory says that the connection is not open any more. */
void rpc_over(struct rpc_connection *c);

/* True if the directory still says that the connection is open. */
static inline bool
rpc_still_open(struct rpc_connection *c)
{
	if (c->entry->state == ENTRY_OPEN && c->entry->generation == c->generation)
		return true;
	rpc_over(c);
	return false;
}

/*
 * Wait at the main endpoint; `bell`, if it is not HANDLE_NONE, is rung first. What
 * arrives is kept for the server: bits for its next rpc_receive_bits, and messages.
 * The wait may end with nothing, as another thread's turn may, or a bell's that is gone.
 *
 * Returns  OK, ERR_TIMED_OUT, ERR_INTERRUPTED
 */
err_t rpc_receive(uint64_t deadline_ns, handle_t bell);
/* The same for the server's own thread. Returns what has rung since the last time, by any thread. */
uint64_t rpc_receive_bits(uint64_t deadline_ns, handle_t bell);
/* Keep messages for the server's hook instead of refusing them. */
void rpc_keep_messages(void);
bool rpc_take_message(struct message *m);
extern _Atomic uint32_t rpc_messages; /* kept and not yet taken */

/* Free the place of a connection that is over. */
void rpc_forget(struct rpc_connection *c);

/* --- client.c */

/* An answer of that number is not wanted. */
void rpc_drop_answer(struct rpc_connection *c, uint64_t number);
void rpc_free_answers(struct rpc_connection *c);
/* True if rpc_poll would return something else than ERR_WOULD_BLOCK. */
bool rpc_has_answer(struct rpc_connection *c);

#define RPC_IN_BYTES_MAX 8192u /* of arguments */

/* --- turn.c: a connection's next calls */

enum executed { EXECUTED_NONE, EXECUTED_CALL, EXECUTED_BROKEN };

/* Run up to `most` calls, and what they leave pending. EXECUTED_CALL: there may be more. */
enum executed rpc_execute_some(struct rpc_connection *c, uint32_t most);
/* This thread is about to sleep: what it has answered must not wait for it. */
void rpc_show_answers(void);
/* The connection has its service: work out whether its calls can take the short way. */
void rpc_execute_prepare(struct rpc_connection *c);

/* --- execute.c, later.c, recover.c: one call, and what a crash left of it */

struct conversion {
	struct conversion *next;
	uint32_t hash; /* of the client's description */
	uint32_t methods;
	struct {
		const struct rpc_plan *in, *out; /* NULL: equal */
		bool known;
		uint32_t client_in_bytes, client_out_bytes;
	} method[RPC_METHOD_NUMBER_MAX + 1];
};

/* Run a parked call again. */
void rpc_execute_parked(struct rpc_connection *c, struct ring_parked *parked);

/*
 * Bring a connection's marks in order before its first call is taken.
 *
 * commit   the last committed transaction, 0 without state
 * crashed  true after a crash; after an update nothing is in doubt
 */
void rpc_recover(struct rpc_connection *c, uint64_t commit, bool crashed);

/* Run a parked call on a pop-up thread, with buffers of its own. */
void rpc_execute_popup(
    struct rpc_connection *c, struct ring_parked *parked, uint64_t *in, uint64_t *out);

/* Run every parked call's handler again; for after rpc_recover. */
void rpc_execute_all_parked(struct rpc_connection *c);

/* What handlers and hooks asked for before they were committed: answers go out, retries run. */
void rpc_execute_pending(void);

/* The method of a number, or NULL. */
const struct rpc_method *
rpc_service_method(const struct rpc_service *service, uint32_t number, uint32_t *index);

/* Ring the peer. A peer that is gone is seen in the directory. */
static inline void
rpc_ring(const struct rpc_connection *c)
{
	(void)insula_notify(c->doorbell);
}

/*
 * The bell of a client whose answers are published, and which is rung at the
 * latest when this thread waits, in one kernel call with that. At most one is owed.
 */
extern handle_t rpc_bell_owed;
static inline void
rpc_ring_later(const struct rpc_connection *c)
{
	handle_t before = rpc_bell_owed;
	rpc_bell_owed = c->doorbell;
	if (before != HANDLE_NONE && before != c->doorbell)
		(void)insula_notify(before);
}

static inline void
rpc_ring_owed(void)
{
	if (rpc_bell_owed != HANDLE_NONE)
		(void)insula_notify(rpc_bell_owed);
	rpc_bell_owed = HANDLE_NONE;
}

static inline handle_t
rpc_take_bell(void)
{
	handle_t bell = rpc_bell_owed;
	rpc_bell_owed = HANDLE_NONE;
	return bell;
}

/* --- convert.c */

/* What makes the client's structs ours; NULL and *err OK if they are equal. */
const struct conversion *
rpc_conversion(const struct rpc_service *service, uint32_t client_hash, uint32_t entry, err_t *err);
uint32_t rpc_interface_hash(const struct rpc_interface *interface);

/* --- popup.c */

/* Run a parked call on a thread of its own; ERR_* if there is none to be had. */
err_t rpc_popup(struct rpc_connection *c, struct ring_parked *parked);
/* The service's pop-up operations, if it has any, need the lock from here on. */
void rpc_popup_prepare(const struct rpc_service *service);
/* rpc_popup_lock: around everything that the main thread does to connections. */
extern bool rpc_popup_used; /* some service has such operations */
void rpc_popup_acquire(void);
void rpc_popup_release(void);
static inline void
rpc_popup_lock(void)
{
	if (rpc_popup_used)
		rpc_popup_acquire();
}

static inline void
rpc_popup_unlock(void)
{
	if (rpc_popup_used)
		rpc_popup_release();
}

#endif
