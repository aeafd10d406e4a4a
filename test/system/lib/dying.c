/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destructions that rest after their first steps. What makes them long is
 * capabilities, of which 16 are emptied in a step; a space takes many steps anyway.
 */
#include "dying.h"

#include "pages.h"
#include "test.h"

#define COPIES 48

static void
destroy_while_serving(struct worker *self)
{
	const struct dying *d = (const struct dying *)self->argument; /* NOLINT: as given */
	struct message m = { 0 };

	(void)insula_recv(d->bell, TIME_NEVER, &m);
	self->result = (uint64_t)(int64_t)insula_destroy(d->handle);
}

static void
call_the_destroyer(struct worker *self)
{
	const struct dying *d = (const struct dying *)self->argument; /* NOLINT: as given */
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_call(d->bell, TIME_NEVER, &m);
}

/* What dies with a space is the endpoint that it has paid for. */
static void
make(struct dying *d)
{
	if (d->rights == RIGHTS_THREAD) {
		d->handle = d->caller->handle;
	} else if (d->rights == RIGHTS_SPACE) {
		(void)insula_destroy(d->bell);
		CHECK(insula_space_create(SELF, SELF, 0, &d->handle) == OK);
		fund_pages(d->handle, 1);
		CHECK(insula_endpoint_create(d->handle, SELF, &d->bell) == OK);
	} else {
		d->handle = d->bell;
	}
	for (unsigned i = 0; i < COPIES; i++)
		CHECK(given(SELF, d->handle, d->rights, 0) != HANDLE_NONE);
}

void
dying_begin(struct dying *d, uint64_t rights)
{
	*d = (struct dying){ .rights = rights, .bell = endpoint_new() };
	d->caller = worker_new_in(SELF, call_the_destroyer, (uintptr_t)d, HIGH, POLICY_FIFO);
	make(d);
	d->destroyer = worker_start(destroy_while_serving, (uintptr_t)d, HIGHER, POLICY_FIFO);
	set_priority(d->destroyer->handle, LOW);
	CHECK(worker_go(d->caller) == OK);
	CHECK(worker_state(d->destroyer) == THREAD_READY);
	CHECK(!d->destroyer->ended);
}

void
dying_end(struct dying *d)
{
	let_run();
	CHECK(d->destroyer->ended);
	EQUAL(d->destroyer->result, OK);
	if (d->rights == RIGHTS_THREAD)
		(void)insula_destroy(d->bell);
	worker_end(d->destroyer);
	worker_end(d->caller);
}
