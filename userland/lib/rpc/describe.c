/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptions: encoding, decoding what nobody vouches for, matching, and the
 * moves that turn one side's struct into the other's.
 *
 * The encoding, bytes in order, numbers little endian:
 *     service     'I' 1, u16 length of all, u32 version, u32 depth, name NUL, u8 operations
 *     operation   u8 number, u8 flags, name NUL, u8 ins, u8 outs, then each parameter
 *     parameter   u8 kind | RPC_OPTIONAL, u16 bytes, name NUL, and u64 default if a U64
 */
#include <insula/rpc/describe.h>

#include <string.h>

#define MAGIC_BYTES 2u
#define LENGTH_AT 2u
#define MATCHED_AT 12u /* from the name on: what the hash covers */

struct writer {
	uint8_t *at;
	uint32_t left;
	bool full;
};

static void
put(struct writer *w, uint64_t value, uint32_t bytes)
{
	if (w->left < bytes) {
		w->full = true;
		return;
	}
	for (uint32_t n = 0; n < bytes; n++)
		*w->at++ = (uint8_t)(value >> (8 * n));
	w->left -= bytes;
}

static void
put_name(struct writer *w, const char *name)
{
	do
		put(w, (uint8_t)*name, 1);
	while (*name++ != '\0');
}

static void
put_parameters(struct writer *w, const struct rpc_parameter *p, uint32_t count)
{
	for (; count > 0; count--, p++) {
		put(w, (uint8_t)(p->kind | p->flags), 1);
		put(w, p->bytes, 2);
		put_name(w, p->name);
		if (p->kind == RPC_KIND_U64)
			put(w, p->initial, 8);
	}
}

uint32_t
rpc_encode(const struct rpc_interface *i, uint8_t *to, uint32_t room)
{
	struct writer w = { to, room, false };
	put(&w, 'I', 1);
	put(&w, 1, 1);
	put(&w, 0, 2);
	put(&w, i->version, 4);
	put(&w, i->depth, 4);
	put_name(&w, i->name);
	put(&w, i->methods, 1);
	for (uint32_t n = 0; n < i->methods; n++) {
		const struct rpc_method *m = &i->method[n];
		put(&w, m->number, 1);
		put(&w, m->flags, 1);
		put_name(&w, m->name);
		put(&w, m->in_count, 1);
		put(&w, m->out_count, 1);
		put_parameters(&w, m->in, m->in_count);
		put_parameters(&w, m->out, m->out_count);
	}
	if (w.full)
		return 0;
	uint32_t bytes = room - w.left;
	to[LENGTH_AT] = (uint8_t)bytes;
	to[LENGTH_AT + 1] = (uint8_t)(bytes >> 8);
	return bytes;
}

uint32_t
rpc_hash(const uint8_t *description, uint32_t bytes)
{
	uint64_t hash = 0xcbf29ce484222325ull;
	for (uint32_t n = MATCHED_AT; n < bytes; n++)
		hash = (hash ^ description[n]) * 0x100000001b3ull;
	hash ^= hash >> 32;
	return (uint32_t)hash == 0 ? 1 : (uint32_t)hash;
}

struct reader {
	const uint8_t *at;
	uint32_t left;
	bool bad;
};

static uint64_t
get(struct reader *r, uint32_t bytes)
{
	if (r->left < bytes) {
		r->bad = true;
		r->left = 0;
		return 0;
	}
	uint64_t value = 0;
	for (uint32_t n = 0; n < bytes; n++)
		value |= (uint64_t)*r->at++ << (8 * n);
	r->left -= bytes;
	return value;
}

static const char *
get_name(struct reader *r)
{
	const char *name = (const char *)r->at;
	for (uint32_t n = 0; n < r->left && n < NAME_BYTES; n++) {
		if (name[n] == '\0') {
			r->bad |= n == 0;
			r->at += n + 1;
			r->left -= n + 1;
			return name;
		}
	}
	r->bad = true;
	r->left = 0;
	return "";
}

/* Bytes that a parameter takes in a wire struct. */
static uint32_t
parameter_width(const struct rpc_parameter *p)
{
	if (p->kind == RPC_KIND_U64)
		return 8;
	return (p->kind == RPC_KIND_BYTES ? 8u : 0u) + ((p->bytes + 7u) & ~7u);
}

/* Decode count parameters to p; returns the bytes of the wire struct. */
static uint32_t
get_parameters(struct reader *r, struct rpc_parameter *p, uint32_t count)
{
	uint32_t offset = 0;
	for (; count > 0; count--, p++) {
		uint8_t kind = (uint8_t)get(r, 1);
		p->kind = kind & 0x7fu;
		p->flags = kind & RPC_OPTIONAL;
		p->bytes = (uint32_t)get(r, 2);
		p->name = get_name(r);
		p->initial = p->kind == RPC_KIND_U64 ? get(r, 8) : 0;
		if (p->kind == 0 || p->kind >= RPC_KIND_COUNT || p->bytes == 0 || r->bad ||
		    (p->kind == RPC_KIND_U64 && p->bytes != 8)) {
			r->bad = true;
			return 0;
		}
		offset += parameter_width(p);
		if (offset > UINT16_MAX) {
			r->bad = true;
			return 0;
		}
	}
	return offset;
}

err_t
rpc_decode(struct rpc_decoded *d, const uint8_t *description, uint32_t bytes)
{
	struct reader r = { description, bytes, bytes < MATCHED_AT };
	uint32_t used = 0;
	const uint64_t magic = get(&r, 1);
	const uint64_t format = get(&r, 1);
	const uint64_t length = get(&r, 2);
	if (magic != 'I' || format != 1 || length != bytes)
		return ERR_ARGUMENT;
	memset(d, 0, sizeof *d);
	struct rpc_interface *i = &d->interface;
	i->version = (uint32_t)get(&r, 4);
	i->depth = (uint32_t)get(&r, 4);
	i->name = get_name(&r);
	i->methods = (uint32_t)get(&r, 1);
	i->method = d->method;
	if (r.bad || i->methods > RPC_METHODS_MAX)
		return ERR_ARGUMENT;
	for (uint32_t n = 0; n < i->methods; n++) {
		struct rpc_method *m = &d->method[n];
		m->number = (uint16_t)get(&r, 1);
		m->flags = (uint16_t)get(&r, 1);
		m->name = get_name(&r);
		m->in_count = (uint16_t)get(&r, 1);
		m->out_count = (uint16_t)get(&r, 1);
		if (r.bad || m->number == 0 || m->number > RPC_METHOD_NUMBER_MAX ||
		    used + m->in_count + m->out_count > RPC_PARAMETERS_MAX)
			return ERR_ARGUMENT;
		m->in = &d->parameter[used];
		m->in_bytes = get_parameters(&r, &d->parameter[used], m->in_count);
		used += m->in_count;
		m->variable = m->in_count;
		m->out = &d->parameter[used];
		m->out_bytes = get_parameters(&r, &d->parameter[used], m->out_count);
		used += m->out_count;
		i->in_bytes = m->in_bytes > i->in_bytes ? m->in_bytes : i->in_bytes;
		i->out_bytes = m->out_bytes > i->out_bytes ? m->out_bytes : i->out_bytes;
	}
	return r.bad || r.left != 0 ? ERR_ARGUMENT : OK;
}

/* Sentences without printf: this also runs in servers that have no heap. */
static void
sentence(char reason[RPC_REASON_BYTES], const char *const part[], uint32_t parts)
{
	uint32_t at = 0;
	for (uint32_t n = 0; n < parts; n++) {
		for (const char *c = part[n]; *c != '\0' && at < RPC_REASON_BYTES - 1; c++)
			reason[at++] = *c;
	}
	reason[at] = '\0';
}
#define SENTENCE(reason, ...)                                  \
	sentence(reason, (const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static const struct rpc_parameter *
find_parameter(const struct rpc_parameter *p, uint32_t count, const char *name)
{
	for (; count > 0; count--, p++) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

/*
 * Every parameter of the client must be alike at the server, or be optional and
 * unknown there. What only the server has is filled with its default.
 */
static err_t
match_parameters(const struct rpc_interface *service, const struct rpc_method *m,
    const struct rpc_parameter *client, uint32_t client_count, const struct rpc_parameter *server,
    uint32_t server_count, const char *direction, char reason[RPC_REASON_BYTES])
{
	static const char *const kinds[] = { "?", "U64", "TEXT", "BYTES" };

	for (uint32_t n = 0; n < client_count; n++) {
		const struct rpc_parameter *c = &client[n];
		const struct rpc_parameter *s = find_parameter(server, server_count, c->name);
		if (s == NULL) {
			if ((c->flags & RPC_OPTIONAL) != 0)
				continue;
			SENTENCE(reason, service->name, ".", m->name, ": the server does not know ",
			    direction, " '", c->name, "'");
			return ERR_MISMATCH;
		}
		if (c->kind != s->kind) {
			SENTENCE(reason, service->name, ".", m->name, ": ", direction, " '",
			    c->name, "' is ", kinds[c->kind], " at the client, ", kinds[s->kind],
			    " at the server");
			return ERR_MISMATCH;
		}
		if (c->bytes != s->bytes) {
			SENTENCE(reason, service->name, ".", m->name, ": ", direction, " '",
			    c->name, "' differs in size");
			return ERR_MISMATCH;
		}
	}
	return OK;
}

err_t
rpc_match(const struct rpc_interface *server, const struct rpc_interface *client,
    char reason[RPC_REASON_BYTES])
{
	if (strcmp(server->name, client->name) != 0) {
		SENTENCE(reason, "the service is '", server->name, "', not '", client->name, "'");
		return ERR_MISMATCH;
	}
	for (uint32_t n = 0; n < client->methods; n++) {
		const struct rpc_method *c = &client->method[n];
		const struct rpc_method *s = NULL;
		for (uint32_t k = 0; k < server->methods; k++) {
			if (server->method[k].number == c->number)
				s = &server->method[k];
		}
		if (s == NULL || strcmp(s->name, c->name) != 0) {
			SENTENCE(reason, client->name, ": the server does not know the operation '",
			    c->name, "'");
			return ERR_MISMATCH;
		}
		err_t err = match_parameters(
		    client, c, c->in, c->in_count, s->in, s->in_count, "parameter", reason);
		if (err == OK)
			err = match_parameters(client, c, c->out, c->out_count, s->out,
			    s->out_count, "result", reason);
		if (err != OK)
			return err;
	}
	return OK;
}

void
rpc_plan_make(struct rpc_plan *plan, const struct rpc_parameter *to, uint32_t to_count,
    uint32_t to_bytes, const struct rpc_parameter *from, uint32_t from_count)
{
	plan->moves = 0;
	plan->to_bytes = to_bytes;
	uint32_t to_offset = 0;
	for (uint32_t n = 0; n < to_count; n++) {
		uint32_t from_offset = 0;
		const struct rpc_parameter *found = NULL;
		for (uint32_t k = 0; k < from_count && found == NULL; k++) {
			if (strcmp(from[k].name, to[n].name) == 0)
				found = &from[k];
			else
				from_offset += parameter_width(&from[k]);
		}
		if (found != NULL && found->kind == to[n].kind && found->bytes == to[n].bytes) {
			plan->move[plan->moves++] = (struct rpc_move){
				.to = (uint16_t)to_offset,
				.from = (uint16_t)from_offset,
				.bytes = (uint16_t)parameter_width(&to[n]),
			};
		}
		to_offset += parameter_width(&to[n]);
	}
}

void
rpc_defaults(void *wire, uint32_t bytes, const struct rpc_parameter *parameter, uint32_t count)
{
	memset(wire, 0, bytes);
	uint32_t offset = 0;
	for (uint32_t n = 0; n < count; n++) {
		if (parameter[n].kind == RPC_KIND_U64)
			memcpy((uint8_t *)wire + offset, &parameter[n].initial, 8);
		offset += parameter_width(&parameter[n]);
	}
}
