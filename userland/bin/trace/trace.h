/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recording as the program `trace` has it: its records, and who the threads are.
 */
#ifndef TRACE_PROGRAM_H
#define TRACE_PROGRAM_H

#include <insula/abi/error.h>
#include <insula/abi/trace.h>
#include <insula/process_info.h>
#include <stdbool.h>
#include <stddef.h>

struct recording {
	uint64_t first, lost; /* the number of record[0], and how many before it are gone */
	uint64_t clock_hz;
	size_t count;
	struct trace_record *record;
};

/* A thread that is alive, or was when it was last looked at. */
struct known_thread {
	uint32_t identity;
	pid_number_t pid;
	uint32_t index; /* in its process: 0 is the main thread */
};

struct known_process {
	pid_number_t pid;
	uint32_t instance; /* what START records carry */
	char name[NAME_BYTES];
};

#define KNOWN_THREADS 512u
#define KNOWN_PROCESSES 128u

struct names {
	size_t threads, processes;
	struct known_thread thread[KNOWN_THREADS];
	struct known_process process[KNOWN_PROCESSES];
};

#define THREAD_NAME_BYTES 48u

/* Learn all processes that there are and their threads; what is known already stays. */
MUST_CHECK err_t names_learn(struct names *names);
/* Threads that ended before anybody looked, from their START records. */
void names_from_starts(struct names *names, const struct recording *r);
/* "NAME/INDEX", "idle", or "thread N" for one that nobody knows. */
void names_text(const struct names *names, uint32_t identity, char text[THREAD_NAME_BYTES]);

/* For people: a line for each record. */
void show_recording(const struct recording *r, const struct names *names);
/* For programs: docs/trace.md has the lines. */
void dump_recording(const struct recording *r, const struct names *names);

static inline enum trace_event
record_event(const struct trace_record *r)
{
	return (enum trace_event)(r->word >> TRACE_EVENT_SHIFT);
}

#endif
