/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random calls on a small world of spaces, estates, threads, endpoints and
 * handles; after each all invariants hold, and an error has changed nothing.
 * At the end everything dies, and every frame is home. STEPS in the
 * environment makes it longer, SEED repeats a run.
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "fake/mm_fake.h"

#include <stdlib.h>
#include <string.h>

#define HANDLES 64
#define ADDRESSES 6
#define PAGES 40 /* of home take part */

static handle_t handles[HANDLES];
static uint64_t seed;

/* Addresses in private windows and in each slot, at ends of tables and windows. */
static const uint64_t addresses[ADDRESSES] = {
	IMAGE_BASE,
	64 * WINDOW_BYTES + TABLE_BYTES - 2 * PAGE_BYTES,
	65 * WINDOW_BYTES - 3 * PAGE_BYTES,
	SLOT_ESTATE_BASE,
	SLOT_ESTATE_BASE + WINDOW_BYTES - 2 * PAGE_BYTES,
	SLOT_STATE_BASE + 5 * PAGE_BYTES,
};

static uint64_t
pick(uint64_t n)
{
	return test_random(&seed) % n;
}

/* Mostly one that names something; of a type, if that is asked for. */
static handle_t
any_handle_of(unsigned type)
{
	struct cap_slot *slot;

	if (pick(40) == 0)
		return pick(2) == 0 ? SELF : handles[pick(HANDLES)];
	for (unsigned tries = 0; tries < 40; tries++) {
		handle_t handle = pick(30) == 0 ? INIT_SPACE : handles[pick(HANDLES)];
		if (cap_find(init_space, handle, &slot) == OK &&
		    (type == 0 || slot->object->type == type))
			return handle;
	}
	return SELF;
}

static handle_t
any_handle(void)
{
	return any_handle_of(0);
}

static handle_t
any_space(void)
{
	return any_handle_of(OBJECT_SPACE);
}

static uint64_t
any_address(void)
{
	return addresses[pick(ADDRESSES)] + pick(8) * PAGE_BYTES;
}

static uint64_t
any_source(void)
{
	return pick(4) == 0 ? any_address() : home_page((unsigned)pick(PAGES));
}

static void
keep(handle_t handle)
{
	struct cap_slot *slot;

	for (unsigned i = 0; i < HANDLES; i++) {
		if (cap_find(init_space, handles[i], &slot) != OK) {
			handles[i] = handle;
			return;
		}
	}
	handles[pick(HANDLES)] = handle;
}

/* Run the call; on an error, now and then, compare all of memory. */
static err_t
attempt(call_handler *call, struct thread *caller, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
    uint64_t e)
{
	uint64_t x[8] = { a, b, c, d, e };
	bool compare = pick(16) == 0;

	if (compare)
		mm_note();
	err_t err = svc5(call, caller, x);
	memcpy(svc_result, x, sizeof x);
	if (compare && err != OK)
		assert_true(mm_unchanged());
	return err;
}

static err_t
spare_pages(handle_t to)
{
	return attempt(
	    call_fund, init_thread, to, home_page((unsigned)pick(PAGES)), 1 + pick(2), 0, 0);
}

static err_t
make_object(void)
{
	handle_t payer = any_space();
	struct cap_slot *slot;

	if (cap_lookup(init_space, payer, RIGHT_CREATE, &slot) != OK)
		return ERR_HANDLE;
	struct space *space = (struct space *)slot->object;
	if (space == home_space || space->fund.spare_count < 3)
		return ERR_NO_FUND;
	if (pick(2) == 0 && !space_is_estate(space))
		keep(make_thread_in(space));
	else
		keep(make_endpoint_in(space));
	return OK;
}

static err_t
step(void)
{
	err_t err;
	struct thread *t = init_thread;

	switch (pick(16)) {
	case 0: {
		static const uint64_t flags[] = { 0, 0, SPACE_ESTATE,
			SPACE_ESTATE | SLOT_STATE << 8 };
		err = attempt(call_space_create, t, pick(2) == 0 ? INIT_SPACE : any_space(), SELF,
		    flags[pick(4)], 0, 0);
		if (err == OK)
			keep((handle_t)svc_result[1]);
		return err;
	}
	case 1:
	case 2:
		return spare_pages(any_space());
	case 3:
		return attempt(call_defund, t, any_space(), 0, 0, 0, 0);
	case 4:
	case 5:
	case 6:
		return attempt(
		    call_map, t, any_handle(), any_address(), any_source(), 1 + pick(7), pick(3));
	case 7:
	case 8:
		return attempt(call_unmap, t, any_space(), any_address(), 1 + pick(4), 0, 0);
	case 9:
		return attempt(
		    call_protect, t, any_handle(), any_address(), 1 + pick(4), pick(3), 0);
	case 10:
		return attempt(call_link, t, any_space(), pick(2),
		    pick(4) == 0 ? HANDLE_NONE : any_space(), 0, 0);
	case 11:
		return make_object();
	case 12:
		err = pick(2) == 0
		    ? attempt(call_cap_copy, t, SELF, any_space(),
			  pick(2) == 0 ? SELF : any_space(), RIGHTS_SPACE, 0)
		    : attempt(call_cap_copy, t, SELF, any_handle_of(OBJECT_ENDPOINT),
			  pick(2) == 0 ? SELF : any_space(),
			  RIGHT_EP_OWN | (RIGHTS_ENDPOINT & (uint32_t)pick(16)), pick(4));
		if (err == OK && (svc_result[1] & HANDLE_ESTATE) == 0)
			keep((handle_t)svc_result[1]);
		return err;
	case 13:
		return pick(8) == 0 ? attempt(call_cap_delete, t, SELF, any_handle(), 0, 0, 0) : OK;
	case 14:
		return pick(2) == 0 ? attempt(call_cap_revoke, t, any_handle_of(OBJECT_ENDPOINT),
					  1 + pick(3), 0, 0, 0)
				    : attempt(call_space_stop, t, any_space(), pick(2), 0, 0, 0);
	default:
		return pick(8) == 0 ? attempt(call_destroy, t, any_handle(), 0, 0, 0, 0) : OK;
	}
}

/* init keeps what it needs to run. */
static void
forget_init_handles(void)
{
	for (unsigned i = 0; i < HANDLES; i++) {
		struct cap_slot *slot;
		if (cap_find(init_space, handles[i], &slot) == OK &&
		    (slot->object == &init_space->object || slot->object == &init_thread->object))
			handles[i] = HANDLE_NONE;
	}
}

static void
destroy_paid_by(struct space *payer, const struct object *but)
{
	struct object *object = reference_get(payer->fund.objects);

	while (object != NULL) {
		struct object *next = reference_get(object->sibling_next);
		if (object != but) {
			while (!object_destroy_step(object))
				;
			next = reference_get(payer->fund.objects);
		}
		object = next;
	}
}

static void
destroy_everything(void)
{
	for (uint64_t i = 6; i < CAPS_PER_TABLE; i++) {
		assert_int_equal(SVC(call_cap_query, SELF, i, 1), OK);
		handle_t handle = (handle_t)svc_result[4];
		if (svc_result[1] == CAP_NONE)
			continue;
		if (SVC(call_destroy, handle) == OK)
			continue;
		(void)SVC(call_cap_delete, SELF, handle);
	}
	/* What is left without a name was paid for by init, or by home. */
	destroy_paid_by(init_space, &init_thread->object);
	destroy_paid_by(home_space, &init_space->object);
	mm_check();
}

static void
all_invariants_hold_after_every_random_call(void **state)
{
	(void)state;
	const char *from = getenv("SEED"), *length = getenv("STEPS");
	unsigned long steps = length != NULL ? strtoul(length, NULL, 0) : 20000;
	unsigned long done[32] = { 0 }, alive = 0;

	seed = from != NULL ? strtoull(from, NULL, 0) : 20240101;
	print_message("seed %llu, %lu steps\n", (unsigned long long)seed, steps);
	mm_fake_boot();
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(SVC(call_fund, INIT_SPACE, home_page(PAGES + 16 * i), 16), OK);
	for (unsigned long i = 0; i < steps; i++) {
		forget_init_handles();
		err_t err = step();
		for (unsigned h = 0; h < HANDLES; h++)
			alive += handles[h] != 0 &&
			    cap_slot_at(&init_space->caps, handles[h])->object != NULL;
		assert_true(err <= OK && err > -32);
		done[-err]++;
		mm_check();
		if (i % 5000 == 4999)
			destroy_everything();
	}
	destroy_everything();
	/* Whatever is not init's and not the kernel's is home again. */
	for (uint64_t n = 0; n < frames.count; n++) {
		const struct frame *f = &frames.table[n];
		if (f->state == FRAME_KERNEL)
			assert_true(f->space == reference_of(init_space) ||
			    f->space == reference_of(home_space));
		if (f->state == FRAME_USER)
			assert_true(f->count <= 1 + init_space->mapped);
	}
	for (unsigned e = 0; e < 20; e++)
		print_message("%u:%lu ", e, done[e]);
	print_message("\n%lu handles on average\n", alive / steps);
	assert_true(done[0] > steps / 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_invariants_hold_after_every_random_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
