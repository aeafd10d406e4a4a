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

#include <insula/files.h>
#include <insula/process_info.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Run one line; its status is that of its last command. */
static unsigned
run_line(struct shell *shell, const char *text)
{
	const char *wrong = parse_line(text, &parsed);
	if (wrong != NULL) {
		fflush(stdout);
		fprintf(stderr, "shell: %s\n", wrong);
		return STATUS_USAGE;
	}
	for (unsigned i = 0; i < parsed.commands && !shell->ended; i++)
		shell->status = shell_run(shell, &parsed.command[i]);
	return shell->status;
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

/* The lines of a file, run as if they had been typed. */
static void
run_script(struct shell *shell, const char *path)
{
	struct insula_file file;
	char text[LINE_BYTES];
	char part[256];
	size_t length = 0, got = 0;
	err_t err = file_open(path, &file);
	if (err != OK) {
		fprintf(stderr, "shell: %s: %s\n", path, err_text(err));
		return;
	}
	for (uint64_t at = 0; !shell->ended; at += got) {
		err = file_read(&file, at, part, sizeof part, &got);
		if (err != OK || got == 0)
			break;
		for (size_t i = 0; i < got && !shell->ended; i++) {
			if (part[i] != '\n') {
				if (length + 1 < sizeof text)
					text[length++] = part[i];
				continue;
			}
			text[length] = '\0';
			length = 0;
			run_line(shell, text);
			after_line(shell);
		}
	}
	if (err != OK)
		fprintf(stderr, "shell: %s: %s\n", path, err_text(err));
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
		line_remember(&line, line.text);
		run_line(shell, line.text);
		after_line(shell);
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
	if (!shell_start(&shell))
		return 1;
	line_init(&line, "> ", !shell.batch, write_terminal, NULL);
	shell_raw(&shell, true); /* before anybody is told to type */
	if (!shell.batch)
		printf("Insula. `help` lists the commands.\n");
	else
		frame(script != NULL ? "script" : "ready");
	if (script != NULL)
		run_script(&shell, script);

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
