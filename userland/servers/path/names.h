/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The space of pathnames: who is attached where, and which server a path leads
 * to. Plain logic on one struct: no calls, no allocation.
 *
 * Invariants
 *  PN1: a used attachment has a normalised prefix and an owner other than 0.
 *  PN2: attachment numbers only grow; the higher of two is the newer.
 *  PN3: a process without a directory record has the directory "/".
 */
#ifndef INSULA_PATH_NAMES_H
#define INSULA_PATH_NAMES_H

#include <insula/abi/error.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_PATH_BYTES 96 /* with the NUL */
#define NAMES_SERVICE_BYTES 32
#define NAMES_ATTACHMENTS 64
#define NAMES_DIRECTORIES 64

struct names_attachment {
	uint64_t number; /* PN2; 0: unused */
	uint32_t owner;  /* PID */
	char prefix[NAMES_PATH_BYTES];
	char service[NAMES_SERVICE_BYTES];
};

struct names_directory {
	uint32_t pid; /* 0: unused */
	char path[NAMES_PATH_BYTES];
};

struct names {
	uint64_t last; /* number given last */
	struct names_attachment attachment[NAMES_ATTACHMENTS];
	struct names_directory directory[NAMES_DIRECTORIES];
};

/*
 * Make an absolute path without `.`, `..`, empty components and trailing
 * slash; the root is "/", and its parent is itself. A relative path continues
 * `directory`, which is normalised.
 *
 * Returns   OK, or, with `normal` undefined,
 *           ERR_ARGUMENT  the path is empty
 *           ERR_TOO_LONG  it has no NUL within its array, or the result has no room
 */
MUST_CHECK err_t names_normalise(
    const char *directory, const char path[NAMES_PATH_BYTES], char normal[NAMES_PATH_BYTES]);

/* A process's working directory; "" is "/". ERR_TOO_MANY, and as names_normalise. */
MUST_CHECK err_t names_add_process(
    struct names *names, uint32_t pid, const char directory[NAMES_PATH_BYTES]);
/* Takes its attachments and its directory; what they covered is visible again (N1). */
void names_remove_process(struct names *names, uint32_t pid);
/* The PIDs change processes: attachments stay with the PID, directories move. */
void names_update_process(struct names *names, uint32_t old_pid, uint32_t new_pid);

/* ERR_ARGUMENT: no service named; ERR_TOO_MANY; and as names_normalise. */
MUST_CHECK err_t names_attach(struct names *names, uint32_t owner,
    const char prefix[NAMES_PATH_BYTES], const char service[NAMES_SERVICE_BYTES], uint64_t *number);
/* ERR_NOT_FOUND: there is none of that number, or it is another's. */
MUST_CHECK err_t names_detach(struct names *names, uint32_t owner, uint64_t number);

/*
 * Where a path leads: the longest prefix that ends at a component's end, and
 * the newest among equals (N1). `rest` is what follows it, without a slash.
 */
MUST_CHECK err_t names_resolve(const struct names *names, uint32_t pid,
    const char path[NAMES_PATH_BYTES], const struct names_attachment **found,
    char rest[NAMES_PATH_BYTES]);

/* The index-th visible attachment below a directory, oldest first; ERR_NOT_FOUND past the last. */
MUST_CHECK err_t names_list(const struct names *names, uint32_t pid,
    const char directory[NAMES_PATH_BYTES], uint64_t index, const struct names_attachment **found);

#endif
