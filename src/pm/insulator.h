/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The insulators: who is told when a process comes, goes or is updated.
 *
 * memory, rpc and path are the first three; others come and go at run time
 * (M5). A process keeps, as bits, which of them know it, so that one that came
 * later is never told of the end of what it never saw.
 *
 *   I1  ids are never used twice, and ascend with the index
 *   I2  at most two have one name, for the length of an update
 */
#ifndef PM_INSULATOR_H
#define PM_INSULATOR_H

#include "process.h"

#define INSULATORS 16

enum insulator_kind { INSULATOR_MEMORY, INSULATOR_RPC, INSULATOR_PATH, INSULATOR_OTHER };

struct insulator {
	uint32_t id;
	pid_number_t pid;
	uint32_t kind;
	struct rpc_connection *connection;
	char name[NAME_BYTES];
};

extern struct insulator insulator_table[INSULATORS];
extern uint32_t insulator_count;

/*
 * Register a process as an insulator.
 *
 * Returns  OK; ERR_TOO_MANY, ERR_EXISTS (there are two of that name), or what opening
 *          a connection to its service of that name gave
 */
MUST_CHECK err_t insulator_add(pid_number_t pid, const char *name, unsigned kind, uint32_t *id);
/* ERR_NOT_FOUND; ERR_REFUSED: it is another's, or one of the three. */
MUST_CHECK err_t insulator_remove(pid_number_t caller, uint64_t id);
/* Forget those of a process that ended. */
void insulator_forget(pid_number_t pid);

/*
 * The part of a process's properties that is one insulator's: strings
 * "name:what", of which it gets "what" (M5).
 *
 * Returns  the bytes written
 */
uint32_t insulator_section(
    const char *name, const char *properties, uint32_t bytes, char *to, uint32_t room);

/* Swap two PIDs with everybody who knows the first; all or nothing. */
MUST_CHECK err_t insulator_update_all(
    const struct process *old, const struct process *new, const char **refuser);
void insulator_update_undo(const struct process *old, const struct process *new);
/* True while one of them cannot answer, because it is itself being exchanged. */
bool insulator_held(void);

#endif
