/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes: the table, and who belongs to whom.
 *
 * An *instance* is one private space with its threads. It is what an update
 * exchanges; its number is the badge of its control and fault capabilities and
 * is never used twice. A *process* is a PID with what outlives versions: name,
 * parent, estate, state, grants. Each process has exactly one instance.
 *
 * Invariants (process_check)
 *   T1  a PID, and an instance's number, is in the table at most once
 *   T2  a zombie has no instance, was told to nobody, and has a living parent
 *   T3  parent is 0 or the PID of a living process
 *   T4  a process with an update is the old or the new one of exactly that update
 *   T5  an invisible process is the new one of an update
 *   T6  a waiter's caller and, unless 0, its target live, and the target is its child
 */
#ifndef PM_PROCESS_H
#define PM_PROCESS_H

#include <insula/handover.h>
#include <insula/process_info.h>
#include <insula/rpc/server.h>

#include <stdbool.h>
#include <string.h>

#define PROCESSES 256
#define WAITERS 128
#define BIRTHS 32 /* servers: their descriptors are kept, for a new version and for a restart */

enum process_state { PROCESS_FREE, PROCESS_ALIVE, PROCESS_ZOMBIE };

struct update;

struct instance {
	uint32_t number; /* 0: none */
	uint32_t file;   /* in the archive; see image.h */
	handle_t space, thread;
	uint32_t stopped; /* space_stop has been done */
	uint64_t schema_hash;
	uint64_t state_bytes;
	uint64_t served_ns;      /* when it began to serve, or to run */
	uint64_t ready_token;    /* its unanswered READY */
	uint64_t quiesced_token; /* its unanswered QUIESCED */
	uint64_t identity;       /* of its space; 0: not asked yet */
};

struct process {
	pid_number_t pid;
	pid_number_t parent; /* 0: nobody waits */
	uint8_t state;       /* enum process_state */
	uint8_t flags;       /* PROCESS_* of services/process.h */
	uint8_t priority, policy, limit;
	uint8_t storm;     /* crashes in quick succession */
	uint8_t restarts;  /* comes back after a crash */
	uint8_t essential; /* its end is the system's */
	uint8_t reason;    /* of a zombie: enum process_end */
	uint8_t has_ready_call;
	uint32_t told; /* insulators that know it: bit = index */
	handle_t estate, state_estate;
	handle_t quiesce;           /* NOTIFY on the main endpoint, badge 1 << BIT_QUIESCE */
	uint64_t status;            /* of a zombie */
	uint64_t endpoint_identity; /* of the main endpoint; 0: not asked yet */
	struct instance instance;
	struct update *update;
	struct spawn_descriptor *birth;  /* NULL: a plain program */
	struct rpc_reference ready_call; /* SPAWN_WAIT_READY: answered at READY */
	char name[NAME_BYTES];
	char service[NAME_BYTES]; /* "": not an updatable server */
};

extern struct process process_table[PROCESSES];

#define PROCESS_EACH(p) for (struct process *p = process_table; p < process_table_end(); p++)

/* Behind the highest entry in use. */
struct process *process_table_end(void);

/* A free entry, cleared, or NULL; it is in use when its state says so. */
struct process *process_new(void);
void process_free(struct process *p);

/* The living process with that PID, or instance, or NULL. */
struct process *process_by_pid(uint64_t pid);
struct process *process_by_instance(uint64_t number);

/*
 * First match by name or by file name, in the order of PIDs, with a PID above
 * `after`; never an invisible one (M4).
 */
struct process *process_find(const char *name, uint64_t after);

/* The manifest says that it comes back: it cannot be ended for good. */
static inline bool
process_is_kept(const struct process *p)
{
	return p->birth != NULL && (p->birth->flags & SPAWN_RESTART) != 0;
}

/* A number for a new instance; 0: there is none left. */
uint32_t instance_number(void);

/* Keep a descriptor; NULL: no room. */
struct spawn_descriptor *birth_keep(const struct spawn_descriptor *d);

extern struct spawn_descriptor births[BIRTHS];

/* The descriptor that was kept for whoever spawns that path (SPAWN_ON_DEMAND), or NULL. */
static inline const struct spawn_descriptor *
birth_on_demand(const char *path)
{
	for (const struct spawn_descriptor *b = births; b < births + BIRTHS; b++)
		if ((b->flags & SPAWN_ON_DEMAND) != 0 && strcmp(b->path, path) == 0)
			return b;
	return NULL;
}

/* `wait`: OK with *out, RPC_DEFERRED, ERR_NO_PROCESS (no such child), ERR_TOO_MANY. */
struct process_wait_out;
err_t process_wait(
    struct rpc_reference call, pid_number_t caller, pid_number_t pid, struct process_wait_out *out);

/*
 * A process is no more: its children are nobody's, its waits are forgotten, and
 * it is a zombie until its parent waits, or is told at once.
 */
void process_bury(struct process *p, unsigned reason, uint64_t status);

#ifdef INSULA_HOST_TEST
void process_check(void);
void process_reset(void);
#endif

#endif
