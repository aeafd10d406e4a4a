/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a server of files answers. The boot archive is one, attached at /boot.
 */
#ifndef INSULA_SERVICES_FILES_H
#define INSULA_SERVICES_FILES_H

#define FILES_NAME "files"
#define FILES_VERSION 1
#define FILES_DEPTH 4

#define FILES_OPS(OP)               \
	OP(1, stat, RPC_REPEATABLE) \
	OP(2, read, RPC_REPEATABLE) \
	OP(3, list, RPC_REPEATABLE)

#define FILES_stat_IN(P) P(TEXT, path, 96)
#define FILES_stat_OUT(P) P(U64, bytes, 0) P(U64, kind, 0) P(U64, inode, 0)
#define FILES_read_IN(P) P(U64, inode, 0) P(U64, offset, 0) P(U64, most, 768)
#define FILES_read_OUT(P) P(BYTES, text, 768)
/* The n-th name in a directory; kind 0: no more. */
#define FILES_list_IN(P) P(TEXT, path, 96) P(U64, index, 0)
#define FILES_list_OUT(P) P(TEXT, name, 96) P(U64, bytes, 0) P(U64, kind, 0)

enum file_kind { FILE_NONE, FILE_REGULAR, FILE_DIRECTORY };

#endif
