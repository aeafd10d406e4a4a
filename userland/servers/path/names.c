/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attachments and their resolution. The tables are small and scanned; every
 * operation is bounded by their size.
 */
#include "names.h"

#include <insula/state/state.h>

#include <string.h>

static const char *
directory_of(const struct names *names, uint32_t pid)
{
	for (size_t i = 0; i < NAMES_DIRECTORIES; i++) {
		if (names->directory[i].pid == pid && pid != 0)
			return names->directory[i].path;
	}
	return "/";
}

err_t
names_add_process(const struct names *names, uint32_t pid, const char directory[NAMES_PATH_BYTES])
{
	if (pid == 0)
		return ERR_NO_PROCESS;
	if (directory[0] == '\0')
		return OK;
	char normal[NAMES_PATH_BYTES];
	err_t err = path_normalise("/", directory, normal);
	if (err != OK || strcmp(normal, "/") == 0)
		return err;
	for (size_t i = 0; i < NAMES_DIRECTORIES; i++) {
		if (names->directory[i].pid == 0) {
			state_write(names->directory[i].path, normal, strlen(normal) + 1);
			STATE_SET(names->directory[i].pid, pid);
			return OK;
		}
	}
	return ERR_TOO_MANY;
}

void
names_remove_process(const struct names *names, uint32_t pid)
{
	if (pid == 0)
		return;
	for (size_t i = 0; i < NAMES_ATTACHMENTS; i++) {
		if (names->attachment[i].number != 0 && names->attachment[i].owner == pid)
			STATE_SET(names->attachment[i].number, 0);
	}
	for (size_t i = 0; i < NAMES_DIRECTORIES; i++) {
		if (names->directory[i].pid == pid)
			STATE_SET(names->directory[i].pid, 0);
	}
}

void
names_update_process(const struct names *names, uint32_t old_pid, uint32_t new_pid)
{
	for (size_t i = 0; i < NAMES_DIRECTORIES; i++) {
		if (names->directory[i].pid == old_pid)
			STATE_SET(names->directory[i].pid, new_pid);
		else if (names->directory[i].pid == new_pid)
			STATE_SET(names->directory[i].pid, old_pid);
	}
}

err_t
names_attach(const struct names *names, uint32_t owner, const char prefix[NAMES_PATH_BYTES],
    const char service[NAMES_SERVICE_BYTES], uint64_t *number)
{
	if (owner == 0)
		return ERR_NO_PROCESS;
	if (service[0] == '\0')
		return ERR_ARGUMENT;
	if (memchr(service, '\0', NAMES_SERVICE_BYTES) == NULL)
		return ERR_TOO_LONG;
	char normal[NAMES_PATH_BYTES];
	err_t err = path_normalise(directory_of(names, owner), prefix, normal);
	if (err != OK)
		return err;
	for (size_t i = 0; i < NAMES_ATTACHMENTS; i++) {
		const struct names_attachment *a = &names->attachment[i];
		if (a->number != 0)
			continue;
		state_write(a->prefix, normal, strlen(normal) + 1);
		state_write(a->service, service, strlen(service) + 1);
		STATE_SET(a->owner, owner);
		STATE_SET(names->last, names->last + 1);
		STATE_SET(a->number, names->last);
		*number = a->number;
		return OK;
	}
	return ERR_TOO_MANY;
}

err_t
names_attach_service(
    const struct names *names, uint32_t owner, const char service[NAMES_SERVICE_BYTES])
{
	char prefix[NAMES_PATH_BYTES] = "/svc/";
	uint64_t number;

	if (strnlen(service, NAMES_SERVICE_BYTES) == NAMES_SERVICE_BYTES)
		return ERR_TOO_LONG;
	strcpy(prefix + 5, service);
	return names_attach(names, owner, prefix, service, &number);
}

err_t
names_detach(const struct names *names, uint32_t owner, uint64_t number)
{
	for (size_t i = 0; i < NAMES_ATTACHMENTS; i++) {
		const struct names_attachment *a = &names->attachment[i];
		if (number != 0 && a->number == number && a->owner == owner) {
			STATE_SET(a->number, 0);
			return OK;
		}
	}
	return ERR_NOT_FOUND;
}

/* The bytes of `path` that the prefix takes, 0 if it is no prefix. Both are normalised. */
static size_t
match(const char *prefix, const char *path)
{
	if (strcmp(prefix, "/") == 0)
		return 1;
	size_t length = strlen(prefix);
	if (strncmp(prefix, path, length) != 0 || (path[length] != '\0' && path[length] != '/'))
		return 0;
	return length;
}

err_t
names_resolve(const struct names *names, uint32_t pid, const char path[NAMES_PATH_BYTES],
    const struct names_attachment **found, char rest[NAMES_PATH_BYTES])
{
	char normal[NAMES_PATH_BYTES];
	err_t err = path_normalise(directory_of(names, pid), path, normal);
	if (err != OK)
		return err;

	const struct names_attachment *best = NULL;
	size_t best_length = 0;
	for (size_t i = 0; i < NAMES_ATTACHMENTS; i++) {
		const struct names_attachment *a = &names->attachment[i];
		size_t length = a->number == 0 ? 0 : match(a->prefix, normal);
		if (length > best_length ||
		    (best != NULL && length == best_length && a->number > best->number)) {
			best = a;
			best_length = length;
		}
	}
	if (best == NULL)
		return ERR_NOT_FOUND;

	const char *tail = normal + best_length;
	if (*tail == '/')
		tail++;
	memcpy(rest, tail, strlen(tail) + 1);
	*found = best;
	return OK;
}

/* Whether no newer attachment has the same prefix. */
static int
is_visible(const struct names *names, const struct names_attachment *a)
{
	for (size_t i = 0; i < NAMES_ATTACHMENTS; i++) {
		const struct names_attachment *b = &names->attachment[i];
		if (b->number > a->number && strcmp(a->prefix, b->prefix) == 0)
			return 0;
	}
	return 1;
}

err_t
names_list(const struct names *names, uint32_t pid, const char directory[NAMES_PATH_BYTES],
    uint64_t index, const struct names_attachment **found)
{
	char normal[NAMES_PATH_BYTES];
	err_t err = path_normalise(directory_of(names, pid), directory, normal);
	if (err != OK)
		return err;

	uint64_t after = 0;
	for (;;) {
		const struct names_attachment *next = NULL;
		for (size_t i = 0; i < NAMES_ATTACHMENTS; i++) {
			const struct names_attachment *a = &names->attachment[i];
			if (a->number > after && (next == NULL || a->number < next->number) &&
			    strcmp(a->prefix, normal) != 0 && match(normal, a->prefix) != 0 &&
			    is_visible(names, a))
				next = a;
		}
		if (next == NULL)
			return ERR_NOT_FOUND;
		if (index-- == 0) {
			*found = next;
			return OK;
		}
		after = next->number;
	}
}
