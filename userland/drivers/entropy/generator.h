/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A generator of random bytes: ChaCha20 (RFC 8439) whose key is replaced by its
 * own output after each use, so that what was given out cannot be worked out
 * from what is left. It touches no device, so it runs in host tests.
 */
#ifndef RANDOM_GENERATOR_H
#define RANDOM_GENERATOR_H

#include <stddef.h>
#include <stdint.h>

struct generator {
	uint32_t key[8];
	uint64_t seeded; /* how often; 0: it may not be used yet */
};

/* One block of 64 bytes. */
void
chacha20_block(const uint32_t key[8], uint32_t counter, const uint32_t nonce[3], uint8_t out[64]);

/* Mix in bytes from a source; never less random than before. */
void generator_seed(struct generator *g, const void *bytes, size_t count);
void generator_bytes(struct generator *g, void *to, size_t count);

#endif
