/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory insulator's service. `add_process`, `remove_process` and
 * `update_process` are for the process manager, `share` and `unshare` for the
 * RPC insulator; the rest is every process's own.
 */
#ifndef INSULA_SERVICES_MEMORY_H
#define INSULA_SERVICES_MEMORY_H

#define MEMORY_NAME "memory"
#define MEMORY_VERSION 1
#define MEMORY_DEPTH 2 /* with the sizes below, a client's calls fit one page */

/*      number  name            flags */
#define MEMORY_OPS(OP)                \
	OP(1, add_process, 0)         \
	OP(2, remove_process, 0)      \
	OP(3, update_process, 0)      \
	OP(4, share, 0)               \
	OP(5, unshare, 0)             \
	OP(6, second_state, 0)        \
	OP(7, drop_state, 0)          \
	OP(8, grow, 0)                \
	OP(9, fund, 0)                \
	OP(10, query, RPC_REPEATABLE) \
	OP(11, stack, 0)              \
	OP(12, unmap, 0)              \
	OP(13, directory, 0)          \
	OP(14, audit, RPC_REPEATABLE)

/*
 * plan: struct memory_plan below. args: the first bytes of the struct process_info
 * that is mapped at PROCESS_INFO, as far as its strings reach; the rest is zero.
 */
#define MEMORY_ARGS_BYTES 1280
#define MEMORY_add_process_IN(P) \
	P(U64, pid, 0) P(U64, instance, 0) P(BYTES, plan, 512) P(BYTES, args, MEMORY_ARGS_BYTES)
/*
 * Handles in the manager's estate table: private space, estate, state (0: none), and
 * NOTIFY on the main endpoint with badge 1 << BIT_QUIESCE. rpc_estate is the estate's
 * in the RPC insulator's estate table. All carry HANDLE_ESTATE.
 */
#define MEMORY_add_process_OUT(P) \
	P(U64, space, 0)          \
	P(U64, estate, 0) P(U64, state, 0) P(U64, main_endpoint, 0) P(U64, rpc_estate, 0)

/* The process must have no thread that still runs. Its peers keep, and pay for, what is left of its rings. */
#define MEMORY_remove_process_IN(P) P(U64, pid, 0)
#define MEMORY_remove_process_OUT(P) P(U64, pages_returned, 0)

/* Swaps the private spaces of two PIDs; the estates and states stay with their PIDs. */
#define MEMORY_update_process_IN(P) P(U64, old_pid, 0) P(U64, new_pid, 0)
#define MEMORY_update_process_OUT(P) P(U64, pid, 0)

/* 2 * pages new frames, mapped at address in both estates: the first half writable by the client only, the other by the server only. */
#define MEMORY_share_IN(P) \
	P(U64, client, 0)  \
	P(U64, client_address, 0) P(U64, server, 0) P(U64, server_address, 0) P(U64, pages, 0)
#define MEMORY_share_OUT(P)
/* One side of what share mapped, whole; its pages are gone with the second. */
#define MEMORY_unshare_IN(P) P(U64, pid, 0) P(U64, address, 0) P(U64, pages, 0)
#define MEMORY_unshare_OUT(P)

/* For an update with another schema: a new state estate for the new instance; the old one read-only at OLD_STATE_BASE. */
#define MEMORY_second_state_IN(P) P(U64, old_pid, 0) P(U64, new_pid, 0) P(U64, bytes, 0)
#define MEMORY_second_state_OUT(P) P(U64, state, 0)
/* keep_new 1: the new state takes the old one's place under old_pid; 0: the new one is dropped. */
#define MEMORY_drop_state_IN(P) P(U64, old_pid, 0) P(U64, new_pid, 0) P(U64, keep_new, 0)
#define MEMORY_drop_state_OUT(P)

/* More heap, behind what there is. It is paid for now and may be there only when it is touched. */
#define MEMORY_grow_IN(P) P(U64, pages, 0)
#define MEMORY_grow_OUT(P) P(U64, address, 0)
/* Kernel memory for the caller's private space (which 0) or its estate (which 1). */
#define MEMORY_fund_IN(P) P(U64, which, 0) P(U64, pages, 0)
#define MEMORY_fund_OUT(P)
/*
 * pid 0: the machine. free_pages are those that nobody has and nobody was promised;
 * user_pages and kernel_pages what is charged to the process (or to all);
 * own_pages memory's books; discrepancies how often the kernel's count of a
 * space was not the ledger's.
 */
#define MEMORY_query_IN(P) P(U64, pid, 0)
#define MEMORY_query_OUT(P)    \
	P(U64, total_pages, 0) \
	P(U64, free_pages, 0)  \
	P(U64, user_pages, 0)  \
	P(U64, kernel_pages, 0) P(U64, quota_pages, 0) P(U64, own_pages, 0) P(U64, discrepancies, 0)
/* A thread's stack with a guard page below; address is its top. */
#define MEMORY_stack_IN(P) P(U64, bytes, 0)
#define MEMORY_stack_OUT(P) P(U64, top, 0)
/* Part of the heap, or a whole stack by its lowest address (its guard is not counted). */
#define MEMORY_unmap_IN(P) P(U64, address, 0) P(U64, pages, 0)
#define MEMORY_unmap_OUT(P)
/* For the RPC insulator: one more page of a process's directory, here and there. */
#define MEMORY_directory_IN(P) P(U64, pid, 0)
#define MEMORY_directory_OUT(P) P(U64, pages, 0)
/* Compare the books with the kernel, frame by frame; wrong: how many things disagree. */
#define MEMORY_audit_IN(P)
#define MEMORY_audit_OUT(P) P(U64, frames, 0) P(U64, wrong, 0)

#include <stdint.h>

/* What is to be mapped for a new process: made by the manager from the ELF file and the manifest. */
#define MEMORY_SEGMENTS 8
struct memory_segment {
	uint64_t address;      /* in the process */
	uint64_t memory_bytes; /* beyond file_bytes: zeros */
	uint64_t
	    source; /* address of the file bytes in source_pid's private space; archive offset if source_pid is 0 */
	uint64_t file_bytes;
	uint32_t source_pid;
	uint32_t prot;
};
struct memory_plan {
	uint32_t flags; /* MEMORY_PLAN_* */
	uint32_t segments;
	struct memory_segment segment[MEMORY_SEGMENTS];
	uint64_t stack_bytes;
	uint64_t quota_pages; /* user and kernel pages together */
	uint64_t
	    space_fund; /* kernel pages for the private space at birth; more as building it needs */
	uint64_t estate_fund; /* likewise */
	uint64_t state_bytes; /* 0: no state */
	uint64_t devices;     /* device registers to map, up to 4 */
	struct {
		uint64_t physical, address, bytes, prot;
	} device[4];
};
_Static_assert(sizeof(struct memory_plan) <= 512, "a plan fits its parameter");
#define MEMORY_PLAN_NO_ESTATE 1u /* a new version: it gets its PID's estate at the switch */
#define MEMORY_PLAN_NARROW 2u    /* of narrow threads: all of it lies below NARROW_END */

#endif
