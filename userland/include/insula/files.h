/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by pathname: the name is resolved once by the pathname insulator, and
 * from then on the calls go straight to the server that owns it (N2).
 *
 * Connections to servers of files are kept and shared; a thread that uses these
 * functions must be the only one of its process that does.
 */
#ifndef INSULA_FILES_H
#define INSULA_FILES_H

#include <insula/abi/error.h>
#include <insula/services/files.h>
#include <stddef.h>
#include <stdint.h>

struct rpc_connection;

#define FILE_PATH_BYTES 96

struct insula_file {
	struct rpc_connection *server;
	uint64_t inode;
	uint64_t bytes;
	enum file_kind kind;
};

struct insula_name {
	char name[FILE_PATH_BYTES];
	uint64_t bytes;
	enum file_kind kind; /* FILE_NONE: there is no n-th name */
};

/*
 * Find a file or directory by its absolute path.
 *
 * Returns  OK, ERR_NOT_FOUND, ERR_TOO_LONG (the path exceeds FILE_PATH_BYTES - 1), or what
 *          kept its server from answering
 */
MUST_CHECK err_t file_open(const char *path, struct insula_file *file);

/* Read up to `most` bytes from `offset`; *got is 0 at the end of the file. */
MUST_CHECK err_t file_read(
    const struct insula_file *file, uint64_t offset, void *to, size_t most, size_t *got);

/*
 * The n-th name in a directory: first the attachments below it, then what the
 * directory's own server lists. FILE_NONE ends the list.
 */
MUST_CHECK err_t file_list(const char *path, uint64_t n, struct insula_name *name);

#endif
