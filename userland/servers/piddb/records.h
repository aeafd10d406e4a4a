/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who each PID is, and the update journal. Everything lies in the server's
 * state segment and is changed only through insula/state/state.h, so that it
 * outlives a version and a crash.
 *
 * The record of a PID is record[pid % RECORDS]: a look-up is one index, and a
 * PID whose place is taken is passed over when PIDs are given out.
 *
 * Invariants
 *  PD1: record[i].pid is 0 (unused) or congruent to i.
 *  PD2: PIDs given out ascend from RECORDS_FIRST_PID; none is given again
 *       before all above it were (wrap at RECORDS_LAST_PID).
 *  PD3: journal_step is written last, and alone says whether the journal counts.
 */
#ifndef INSULA_PIDDB_RECORDS_H
#define INSULA_PIDDB_RECORDS_H

#include <insula/abi/error.h>
#include <insula/services/piddb.h>
#include <insula/state/schema.h>

#include <stdint.h>

#define RECORDS 512u
#define RECORDS_FIRST_PID 16u
#define RECORDS_LAST_PID 65535u
#define RECORDS_NAME_BYTES 96

/* value: indexed by enum piddb_item. */
#define RECORDS_RECORD(FIELD, ARRAY)             \
	FIELD(pid, U32, 0)                       \
	ARRAY(name, CHAR, RECORDS_NAME_BYTES, 0) \
	ARRAY(value, U32, PIDDB_ITEMS, 0)
#define RECORDS_STATE(FIELD, ARRAY, RECORD)              \
	FIELD(last_pid, U32, 0)                          \
	FIELD(count, U32, 0)                             \
	FIELD(journal_step, U64, 0)                      \
	FIELD(journal_old, U32, 0)                       \
	FIELD(journal_new, U32, 0)                       \
	ARRAY(journal_path, CHAR, RECORDS_NAME_BYTES, 0) \
	RECORD(record, pid_record, RECORDS_RECORD, RECORDS)
STATE_RECORD(RECORDS_RECORD, pid_record)
STATE_ROOT(RECORDS_STATE, records)

/* The record of a PID, or NULL. */
const struct pid_record *records_find(const struct records *records, uint64_t pid);

/*
 * Make a record.
 *
 * wanted  a PID below RECORDS_FIRST_PID for what the manifest numbers, or 0
 * value   PIDDB_ITEMS of them
 *
 * Returns  OK, ERR_ARGUMENT (no such wanted PID, or no name), ERR_EXISTS,
 *          ERR_TOO_LONG (no NUL), ERR_TOO_MANY
 */
MUST_CHECK err_t records_add(const struct records *records, uint64_t wanted,
    const char name[RECORDS_NAME_BYTES], const uint32_t *value, uint32_t *pid);
/* ERR_NO_PROCESS. */
MUST_CHECK err_t records_remove(const struct records *records, uint64_t pid);

/*
 * The two PIDs change processes (M3): name, instance and state change places;
 * what belongs to the number (visibility, parent, owner, group) stays.
 */
MUST_CHECK err_t records_swap(const struct records *records, uint64_t old_pid, uint64_t new_pid);

/*
 * The first PID whose file has that name: a whole path, or its last component.
 * Never an invisible process (M4). ERR_NOT_FOUND.
 */
MUST_CHECK err_t records_find_name(
    const struct records *records, const char name[RECORDS_NAME_BYTES], uint32_t *pid);

/* ERR_NO_PROCESS, ERR_ARGUMENT (no such item, or it is more than 32 bits). */
MUST_CHECK err_t records_set(
    const struct records *records, uint64_t pid, uint64_t item, uint64_t value);

/* The record with the lowest PID above `after`, or NULL. */
const struct pid_record *records_next(const struct records *records, uint64_t after);

/* Write the journal; step 0 empties it. ERR_TOO_LONG, ERR_ARGUMENT (a PID of more than 32 bits). */
MUST_CHECK err_t records_journal(const struct records *records, uint64_t step, uint64_t old_pid,
    uint64_t new_pid, const char path[RECORDS_NAME_BYTES]);

#endif
