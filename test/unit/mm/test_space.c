/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces: making them, stopping their threads, what they tell, and their
 * death, after which every frame is what it was (P7).
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "fake/mm_fake.h"

#include "mm/asid.h"

#include <stdlib.h>
#include <string.h>

#define AT (64 * WINDOW_BYTES)

static void *table_before;
static struct fund fund_before;

static int
boot(void **state)
{
	size_t bytes;

	(void)state;
	mm_fake_boot();
	/* The first space takes a page for its struct; the tests compare from then on. */
	handle_t first = make_space(0, 0, 0);
	assert_int_equal(SVC(call_destroy, first), OK);
	const void *table = frame_table_bytes(&bytes);
	table_before = malloc(bytes);
	memcpy(table_before, table, bytes);
	fund_before = init_space->fund;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	free(table_before);
	return 0;
}

/* All frames are in the state they were in; the order of spare lists may differ. */
static void
assert_frames_as_before(void)
{
	const struct frame *before = table_before;

	mm_check();
	for (uint64_t n = 0; n < frames.count; n++) {
		assert_int_equal(frames.table[n].state, before[n].state);
		assert_int_equal(frames.table[n].space, before[n].space);
		assert_int_equal(frames.table[n].count, before[n].count);
		if (frames.table[n].state != FRAME_KERNEL)
			assert_memory_equal(&frames.table[n], &before[n], sizeof *before);
	}
	assert_int_equal(init_space->fund.pages, fund_before.pages);
	assert_int_equal(init_space->fund.spare_count, fund_before.spare_count);
}

static void
refused(call_handler *call, err_t expected, uint64_t a, uint64_t b, uint64_t c)
{
	mm_note();
	assert_int_equal(SVC(call, a, b, c), expected);
	assert_true(mm_unchanged());
}

static void
space_create_makes_a_space_with_all_rights(void **state)
{
	(void)state;
	struct cap_slot *slot;

	handle_t handle = make_space(0, 0, 0);
	assert_int_equal(cap_find(init_space, handle, &slot), OK);
	assert_int_equal(slot->rights, RIGHTS_SPACE);
	struct space *space = space_named(handle);
	assert_int_not_equal(space->asid, 0);
	assert_int_not_equal(space->asid, init_space->asid);
	assert_int_equal(space->ttbr0, FAKE_EMPTY_ROOT | (uint64_t)space->asid << 48);
	assert_int_equal(space->depth, init_space->depth + 1);
	mm_check();
}

static void
space_create_refuses(void **state)
{
	(void)state;
	static const uint64_t flags[] = { 2, 0x100, SPACE_ESTATE | SLOT_HOME << 8,
		SPACE_ESTATE | SLOT_COUNT << 8, SPACE_ESTATE | 1ull << 40 };

	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
		refused(call_space_create, ERR_ARGUMENT, INIT_SPACE, SELF, flags[i]);
	refused(call_space_create, ERR_TYPE, INIT_THREAD, SELF, 0);
	refused(call_space_create, ERR_TYPE, SELF, INIT_THREAD, 0);
	refused(call_space_create, ERR_HANDLE, 0x5555, SELF, 0);
	refused(call_space_create, ERR_RIGHTS, SELF, INIT_HOME, 0);

	handle_t poor = make_space(0, 0, 0);
	refused(call_space_create, ERR_NO_FUND, poor, SELF, 0);
	assert_int_equal(svc_result[1], 1);
	refused(call_space_create, ERR_NO_FUND, SELF, poor, 0);
	assert_int_equal(svc_result[1], 1);
	refused(call_space_create, ERR_NO_FUND, poor, poor, 0);
	assert_int_equal(svc_result[1], 2);
	assert_int_equal(SVC(call_fund, poor, home_page(0), 1), OK);
	refused(call_space_create, ERR_NO_FUND, poor, poor, 0);
	assert_int_equal(svc_result[1], 1);
	assert_int_equal(SVC(call_fund, poor, home_page(1), 1), OK);
	assert_int_equal(SVC(call_space_create, poor, poor, 0), OK);
	mm_check();
}

static void
spaces_are_paid_for_to_a_bounded_depth(void **state)
{
	(void)state;
	handle_t handle = INIT_SPACE;
	int depth = 0;

	for (; depth < 100; depth++) {
		if (handle != INIT_SPACE)
			assert_int_equal(SVC(call_fund, handle, home_page((unsigned)depth), 1), OK);
		err_t err = SVC(call_space_create, handle, SELF, 0);
		if (err != OK) {
			assert_int_equal(err, ERR_TOO_MANY);
			break;
		}
		handle = (handle_t)svc_result[1];
	}
	assert_int_equal(depth, SPACE_DEPTH_MAX - init_space->depth);
	mm_check();
}

static void
address_space_numbers_run_out_and_come_back(void **state)
{
	(void)state;
	uint32_t asid[ASID_COUNT], count = 0, next;

	while ((next = asid_alloc()) != 0)
		asid[count++] = next;
	assert_int_equal(count, ASID_COUNT - 2); /* 0, and init's */
	refused(call_space_create, ERR_TOO_MANY, INIT_SPACE, SELF, 0);
	/* Estates need none. */
	assert_int_equal(SVC(call_space_create, INIT_SPACE, SELF, SPACE_ESTATE), OK);
	asid_free(asid[777]);
	handle_t handle = make_space(0, 0, 0);
	assert_int_equal(space_named(handle)->asid, asid[777]);
	assert_int_equal(SVC(call_destroy, handle), OK);
	assert_int_equal(asid_alloc(), asid[777]);
}

static void
stop_and_resume_reach_every_thread_in_steps(void **state)
{
	(void)state;
	handle_t handle = make_space(0, 0, 16);
	struct space *space = space_named(handle);
	struct thread *t[40];

	for (unsigned i = 0; i < 40; i++)
		t[i] = thread_named(make_thread_in(space));
	assert_int_equal(SVC(call_space_stop, handle, 1), OK);
	assert_int_equal(mm_fake.calls, 3);
	for (unsigned i = 0; i < 40; i++)
		assert_true(thread_is_stopped(t[i]));
	/* One that is made now is born stopped. */
	struct thread *late = thread_named(make_thread_in(space));
	assert_true(thread_is_stopped(late));
	assert_int_equal(SVC(call_space_stop, handle, 0), OK);
	for (unsigned i = 0; i < 40; i++)
		assert_false(thread_is_stopped(t[i]));
	assert_false(thread_is_stopped(late));
	mm_check();

	refused(call_space_stop, ERR_ARGUMENT, handle, 2, 0);
	refused(call_space_stop, ERR_BUSY, INIT_SPACE, 1, 0);
	refused(call_space_stop, ERR_RIGHTS, SELF, 1, 0);
}

/* The stop is half done when a thread dies, another is made, and somebody resumes. */
static void
a_stop_under_way_bears_what_happens(void **state)
{
	(void)state;
	handle_t handle = make_space(0, 0, 16);
	struct space *space = space_named(handle);
	handle_t t[40];
	uint64_t x[8] = { handle, 1 };

	for (unsigned i = 0; i < 40; i++)
		t[i] = make_thread_in(space);
	assert_int_equal(call_space_stop(init_thread, x), CALL_RESTART);
	assert_int_equal(SVC(call_destroy, t[16]), OK); /* the one that would be next */
	struct thread *born = thread_named(make_thread_in(space));
	assert_true(thread_is_stopped(born));
	while (call_space_stop(init_thread, x) == CALL_RESTART)
		;
	for (unsigned i = 0; i < 40; i++)
		if (i != 16)
			assert_true(thread_is_stopped(thread_named(t[i])));
	x[1] = 0;
	assert_int_equal(call_space_stop(init_thread, x), CALL_RESTART);
	x[1] = 1;
	while (call_space_stop(init_thread, x) == CALL_RESTART)
		;
	assert_true(thread_is_stopped(born));
	mm_check();
}

static void
query_tells_what_there_is(void **state)
{
	(void)state;
	handle_t handle = make_space(0, 0, 8);
	struct space *space = space_named(handle);
	struct thread *t = thread_named(make_thread_in(space));

	assert_int_equal(SVC(call_map, handle, AT, home_page(20), 3, PROT_W), OK);
	assert_int_equal(SVC(call_cap_copy, SELF, INIT_FIRMWARE, handle, RIGHT_SEND, 0), OK);
	assert_int_equal(SVC(call_space_query, handle, SPACE_FUND), OK);
	assert_int_equal(svc_result[1], 8);
	assert_int_equal(svc_result[2], 8 - 5); /* root, two tables, thread, slots */
	assert_int_equal(svc_result[3], 3);
	assert_int_equal(svc_result[4], 1);
	assert_int_equal(svc_result[5], 1);
	assert_int_equal(svc_result[6], space->object.identity);

	assert_int_equal(SVC(call_space_query, handle, SPACE_PAGE, AT + PAGE_BYTES + 5), OK);
	assert_int_equal(svc_result[1], PROT_W | PAGE_PRESENT);
	assert_int_equal(svc_result[2], FRAME_USER);
	assert_int_equal(svc_result[3], 1);
	assert_int_equal(svc_result[4], home_page(21));
	refused(call_space_query, ERR_NOT_MAPPED, handle, SPACE_PAGE, AT + 3 * PAGE_BYTES);
	refused(call_space_query, ERR_ARGUMENT, handle, SPACE_PAGE, USER_END);

	/* Of home every frame, mapped or not. */
	assert_int_equal(SVC(call_space_query, INIT_HOME, SPACE_PAGE, home_page(0)), OK);
	assert_int_equal(svc_result[1], 0);
	assert_int_equal(svc_result[2], FRAME_KERNEL);
	assert_int_equal(SVC(call_space_query, INIT_SPACE, SPACE_PAGE, home_page(30)), OK);
	assert_int_equal(svc_result[1], PROT_W | PAGE_PRESENT);
	assert_int_equal(svc_result[2], FRAME_HOME);
	assert_int_equal(SVC(call_space_query, INIT_HOME, SPACE_PAGE, HOME_BASE + FAKE_DEVICE), OK);
	assert_int_equal(svc_result[1], PROT_W | PAGE_PRESENT | PAGE_DEVICE);
	assert_int_equal(svc_result[2], FRAME_NONE);
	refused(call_space_query, ERR_NOT_MAPPED, INIT_HOME, SPACE_PAGE,
	    HOME_BASE + FAKE_RAM_BASE + FAKE_HOLE_FIRST * PAGE_BYTES);

	assert_int_equal(SVC(call_space_query, handle, SPACE_THREAD, 0), OK);
	assert_int_equal(svc_result[5], t->object.identity);
	refused(call_space_query, ERR_ARGUMENT, handle, SPACE_THREAD, 1);

	assert_int_equal(SVC(call_space_query, INIT_SPACE, SPACE_LINKS, SLOT_HOME), OK);
	assert_int_equal(svc_result[1], home_space->object.identity);
	assert_int_equal(SVC(call_space_query, INIT_HOME, SPACE_LINKS, SLOT_HOME), OK);
	assert_int_equal(svc_result[1], 0);
	assert_int_equal(svc_result[2], init_space->object.identity);
	refused(call_space_query, ERR_ARGUMENT, INIT_SPACE, SPACE_LINKS, SLOT_COUNT);
	refused(call_space_query, ERR_ARGUMENT, INIT_SPACE, 77, 0);
	refused(call_space_query, ERR_RIGHTS, SELF, SPACE_FUND, 0);
}

/* A space with something of everything; its handles in *inner are its own table's. */
static handle_t
make_rich(unsigned from)
{
	handle_t handle = make_space(0, from, 16);
	struct space *space = space_named(handle);
	handle_t estate = make_space(SPACE_ESTATE | SLOT_ESTATE << 8, from + 16, 8);

	assert_int_equal(SVC(call_fund, handle, home_page(from + 24), 16), OK);
	for (unsigned i = 0; i < 20; i++)
		(void)make_thread_in(space);
	for (unsigned i = 0; i < 30; i++)
		(void)make_endpoint_in(space);
	(void)make_endpoint_in(space_named(estate));
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(
		    SVC(call_cap_copy, SELF, INIT_FIRMWARE, handle, RIGHT_SEND, 0), OK);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(SVC(call_map, handle, AT + i * 3 * TABLE_BYTES,
				     home_page(from + 50), 9, i % 2 == 0 ? PROT_W : PROT_X),
		    OK);
	assert_int_equal(SVC(call_map, estate, SLOT_ESTATE_BASE, home_page(from + 50), 1, 0), OK);
	assert_int_equal(SVC(call_link, handle, SLOT_ESTATE, estate), OK);
	/* A child of a child. */
	assert_int_equal(SVC(call_space_create, handle, SELF, 0), OK);
	handle_t child = (handle_t)svc_result[1];
	assert_int_equal(SVC(call_fund, child, home_page(from + 40), 8), OK);
	(void)make_thread_in(space_named(child));
	assert_int_equal(SVC(call_map, child, AT, home_page(from + 60), 1, PROT_W), OK);
	assert_int_equal(SVC(call_space_create, child, SELF, SPACE_ESTATE), OK);
	assert_int_equal(SVC(call_link, child, SLOT_ESTATE, svc_result[1]), OK);
	/* The estate goes first when its own maker asks for it. */
	mm_check();
	assert_int_equal(SVC(call_destroy, estate), OK);
	return handle;
}

static void
after_its_death_every_frame_is_as_before(void **state)
{
	(void)state;
	uint16_t caps = init_space->cap_count;

	/* Tables grow and stay: give init's table its pages first. */
	assert_int_equal(SVC(call_destroy, make_rich(0)), OK);
	size_t bytes;
	memcpy(table_before, frame_table_bytes(&bytes), frames.count * sizeof(struct frame));
	fund_before = init_space->fund;
	for (unsigned round = 0; round < 5; round++) {
		handle_t handle = make_rich(70 * round);
		assert_int_equal(SVC(call_destroy, handle), OK);
		assert_true(mm_fake.calls > 50); /* in steps */
		assert_frames_as_before();
		assert_int_equal(init_space->cap_count, caps);
	}
}

/* Between any two steps everything is whole but for what is dying, and nothing else can be done
 * to it. */
static void
a_dying_space_takes_nothing_but_destruction(void **state)
{
	(void)state;
	handle_t handle = make_rich(0);
	uint64_t x[8] = { handle };
	int steps = 0;

	while (call_destroy(init_thread, x) == CALL_RESTART) {
		steps++;
		mm_check();
		refused(call_map, ERR_DYING, handle, AT, home_page(80));
		refused(call_fund, ERR_DYING, handle, home_page(80), 1);
		refused(call_space_create, ERR_DYING, handle, SELF, 0);
		refused(call_space_create, ERR_DYING, INIT_SPACE, handle, 0);
		refused(call_link, ERR_DYING, handle, SLOT_HOME, INIT_HOME);
		refused(call_space_stop, ERR_DYING, handle, 1, 0);
		refused(call_space_query, ERR_DYING, handle, SPACE_FUND, 0);
	}
	assert_true(steps > 50);
	mm_check();
}

/* Whoever began it is killed in between: another one who may finishes it. */
static void
another_finishes_what_one_has_begun(void **state)
{
	(void)state;
	handle_t handle = make_rich(0);
	handle_t helper = make_space(0, 80, 8);
	handle_t thread = make_thread_in(space_named(helper));
	assert_int_equal(SVC(call_cap_copy, SELF, handle, helper, RIGHT_SP_OWN, 0), OK);
	handle_t there = (handle_t)svc_result[1];

	for (int begun = 1; begun < 40; begun++) {
		uint64_t x[8] = { handle };
		assert_int_equal(call_destroy(init_thread, x), CALL_RESTART);
	}
	svc_caller = thread_named(thread);
	assert_int_equal(SVC(call_destroy, there), OK);
	svc_caller = init_thread;
	refused(call_destroy, ERR_HANDLE, handle, 0, 0);
	mm_check();
}

static void
destroy_refuses_what_would_take_the_caller_along(void **state)
{
	(void)state;
	handle_t parent = make_space(0, 0, 8);
	assert_int_equal(SVC(call_space_create, parent, SELF, 0), OK);
	handle_t child = (handle_t)svc_result[1];
	assert_int_equal(SVC(call_fund, child, home_page(20), 8), OK);
	handle_t thread = make_thread_in(space_named(child));
	assert_int_equal(SVC(call_cap_copy, SELF, parent, child, RIGHT_SP_OWN, 0), OK);
	handle_t own_parent = (handle_t)svc_result[1];

	refused(call_destroy, ERR_BUSY, INIT_SPACE, 0, 0);
	svc_caller = thread_named(thread);
	refused(call_destroy, ERR_BUSY, own_parent, 0, 0);
	svc_caller = init_thread;
	refused(call_destroy, ERR_RIGHTS, INIT_HOME, 0, 0);
	assert_int_equal(SVC(call_destroy, parent), OK);
	refused(call_destroy, ERR_HANDLE, child, 0, 0);
	mm_check();
}

/* A handle that lies in the table of what it destroys would be gone before the end. */
static void
destroy_refuses_a_handle_that_dies_with_the_object(void **state)
{
	(void)state;
	handle_t payer = make_space(0, 0, 8);
	assert_int_equal(SVC(call_space_create, payer, SELF, SPACE_ESTATE), OK);
	handle_t estate = (handle_t)svc_result[1];
	assert_int_equal(SVC(call_fund, estate, home_page(20), 4), OK);
	assert_int_equal(SVC(call_cap_copy, SELF, payer, estate, RIGHT_SP_OWN, 0), OK);
	handle_t inside = (handle_t)svc_result[1];
	assert_int_equal(SVC(call_link, INIT_SPACE, SLOT_ESTATE, estate), OK);

	refused(call_destroy, ERR_BUSY, inside, 0, 0);
	assert_int_equal(SVC(call_destroy, payer), OK);
	mm_check();
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, boot, end)
	const struct CMUnitTest tests[] = {
		T(space_create_makes_a_space_with_all_rights),
		T(space_create_refuses),
		T(spaces_are_paid_for_to_a_bounded_depth),
		T(address_space_numbers_run_out_and_come_back),
		T(stop_and_resume_reach_every_thread_in_steps),
		T(a_stop_under_way_bears_what_happens),
		T(query_tells_what_there_is),
		T(after_its_death_every_frame_is_as_before),
		T(a_dying_space_takes_nothing_but_destruction),
		T(another_finishes_what_one_has_begun),
		T(destroy_refuses_what_would_take_the_caller_along),
		T(destroy_refuses_a_handle_that_dies_with_the_object),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
