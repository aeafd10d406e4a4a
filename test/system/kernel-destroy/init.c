/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What dies gives everything back: pages of home and of funds are counted
 * before and after; whoever waits for it is woken; destruction goes on when
 * the one that began it is stopped or dies; what is dying is refused.
 */
#include "calls.h"
#include "guard.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#define PLACE (8 * WINDOW_BYTES)

static uint64_t home_before, paid_before, spare_before, caps_before;

static uint64_t
caps(void)
{
	uint64_t r[7] = { 0 };

	(void)insula_space_query(INIT_SPACE, SPACE_FUND, 0, r);
	return r[4];
}

static void
begin_test(void)
{
	story_begin();
	world_begin();
	home_before = home_free_pages();
	paid_before = fund_paid(INIT_SPACE);
	spare_before = fund_spare(INIT_SPACE);
	caps_before = caps();
}

/* Everything is as it was. */
static void
end_test(void)
{
	EQUAL(caps(), caps_before);
	EQUAL(fund_paid(INIT_SPACE), paid_before);
	EQUAL(fund_spare(INIT_SPACE), spare_before);
	EQUAL(home_free_pages(), home_before);
}

static handle_t ep;

static void
call_ep(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_call((handle_t)self->argument, TIME_NEVER, &m);
	tell('c');
}

static void
receive_at_ep(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv((handle_t)self->argument, TIME_NEVER, &m);
	tell('r');
}

static void
spin(struct worker *self)
{
	(void)self;
	for (;;)
		;
}

static void
objects_that_die_give_their_memory_back(void)
{
	handle_t made[100], threads[20];

	begin_test();
	for (unsigned i = 0; i < 100; i++)
		made[i] = endpoint_new();
	for (unsigned i = 0; i < 20; i++)
		WORKS(insula_thread_create(SELF, SELF, LOW, 0, &threads[i]));
	CHECK(fund_spare(INIT_SPACE) < spare_before);
	for (unsigned i = 0; i < 100; i++)
		WORKS(insula_destroy(made[(i * 37) % 100]));
	for (unsigned i = 0; i < 20; i++)
		WORKS(insula_destroy(threads[(i * 7) % 20]));
	end_test();
}

static void
a_space_that_dies_gives_every_page_back(void)
{
	begin_test();
	for (unsigned round = 0; round < 5; round++) {
		const handle_t space = space_like_this(20);
		struct worker *w[6];
		handle_t inside = HANDLE_NONE, endpoint = HANDLE_NONE;
		WORKS(insula_endpoint_create(space, SELF, &endpoint));
		WORKS(insula_endpoint_create(space, space, &inside));
		for (unsigned i = 0; i < 6; i++)
			w[i] = worker_start_in(
			    space, i % 2 == 0 ? spin : receive_at_ep, inside, LOW, POLICY_RR);
		for (unsigned i = 0; i < 100; i++)
			(void)given(space, endpoint, RIGHT_SEND, i + 1);
		sleep_us(2000);
		WORKS(insula_destroy(space));
		struct cap_info c = { 0 };
		EQUAL(insula_cap_query(SELF, endpoint, &c), ERR_HANDLE);
		for (unsigned i = 0; i < 6; i++) {
			EQUAL(insula_cap_query(SELF, w[i]->handle, &c), ERR_HANDLE);
			w[i]->used = false;
		}
	}
	end_test();
}

static void
a_space_takes_with_it_what_it_has_paid_for(void)
{
	handle_t space = HANDLE_NONE, inner = HANDLE_NONE, innermost = HANDLE_NONE;
	uint64_t r[7] = { 0 };

	begin_test();
	WORKS(insula_space_create(SELF, SELF, 0, &space));
	fund_pages(space, 4);
	WORKS(insula_space_create(space, SELF, 0, &inner));
	fund_pages(inner, 6);
	WORKS(insula_space_create(inner, SELF, SPACE_ESTATE | SLOT_STATE << 8, &innermost));
	fund_pages(innermost, 4);
	const uint64_t page = page_take();
	WORKS(insula_map(inner, PLACE, page, 1, PROT_W));
	WORKS(insula_map(innermost, SLOT_STATE_BASE, page, 1, PROT_W));
	WORKS(insula_link(inner, SLOT_STATE, innermost));
	handle_t t = HANDLE_NONE;
	WORKS(insula_thread_create(inner, SELF, LOW, 0, &t));
	WORKS(insula_destroy(space));
	EQUAL(insula_space_query(inner, SPACE_FUND, 0, r), ERR_HANDLE);
	EQUAL(insula_space_query(innermost, SPACE_FUND, 0, r), ERR_HANDLE);
	EQUAL(insula_thread_stop(t), ERR_HANDLE);
	WORKS(insula_space_query(INIT_SPACE, SPACE_PAGE, page, r));
	EQUAL(r[1], FRAME_HOME);
	page_give(page);
	end_test();
}

static void
C7_who_waits_at_a_dying_spaces_endpoint_is_woken(void)
{
	handle_t space = HANDLE_NONE, there = HANDLE_NONE;
	struct worker *w[3];

	begin_test();
	WORKS(insula_space_create(SELF, SELF, 0, &space));
	fund_pages(space, 2);
	WORKS(insula_endpoint_create(space, SELF, &there));
	for (unsigned i = 0; i < 3; i++)
		w[i] = worker_start(call_ep, there, HIGH, POLICY_FIFO);
	struct message m = { 0 };
	EQUAL(insula_recv(there, TIME_NOW, &m), RECV_MESSAGE);
	WORKS(insula_destroy(space));
	for (unsigned i = 0; i < 3; i++) {
		CHECK(w[i]->ended);
		EQUAL((int)w[i]->result, ERR_INTERRUPTED);
		worker_end(w[i]);
	}
	end_test();
}

/* A thread dies in each state it can be in; the endpoint it was at goes on. */
static void
a_thread_can_die_in_any_state(void)
{
	begin_test();
	ep = endpoint_new();
	struct message m = { 0 };

	struct worker *w = worker_start(call_ep, ep, HIGH, POLICY_FIFO);
	EQUAL(worker_state(w), THREAD_SEND);
	worker_end(w);
	EQUAL(insula_recv(ep, TIME_NOW, &m), ERR_TIMED_OUT);

	w = worker_start(call_ep, ep, HIGH, POLICY_FIFO);
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_MESSAGE);
	EQUAL(worker_state(w), THREAD_REPLY);
	worker_end(w);
	EQUAL(insula_reply(ep, &m), ERR_TOKEN);

	w = worker_start(receive_at_ep, ep, HIGH, POLICY_FIFO);
	EQUAL(worker_state(w), THREAD_RECEIVE);
	worker_end(w);
	WORKS(insula_notify(ep));
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_BITS);

	w = worker_start(spin, 0, LOW, POLICY_RR);
	EQUAL(worker_state(w), THREAD_READY);
	worker_end(w);
	w = worker_start(spin, 0, LOW, POLICY_RR);
	sleep_us(1000);
	WORKS(insula_thread_stop(w->handle));
	worker_end(w);
	w = worker_new_in(SELF, spin, 0, LOW, POLICY_RR);
	EQUAL(worker_state(w), THREAD_INACTIVE);
	worker_end(w);
	WORKS(insula_destroy(ep));
	end_test();
}

/* The server dies: its callers wait on, and can be served by another. */
static void
a_server_that_dies_leaves_its_callers_to_the_endpoint(void)
{
	begin_test();
	ep = endpoint_new();
	struct worker *server = worker_start(receive_at_ep, ep, HIGH, POLICY_FIFO);
	struct worker *client = worker_start(call_ep, ep, HIGH, POLICY_FIFO);
	EQUAL(worker_state(client), THREAD_REPLY);
	worker_end(server);
	EQUAL(worker_state(client), THREAD_REPLY);
	WORKS(insula_endpoint_abort(ep));
	CHECK(client->ended);
	EQUAL((int)client->result, ERR_INTERRUPTED);
	worker_end(client);
	WORKS(insula_destroy(ep));
	end_test();
}

static void
destroy_self(struct worker *self)
{
	tell('d');
	(void)insula_destroy(self->handle);
	tell('!');
}

static void
a_thread_can_destroy_itself(void)
{
	begin_test();
	struct worker *w = worker_start(destroy_self, 0, HIGH, POLICY_FIFO);
	struct cap_info c = { 0 };

	SAME_TEXT(story, "d");
	let_run();
	EQUAL(insula_cap_query(SELF, w->handle, &c), ERR_HANDLE);
	w->used = false;
	end_test();
}

static handle_t doomed;

static void
destroy_doomed(struct worker *self)
{
	self->result = (uint64_t)(int64_t)insula_destroy(doomed);
	tell('d');
}

/*
 * Stop the destroyer at many points of its work. What is half destroyed is
 * refused, and whoever may destroy it can finish it, once.
 */
static void
a_destruction_that_is_interrupted_is_finished_by_anyone(void)
{
	unsigned halfway = 0;

	begin_test();
	for (unsigned us = 1; us < 400; us += 3) {
		doomed = space_like_this(16);
		handle_t inside = HANDLE_NONE;
		for (unsigned i = 0; i < 200; i++)
			inside = given(doomed, INIT_FIRMWARE, RIGHT_SEND, 0);
		struct worker *w = worker_start(destroy_doomed, 0, LOW, POLICY_FIFO);
		sleep_us(us);
		if (!w->ended) {
			WORKS(insula_thread_stop(w->handle));
			struct cap_info c = { 0 };
			uint64_t r[7] = { 0 };
			const err_t err = insula_space_query(doomed, SPACE_FUND, 0, r);
			/* The handle is gone: it was done, and about to say so. */
			CHECK(err == OK || err == ERR_DYING || err == ERR_HANDLE);
			if (err == ERR_DYING) {
				halfway++;
				const uint64_t page = page_take();
				EQUAL(insula_map(doomed, PLACE, page, 1, PROT_R), ERR_DYING);
				EQUAL(insula_fund(doomed, page, 1), ERR_DYING);
				EQUAL(insula_cap_query(doomed, inside, &c), ERR_DYING);
				EQUAL(insula_space_stop(doomed, 1), ERR_DYING);
				page_give(page);
			}
			worker_end(w); /* the destroyer dies */
			EQUAL(insula_destroy(doomed), err == ERR_HANDLE ? ERR_HANDLE : OK);
			EQUAL(insula_destroy(doomed), ERR_HANDLE);
		} else {
			EQUAL(w->result, OK);
			worker_end(w);
		}
	}
	CHECK(halfway > 5);
	end_test();
}

static void
a_destruction_goes_on_when_its_thread_does(void)
{
	begin_test();
	for (unsigned us = 1; us < 200; us += 7) {
		doomed = space_like_this(16);
		for (unsigned i = 0; i < 100; i++)
			(void)given(doomed, INIT_FIRMWARE, RIGHT_SEND, 0);
		struct worker *w = worker_start(destroy_doomed, 0, LOW, POLICY_FIFO);
		sleep_us(us);
		if (!w->ended) {
			WORKS(insula_thread_stop(w->handle));
			sleep_us(50);
			WORKS(insula_thread_resume(w->handle));
		}
		let_run();
		CHECK(w->ended);
		EQUAL(w->result, OK);
		worker_end(w);
	}
	end_test();
}

static void
two_can_destroy_the_same(void)
{
	begin_test();
	for (unsigned us = 1; us < 200; us += 7) {
		doomed = space_like_this(16);
		struct worker *a = worker_start(destroy_doomed, 0, LOW, POLICY_RR);
		struct worker *b = worker_start(destroy_doomed, 0, LOW, POLICY_RR);
		sleep_us(us);
		set_priority(b->handle, LOW + 1);
		let_run();
		CHECK(a->ended && b->ended);
		const int first = (int)a->result, second = (int)b->result;
		CHECK(first == OK || first == ERR_HANDLE);
		CHECK(second == OK || second == ERR_HANDLE);
		CHECK(first == OK || second == OK);
		worker_end(a);
		worker_end(b);
	}
	end_test();
}

/* The fault endpoint, a donee, a queued and a served caller at once. */
static void
an_endpoint_that_everybody_uses_dies_cleanly(void)
{
	begin_test();
	guard_begin();
	struct worker *w[8];
	for (unsigned i = 0; i < 4; i++)
		w[i] = worker_start(call_ep, guard, 101 + i, POLICY_FIFO);
	struct message m = { 0 };
	EQUAL(insula_recv(guard, TIME_NOW, &m), RECV_MESSAGE);
	for (unsigned i = 4; i < 8; i++)
		w[i] = victim_start(spin, 0);
	guard_end();
	for (unsigned i = 0; i < 8; i++) {
		if (i < 4)
			EQUAL((int)w[i]->result, ERR_INTERRUPTED);
		worker_end(w[i]);
	}
	EQUAL(thread_effective(INIT_THREAD), MAIN);
	end_test();
}

static const struct test tests[] = {
	T(objects_that_die_give_their_memory_back),
	T(a_space_that_dies_gives_every_page_back),
	T(a_space_takes_with_it_what_it_has_paid_for),
	T(C7_who_waits_at_a_dying_spaces_endpoint_is_woken),
	T(a_thread_can_die_in_any_state),
	T(a_server_that_dies_leaves_its_callers_to_the_endpoint),
	T(a_thread_can_destroy_itself),
	T(a_destruction_that_is_interrupted_is_finished_by_anyone),
	T(a_destruction_goes_on_when_its_thread_does),
	T(two_can_destroy_the_same),
	T(an_endpoint_that_everybody_uses_dies_cleanly),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
