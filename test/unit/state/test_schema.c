/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schemas: the hash, defaults, and conversion from version to version, upwards
 * and down (U9), with every refusal naming its field.
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

#define V1_ENTRY(FIELD, ARRAY) FIELD(key, U64, 0) FIELD(small, U8, 3) ARRAY(name, CHAR, 8, 0)
#define V1_STATE(FIELD, ARRAY, RECORDS)        \
	FIELD(count, U32, 0)                   \
	FIELD(level, I8, -2)                   \
	ARRAY(sizes, U16, 5, 9)                \
	RECORDS(entry, v1_entry, V1_ENTRY, 16) \
	FIELD(gone, U64, 77)
STATE_RECORD(V1_ENTRY, v1_entry)
STATE_ROOT(V1_STATE, v1_state)

/* Fields moved, one wider, one new in a record, one dropped, more records. */
#define V2_ENTRY(FIELD, ARRAY) \
	ARRAY(name, CHAR, 8, 0) FIELD(small, U32, 3) FIELD(hits, U64, 5) FIELD(key, U64, 0)
#define V2_STATE(FIELD, ARRAY, RECORDS)        \
	FIELD(fresh, U64, 123)                 \
	RECORDS(entry, v2_entry, V2_ENTRY, 20) \
	FIELD(level, I32, -2)                  \
	FIELD(count, U64, 0)                   \
	ARRAY(sizes, U16, 7, 9)
STATE_RECORD(V2_ENTRY, v2_entry)
STATE_ROOT(V2_STATE, v2_state)

/* The same fields as V1, and a differing type, and a shorter array. */
#define SAME_STATE(FIELD, ARRAY, RECORDS)      \
	FIELD(count, U32, 0)                   \
	FIELD(level, I8, -2)                   \
	ARRAY(sizes, U16, 5, 9)                \
	RECORDS(entry, v1_entry, V1_ENTRY, 16) \
	FIELD(gone, U64, 77)
STATE_ROOT(SAME_STATE, same_state)
#define SIGN_STATE(FIELD, ARRAY, RECORDS) FIELD(count, U32, 0) FIELD(level, U32, 0)
STATE_ROOT(SIGN_STATE, sign_state)
#define SHORT_STATE(FIELD, ARRAY, RECORDS) ARRAY(sizes, U16, 2, 9)
STATE_ROOT(SHORT_STATE, short_state)
#define FEW_STATE(FIELD, ARRAY, RECORDS) RECORDS(entry, v1_entry, V1_ENTRY, 4)
STATE_ROOT(FEW_STATE, few_state)
#define NARROW_ENTRY(FIELD, ARRAY) FIELD(key, I64, 0)
#define NARROW_STATE(FIELD, ARRAY, RECORDS) RECORDS(entry, narrow_entry, NARROW_ENTRY, 16)
STATE_RECORD(NARROW_ENTRY, narrow_entry)
STATE_ROOT(NARROW_STATE, narrow_state)
#define SWAP_STATE(FIELD, ARRAY, RECORDS)      \
	FIELD(level, I8, -2)                   \
	FIELD(count, U32, 0)                   \
	ARRAY(sizes, U16, 5, 9)                \
	RECORDS(entry, v1_entry, V1_ENTRY, 16) \
	FIELD(gone, U64, 77)
STATE_ROOT(SWAP_STATE, swap_state)

#define BYTES (128u << 10)
static _Alignas(4096) uint8_t old[BYTES], new[BYTES], back[BYTES];
static char reason[STATE_REASON_BYTES];

static int
clear(void **state)
{
	(void)state;
	memset(old, 0, sizeof old);
	memset(new, 0, sizeof new);
	memset(back, 0, sizeof back);
	return 0;
}

static void
fill_v1(void)
{
	assert_int_equal(state_create(old, BYTES, &v1_state_schema), OK);
	const struct v1_state *s = state_root();
	state_begin(state_own_id());
	STATE_SET(s->count, 3);
	STATE_SET(s->level, -100);
	STATE_SET(s->sizes[4], 500);
	for (uint32_t n = 0; n < 16; n++) {
		struct v1_entry e = { .key = n * 1000, .small = (uint8_t)(250 + n % 6) };
		e.name[0] = (char)('a' + n);
		state_write(&s->entry[n], &e, sizeof e);
	}
	state_commit();
}

static void
every_field_starts_with_its_default(void **state)
{
	(void)state;
	assert_int_equal(state_create(old, BYTES, &v1_state_schema), OK);
	const struct v1_state *s = state_root();
	assert_int_equal(s->count, 0);
	assert_int_equal(s->level, -2);
	assert_int_equal(s->sizes[0], 9);
	assert_int_equal(s->sizes[4], 9);
	assert_int_equal(s->entry[15].small, 3);
	assert_int_equal(s->gone, 77);
}

static void
equal_schemas_have_equal_hashes_and_others_not(void **state)
{
	(void)state;
	assert_true(v1_state_schema.hash == same_state_schema.hash);
	assert_true(v1_state_schema.hash != v2_state_schema.hash);
	assert_true(v1_state_schema.hash != swap_state_schema.hash);
	assert_true(v1_state_schema.hash != 0);
	fill_v1();
	assert_int_equal(state_open(old, BYTES, &same_state_schema), OK);
	assert_int_equal(state_open(old, BYTES, &v2_state_schema), ERR_BAD_STATE);
}

static void
a_newer_version_gets_every_field_and_defaults_for_new_ones(void **state)
{
	(void)state;
	fill_v1();
	assert_int_equal(state_convert(new, BYTES, &v2_state_schema, old, BYTES, reason), OK);
	assert_int_equal(state_open(new, BYTES, &v2_state_schema), OK);
	const struct v2_state *s = state_root();
	assert_int_equal(s->fresh, 123);
	assert_int_equal(s->count, 3);
	assert_int_equal(s->level, -100);
	assert_int_equal(s->sizes[4], 500);
	assert_int_equal(s->sizes[6], 9);
	for (uint32_t n = 0; n < 16; n++) {
		assert_int_equal(s->entry[n].key, n * 1000);
		assert_int_equal(s->entry[n].small, 250 + n % 6);
		assert_int_equal(s->entry[n].name[0], 'a' + n);
		assert_int_equal(s->entry[n].hits, 5);
	}
	assert_int_equal(s->entry[19].hits, 5);
	assert_int_equal(s->entry[19].small, 3);
}

static void
u9_a_value_that_would_not_fit_refuses_the_downgrade_and_names_the_field(void **state)
{
	(void)state;
	assert_int_equal(state_create(old, BYTES, &v2_state_schema), OK);
	assert_int_equal(
	    state_convert(new, BYTES, &v1_state_schema, old, BYTES, reason), ERR_BAD_STATE);
	assert_string_equal(reason,
	    "field `count`: U64 (8 bytes) in the old version, U32 (4 bytes) in the new one");
	assert_int_equal(state_open(new, BYTES, &v1_state_schema), ERR_BAD_STATE);
}

/* As kv's: the newer version has one field more, and going back drops it. */
#define KV1_ENTRY(FIELD, ARRAY) FIELD(key, U64, 0) FIELD(value, U64, 0)
#define KV1_STATE(FIELD, ARRAY, RECORDS) \
	FIELD(used, U64, 0) RECORDS(entry, kv1_entry, KV1_ENTRY, 64)
STATE_RECORD(KV1_ENTRY, kv1_entry)
STATE_ROOT(KV1_STATE, kv1_state)
#define KV2_ENTRY(FIELD, ARRAY) FIELD(key, U64, 0) FIELD(value, U64, 0) FIELD(hits, U64, 0)
#define KV2_STATE(FIELD, ARRAY, RECORDS) \
	FIELD(used, U64, 0) RECORDS(entry, kv2_entry, KV2_ENTRY, 64)
STATE_RECORD(KV2_ENTRY, kv2_entry)
STATE_ROOT(KV2_STATE, kv2_state)

static void
u9_there_and_back_again_loses_nothing_that_both_have(void **state)
{
	(void)state;
	assert_int_equal(state_create(old, BYTES, &kv1_state_schema), OK);
	const struct kv1_state *s = state_root();
	state_begin(STATE_ID(7, 3, 41));
	for (uint32_t n = 0; n < 64; n++) {
		STATE_SET(s->entry[n].key, n + 1);
		STATE_SET(s->entry[n].value, ~(uint64_t)n);
	}
	const uint64_t *block = state_alloc(40);
	STATE_SET(block[1], 99);
	state_commit();
	uint64_t sum = state_checksum();

	assert_int_equal(state_convert(new, BYTES, &kv2_state_schema, old, BYTES, reason), OK);
	assert_int_equal(state_open(new, BYTES, &kv2_state_schema), OK);
	assert_int_equal(state_recover(), STATE_ID(7, 3, 41));
	/* The arena is where it was: what points into it still does. */
	assert_int_equal(*(const uint64_t *)(new + ((const uint8_t *)&block[1] - old)), 99);
	assert_int_equal(state_arena_blocks(), 1);

	assert_int_equal(state_convert(back, BYTES, &kv1_state_schema, new, BYTES, reason), OK);
	assert_int_equal(state_open(back, BYTES, &kv1_state_schema), OK);
	assert_true(state_checksum() == sum);
}

static void
a_change_of_sign_or_a_loss_of_elements_is_refused_and_named(void **state)
{
	(void)state;
	fill_v1();
	assert_int_equal(
	    state_convert(new, BYTES, &sign_state_schema, old, BYTES, reason), ERR_BAD_STATE);
	assert_string_equal(
	    reason, "field `level`: I8 (1 byte) in the old version, U32 (4 bytes) in the new one");
	clear(NULL);
	fill_v1();
	assert_int_equal(
	    state_convert(new, BYTES, &short_state_schema, old, BYTES, reason), ERR_BAD_STATE);
	assert_string_equal(reason,
	    "field `sizes`: 5 elements in the old version, 2 in the new one, and one behind is in use");
}

static void
a_field_of_a_record_is_named_with_its_record(void **state)
{
	(void)state;
	fill_v1();
	assert_int_equal(
	    state_convert(new, BYTES, &narrow_state_schema, old, BYTES, reason), ERR_BAD_STATE);
	assert_string_equal(reason,
	    "field `key` of `entry`: U64 (8 bytes) in the old version, I64 (8 bytes) in the new one");
	clear(NULL);
	fill_v1();
	assert_int_equal(
	    state_convert(new, BYTES, &few_state_schema, old, BYTES, reason), ERR_BAD_STATE);
	assert_string_equal(reason,
	    "field `key` of `entry`: 16 records in the old version, 4 in the new one, and one behind "
	    "is in use");
}

static void
a_call_under_way_refuses_the_conversion(void **state)
{
	(void)state;
	fill_v1();
	const struct v1_state *s = state_root();
	state_begin(state_own_id());
	STATE_SET(s->count, 4);
	assert_int_equal(
	    state_convert(new, BYTES, &v2_state_schema, old, BYTES, reason), ERR_BAD_STATE);
	state_undo();
	clear(NULL);
}

static void
a_damaged_state_is_refused_or_converted_within_bounds(void **state)
{
	(void)state;
	srand(5);
	uint32_t refused = 0;
	for (uint32_t round = 0; round < 20000; round++) {
		/* On the heap, to the byte: reading outside is seen. */
		static uint8_t *copy;
		if (round == 0) {
			fill_v1();
			copy = aligned_alloc(4096, BYTES);
		}
		memcpy(copy, old, BYTES);
		uint32_t where = rand() % 2 == 0 ? (uint32_t)rand() % sizeof(struct state_header)
						 : (uint32_t)rand() % 2048;
		for (uint32_t n = 0; n < 1 + (uint32_t)rand() % 8; n++)
			copy[where + n] = (uint8_t)rand();
		memset(new, 0, sizeof(struct state_header) + 4096);
		err_t err = state_convert(new, BYTES, &v2_state_schema, copy, BYTES, reason);
		refused += err != OK;
		assert_true(err == OK || (err == ERR_BAD_STATE && reason[0] != '\0'));
		if (round == 19999)
			free(copy);
	}
	assert_true(refused > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_field_starts_with_its_default, clear),
		cmocka_unit_test_setup(equal_schemas_have_equal_hashes_and_others_not, clear),
		cmocka_unit_test_setup(
		    a_newer_version_gets_every_field_and_defaults_for_new_ones, clear),
		cmocka_unit_test_setup(
		    u9_a_value_that_would_not_fit_refuses_the_downgrade_and_names_the_field, clear),
		cmocka_unit_test_setup(u9_there_and_back_again_loses_nothing_that_both_have, clear),
		cmocka_unit_test_setup(
		    a_change_of_sign_or_a_loss_of_elements_is_refused_and_named, clear),
		cmocka_unit_test_setup(a_field_of_a_record_is_named_with_its_record, clear),
		cmocka_unit_test_setup(a_call_under_way_refuses_the_conversion, clear),
		cmocka_unit_test_setup(
		    a_damaged_state_is_refused_or_converted_within_bounds, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
