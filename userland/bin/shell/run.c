/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's dealings with the console and the process manager: input, the
 * interrupt key, starting programs, hearing of their end.
 */
#include "shell.h"

#include <insula/path.h>
#include <insula/services/console.h>
#include <insula/services/process.h>
#include <insula/syscall.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(CONSOLE, console)
RPC_DEFINE_SERVICE(PROCESS, process)

/* Keep one call outstanding for the interrupt key, and one for any child's end. */
static void
ask(struct shell *shell)
{
	static const struct process_wait_in any_child = { .pid = 0 };
	if (!shell->watching)
		shell->watching =
		    console_wait_interrupt_send(shell->console, NULL, &shell->watch_number) == OK;
	bool children = shell->jobs.running > 0 || shell->foreground != 0;
	if (!shell->waiting && children)
		shell->waiting =
		    process_wait_send(rpc_to_process(), &any_child, &shell->wait_number) == OK;
}

unsigned
shell_end_status(uint64_t status, uint64_t reason)
{
	switch (reason) {
	case END_EXIT:
		return (unsigned)status & 0xffu;
	case END_KILLED:
		return STATUS_KILLED + 9;
	default:
		return STATUS_CRASHED;
	}
}

static void
child_ended(struct shell *shell, const struct process_wait_out *end)
{
	unsigned status = shell_end_status(end->status, end->reason);
	if (end->pid == shell->foreground) {
		shell->foreground = 0;
		shell->foreground_status = status;
		return;
	}
	const struct job *job = jobs_ended(&shell->jobs, (uint32_t)end->pid, status);
	if (job != NULL && !shell->batch)
		printf("[%u] %s: status %u\r\n", (unsigned)end->pid, job->name, status);
}

/* Take the results that came; true if there was one. */
static bool
take_results(struct shell *shell)
{
	struct rpc_answer answer;
	struct process_wait_out end;
	bool any = false;
	while (rpc_poll(rpc_to_process(), &answer, &end, sizeof end) == OK) {
		if (!shell->waiting || answer.number != shell->wait_number)
			continue;
		shell->waiting = false;
		any = true;
		if (answer.error == OK)
			child_ended(shell, &end);
	}
	return any;
}

/* Take results of the console; those of a read go to *in. */
static bool
take_console(struct shell *shell, uint64_t read_number, struct console_read_out *in, err_t *err)
{
	struct rpc_answer answer;
	bool read = false;
	for (;;) {
		*err = rpc_poll(shell->console, &answer, in, sizeof *in);
		if (*err != OK)
			return read;
		if (shell->watching && answer.number == shell->watch_number) {
			shell->watching = false;
			shell->interrupted = true;
		} else if (answer.number == read_number) {
			*err = answer.error;
			return true;
		}
	}
}

/* Until some connection has something to say; waking for nothing does no harm. */
static void
pause_until_event(void)
{
	err_t err = rpc_wait_any(TIME_NEVER);
	(void)err;
}

/* The console went away: open it again, and everything outstanding with it. */
static void
reopen_console(struct shell *shell)
{
	(void)rpc_close(shell->console);
	shell->watching = false;
	while (rpc_open(PID_INVALID, &console_interface, 0, &shell->console, NULL) != OK)
		insula_yield();
	shell->raw = !shell->raw;
	shell_raw(shell, !shell->raw);
}

void
shell_wait_event(struct shell *shell)
{
	struct console_read_out nothing;
	err_t err;
	for (;;) {
		ask(shell);
		bool ended = take_results(shell);
		(void)take_console(shell, 0, &nothing, &err);
		if (err == ERR_CLOSED)
			reopen_console(shell);
		if (ended || shell->interrupted)
			return;
		pause_until_event();
	}
}

size_t
shell_input(struct shell *shell, unsigned char *to, size_t most)
{
	struct console_read_in in = { .most = most };
	struct console_read_out out;
	uint64_t number;
	err_t err = console_read_send(shell->console, &in, &number);
	while (err == OK || err == ERR_WOULD_BLOCK) {
		ask(shell);
		(void)take_results(shell);
		if (take_console(shell, number, &out, &err)) {
			size_t got = out.text_length < most ? out.text_length : most;
			memcpy(to, out.text, err == OK ? got : 0);
			return err == OK ? got : 0;
		}
		if (err == ERR_WOULD_BLOCK)
			pause_until_event();
	}
	reopen_console(shell);
	return 0;
}

void
shell_raw(struct shell *shell, bool raw)
{
	struct console_mode_in in = { .raw = raw };
	struct console_mode_out out;
	if (shell->raw == raw)
		return;
	if (console_mode(shell->console, &in, &out, TIME_NEVER) == OK)
		shell->raw = raw;
}

bool
shell_start(struct shell *shell)
{
	char reason[RPC_REASON_BYTES];
	err_t err = rpc_open(PID_INVALID, &console_interface, 0, &shell->console, reason);
	if (err != OK)
		return false; /* nobody could read what we say */
	return true;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

/* The words as strings one behind the other; false: too long. */
static bool
pack_words(const struct command *command, struct process_spawn_in *in)
{
	size_t used = 0;
	for (unsigned i = 0; i < command->words; i++) {
		size_t length = strlen(command->word[i]) + 1;
		if (used + length > sizeof in->args)
			return false;
		memcpy(in->args + used, command->word[i], length);
		used += length;
	}
	in->args_length = (uint32_t)used;
	return true;
}

unsigned
shell_spawn(struct shell *shell, const struct command *command, unsigned *status)
{
	struct process_spawn_in in;
	struct process_spawn_out out;
	const char *name = command->word[0];
	if (command->background && shell->jobs.running == JOBS_MAX) {
		fprintf(stderr,
		    "%s: not started: %d background commands run, no more are followed; wait, or "
		    "kill some\n",
		    name, JOBS_MAX);
		*status = STATUS_CANNOT_RUN;
		return 0;
	}
	memset(&in, 0, sizeof in);
	in.flags = shell->batch || command->background ? PROCESS_SPAWN_NO_INPUT : 0;
	out.reason[0] = '\0';
	*status = STATUS_CANNOT_RUN;
	bool is_path = strchr(name, '/') != NULL;
	if (path_of_program(name, in.path) != OK || !pack_words(command, &in)) {
		fprintf(stderr, "%s: the command is too long\n", name);
		return 0;
	}
	err_t err = process_spawn(rpc_to_process(), &in, &out, TIME_NEVER);
	if (err == OK)
		return (unsigned)out.pid;
	if (err == ERR_NOT_FOUND) {
		*status = STATUS_NOT_FOUND;
		fprintf(stderr, is_path ? "%s: no such file\n" : "%s: no such command; try help\n",
		    name);
	} else {
		fprintf(stderr, "%s: cannot be started: %s\n", name,
		    out.reason[0] != '\0' ? out.reason : err_text(err));
	}
	return 0;
}

unsigned
shell_foreground(struct shell *shell, unsigned pid)
{
	bool killed = false;
	shell->foreground = pid;
	shell->interrupted = false;
	if (!shell->batch)
		shell_raw(shell, false);
	while (shell->foreground != 0) {
		shell_wait_event(shell);
		if (shell->interrupted && shell->foreground != 0) {
			struct process_kill_in in = { .pid = shell->foreground,
				.flags = PROCESS_KILL_FOR_GOOD };
			struct process_kill_out out;
			shell->interrupted = false;
			killed = process_kill(rpc_to_process(), &in, &out, TIME_NEVER) == OK;
		}
	}
	return killed ? STATUS_KILLED + 2 : shell->foreground_status;
}

/* Hear of the children that have ended, so that they are not shown as dying. */
static void
notice_ends(struct shell *shell)
{
	do
		ask(shell);
	while (take_results(shell));
}

unsigned
shell_run(struct shell *shell, const struct command *command)
{
	unsigned status = 0;
	builtin_fn builtin = builtin_find(command->word[0]);
	fflush(stdout);
	if (builtin != NULL) {
		notice_ends(shell);
		return builtin(shell, command);
	}
	unsigned pid = shell_spawn(shell, command, &status);
	if (pid == 0)
		return status;
	if (!command->background)
		return shell_foreground(shell, pid);
	(void)jobs_add(&shell->jobs, pid, base_name(command->word[0]));
	shell_await_service(pid, command->word[0]);
	if (!shell->batch)
		printf("[%u]\r\n", pid);
	return status;
}
