/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything the process manager's logic does to the world, beside the kernel
 * calls of insula/syscall.h. effects.c does it; a host test has its own.
 *
 * Removals and undoings report nothing: what cannot be undone is printed there.
 */
#ifndef PM_EFFECTS_H
#define PM_EFFECTS_H

#include "insulator.h"
#include "process.h"

#include <insula/services/memory.h>

/* What memory made for a process, as handles in the manager's tables. */
struct memory_handles {
	handle_t space, estate, state, quiesce;
	handle_t rpc_estate; /* in the RPC insulator's */
};

/* Capabilities that the manager holds. */
struct authority {
	handle_t fault;    /* memory's main endpoint: SEND, EP_OWN, unbadged */
	handle_t firmware; /* SEND */
	uint64_t clock_hz;
};
extern struct authority authority;

uint64_t effect_now_ns(void);
/* A whole line, without its end; never waits. */
void effect_print(const char *text);
/* Once in a while: lines that could not be written yet. */
void effect_flush(void);

MUST_CHECK err_t effect_piddb_add(const struct process *p, pid_number_t *pid);
void effect_piddb_remove(pid_number_t pid);
MUST_CHECK err_t effect_piddb_swap(pid_number_t old_pid, pid_number_t new_pid);
/* step 0: no update is under way. */
MUST_CHECK err_t effect_journal(
    uint64_t step, pid_number_t old_pid, pid_number_t new_pid, const char *path);

MUST_CHECK err_t effect_memory_add(const struct process *p, const struct memory_plan *plan,
    const struct process_info *info, struct memory_handles *handles);
MUST_CHECK err_t effect_second_state(
    pid_number_t old_pid, pid_number_t new_pid, uint64_t bytes, handle_t *state);
/* keep_new: the second state becomes old_pid's; else it is dropped. */
void effect_drop_state(pid_number_t old_pid, pid_number_t new_pid, bool keep_new);
void effect_memory_pages(pid_number_t pid, uint64_t *user_pages, uint64_t *kernel_pages);

/* To an insulator. The first three have protocols of their own for add. */
MUST_CHECK err_t effect_tell_add(const struct insulator *i, const struct process *p,
    handle_t rpc_estate, const char *properties, uint32_t bytes);
void effect_tell_remove(const struct insulator *i, pid_number_t pid);
MUST_CHECK err_t effect_tell_update(
    const struct insulator *i, pid_number_t old_pid, pid_number_t new_pid);
MUST_CHECK err_t effect_insulator_open(struct insulator *i);
void effect_insulator_close(struct insulator *i);

void effect_answer(struct rpc_reference call, err_t error, const void *out, uint32_t bytes);

void effect_power_off(uint64_t status, uint64_t reset);

#endif
