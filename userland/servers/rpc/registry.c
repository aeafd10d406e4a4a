/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes and services: who there is, what is offered, and what becomes of
 * connections when either goes.
 */
#include "registry_internal.h"

#include <string.h>

const struct registry_process *
registry_process(pid_number_t pid)
{
	const struct registry_process *p = registry()->process;
	for (uint32_t n = 0; n < PROCESSES; n++, p++) {
		if (p->pid == pid)
			return p;
	}
	return NULL;
}

/* --- descriptions, each kept once */

/* The place of equal bytes, or a free one, or DESCRIPTIONS. */
static uint32_t
place_of(const uint8_t *data, uint32_t bytes)
{
	const struct registry_description *d = registry()->description;
	uint32_t place = DESCRIPTIONS;
	for (uint32_t n = 0; n < DESCRIPTIONS; n++) {
		if (d[n].users == 0)
			place = place == DESCRIPTIONS ? n : place;
		else if (d[n].bytes == bytes &&
		    (d[n].data == data || memcmp(d[n].data, data, bytes) == 0))
			return n;
	}
	return place;
}

err_t
registry_keep_description(const uint8_t *data, uint32_t bytes, uint32_t *index)
{
	static struct rpc_decoded decoded;
	uint32_t place = place_of(data, bytes);
	const struct registry_description *d = &registry()->description[place];
	if (place == DESCRIPTIONS || d->users == 0) {
		if (bytes > RPC_DESCRIPTION_BYTES || rpc_decode(&decoded, data, bytes) != OK)
			return ERR_ARGUMENT;
		if (place == DESCRIPTIONS)
			return ERR_TOO_MANY;
		STATE_SET(d->bytes, bytes);
		STATE_SET(d->hash, rpc_hash(data, bytes));
		STATE_SET(d->version, decoded.interface.version);
		STATE_SET(d->depth, decoded.interface.depth);
		STATE_SET(d->in_bytes, decoded.interface.in_bytes);
		STATE_SET(d->out_bytes, decoded.interface.out_bytes);
		STATE_SET(d->name, (uint32_t)((const uint8_t *)decoded.interface.name - data));
		state_write(d->data, data, bytes);
	}
	STATE_SET(d->users, d->users + 1);
	*index = place;
	return OK;
}

const char *
registry_description_name(const struct registry_description *d)
{
	return (const char *)&d->data[d->name];
}

void
registry_drop_description(uint32_t index)
{
	const struct registry_description *d = &registry()->description[index];
	STATE_SET(d->users, d->users - 1);
}

/* --- processes */

err_t
registry_adopt_process(pid_number_t pid, handle_t estate)
{
	if (pid == PID_INVALID || pid >= RPC_PIDS)
		return ERR_ARGUMENT;
	if (registry_process(pid) != NULL)
		return ERR_EXISTS;
	const struct registry_process *p = registry_process(PID_INVALID);
	if (p == NULL)
		return ERR_TOO_MANY;
	handle_t bell;
	err_t err = world_own_bell(estate, HANDLE_MAIN_ENDPOINT & ~HANDLE_ESTATE, &bell);
	if (err != OK)
		return err;
	STATE_SET(p->pid, pid);
	STATE_SET(p->estate, estate);
	STATE_SET(p->bell, bell);
	return OK;
}

err_t
registry_add_process(pid_number_t pid, handle_t estate)
{
	err_t err = registry_adopt_process(pid, estate);
	if (err != OK)
		return err;
	handle_t ask;
	err = world_ask(pid, estate, &ask);
	if (err != OK) {
		/* The record is undone with the call. */
		world_drop_own(registry_process(pid)->bell);
		return err;
	}
	registry_keep_entries(pid, ask);
	return OK;
}

err_t
registry_remove_process(pid_number_t pid)
{
	const struct registry_process *p = registry_process(pid);
	if (pid == PID_INVALID || p == NULL)
		return ERR_NO_PROCESS;
	const struct registry_connection *c = registry()->connection;
	for (uint32_t n = registry()->places; n > 0; n--, c++) {
		if (c->client == pid || c->server == pid)
			registry_drop_side(c, pid);
	}
	for (uint32_t n = 0; n < SERVICES; n++) {
		const struct registry_service *s = &registry()->service[n];
		if (s->sid == SID_INVALID || s->pid != pid)
			continue;
		registry_drop_description(s->description);
		STATE_SET(s->sid, SID_INVALID);
	}
	world_drop_own(p->bell);
	STATE_SET(p->pid, PID_INVALID);
	return OK;
}

/* --- services */

const struct registry_service *
registry_find_service(pid_number_t pid, sid_t_ sid)
{
	for (uint32_t n = 0; n < SERVICES; n++) {
		const struct registry_service *s = &registry()->service[n];
		if (s->sid != SID_INVALID && s->sid == sid && s->pid == pid)
			return s;
	}
	return NULL;
}

const struct registry_service *
registry_named_service(pid_number_t pid, const char *name)
{
	const struct registry_service *newest = NULL, *s = registry()->service;
	for (uint32_t n = 0; n < SERVICES; n++, s++) {
		if (s->sid == SID_INVALID || (pid != PID_INVALID && s->pid != pid) ||
		    strcmp(s->name, name) != 0)
			continue;
		if (newest == NULL || s->age > newest->age)
			newest = s;
	}
	return newest;
}

static const struct registry_service *
free_service(pid_number_t pid, sid_t_ *sid)
{
	const struct registry_service *place = NULL;
	/* The smallest number that this process does not use: its services are 1, 2, 3 in order. */
	*sid = 1;
	while (registry_find_service(pid, *sid) != NULL)
		(*sid)++;
	for (uint32_t n = 0; n < SERVICES && place == NULL; n++) {
		if (registry()->service[n].sid == SID_INVALID)
			place = &registry()->service[n];
	}
	return place;
}

err_t
registry_add_service(
    pid_number_t peer, handle_t endpoint, const uint8_t *description, uint32_t bytes, sid_t_ *sid)
{
	if (registry_process(peer) == NULL)
		return ERR_NO_PROCESS;
	uint32_t index;
	err_t err = registry_keep_description(description, bytes, &index);
	if (err != OK)
		return err;
	const struct registry_description *d = &registry()->description[index];
	struct ring_geometry g;
	err = ring_geometry_make(&g, d->depth, d->in_bytes, d->out_bytes);
	if (err != OK)
		return err;
	const struct registry_service *s =
	    registry_named_service(peer, registry_description_name(d));
	if (s == NULL) {
		s = free_service(peer, sid);
		if (s == NULL)
			return ERR_TOO_MANY;
		STATE_SET(s->pid, peer);
		STATE_SET(s->sid, *sid);
		STATE_SET(s->age, registry()->age + 1);
		STATE_SET(registry()->age, registry()->age + 1);
		char name[NAME_BYTES] = { 0 };
		strncpy(name, registry_description_name(d), sizeof name - 1);
		state_write(s->name, name, sizeof name);
	} else {
		/* A new version says what it is: connections and number stay. */
		registry_drop_description(s->description);
		*sid = s->sid;
	}
	STATE_SET(s->description, index);
	STATE_SET(s->endpoint, endpoint & ~HANDLE_ESTATE);
	STATE_SET(s->version, d->version);
	STATE_SET(s->depth, d->depth);
	return OK;
}

err_t
registry_adopt_service(pid_number_t pid, const struct rpc_interface *interface)
{
	static uint8_t description[RPC_DESCRIPTION_BYTES];
	sid_t_ sid;
	uint32_t bytes = rpc_encode(interface, description, sizeof description);
	if (bytes == 0)
		return ERR_TOO_LONG;
	return registry_add_service(pid, HANDLE_MAIN_ENDPOINT, description, bytes, &sid);
}

err_t
registry_remove_service(pid_number_t peer, sid_t_ sid)
{
	const struct registry_service *s = registry_find_service(peer, sid);
	if (s == NULL)
		return ERR_NOT_FOUND;
	for (uint32_t n = 0; n < registry()->places; n++) {
		const struct registry_connection *c = &registry()->connection[n];
		if (c->open != 0 && c->server == peer && c->sid == sid)
			registry_close(c);
	}
	registry_drop_description(s->description);
	STATE_SET(s->sid, SID_INVALID);
	return OK;
}

/* --- lists */

const struct registry_service *
registry_next_service(pid_number_t pid, sid_t_ sid)
{
	const struct registry_service *next = NULL;
	for (uint32_t n = 0; n < SERVICES; n++) {
		const struct registry_service *s = &registry()->service[n];
		bool after = s->pid > pid || (s->pid == pid && s->sid > sid);
		if (s->sid == SID_INVALID || !after)
			continue;
		if (next == NULL || s->pid < next->pid ||
		    (s->pid == next->pid && s->sid < next->sid))
			next = s;
	}
	return next;
}

const struct registry_connection *
registry_next_connection(pid_number_t pid, cid_t_ cid)
{
	const struct registry_connection *next = NULL;
	for (uint32_t n = 0; n < registry()->places; n++) {
		const struct registry_connection *c = &registry()->connection[n];
		bool after = c->client > pid || (c->client == pid && c->cid > cid);
		if (c->open == 0 || !after)
			continue;
		if (next == NULL || c->client < next->client ||
		    (c->client == next->client && c->cid < next->cid))
			next = c;
	}
	return next;
}

uint32_t
registry_connections_of(pid_number_t server, sid_t_ sid)
{
	uint32_t count = 0;
	for (uint32_t n = 0; n < registry()->places; n++) {
		const struct registry_connection *c = &registry()->connection[n];
		count += c->open != 0 && c->server == server && c->sid == sid;
	}
	return count;
}
