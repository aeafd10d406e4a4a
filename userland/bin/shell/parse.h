/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's grammar, no more than this:
 *
 *	line    = command { (";" | "&") command }
 *	command = word { word }
 *
 * `;` waits for the command before it, `&` lets it run beside what follows.
 * Words are separated by blanks; '...' and "..." keep everything between them,
 * a backslash keeps the next byte; # at the start of a word begins a comment.
 */
#ifndef SHELL_PARSE_H
#define SHELL_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#define PARSE_COMMANDS 32
#define PARSE_WORDS 128
#define PARSE_BYTES 1024

struct command {
	char **word;    /* NULL-terminated */
	unsigned words; /* >= 1 */
	bool background;
};

struct command_line {
	struct command command[PARSE_COMMANDS];
	unsigned commands;
	char *word[PARSE_WORDS + PARSE_COMMANDS];
	char text[PARSE_BYTES];
};

/*
 * Take a line apart. Returns NULL, or a sentence that says what is wrong; then
 * *out holds no commands. An empty line is no command and no error.
 */
const char *parse_line(const char *line, struct command_line *out);

#endif
