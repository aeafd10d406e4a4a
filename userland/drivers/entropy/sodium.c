/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libsodium's ChaCha20 asks of the rest of libsodium, which needs an
 * operating system that is not here: two of these are reached only by misuse.
 */
#include <sodium/core.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

void
sodium_memzero(void *const at, const size_t bytes)
{
	explicit_bzero(at, bytes);
}

void
sodium_misuse(void)
{
	abort();
}

void
randombytes_buf(void *const to, const size_t bytes)
{
	(void)to, (void)bytes;
	abort();
}
