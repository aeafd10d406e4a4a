/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The space of pathnames: who is attached where, and which server a path leads
 * to. It lies in the server's state segment and is changed only through
 * insula/state/state.h, so that it outlives a version and a crash.
 *
 * Invariants
 *  PN1: a used attachment has a normalised prefix and an owner other than 0.
 *  PN2: attachment numbers only grow; the higher of two is the newer.
 *  PN3: a process without a directory record has the directory "/".
 */
#ifndef INSULA_PATH_NAMES_H
#define INSULA_PATH_NAMES_H

#include <insula/abi/error.h>
#include <insula/path.h>
#include <insula/state/schema.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_PATH_BYTES PATH_BYTES
#define NAMES_SERVICE_BYTES 32
#define NAMES_ATTACHMENTS 64
#define NAMES_DIRECTORIES 64

/* number 0: unused (PN2); owner is a PID. */
#define NAMES_ATTACHMENT(FIELD, ARRAY)           \
	FIELD(number, U64, 0)                    \
	FIELD(owner, U32, 0)                     \
	ARRAY(prefix, CHAR, NAMES_PATH_BYTES, 0) \
	ARRAY(service, CHAR, NAMES_SERVICE_BYTES, 0)
/* pid 0: unused. */
#define NAMES_DIRECTORY(FIELD, ARRAY) \
	FIELD(pid, U32, 0)            \
	ARRAY(path, CHAR, NAMES_PATH_BYTES, 0)
/* last: the number given last. */
#define NAMES_STATE(FIELD, ARRAY, RECORDS)                                         \
	FIELD(last, U64, 0)                                                        \
	RECORDS(attachment, names_attachment, NAMES_ATTACHMENT, NAMES_ATTACHMENTS) \
	RECORDS(directory, names_directory, NAMES_DIRECTORY, NAMES_DIRECTORIES)
STATE_RECORD(NAMES_ATTACHMENT, names_attachment)
STATE_RECORD(NAMES_DIRECTORY, names_directory)
STATE_ROOT(NAMES_STATE, names)

/* A process's working directory; "" is "/". ERR_TOO_MANY, and as path_normalise. */
MUST_CHECK err_t names_add_process(
    const struct names *names, uint32_t pid, const char directory[NAMES_PATH_BYTES]);
/* Takes its attachments and its directory; what they covered is visible again (N1). */
void names_remove_process(const struct names *names, uint32_t pid);
/* The PIDs change processes: attachments stay with the PID, directories move. */
void names_update_process(const struct names *names, uint32_t old_pid, uint32_t new_pid);

/* ERR_ARGUMENT: no service named; ERR_TOO_MANY; and as path_normalise. */
MUST_CHECK err_t names_attach(const struct names *names, uint32_t owner,
    const char prefix[NAMES_PATH_BYTES], const char service[NAMES_SERVICE_BYTES], uint64_t *number);
/* Attach at /svc/SERVICE. ERR_TOO_LONG: the service's name has no end. */
MUST_CHECK err_t names_attach_service(
    const struct names *names, uint32_t owner, const char service[NAMES_SERVICE_BYTES]);
/* ERR_NOT_FOUND: there is none of that number, or it is another's. */
MUST_CHECK err_t names_detach(const struct names *names, uint32_t owner, uint64_t number);

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
