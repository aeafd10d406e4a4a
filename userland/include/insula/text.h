/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sentences put together in a buffer of fixed size, for what a person reads:
 * always NUL-terminated, cut off where the room ends. No printf, no allocation.
 */
#ifndef INSULA_TEXT_H
#define INSULA_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
	char *at;
	size_t room; /* bytes left, the terminator included */
};

/* Begin in a buffer of at least one byte. */
struct text text_begin(char *buffer, size_t bytes);

void text_add(struct text *t, const char *string);
/* At most `bytes` of it; what does not print becomes '?'. For text that nobody vouches for. */
void text_add_foreign(struct text *t, const char *string, size_t bytes);
void text_add_number(struct text *t, uint64_t value);
void text_add_hex(struct text *t, uint64_t value);

#endif
