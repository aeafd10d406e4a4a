/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sentences in fixed buffers.
 */
#include <insula/text.h>

struct text
text_begin(char *buffer, size_t bytes)
{
	*buffer = '\0';
	return (struct text){ .at = buffer, .room = bytes };
}

static void
add_byte(struct text *t, char c)
{
	if (t->room < 2)
		return;
	*t->at++ = c;
	*t->at = '\0';
	t->room--;
}

void
text_add(struct text *t, const char *string)
{
	while (*string != '\0')
		add_byte(t, *string++);
}

void
text_add_foreign(struct text *t, const char *string, size_t bytes)
{
	for (; bytes > 0 && *string != '\0'; bytes--, string++)
		add_byte(t, *string >= ' ' && *string <= '~' ? *string : '?');
}

static void
add_digits(struct text *t, uint64_t value, unsigned base)
{
	char digits[20];
	unsigned count = 0;
	do
		digits[count++] = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	while (count > 0)
		add_byte(t, digits[--count]);
}

void
text_add_number(struct text *t, uint64_t value)
{
	add_digits(t, value, 10);
}

void
text_add_hex(struct text *t, uint64_t value)
{
	text_add(t, "0x");
	add_digits(t, value, 16);
}
