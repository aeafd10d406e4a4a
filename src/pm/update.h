/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exchanging the instance of a PID: an update that somebody asked for, and the
 * restart of a server that crashed, which is the same with the same file.
 * docs/update.md tells the protocol.
 *
 *     who moves an update on                        from           to
 *     update_begin, update_restart                  -              INITIALISING
 *     update_ready, phase 1                         INITIALISING   QUIESCING, or on
 *     update_quiesced, a deadline, a crash of old   QUIESCING      CONVERTING, or on
 *     update_ready, phase 2                         CONVERTING     switched, and ended
 *     update_new_ended, a deadline, a refusal       any            ended: the old one serves
 *
 * Between two events nothing waits: the manager serves everybody else. The switch
 * is one piece without an event in it, and so are the rollback before it, and the
 * commit behind it. Probation will be a state between switch and commit.
 *
 *   P1  an update's new one is invisible and has no estate until the switch
 *   P2  past QUIESCING the old instance is stopped
 *   P3  at most one update for a process (U8)
 */
#ifndef PM_UPDATE_H
#define PM_UPDATE_H

#include "end.h"
#include "image.h"
#include "line.h"
#include "process.h"
#include "wire.h"

#define UPDATES 8

#define QUIESCE_NS (100 * 1000000ull)     /* unless the caller says otherwise */
#define INITIALISE_NS (1000 * 1000000ull) /* for a new version to say READY */
#define CONVERT_NS (5000 * 1000000ull)    /* for converting the state */
enum update_state {
	UPDATE_NONE,
	UPDATE_INITIALISING,
	UPDATE_QUIESCING,
	UPDATE_CONVERTING,
};

struct update {
	uint8_t state;     /* enum update_state */
	uint8_t restart;   /* of a crashed one: nobody asked */
	uint8_t crashed;   /* the old instance is dead: there is nothing to go back to */
	uint8_t forced;    /* the old instance was not at a call boundary */
	uint8_t dry;       /* stop before anything is touched */
	uint8_t explained; /* the new version has begun to say why it cannot convert */
	struct process *old, *new;
	struct rpc_reference call;
	uint64_t deadline_ns; /* of the state it is in */
	uint64_t quiesce_ns;
	uint64_t step_ns;     /* when the step under way began */
	uint64_t blackout_ns; /* when the old one stopped serving; 0: it serves */
	handle_t second_state;
	struct image image;
	struct process_update_out out;
	uint64_t cost[UPDATE_STEPS];
	/* Of a failure that somebody else tells of: the new version, an insulator. */
	struct line reason;
};

/* The service's operation: RPC_DEFERRED, or an error with a sentence in out->reason. */
err_t update_begin(
    struct rpc_reference call, const struct process_update_in *in, struct process_update_out *out);

/* A crash, or a kill, of a process that restarts; counts: towards a storm. */
void update_restart(struct process *p, bool counts);

/* What the instances say and what becomes of them; p->update is not NULL. */
void update_ready(struct process *p, uint64_t phase, uint64_t hash, err_t error);
/* The next part of a sentence, of `bytes` at most. */
void update_reason(struct process *p, const char *part, size_t bytes);
void update_quiesced(struct process *p, uint64_t in_flight);
void update_new_ended(struct process *p, const char *how);
/* The old process is being taken away for good. */
void update_abandon(struct process *p);

/* The next deadline of any update, TIME_NEVER if there is none. */
uint64_t update_deadline(void);
void update_expire(uint64_t now_ns);

#ifdef INSULA_HOST_TEST
void update_check(void);
void update_reset(void);
#endif

#endif
