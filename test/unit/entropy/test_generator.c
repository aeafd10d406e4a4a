/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generator: its output against RFC 8439's vectors, keys that are erased, and
 * seeds that all count.
 */
/* SOURCES: userland/drivers/entropy/generator.c */
/* LIBS: -lsodium */
#include "../../../userland/drivers/entropy/generator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Appendix A.1, vectors 1 and 2: key and nonce 0, blocks 0 and 1. */
static void
the_next_key_is_block_0_and_the_bytes_are_block_1_of_rfc_8439(void **state)
{
	static const uint8_t block0[32] = { 0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40,
		0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28, 0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d, 0xed,
		0x1a, 0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7 };
	static const uint8_t block1[64] = { 0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a, 0x98,
		0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d, 0xcb, 0x0f, 0x29, 0xa0, 0x48, 0xe3, 0x65,
		0x69, 0x12, 0xc6, 0x53, 0x3e, 0x32, 0xee, 0x7a, 0xed, 0x29, 0xb7, 0x21, 0x76, 0x9c,
		0xe6, 0x4e, 0x43, 0xd5, 0x71, 0x33, 0xb0, 0x74, 0xd8, 0x39, 0xd5, 0x31, 0xed, 0x1f,
		0x28, 0x51, 0x0a, 0xfb, 0x45, 0xac, 0xe1, 0x0a, 0x1f, 0x4b, 0x79, 0x4d, 0x6f };
	struct generator g = { .seeded = 1 };
	uint8_t out[64];
	(void)state;
	generator_bytes(&g, out, sizeof out);
	assert_memory_equal(out, block1, sizeof out);
	assert_memory_equal(g.key, block0, sizeof g.key);
}

static void
what_was_given_out_does_not_come_again(void **state)
{
	struct generator g = { .seeded = 0 }, before;
	uint8_t first[100], second[100];
	(void)state;
	generator_seed(&g, "seed", 4);
	assert_int_equal(g.seeded, 1);
	before = g;
	generator_bytes(&g, first, sizeof first);
	assert_memory_not_equal(g.key, before.key, sizeof g.key);
	generator_bytes(&g, second, sizeof second);
	assert_memory_not_equal(first, second, sizeof first);
	generator_bytes(&before, second, sizeof second);
	assert_memory_equal(first, second, sizeof first);
}

static void
every_byte_of_every_seed_counts(void **state)
{
	uint8_t seed[70] = { 0 }, first[32], other[32];
	(void)state;
	for (unsigned i = 0; i <= sizeof seed; i++) {
		struct generator g = { .seeded = 0 };
		memset(seed, 0, sizeof seed);
		if (i > 0)
			seed[i - 1] = 1;
		generator_seed(&g, seed, sizeof seed);
		generator_seed(&g, "more", 4);
		generator_bytes(&g, i == 0 ? first : other, sizeof first);
		if (i > 0)
			assert_memory_not_equal(first, other, sizeof first);
	}
}

static void
bits_are_set_as_often_as_not(void **state)
{
	struct generator g = { .seeded = 0 };
	static uint8_t bytes[65536];
	unsigned ones = 0;
	(void)state;
	generator_seed(&g, "x", 1);
	generator_bytes(&g, bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		ones += (unsigned)__builtin_popcount(bytes[i]);
	assert_in_range(ones, 262144 - 2000, 262144 + 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_key_is_block_0_and_the_bytes_are_block_1_of_rfc_8439),
		cmocka_unit_test(what_was_given_out_does_not_come_again),
		cmocka_unit_test(every_byte_of_every_seed_counts),
		cmocka_unit_test(bits_are_set_as_often_as_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
