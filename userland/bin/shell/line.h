/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor: bytes from a terminal in, bytes for the terminal and
 * finished lines out. It knows nothing of consoles or processes, so it runs in
 * host tests as it is.
 *
 * Keys: printable ASCII and UTF-8 bytes, Backspace, Delete, arrows, Home, End,
 * Ctrl-A/E/B/F/P/N/K/U/W/D/L/C, Enter. An escape sequence it does not know is
 * swallowed whole.
 */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_BYTES 512
#define HISTORY_LINES 32

/* What one byte made of the line. */
enum line_event {
	LINE_EDITING,   /* nothing to do yet */
	LINE_DONE,      /* text holds a finished line */
	LINE_INTERRUPT, /* Ctrl-C: the line was dropped */
	LINE_END,       /* Ctrl-D on an empty line */
};

struct line {
	char text[LINE_BYTES]; /* NUL-terminated */
	size_t length;
	size_t cursor;
	size_t lost; /* bytes that did not fit; such a line is refused as a whole */
	const char *prompt;
	bool echo; /* false: no bytes go to the terminal */
	void (*write)(void *to, const char *text, size_t length);
	void *to;
	unsigned escape; /* state of the escape sequence */
	int parameter;   /* its number, as in ESC [ 3 ~ */
	char history[HISTORY_LINES][LINE_BYTES];
	unsigned history_count; /* lines ever added */
	unsigned history_at;    /* 0: the new line; n: the n-th before it */
	char saved[LINE_BYTES]; /* the new line, while history is shown */
};

void line_init(struct line *line, const char *prompt, bool echo,
    void (*write)(void *to, const char *text, size_t length), void *to);
/* Show the prompt and begin an empty line. */
void line_begin(struct line *line);
/* Take one byte. One that does not fit rings the bell and is lost, until the line is emptied. */
enum line_event line_byte(struct line *line, unsigned char byte);
/* Remember a line, unless it is empty or the same as the last one. */
void line_remember(struct line *line, const char *text);

#endif
