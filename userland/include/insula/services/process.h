/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process manager's service.
 */
#ifndef INSULA_SERVICES_PROCESS_H
#define INSULA_SERVICES_PROCESS_H

#define PROCESS_NAME "process"
#define PROCESS_VERSION 1
#define PROCESS_DEPTH 4

#define PROCESS_OPS(OP)                     \
	OP(1, spawn, 0)                     \
	OP(2, wait, 0)                      \
	OP(3, kill, 0)                      \
	OP(4, find, RPC_REPEATABLE)         \
	OP(5, update, 0)                    \
	OP(6, list, RPC_REPEATABLE)         \
	OP(7, caps, RPC_REPEATABLE)         \
	OP(8, add_insulator, 0)             \
	OP(9, remove_insulator, 0)          \
	OP(10, fault, 0)                    \
	OP(11, power_off, 0)                \
	OP(12, thread_info, RPC_REPEATABLE) \
	OP(13, spawn_manifest, 0)           \
	OP(14, list_insulators, RPC_REPEATABLE)

/* args: strings, each NUL-terminated; args[0] is the program's name. priority 0 inherits. */
/* flags: PROCESS_SPAWN_*. */
/* properties: strings "insulator:what", each NUL-terminated; each insulator gets its own (M5). */
#define PROCESS_spawn_IN(P) \
	P(TEXT, path, 96)   \
	P(U64, priority, 0) P(U64, flags, 0) P(BYTES, args, 768) P(OPTIONAL_BYTES, properties, 128)
#define PROCESS_spawn_OUT(P) P(U64, pid, 0) P(TEXT, reason, 120)
/* pid 0: any child. Answered when it ends. reason: enum process_end. */
#define PROCESS_wait_IN(P) P(U64, pid, 0)
#define PROCESS_wait_OUT(P) P(U64, pid, 0) P(U64, status, 0) P(U64, reason, 0)
/*
 * A process that restarts comes back, unless flags say PROCESS_KILL_FOR_GOOD; that
 * is ERR_REFUSED for one that the manifest keeps, as any kill is for the five.
 */
#define PROCESS_kill_IN(P) P(U64, pid, 0) P(OPTIONAL_U64, flags, 0)
#define PROCESS_kill_OUT(P)
/* The first match of a name with a PID above `after`: its own name, or its file's. */
#define PROCESS_find_IN(P) P(TEXT, name, 96) P(OPTIONAL_U64, after, 0)
#define PROCESS_find_OUT(P) P(U64, pid, 0)
/*
 * Answered at the end of the update, good or bad; step n's cost in ns in cost[n].
 * flags: PROCESS_UPDATE_*. deadline_ns: how long the old version may take to
 * stop by itself, 0: 100 ms. old_pid: the old version's PID until it was removed.
 * in_flight: calls that waited in its rings, and parked ones. reason: a sentence.
 */
#define PROCESS_update_IN(P) \
	P(U64, pid, 0) P(TEXT, path, 96) P(U64, flags, 0) P(U64, deadline_ns, 0)
#define PROCESS_update_OUT(P) \
	P(U64, old_pid, 0)    \
	P(U64, step, 0)       \
	P(U64, in_flight, 0) P(U64, blackout_ns, 0) P(BYTES, cost, 128) P(TEXT, reason, 160)
/* The first process with a PID above `after`; pid 0: no more. flags: PROCESS_*. */
#define PROCESS_list_IN(P) P(U64, after, 0)
#define PROCESS_list_OUT(P)       \
	P(U64, pid, 0)            \
	P(U64, parent, 0)         \
	P(TEXT, name, 32)         \
	P(U64, threads, 0)        \
	P(U64, state, 0)          \
	P(U64, blocked_on_pid, 0) \
	P(U64, priority, 0)       \
	P(U64, policy, 0)         \
	P(U64, cpu_ns, 0)         \
	P(U64, user_pages, 0) P(U64, kernel_pages, 0) P(U64, flags, 0) P(U64, instance, 0)
/* The capability at `index` or the next one behind it, in words; next 0: there is none (text is empty then). */
#define PROCESS_caps_IN(P) P(U64, pid, 0) P(U64, index, 0)
#define PROCESS_caps_OUT(P) P(U64, next, 0) P(TEXT, text, 160)
/*
 * The caller (pid 0, or its own) is told of every process from now on, through
 * its service of that name, which has the operations of services/insulator.h.
 */
#define PROCESS_add_insulator_IN(P) P(U64, pid, 0) P(TEXT, name, 32)
#define PROCESS_add_insulator_OUT(P) P(U64, insulator, 0)
#define PROCESS_remove_insulator_IN(P) P(U64, insulator, 0)
#define PROCESS_remove_insulator_OUT(P)
/* The first insulator with a number above `after`; 0: no more. */
#define PROCESS_list_insulators_IN(P) P(U64, after, 0)
#define PROCESS_list_insulators_OUT(P) P(U64, insulator, 0) P(U64, pid, 0) P(TEXT, name, 32)
/* From memory only: a thread of an instance faulted and stays blocked. */
#define PROCESS_fault_IN(P) \
	P(U64, instance, 0) \
	P(U64, kind, 0)     \
	P(U64, address, 0)  \
	P(U64, access, 0)   \
	P(U64, pc, 0) P(U64, sp, 0) P(U64, esr, 0) P(U64, thread, 0) P(U64, cause, 0)
#define PROCESS_fault_OUT(P)
#define PROCESS_power_off_IN(P) P(U64, status, 0) P(U64, reset, 0)
#define PROCESS_power_off_OUT(P)
/*
 * The n-th thread of a process: what thread_query says of it, blocked_on as the PID whose
 * endpoint it is. waits_for: the identity of the thread that serves it (REPLY-blocked) or
 * that it lends its priority to (MUTEX-blocked), 0 if not known.
 */
#define PROCESS_thread_info_IN(P) P(U64, pid, 0) P(U64, index, 0)
#define PROCESS_thread_info_OUT(P) \
	P(U64, state, 0)           \
	P(U64, cpu_ns, 0)          \
	P(U64, blocked_on, 0) P(U64, identity, 0) P(U64, pc, 0) P(U64, waits_for, 0)

/* From init only. descriptor: struct spawn_descriptor (insula/handover.h). */
#define PROCESS_spawn_manifest_IN(P) P(BYTES, descriptor, 1088)
#define PROCESS_spawn_manifest_OUT(P) P(U64, pid, 0) P(TEXT, reason, 120)

/* What list's flags say. */
#define PROCESS_SERVER 1u    /* updatable */
#define PROCESS_INVISIBLE 2u /* a new version that has not taken over */
#define PROCESS_ENDED 4u     /* its parent has not waited for it yet */
#define PROCESS_UPDATING 8u
#define PROCESS_CORE 16u     /* one that init built */
#define PROCESS_RESTARTS 32u /* comes back after a crash or a kill */
#define PROCESS_KEPT 64u     /* because the manifest says so: it cannot be ended for good */
#define PROCESS_STATE 128u   /* it has a state segment */

#define PROCESS_SPAWN_NO_INPUT 1u /* its standard input is at its end */
#define PROCESS_KILL_FOR_GOOD 1u
#define PROCESS_UPDATE_DRY_RUN 1u /* up to the new version's READY, then undone */

enum process_end { END_EXIT, END_KILLED, END_CRASHED };
/* fault's cause, found by memory, which knows the map. */
enum fault_cause {
	CAUSE_UNKNOWN,
	CAUSE_NULL,
	CAUSE_STACK_OVERFLOW,
	CAUSE_UNMAPPED,
	CAUSE_READ_ONLY,
	CAUSE_NOT_EXECUTABLE,
	CAUSE_UNDEFINED,
	CAUSE_ALIGNMENT,
	CAUSE_BAD_CALL,
	CAUSE_NO_MEMORY
};
/* update's steps: index of cost[], and `step` is the last one reached. */
enum update_step {
	UPDATE_CHECK,
	UPDATE_SPAWN,
	UPDATE_INITIALISE,
	UPDATE_QUIESCE,
	UPDATE_CONVERT,
	UPDATE_SWITCH,
	UPDATE_COMMIT,
	UPDATE_STEPS
};

#endif
