/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A world for the process manager's logic: the kernel calls and the servers it
 * acts on, as a model that keeps what exists, refuses what the real ones
 * refuse, and can be told to fail the n-th thing that may fail.
 *
 * Everything in `struct world` is comparable with memcmp: what was made and
 * taken away again leaves no trace in it.
 */
#ifndef TEST_PM_WORLD_H
#define TEST_PM_WORLD_H

#include "../../../src/pm/control.h"
#include "../../../src/pm/effects.h"
#include "../../../src/pm/end.h"
#include "../../../src/pm/image.h"
#include "../../../src/pm/insulator.h"
#include "../../../src/pm/process.h"
#include "../../../src/pm/spawn.h"
#include "../../../src/pm/update.h"

#define WORLD_OBJECTS 300

enum world_thread { THREAD_NONE, THREAD_MADE, THREAD_STARTED };

struct world {
	struct {
		uint32_t pid, instance;
		uint32_t flags;
	} piddb[WORLD_OBJECTS];
	struct {
		uint32_t pid, space, estate, state, second;
	} memory[WORLD_OBJECTS];
	/* Sets of PIDs, one for each insulator but memory. */
	uint32_t told[INSULATORS][WORLD_OBJECTS];
	struct {
		uint32_t alive, stopped, thread, caps;
		uint32_t estate, state; /* linked */
		uint64_t fault_badge, control_badge, pc;
	} space[WORLD_OBJECTS]; /* of private spaces: handle 1000 + index */
	struct {
		uint32_t alive, caps, doorbells;
	} estate[WORLD_OBJECTS]; /* estates and states: handle 2000 + index */
	uint64_t journal;
	uint32_t own_caps;    /* badged copies in the manager's table */
	uint32_t outstanding; /* calls of instances that are not answered */
};

extern struct world world;

/* What does not compare. */
struct world_log {
	uint64_t now_ns;
	uint32_t next_pid;
	uint32_t effects;       /* that could have failed */
	uint32_t fail_at;       /* the number of the one that does; 0: none */
	uint32_t serving_calls; /* kernel calls and RPCs since the old one was stopped */
	char printed[512];
	uint32_t prints;
	/* The last answer to an RPC call that was deferred. */
	uint32_t answers;
	uint64_t answer_number;
	err_t answer_error;
	union {
		struct process_wait_out wait;
		struct process_update_out update;
		struct process_spawn_manifest_out spawn;
	} answer;
	/* The last reply to an instance. */
	uint64_t replied_token, replied_word[2];
	err_t archive_is; /* what reading the archive gives */
	uint32_t powered_off;
	uint64_t power_status;
	char section[128]; /* what the last "other" insulator was given */
	uint32_t section_bytes;
	uint32_t refusing; /* insulator number that refuses whatever comes; 0: none */
	/* Order of what happened: one letter each. */
	char order[256];
};
extern struct world_log log_;

void world_reset(void);
/* Every object belongs to exactly one process, and every process has its own. */
void world_check(void);

/* Instances speak. They return the token of the call. */
uint64_t world_ready(const struct process *p, unsigned phase, uint64_t hash, err_t error);
uint64_t world_quiesced(const struct process *p, uint64_t in_flight);
void world_exit(const struct process *p, uint64_t status);
void world_fault(const struct process *p, unsigned cause);

/* spawn of a file as a child of `parent`; NULL when refused, with the error in *err. */
struct process *world_spawn(const char *path, pid_number_t parent, err_t *err);
err_t world_update(uint64_t number, pid_number_t pid, const char *path);
/* The new instance of the update that `old` is in. */
struct process *world_new_of(const struct process *old);

#endif
