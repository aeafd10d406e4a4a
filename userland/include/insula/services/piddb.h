/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PID database's service, for the process manager: who each PID is, and
 * the update journal.
 */
#ifndef INSULA_SERVICES_PIDDB_H
#define INSULA_SERVICES_PIDDB_H

#define PIDDB_NAME "piddb"
#define PIDDB_VERSION 1
#define PIDDB_DEPTH 4

#define PIDDB_OPS(OP)               \
	OP(1, add, 0)               \
	OP(2, remove, 0)            \
	OP(3, swap, 0)              \
	OP(4, find, RPC_REPEATABLE) \
	OP(5, get, RPC_REPEATABLE)  \
	OP(6, set, 0)               \
	OP(7, journal, 0)           \
	OP(8, next, RPC_REPEATABLE) \
	OP(9, journal_get, RPC_REPEATABLE)

/* pid: one below 16 for what the manifest numbers; 0: the next, upward from 16. */
#define PIDDB_add_IN(P)     \
	P(TEXT, name, 96)   \
	P(U64, parent, 0)   \
	P(U64, instance, 0) \
	P(U64, flags, 0) P(U64, uid, 0) P(U64, gid, 0) P(U64, group, 0) P(U64, pid, 0)
#define PIDDB_add_OUT(P) P(U64, pid, 0)
#define PIDDB_remove_IN(P) P(U64, pid, 0)
#define PIDDB_remove_OUT(P)
/* The two PIDs change processes (M3): name, instance and state; the rest stays with the number. */
#define PIDDB_swap_IN(P) P(U64, old_pid, 0) P(U64, new_pid, 0)
#define PIDDB_swap_OUT(P)
/* First match by file name; never an invisible one (M4). */
#define PIDDB_find_IN(P) P(TEXT, name, 96)
#define PIDDB_find_OUT(P) P(U64, pid, 0)
#define PIDDB_get_IN(P) P(U64, pid, 0)
#define PIDDB_get_OUT(P)    \
	P(TEXT, name, 96)   \
	P(U64, parent, 0)   \
	P(U64, instance, 0) \
	P(U64, flags, 0) P(U64, uid, 0) P(U64, gid, 0) P(U64, group, 0) P(U64, state, 0)
/* item: enum piddb_item; values have 32 bits. */
#define PIDDB_set_IN(P) P(U64, pid, 0) P(U64, item, 0) P(U64, value, 0)
#define PIDDB_set_OUT(P)
/* The one journal record: step is written last, in one aligned store. */
#define PIDDB_journal_IN(P) P(U64, step, 0) P(U64, old_pid, 0) P(U64, new_pid, 0) P(TEXT, path, 96)
#define PIDDB_journal_OUT(P)

/* The record with the lowest PID above `after`; pid 0: no more. */
#define PIDDB_next_IN(P) P(U64, after, 0)
#define PIDDB_next_OUT(P) \
	P(U64, pid, 0)    \
	P(TEXT, name, 96) P(U64, parent, 0) P(U64, instance, 0) P(U64, flags, 0) P(U64, state, 0)
/* step 0: nothing is under way. */
#define PIDDB_journal_get_IN(P)
#define PIDDB_journal_get_OUT(P) \
	P(U64, step, 0) P(U64, old_pid, 0) P(U64, new_pid, 0) P(TEXT, path, 96)

enum piddb_item {
	PIDDB_PARENT,
	PIDDB_INSTANCE,
	PIDDB_FLAGS,
	PIDDB_UID,
	PIDDB_GID,
	PIDDB_GROUP,
	PIDDB_STATE,
	PIDDB_ITEMS
};

#define PIDDB_INVISIBLE 1u
#define PIDDB_SERVER 2u

#endif
