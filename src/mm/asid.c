/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which address-space numbers are taken: one bit each, and a summary with one
 * bit for each word that is full, so that finding one looks at 17 words.
 */
#include "mm/asid.h"
#include "core/panic.h"
#include <stddef.h>

#define WORDS (ASID_COUNT / 64)
#define SUMMARY_WORDS (WORDS / 64)

static uint64_t *taken;
static uint64_t full[SUMMARY_WORDS];

void
asid_init(uint64_t *bitmap)
{
	taken = bitmap;
	taken[0] = 1;
	for (size_t i = 0; i < SUMMARY_WORDS; i++)
		full[i] = 0;
}

uint32_t
asid_alloc(void)
{
	for (uint32_t i = 0; i < SUMMARY_WORDS; i++) {
		if (full[i] == ~0ull)
			continue;
		uint32_t word = i * 64 + (uint32_t)__builtin_ctzll(~full[i]);
		uint32_t bit = (uint32_t)__builtin_ctzll(~taken[word]);
		taken[word] |= 1ull << bit;
		if (taken[word] == ~0ull)
			full[i] |= 1ull << (word % 64);
		return word * 64 + bit;
	}
	return 0;
}

void
asid_free(uint32_t asid)
{
	uint32_t word = asid / 64;

	KASSERT(asid != 0 && (taken[word] & 1ull << (asid % 64)) != 0);
	taken[word] &= ~(1ull << (asid % 64));
	full[word / 64] &= ~(1ull << (word % 64));
}
