/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the shell share.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include "jobs.h"
#include "line.h"
#include "parse.h"

#include <insula/process.h>
#include <insula/rpc/client.h>
#include <stdbool.h>
#include <stddef.h>

#define STATUS_USAGE 2
#define STATUS_CANNOT_RUN 126
#define STATUS_NOT_FOUND 127
#define STATUS_KILLED 128 /* + 2: by the interrupt key */
#define STATUS_CRASHED 139

struct shell {
	struct rpc_connection *console; /* of its own: reads may be outstanding on it */
	struct jobs jobs;
	bool batch;
	bool raw;
	bool watching;         /* a wait for the interrupt key is outstanding at the console */
	bool waiting;          /* a wait for any child is, at the process manager */
	uint64_t watch_number; /* of those calls */
	uint64_t wait_number;
	bool interrupted;    /* the key was pressed since the last look */
	unsigned foreground; /* PID that is waited for, 0: none */
	unsigned foreground_status;
	unsigned status; /* of the last command */
	bool ended;      /* poweroff was accepted */
};

/* Connect to console and process manager; false: said why. */
bool shell_start(struct shell *shell);
/* Wait for input. */
size_t shell_input(struct shell *shell, unsigned char *to, size_t most);
/* Raw while a line is typed, cooked while a program runs. */
void shell_raw(struct shell *shell, bool raw);
/* Run one command, in the foreground or beside the prompt; its status. */
unsigned shell_run(struct shell *shell, const struct command *command);
/* Wait until a child ends or the interrupt key is pressed, and note it. */
void shell_wait_event(struct shell *shell);
/* The status by which a shell tells how a process ended. */
unsigned shell_end_status(uint64_t status, uint64_t reason);
/* Start a program; 0: said why, with *status. */
unsigned shell_spawn(struct shell *shell, const struct command *command, unsigned *status);
/* Wait for a program, which the interrupt key ends for good; its status. */
unsigned shell_foreground(struct shell *shell, unsigned pid);
/* Whether that process lives and is one that can be updated. */
bool shell_is_server(unsigned pid);
/* If that process is a server: wait until it offers its service, 2 s at most. */
void shell_await_service(unsigned pid, const char *name);

/* End the machine; a status other than 0: said why not. */
unsigned shell_power_off(struct shell *shell, unsigned status);

/* A command the shell itself does; NULL: there is none of that name. */
typedef unsigned (*builtin_fn)(struct shell *shell, const struct command *command);
builtin_fn builtin_find(const char *name);

#endif
