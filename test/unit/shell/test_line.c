/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: userland/bin/shell/line.c */
/*
 * The line editor, checked against a model of a terminal: after every byte the
 * screen must show prompt and line, with the cursor where the editor says.
 */
#include "../../../userland/bin/shell/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS 1024

struct terminal {
	char row[COLUMNS];
	size_t cursor;
	unsigned bells;
};

static void
terminal_write(void *to, const char *text, size_t length)
{
	struct terminal *t = to;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\b') {
			assert_true(t->cursor > 0);
			t->cursor--;
		} else if (text[i] == '\a') {
			t->bells++;
		} else if (text[i] == '\n' || strncmp(text + i, "\x1b[2J", 4) == 0) {
			memset(t->row, 0, sizeof t->row);
			i += text[i] == '\n' ? 0 : 3;
		} else if (text[i] == '\r' || strncmp(text + i, "\x1b[H", 3) == 0) {
			t->cursor = 0;
			i += text[i] == '\r' ? 0 : 2;
		} else if (strncmp(text + i, "\x1b[K", 3) == 0) {
			memset(t->row + t->cursor, 0, sizeof t->row - t->cursor);
			i += 2;
		} else {
			assert_true(t->cursor + 1 < COLUMNS);
			t->row[t->cursor++] = text[i];
		}
	}
}

static struct terminal terminal;
static struct line line;

static int
set_up(void **state)
{
	(void)state;
	memset(&terminal, 0, sizeof terminal);
	line_init(&line, "$ ", true, terminal_write, &terminal);
	line_begin(&line);
	return 0;
}

static enum line_event
type(const char *keys)
{
	enum line_event event = LINE_EDITING;
	for (; *keys != '\0'; keys++) {
		event = line_byte(&line, (unsigned char)*keys);
		if (event == LINE_EDITING) {
			assert_memory_equal(terminal.row, "$ ", 2);
			assert_string_equal(terminal.row + 2, line.text);
			assert_int_equal(terminal.cursor, 2 + line.cursor);
			assert_int_equal(strlen(line.text), line.length);
		}
	}
	return event;
}

static void
typed_text_becomes_the_line(void **state)
{
	(void)state;
	assert_int_equal(type("echo hi\r"), LINE_DONE);
	assert_string_equal(line.text, "echo hi");
}

static void
editing_keys_change_the_line_where_the_cursor_is(void **state)
{
	(void)state;
	type("abcd\x1b[D\x1b[DX");
	assert_string_equal(line.text, "abXcd");
	type("\x7f\x1b[3~");
	assert_string_equal(line.text, "abd");
	type("\x01Z\x05!");
	assert_string_equal(line.text, "Zabd!");
	type(" one two\x17");
	assert_string_equal(line.text, "Zabd! one ");
	type("\x1b[H\x1b[C\x0b");
	assert_string_equal(line.text, "Z");
	type("yx\x15");
	assert_string_equal(line.text, "");
}

static void
history_goes_back_and_forth_and_keeps_the_new_line(void **state)
{
	(void)state;
	line_remember(&line, "one");
	line_remember(&line, "two");
	line_remember(&line, "two");
	line_remember(&line, "");
	type("new\x1b[A");
	assert_string_equal(line.text, "two");
	type("\x1b[A");
	assert_string_equal(line.text, "one");
	type("\x1b[A");
	assert_string_equal(line.text, "one");
	assert_int_equal(terminal.bells, 1);
	type("\x1b[B\x1b[B");
	assert_string_equal(line.text, "new");
	type("\x1b[B");
	assert_string_equal(line.text, "new");
}

static void
history_keeps_the_last_lines_only(void **state)
{
	(void)state;
	char text[3] = "A0";
	for (int i = 0; i < HISTORY_LINES + 5; i++) {
		text[0] = (char)('A' + i % 26);
		text[1] = (char)('0' + i / 26);
		line_remember(&line, text);
	}
	for (int i = 0; i < HISTORY_LINES + 3; i++)
		type("\x1b[A");
	assert_string_equal(line.text, "F0");
	assert_int_equal(terminal.bells, 3);
}

static void
ctrl_c_drops_the_line_and_ctrl_d_ends_only_an_empty_one(void **state)
{
	(void)state;
	assert_int_equal(type("rm\x03"), LINE_INTERRUPT);
	assert_string_equal(line.text, "");
	line_begin(&line);
	assert_int_equal(type("a\x04"), LINE_EDITING);
	assert_int_equal(type("\x7f\x04"), LINE_END);
}

static void
a_full_line_rings_the_bell_and_loses_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < LINE_BYTES - 1; i++)
		type("x");
	assert_int_equal(terminal.bells, 0);
	type("y");
	assert_int_equal(terminal.bells, 1);
	assert_int_equal(line.length, LINE_BYTES - 1);
	assert_null(strchr(line.text, 'y'));
}

/* Whoever runs the line must know: it is not what was typed. */
static void
what_did_not_fit_is_counted_until_the_line_is_emptied(void **state)
{
	(void)state;
	line_remember(&line, "old");
	for (int i = 0; i < LINE_BYTES + 9; i++)
		type("x");
	assert_int_equal(line.lost, 10);
	type("\x7f\x1b[A"); /* neither a byte less nor history makes it whole */
	assert_int_equal(line.lost, 10);
	assert_int_equal(type("\r"), LINE_DONE);
	assert_int_equal(line.length + line.lost, LINE_BYTES + 8);
	line_begin(&line);
	assert_int_equal(line.lost, 0);
	for (int i = 0; i < LINE_BYTES; i++)
		type("x");
	assert_int_equal(line.lost, 1);
	type("\x15ok");
	assert_int_equal(line.lost, 0);
	assert_string_equal(line.text, "ok");
}

static void
unknown_escape_sequences_are_swallowed(void **state)
{
	(void)state;
	type("a\x1b[15~\x1bOP\x1b[1;5Cb");
	assert_int_equal(line.length, 2);
	assert_string_equal(line.text, "ab");
}

static void
any_bytes_keep_line_and_screen_equal(void **state)
{
	(void)state;
	static const char keys[] =
	    "abc \x1b[~ABCDHF0123\x7f\x01\x05\x02\x06\x10\x0e\x0b\x15\x17\x04\x0c;";
	srand(2);
	for (int i = 0; i < 300000; i++) {
		char key[2] = { keys[rand() % (int)(sizeof keys - 1)], '\0' };
		if (type(key) != LINE_EDITING)
			line_begin(&line);
		if (i % 97 == 0)
			line_remember(&line, line.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(typed_text_becomes_the_line, set_up),
		cmocka_unit_test_setup(editing_keys_change_the_line_where_the_cursor_is, set_up),
		cmocka_unit_test_setup(history_goes_back_and_forth_and_keeps_the_new_line, set_up),
		cmocka_unit_test_setup(history_keeps_the_last_lines_only, set_up),
		cmocka_unit_test_setup(
		    ctrl_c_drops_the_line_and_ctrl_d_ends_only_an_empty_one, set_up),
		cmocka_unit_test_setup(a_full_line_rings_the_bell_and_loses_nothing, set_up),
		cmocka_unit_test_setup(
		    what_did_not_fit_is_counted_until_the_line_is_emptied, set_up),
		cmocka_unit_test_setup(unknown_escape_sequences_are_swallowed, set_up),
		cmocka_unit_test_setup(any_bytes_keep_line_and_screen_equal, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
