/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of one client, from its seed.
 */
#include "script.h"

#include <insula/services/kv.h>

#include <stddef.h>
#include <string.h>

static uint64_t
draw(struct script *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random;
}

void
script_init(struct script *s, uint64_t seed, uint64_t client)
{
	memset(s, 0, sizeof *s);
	s->random = (seed + 1) * 0x9e3779b97f4a7c15ull ^ client * 0xc2b2ae3d27d4eb4full;
	if (s->random == 0)
		s->random = 1;
	s->base = client << 32;
}

static void
note(struct script *s, struct script_call *c, uint64_t value)
{
	c->ledger_number = ++s->ledger_number;
	s->ledger_sum = KV_LEDGER_SUM(s->ledger_sum, c->ledger_number, c->key, value);
}

const struct script_call *
script_next(struct script *s)
{
	struct script_call *c = &s->flight[s->made++ % SCRIPT_WINDOW];
	uint64_t drawn = draw(s);
	uint32_t n = (uint32_t)(drawn >> 8) % SCRIPT_KEYS;
	memset(c, 0, sizeof *c);
	c->key = s->base + n + 1;
	c->existed = s->present[n];
	c->old = s->present[n] ? s->value[n] : 0;
	switch (drawn & 7) {
	case 0:
		c->operation = SCRIPT_DELETE;
		note(s, c, 0);
		s->present[n] = false;
		break;
	case 1:
	case 2:
		c->operation = SCRIPT_GET;
		c->error = s->present[n] ? OK : ERR_NOT_FOUND;
		break;
	default:
		c->operation = SCRIPT_PUT;
		c->value = drawn >> 16;
		note(s, c, c->value);
		s->present[n] = true;
		s->value[n] = c->value;
	}
	return c;
}

const struct script_call *
script_expected(const struct script *s)
{
	return s->settled == s->made ? NULL : &s->flight[s->settled % SCRIPT_WINDOW];
}

bool
script_settle(struct script *s, err_t error, uint64_t first, uint64_t second)
{
	const struct script_call *c = script_expected(s);
	if (c == NULL)
		return false;
	s->settled++;
	if (error != c->error)
		return false;
	if (error != OK)
		return true;
	if (c->operation == SCRIPT_GET)
		return first == c->old;
	return first == c->existed && second == c->old;
}
