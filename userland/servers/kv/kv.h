/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kv's state and what is done to it. The file is compiled once for each version
 * of the program, with VERSION 1 or 2; version 2's entries have one field more.
 *
 *   K1  an entry lies at its key's place or behind it, with no free one between
 *   K2  `used` counts the entries that are not free
 */
#ifndef INSULA_SERVERS_KV_H
#define INSULA_SERVERS_KV_H

#include <insula/services/kv.h>
#include <insula/state/state.h>

#define KV_ENTRIES 2048u /* a power of two */
#define KV_CLIENTS 32u
#define KV_STATE_BYTES (256u << 10)

#if VERSION == 1
#define KV_ENTRY(FIELD, ARRAY) FIELD(taken, U64, 0) FIELD(key, U64, 0) FIELD(value, U64, 0)
#else
#define KV_ENTRY(FIELD, ARRAY) \
	FIELD(taken, U64, 0) FIELD(key, U64, 0) FIELD(value, U64, 0) FIELD(hits, U64, 0)
#endif
/* client 0: the line is free. */
#define KV_LINE(FIELD, ARRAY)   \
	FIELD(client, U64, 0)   \
	FIELD(calls, U64, 0)    \
	FIELD(last, U64, 0)     \
	FIELD(repeated, U64, 0) \
	FIELD(skipped, U64, 0)  \
	FIELD(sum, U64, 0)
#define KV_STATE(FIELD, ARRAY, RECORDS)             \
	FIELD(used, U64, 0)                         \
	FIELD(clients, U64, 0)                      \
	RECORDS(line, kv_line, KV_LINE, KV_CLIENTS) \
	RECORDS(entry, kv_entry, KV_ENTRY, KV_ENTRIES)

STATE_RECORD(KV_LINE, kv_line)
STATE_RECORD(KV_ENTRY, kv_entry)
STATE_ROOT(KV_STATE, kv_state)

static inline const struct kv_state *
kv_state(void)
{
	return state_root();
}

static inline uint32_t
place_of(uint64_t key)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15ull) >> 40) & (KV_ENTRIES - 1);
}

/* The entry of a key, or NULL. */
static inline const struct kv_entry *
table_find(uint64_t key)
{
	const struct kv_entry *table = kv_state()->entry;
	for (uint32_t n = place_of(key); table[n].taken != 0; n = (n + 1) & (KV_ENTRIES - 1)) {
		if (table[n].key == key)
			return &table[n];
	}
	return NULL;
}
/* The entry of a key, made if there is none; NULL: the table is full. */
const struct kv_entry *table_make(uint64_t key);
void table_remove(const struct kv_entry *entry);

/* Write a call down. ERR_NOT_FOUND: no such client; client 0 writes nothing. */
err_t ledger_note(uint64_t client, uint64_t number, uint64_t key, uint64_t value);
err_t ledger_begin(uint64_t *client);
const struct kv_line *ledger_line(uint64_t client);

/* The operations that both versions have. */
err_t kv_do_put(uint64_t key, uint64_t value, uint64_t *existed, uint64_t *old);
err_t kv_do_delete(uint64_t key, uint64_t *existed, uint64_t *old);

#endif
