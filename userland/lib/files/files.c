/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by pathname. A connection to each server met is kept in a small table;
 * one that closes is opened again at the next use.
 */
#include <insula/files.h>
#include <insula/rpc/client.h>
#include <insula/services/path.h>

#include <string.h>

RPC_DEFINE_SERVICE(FILES, files)
RPC_DEFINE_SERVICE(PATH, path)

#define SERVERS 8

static struct rpc_connection *path_server;
static struct {
	pid_number_t pid;
	struct rpc_connection *connection;
} server[SERVERS];
static unsigned next_server;

static err_t
path_connection(void)
{
	if (path_server != NULL)
		return OK;
	return rpc_open(PID_INVALID, &path_interface, 0, &path_server, NULL);
}

static err_t
server_connection(pid_number_t pid, struct rpc_connection **connection)
{
	for (unsigned i = 0; i < SERVERS; i++) {
		if (server[i].pid == pid && server[i].connection != NULL) {
			*connection = server[i].connection;
			return OK;
		}
	}
	err_t err = rpc_open(pid, &files_interface, 0, connection, NULL);
	if (err != OK)
		return err;
	unsigned slot = next_server++ % SERVERS;
	if (server[slot].connection != NULL)
		(void)rpc_close(server[slot].connection);
	server[slot].pid = pid;
	server[slot].connection = *connection;
	return OK;
}

/* The server died and came back, or another took its place: forget it. */
static void
forget(struct rpc_connection *connection)
{
	for (unsigned i = 0; i < SERVERS; i++) {
		if (server[i].connection == connection) {
			(void)rpc_close(connection);
			server[i].connection = NULL;
			server[i].pid = PID_INVALID;
		}
	}
}

static err_t
resolve(const char *path, struct path_resolve_out *out)
{
	struct path_resolve_in in;
	memset(&in, 0, sizeof in);
	if (strlen(path) >= sizeof in.path)
		return ERR_TOO_LONG;
	strcpy(in.path, path);
	err_t err = path_connection();
	return err != OK ? err : path_resolve(path_server, &in, out, TIME_NEVER);
}

/* Resolve, and connect to the server of files that owns the name. */
static err_t
reach(const char *path, struct path_resolve_out *where, struct rpc_connection **connection)
{
	err_t err = resolve(path, where);
	if (err != OK)
		return err;
	if (strcmp(where->service, FILES_NAME) != 0)
		return ERR_REFUSED;
	return server_connection((pid_number_t)where->server, connection);
}

err_t
file_open(const char *path, struct insula_file *file)
{
	struct path_resolve_out where;
	struct rpc_connection *connection;
	struct files_stat_in in;
	struct files_stat_out out;
	for (int attempt = 0;; attempt++) {
		err_t err = reach(path, &where, &connection);
		if (err != OK)
			return err;
		memset(&in, 0, sizeof in);
		strcpy(in.path, where.rest);
		err = files_stat(connection, &in, &out, TIME_NEVER);
		if (err == OK)
			break;
		if (err != ERR_CLOSED || attempt > 0)
			return err;
		forget(connection);
	}
	file->server = connection;
	file->inode = out.inode;
	file->bytes = out.bytes;
	file->kind = (enum file_kind)out.kind;
	return OK;
}

err_t
file_read(const struct insula_file *file, uint64_t offset, void *to, size_t most, size_t *got)
{
	struct files_read_in in = { .inode = file->inode, .offset = offset, .most = most };
	struct files_read_out out;
	err_t err = files_read(file->server, &in, &out, TIME_NEVER);
	if (err != OK)
		return err;
	*got = out.text_length < most ? out.text_length : most;
	memcpy(to, out.text, *got);
	return OK;
}

/* The n-th attachment below a directory; *n counts down past those there are. */
static err_t
list_attachments(const char *path, uint64_t *n, struct insula_name *name)
{
	struct path_list_in in = { .index = *n };
	struct path_list_out out;
	if (strlen(path) >= sizeof in.directory)
		return ERR_TOO_LONG;
	strcpy(in.directory, path);
	err_t err = path_connection();
	if (err == OK)
		err = path_list(path_server, &in, &out, TIME_NEVER);
	if (err == OK) {
		const char *last = strrchr(out.prefix, '/');
		strcpy(name->name, last != NULL ? last + 1 : out.prefix);
		name->bytes = 0;
		name->kind = FILE_DIRECTORY;
		return OK;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	/* Count those there are, so that what follows begins at 0. */
	uint64_t count = 0;
	for (in.index = 0; in.index < *n; in.index++, count++)
		if (path_list(path_server, &in, &out, TIME_NEVER) != OK)
			break;
	*n -= count;
	return ERR_NOT_FOUND;
}

err_t
file_list(const char *path, uint64_t n, struct insula_name *name)
{
	struct path_resolve_out where;
	struct rpc_connection *connection;
	uint64_t index = n;
	err_t err = list_attachments(path, &index, name);
	if (err != ERR_NOT_FOUND)
		return err;
	name->kind = FILE_NONE;
	err = reach(path, &where, &connection);
	if (err == ERR_NOT_FOUND && n > index)
		return OK; /* only attachments here, and they are all told */
	if (err != OK)
		return err;
	struct files_list_in in = { .index = index };
	struct files_list_out out;
	strcpy(in.path, where.rest);
	err = files_list(connection, &in, &out, TIME_NEVER);
	if (err != OK)
		return err;
	strcpy(name->name, out.name);
	name->bytes = out.bytes;
	name->kind = (enum file_kind)out.kind;
	return OK;
}
