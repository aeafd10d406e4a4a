/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How processes end: by themselves, by a kill, by a fault; and the end of the
 * system.
 */
#ifndef PM_END_H
#define PM_END_H

#include "process.h"
#include "wire.h"

/* Statuses of those that did not choose one. */
#define EXIT_KILLED 137
#define EXIT_CRASHED 139

/* What crashes this often, each time sooner than this, is given up. */
#define STORM_CRASHES 5
#define STORM_NS (100 * 1000000ull)

/* Count a crash; true: that is one too many. */
bool process_storms(struct process *p);
/* Print a line, and end it for good. */
void process_give_up(struct process *p, const char *why);

/* The end of a process: removed, its parent told, its insulators forgotten. */
void process_end(struct process *p, unsigned reason, uint64_t status);

/* It called EXIT. */
void process_exited(struct process *p, uint64_t status);
/*
 * A kill: a server that restarts comes back, unless it is for good. ERR_NO_PROCESS;
 * ERR_REFUSED: one of the five, or for good one that the manifest keeps.
 */
MUST_CHECK err_t process_kill(uint64_t pid, uint64_t flags);
/* Print one line; then restart, or remove (P3). */
void process_fault(const struct process_fault_in *f);
/* A first start has called READY: whoever waits for that is answered. */
void process_is_ready(struct process *p, err_t error);

/* Stop everybody, the youngest first, and turn the machine off. Returns only if it cannot. */
void system_end(uint64_t status, uint64_t reset);

#endif
