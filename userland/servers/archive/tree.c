/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of an archive below one directory. Directories are not kept: a path
 * is one if some file's name begins with it.
 */
#include "tree.h"

#include <insula/cpio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct tree_file *
file_named(struct tree *tree, const char *name)
{
	for (unsigned i = 0; i < tree->files; i++)
		if (strcmp(tree->file[i].name, name) == 0)
			return &tree->file[i];
	return NULL;
}

err_t
tree_read(struct tree *tree, const void *archive, uint64_t bytes, const char *root, char *why,
    size_t why_bytes)
{
	struct cpio walk;
	struct cpio_member member;
	const size_t skip = strlen(root);
	err_t err;

	tree->files = 0;
	cpio_begin(&walk, archive, bytes);
	while ((err = cpio_next(&walk, &member)) == OK) {
		if (member.kind != CPIO_REGULAR || strncmp(member.name, root, skip) != 0 ||
		    member.name[skip] != '/')
			continue;
		const char *name = member.name + skip + 1;
		struct tree_file *file = file_named(tree, name);
		if (file == NULL && tree->files == TREE_FILES) {
			snprintf(why, why_bytes,
			    "the archive holds more than %u files: %s is one too many", TREE_FILES,
			    member.name);
			return ERR_TOO_MANY;
		}
		if (file == NULL)
			file = &tree->file[tree->files++];
		*file = (struct tree_file){ name, member.data, member.bytes };
	}
	if (err == ERR_NOT_FOUND)
		return OK;
	snprintf(why, why_bytes, "%s", walk.reason);
	return err;
}

/* Where the name goes on behind a directory's path; NULL: it is not in it. */
static const char *
below(const char *name, const char *directory)
{
	const size_t length = strlen(directory);
	if (length == 0)
		return name;
	if (strncmp(name, directory, length) != 0 || name[length] != '/')
		return NULL;
	return name + length + 1;
}

enum file_kind
tree_find(const struct tree *tree, const char *path, const struct tree_file **file)
{
	enum file_kind kind = path[0] == '\0' ? FILE_DIRECTORY : FILE_NONE;
	for (unsigned i = 0; i < tree->files; i++) {
		if (strcmp(tree->file[i].name, path) == 0) {
			*file = &tree->file[i];
			return FILE_REGULAR;
		}
		if (below(tree->file[i].name, path) != NULL)
			kind = FILE_DIRECTORY;
	}
	return kind;
}

/* Whether an earlier file already gave this directory's name to the list. */
static bool
told_before(const struct tree *tree, unsigned at, const char *path, const char *name, size_t length)
{
	for (unsigned i = 0; i < at; i++) {
		const char *rest = below(tree->file[i].name, path);
		if (rest != NULL && strncmp(rest, name, length) == 0 && rest[length] == '/')
			return true;
	}
	return false;
}

enum file_kind
tree_list(const struct tree *tree, const char *path, uint64_t n, char *name, size_t name_bytes,
    uint64_t *bytes)
{
	for (unsigned i = 0; i < tree->files; i++) {
		const char *rest = below(tree->file[i].name, path);
		if (rest == NULL)
			continue;
		const size_t length = strcspn(rest, "/");
		const bool directory = rest[length] == '/';
		if (directory && told_before(tree, i, path, rest, length))
			continue;
		if (n-- > 0)
			continue;
		snprintf(name, name_bytes, "%.*s", (int)length, rest);
		*bytes = directory ? 0 : tree->file[i].bytes;
		return directory ? FILE_DIRECTORY : FILE_REGULAR;
	}
	return FILE_NONE;
}
