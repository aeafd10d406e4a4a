/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls on capabilities, as docs/abi.md says them: copying, badging,
 * deleting, revoking, listing; every error they can give, and that an error
 * changes nothing; generations, and tables that fill up.
 */
#include "calls.h"
#include "dying.h"
#include "handles.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

static handle_t ep, space;

static void
begin_test(void)
{
	world_begin();
	ep = endpoint_new();
	if (insula_space_create(SELF, SELF, 0, &space) != OK)
		space = HANDLE_NONE;
	CHECK(space != HANDLE_NONE);
	fund_pages(space, 2);
	world_watch_space(space);
}

static void
end_test(void)
{
	(void)insula_destroy(ep);
	(void)insula_destroy(space);
}

static struct cap_info
info_of(handle_t table, handle_t handle)
{
	struct cap_info c = { 0 };

	WORKS(insula_cap_query(table, handle, &c));
	return c;
}

static uint64_t
caps_in(handle_t table)
{
	uint64_t r[7] = { 0 };

	(void)insula_space_query(table, SPACE_FUND, 0, r);
	return r[4];
}

static void
init_has_what_the_abi_says(void)
{
	EQUAL(info_of(SELF, INIT_SPACE).type, CAP_SPACE);
	EQUAL(info_of(SELF, INIT_SPACE).rights, RIGHTS_SPACE);
	EQUAL(info_of(SELF, INIT_THREAD).type, CAP_THREAD);
	EQUAL(info_of(SELF, INIT_THREAD).rights, RIGHTS_THREAD);
	EQUAL(info_of(SELF, INIT_HOME).type, CAP_SPACE);
	EQUAL(info_of(SELF, INIT_FIRMWARE).type, CAP_ENDPOINT);
	EQUAL(info_of(SELF, INIT_FIRMWARE).rights, RIGHT_SEND | RIGHT_EP_OWN);
	EQUAL(info_of(SELF, INIT_IRQ).type, CAP_IRQ);
	EQUAL(info_of(SELF, INIT_IRQ).rights, RIGHT_IRQ);
	uint64_t home[7] = { 0 }, link[7] = { 0 };
	WORKS(insula_space_query(INIT_HOME, SPACE_FUND, 0, home));
	WORKS(insula_space_query(INIT_SPACE, SPACE_LINKS, SLOT_HOME, link));
	EQUAL(link[0], home[5]);
}

static void
a_copy_names_the_same_object_with_the_rights_asked_for(void)
{
	begin_test();
	const struct cap_info all = info_of(SELF, ep);
	const handle_t same = given(SELF, ep, RIGHTS_ENDPOINT, 0);
	const handle_t less = given(SELF, same, RIGHT_SEND | RIGHT_NOTIFY, 0);
	const handle_t least = given(SELF, less, RIGHT_NOTIFY, 0);

	EQUAL(info_of(SELF, same).identity, all.identity);
	EQUAL(info_of(SELF, same).rights, RIGHTS_ENDPOINT);
	EQUAL(info_of(SELF, less).rights, RIGHT_SEND | RIGHT_NOTIFY);
	EQUAL(info_of(SELF, least).rights, RIGHT_NOTIFY);
	EQUAL(info_of(SELF, least).identity, all.identity);
	EQUAL(info_of(SELF, least).handle, least);
	end_test();
}

static void
a_copy_into_another_table_is_named_there(void)
{
	begin_test();
	handle_t there = HANDLE_NONE, back = HANDLE_NONE;

	EQUAL(caps_in(space), 0);
	WORKS(insula_cap_copy(SELF, ep, space, RIGHT_SEND, 9, &there));
	EQUAL(caps_in(space), 1);
	EQUAL(info_of(space, there).badge, 9);
	EQUAL(info_of(space, there).identity, info_of(SELF, ep).identity);
	WORKS(insula_cap_copy(space, there, SELF, RIGHT_SEND, 0, &back));
	EQUAL(info_of(SELF, back).badge, 9); /* badge 0 keeps it */
	WORKS(insula_cap_delete(space, there));
	EQUAL(caps_in(space), 0);
	struct cap_info c = { 0 };
	EQUAL(insula_cap_query(space, there, &c), ERR_HANDLE);
	end_test();
}

static void
cap_copy_is_refused(void)
{
	begin_test();
	const handle_t weak = badged(ep, RIGHT_SEND, 0),
		       owned = badged(ep, RIGHT_SEND | RIGHT_EP_OWN, 6);
	handle_t thread = HANDLE_NONE, out = HANDLE_NONE, empty = HANDLE_NONE;

	WORKS(insula_thread_create(SELF, SELF, LOW, 0, &thread));
	WORKS(insula_space_create(SELF, SELF, 0, &empty));
	world_watch_space(empty);
	REFUSED(ERR_RIGHTS, insula_cap_copy(SELF, weak, SELF, RIGHT_SEND | RIGHT_RECV, 0, &out));
	REFUSED(ERR_RIGHTS, insula_cap_copy(SELF, ep, SELF, RIGHT_SEND | RIGHT_MAP, 0, &out));
	REFUSED(ERR_RIGHTS, insula_cap_copy(SELF, ep, SELF, RIGHT_SEND | 1ull << 40, 0, &out));
	REFUSED(
	    ERR_RIGHTS, insula_cap_copy(SELF, weak, SELF, RIGHT_SEND, 7, &out)); /* not its owner */
	REFUSED(ERR_BADGE, insula_cap_copy(SELF, owned, SELF, RIGHT_SEND, 7, &out));
	REFUSED(ERR_BADGE, insula_cap_copy(SELF, thread, SELF, RIGHTS_THREAD, 7, &out));
	REFUSED(ERR_BADGE, insula_cap_copy(SELF, INIT_SPACE, SELF, RIGHTS_SPACE, 7, &out));
	REFUSED(ERR_HANDLE, insula_cap_copy(SELF, HANDLE_NONE, SELF, RIGHT_SEND, 0, &out));
	REFUSED(ERR_HANDLE, insula_cap_copy(SELF, ep + 0x1000, SELF, RIGHT_SEND, 0, &out));
	REFUSED(ERR_HANDLE, insula_cap_copy(space, ep, SELF, RIGHT_SEND, 0, &out));
	REFUSED(ERR_NO_FUND, insula_cap_copy(SELF, ep, empty, RIGHT_SEND, 0, &out));
	EQUAL(out, HANDLE_NONE);
	REFUSED(ERR_BADGE, insula_cap_copy(SELF, owned, SELF, RIGHT_SEND, 6, &out));
	/* Lines: 10 to 20, of which none can be added, and not from back to front. */
	handle_t lines = HANDLE_NONE;
	WORKS(insula_cap_copy(SELF, INIT_IRQ, SELF, RIGHT_IRQ, 20ull << 32 | 10, &lines));
	REFUSED(ERR_ARGUMENT, insula_cap_copy(SELF, lines, SELF, RIGHT_IRQ, 20ull << 32 | 9, &out));
	REFUSED(
	    ERR_ARGUMENT, insula_cap_copy(SELF, lines, SELF, RIGHT_IRQ, 21ull << 32 | 10, &out));
	REFUSED(
	    ERR_ARGUMENT, insula_cap_copy(SELF, lines, SELF, RIGHT_IRQ, 11ull << 32 | 12, &out));
	WORKS(insula_cap_delete(SELF, lines));
	(void)insula_destroy(thread);
	(void)insula_destroy(empty);
	end_test();
}

static void
a_deleted_slot_is_used_again_under_another_name(void)
{
	begin_test();
	const handle_t first = badged(ep, RIGHT_SEND, 1);
	WORKS(insula_cap_delete(SELF, first));
	world_begin();
	REFUSED(ERR_HANDLE, insula_cap_delete(SELF, first));
	bool again = false;
	for (int i = 0; i < 300 && !again; i++) {
		const handle_t next = badged(ep, RIGHT_SEND, 1);
		CHECK(next != first);
		again = (next & HANDLE_INDEX_MASK) == (first & HANDLE_INDEX_MASK);
		if (again)
			CHECK(next >> HANDLE_GENERATION_SHIFT != first >> HANDLE_GENERATION_SHIFT);
		WORKS(insula_cap_delete(SELF, next));
	}
	CHECK(again);
	struct message m = { 0 };
	EQUAL(insula_call(first, TIME_NOW, &m), ERR_HANDLE);
	end_test();
}

static void
deleting_one_capability_leaves_the_object(void)
{
	begin_test();
	const handle_t other = badged(ep, RIGHT_NOTIFY, 0);
	struct message m = { 0 };

	WORKS(insula_cap_delete(SELF, other));
	WORKS(insula_notify(ep));
	EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_BITS);
	end_test();
}

static void
revoking_a_badge_empties_its_slots_in_every_table(void)
{
	handle_t with[40], there[20];
	struct cap_info c = { 0 };

	begin_test();
	for (unsigned i = 0; i < 40; i++)
		with[i] = badged(ep, RIGHT_SEND | RIGHT_NOTIFY, i % 2 == 0 ? 8 : 9);
	for (unsigned i = 0; i < 20; i++)
		there[i] = given(space, with[0], RIGHT_SEND, 0);
	WORKS(insula_cap_revoke(ep, 8));
	for (unsigned i = 0; i < 40; i++)
		EQUAL(insula_cap_query(SELF, with[i], &c), i % 2 == 0 ? ERR_HANDLE : OK);
	for (unsigned i = 0; i < 20; i++)
		EQUAL(insula_cap_query(space, there[i], &c), ERR_HANDLE);
	EQUAL(caps_in(space), 0);
	WORKS(insula_cap_query(SELF, ep, &c));
	/* The badge may be given anew, and names it under other handles. */
	CHECK(badged(ep, RIGHT_SEND, 8) != with[0]);
	end_test();
}

static void
cap_revoke_is_refused(void)
{
	begin_test();
	const handle_t weak = badged(ep, RIGHTS_ENDPOINT & ~RIGHT_EP_OWN, 0);
	const handle_t sent = badged(ep, RIGHT_SEND, 3);

	(void)sent;
	REFUSED(ERR_ARGUMENT, insula_cap_revoke(ep, 0));
	REFUSED(ERR_RIGHTS, insula_cap_revoke(weak, 3));
	REFUSED(ERR_HANDLE, insula_cap_revoke(HANDLE_NONE, 3));
	WORKS(insula_cap_revoke(ep, 4)); /* nobody has it: that is no error */
	end_test();
}

/* What is dying can be looked at and deleted, not copied or revoked. */
static void
a_dying_objects_capability_is_refused(void)
{
	static const uint64_t types[] = { RIGHTS_ENDPOINT, RIGHTS_THREAD, RIGHTS_SPACE };
	struct dying dying[3];
	handle_t out = HANDLE_NONE;
	struct cap_info c = { 0 };

	begin_test();
	for (unsigned i = 0; i < 3; i++) {
		dying_begin(&dying[i], types[i]);
		REFUSED(ERR_DYING,
		    insula_cap_copy(SELF, dying[i].handle, SELF, dying[i].rights, 0, &out));
		REFUSED(ERR_DYING, insula_cap_revoke(dying[i].handle, 1));
		WORKS(insula_cap_query(SELF, dying[i].handle, &c));
		EQUAL(c.rights, types[i]);
		dying_end(&dying[i]);
		REFUSED(ERR_HANDLE, insula_cap_query(SELF, dying[i].handle, &c));
	}
	EQUAL(out, HANDLE_NONE);
	end_test();
}

static void
destroying_an_object_empties_every_slot_that_names_it(void)
{
	handle_t here[20], there[20];
	struct cap_info c = { 0 };

	begin_test();
	for (unsigned i = 0; i < 20; i++) {
		here[i] = badged(ep, RIGHT_SEND, i);
		there[i] = given(space, ep, RIGHT_RECV, 0);
	}
	WORKS(insula_destroy(ep));
	for (unsigned i = 0; i < 20; i++) {
		EQUAL(insula_cap_query(SELF, here[i], &c), ERR_HANDLE);
		EQUAL(insula_cap_query(space, there[i], &c), ERR_HANDLE);
	}
	EQUAL(caps_in(space), 0);
	end_test();
}

static void
a_table_is_listed_by_index(void)
{
	struct cap_info c = { 0 };
	uint64_t used = 0;
	bool found = false;

	begin_test();
	for (uint64_t i = 0; i < CAPS_PER_TABLE; i++) {
		const err_t err = insula_cap_query_index(SELF, i, &c);
		if (err != OK || c.type == CAP_NONE)
			continue;
		used++;
		EQUAL(c.handle & HANDLE_INDEX_MASK, i);
		found = found || c.handle == ep;
		struct cap_info by_handle = { 0 };
		WORKS(insula_cap_query(SELF, (handle_t)c.handle, &by_handle));
		EQUAL(by_handle.identity, c.identity);
	}
	CHECK(found);
	EQUAL(used, caps_in(INIT_SPACE));
	REFUSED(ERR_ARGUMENT, insula_cap_query_index(SELF, CAPS_PER_TABLE, &c));
	REFUSED(ERR_ARGUMENT, insula_cap_query_index(SELF, ~0ull, &c));
	REFUSED(ERR_HANDLE, insula_cap_query(SELF, HANDLE_NONE, &c));
	end_test();
}

static void
a_full_table_is_refused_and_keeps_what_it_has(void)
{
	handle_t h = HANDLE_NONE;
	struct cap_info c = { 0 };
	uint64_t made = 0;
	err_t err;

	begin_test();
	fund_pages(space, 40);
	while ((err = insula_cap_copy(SELF, ep, space, RIGHT_SEND, made + 1, &h)) == OK)
		made++;
	EQUAL(err, ERR_NO_SLOT);
	CHECK(made >= CAPS_PER_TABLE - 2);
	CHECK(made <= CAPS_PER_TABLE);
	EQUAL(caps_in(space), made);
	world_begin();
	REFUSED(ERR_NO_SLOT, insula_cap_copy(SELF, ep, space, RIGHT_SEND, 1, &h));
	REFUSED(ERR_NO_SLOT, insula_endpoint_create(SELF, space, &h));
	REFUSED(ERR_NO_SLOT, insula_thread_create(SELF, space, 10, 0, &h));
	REFUSED(ERR_NO_SLOT, insula_space_create(SELF, space, 0, &h));
	WORKS(insula_cap_query_index(space, 4000, &c));
	EQUAL(c.type, CAP_ENDPOINT);
	/* One slot freed is one slot to use. */
	WORKS(insula_cap_delete(space, (handle_t)c.handle));
	WORKS(insula_cap_copy(SELF, ep, space, RIGHT_SEND, 77, &h));
	EQUAL(insula_cap_copy(SELF, ep, space, RIGHT_SEND, 78, &h), ERR_NO_SLOT);
	end_test();
}

static void
a_reused_slot_never_gives_the_same_handle_twice(void)
{
	handle_t seen[64];

	begin_test();
	for (unsigned i = 0; i < 64; i++) {
		seen[i] = badged(ep, RIGHT_SEND, 1);
		WORKS(insula_cap_delete(SELF, seen[i]));
		for (unsigned j = 0; j < i; j++)
			CHECK(seen[i] != seen[j]);
	}
	end_test();
}

static void
a_badge_is_the_mask_of_a_notification(void)
{
	struct message m = { 0 };

	begin_test();
	for (unsigned bit = 0; bit < 64; bit++) {
		const handle_t bell = badged(ep, RIGHT_NOTIFY, 1ull << bit);
		WORKS(insula_notify(bell));
		EQUAL(insula_recv(ep, TIME_NOW, &m), RECV_BITS);
		EQUAL(m.bits, 1ull << bit);
		WORKS(insula_cap_delete(SELF, bell));
	}
	end_test();
}

static void
wrong_handles_are_refused(void)
{
	static const struct handle_case cases[] = {
		{ "cap_copy from", CALL_cap_copy, 0, RIGHT_TABLE,
		    { 0, GOOD_ENDPOINT, SELF, RIGHT_SEND, 0 } },
		{ "cap_copy to", CALL_cap_copy, 2, RIGHT_TABLE,
		    { SELF, GOOD_ENDPOINT, 0, RIGHT_SEND, 0 } },
		{ "cap_delete", CALL_cap_delete, 0, RIGHT_TABLE, { 0, GOOD_ENDPOINT } },
		{ "cap_query", CALL_cap_query, 0, RIGHT_TABLE, { 0, GOOD_ENDPOINT } },
	};

	handles_check(cases, sizeof cases / sizeof cases[0]);
}

/* The second argument of cap_delete and cap_query is checked in the table named first. */
static void
a_handle_means_something_only_in_its_own_table(void)
{
	struct cap_info c = { 0 };

	begin_test();
	const handle_t there = given(space, ep, RIGHT_SEND, 0);
	REFUSED(ERR_HANDLE, insula_cap_query(space, ep + 0x100000, &c));
	REFUSED(ERR_HANDLE, insula_cap_delete(space, there + 1));
	REFUSED(ERR_HANDLE, insula_cap_delete(space, there + (1u << HANDLE_GENERATION_SHIFT)));
	end_test();
}

static const struct test tests[] = {
	T(init_has_what_the_abi_says),
	T(a_copy_names_the_same_object_with_the_rights_asked_for),
	T(a_copy_into_another_table_is_named_there),
	T(cap_copy_is_refused),
	T(a_deleted_slot_is_used_again_under_another_name),
	T(deleting_one_capability_leaves_the_object),
	T(revoking_a_badge_empties_its_slots_in_every_table),
	T(cap_revoke_is_refused),
	T(a_dying_objects_capability_is_refused),
	T(destroying_an_object_empties_every_slot_that_names_it),
	T(a_table_is_listed_by_index),
	T(a_full_table_is_refused_and_keeps_what_it_has),
	T(a_reused_slot_never_gives_the_same_handle_twice),
	T(a_badge_is_the_mask_of_a_notification),
	T(a_handle_means_something_only_in_its_own_table),
	T(wrong_handles_are_refused),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
