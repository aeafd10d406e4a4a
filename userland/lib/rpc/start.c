/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a server starts: for the first time, beside a version that serves, or in
 * place of one that crashed. Ends with the state open, the connections adopted
 * with their marks in order, and the services offered.
 */
#include "serve.h"

#include <insula/process.h>
#include <insula/services/rpc.h>

#include <string.h>

RPC_DEFINE_SERVICE(RPC, rpc)

extern const struct program_note_section program_note __attribute__((weak));

void
rpc_own_begin(void)
{
	if (state_is_open())
		state_begin(state_own_id());
}

void
rpc_own_end(void)
{
	if (!state_is_open() || !state_dirty())
		return;
	if (state_overflowed())
		state_undo();
	else
		state_commit();
}

static uint64_t
schema_hash(void)
{
	const struct state_schema *const volatile *schema = &state_program_schema;
	return *schema == NULL ? 0 : (*schema)->hash;
}

/* Tell the manager; its answer, or an error as a negative number. */
static int64_t
ready(uint64_t phase, err_t err)
{
	struct message m = { .label = CONTROL_READY };
	m.word[0] = phase;
	m.word[1] = schema_hash();
	m.word[2] = (uint64_t)(int64_t)err;
	for (;;) {
		err_t got = insula_call(HANDLE_CONTROL, TIME_NEVER, &m);
		if (got == OK)
			return (int64_t)m.word[0];
		if (got != ERR_INTERRUPTED)
			return got;
		m.label = CONTROL_READY;
	}
}

static err_t
open_state(bool fresh)
{
	const struct state_schema *const volatile *schema = &state_program_schema;
	void *segment = (void *)(uintptr_t)SLOT_STATE_BASE;
	if (*schema == NULL)
		return OK;
	uint64_t bytes = program_note.note.state_bytes;
	if (fresh && ((const struct state_header *)segment)->magic == 0)
		return state_create(segment, bytes, *schema);
	return state_open(segment, bytes, *schema);
}

/* What the answer to whoever asked for the update will say. */
static void
tell_reason(const char *reason)
{
	while (*reason != '\0') {
		struct message m = { .label = CONTROL_REASON };
		size_t bytes = strnlen(reason, sizeof m.word);
		memcpy(m.word, reason, bytes);
		reason += bytes;
		if (insula_call(HANDLE_CONTROL, TIME_NEVER, &m) != OK)
			return; /* it is told without the rest */
	}
}

static err_t
convert_state(void)
{
	static char reason[STATE_REASON_BYTES];
	const struct state_schema *const volatile *schema = &state_program_schema;
	const struct state_header *old = (const struct state_header *)(uintptr_t)OLD_STATE_BASE;
	if (*schema == NULL)
		return ERR_BAD_STATE;
	err_t err = state_convert((void *)(uintptr_t)SLOT_STATE_BASE, program_note.note.state_bytes,
	    *schema, old, old->bytes, reason);
	if (err != OK)
		tell_reason(reason);
	return err;
}

/* Offer one service; for a service that is offered already this replaces its description. */
static err_t
offer(const struct rpc_service *service, bool wait)
{
	static struct rpc_add_service_in in;
	struct rpc_add_service_out out;
	uint64_t number;
	struct rpc_connection *to = rpc_to_rpc();
	in.endpoint = HANDLE_MAIN_ENDPOINT;
	in.description_length =
	    rpc_encode(service->interface, in.description, sizeof in.description);
	if (in.description_length == 0)
		return ERR_TOO_LONG;
	if (wait)
		return rpc_add_service(to, &in, &out, TIME_NEVER);
	/* Clients wait: the answer is of no interest to them. */
	if (rpc_add_service_send(to, &in, &number) != OK)
		return rpc_add_service(to, &in, &out, TIME_NEVER);
	rpc_drop_answer(to, number);
	return OK;
}

static err_t
offer_all(bool wait)
{
	for (uint32_t n = 0; n < rpc_serving.count; n++) {
		if ((rpc_serving.services[n].flags & RPC_SERVICE_WIRED) != 0)
			continue;
		err_t err = offer(&rpc_serving.services[n], wait);
		if (err != OK)
			return err;
	}
	return OK;
}

static bool
all_wired(void)
{
	for (uint32_t n = 0; n < rpc_serving.count; n++) {
		if ((rpc_serving.services[n].flags & RPC_SERVICE_WIRED) == 0)
			return false;
	}
	return true;
}

static err_t
start_hook(uint32_t start)
{
	if (rpc_serving.hooks.start == NULL)
		return OK;
	rpc_own_begin();
	err_t err = rpc_serving.hooks.start(start);
	rpc_own_end();
	return err;
}

static err_t
start_fresh(void)
{
	err_t err = open_state(true);
	if (err == OK)
		err = rpc_process_init();
	if (err == OK)
		err = start_hook(START_FRESH);
	rpc_serve_directory();
	if (err == OK)
		err = offer_all(true);
	/* The five start before the manager does, and it calls them: they do not wait for it. */
	if (!all_wired() && ready(1, err) < 0 && err == OK)
		err = ERR_INTERRUPTED;
	return err;
}

/* U2: a connection that was not made to move ends here, and its peer learns it. */
static void
end_fixed(struct rpc_connection *c)
{
	if (c->role == ROLE_SERVER) {
		rpc_break(c);
		return;
	}
	err_t err = rpc_close(c);
	(void)err; /* if the server was quicker, it is over as well */
}

/* Calls of the version before: what is in doubt is settled, what is parked runs again. */
static void
take_over(void)
{
	rpc_popup_lock();
	rpc_directory_appears();
	rpc_serve_directory();
	for (uint32_t n = 0; n < rpc_table_count; n++) {
		struct rpc_connection *c = rpc_table_at(n);
		if (c == NULL)
			continue;
		if ((c->entry->flags & DIRECTORY_FIXED) != 0) {
			end_fixed(c);
			continue;
		}
		if (c->service == NULL)
			continue;
		if (rpc_serving.crashed)
			rpc_ring(c); /* the crash may have come between a result and its bell */
		rpc_execute_all_parked(c);
	}
	rpc_popup_unlock();
}

static err_t
start_again(uint32_t start)
{
	int64_t answer = ready(1, OK);
	if (answer == READY_CONVERT)
		answer = ready(2, convert_state());
	if (answer != READY_SERVE && answer != READY_RECOVER)
		return ERR_REFUSED;

	err_t err = open_state(false);
	if (err != OK)
		return err;
	rpc_serving.crashed = answer == READY_RECOVER;
	if (state_is_open())
		rpc_serving.commit = state_recover();
	err = start_hook(start);
	if (err != OK)
		return err;
	take_over();
	rpc_serving.crashed = false; /* connections from here on are new */
	rpc_serving.commit = 0;
	return offer_all(false);
}

err_t
rpc_serve_start(void)
{
	uint32_t start = process_info()->start;
	return start == START_FRESH ? start_fresh() : start_again(start);
}
