/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What small programs have in common: usage, naming a process, saying what went wrong.
 *
 * Exit statuses: 0 done, 1 it failed, 2 wrong arguments.
 */
#ifndef INSULA_CLI_H
#define INSULA_CLI_H

#include <insula/process.h>
#include <insula/rpc/client.h>
#include <stdbool.h>

#define CLI_FAILED 1
#define CLI_USAGE 2

/*
 * Check the number of arguments behind the program's name. --help prints the
 * usage and ends the program with 0; a wrong number prints it and ends it with 2.
 */
void cli_arguments(int argc, char **argv, int least, int most, const char *usage);

/* The same for a command of the shell's, which goes on: false, with the status to end with. */
bool cli_arguments_fit(int argc, char **argv, int least, int most, const char *usage, int *status);

/* Print "PROGRAM: OBJECT: why", and return CLI_FAILED. */
int cli_failed(const char *object, err_t err);
/* The same with a sentence of one's own. */
int cli_failed_because(const char *object, const char *why);

/*
 * Open a connection to the newest server of a service. CLI_FAILED and a line if there
 * is none, or if it is another version that does not go together with this program.
 */
MUST_CHECK int cli_open(const struct rpc_interface *interface, struct rpc_connection **connection);

/* A PID, or the name of a process (its file's, as `ps` shows it). */
MUST_CHECK err_t cli_process(const char *text, pid_number_t *pid);
/* The next one of that name, with a PID above `after`; ERR_NO_PROCESS: there is none. */
MUST_CHECK err_t cli_process_after(const char *text, pid_number_t after, pid_number_t *pid);

/*
 * Commands that are programs, and builtins of the shell too: they must work when there
 * is no memory left to start a program with. They allocate nothing.
 */
int command_echo(int argc, char **argv);
int command_kill(int argc, char **argv);
int command_ps(int argc, char **argv);

#endif
