/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A generator of random bytes: libsodium's ChaCha20 (RFC 8439), whose key is
 * replaced by its own output after each use, so that what was given out cannot
 * be worked out from what is left. It touches no device, so it runs in host tests.
 */
#ifndef RANDOM_GENERATOR_H
#define RANDOM_GENERATOR_H

#include <stddef.h>
#include <stdint.h>

#define GENERATOR_KEY_BYTES 32u

struct generator {
	uint8_t key[GENERATOR_KEY_BYTES];
	uint64_t seeded; /* how often; 0: it may not be used yet */
};

/* Mix in bytes from a source; never less random than before. */
void generator_seed(struct generator *g, const void *bytes, size_t count);
void generator_bytes(struct generator *g, void *to, size_t count);

#endif
