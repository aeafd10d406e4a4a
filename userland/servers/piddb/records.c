/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of PIDs. Look-ups by number are one index; what looks at all
 * records is bounded by their number.
 */
#include "records.h"

#include <insula/state/state.h>

#include <stdbool.h>
#include <string.h>

const struct pid_record *
records_find(const struct records *records, uint64_t pid)
{
	const struct pid_record *r = &records->record[pid % RECORDS];
	return pid != 0 && r->pid == pid ? r : NULL;
}

/* The next PID to give out whose place is free (PD2); twice RECORDS pass every place. 0: none is. */
static uint32_t
next_pid(const struct records *records)
{
	uint32_t pid = records->last_pid;
	for (uint32_t n = 0; n < 2 * RECORDS; n++) {
		pid = pid < RECORDS_FIRST_PID || pid >= RECORDS_LAST_PID ? RECORDS_FIRST_PID
									 : pid + 1;
		if (records->record[pid % RECORDS].pid == 0)
			return pid;
	}
	return 0;
}

static bool
is_text(const char name[RECORDS_NAME_BYTES])
{
	return memchr(name, '\0', RECORDS_NAME_BYTES) != NULL;
}

err_t
records_add(const struct records *records, uint64_t wanted, const char name[RECORDS_NAME_BYTES],
    const uint32_t *value, uint32_t *pid)
{
	if (!is_text(name))
		return ERR_TOO_LONG;
	if (wanted >= RECORDS_FIRST_PID || name[0] == '\0')
		return ERR_ARGUMENT;
	if (records_find(records, wanted) != NULL)
		return ERR_EXISTS;
	uint32_t given = wanted != 0 ? (uint32_t)wanted : next_pid(records);
	if (given == 0 || records->record[given % RECORDS].pid != 0)
		return ERR_TOO_MANY;

	const struct pid_record *r = &records->record[given % RECORDS];
	state_zero(r->name, sizeof r->name);
	state_write(r->name, name, strlen(name) + 1);
	state_write(r->value, value, sizeof r->value);
	STATE_SET(r->pid, given);
	STATE_SET(records->count, records->count + 1);
	if (wanted == 0)
		STATE_SET(records->last_pid, given);
	*pid = given;
	return OK;
}

err_t
records_remove(const struct records *records, uint64_t pid)
{
	const struct pid_record *r = records_find(records, pid);
	if (r == NULL)
		return ERR_NO_PROCESS;
	STATE_SET(r->pid, 0);
	STATE_SET(records->count, records->count - 1);
	return OK;
}

static void
swap_value(const struct pid_record *a, const struct pid_record *b, enum piddb_item item)
{
	uint32_t was = a->value[item];
	STATE_SET(a->value[item], b->value[item]);
	STATE_SET(b->value[item], was);
}

err_t
records_swap(const struct records *records, uint64_t old_pid, uint64_t new_pid)
{
	const struct pid_record *a = records_find(records, old_pid);
	const struct pid_record *b = records_find(records, new_pid);
	if (a == NULL || b == NULL)
		return ERR_NO_PROCESS;
	if (a == b)
		return ERR_ARGUMENT;

	char name[RECORDS_NAME_BYTES];
	memcpy(name, a->name, sizeof name);
	state_write(a->name, b->name, sizeof name);
	state_write(b->name, name, sizeof name);
	swap_value(a, b, PIDDB_INSTANCE);
	swap_value(a, b, PIDDB_STATE);
	return OK;
}

static bool
names_file(const char *path, const char *name)
{
	const char *last = strrchr(path, '/');
	return strcmp(path, name) == 0 || (last != NULL && strcmp(last + 1, name) == 0);
}

err_t
records_find_name(const struct records *records, const char name[RECORDS_NAME_BYTES], uint32_t *pid)
{
	if (!is_text(name))
		return ERR_TOO_LONG;
	if (name[0] == '\0')
		return ERR_NOT_FOUND;
	uint32_t lowest = 0;
	for (uint32_t i = 0; i < RECORDS; i++) {
		const struct pid_record *r = &records->record[i];
		if (r->pid != 0 && (lowest == 0 || r->pid < lowest) &&
		    !(r->value[PIDDB_FLAGS] & PIDDB_INVISIBLE) && names_file(r->name, name))
			lowest = r->pid;
	}
	if (lowest == 0)
		return ERR_NOT_FOUND;
	*pid = lowest;
	return OK;
}

err_t
records_set(const struct records *records, uint64_t pid, uint64_t item, uint64_t value)
{
	const struct pid_record *r = records_find(records, pid);
	if (r == NULL)
		return ERR_NO_PROCESS;
	if (item >= PIDDB_ITEMS || value > UINT32_MAX)
		return ERR_ARGUMENT;
	STATE_SET(r->value[item], (uint32_t)value);
	return OK;
}

const struct pid_record *
records_next(const struct records *records, uint64_t after)
{
	const struct pid_record *next = NULL;
	for (uint32_t i = 0; i < RECORDS; i++) {
		const struct pid_record *r = &records->record[i];
		if (r->pid > after && (next == NULL || r->pid < next->pid))
			next = r;
	}
	return next;
}

err_t
records_journal(const struct records *records, uint64_t step, uint64_t old_pid, uint64_t new_pid,
    const char path[RECORDS_NAME_BYTES])
{
	if (!is_text(path))
		return ERR_TOO_LONG;
	if (old_pid > UINT32_MAX || new_pid > UINT32_MAX)
		return ERR_ARGUMENT;
	if (step != 0) {
		STATE_SET(records->journal_old, (uint32_t)old_pid);
		STATE_SET(records->journal_new, (uint32_t)new_pid);
		state_zero(records->journal_path, sizeof records->journal_path);
		state_write(records->journal_path, path, strlen(path) + 1);
	}
	STATE_SET(records->journal_step, step);
	return OK;
}
