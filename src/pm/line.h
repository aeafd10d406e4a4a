/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of text for a person, with the room that it takes: insula/text.h
 * on a buffer of its own. It is always NUL-terminated.
 */
#ifndef PM_LINE_H
#define PM_LINE_H

#include <insula/text.h>

#define LINE_BYTES 160

struct line {
	struct text end;
	char text[LINE_BYTES];
};

static inline void
line_text(struct line *l, const char *text)
{
	text_add(&l->end, text);
}

static inline void
line_number(struct line *l, uint64_t number)
{
	text_add_number(&l->end, number);
}

static inline void
line_hex(struct line *l, uint64_t number)
{
	text_add_hex(&l->end, number);
}

static inline void
line_start(struct line *l, const char *text)
{
	l->end = text_begin(l->text, sizeof l->text);
	line_text(l, text);
}

#endif
