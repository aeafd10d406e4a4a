/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's own memset, memcpy, memmove and memcmp: every length and
 * alignment up to a few rounds of their loops, compared byte by byte.
 */
#include "test.h"

#include <string.h>

#define LONGEST 200u
#define ROOM (LONGEST + 64u)

static uint8_t got[ROOM], from[ROOM];

/* Through these the compiler does not know what it could do better. */
static void *(*volatile set)(void *, int, size_t) = memset;
static void *(*volatile copy)(void *restrict, const void *restrict, size_t) = memcpy;
static void *(*volatile move)(void *, const void *, size_t) = memmove;
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;

static uint8_t
pattern(unsigned n)
{
	return (uint8_t)(n * 7 + 1);
}

static void
fill(uint8_t *bytes, unsigned salt)
{
	for (unsigned n = 0; n < ROOM; n++)
		bytes[n] = pattern(n + salt);
}

static void
memset_writes_exactly_its_bytes(void)
{
	for (unsigned at = 0; at < 17; at++) {
		for (unsigned length = 0; length <= LONGEST; length++) {
			unsigned wrong = 0;
			fill(got, 0);
			CHECK(set(got + at, 0x5a5, length) == got + at);
			for (unsigned n = 0; n < ROOM; n++)
				wrong += got[n] != (n >= at && n < at + length ? 0xa5 : pattern(n));
			if (!EQUAL(wrong, 0))
				return;
		}
	}
}

static void
memcpy_copies_exactly_its_bytes(void)
{
	fill(from, 99);
	for (unsigned at = 0; at < 9; at++) {
		for (unsigned length = 0; length <= LONGEST; length++) {
			unsigned wrong = 0;
			const unsigned source = at * 5 % 8;
			fill(got, 0);
			CHECK(copy(got + at, from + source, length) == got + at);
			for (unsigned n = 0; n < ROOM; n++)
				wrong += got[n] !=
				    (n >= at && n < at + length ? from[n - at + source]
								: pattern(n));
			if (!EQUAL(wrong, 0))
				return;
		}
	}
}

static void
memmove_survives_every_overlap(void)
{
	for (unsigned source = 0; source < 64; source += 3) {
		for (unsigned length = 0; length <= LONGEST; length++) {
			unsigned wrong = 0;
			const unsigned at = 32;
			fill(got, 0);
			CHECK(move(got + at, got + source, length) == got + at);
			for (unsigned n = 0; n < ROOM; n++)
				wrong += got[n] !=
				    pattern(n >= at && n < at + length ? n - at + source : n);
			if (!EQUAL(wrong, 0))
				return;
		}
	}
}

static int
sign(int n)
{
	return (n > 0) - (n < 0);
}

static void
memcmp_finds_the_first_difference_and_no_other(void)
{
	for (unsigned length = 0; length <= 40; length++) {
		for (unsigned first = 0; first <= length; first++) {
			fill(from, 0);
			fill(got, 0);
			from[3 + first] = 0x80; /* behind the end if they are equal */
			got[3 + first] = 0x7f;
			from[3 + length] = 0;
			if (first + 1 < length)
				from[3 + first + 1] = 0; /* does not count */
			int want = first < length ? 1 : 0;
			EQUAL(sign(compare(from + 3, got + 3, length)), want);
			EQUAL(sign(compare(got + 3, from + 3, length)), -want);
		}
	}
}

static const struct test tests[] = {
	T(memset_writes_exactly_its_bytes),
	T(memcpy_copies_exactly_its_bytes),
	T(memmove_survives_every_overlap),
	T(memcmp_finds_the_first_difference_and_no_other),
};

int
main(void)
{
	return RUN_TESTS(tests);
}
