/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of a cpio archive below one directory, and what lies in which
 * directory. Built once, then only read; runs in host tests as it is.
 */
#ifndef ARCHIVE_TREE_H
#define ARCHIVE_TREE_H

#include <insula/abi/error.h>
#include <insula/services/files.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_FILES 512u

struct tree_file {
	const char *name; /* below the root directory; lies in the archive */
	const void *bytes_at;
	uint64_t bytes;
};

struct tree {
	struct tree_file file[TREE_FILES];
	unsigned files;
};

/*
 * Read the archive: its regular files below `root` become the tree; of two
 * members with one name the later counts.
 *
 * Returns  OK; ERR_BAD_ARCHIVE or ERR_TOO_MANY, with a sentence in why
 */
MUST_CHECK err_t tree_read(struct tree *tree, const void *archive, uint64_t bytes, const char *root,
    char *why, size_t why_bytes);

/* What a path below the root names; *file is set for FILE_REGULAR. "" is the root. */
enum file_kind tree_find(const struct tree *tree, const char *path, const struct tree_file **file);

/* The n-th name in a directory, each once; FILE_NONE: there is none. */
enum file_kind tree_list(const struct tree *tree, const char *path, uint64_t n, char *name,
    size_t name_bytes, uint64_t *bytes);

#endif
