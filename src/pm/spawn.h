/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making processes and taking them away: add_process and remove_process, all
 * or nothing over every insulator (M1, M2).
 */
#ifndef PM_SPAWN_H
#define PM_SPAWN_H

#include "image.h"
#include "process.h"

/* What a process gets that is not said otherwise; memory has its own defaults for 0. */
#define DEFAULT_STACK_BYTES (64u * 1024)
#define DEFAULT_PRIORITY 10

struct spawn_request {
	const struct spawn_descriptor *descriptor;
	const char *args; /* NULL: the descriptor's */
	uint32_t argc, args_bytes;
	const char *properties; /* strings "insulator:what" */
	uint32_t properties_bytes;
	pid_number_t parent; /* 0: of the manifest */
	uint32_t info_flags; /* INFO_* */
};

/*
 * Start a program (M1).
 *
 * Returns  OK, or having left nothing behind, with a sentence in `why`, ERR_NOT_FOUND,
 *          ERR_BAD_IMAGE, ERR_TOO_MANY, ERR_TOO_LONG, ERR_LIMIT, ERR_BUSY (an insulator is just
 *          being updated), or what an insulator refused with
 */
MUST_CHECK err_t process_spawn(
    const struct spawn_request *r, struct process **spawned, struct line *why);

/*
 * Start a new instance beside `old`, invisible and without an estate (U1).
 *
 * Returns  OK, or having left nothing behind, with a sentence in `why`, an error
 */
MUST_CHECK err_t process_spawn_beside(const struct process *old, const struct image *image,
    enum start_kind start, struct process **spawned, struct line *why);

/* Stop all threads of an instance. */
void instance_stop(struct instance *instance);

/* Take away everything of a process but its place in the table (M2). */
void process_remove(struct process *p);

#endif
