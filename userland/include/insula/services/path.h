/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pathname insulator's service: the space of names into which servers
 * attach. Longest prefix, newest first (N1).
 */
#ifndef INSULA_SERVICES_PATH_H
#define INSULA_SERVICES_PATH_H

#define PATH_NAME "path"
#define PATH_VERSION 1
#define PATH_DEPTH 4

#define PATH_OPS(OP)                   \
	OP(1, add_process, 0)          \
	OP(2, remove_process, 0)       \
	OP(3, update_process, 0)       \
	OP(4, attach, 0)               \
	OP(5, detach, 0)               \
	OP(6, resolve, RPC_REPEATABLE) \
	OP(7, list, RPC_REPEATABLE)

/* service: what it offers, "": nothing; it is attached at /svc/SERVICE. */
#define PATH_add_process_IN(P) P(U64, pid, 0) P(TEXT, directory, 96) P(TEXT, service, 32)
#define PATH_add_process_OUT(P)
#define PATH_remove_process_IN(P) P(U64, pid, 0)
#define PATH_remove_process_OUT(P)
#define PATH_update_process_IN(P) P(U64, old_pid, 0) P(U64, new_pid, 0)
#define PATH_update_process_OUT(P) P(U64, pid, 0)
#define PATH_attach_IN(P) P(TEXT, prefix, 96) P(TEXT, service, 32)
#define PATH_attach_OUT(P) P(U64, attachment, 0)
#define PATH_detach_IN(P) P(U64, attachment, 0)
#define PATH_detach_OUT(P)
/* rest: what follows the prefix, without a leading slash. */
#define PATH_resolve_IN(P) P(TEXT, path, 96)
#define PATH_resolve_OUT(P) P(U64, server, 0) P(TEXT, service, 32) P(TEXT, rest, 96)
/* The n-th attachment below a directory. */
#define PATH_list_IN(P) P(TEXT, directory, 96) P(U64, index, 0)
#define PATH_list_OUT(P) P(TEXT, prefix, 96) P(U64, server, 0) P(TEXT, service, 32)

#endif
