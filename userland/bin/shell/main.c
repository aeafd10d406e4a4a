/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell: reads lines, runs programs, tells how they ended.
 *
 * It waits for three things at once, with one asynchronous call outstanding for
 * each: input from the console, the interrupt key, and the end of any child.
 * With `insula.batch` among its arguments it neither prompts nor echoes, and
 * frames what it does so that a script can follow (see scripts/run --help).
 */
#include "shell.h"

#include <insula/clock.h>
#include <insula/files.h>
#include <insula/process_info.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT_PART 256
#define REOPEN_TIMES 100
#define REOPEN_NS 10000000ull

static struct line line;
static struct command_line parsed;

static void
write_terminal(void *to, const char *text, size_t length)
{
	(void)to;
	fwrite(text, 1, length, stdout);
}

static void
frame(const char *what)
{
	printf("\x1e[%s]\n", what);
	fflush(stdout);
}

static void
after_line(struct shell *shell)
{
	fflush(stdout);
	fflush(stderr);
	if (shell->batch) {
		char status[32];
		snprintf(status, sizeof status, "status %u", shell->status & 0xffu);
		frame(status);
	}
}

/* Run a line of so many bytes, of which `text` holds those that fit: all of it, or nothing. */
static void
run_line(struct shell *shell, const char *text, size_t length)
{
	char too_long[64];
	const char *wrong;
	if (length >= LINE_BYTES) {
		snprintf(too_long, sizeof too_long, "the line is too long: %zu bytes of %d", length,
		    LINE_BYTES - 1);
		wrong = too_long;
	} else {
		wrong = parse_line(text, &parsed);
	}
	if (wrong != NULL) {
		fflush(stdout);
		fprintf(stderr, "shell: %s\n", wrong);
		shell->status = STATUS_USAGE;
	}
	for (unsigned i = 0; wrong == NULL && i < parsed.commands && !shell->ended; i++)
		shell->status = shell_run(shell, &parsed.command[i]);
	after_line(shell);
}

/* Read on where it was; the file's server may have been killed by the line before. */
static err_t
read_script(const char *path, struct insula_file *file, uint64_t at, char *part, size_t *got)
{
	err_t err = file_read(file, at, part, SCRIPT_PART, got);
	for (unsigned i = 0; err == ERR_CLOSED && i < REOPEN_TIMES; i++) {
		err = file_open(path, file);
		if (err == OK)
			err = file_read(file, at, part, SCRIPT_PART, got);
		else
			(void)clock_sleep_ns(REOPEN_NS);
	}
	return err;
}

/* The lines of a file, run as if they had been typed; or only told of, with the status there is. */
static void
run_script(struct shell *shell, const char *path, bool skip)
{
	struct insula_file file;
	char text[LINE_BYTES];
	char part[SCRIPT_PART];
	size_t length = 0, got = 0;
	err_t err = file_open(path, &file);
	for (uint64_t at = 0; err == OK && !shell->ended; at += got) {
		err = read_script(path, &file, at, part, &got);
		if (err != OK || got == 0)
			break;
		for (size_t i = 0; i < got && !shell->ended; i++) {
			if (part[i] != '\n') {
				if (length + 1 < sizeof text)
					text[length] = part[i];
				length++;
				continue;
			}
			text[length < sizeof text ? length : sizeof text - 1] = '\0';
			if (skip)
				after_line(shell);
			else
				run_line(shell, text, length);
			length = 0;
		}
	}
	if (err != OK)
		fprintf(stderr, "shell: %s: %s\n", path, err_text(err));
}

/*
 * A shell ended in the middle of a line, and this one is in its place: the line has the
 * status of a killed program. Where in a script that was, nobody knows: all that is left of
 * it has that status, too.
 */
static void
come_back(struct shell *shell, const char *script)
{
	fprintf(stderr, "shell: it ended and was started again%s\n",
	    script != NULL ? "; the rest of the script is not run" : "");
	shell->status = STATUS_KILLED + 9;
	if (script != NULL)
		run_script(shell, script, true);
	else
		after_line(shell);
}

static void
begin_line(struct shell *shell)
{
	shell_raw(shell, true);
	line_begin(&line);
	fflush(stdout);
}

static void
input_byte(struct shell *shell, unsigned char byte)
{
	switch (line_byte(&line, byte)) {
	case LINE_DONE:
		if (line.lost == 0)
			line_remember(&line, line.text);
		run_line(shell, line.text, line.length + line.lost);
		break;
	case LINE_END:
		if (!shell->batch)
			printf("type poweroff to end the machine\r\n");
		break;
	case LINE_INTERRUPT:
		break;
	case LINE_EDITING:
		fflush(stdout);
		return;
	}
	if (!shell->ended)
		begin_line(shell);
}

int
main(int argc, char **argv)
{
	static struct shell shell;
	const char *script = NULL;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "insula.batch") == 0)
			shell.batch = true;
		else if (strncmp(argv[i], "insula.script=", 14) == 0)
			script = argv[i] + 14;
	}
	const bool again = (process_info()->flags & INFO_AGAIN) != 0;
	if (!shell_start(&shell))
		return 1;
	line_init(&line, "> ", !shell.batch, write_terminal, NULL);
	shell_raw(&shell, true); /* before anybody is told to type */
	if (again)
		come_back(&shell, script);
	else if (shell.batch)
		frame(script != NULL ? "script" : "ready");
	else
		printf("Insula. `help` lists the commands.\n");
	if (script != NULL && !again)
		run_script(&shell, script, false);

	if (!shell.ended)
		begin_line(&shell);
	while (!shell.ended) {
		unsigned char bytes[64];
		size_t got = shell_input(&shell, bytes, sizeof bytes);
		for (size_t i = 0; i < got && !shell.ended; i++)
			input_byte(&shell, bytes[i]);
	}
	return 0;
}
