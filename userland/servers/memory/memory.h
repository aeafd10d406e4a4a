/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory insulator's books: who has which pages, and the operations that
 * change it. Kernel calls go through insula/syscall.h, so that a host test can
 * play the kernel; nothing here calls another process.
 *
 * A *process* is a PID with its estate and state; a *body* is one private
 * space with its instance number. An update swaps the bodies of two PIDs.
 *
 * An operation that fails changes nothing: no frame, capability or mapping, and
 * no record, is other than before.
 *
 * Invariants (memory_audit)
 *  MM1: the kernel's count of a space's own pages is its lot's, and its count of
 *       mappings is lot.user + foreign.
 *  MM2: a process's user and kernel pages, promises and rings together are at
 *       most its quota when it is given more. Page tables that its estate needs
 *       for rings are not counted: a client must not use up its server's quota.
 *  MM3: a region's untouched pages are the promises of its lot; no two regions of
 *       a body overlap, and they ascend.
 *  MM4: a share's pages are charged to its client while that maps them, then to
 *       its server, and are free when neither does.
 */
#ifndef INSULA_MEMORY_MEMORY_H
#define INSULA_MEMORY_MEMORY_H

#include "ledger.h"
#include "pool.h"

#include <insula/handover.h>
#include <insula/services/memory.h>
#include <insula/services/process.h>
#include <insula/syscall.h>

struct space {
	handle_t handle;  /* all rights, in memory's tables; 0: there is no such space */
	uint32_t foreign; /* pages mapped that are not on its lot: archive, devices, rings */
	uint32_t strange; /* init's own: the kernel made it, and its pages are in no book */
	uint32_t topped;  /* kernel pages given beyond the birth's, to be taken back when spare */
	struct lot lot;
};

/* A run of private pages that are mapped when they are first touched, if not before. */
enum region_kind { REGION_HEAP, REGION_STACK, REGION_BSS };
struct region {
	struct region *next;
	uint64_t base;
	uint32_t pages;
	uint32_t untouched; /* not mapped yet */
	enum region_kind kind;
};

/* A crash that the process manager has not been told of yet. */
struct crash {
	uint32_t waiting;
	uint32_t cause;               /* enum fault_cause */
	uint64_t word[MESSAGE_WORDS]; /* FAULT_WORD_* */
};

struct body {
	struct body *next; /* of its bucket */
	struct process *owner;
	uint32_t instance;
	bool narrow;              /* its threads see its estate's shared pages below 4 GiB */
	uint32_t old_state_pages; /* of another state, read-only at OLD_STATE_BASE */
	struct process *old_state_of;
	struct space space;
	struct region *regions;
	struct crash crash;
};

struct share_side {
	struct share_side *next; /* of its process */
	struct share *share;
	struct process *process; /* NULL: unmapped there */
	uint64_t address;
};

struct share {
	struct share_side client, server;
	uint32_t pages; /* of both runs together */
	struct lot lot; /* MM4 */
};

struct process {
	struct process *next; /* of its bucket */
	pid_number_t pid;
	uint32_t directory_pages;
	struct body *body;
	struct space estate, state;
	struct body *state_seen_by; /* that maps the state at OLD_STATE_BASE */
	struct share_side *shares;
	uint32_t rings;   /* pages of shares charged to it */
	uint32_t by_init; /* some of its kernel pages are on no list */
	uint64_t quota;   /* pages; 0: no limit */
};

#define MEMORY_BUCKETS 128u

struct memory {
	struct ledger ledger;
	struct pool processes, privates, regions, shares;
	struct process *by_pid[MEMORY_BUCKETS];
	struct body *by_instance[MEMORY_BUCKETS];
	struct space home; /* pays for the spaces */
	handle_t table;    /* memory's own estate: the handles are in its table */
	struct process *self, *manager, *rpc;
	struct boot_range archive; /* physical */
	struct boot_range ram[BOOT_RANGES];
	uint32_t ram_ranges;
	uint32_t crashes_waiting;
	uint64_t discrepancies; /* times that a space's death showed MM1 broken */
};

/* --- start.c */

/*
 * Take over what init built: the free frames, the first processes, what they
 * were lent, and the rings between them.
 */
MUST_CHECK err_t memory_start(struct memory *m, const struct handover *handover, void *home);
/* Frames that nobody knew and that are free now: init's and the kernel's boot code. */
void memory_sweep(struct memory *m);

/* --- process.c */

struct process *process_by_pid(const struct memory *m, uint64_t pid);
struct body *body_by_instance(const struct memory *m, uint64_t instance);
/* Empty records, found by number from then on; NULL: out of memory. */
struct process *process_create(struct memory *m, pid_number_t pid);
struct body *body_create(struct memory *m, struct process *owner, uint32_t instance);
uint64_t process_user_pages(const struct process *p);
uint64_t process_kernel_pages(const struct process *p);
/* ERR_QUOTA, ERR_NO_MEMORY, or OK: that many pages can be lent to it (MM2). NULL is not limited. */
MUST_CHECK err_t process_can_pay(const struct memory *m, const struct process *p, uint64_t pages);

struct memory_built {
	handle_t space, estate, state, quiesce; /* in the manager's estate table */
	handle_t rpc_estate;                    /* in the RPC insulator's */
};
/*
 * Make a new process. `info` is the beginning of its PROCESS_INFO page.
 *
 * Returns  OK; ERR_ARGUMENT, ERR_EXISTS (PID or instance), ERR_BAD_IMAGE, ERR_QUOTA,
 *          ERR_NO_MEMORY, ERR_TOO_MANY; ERR_NO_PROCESS (a segment's source)
 */
MUST_CHECK err_t memory_add_process(struct memory *m, pid_number_t pid, uint32_t instance,
    const struct memory_plan *plan, const void *info, uint32_t info_bytes,
    struct memory_built *built);
/* ERR_NO_PROCESS, ERR_REFUSED (one of memory, rpc, process). */
MUST_CHECK err_t memory_remove_process(struct memory *m, uint64_t pid, uint64_t *pages);
/* ERR_REFUSED: one of them is of narrow threads, which have no later versions. */
MUST_CHECK err_t memory_update_process(struct memory *m, uint64_t old_pid, uint64_t new_pid);
/*
 * The same pages of an estate where narrow threads see them, if the process is of
 * such. ERR_TOO_MANY: beyond what they can see.
 */
MUST_CHECK err_t alias_map(struct memory *m, struct process *p, uint64_t address,
    uint64_t home_address, uint32_t pages, unsigned prot);
void alias_unmap(struct memory *m, struct process *p, uint64_t address, uint32_t pages);
/* One more page of a process's directory. ERR_NO_PROCESS, ERR_STATE (no estate), ERR_TOO_MANY. */
MUST_CHECK err_t memory_directory(struct memory *m, uint64_t pid, uint64_t *pages);

/* --- image.c */

/* Map the segments of a plan; what was mapped before a failure dies with the space. */
MUST_CHECK err_t image_map(struct memory *m, struct process *p, const struct memory_plan *plan);

/* --- share.c */

MUST_CHECK err_t memory_share(struct memory *m, uint64_t client, uint64_t client_address,
    uint64_t server, uint64_t server_address, uint64_t pages);
MUST_CHECK err_t memory_unshare(struct memory *m, uint64_t pid, uint64_t address, uint64_t pages);
/* A record of two sides whose pages are mapped; NULL: out of memory. */
struct share *share_create(struct memory *m, struct process *client, uint64_t client_address,
    struct process *server, uint64_t server_address, uint32_t pages);
/* The estate of a process is gone: its sides go, and what they pay for (MM4). */
void share_forget(struct memory *m, struct process *p);

/* --- state.c */

MUST_CHECK err_t state_build(struct memory *m, struct process *p, uint64_t bytes);
MUST_CHECK err_t memory_second_state(
    struct memory *m, uint64_t old_pid, uint64_t new_pid, uint64_t bytes, handle_t *state);
MUST_CHECK err_t memory_drop_state(
    struct memory *m, uint64_t old_pid, uint64_t new_pid, bool keep_new);
/* End the mapping of another state in a body; `gone`: its space is no more. */
void state_hide(struct memory *m, struct body *body, bool gone);

/* --- region.c */

MUST_CHECK err_t memory_grow(
    struct memory *m, struct process *p, uint64_t pages, uint64_t *address);
MUST_CHECK err_t memory_stack(struct memory *m, struct process *p, uint64_t bytes, uint64_t *top);
MUST_CHECK err_t memory_unmap(
    struct memory *m, struct process *p, uint64_t address, uint64_t pages);
/* which 0: the private space's kernel memory, 1: the estate's. */
MUST_CHECK err_t memory_fund(struct memory *m, struct process *p, uint64_t which, uint64_t pages);
/*
 * Make a region of a new body, with `now` pages of it mapped: the first ones,
 * of a stack the last. What was mapped before a failure dies with the space.
 */
MUST_CHECK err_t region_add(struct memory *m, struct process *p, enum region_kind kind,
    uint64_t base, uint32_t pages, uint32_t now);
struct region *region_at(const struct body *body, uint64_t address);
/* Map a page of it that was touched, and perhaps neighbours. ERR_MAPPED: it is there. */
MUST_CHECK err_t region_touch(
    struct memory *m, struct process *p, struct region *r, uint64_t address);
/* At the body's death: the records only. */
void region_forget(struct memory *m, struct body *body);

/* Addresses kept empty below a stack. */
#define STACK_GUARD_PAGES 16u

/* --- fault.c */

/*
 * A thread of an instance faulted. True: it may go on. False: it crashed, and
 * the process manager is to be told (memory_next_crash).
 */
bool memory_fault(struct memory *m, uint64_t instance, const uint64_t word[MESSAGE_WORDS]);
/* An instance whose crash is not told yet, or NULL; it is told now. */
struct body *memory_next_crash(struct memory *m);
/* It could not be told: it waits again. */
void memory_put_crash(struct memory *m, struct body *body);

/* --- audit.c */

/* Compare every record with the kernel; returns how many things disagree. */
uint64_t memory_audit(struct memory *m, uint64_t *frames);

/* --- space.c: kernel calls that give the space what it lacks, and the ledger with them */

/* flags as space_create. ERR_NO_MEMORY, ERR_TOO_MANY... */
MUST_CHECK err_t space_make(struct memory *m, struct space *s, unsigned flags);
/* Destroys it and takes its pages back; returns their number. Nothing for one that was not made. */
uint32_t space_end(struct memory *m, struct space *s);
/* Kernel pages for it, paid by p. */
MUST_CHECK err_t space_fund(
    struct memory *m, const struct process *p, struct space *s, uint32_t pages);
/* At least that many of its kernel pages are spare. */
MUST_CHECK err_t space_need_spare(
    struct memory *m, const struct process *p, struct space *s, uint32_t pages);
/* Take back what it was given beyond the birth's and has to spare. */
void space_trim(struct memory *m, struct space *s);
/* Map 1 to 16 pages that memory sees at home_address. */
MUST_CHECK err_t space_map(struct memory *m, const struct process *p, struct space *s,
    uint64_t address, uint64_t home_address, uint32_t pages, unsigned prot);
/* Any number of pages that are all mapped. */
void space_unmap(struct space *s, uint64_t address, uint64_t pages);
/* Lend it zero pages and map them; all or nothing. */
MUST_CHECK err_t space_map_new(struct memory *m, const struct process *p, struct space *s,
    uint64_t address, uint64_t pages, unsigned prot);
/* Unmap those of the pages that are mapped, and take them back; returns their number. */
uint32_t space_unmap_lent(struct memory *m, struct space *s, uint64_t address, uint64_t pages);
/* The home address of the page mapped there, 0 if none is; prot may be NULL. */
uint64_t space_page(const struct space *s, uint64_t address, uint64_t *prot);
/* A copy of a capability in a server's estate table; the handle carries HANDLE_ESTATE. */
MUST_CHECK err_t space_give(struct memory *m, handle_t from, handle_t handle, struct process *to,
    uint32_t rights, uint64_t badge, handle_t *copy);

#endif
