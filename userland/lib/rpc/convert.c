/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients whose description is not this server's: what their structs become.
 * Equal descriptions never come here; the others ask the RPC insulator once for
 * each different description, and share what was made of it.
 */
#include "internal.h"

#include <insula/services/rpc.h>

#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(RPC, rpc)

#define INTERFACES 8u
static struct {
	const struct rpc_interface *interface;
	uint32_t hash;
} hashes[INTERFACES];

static struct conversion *conversions;

uint32_t
rpc_interface_hash(const struct rpc_interface *interface)
{
	static uint8_t description[RPC_DESCRIPTION_BYTES];
	uint32_t n = 0;
	for (; n < INTERFACES && hashes[n].interface != NULL; n++) {
		if (hashes[n].interface == interface)
			return hashes[n].hash;
	}
	uint32_t bytes = rpc_encode(interface, description, sizeof description);
	uint32_t hash = rpc_hash(description, bytes);
	if (n < INTERFACES) {
		hashes[n].interface = interface;
		hashes[n].hash = hash;
	}
	return hash;
}

/* A plan of its own size; NULL if the two are alike. False: no memory. */
static bool
make_plan(const struct rpc_plan **made, const struct rpc_parameter *to, uint32_t to_count,
    uint32_t to_bytes, const struct rpc_parameter *from, uint32_t from_count, uint32_t from_bytes)
{
	static struct rpc_plan plan;
	rpc_plan_make(&plan, to, to_count, to_bytes, from, from_count);
	bool alike = to_count == from_count && to_bytes == from_bytes && plan.moves == to_count;
	for (uint32_t n = 0; n < plan.moves; n++)
		alike = alike && plan.move[n].to == plan.move[n].from;
	*made = NULL;
	if (alike)
		return true;
	size_t bytes = offsetof(struct rpc_plan, move) + plan.moves * sizeof plan.move[0];
	struct rpc_plan *copy = malloc(bytes);
	if (copy == NULL)
		return false;
	memcpy(copy, &plan, bytes);
	*made = copy;
	return true;
}

static struct conversion *
make_conversion(const struct rpc_interface *server, const struct rpc_interface *client)
{
	static char reason[RPC_REASON_BYTES];
	struct conversion *v = calloc(1, sizeof *v);
	if (v == NULL)
		return NULL;
	for (uint32_t n = 0; n < client->methods; n++) {
		/* Each operation for itself: one that does not match refuses only its own calls. */
		const struct rpc_method *c = &client->method[n];
		struct rpc_interface one = *client;
		one.method = c;
		one.methods = 1;
		if (rpc_match(server, &one, reason) != OK)
			continue;
		const struct rpc_method *s = NULL;
		for (uint32_t k = 0; k < server->methods; k++) {
			if (server->method[k].number == c->number)
				s = &server->method[k];
		}
		v->method[c->number].client_in_bytes = c->in_bytes;
		v->method[c->number].client_out_bytes = c->out_bytes;
		v->method[c->number].known = s != NULL &&
		    make_plan(&v->method[c->number].in, s->in, s->in_count, s->in_bytes, c->in,
			c->in_count, c->in_bytes) &&
		    make_plan(&v->method[c->number].out, c->out, c->out_count, c->out_bytes, s->out,
			s->out_count, s->out_bytes);
	}
	return v;
}

const struct conversion *
rpc_conversion(const struct rpc_service *service, uint32_t client_hash, uint32_t entry, err_t *err)
{
	*err = OK;
	if (client_hash == rpc_interface_hash(service->interface))
		return NULL;
	for (struct conversion *v = conversions; v != NULL; v = v->next) {
		if (v->hash == client_hash)
			return v;
	}
	/* The first five must not wait for the insulator, which may be waiting for them. */
	if ((service->flags & RPC_SERVICE_WIRED) != 0) {
		*err = ERR_MISMATCH;
		return NULL;
	}
	static struct rpc_decoded decoded;
	struct rpc_describe_in in = { .entry = entry };
	struct rpc_describe_out out;
	*err = rpc_describe(rpc_to_rpc(), &in, &out, TIME_NEVER);
	if (*err == OK)
		*err = rpc_decode(&decoded, out.description, out.description_length);
	if (*err != OK)
		return NULL;
	struct conversion *v = make_conversion(service->interface, &decoded.interface);
	if (v == NULL) {
		*err = ERR_NO_MEMORY;
		return NULL;
	}
	v->hash = client_hash;
	v->next = conversions;
	conversions = v;
	return v;
}
