/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fixed table; a job's slot is free again as soon as it has ended.
 */
#include "jobs.h"

#include <stddef.h>
#include <string.h>

bool
jobs_add(struct jobs *jobs, uint32_t pid, const char *name)
{
	for (unsigned i = 0; i < JOBS_MAX; i++) {
		struct job *job = &jobs->job[i];
		if (job->pid != 0)
			continue;
		job->pid = pid;
		job->ended = false;
		strncpy(job->name, name, sizeof job->name - 1);
		job->name[sizeof job->name - 1] = '\0';
		jobs->running++;
		return true;
	}
	return false;
}

const struct job *
jobs_ended(struct jobs *jobs, uint32_t pid, uint32_t status)
{
	for (unsigned i = 0; i < JOBS_MAX; i++) {
		struct job *job = &jobs->job[i];
		if (pid == 0 || job->pid != pid)
			continue;
		job->pid = 0;
		job->ended = true;
		job->status = status;
		jobs->running--;
		if (status > jobs->worst)
			jobs->worst = status;
		return job;
	}
	return NULL;
}

uint32_t
jobs_take_worst(struct jobs *jobs)
{
	uint32_t worst = jobs->worst;
	jobs->worst = 0;
	return worst;
}
