/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RPC insulator's service: services, connections, and its side of the
 * insulator interface.
 */
#ifndef INSULA_SERVICES_RPC_H
#define INSULA_SERVICES_RPC_H

#include <insula/abi/layout.h>
#include <insula/abi/types.h>

#define RPC_NAME "rpc"
#define RPC_VERSION 1
#define RPC_DEPTH 2

#define RPC_OPS(OP)                             \
	OP(1, add_process, 0)                   \
	OP(2, remove_process, 0)                \
	OP(3, update_process, 0)                \
	OP(4, add_service, 0)                   \
	OP(5, remove_service, 0)                \
	OP(6, add_connection, 0)                \
	OP(7, remove_connection, 0)             \
	OP(8, list_services, RPC_REPEATABLE)    \
	OP(9, list_connections, RPC_REPEATABLE) \
	OP(10, describe, RPC_REPEATABLE)        \
	OP(11, release, RPC_REPEATABLE)

/* estate: its handle in the RPC insulator's own table, put there by memory. No connection is made yet (RPC_ASK). */
#define RPC_add_process_IN(P) P(U64, pid, 0) P(U64, estate, 0)
#define RPC_add_process_OUT(P)
#define RPC_remove_process_IN(P) P(U64, pid, 0)
#define RPC_remove_process_OUT(P)
#define RPC_update_process_IN(P) P(U64, old_pid, 0) P(U64, new_pid, 0)
#define RPC_update_process_OUT(P) P(U64, pid, 0)
/* description: as insula/rpc/describe.h lays it out. endpoint: in the caller's estate table. */
#define RPC_add_service_IN(P) P(U64, endpoint, 0) P(BYTES, description, 1976)
#define RPC_add_service_OUT(P) P(U64, sid, 0)
#define RPC_remove_service_IN(P) P(U64, sid, 0)
#define RPC_remove_service_OUT(P)
/* server 0: the newest service of that name. endpoint: in the caller's estate table, where it is rung; 0: its main one. */
#define RPC_add_connection_IN(P) \
	P(U64, server, 0) P(U64, endpoint, 0) P(U64, flags, 0) P(BYTES, description, 1976)
#define RPC_add_connection_OUT(P) P(U64, cid, 0) P(U64, entry, 0) P(TEXT, reason, 120)
#define RPC_remove_connection_IN(P) P(U64, cid, 0)
#define RPC_remove_connection_OUT(P)
#define RPC_list_services_IN(P) P(U64, after_pid, 0) P(U64, after_sid, 0)
#define RPC_list_services_OUT(P) \
	P(U64, pid, 0) P(U64, sid, 0) P(TEXT, name, 32) P(U64, version, 0) P(U64, connections, 0)
#define RPC_list_connections_IN(P) P(U64, after_pid, 0) P(U64, after_cid, 0)
#define RPC_list_connections_OUT(P) \
	P(U64, pid, 0)              \
	P(U64, cid, 0) P(U64, server, 0) P(U64, sid, 0) P(TEXT, name, 32) P(U64, depth, 0)

/* How the client of that entry of the caller's directory described the service: for a server whose own description is another. */
#define RPC_describe_IN(P) P(U64, entry, 0)
#define RPC_describe_OUT(P) P(BYTES, description, 1976)

/* The caller, a server, is done with that entry of its directory: closed by the peer, or broken. */
#define RPC_release_IN(P) P(U64, entry, 0)
#define RPC_release_OUT(P)

/*
 * What an entry that is ENTRY_ASK is made by: a message with this label to the
 * endpoint that its doorbell names, word 0 the entry's number. Word 0 of the answer
 * is an err_t: OK too if another thread was first; ERR_BUSY: ask again.
 */
#define RPC_ASK 1u

#define RPC_CONNECTION_TRANSFERABLE 1u
#define RPC_CONNECTION_OWN_ENDPOINT 2u /* make an endpoint in the client's estate for it */

/*
 * Where memory.add_process maps the directory page of each process, writable,
 * in the RPC insulator's private half. Entry 0 of a directory says in
 * reserved[0] how many pages it has; 0 means one. Its reserved[1] says how many
 * entries from the first on have ever been used; 0 means all.
 */
#define RPC_DIRECTORIES (160ull * WINDOW_BYTES)
#define RPC_DIRECTORY_STRIDE (16ull * PAGE_BYTES)
#define RPC_PIDS 65536u /* a PID is below this */
#define RPC_DIRECTORY_ADDRESS(pid) (RPC_DIRECTORIES + (uint64_t)(pid)*RPC_DIRECTORY_STRIDE)

#endif
