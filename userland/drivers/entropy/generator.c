/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ChaCha20 as a generator with key erasure. A seed goes through the cipher, 32
 * bytes at a time: the key becomes the output for the key XOR those bytes.
 */
#include "generator.h"

#include <string.h>

static uint32_t
rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static void
quarter(uint32_t x[16], unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 7);
}

void
chacha20_block(const uint32_t key[8], uint32_t counter, const uint32_t nonce[3], uint8_t out[64])
{
	uint32_t start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 }, x[16];
	memcpy(&start[4], key, 32);
	start[12] = counter;
	memcpy(&start[13], nonce, 12);
	memcpy(x, start, sizeof x);
	for (unsigned i = 0; i < 10; i++) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 1, 5, 9, 13);
		quarter(x, 2, 6, 10, 14);
		quarter(x, 3, 7, 11, 15);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
	for (unsigned i = 0; i < 16; i++) {
		const uint32_t v = x[i] + start[i];
		for (unsigned n = 0; n < 4; n++)
			out[4 * i + n] = (uint8_t)(v >> (8 * n));
	}
}

static const uint32_t no_nonce[3];

void
generator_seed(struct generator *g, const void *bytes, size_t count)
{
	const uint8_t *from = bytes;
	uint8_t block[64];
	while (count > 0) {
		uint8_t part[32] = { 0 };
		const size_t some = count < sizeof part ? count : sizeof part;
		memcpy(part, from, some);
		for (unsigned i = 0; i < sizeof part; i++)
			((uint8_t *)g->key)[i] ^= part[i];
		chacha20_block(g->key, 0, no_nonce, block);
		memcpy(g->key, block, sizeof g->key);
		from += some;
		count -= some;
	}
	g->seeded++;
}

/* Block 0's first half is the next key; the rest is given out. */
void
generator_bytes(struct generator *g, void *to, size_t count)
{
	uint8_t *at = to;
	uint8_t block[64], next[32];
	chacha20_block(g->key, 0, no_nonce, block);
	memcpy(next, block, sizeof next);
	for (uint32_t counter = 1; count > 0; counter++) {
		const size_t some = count < sizeof block ? count : sizeof block;
		chacha20_block(g->key, counter, no_nonce, block);
		memcpy(at, block, some);
		at += some;
		count -= some;
	}
	memcpy(g->key, next, sizeof g->key);
}
