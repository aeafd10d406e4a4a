/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of insulators.
 */
#include "effects.h"

#include <insula/services/process.h>
#include <string.h>

struct insulator insulator_table[INSULATORS];
uint32_t insulator_count;
static uint32_t next_id = INSULATORID_INVALID + 1;

err_t
insulator_add(pid_number_t pid, const char *name, unsigned kind, uint32_t *id)
{
	if (insulator_count == INSULATORS)
		return ERR_TOO_MANY;
	unsigned same = 0;
	for (uint32_t i = 0; i < insulator_count; i++)
		same += strcmp(insulator_table[i].name, name) == 0;
	if (same >= 2)
		return ERR_EXISTS;
	struct insulator *i = &insulator_table[insulator_count];
	memset(i, 0, sizeof *i);
	i->pid = pid;
	i->kind = kind;
	strncpy(i->name, name, sizeof i->name - 1);
	err_t err = effect_insulator_open(i);
	if (err != OK)
		return err;
	i->id = next_id++;
	insulator_count++;
	*id = i->id;
	return OK;
}

/* Those behind it move down, and so do their bits (I1). */
static void
insulator_drop(uint32_t index)
{
	effect_insulator_close(&insulator_table[index]);
	insulator_count--;
	for (uint32_t i = index; i < insulator_count; i++)
		insulator_table[i] = insulator_table[i + 1];
	uint32_t below = (1u << index) - 1;
	PROCESS_EACH(p)
	p->told = (p->told & below) | ((p->told >> 1) & ~below);
}

err_t
insulator_remove(pid_number_t caller, uint64_t id)
{
	for (uint32_t i = 0; i < insulator_count; i++) {
		if (insulator_table[i].id != id)
			continue;
		if (insulator_table[i].pid != caller || insulator_table[i].kind != INSULATOR_OTHER)
			return ERR_REFUSED;
		insulator_drop(i);
		return OK;
	}
	return ERR_NOT_FOUND;
}

void
insulator_forget(pid_number_t pid)
{
	for (uint32_t i = insulator_count; i-- > 0;)
		if (insulator_table[i].pid == pid)
			insulator_drop(i);
}

uint32_t
insulator_section(const char *name, const char *properties, uint32_t bytes, char *to, uint32_t room)
{
	uint32_t written = 0;
	size_t length = strlen(name);
	for (uint32_t at = 0; at < bytes;) {
		const char *string = properties + at;
		uint32_t size = (uint32_t)strnlen(string, bytes - at) + 1;
		if (size > bytes - at)
			break; /* not terminated: nobody's */
		at += size;
		if (size <= length + 1 || memcmp(string, name, length) != 0 ||
		    string[length] != ':')
			continue;
		size -= (uint32_t)length + 1;
		if (size > room - written)
			break;
		memcpy(to + written, string + length + 1, size);
		written += size;
	}
	return written;
}

/* Its own update is nothing it is told of: it was there before it registered. */
static bool
is_told(const struct process *p, uint32_t index)
{
	return (p->told >> index & 1) != 0;
}

static void
update_undo(const struct process *old, const struct process *new, uint32_t count)
{
	for (uint32_t i = count; i-- > 0;)
		if (is_told(old, i) &&
		    effect_tell_update(&insulator_table[i], old->pid, new->pid) != OK)
			effect_print("process: an insulator cannot take back an update");
}

err_t
insulator_update_all(const struct process *old, const struct process *new, const char **refuser)
{
	for (uint32_t i = 0; i < insulator_count; i++) {
		if (!is_told(old, i))
			continue;
		err_t err = effect_tell_update(&insulator_table[i], old->pid, new->pid);
		if (err != OK) {
			update_undo(old, new, i);
			*refuser = insulator_table[i].name;
			return err;
		}
	}
	return OK;
}

void
insulator_update_undo(const struct process *old, const struct process *new)
{
	update_undo(old, new, insulator_count);
}

bool
insulator_held(void)
{
	if (insulator_count == 0)
		return true;
	for (uint32_t i = 0; i < insulator_count; i++) {
		const struct process *p = process_by_pid(insulator_table[i].pid);
		if (p != NULL && (p->instance.stopped || p->instance.quiesced_token != 0))
			return true;
	}
	return false;
}
