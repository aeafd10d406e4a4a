/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transactions: the undo log and the committing store. It writes nothing of
 * the root or the arena without having saved the old bytes first.
 *
 * The order of stores is the whole point; a version that dies is followed by
 * one that reads what it wrote, in program order, so release stores suffice.
 */
#include "segment.h"

#include <string.h>

#ifdef INSULA_HOST_TEST
/* A test that kills the server has its own. */
__attribute__((weak)) void
state_step(void)
{
}
#endif

struct log_entry {
	uint64_t offset; /* from the segment's start */
	uint64_t length;
	uint8_t bytes[];
};

struct state_transaction state_transaction;
#define transaction state_transaction

static uint8_t *
segment_bytes(void)
{
	return (uint8_t *)state_segment;
}

uint64_t
state_own_id(void)
{
	uint64_t last = atomic_load_explicit(&state_segment->commit, memory_order_relaxed);
	uint64_t first = STATE_ID(STATE_ENTRY_OWN, 0, 1);
	return last < first || last == UINT64_MAX ? first : last + 1;
}

/* The log is made this transaction's: emptied while it does not count (V1), then owned. */
static void
log_open(void)
{
	STATE_STEP();
	atomic_store_explicit(&state_segment->log_used, 0, memory_order_release);
	STATE_STEP();
	atomic_store_explicit(&state_segment->log_owner, transaction.id, memory_order_release);
	transaction.flags |= STATE_DIRTY;
}

static bool
log_append(uint64_t offset, uint64_t length)
{
	uint64_t used = atomic_load_explicit(&state_segment->log_used, memory_order_relaxed);
	uint64_t need = sizeof(struct log_entry) + ((length + 7) & ~7ull);
	if (length > state_segment->log_bytes || need > state_segment->log_bytes - used)
		return false;
	struct log_entry *entry =
	    (struct log_entry *)(void *)(segment_bytes() + state_segment->log_offset + used);
	STATE_STEP();
	entry->offset = offset;
	entry->length = length;
	STATE_STEP();
	memcpy(entry->bytes, segment_bytes() + offset, length);
	STATE_STEP();
	atomic_store_explicit(&state_segment->log_used, used + need, memory_order_release);
	return true;
}

/* True if the bytes are the root's or the arena's, or the arena's own numbers. */
static bool
writable(uint64_t offset, uint64_t length)
{
	uint64_t numbers = offsetof(struct state_header, arena_used);
	if (offset >= numbers && offset + length <= sizeof(struct state_header))
		return true;
	return offset >= state_segment->root_offset && length <= state_segment->bytes &&
	    offset <= state_segment->bytes - length;
}

/* Save the old bytes; returns where to write, or NULL if the call is to be undone. */
static uint8_t *
save(const void *at, uint64_t length)
{
	uint64_t offset = (uint64_t)((const uint8_t *)at - segment_bytes());
	if (state_overflowed() || length == 0)
		return NULL;
	if (!writable(offset, length))
		__builtin_trap(); /* our bug: a handler writes outside its state */
	if (!state_dirty())
		log_open();
	if (!log_append(offset, length)) {
		transaction.flags |= STATE_OVERFLOWED;
		return NULL;
	}
	STATE_STEP();
	return segment_bytes() + offset;
}

void
state_write(const void *at, const void *bytes, uint64_t length)
{
	uint8_t *to = save(at, length);
	if (to == NULL)
		return;
	if (length == 8 && ((uintptr_t)to & 7) == 0) {
		uint64_t value;
		memcpy(&value, bytes, 8);
		*(volatile uint64_t *)(void *)to = value;
		return;
	}
	memcpy(to, bytes, length);
}

void
state_zero(const void *at, uint64_t length)
{
	uint8_t *to = save(at, length);
	if (to != NULL)
		memset(to, 0, length);
}

void
state_commit(void)
{
	STATE_STEP();
	atomic_store_explicit(&state_segment->commit, transaction.id, memory_order_release);
	transaction.flags &= ~(uint64_t)STATE_DIRTY;
}

/*
 * Write the old bytes back, last entry first. Entries are only found from the
 * front, so each step walks to the last one that log_used covers; a log holds
 * one call's changes, and undoing is rare. Dying in here is harmless: log_used
 * shrinks after the bytes are back.
 */
static void
undo(void)
{
	for (;;) {
		uint64_t used =
		    atomic_load_explicit(&state_segment->log_used, memory_order_relaxed);
		const struct log_entry *last = NULL;
		uint64_t at = 0;
		uint64_t last_at = 0;
		while (at < used) {
			last = (const struct log_entry *)(const void *)(segment_bytes() +
			    state_segment->log_offset + at);
			last_at = at;
			at += sizeof *last + ((last->length + 7) & ~7ull);
		}
		if (last == NULL)
			return;
		STATE_STEP();
		memcpy(segment_bytes() + last->offset, last->bytes, last->length);
		STATE_STEP();
		atomic_store_explicit(&state_segment->log_used, last_at, memory_order_release);
	}
}

void
state_undo(void)
{
	if (state_dirty())
		undo();
	transaction.flags &= ~(uint64_t)(STATE_DIRTY | STATE_OVERFLOWED);
}

uint64_t
state_recover(void)
{
	uint64_t commit = atomic_load_explicit(&state_segment->commit, memory_order_relaxed);
	if (atomic_load_explicit(&state_segment->log_owner, memory_order_relaxed) != commit)
		undo();
	state_begin(0);
	return commit;
}
