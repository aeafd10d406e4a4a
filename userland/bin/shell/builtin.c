/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands that only the shell can do: those about its own children, and
 * the end of everything.
 */
#include "shell.h"

#include <insula/cli.h>
#include <insula/files.h>
#include <insula/services/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)

static const char *const described[][2] = {
	{ "help [NAME]", "this list; or how a command is used" },
	{ "ps [PID|NAME]", "processes: state, priority, processor time, pages; or one's threads" },
	{ "services", "what servers offer" },
	{ "connections", "who is connected to what" },
	{ "insulators", "the servers that are told of every process" },
	{ "mem [PID]", "memory, of the system or of a process" },
	{ "caps PID", "a process's authority, in words" },
	{ "ls [PATH]", "names in a directory" },
	{ "cat [FILE...]", "a file's text; without one, what is typed up to Ctrl-D" },
	{ "echo WORD...", "the words" },
	{ "spawn FILE [WORD...]", "start a program beside the prompt and print its PID" },
	{ "kill PID|NAME", "end a process; --for-good: also one that comes back" },
	{ "wait", "wait for all background commands; the worst status" },
	{ "trace COMMAND...", "record what the scheduler does while a program runs" },
	{ "update NAME FILE", "swap a server for another binary while it serves" },
	{ "uptime", "time since boot" },
	{ "board", "what the board is, and what its firmware tells of it" },
	{ "random [BYTES]", "random bytes in hexadecimal" },
	{ "watchdog [SECONDS]", "reset the machine when it hangs; off" },
	{ "reboot", "start the machine anew" },
	{ "poweroff [STATUS]", "end the machine" },
	{ "A ; B   A & B", "one after the other; A beside B" },
};

/* The programs in the boot archive that the list above does not know. */
static void
list_programs(void)
{
	struct insula_name name;
	printf("programs in /boot:");
	for (uint64_t n = 0; file_list("/boot", n, &name) == OK && name.kind != FILE_NONE; n++)
		if (name.name[0] != '.' && name.kind == FILE_REGULAR)
			printf(" %s", name.name);
	printf("\n");
}

/* The first word of a line of the list is the command's name. */
static bool
describes(const char *const *line, const char *name)
{
	const size_t length = strlen(name);
	return strncmp(line[0], name, length) == 0 &&
	    (line[0][length] == '\0' || line[0][length] == ' ');
}

/* What the program says of --help; a server would serve. */
static unsigned
program_help(struct shell *shell, const struct command *command)
{
	unsigned status;
	const unsigned pid = shell_spawn(shell, command, &status);
	if (pid == 0)
		return status;
	if (!shell_is_server(pid))
		return shell_foreground(shell, pid);
	const struct process_kill_in in = { .pid = pid, .flags = PROCESS_KILL_FOR_GOOD };
	struct process_kill_out out;
	err_t err = process_kill(rpc_to_process(), &in, &out, TIME_NEVER);
	(void)shell_foreground(shell, pid);
	fprintf(stderr, "help: %s: %s\n", command->word[0],
	    err == OK ? "is a server, and has none" : err_text(err));
	return 1;
}

/* A program tells more than the list does. */
static unsigned
help_of(struct shell *shell, char *name)
{
	char *word[] = { name, (char[]){ "--help" }, NULL };
	const struct command program = { .word = word, .words = 2, .background = false };
	if (builtin_find(name) == NULL)
		return program_help(shell, &program);
	for (size_t i = 0; i < sizeof described / sizeof described[0]; i++)
		if (describes(described[i], name))
			printf("usage: %s: %s\n", described[i][0], described[i][1]);
	return 0;
}

static unsigned
run_help(struct shell *shell, const struct command *command)
{
	if (command->words > 2) {
		fprintf(stderr, "usage: help [NAME]\n");
		return STATUS_USAGE;
	}
	if (command->words == 2)
		return help_of(shell, command->word[1]);
	for (size_t i = 0; i < sizeof described / sizeof described[0]; i++)
		printf("%-22s %s\n", described[i][0], described[i][1]);
	list_programs();
	return 0;
}

static unsigned
run_spawn(struct shell *shell, const struct command *command)
{
	unsigned status;
	struct command child = {
		.word = command->word + 1,
		.words = command->words - 1,
		.background = true,
	};
	if (command->words < 2) {
		fprintf(stderr, "usage: spawn FILE [WORD...]\n");
		return STATUS_USAGE;
	}
	unsigned pid = shell_spawn(shell, &child, &status);
	if (pid == 0)
		return status;
	(void)jobs_add(&shell->jobs, pid, child.word[0]);
	shell_await_service(pid, child.word[0]);
	printf("%u\n", pid);
	return 0;
}

static unsigned
run_wait(struct shell *shell, const struct command *command)
{
	if (command->words > 1) {
		fprintf(stderr, "usage: wait\n");
		return STATUS_USAGE;
	}
	if (!shell->batch)
		shell_raw(shell, false);
	shell->interrupted = false;
	while (shell->jobs.running > 0 && !shell->interrupted)
		shell_wait_event(shell);
	if (shell->interrupted) {
		shell->interrupted = false;
		return STATUS_KILLED + 2;
	}
	return jobs_take_worst(&shell->jobs);
}

unsigned
shell_power_off(struct shell *shell, unsigned status)
{
	const struct process_power_off_in in = { .status = status };
	struct process_power_off_out out;
	fflush(stdout);
	err_t err = process_power_off(rpc_to_process(), &in, &out, TIME_NEVER);
	if (err != OK) {
		fprintf(stderr, "poweroff: %s\n", err_text(err));
		return 1;
	}
	shell->ended = true;
	return 0;
}

static unsigned
run_poweroff(struct shell *shell, const struct command *command)
{
	unsigned long status = 0;
	char *end = NULL;
	if (command->words > 1)
		status = strtoul(command->word[1], &end, 10);
	if (command->words > 2 || (end != NULL && *end != '\0') || status > 255) {
		fprintf(stderr, "usage: poweroff [STATUS], a number from 0 to 255\n");
		return STATUS_USAGE;
	}
	return shell_power_off(shell, (unsigned)status);
}

/* Those that must work when there is no memory left for a program. */

static unsigned
run_echo(struct shell *shell, const struct command *command)
{
	(void)shell;
	return (unsigned)command_echo((int)command->words, command->word);
}

static unsigned
run_kill(struct shell *shell, const struct command *command)
{
	(void)shell;
	return (unsigned)command_kill((int)command->words, command->word);
}

static unsigned
run_ps(struct shell *shell, const struct command *command)
{
	(void)shell;
	return (unsigned)command_ps((int)command->words, command->word);
}

builtin_fn
builtin_find(const char *name)
{
	static const struct {
		const char *name;
		builtin_fn run;
	} builtins[] = {
		{ "help", run_help },
		{ "spawn", run_spawn },
		{ "wait", run_wait },
		{ "poweroff", run_poweroff },
		{ "echo", run_echo },
		{ "kill", run_kill },
		{ "ps", run_ps },
	};
	for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
		if (strcmp(builtins[i].name, name) == 0)
			return builtins[i].run;
	return NULL;
}
