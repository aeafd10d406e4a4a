/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table and the ledger, in the state and nowhere else. Linear probing, so
 * that a key's entry is found near its place and removing leaves no marks behind.
 */
#include "kv.h"

const struct kv_entry *
table_make(uint64_t key)
{
	const struct kv_state *s = kv_state();
	uint32_t n = place_of(key);
	for (; s->entry[n].taken != 0; n = (n + 1) & (KV_ENTRIES - 1)) {
		if (s->entry[n].key == key)
			return &s->entry[n];
	}
	if (s->used >= KV_ENTRIES - 1) /* one stays free: it ends every search */
		return NULL;
	struct kv_entry made = { .taken = 1, .key = key };
	state_write(&s->entry[n], &made, sizeof made);
	STATE_SET(s->used, s->used + 1);
	return &s->entry[n];
}

void
table_remove(const struct kv_entry *entry)
{
	const struct kv_state *s = kv_state();
	uint32_t hole = (uint32_t)(entry - s->entry);
	/* What lies behind and belongs at the hole or before it moves up (K1). */
	for (uint32_t n = (hole + 1) & (KV_ENTRIES - 1); s->entry[n].taken != 0;
	     n = (n + 1) & (KV_ENTRIES - 1)) {
		uint32_t wanted = place_of(s->entry[n].key);
		if (((n - wanted) & (KV_ENTRIES - 1)) < ((n - hole) & (KV_ENTRIES - 1)))
			continue;
		state_write(&s->entry[hole], &s->entry[n], sizeof s->entry[n]);
		hole = n;
	}
	state_zero(&s->entry[hole], sizeof s->entry[hole]);
	STATE_SET(s->used, s->used - 1);
}

const struct kv_line *
ledger_line(uint64_t client)
{
	const struct kv_line *line = kv_state()->line;
	for (uint32_t n = 0; n < KV_CLIENTS; n++) {
		if (line[n].client == client)
			return &line[n];
	}
	return NULL;
}

err_t
ledger_begin(uint64_t *client)
{
	const struct kv_line *line = ledger_line(0);
	if (line == NULL)
		return ERR_TOO_MANY;
	struct kv_line made = { .client = kv_state()->clients + 1 };
	STATE_SET(kv_state()->clients, made.client);
	state_write(line, &made, sizeof made);
	*client = made.client;
	return OK;
}

err_t
ledger_note(uint64_t client, uint64_t number, uint64_t key, uint64_t value)
{
	if (client == 0)
		return OK;
	const struct kv_line *line = ledger_line(client);
	if (line == NULL)
		return ERR_NOT_FOUND;
	struct kv_line now = *line;
	now.calls++;
	if (number <= now.last)
		now.repeated++;
	else
		now.skipped += number - now.last - 1;
	now.last = number;
	now.sum = KV_LEDGER_SUM(now.sum, number, key, value);
	state_write(line, &now, sizeof now);
	return OK;
}

err_t
kv_do_put(uint64_t key, uint64_t value, uint64_t *existed, uint64_t *old)
{
	const struct kv_entry *e = table_find(key);
	*existed = e != NULL;
	*old = e == NULL ? 0 : e->value;
	if (e == NULL)
		e = table_make(key);
	if (e == NULL)
		return ERR_TOO_MANY;
	STATE_SET(e->value, value);
	return OK;
}

err_t
kv_do_delete(uint64_t key, uint64_t *existed, uint64_t *old)
{
	const struct kv_entry *e = table_find(key);
	*existed = e != NULL;
	*old = e == NULL ? 0 : e->value;
	if (e != NULL)
		table_remove(e);
	return OK;
}
