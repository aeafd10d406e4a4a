/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What init leaves behind. Two things:
 *
 *  - `struct handover`: what init built and what it used up, in read-only pages
 *    at HANDOVER that memory, rpc and process find mapped (the same frames in
 *    all three). The grant "handover" in PROCESS_INFO names them too.
 *  - `struct spawn_descriptor`: how init asks the process manager for a process of
 *    the manifest (PROCESS_spawn_manifest).
 *
 * Rules of the boot chain
 *  B1: PIDs and instances of the first six are those of enum first_pid; the
 *      manager's own numbers start at PID_FIRST_FREE.
 *  B2: every capability that is to outlive a version is in the holder's *estate*
 *      table. Handles below carry HANDLE_ESTATE already; one that cap_copy returns
 *      for an estate's table must have it added by whoever uses it from there.
 *  B3: the objects of the first six that are spaces are paid by home, so
 *      nothing dies with init; threads, endpoints and tables are paid by the space
 *      they belong to. Memory makes later spaces the same way.
 *  B4: the main endpoint (estate slot 1, unbadged, all rights) of memory is the
 *      fault endpoint of every thread, badge = instance; that of process is the
 *      control endpoint, and takes memory's own faults. A server whose main
 *      endpoint takes messages gets them beside its doorbells, from one recv.
 *  B5: connections 0, 1, 2 are rpc, process, memory in every directory, these six
 *      included (an entry that makes no sense there is ENTRY_FREE); the process
 *      manager has piddb and path at 3 and 4. Server sides come behind.
 *  B6: a frame of `ram` that is in none of free, lent, archive is the
 *      kernel's or was init's. When init's space is gone, those of them
 *      that space_query reports as FRAME_HOME are free.
 */
#ifndef INSULA_HANDOVER_H
#define INSULA_HANDOVER_H

#include <insula/abi/bootinfo.h>
#include <insula/process_info.h>

enum first_pid {
	PID_INIT = 1,
	PID_PIDDB,
	PID_MEMORY,
	PID_RPC,
	PID_PATH,
	PID_PROCESS,
	PID_FIRST_FREE
};

/* Connections that init makes, by their number in the client's directory. */
#define ENTRY_RPC 0u
#define ENTRY_PROCESS 1u
#define ENTRY_MEMORY 2u
#define ENTRY_PIDDB 3u /* the process manager's */
#define ENTRY_PATH 4u  /* the process manager's */
#define ENTRY_BIRTH 3u /* the first three are kept for these */

#define HANDOVER (PRIVATE_END - 64 * PAGE_BYTES)
#define HANDOVER_MAGIC 0x76446e61484e4900ull
#define HANDOVER_PROCESSES 6
#define HANDOVER_CONNECTIONS 12
#define HANDOVER_LENT 128

/* Where the boot archive lies, read-only, in a process that is granted it. */
#define ARCHIVE_BASE (32ull * WINDOW_BYTES)

struct handover_process {
	pid_number_t pid;
	uint32_t instance;
	pid_number_t parent;
	uint32_t priority;
	uint32_t policy;
	uint32_t flags; /* SPAWN_* */
	char name[NAME_BYTES];
	char path[96]; /* of the binary, "/boot/..."; init has none */
	/* In memory's estate table: all rights. State only where the program's note has some. */
	handle_t memory_space, memory_estate, memory_state;
	/*
	 * In the process manager's estate table: space (CREATE, TABLE, LINK, STOP, QUERY), estate
	 * and state (TABLE, LINK, QUERY), NOTIFY with badge 1 << BIT_QUIESCE, main thread (all
	 * rights).
	 */
	handle_t process_space, process_estate, process_state, process_quiesce, process_thread;
	/* In the RPC insulator's estate table: TABLE and CREATE. */
	handle_t rpc_estate;
	uint32_t reserved;
	uint64_t stack_bytes;
	uint64_t heap_pages; /* mapped at HEAP_BASE from the start */
	uint64_t user_pages; /* lent: private space and estate, rings included at their client */
	uint64_t space_fund; /* kernel pages given */
	uint64_t estate_fund;
	uint64_t state_fund;
	uint64_t state_bytes; /* of the state segment, 0: none */
	uint64_t quota_pages;
};

/* A connection among the six; directory entries are written on both sides. */
struct handover_connection {
	pid_number_t client, server;
	uint32_t client_entry, server_entry;
	cid_t_ cid; /* number of the connection at the client, as in the entries */
	sid_t_ sid; /* 1: the one service each of the five has */
	uint32_t depth, pages;
	uint32_t call_bytes, result_bytes;
	char service[NAME_BYTES];
};

/*
 * Pages mapped by init: `pages` frames from `physical` on at `address` of the
 * process's private space (estate 0), its estate (1) or its state (2). Frames of the archive
 * appear here too, when text was mapped in place. Ring pages appear once for
 * each side; a directory page in its estate, and at RPC_DIRECTORY_ADDRESS of the
 * RPC insulator.
 */
struct handover_lent {
	uint64_t address;
	uint64_t physical;
	uint32_t pages;
	uint16_t prot;
	uint8_t pid;
	uint8_t estate;
};

struct handover {
	uint64_t magic;
	uint64_t bytes; /* sizeof of this struct */
	uint64_t clock_hz;
	uint64_t boot_ticks;
	uint64_t kernel_pages;
	uint64_t flags; /* BOOT_FLAG_* */

	uint32_t ram_ranges, free_ranges;
	struct boot_range ram[BOOT_RANGES];
	struct boot_range free[BOOT_RANGES]; /* HOME, contents undefined */
	struct boot_range archive;           /* to the byte; its pages stay as they are */

	uint32_t processes, connections;
	uint32_t lents, reserved;
	struct handover_process process[HANDOVER_PROCESSES]; /* ascending PIDs */
	struct handover_connection connection[HANDOVER_CONNECTIONS];
	struct handover_lent lent[HANDOVER_LENT];

	/* Single capabilities, in the holder's estate table. */
	handle_t memory_home; /* memory's: the home estate, all rights; it pays for spaces */
	handle_t
	    process_fault; /* the manager's: memory's main endpoint, SEND and EP_OWN, unbadged */
	handle_t process_firmware; /* the manager's: SEND */
	handle_t reserved_handle;
};
_Static_assert(sizeof(struct handover) <= 4 * PAGE_BYTES, "the handover fits four pages");

/*
 * A process of the manifest. The manager copies the granted capabilities from
 * its own estate table into the new estate's table, has devices and the archive
 * mapped by memory, and fills PROCESS_INFO's grants with the results.
 */
#define SPAWN_RESTART (1u << 0)    /* comes back after a crash */
#define SPAWN_WAIT_READY (1u << 1) /* the answer comes when it has called CONTROL_READY, or ended */
#define SPAWN_ESSENTIAL (1u << 2)  /* its end is the system's: power off with its status */
#define SPAWN_PRIVILEGED (1u << 3) /* may have priorities above PRIORITY_UNPRIVILEGED_MAX */
#define SPAWN_ON_DEMAND (1u << 4)  /* kept until somebody spawns its path */

enum grant_kind {
	GRANT_CAPABILITY = 1, /* handle, rights -> value: the handle */
	GRANT_IRQ,     /* handle (badged with the line) -> value: the handle, extra: the line */
	GRANT_DEVICE,  /* physical, bytes, rights (PROT_*) -> value: the address, extra: bytes */
	GRANT_ARCHIVE, /* -> value: ARCHIVE_BASE, extra: bytes */
};

struct spawn_grant {
	char name[24];     /* in PROCESS_INFO */
	uint32_t kind;     /* enum grant_kind */
	handle_t handle;   /* in the manager's estate table */
	uint64_t rights;   /* GRANT_CAPABILITY, GRANT_DEVICE */
	uint64_t physical; /* GRANT_DEVICE: of the device's page */
	uint64_t bytes;    /* GRANT_DEVICE: whole pages */
	uint64_t extra; /* GRANT_IRQ: the line; GRANT_DEVICE: offset of the registers in the page */
};
#define SPAWN_GRANTS 6
#define SPAWN_ARGS_BYTES 480

struct spawn_descriptor {
	char name[NAME_BYTES]; /* what `ps` shows */
	char path[96];
	uint32_t flags; /* SPAWN_* */
	uint32_t priority;
	uint32_t policy;
	uint32_t limit; /* highest priority it may have */
	uint64_t stack_bytes;
	uint64_t quota_pages;
	uint64_t space_fund;
	uint64_t estate_fund;
	uint32_t argc;
	uint32_t args_bytes;
	uint32_t grants;
	uint32_t reserved;
	struct spawn_grant grant[SPAWN_GRANTS];
	char service[32]; /* of a server, "": it is none; the pathname space shows it in /svc */
	char args[SPAWN_ARGS_BYTES]; /* argc strings, each NUL-terminated; the first is the name */
};
_Static_assert(sizeof(struct spawn_descriptor) == 1088, "a wire struct");

#endif
