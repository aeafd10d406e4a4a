/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generator: the cipher against RFC 8439's vector, keys that are erased, and
 * seeds that all count.
 */
/* SOURCES: userland/drivers/entropy/generator.c */
#include "../../../userland/drivers/entropy/generator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Section 2.3.2: key 00..1f, counter 1, nonce 000000090000004a00000000. */
static void
the_block_function_is_rfc_8439s(void **state)
{
	static const uint8_t expected[64] = { 0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50,
		0x0f, 0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68,
		0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07,
		0x9f, 0xaa, 0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c,
		0xd1, 0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e };
	const uint32_t nonce[3] = { 0x09000000, 0x4a000000, 0 };
	uint8_t bytes[32], out[64];
	uint32_t key[8];
	(void)state;
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	memcpy(key, bytes, sizeof key);
	chacha20_block(key, 1, nonce, out);
	assert_memory_equal(out, expected, sizeof out);
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
		cmocka_unit_test(the_block_function_is_rfc_8439s),
		cmocka_unit_test(what_was_given_out_does_not_come_again),
		cmocka_unit_test(every_byte_of_every_seed_counts),
		cmocka_unit_test(bits_are_set_as_often_as_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
