/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pathnames as text.
 */
#include <insula/path.h>

#include <string.h>

/* Append one component, or take one away for "..". */
static err_t
add_component(char normal[PATH_BYTES], size_t *length, const char *text, size_t bytes)
{
	if (bytes == 0 || (bytes == 1 && text[0] == '.'))
		return OK;
	if (bytes == 2 && text[0] == '.' && text[1] == '.') {
		while (*length > 0 && normal[*length - 1] != '/')
			(*length)--;
		if (*length > 0)
			(*length)--;
		return OK;
	}
	if (*length + 1 + bytes >= PATH_BYTES)
		return ERR_TOO_LONG;
	normal[(*length)++] = '/';
	memcpy(normal + *length, text, bytes);
	*length += bytes;
	return OK;
}

err_t
path_normalise(const char *directory, const char path[PATH_BYTES], char normal[PATH_BYTES])
{
	const char *end = memchr(path, '\0', PATH_BYTES);
	if (end == NULL)
		return ERR_TOO_LONG;
	if (end == path)
		return ERR_ARGUMENT;

	size_t length = 0;
	if (path[0] != '/' && strcmp(directory, "/") != 0) {
		length = strlen(directory);
		memcpy(normal, directory, length);
	}
	for (const char *at = path; at < end;) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		if (slash == NULL)
			slash = end;
		err_t err = add_component(normal, &length, at, (size_t)(slash - at));
		if (err != OK)
			return err;
		at = slash + 1;
	}
	if (length == 0)
		normal[length++] = '/';
	normal[length] = '\0';
	return OK;
}

err_t
path_of_program(const char *name, char normal[PATH_BYTES])
{
	char path[PATH_BYTES];
	if (strlen(name) >= sizeof path)
		return ERR_TOO_LONG;
	strcpy(path, name);
	return path_normalise(strchr(name, '/') != NULL ? "/" : "/boot", path, normal);
}
