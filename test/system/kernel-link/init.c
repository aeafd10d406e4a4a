/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Estates: linked to at most one space at a time, taken from a stopped holder
 * in one call; handles, doorbells, pages, tokens and queued callers stay what
 * they are across a relink. The kernel's half of U1 to U4.
 */
#include "calls.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#include <string.h>

#define ESTATE_PAGE (SLOT_ESTATE_BASE + 3 * WINDOW_BYTES)
#define STATE_PAGE SLOT_STATE_BASE

static handle_t estate, state, old, new; /* two estates, two versions */
static uint64_t page;                    /* in the estate */
static handle_t main_ep;                 /* its endpoint, as this space names it */
static handle_t main_inside;             /* as its holder names it */

static uint64_t
identity(handle_t space)
{
	uint64_t r[7] = { 0 };

	(void)insula_space_query(space, SPACE_FUND, 0, r);
	return r[5];
}

static uint64_t
linked(handle_t space, unsigned slot)
{
	uint64_t r[7] = { 0 };

	(void)insula_space_query(space, SPACE_LINKS, slot, r);
	return r[0];
}

static uint64_t
holder(handle_t of)
{
	uint64_t r[7] = { 0 };

	(void)insula_space_query(of, SPACE_LINKS, 0, r);
	return r[1];
}

static void
begin_test(void)
{
	story_begin();
	world_begin();
	estate = state = HANDLE_NONE;
	WORKS(insula_space_create(SELF, SELF, SPACE_ESTATE | SLOT_ESTATE << 8, &estate));
	WORKS(insula_space_create(SELF, SELF, SPACE_ESTATE | SLOT_STATE << 8, &state));
	fund_pages(estate, 8);
	fund_pages(state, 8);
	old = space_like_this(16);
	new = space_like_this(16);
	page = page_take();
	memset((void *)page, 0, PAGE_BYTES); /* NOLINT: home */
	WORKS(insula_map(estate, ESTATE_PAGE, page, 1, PROT_W));
	WORKS(insula_endpoint_create(estate, SELF, &main_ep));
	main_inside = given(estate, main_ep, RIGHTS_ENDPOINT, 0) | HANDLE_ESTATE;
	world_watch_space(estate);
	world_watch_space(state);
	world_watch_space(old);
	world_watch_space(new);
}

static void
end_test(void)
{
	WORKS(insula_destroy(old));
	WORKS(insula_destroy(new));
	WORKS(insula_destroy(estate));
	WORKS(insula_destroy(state));
	page_give(page);
}

static volatile uint64_t *
shared(uint64_t offset)
{
	return (volatile uint64_t *)(page + offset); /* NOLINT: home */
}

/* In a version: serves at the estate's endpoint, and counts in the estate's page. */
static void
serve(struct worker *self)
{
	volatile uint64_t *count = (volatile uint64_t *)ESTATE_PAGE; /* NOLINT: linked */
	struct message m = { 0 };

	int got = insula_recv(main_inside, TIME_NEVER, &m);
	while (got >= 0) {
		if ((got & RECV_BITS) != 0)
			count[1] |= m.bits;
		m.label = 0;
		if ((got & RECV_MESSAGE) != 0) {
			count[0]++;
			m.word[0] += self->argument;
		} else {
			m.token = 0;
		}
		got = insula_reply_recv(main_inside, TIME_NEVER, &m);
	}
	self->result = (uint64_t)(int64_t)got;
}

static void
call_main_ep(struct worker *self)
{
	struct message m = { .word = { self->argument } };

	const err_t err = insula_call(main_ep, TIME_NEVER, &m);
	self->result = err == OK ? m.word[0] : (uint64_t)(int64_t)err;
	tell('c');
}

static void
link_lends_pages_and_capabilities(void)
{
	begin_test();
	EQUAL(linked(old, SLOT_ESTATE), 0);
	EQUAL(holder(estate), 0);
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	EQUAL(linked(old, SLOT_ESTATE), identity(estate));
	EQUAL(holder(estate), identity(old));
	struct worker *w = worker_start_in(old, serve, 100, HIGH, POLICY_FIFO);
	struct message m = { .word = { 5 } };
	WORKS(insula_call(main_ep, in_us(1000000), &m));
	EQUAL(m.word[0], 105);
	EQUAL(*shared(0), 1);
	worker_end(w);
	end_test();
}

static void
without_the_link_the_estate_is_out_of_reach(void)
{
	begin_test();
	struct worker *w = worker_start_in(old, serve, 0, HIGH, POLICY_FIFO);
	CHECK(w->ended);
	EQUAL((int)w->result, ERR_HANDLE);
	worker_end(w);
	end_test();
}

static void
U4_a_relink_loses_no_call_no_bit_and_no_handle(void)
{
	begin_test();
	const handle_t bell = badged(main_ep, RIGHT_NOTIFY, 0x100);
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	struct worker *v1 = worker_start_in(old, serve, 100, HIGH, POLICY_FIFO);
	struct message m = { .word = { 1 } };
	WORKS(insula_call(main_ep, in_us(1000000), &m));
	EQUAL(m.word[0], 101);

	WORKS(insula_space_stop(old, 1));
	/* While nobody serves: calls queue, bits stay. */
	struct worker *client[3];
	for (unsigned i = 0; i < 3; i++) {
		client[i] = worker_start(call_main_ep, 10 * i, HIGH, POLICY_FIFO);
		EQUAL(worker_state(client[i]), THREAD_SEND);
	}
	WORKS(insula_notify(bell));
	WORKS(insula_link(new, SLOT_ESTATE, estate));
	EQUAL(linked(old, SLOT_ESTATE), 0);
	EQUAL(holder(estate), identity(new));
	for (unsigned i = 0; i < 3; i++)
		EQUAL(worker_state(client[i]), THREAD_SEND);
	struct worker *v2 = worker_start_in(new, serve, 200, HIGH, POLICY_FIFO);
	let_run();
	for (unsigned i = 0; i < 3; i++) {
		CHECK(client[i]->ended);
		EQUAL(client[i]->result, 200 + 10 * i);
	}
	EQUAL(*shared(0), 4);
	EQUAL(*shared(8), 0x100);
	WORKS(insula_call(main_ep, in_us(1000000), &m));
	EQUAL(m.word[0], 301);

	/* And back: the old one goes on where it was, at its receive. */
	WORKS(insula_space_stop(new, 1));
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	WORKS(insula_space_stop(old, 0));
	m.word[0] = 1;
	WORKS(insula_call(main_ep, in_us(1000000), &m));
	EQUAL(m.word[0], 101);
	worker_end(v1);
	worker_end(v2);
	for (unsigned i = 0; i < 3; i++)
		worker_end(client[i]);
	end_test();
}

/* Receives and keeps the call: the token goes to the estate's page. */
static void
receive_and_keep(struct worker *self)
{
	volatile uint64_t *kept = (volatile uint64_t *)ESTATE_PAGE; /* NOLINT: linked */
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv(main_inside, TIME_NEVER, &m);
	kept[4] = m.token;
}

static void
answer_what_was_kept(struct worker *self)
{
	volatile uint64_t *kept = (volatile uint64_t *)ESTATE_PAGE; /* NOLINT: linked */
	struct message m = { .token = kept[4], .word = { 4711 } };

	self->result = (uint64_t)(int64_t)insula_reply(main_inside, &m);
}

static void
C11_a_token_kept_in_the_estate_is_good_for_the_next_version(void)
{
	begin_test();
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	struct worker *v1 = worker_start_in(old, receive_and_keep, 0, HIGH, POLICY_FIFO);
	struct worker *client = worker_start(call_main_ep, 0, LOW, POLICY_FIFO);
	let_run();
	EQUAL(worker_state(client), THREAD_REPLY);
	WORKS(insula_space_stop(old, 1));
	WORKS(insula_link(new, SLOT_ESTATE, estate));
	WORKS(insula_destroy(old)); /* the version is gone, the call is not */
	EQUAL(worker_state(client), THREAD_REPLY);
	struct worker *v2 = worker_start_in(new, answer_what_was_kept, 0, HIGH, POLICY_FIFO);
	let_run();
	EQUAL(v2->result, OK);
	EQUAL(client->result, 4711);
	v1->used = false; /* died with its space */
	worker_end(v2);
	worker_end(client);
	WORKS(insula_space_create(SELF, SELF, 0, &old)); /* for end_test */
	end_test();
}

static void
link_is_refused_while_the_holder_runs(void)
{
	begin_test();
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	struct worker *w = worker_start_in(old, serve, 0, HIGH, POLICY_FIFO);
	world_watch_thread(w->handle);
	REFUSED(ERR_BUSY, insula_link(new, SLOT_ESTATE, estate));
	REFUSED(ERR_BUSY, insula_link(old, SLOT_ESTATE, HANDLE_NONE));
	WORKS(insula_link(old, SLOT_ESTATE, estate)); /* as it is */
	WORKS(insula_thread_stop(w->handle));         /* every thread: that does too */
	WORKS(insula_link(new, SLOT_ESTATE, estate));
	worker_end(w);
	end_test();
}

static void
link_is_refused(void)
{
	handle_t other = HANDLE_NONE, poor = HANDLE_NONE;

	begin_test();
	WORKS(insula_space_create(SELF, SELF, SPACE_ESTATE | SLOT_ESTATE << 8, &other));
	fund_pages(other, 2);
	world_watch_space(other);
	REFUSED(ERR_ARGUMENT, insula_link(old, SLOT_COUNT, estate));
	REFUSED(ERR_ARGUMENT, insula_link(old, (enum link_slot)0x7fffffff, estate));
	REFUSED(ERR_ARGUMENT, insula_link(old, SLOT_STATE, estate));
	REFUSED(ERR_ARGUMENT, insula_link(old, SLOT_ESTATE, state));
	REFUSED(ERR_TYPE, insula_link(old, SLOT_ESTATE, new));
	REFUSED(ERR_TYPE, insula_link(estate, SLOT_STATE, state));
	REFUSED(ERR_HANDLE, insula_link(old, SLOT_ESTATE, 0x7ffff001));
	const handle_t weak = badged(estate, RIGHTS_SPACE & ~RIGHT_LINK, 0);
	REFUSED(ERR_RIGHTS, insula_link(old, SLOT_ESTATE, weak));
	WORKS(insula_space_create(SELF, SELF, 0, &poor));
	world_watch_space(poor);
	REFUSED(ERR_NO_FUND, insula_link(poor, SLOT_ESTATE, estate)); /* no page for its root */
	WORKS(insula_destroy(poor));
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	REFUSED(ERR_BUSY, insula_link(old, SLOT_ESTATE, other));
	WORKS(insula_link(old, SLOT_ESTATE, HANDLE_NONE));
	WORKS(insula_link(old, SLOT_ESTATE, HANDLE_NONE)); /* there is none: that is no error */
	WORKS(insula_link(old, SLOT_ESTATE, other));
	WORKS(insula_destroy(other));
	EQUAL(linked(old, SLOT_ESTATE), 0);
	end_test();
}

static void
an_estates_pages_lie_in_its_own_windows_only(void)
{
	begin_test();
	world_watch_page(estate, ESTATE_PAGE);
	REFUSED(ERR_ARGUMENT, insula_map(estate, IMAGE_BASE, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(estate, SLOT_STATE_BASE, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(estate, SLOT_ESTATE_BASE - PAGE_BYTES, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(state, SLOT_ESTATE_BASE, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT, insula_map(old, SLOT_ESTATE_BASE, page, 1, PROT_R));
	WORKS(insula_map(state, STATE_PAGE, page, 1, PROT_R));
	WORKS(insula_map(
	    state, STATE_PAGE + SLOT_STATE_WINDOWS * WINDOW_BYTES - PAGE_BYTES, page, 1, PROT_R));
	REFUSED(ERR_ARGUMENT,
	    insula_map(state, STATE_PAGE + SLOT_STATE_WINDOWS * WINDOW_BYTES - PAGE_BYTES, page, 2,
		PROT_R));
	end_test();
}

static void
read_state(struct worker *self)
{
	self->result = *(volatile uint64_t *)STATE_PAGE; /* NOLINT: linked */
}

static void
pages_mapped_into_a_linked_estate_appear_in_its_holder(void)
{
	begin_test();
	WORKS(insula_link(old, SLOT_STATE, state));
	*shared(0) = 99;
	WORKS(insula_map(state, STATE_PAGE, page, 1, PROT_R)); /* its first root entry of all */
	struct worker *w = worker_start_in(old, read_state, 0, HIGH, POLICY_FIFO);
	CHECK(w->ended);
	EQUAL(w->result, 99);
	worker_end(w);
	WORKS(insula_unmap(state, STATE_PAGE, 1));
	w = worker_start_in(old, read_state, 0, HIGH, POLICY_FIFO);
	CHECK(!w->ended);
	EQUAL(worker_state(w), THREAD_STOPPED); /* it faulted */
	worker_end(w);
	end_test();
}

static void
both_slots_move_one_by_one(void)
{
	begin_test();
	*shared(0) = 5;
	WORKS(insula_map(state, STATE_PAGE, page, 1, PROT_W));
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	WORKS(insula_link(old, SLOT_STATE, state));
	WORKS(insula_space_stop(old, 1));
	WORKS(insula_link(new, SLOT_STATE, state));
	EQUAL(linked(old, SLOT_ESTATE), identity(estate));
	EQUAL(linked(old, SLOT_STATE), 0);
	WORKS(insula_link(new, SLOT_ESTATE, estate));
	struct worker *w = worker_start_in(new, read_state, 0, HIGH, POLICY_FIFO);
	EQUAL(w->result, 5);
	worker_end(w);
	end_test();
}

static void
an_estate_outlives_its_holder(void)
{
	begin_test();
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	*shared(24) = 1234;
	WORKS(insula_destroy(old));
	EQUAL(holder(estate), 0);
	uint64_t r[7] = { 0 };
	WORKS(insula_space_query(estate, SPACE_PAGE, ESTATE_PAGE, r));
	EQUAL(*shared(24), 1234);
	WORKS(insula_link(new, SLOT_ESTATE, estate));
	WORKS(insula_space_create(SELF, SELF, 0, &old));
	end_test();
}

static void
read_estate(struct worker *self)
{
	volatile uint64_t *word = (volatile uint64_t *)ESTATE_PAGE; /* NOLINT: linked, or not */

	for (;;) {
		self->result = *word;
		tell('r');
		(void)insula_thread_stop((handle_t)self->argument);
	}
}

/* Taken away, the pages are out of reach, though they had just been used: no entry, nothing cached. */
static void
the_former_holder_can_reach_nothing_of_the_estate(void)
{
	begin_test();
	*shared(0) = 8;
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	struct worker *w = worker_new_in(old, read_estate, 0, HIGH, POLICY_FIFO);
	w->argument = given(old, w->handle, RIGHT_CONTROL, 0);
	WORKS(worker_go(w));
	SAME_TEXT(story, "r");
	EQUAL(w->result, 8);
	WORKS(insula_thread_resume(w->handle));
	SAME_TEXT(story, "rr");
	WORKS(insula_link(new, SLOT_ESTATE, estate));
	WORKS(insula_thread_resume(w->handle)); /* it faults, and stops */
	SAME_TEXT(story, "rr");
	EQUAL(worker_state(w), THREAD_STOPPED);
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	WORKS(insula_thread_resume(w->handle));
	SAME_TEXT(story, "rrr");
	worker_end(w);
	end_test();
}

/* A thousand times there and back: nothing grows. */
static void
U6_relinking_costs_no_memory(void)
{
	begin_test();
	WORKS(insula_link(old, SLOT_ESTATE, estate));
	world_note();
	for (unsigned i = 0; i < 1000; i++) {
		WORKS(insula_link(new, SLOT_ESTATE, estate));
		WORKS(insula_link(old, SLOT_ESTATE, estate));
	}
	world_is_unchanged(__FILE__, __LINE__, "relinking");
	end_test();
}

static const struct test tests[] = {
	T(link_lends_pages_and_capabilities),
	T(without_the_link_the_estate_is_out_of_reach),
	T(U4_a_relink_loses_no_call_no_bit_and_no_handle),
	T(C11_a_token_kept_in_the_estate_is_good_for_the_next_version),
	T(link_is_refused_while_the_holder_runs),
	T(link_is_refused),
	T(an_estates_pages_lie_in_its_own_windows_only),
	T(pages_mapped_into_a_linked_estate_appear_in_its_holder),
	T(both_slots_move_one_by_one),
	T(an_estate_outlives_its_holder),
	T(the_former_holder_can_reach_nothing_of_the_estate),
	T(U6_relinking_costs_no_memory),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
