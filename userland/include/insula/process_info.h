/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process finds at birth: the page at PROCESS_INFO, its fixed handles,
 * the connection directory at the start of its estate, the program note in its
 * ELF file, and the labels of the process manager's control endpoint.
 */
#ifndef INSULA_PROCESS_INFO_H
#define INSULA_PROCESS_INFO_H

#include <insula/abi/layout.h>
#include <insula/abi/types.h>

typedef uint32_t pid_number_t; /* PID_INVALID is 0 */
typedef uint32_t sid_t_;       /* service number, with its owner's PID */
typedef uint32_t cid_t_;       /* connection number, with its client's PID */
#define PID_INVALID 0u
#define SID_INVALID 0u
#define CID_INVALID 0u
#define INSULATORID_INVALID 0u

#define SLOT_HANDLE(slot) ((handle_t)((1u << HANDLE_GENERATION_SHIFT) | (slot)))
#define HANDLE_CONTROL SLOT_HANDLE(1)                         /* private table */
#define HANDLE_MAIN_THREAD SLOT_HANDLE(2)                     /* private table */
#define HANDLE_MAIN_ENDPOINT (HANDLE_ESTATE | SLOT_HANDLE(1)) /* estate table */

/* Bits of the main endpoint: connection n rings n % CONNECTION_BITS; the rest are these. */
#define CONNECTION_BITS 61
#define BIT_DEVICE 61    /* the process's own: a driver binds its interrupt threads to it */
#define BIT_QUIESCE 62   /* stop at the next call boundary */
#define BIT_DIRECTORY 63 /* the connection directory changed */

#define NAME_BYTES 32

struct process_info {
	uint64_t magic; /* "INSULApi" */
	uint32_t instance;
	pid_number_t pid; /* at birth; a version that takes over gets the PID in READY's answer */
	pid_number_t parent;
	uint32_t start; /* enum start_kind */
	uint64_t heap_quota_pages;
	uint64_t clock_hz; /* of CNTVCT_EL0 */
	uint64_t stack_bytes;
	uint32_t argc;
	uint32_t args_bytes;
	uint32_t grants; /* number of granted handles below */
	uint32_t flags;  /* INFO_* */
	struct {
		char name[24];  /* as in the manifest: "firmware", "irq", "device" ... */
		uint64_t value; /* a handle, or an address for device pages */
		uint64_t extra; /* interrupt line, length in bytes */
	} grant[8];
	char name[NAME_BYTES];
	char args[3072]; /* argc strings, each NUL-terminated */
};
_Static_assert(sizeof(struct process_info) <= PAGE_BYTES, "process_info fits one page");
#define PROCESS_INFO_MAGIC 0x6970414c55534e49ull
#define INFO_NO_INPUT 1u /* its standard input is at its end */
#define INFO_AGAIN 2u    /* in place of one of the manifest's that ended; it has another PID */

enum start_kind {
	START_FRESH,   /* first start of a program or server */
	START_UPDATE,  /* a new version beside a serving one */
	START_RESTART, /* in place of one that crashed */
};

/* The control endpoint: label, word 0... */
enum control_label {
	CONTROL_EXIT = 1, /* 0 status; never answered */
	CONTROL_READY,    /* 0 phase (1, 2), 1 schema hash, 2 err_t -> 0 enum ready_answer, 1 pid */
	CONTROL_QUIESCED, /* 0 calls in flight: in the rings, or parked; answered only to go on */
	CONTROL_RPC,      /* the RPC insulator's, once, when it is up (M6): 0 its connections */
	CONTROL_REASON, /* 0 to 7 the next 64 bytes of a sentence: why READY (2) will carry an error; answered at once */
};
enum ready_answer { READY_SERVE = 1, READY_CONVERT, READY_RECOVER };

/* The connection directory, at the start of the estate. */
#define DIRECTORY SLOT_ESTATE_BASE
#define DIRECTORY_ENTRY_BYTES 64
#define DIRECTORY_ENTRIES_PER_PAGE 64
#define DIRECTORY_MAX_PAGES 16
/* Rings of connection n: at + n * RING_STRIDE; the first few share the directory's table. */
#define RINGS_BASE (DIRECTORY + DIRECTORY_MAX_PAGES * PAGE_BYTES)
#define RING_STRIDE (64 * PAGE_BYTES)

/*
 * Where a process sees its own: a narrow one below 4 GiB (insula/abi/layout.h).
 */
#ifdef __arm__
#define OWN_PROCESS_INFO NARROW_PROCESS_INFO
#define OWN_ESTATE(address) NARROW_ADDRESS(address)
#else
#define OWN_PROCESS_INFO PROCESS_INFO
#define OWN_ESTATE(address) (address)
#endif

enum directory_state {
	ENTRY_FREE,
	ENTRY_OPEN,
	ENTRY_CLOSED,
	ENTRY_ASK, /* made when it is first used: doorbell is where to ask (insula/services/rpc.h) */
};
enum directory_role { ROLE_CLIENT = 1, ROLE_SERVER };

#define DIRECTORY_FIXED 1u /* it ends when the process of either side gets another version (U2) */
struct directory_entry {
	uint32_t state;        /* enum directory_state; written last */
	uint16_t role;         /* enum directory_role */
	uint16_t flags;        /* DIRECTORY_* */
	uint32_t peer;         /* PID */
	uint32_t service;      /* SID at the server's */
	uint32_t connection;   /* CID at the client's */
	handle_t doorbell;     /* NOTIFY on the peer's endpoint, in this estate's table */
	handle_t endpoint;     /* own endpoint that the peer rings */
	uint32_t bit;          /* own bit there */
	uint32_t depth;        /* slots of each ring, a power of two */
	uint32_t call_bytes;   /* bytes of a call slot */
	uint32_t result_bytes; /* bytes of a result slot */
	uint32_t pages;        /* of each side */
	uint32_t match;        /* made of the client's description: equal ones have equal numbers */
	uint32_t generation;   /* of this entry; a reopened entry has another */
	uint32_t reserved[2];
};
_Static_assert(sizeof(struct directory_entry) == DIRECTORY_ENTRY_BYTES, "entry is 64 bytes");

/* The state segment of the version before, read-only, while a version converts. */
#define OLD_STATE_BASE (128ull * WINDOW_BYTES)

/*
 * The program note: PT_NOTE, name "Insula", type 1. A program without one is
 * a plain program; one with service[0] != 0 is an updatable server.
 */
struct program_note {
	uint32_t abi_version;
	uint32_t flags;       /* NOTE_* */
	uint64_t schema_hash; /* 0: no state */
	uint64_t state_bytes; /* of the state segment, header and undo log included */
	uint32_t version;     /* the service's, for people */
	uint32_t priority;    /* wanted, 0: inherit */
	char service[NAME_BYTES];
};
#define NOTE_RESTART 1u /* comes back by itself after a crash */

#endif
