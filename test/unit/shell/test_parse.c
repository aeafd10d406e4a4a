/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: userland/bin/shell/parse.c */
/*
 * The shell's grammar: what a line becomes, and what is said of a wrong one.
 */
#include "../../../userland/bin/shell/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct command_line parsed;

static void
expect_words(unsigned n, const char *const *words)
{
	const struct command *command = &parsed.command[n];
	unsigned i = 0;
	for (; words[i] != NULL; i++)
		assert_string_equal(command->word[i], words[i]);
	assert_int_equal(command->words, i);
	assert_null(command->word[i]);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
an_empty_line_or_a_comment_is_no_command(void **state)
{
	(void)state;
	assert_null(parse_line("", &parsed));
	assert_int_equal(parsed.commands, 0);
	assert_null(parse_line("  \t # echo a ; b", &parsed));
	assert_int_equal(parsed.commands, 0);
}

static void
blanks_separate_words_and_quotes_keep_them(void **state)
{
	(void)state;
	assert_null(parse_line("  echo 'a  b' \"c;d\\\"\" e\\ f \"\" g#h", &parsed));
	assert_int_equal(parsed.commands, 1);
	expect_words(0, WORDS("echo", "a  b", "c;d\"", "e f", "", "g#h"));
	assert_false(parsed.command[0].background);
}

static void
a_semicolon_sequences_and_an_ampersand_ends_a_command_itself(void **state)
{
	(void)state;
	assert_null(parse_line("a 1 & b;c 2 &", &parsed));
	assert_int_equal(parsed.commands, 3);
	expect_words(0, WORDS("a", "1"));
	expect_words(1, WORDS("b"));
	expect_words(2, WORDS("c", "2"));
	assert_true(parsed.command[0].background);
	assert_false(parsed.command[1].background);
	assert_true(parsed.command[2].background);
}

static void
a_wrong_line_is_named_and_gives_no_command(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
		{ "; a", "no command before ;" },
		{ "a ;; b", "no command before ;" },
		{ "& a", "no command before &" },
		{ "echo 'a", "a ' is not closed" },
		{ "echo \"a", "a \" is not closed" },
		{ "echo \\", "the line ends in a backslash" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_string_equal(parse_line(wrong[i][0], &parsed), wrong[i][1]);
		assert_int_equal(parsed.commands, 0);
	}
}

static void
limits_are_errors_not_overruns(void **state)
{
	(void)state;
	char line[8192];

	memset(line, 'x', PARSE_BYTES - 1);
	line[PARSE_BYTES - 1] = '\0';
	assert_null(parse_line(line, &parsed));
	memset(line, 'x', PARSE_BYTES);
	line[PARSE_BYTES] = '\0';
	assert_string_equal(parse_line(line, &parsed), "the line is too long");

	line[0] = '\0';
	for (int i = 0; i < PARSE_WORDS + 1; i++)
		strcat(line, "a ");
	assert_string_equal(parse_line(line, &parsed), "too many words on the line");

	line[0] = '\0';
	for (int i = 0; i < PARSE_COMMANDS + 1; i++)
		strcat(line, "a;");
	assert_string_equal(parse_line(line, &parsed), "too many commands on the line");
	line[2 * PARSE_COMMANDS] = '\0';
	assert_null(parse_line(line, &parsed));
	assert_int_equal(parsed.commands, PARSE_COMMANDS);
}

static void
random_bytes_never_overrun(void **state)
{
	(void)state;
	static const char alphabet[] = "a b;&'\"\\#\t";
	srand(1);
	for (int n = 0; n < 200000; n++) {
		char *line = malloc(64);
		int length = rand() % 63;
		for (int i = 0; i < length; i++)
			line[i] = alphabet[rand() % (int)(sizeof alphabet - 1)];
		line[length] = '\0';
		const char *wrong = parse_line(line, &parsed);
		assert_true(wrong == NULL || parsed.commands == 0);
		for (unsigned i = 0; i < parsed.commands; i++) {
			assert_true(parsed.command[i].words >= 1);
			assert_null(parsed.command[i].word[parsed.command[i].words]);
		}
		free(line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_line_or_a_comment_is_no_command),
		cmocka_unit_test(blanks_separate_words_and_quotes_keep_them),
		cmocka_unit_test(a_semicolon_sequences_and_an_ampersand_ends_a_command_itself),
		cmocka_unit_test(a_wrong_line_is_named_and_gives_no_command),
		cmocka_unit_test(limits_are_errors_not_overruns),
		cmocka_unit_test(random_bytes_never_overrun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
