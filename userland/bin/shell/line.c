/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor. Every change redraws from the cursor on with plain bytes,
 * backspaces and "erase to the end of the line", which every terminal knows.
 */
#include "line.h"

#include <string.h>

#define CTRL(c) ((c)&0x1f)
#define ESCAPE 0x1b

enum { PLAIN, AFTER_ESCAPE, IN_SEQUENCE };

static void
put(struct line *line, const char *text, size_t length)
{
	if (line->echo && length > 0)
		line->write(line->to, text, length);
}

static void
put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

static void
put_left(struct line *line, size_t columns)
{
	while (columns-- > 0)
		put(line, "\b", 1);
}

/* Draw everything from the cursor on, and leave the terminal's cursor there. */
static void
redraw_tail(struct line *line)
{
	put(line, line->text + line->cursor, line->length - line->cursor);
	put_text(line, "\x1b[K");
	put_left(line, line->length - line->cursor);
}

static void
replace(struct line *line, const char *text)
{
	put_left(line, line->cursor);
	line->length = strlen(text);
	line->lost = 0;
	memcpy(line->text, text, line->length + 1);
	line->cursor = 0;
	redraw_tail(line);
	put(line, line->text, line->length);
	line->cursor = line->length;
}

static void
insert(struct line *line, char byte)
{
	if (line->length + 1 >= LINE_BYTES) {
		put_text(line, "\a");
		line->lost++;
		return;
	}
	memmove(line->text + line->cursor + 1, line->text + line->cursor,
	    line->length - line->cursor + 1);
	line->text[line->cursor++] = byte;
	line->length++;
	put(line, &byte, 1);
	if (line->cursor < line->length)
		redraw_tail(line);
}

/* Take out `count` bytes at `at`; the cursor is at or after it and goes there. */
static void
take_out(struct line *line, size_t at, size_t count)
{
	if (count == 0)
		return;
	put_left(line, line->cursor - at);
	memmove(line->text + at, line->text + at + count, line->length - at - count + 1);
	line->length -= count;
	line->cursor = at;
	if (line->length == 0)
		line->lost = 0;
	redraw_tail(line);
}

static void
move_to(struct line *line, size_t at)
{
	if (at < line->cursor)
		put_left(line, line->cursor - at);
	else
		put(line, line->text + line->cursor, at - line->cursor);
	line->cursor = at;
}

static void
erase_word(struct line *line)
{
	size_t at = line->cursor;
	while (at > 0 && line->text[at - 1] == ' ')
		at--;
	while (at > 0 && line->text[at - 1] != ' ')
		at--;
	take_out(line, at, line->cursor - at);
}

static const char *
history_entry(const struct line *line, unsigned back)
{
	return line->history[(line->history_count - back) % HISTORY_LINES];
}

static void
history_move(struct line *line, int step)
{
	unsigned kept = line->history_count < HISTORY_LINES ? line->history_count : HISTORY_LINES;
	unsigned to = line->history_at + (unsigned)step;
	/* Past either end (below 0 wraps to a large number), or from a line that is not all here. */
	if (to > kept || line->lost > 0) {
		put_text(line, "\a");
		return;
	}
	if (line->history_at == 0)
		memcpy(line->saved, line->text, line->length + 1);
	line->history_at = to;
	replace(line, to == 0 ? line->saved : history_entry(line, to));
}

void
line_remember(struct line *line, const char *text)
{
	if (text[0] == '\0' || strlen(text) >= LINE_BYTES)
		return;
	if (line->history_count > 0 && strcmp(history_entry(line, 1), text) == 0)
		return;
	strcpy(line->history[line->history_count % HISTORY_LINES], text);
	line->history_count++;
}

static void
sequence_end(struct line *line, unsigned char byte)
{
	switch (byte) {
	case 'A':
		history_move(line, 1);
		break;
	case 'B':
		history_move(line, -1);
		break;
	case 'C':
		if (line->cursor < line->length)
			move_to(line, line->cursor + 1);
		break;
	case 'D':
		if (line->cursor > 0)
			move_to(line, line->cursor - 1);
		break;
	case 'H':
		move_to(line, 0);
		break;
	case 'F':
		move_to(line, line->length);
		break;
	case '~':
		if (line->parameter == 3 && line->cursor < line->length)
			take_out(line, line->cursor, 1);
		else if (line->parameter == 1 || line->parameter == 7)
			move_to(line, 0);
		else if (line->parameter == 4 || line->parameter == 8)
			move_to(line, line->length);
		break;
	default:
		break;
	}
}

static void
escape_byte(struct line *line, unsigned char byte)
{
	if (line->escape == AFTER_ESCAPE) {
		line->escape = byte == '[' || byte == 'O' ? IN_SEQUENCE : PLAIN;
		line->parameter = 0;
	} else if (byte >= '0' && byte <= '9') {
		if (line->parameter < 1000)
			line->parameter = line->parameter * 10 + (byte - '0');
	} else if (byte >= 0x40 && byte <= 0x7e) {
		line->escape = PLAIN;
		sequence_end(line, byte);
	} else if (byte < 0x20) {
		line->escape = PLAIN; /* broken off */
	}
}

static enum line_event
finish(struct line *line, enum line_event event)
{
	put_text(line, event == LINE_INTERRUPT ? "^C\r\n" : "\r\n");
	if (event == LINE_INTERRUPT) {
		line->length = 0;
		line->text[0] = '\0';
	}
	return event;
}

static void
control_byte(struct line *line, unsigned char byte)
{
	switch (byte) {
	case '\b':
	case 0x7f:
		if (line->cursor > 0)
			take_out(line, line->cursor - 1, 1);
		break;
	case CTRL('D'):
		if (line->cursor < line->length)
			take_out(line, line->cursor, 1);
		break;
	case CTRL('A'):
		move_to(line, 0);
		break;
	case CTRL('E'):
		move_to(line, line->length);
		break;
	case CTRL('B'):
		sequence_end(line, 'D');
		break;
	case CTRL('F'):
		sequence_end(line, 'C');
		break;
	case CTRL('P'):
		history_move(line, 1);
		break;
	case CTRL('N'):
		history_move(line, -1);
		break;
	case CTRL('K'):
		take_out(line, line->cursor, line->length - line->cursor);
		break;
	case CTRL('U'):
		take_out(line, 0, line->cursor);
		break;
	case CTRL('W'):
		erase_word(line);
		break;
	case CTRL('L'):
		put_text(line, "\x1b[H\x1b[2J");
		put_text(line, line->prompt);
		put(line, line->text, line->length);
		put_left(line, line->length - line->cursor);
		break;
	default:
		break;
	}
}

void
line_init(struct line *line, const char *prompt, bool echo,
    void (*write)(void *to, const char *text, size_t length), void *to)
{
	memset(line, 0, sizeof *line);
	line->prompt = prompt;
	line->echo = echo;
	line->write = write;
	line->to = to;
}

void
line_begin(struct line *line)
{
	line->length = 0;
	line->cursor = 0;
	line->lost = 0;
	line->text[0] = '\0';
	line->history_at = 0;
	line->escape = PLAIN;
	put_text(line, line->prompt);
}

enum line_event
line_byte(struct line *line, unsigned char byte)
{
	if (line->escape != PLAIN) {
		escape_byte(line, byte);
		return LINE_EDITING;
	}
	switch (byte) {
	case ESCAPE:
		line->escape = AFTER_ESCAPE;
		return LINE_EDITING;
	case '\r':
	case '\n':
		return finish(line, LINE_DONE);
	case CTRL('C'):
		return finish(line, LINE_INTERRUPT);
	case CTRL('D'):
		if (line->length == 0)
			return finish(line, LINE_END);
		break;
	default:
		break;
	}
	if (byte < 0x20 || byte == 0x7f)
		control_byte(line, byte);
	else
		insert(line, (char)byte);
	return LINE_EDITING;
}
