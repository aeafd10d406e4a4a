/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: userland/drivers/console/tty.c */
/*
 * The console's line discipline.
 */
#include "../../../userland/drivers/console/tty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tty tty;

static int
set_up(void **state)
{
	(void)state;
	tty_init(&tty);
	return 0;
}

static enum tty_event
type(const char *keys)
{
	enum tty_event event = TTY_NOTHING;
	for (; *keys != '\0'; keys++)
		event = tty_input(&tty, (uint8_t)*keys);
	return event;
}

static const char *
screen(void)
{
	static char text[TTY_OUT_BYTES + 1];
	size_t n = 0;
	uint8_t byte;
	while (tty_output(&tty, &byte))
		text[n++] = (char)byte;
	text[n] = '\0';
	return text;
}

static void
expect_read(const char *text)
{
	char got[TTY_IN_BYTES + 1];
	size_t n = tty_read(&tty, got, TTY_IN_BYTES);
	got[n] = '\0';
	assert_string_equal(got, text);
}

static void
cooked_input_is_read_a_line_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(type("one"), TTY_NOTHING);
	assert_false(tty_readable(&tty));
	assert_int_equal(type("\rtwo\r"), TTY_READABLE);
	expect_read("one\n");
	expect_read("two\n");
	assert_false(tty_readable(&tty));
	assert_string_equal(screen(), "one\r\ntwo\r\n");
}

static void
backspace_and_ctrl_u_take_back_only_the_line_being_typed(void **state)
{
	(void)state;
	type("ab\r\x7f\x7fxyz\x7f\x15q\r");
	expect_read("ab\n");
	expect_read("q\n");
}

static void
the_interrupt_key_drops_the_line_and_keeps_the_ones_before(void **state)
{
	(void)state;
	type("kept\rdropped");
	assert_int_equal(type("\x03"), TTY_INTERRUPT);
	expect_read("kept\n");
	assert_false(tty_readable(&tty));
}

static void
end_of_input_is_a_read_of_no_bytes_once(void **state)
{
	(void)state;
	assert_int_equal(type("\x04"), TTY_READABLE);
	assert_true(tty_readable(&tty));
	expect_read("");
	assert_false(tty_readable(&tty));
	type("ab\x04");
	expect_read("ab");
	assert_false(tty_readable(&tty));
}

static void
raw_input_is_every_byte_without_echo(void **state)
{
	(void)state;
	type("ahead");
	screen();
	tty_set_raw(&tty, true);
	assert_int_equal(type("\x03\x1b[A\r"), TTY_READABLE);
	expect_read("ahead\x03\x1b[A\r");
	assert_string_equal(screen(), "");
}

static void
a_full_buffer_rings_the_bell_and_keeps_what_it_has(void **state)
{
	(void)state;
	tty_set_raw(&tty, true);
	for (unsigned i = 0; i < TTY_IN_BYTES; i++)
		type("x");
	assert_string_equal(screen(), "");
	assert_int_equal(type("y"), TTY_NOTHING);
	assert_string_equal(screen(), "\a");
	char got[TTY_IN_BYTES];
	assert_int_equal(tty_read(&tty, got, sizeof got), TTY_IN_BYTES);
	assert_null(memchr(got, 'y', sizeof got));
}

static void
a_newline_goes_out_as_cr_lf_once(void **state)
{
	(void)state;
	tty_write(&tty, "a\nb\r\n\n", 6);
	assert_string_equal(screen(), "a\r\nb\r\n\r\n");
}

static void
room_is_enough_for_the_worst_text(void **state)
{
	(void)state;
	char newlines[TTY_OUT_BYTES];
	memset(newlines, '\n', sizeof newlines);
	tty_write(&tty, "abc", 3);
	size_t room = tty_room(&tty);
	tty_write(&tty, newlines, room);
	assert_int_equal(strlen(screen()), 3 + 2 * room);
	assert_int_equal(tty_room(&tty), TTY_OUT_BYTES / 2);
}

static void
any_keys_keep_the_invariant(void **state)
{
	(void)state;
	static const char keys[] = "ab\r\x03\x04\x15\x7f\n";
	srand(3);
	for (int i = 0; i < 200000; i++) {
		char key[2] = { keys[rand() % (int)(sizeof keys - 1)], '\0' };
		type(key);
		if (rand() % 50 == 0)
			tty_set_raw(&tty, rand() % 2);
		if (rand() % 9 == 0) {
			char got[16];
			assert_true(tty_read(&tty, got, sizeof got) <= sizeof got);
		}
		screen();
		assert_true(tty.in_ready <= tty.in_head - tty.in_tail);
		assert_true(tty.in_head - tty.in_tail <= TTY_IN_BYTES);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(cooked_input_is_read_a_line_at_a_time, set_up),
		cmocka_unit_test_setup(
		    backspace_and_ctrl_u_take_back_only_the_line_being_typed, set_up),
		cmocka_unit_test_setup(
		    the_interrupt_key_drops_the_line_and_keeps_the_ones_before, set_up),
		cmocka_unit_test_setup(end_of_input_is_a_read_of_no_bytes_once, set_up),
		cmocka_unit_test_setup(raw_input_is_every_byte_without_echo, set_up),
		cmocka_unit_test_setup(a_full_buffer_rings_the_bell_and_keeps_what_it_has, set_up),
		cmocka_unit_test_setup(a_newline_goes_out_as_cr_lf_once, set_up),
		cmocka_unit_test_setup(room_is_enough_for_the_worst_text, set_up),
		cmocka_unit_test_setup(any_keys_keep_the_invariant, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
