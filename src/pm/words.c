/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy and memset, a word at a time. The C library's small build goes byte by
 * byte, and a spawn moves 5 KiB of plans and arguments: 20,000 instructions.
 */
#include <stdint.h>
#include <string.h>

/* Not to be turned into calls of themselves. */
#define LOOP __attribute__((optimize("no-tree-loop-distribute-patterns")))

typedef uint64_t __attribute__((may_alias)) word;

LOOP void *
memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	uint8_t *t = to;
	const uint8_t *f = from;
	if ((((uintptr_t)t | (uintptr_t)f) & 7) == 0)
		for (; bytes >= 8; bytes -= 8, t += 8, f += 8)
			*(word *)(void *)t = *(const word *)(const void *)f;
	while (bytes-- > 0)
		*t++ = *f++;
	return to;
}

LOOP void *
memset(void *to, int byte, size_t bytes)
{
	uint8_t *t = to;
	const uint64_t all = (uint8_t)byte * 0x0101010101010101ull;
	if (((uintptr_t)t & 7) == 0)
		for (; bytes >= 8; bytes -= 8, t += 8)
			*(word *)(void *)t = all;
	while (bytes-- > 0)
		*t++ = (uint8_t)byte;
	return to;
}
