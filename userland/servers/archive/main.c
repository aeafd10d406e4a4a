/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of the boot archive: /boot, read-only. The archive is mapped into
 * this process as it lies in memory; an inode is a member's place in it. Which
 * members there are is found out once, at the start.
 *
 * Grants: "archive" (the archive's address and length).
 */
#include "tree.h"

#include <insula/process.h>
#include <insula/rpc/server.h>
#include <insula/services/files.h>
#include <insula/services/path.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(FILES, files)
RPC_DEFINE_SERVER(FILES, files)
RPC_DEFINE_SERVICE(PATH, path)

static struct tree tree;

static err_t
on_stat(struct rpc_call *call, const struct files_stat_in *in, struct files_stat_out *out)
{
	(void)call;
	const struct tree_file *file;
	out->kind = tree_find(&tree, in->path, &file);
	if (out->kind == FILE_NONE)
		return ERR_NOT_FOUND;
	if (out->kind == FILE_REGULAR) {
		out->bytes = file->bytes;
		out->inode = (uint64_t)(file - tree.file) + 1;
	}
	return OK;
}

static err_t
on_read(struct rpc_call *call, const struct files_read_in *in, struct files_read_out *out)
{
	(void)call;
	if (in->inode == 0 || in->inode > tree.files)
		return ERR_NOT_FOUND;
	const struct tree_file *file = &tree.file[in->inode - 1];
	if (in->offset >= file->bytes)
		return OK;
	uint64_t some = file->bytes - in->offset;
	if (some > in->most)
		some = in->most;
	if (some > sizeof out->text)
		some = sizeof out->text;
	memcpy(out->text, (const char *)file->bytes_at + in->offset, some);
	out->text_length = (uint32_t)some;
	return OK;
}

static err_t
on_list(struct rpc_call *call, const struct files_list_in *in, struct files_list_out *out)
{
	(void)call;
	const struct tree_file *file;
	enum file_kind kind = tree_find(&tree, in->path, &file);
	if (kind == FILE_NONE)
		return ERR_NOT_FOUND;
	if (kind != FILE_DIRECTORY)
		return ERR_ARGUMENT;
	out->kind = tree_list(&tree, in->path, in->index, out->name, sizeof out->name, &out->bytes);
	return OK;
}

/* Attach at /boot, once the service is there to be found. */
static err_t
attach(void)
{
	struct rpc_connection *path;
	struct path_attach_in in = { .prefix = "/boot", .service = FILES_NAME };
	struct path_attach_out out;
	err_t err = rpc_open(PID_INVALID, &path_interface, 0, &path, NULL);
	return err != OK ? err : path_attach(path, &in, &out, TIME_NEVER);
}

static err_t
start(uint32_t kind)
{
	uint64_t address, bytes;
	char why[160];
	err_t err = process_grant("archive", &address, &bytes);
	if (err != OK) {
		fprintf(stderr, "archive: the manifest grants it no \"archive\"\n");
		return err;
	}
	err = tree_read(&tree, (const void *)address, bytes, "boot", why, sizeof why);
	if (err != OK) {
		fprintf(stderr, "archive: %s\n", why);
		return err;
	}
	return kind == START_FRESH ? attach() : OK;
}

static const struct rpc_hooks hooks = { .start = start };

int
main(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE(files) };
	return rpc_serve(services, 1, &hooks);
}
