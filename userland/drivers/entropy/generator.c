/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ChaCha20 as a generator with key erasure. A seed goes through the cipher, 32
 * bytes at a time: the key becomes the output for the key XOR those bytes.
 */
#include "generator.h"

#include <sodium/crypto_stream_chacha20.h>
#include <string.h>

/* One key is used for one stream, so the nonce need not differ. */
static const uint8_t no_nonce[crypto_stream_chacha20_ietf_NONCEBYTES];

_Static_assert(GENERATOR_KEY_BYTES == crypto_stream_chacha20_ietf_KEYBYTES, "a key of ChaCha20");

void
generator_seed(struct generator *g, const void *bytes, size_t count)
{
	const uint8_t *from = bytes;
	while (count > 0) {
		const size_t some = count < sizeof g->key ? count : sizeof g->key;
		for (size_t i = 0; i < some; i++)
			g->key[i] ^= from[i];
		(void)crypto_stream_chacha20_ietf(g->key, sizeof g->key, no_nonce, g->key);
		from += some;
		count -= some;
	}
	g->seeded++;
}

/* Block 0 begins with the next key; what is given out is from block 1 on. */
void
generator_bytes(struct generator *g, void *to, size_t count)
{
	uint8_t next[GENERATOR_KEY_BYTES];
	(void)crypto_stream_chacha20_ietf(next, sizeof next, no_nonce, g->key);
	memset(to, 0, count);
	(void)crypto_stream_chacha20_ietf_xor_ic(to, to, count, no_nonce, 1, g->key);
	memcpy(g->key, next, sizeof g->key);
	memset(next, 0, sizeof next);
}
