/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes the shell started and has not yet heard the end of. Pure
 * bookkeeping: no calls to anybody.
 */
#ifndef SHELL_JOBS_H
#define SHELL_JOBS_H

#include <stdbool.h>
#include <stdint.h>

#define JOBS_MAX 64
#define JOB_NAME_BYTES 32

struct job {
	uint32_t pid; /* 0: free */
	bool ended;
	uint32_t status;
	char name[JOB_NAME_BYTES];
};

struct jobs {
	struct job job[JOBS_MAX];
	unsigned running;
	uint32_t worst; /* highest status of background jobs that ended since jobs_take_worst */
};

/* Remember a background process; false: the table is full. */
bool jobs_add(struct jobs *jobs, uint32_t pid, const char *name);
/* A child ended: its job, or NULL if it is none of these. The job is free afterwards. */
const struct job *jobs_ended(struct jobs *jobs, uint32_t pid, uint32_t status);
/* The worst status since the last call, and begin again from 0. */
uint32_t jobs_take_worst(struct jobs *jobs);

#endif
