/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rings of a connection: the two runs of shared pages, who writes what in
 * them, and the steps each side takes.
 *
 * The client's run holds the calls, the server's run the results and the marks
 * of the calls; each is writable by its own side only. Every number is a count
 * from the connection's beginning and never wraps; the slot of call n is
 * n mod depth. Each side keeps its own counts privately: what lies in its page
 * is for the peer, and for the version of itself that comes after a crash.
 *
 * Nothing of the peer's is trusted: a count outside its window is ERR_PROTOCOL
 * and ends the connection, and a slot is copied once before it is looked at.
 *
 * Invariants, as the side that owns them keeps them, and its peer checks:
 *   G1  free <= done <= taken <= head          calls, in order
 *   G2  head - free <= depth                   a call slot is reused only below free
 *   G3  head - results_taken <= depth          a result slot is reserved for each call
 *   G4  results_taken <= results_head
 *   G5  a call below done has its result published, or lies parked
 *
 * A side that is about to sleep stores the count it waits for in `wake_at` and
 * looks once more; the other publishes its count and then looks at `wake_at`.
 * Both are sequentially consistent, so one of the two sees the other, and each
 * arming is answered by one doorbell.
 */
#ifndef INSULA_RPC_RING_H
#define INSULA_RPC_RING_H

#include <insula/abi/error.h>
#include <insula/abi/types.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* On the path of every call: a call of a function each would double its cost. */
#define RING_INLINE static inline __attribute__((always_inline, unused))

/* What both sides know of a connection's size; from the directory entry. */
struct ring_geometry {
	uint32_t depth;        /* slots, a power of two */
	uint32_t call_bytes;   /* of a call slot, with its header; a multiple of 8 */
	uint32_t result_bytes; /* of a result slot, with its header; a multiple of 8 */
	uint32_t pages;        /* of each run */
};
#define RING_DEPTH_MAX 256u
#define RING_PAGES_MAX 32u

/* The first 64 bytes of the client's run. */
struct ring_client_page {
	_Atomic uint64_t head;          /* calls published */
	_Atomic uint64_t results_taken; /* results the client is done with */
	_Atomic uint64_t wake_at;       /* ring me when results_head becomes this; 0: do not */
	_Atomic uint64_t room_at;       /* ring me when free becomes this; 0: do not */
	uint64_t reserved[4];
};

/* The first 64 bytes of the server's run. */
struct ring_server_page {
	_Atomic uint64_t taken; /* calls the server began */
	_Atomic uint64_t done;  /* calls finished or parked */
	_Atomic uint64_t free;  /* call slots below it may be reused; done, but for probation */
	_Atomic uint64_t results_head; /* results published */
	_Atomic uint64_t wake_at;      /* ring me when head becomes this; 0: do not */
	uint64_t reserved[3];
};
_Static_assert(sizeof(struct ring_client_page) == 64, "one line");
_Static_assert(sizeof(struct ring_server_page) == 64, "one line");

/* Slots. The arguments follow the header. */
struct ring_call {
	uint32_t operation;
	uint32_t bytes; /* of the arguments */
	uint64_t words[];
};
struct ring_result {
	uint64_t number; /* of the call: the first is 1 */
	int32_t error;   /* err_t */
	uint32_t bytes;
	uint64_t words[];
};
/* A call that is answered later: kept by the server, so that its slot is free again. */
struct ring_parked {
	_Atomic uint64_t number; /* written last; 0: this place is free */
	struct ring_call call;
};
#define RING_CALL_HEADER 8u
#define RING_RESULT_HEADER 16u
#define RING_PARKED_HEADER 8u

/* Bytes of each run: header, slots; the server's has a parking place per slot behind them. */
static inline uint64_t
ring_client_bytes(const struct ring_geometry *g)
{
	return sizeof(struct ring_client_page) + (uint64_t)g->depth * g->call_bytes;
}

static inline uint64_t
ring_server_bytes(const struct ring_geometry *g)
{
	return sizeof(struct ring_server_page) + (uint64_t)g->depth * g->result_bytes +
	    (uint64_t)g->depth * (RING_PARKED_HEADER + g->call_bytes);
}

/*
 * Work out the geometry for arguments and results of at most these sizes.
 *
 * Returns  OK, or having written nothing
 *          ERR_ARGUMENT  depth is not a power of two from 1 to RING_DEPTH_MAX
 *          ERR_TOO_LONG  a run would exceed RING_PAGES_MAX pages
 */
MUST_CHECK err_t ring_geometry_make(
    struct ring_geometry *g, uint32_t depth, uint32_t in_bytes, uint32_t out_bytes);

/* True if the runs hold what the geometry says: for entries read from a directory. */
bool ring_geometry_valid(const struct ring_geometry *g);

/*
 * Make two runs of pages into the rings of a new connection, both empty and
 * nobody asleep. For whoever builds a connection by hand.
 */
void ring_pages_init(void *client_run, void *server_run, const struct ring_geometry *g);

/*
 * Arguments and results lie on 8-byte boundaries and fill a multiple of 8, which
 * `bytes` is. Few words, as a rule: from the end, which needs one count and no
 * address that moves.
 */
RING_INLINE void
ring_zero_words(void *to, uint64_t bytes)
{
	while (bytes != 0) {
		bytes -= 8;
		*(uint64_t *)(void *)((uint8_t *)to + bytes) = 0;
	}
}

RING_INLINE void
ring_copy_words(void *to, const void *from, uint64_t bytes)
{
	while (bytes != 0) {
		bytes -= 8;
		*(uint64_t *)(void *)((uint8_t *)to + bytes) =
		    *(const uint64_t *)(const void *)((const uint8_t *)from + bytes);
	}
}

/* The same for a count that may be anything: what is beyond its last whole word is left out. */
RING_INLINE void
ring_copy(void *to, const void *from, uint32_t bytes)
{
	ring_copy_words(to, from, bytes & ~7u);
}

/* --- the client's side */

struct ring_client {
	struct ring_client_page *own;
	struct ring_server_page *peer; /* read-only to this side */
	uint64_t head;
	uint64_t
	    limit; /* no call past it before ring_client_set_limit: G2 and G3; 0: none at all */
	uint64_t results_taken;
	uint64_t free_seen;
	uint64_t results_seen;
	uint32_t depth;
	uint32_t mask;
	uint32_t call_bytes;
	uint32_t result_bytes;
};

/* Take up the client's side where the pages say it stands. */
void ring_client_adopt(
    struct ring_client *r, void *client_run, void *server_run, const struct ring_geometry *g);

/* Look at the peer's marks again. ERR_PROTOCOL: they are outside their windows. */
MUST_CHECK err_t ring_client_refresh(struct ring_client *r);

/* Up to which count calls may be made, by what was consumed and seen. */
RING_INLINE uint64_t
ring_client_bound(const struct ring_client *r)
{
	uint64_t oldest = r->free_seen < r->results_taken ? r->free_seen : r->results_taken;
	return oldest + r->depth;
}

/* Calls that may be made now. */
RING_INLINE uint32_t
ring_client_room(const struct ring_client *r)
{
	return (uint32_t)(ring_client_bound(r) - r->head);
}

/* Show the peer what was consumed; calls that rely on it may follow. */
RING_INLINE void
ring_client_set_limit(struct ring_client *r)
{
	atomic_store_explicit(&r->own->results_taken, r->results_taken, memory_order_release);
	r->limit = ring_client_bound(r);
}

RING_INLINE struct ring_call *
ring_client_slot(const struct ring_client *r)
{
	return (struct ring_call *)(void *)((uint8_t *)r->own + sizeof *r->own +
	    (uint64_t)((uint32_t)r->head & r->mask) * r->call_bytes);
}

/* Publish calls up to `head`, which is not past the limit. True: the server sleeps, ring it. */
RING_INLINE bool
ring_client_publish_to(struct ring_client *r, uint64_t head)
{
	r->head = head;
	atomic_store_explicit(&r->own->head, head, memory_order_seq_cst);
	return atomic_load_explicit(&r->peer->wake_at, memory_order_seq_cst) == head;
}

/* Publish the call in the slot; there was room. True: the server sleeps, ring it. */
RING_INLINE bool
ring_client_publish(struct ring_client *r)
{
	if (r->head >=
	    r->limit) /* it takes the place of one that the peer does not know consumed */
		ring_client_set_limit(r);
	return ring_client_publish_to(r, r->head + 1);
}

/* Look for results alone: as ring_client_refresh, and the room stays as it was seen. */
MUST_CHECK RING_INLINE err_t
ring_client_look(struct ring_client *r)
{
	uint64_t results = atomic_load_explicit(&r->peer->results_head, memory_order_acquire);
	if (results - r->results_seen > r->head - r->results_seen)
		return ERR_PROTOCOL;
	r->results_seen = results;
	return OK;
}

/* The oldest result not yet consumed, or NULL; refresh first. */
RING_INLINE const struct ring_result *
ring_client_result(const struct ring_client *r)
{
	if (r->results_seen == r->results_taken)
		return NULL;
	return (const struct ring_result *)(const void *)((const uint8_t *)r->peer +
	    sizeof *r->peer + (uint64_t)((uint32_t)r->results_taken & r->mask) * r->result_bytes);
}

RING_INLINE void
ring_client_consume(struct ring_client *r)
{
	r->results_taken++;
	atomic_store_explicit(&r->own->results_taken, r->results_taken, memory_order_release);
}

/*
 * Copy a result out, whose length is the peer's claim, and consume it; the peer
 * is shown that only when a call needs the place. A later version of this client
 * sees such results once more, and drops them: they answer a version before it.
 *
 * Returns the bytes written to out
 */
RING_INLINE uint32_t
ring_client_take(
    struct ring_client *r, const struct ring_result *slot, void *out, uint32_t out_bytes)
{
	uint32_t bytes = *(const volatile uint32_t *)&slot->bytes;
	uint32_t most = r->result_bytes - RING_RESULT_HEADER;
	if (bytes > most)
		bytes = most;
	if (bytes > out_bytes)
		bytes = out_bytes;
	bytes &= ~7u;
	ring_copy_words(out, slot->words, bytes);
	r->results_taken++;
	return bytes;
}

/* Ask to be rung for the next result. True: there is one already, do not sleep. */
RING_INLINE bool
ring_client_arm_result(struct ring_client *r)
{
	atomic_store_explicit(&r->own->wake_at, r->results_taken + 1, memory_order_seq_cst);
	return atomic_load_explicit(&r->peer->results_head, memory_order_seq_cst) !=
	    r->results_taken;
}

/*
 * Ask to be rung for the next result, and, if no call slot is free, for that: the
 * last result of a full ring is published before its slot is given back.
 * True: there is one already, do not sleep.
 */
RING_INLINE bool
ring_client_arm(struct ring_client *r)
{
	if (r->head - r->free_seen >= r->depth) {
		atomic_store_explicit(&r->own->room_at, r->free_seen + 1, memory_order_seq_cst);
		if (atomic_load_explicit(&r->peer->free, memory_order_seq_cst) != r->free_seen)
			return true;
	}
	return ring_client_arm_result(r);
}

/* --- the server's side */

struct ring_server {
	struct ring_client_page *peer; /* read-only to this side */
	struct ring_server_page *own;
	uint64_t taken; /* calls begun; of some the page learns later (userland/lib/rpc/turn.c) */
	uint64_t done;
	uint64_t results_head;
	uint64_t head_seen;
	uint64_t consumed_seen;
	uint32_t depth;
	uint32_t mask;
	uint32_t call_bytes;
	uint32_t result_bytes;
};

/* Take up the server's side where the pages say it stands. */
void ring_server_adopt(
    struct ring_server *r, void *client_run, void *server_run, const struct ring_geometry *g);

/*
 * Look at the client's marks again.
 *
 * Returns  OK if a call is there, ERR_WOULD_BLOCK if none is,
 *          ERR_PROTOCOL if a mark is outside its window.
 */
MUST_CHECK err_t ring_server_refresh(struct ring_server *r);

/* The next call, valid while head_seen > taken. */
RING_INLINE const struct ring_call *
ring_server_call(const struct ring_server *r)
{
	return (const struct ring_call *)(const void *)((const uint8_t *)r->peer + sizeof *r->peer +
	    (uint64_t)((uint32_t)r->taken & r->mask) * r->call_bytes);
}

RING_INLINE void
ring_server_take(struct ring_server *r)
{
	atomic_store_explicit(&r->own->taken, ++r->taken, memory_order_release);
}

/* Where the result behind so many others is written; it is reserved by G3. */
RING_INLINE struct ring_result *
ring_server_result_at(const struct ring_server *r, uint64_t results)
{
	return (struct ring_result *)(void *)((uint8_t *)r->own + sizeof *r->own +
	    (uint64_t)((uint32_t)results & r->mask) * r->result_bytes);
}

/* Where the next result is written. */
RING_INLINE struct ring_result *
ring_server_result(const struct ring_server *r)
{
	return ring_server_result_at(r, r->results_head);
}

/* Publish the results in the next slots. True: the client sleeps for one of them, ring it. */
RING_INLINE bool
ring_server_publish_some(struct ring_server *r, uint64_t results)
{
	struct ring_client_page *peer = r->peer;
	uint64_t before = r->results_head;
	r->results_head = before + results;
	atomic_store_explicit(&r->own->results_head, before + results, memory_order_seq_cst);
	uint64_t wake_at = atomic_load_explicit(&peer->wake_at, memory_order_seq_cst);
	return wake_at - before - 1 < results;
}

RING_INLINE bool
ring_server_publish(struct ring_server *r)
{
	return ring_server_publish_some(r, 1);
}

/* Calls are finished or parked: their slots are the client's again. True: it sleeps for one. */
RING_INLINE bool
ring_server_done_by(struct ring_server *r, uint64_t calls)
{
	struct ring_server_page *own = r->own;
	struct ring_client_page *peer = r->peer;
	uint64_t before = r->done, done = before + calls;
	r->done = done;
	atomic_store_explicit(&own->done, done, memory_order_release);
	atomic_store_explicit(&own->free, done, memory_order_seq_cst);
	uint64_t room_at = atomic_load_explicit(&peer->room_at, memory_order_seq_cst);
	return room_at - before - 1 < calls;
}

RING_INLINE bool
ring_server_done(struct ring_server *r)
{
	return ring_server_done_by(r, 1);
}

/* Ask to be rung for the next call. True: there is one already, do not sleep. */
RING_INLINE bool
ring_server_arm(struct ring_server *r)
{
	atomic_store_explicit(&r->own->wake_at, r->taken + 1, memory_order_seq_cst);
	return atomic_load_explicit(&r->peer->head, memory_order_seq_cst) != r->taken;
}

RING_INLINE struct ring_parked *
ring_server_parked(const struct ring_server *r, uint32_t place)
{
	return (struct ring_parked *)(void *)((uint8_t *)r->own + sizeof *r->own +
	    (uint64_t)r->depth * r->result_bytes +
	    (uint64_t)place * (RING_PARKED_HEADER + r->call_bytes));
}

/* The call whose result was published last, 0: none; and whether it is that of call `number`. */
uint64_t ring_server_last(const struct ring_server *r);
bool ring_server_published(const struct ring_server *r, uint64_t number);

/* A free parking place, or NULL: there is always one for a call that G3 let in. */
struct ring_parked *ring_server_park(const struct ring_server *r);

#endif
