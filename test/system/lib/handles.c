/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrong handles for every call that takes one.
 */
#include "handles.h"

#include "calls.h"
#include "dying.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

static handle_t endpoint, thread, space, stale;
static struct dying dying[3];

static handle_t
good_for(uint64_t value)
{
	switch (value) {
	case GOOD_ENDPOINT:
		return endpoint;
	case GOOD_THREAD:
		return thread;
	case GOOD_SPACE:
		return space;
	default:
		return (handle_t)value;
	}
}

static handle_t
object_of_right(uint64_t right)
{
	if ((right & RIGHTS_ENDPOINT) != 0)
		return endpoint;
	if ((right & RIGHTS_THREAD) != 0)
		return thread;
	return (right & RIGHTS_SPACE) != 0 ? space : INIT_IRQ;
}

static handle_t
dying_of_right(uint64_t right)
{
	for (unsigned i = 0; i < 3; i++)
		if ((right & dying[i].rights) != 0)
			return dying[i].handle;
	return HANDLE_NONE; /* lines of interrupts never die */
}

static uint64_t
rights_of(uint64_t right)
{
	if ((right & RIGHTS_ENDPOINT) != 0)
		return RIGHTS_ENDPOINT;
	if ((right & RIGHTS_THREAD) != 0)
		return RIGHTS_THREAD;
	return (right & RIGHTS_SPACE) != 0 ? RIGHTS_SPACE : RIGHTS_IRQ;
}

static void
refused(const struct handle_case *c, uint64_t handle, err_t want)
{
	uint64_t x[19] = { 0 };

	for (unsigned i = 0; i < 12; i++)
		x[i] = c->x[i] == GOOD_ENDPOINT || c->x[i] == GOOD_THREAD || c->x[i] == GOOD_SPACE
		    ? good_for(c->x[i])
		    : c->x[i];
	x[c->at] = handle;
	world_note();
	calls_before_check();
	raw_call(c->number, x);
	world_refused((int64_t)x[0], want, __FILE__, __LINE__, c->name);
}

static void
check_case(const struct handle_case *c)
{
	const handle_t good = object_of_right(c->right), other = good == thread ? space : thread;
	const uint64_t less = rights_of(c->right) & ~c->right;
	const handle_t half = dying_of_right(c->right);

	if ((c->right & RIGHTS_SPACE) == 0)
		refused(c, HANDLE_NONE, ERR_HANDLE);
	refused(c, stale, ERR_HANDLE);
	refused(c, good + (1u << HANDLE_GENERATION_SHIFT), ERR_HANDLE);
	refused(c, good & HANDLE_INDEX_MASK, ERR_HANDLE);
	refused(c, good | HANDLE_ESTATE, ERR_HANDLE);
	refused(c, 0x7ffffffful, ERR_HANDLE);
	refused(c, other, ERR_TYPE);
	if (half != HANDLE_NONE)
		refused(c, half, ERR_DYING);
	if (less != 0) {
		const handle_t weak = badged(good, less, 0);
		if (CHECK(weak != HANDLE_NONE))
			refused(c, weak, ERR_RIGHTS);
		(void)insula_cap_delete(SELF, weak);
	}
}

void
handles_check(const struct handle_case *cases, unsigned count)
{
	const uint64_t paid = fund_paid(INIT_SPACE);

	endpoint = endpoint_new();
	stale = endpoint_new();
	(void)insula_destroy(stale);
	REQUIRE(insula_thread_create(SELF, SELF, LOW, 0, &thread) == OK);
	REQUIRE(insula_space_create(SELF, SELF, 0, &space) == OK);
	fund_pages(space, 4);
	dying_begin(&dying[0], RIGHTS_ENDPOINT);
	dying_begin(&dying[1], RIGHTS_THREAD);
	dying_begin(&dying[2], RIGHTS_SPACE);
	world_begin();
	world_watch_space(space);
	world_watch_thread(thread);
	for (unsigned i = 0; i < count; i++)
		check_case(&cases[i]);
	for (unsigned i = 0; i < 3; i++)
		dying_end(&dying[i]);
	(void)insula_destroy(endpoint);
	(void)insula_destroy(thread);
	(void)insula_destroy(space);
	EQUAL(fund_paid(INIT_SPACE), paid);
}
