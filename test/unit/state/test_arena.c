/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena and the log against a model: random allocations, writes and frees in
 * transactions that are committed, undone, or cut off and recovered.
 */
/* SOURCES: userland/lib/state/log.c userland/lib/state/segment.c userland/lib/state/arena.c
 * userland/lib/state/schema.c userland/lib/text/text.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <insula/state/state.h>

#include <stdlib.h>
#include <string.h>

#define TOY_STATE(FIELD, ARRAY, RECORDS) FIELD(value, U64, 0)
STATE_ROOT(TOY_STATE, toy_state)

#define BYTES (512u << 10)
#define BLOCKS 64u

static _Alignas(4096) uint8_t segment[BYTES];

struct model {
	struct {
		const uint8_t *at;
		uint32_t bytes;
		uint8_t contents[512];
	} block[BLOCKS];
	uint64_t value;
};
static struct model committed, now;

static const struct toy_state *
toy(void)
{
	return state_root();
}

static void
check(const struct model *m)
{
	uint64_t blocks = 0;
	assert_int_equal(toy()->value, m->value);
	for (uint32_t n = 0; n < BLOCKS; n++) {
		if (m->block[n].at == NULL)
			continue;
		blocks++;
		assert_memory_equal(m->block[n].at, m->block[n].contents, m->block[n].bytes);
		for (uint32_t k = 0; k < n; k++) { /* no two overlap */
			if (m->block[k].at == NULL)
				continue;
			assert_true(m->block[k].at + m->block[k].bytes <= m->block[n].at ||
			    m->block[n].at + m->block[n].bytes <= m->block[k].at);
		}
	}
	assert_int_equal(state_arena_blocks(), blocks);
}

static void
step(void)
{
	uint32_t n = (uint32_t)rand() % BLOCKS;
	if (now.block[n].at == NULL) {
		uint32_t bytes = 1 + (uint32_t)rand() % 500;
		const uint8_t *at = state_alloc(bytes);
		if (at == NULL)
			return;
		assert_int_equal((uintptr_t)at % 16, 0);
		for (uint32_t k = 0; k < bytes; k++)
			now.block[n].contents[k] = (uint8_t)rand();
		state_write(at, now.block[n].contents, bytes);
		now.block[n].at = at;
		now.block[n].bytes = bytes;
	} else if (rand() % 2 == 0) {
		state_free(now.block[n].at);
		now.block[n].at = NULL;
	} else {
		uint32_t from = (uint32_t)rand() % now.block[n].bytes;
		uint32_t bytes = 1 + (uint32_t)rand() % (now.block[n].bytes - from);
		memset(now.block[n].contents + from, rand(), bytes);
		state_write(now.block[n].at + from, now.block[n].contents + from, bytes);
	}
	STATE_SET(toy()->value, ++now.value);
}

static void
committed_changes_stay_and_all_others_are_undone(void **state)
{
	(void)state;
	srand(11);
	memset(segment, 0, sizeof segment);
	assert_int_equal(state_create(segment, BYTES, &toy_state_schema), OK);
	for (uint32_t round = 1; round < 20000; round++) {
		state_begin(STATE_ID(1, 1, round));
		now = committed;
		for (int n = rand() % 12; n > 0; n--)
			step();
		assert_false(state_overflowed());
		switch (rand() % 3) {
		case 0:
			if (state_dirty())
				state_commit();
			committed = now;
			break;
		case 1:
			state_undo();
			break;
		default: /* the process is gone; the next opens what it left */
			assert_int_equal(state_open(segment, BYTES, &toy_state_schema), OK);
			(void)state_recover();
		}
		if (round % 16 == 0)
			check(&committed);
	}
	check(&committed);
}

static void
freed_blocks_are_given_out_again(void **state)
{
	(void)state;
	memset(segment, 0, sizeof segment);
	assert_int_equal(state_create(segment, BYTES, &toy_state_schema), OK);
	state_begin(state_own_id());
	uint64_t left = 0;
	for (uint32_t n = 0; n < 1000; n++) {
		const void *a = state_alloc(100);
		const void *b = state_alloc(1000);
		assert_non_null(a);
		assert_non_null(b);
		state_free(a);
		state_free(b);
		state_commit();
		state_begin(state_own_id());
		if (n == 0)
			left = state_arena_left();
		assert_int_equal(state_arena_left(), left);
	}
	assert_null(state_alloc(BYTES));
	assert_null(state_alloc(UINT64_MAX));
}

static void
a_call_that_outgrows_the_log_is_undone_as_a_whole(void **state)
{
	(void)state;
	memset(segment, 0, sizeof segment);
	assert_int_equal(state_create(segment, BYTES, &toy_state_schema), OK);
	state_begin(STATE_ID(1, 1, 1));
	STATE_SET(toy()->value, 4);
	state_commit();
	uint64_t sum = state_checksum();
	state_begin(STATE_ID(1, 1, 2));
	while (!state_overflowed())
		STATE_SET(toy()->value, toy()->value + 1);
	state_undo();
	assert_int_equal(toy()->value, 4);
	assert_true(state_checksum() == sum);
	state_begin(STATE_ID(1, 1, 3));
	STATE_SET(toy()->value, 5);
	assert_false(state_overflowed());
	state_commit();
	assert_int_equal(toy()->value, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(committed_changes_stay_and_all_others_are_undone),
		cmocka_unit_test(freed_blocks_are_given_out_again),
		cmocka_unit_test(a_call_that_outgrows_the_log_is_undone_as_a_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
