/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process answers that registers with process.add_insulator: its
 * service has the name it registered, and (at least) these operations with
 * these numbers. memory, rpc and path have their own.
 */
#ifndef INSULA_SERVICES_INSULATOR_H
#define INSULA_SERVICES_INSULATOR_H

#define INSULATOR_NAME "insulator"
#define INSULATOR_VERSION 1
#define INSULATOR_DEPTH 4

#define INSULATOR_OPS(OP)        \
	OP(1, add_process, 0)    \
	OP(2, remove_process, 0) \
	OP(3, update_process, 0)

/* properties: the strings that are this insulator's, each NUL-terminated. An error refuses the process. */
#define INSULATOR_add_process_IN(P) P(U64, pid, 0) P(U64, parent, 0) P(BYTES, properties, 128)
#define INSULATOR_add_process_OUT(P)
#define INSULATOR_remove_process_IN(P) P(U64, pid, 0)
#define INSULATOR_remove_process_OUT(P)
/* The two PIDs change processes (M3). The same again undoes it. */
#define INSULATOR_update_process_IN(P) P(U64, old_pid, 0) P(U64, new_pid, 0)
#define INSULATOR_update_process_OUT(P) P(U64, pid, 0)

#endif
