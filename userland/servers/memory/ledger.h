/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame ledger: every frame of RAM that memory may lend, and whom it is
 * lent to. Free frames are a buddy system of blocks of 1 to 16 pages, in two
 * halves: frames known to be zero, and the rest. A lent frame is on its lot's
 * list. The ledger's table lies in frames of its own.
 *
 * It names frames by number: (physical - base) / PAGE_BYTES, never 0.
 *
 * Invariants (ledger_check)
 *  L1: a frame is in one free block, or on one lot's list, or the ledger's own,
 *      or nobody's that it knows.
 *  L2: free_pages is the sum of the free blocks; promised <= free_pages.
 *  L3: promised is the sum of the lots' promises, so a promised page can be taken.
 *  L4: a lot's user and listed kernel pages are the frames of its list.
 *  L5: two buddies that are free and of one kind are one block.
 *  L6: a frame of a zero block is all zero.
 */
#ifndef INSULA_MEMORY_LEDGER_H
#define INSULA_MEMORY_LEDGER_H

#include <insula/abi/bootinfo.h>
#include <insula/abi/error.h>
#include <insula/abi/layout.h>

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_ORDERS 5 /* blocks of 1 to 16 pages: what one kernel call takes */
_Static_assert(1u << (LEDGER_ORDERS - 1) == MAP_MAX_PAGES, "the largest block is one map");

enum frame_kind {
	KIND_UNKNOWN, /* not the ledger's: the kernel's, the archive, a hole */
	KIND_DIRTY,   /* free */
	KIND_ZERO,    /* free, all zero */
	KIND_USER,    /* lent, to be mapped */
	KIND_KERNEL,  /* lent, funded */
	KIND_OWN,     /* the ledger's table, the records' pages */
};

struct ledger_frame {
	uint32_t next_kind;  /* next on its list << 8 | enum frame_kind */
	uint32_t prev_order; /* previous << 8 | order, of the first frame of a free block */
};

/* Frames lent to one holder. */
struct lot {
	uint32_t first;    /* of the list */
	uint32_t user;     /* L4 */
	uint32_t kernel;   /* funded; those that init funded are on no list */
	uint32_t promised; /* paid for, not yet taken */
};

struct ledger {
	uint8_t *home; /* where the frame of physical address 0 would be seen */
	uint64_t base; /* physical address of frame number 0 */
	struct ledger_frame *frame;
	uint32_t frames;      /* numbers are below it */
	uint32_t total_pages; /* that the ledger lends, or has for itself */
	uint32_t free_pages;
	uint32_t promised;
	uint32_t own_pages;
	uint32_t free[2][LEDGER_ORDERS]; /* [is zero][order]: first block */
};

enum ledger_want { WANT_ANY, WANT_ZERO };

/*
 * Start with the free ranges that init hands over; the table covers every frame
 * of `ram`. `home` is where memory sees the frame of physical address 0.
 *
 * Returns  OK, or ERR_NO_MEMORY: no range holds the table
 */
MUST_CHECK err_t ledger_init(struct ledger *l, void *home, const struct boot_range *ram,
    uint32_t rams, const struct boot_range *free, uint32_t frees);

static inline uint64_t
ledger_physical(const struct ledger *l, uint32_t frame)
{
	return l->base + ((uint64_t)frame << PAGE_SHIFT);
}

/* Where the kernel knows the frame in home. */
static inline uint64_t
ledger_home_address(const struct ledger *l, uint32_t frame)
{
	return HOME_BASE + ledger_physical(l, frame);
}

/* Where its bytes are. */
static inline void *
ledger_bytes(const struct ledger *l, uint32_t frame)
{
	return l->home + ledger_physical(l, frame);
}

/* The number of the frame at a physical address, 0 if the table has none. */
uint32_t ledger_frame_at(const struct ledger *l, uint64_t physical);
enum frame_kind ledger_kind(const struct ledger *l, uint32_t frame);

/* Pages that can be lent now. */
static inline uint32_t
ledger_available(const struct ledger *l)
{
	return l->free_pages - l->promised;
}

/*
 * Lend 1 to 16 pages in one piece.
 *
 * kind   KIND_USER, KIND_KERNEL
 * want   WANT_ZERO: they are zero when it returns; WANT_ANY prefers those that are not
 *
 * Returns  the first frame's number, or 0 if there is no such piece (one page there
 *          is if ledger_available says so)
 */
MUST_CHECK uint32_t ledger_take(
    struct ledger *l, struct lot *lot, enum frame_kind kind, uint32_t pages, enum ledger_want want);

/* A zero page for the records; NULL if there is none. And back. */
void *ledger_take_own(struct ledger *l);
void ledger_give_own(struct ledger *l, void *page);

/* Take one frame back from a lot. `zero` is a promise that it is all zero. */
void ledger_give(struct ledger *l, struct lot *lot, uint32_t frame, bool zero);
/* All of them: user pages are dirty, kernel pages zero. Promises end. Returns the pages given back. */
uint32_t ledger_give_all(struct ledger *l, struct lot *lot);
/* One of a lot's kernel pages has come home, zeroed; it may be one that init funded. */
void ledger_give_kernel(struct ledger *l, struct lot *lot, uint32_t frame);

/* A lot is lent a frame that the ledger did not know (at the start); false if it knows it. */
bool ledger_adopt(struct ledger *l, struct lot *lot, uint32_t frame);
/* A frame that the ledger did not know is free. */
void ledger_add_free(struct ledger *l, uint32_t frame, bool zero);

/* Set pages aside for a lot: ERR_NO_MEMORY. Then they can be taken, by page, without fail. */
MUST_CHECK err_t ledger_promise(struct ledger *l, struct lot *lot, uint32_t pages);
void ledger_unpromise(struct ledger *l, struct lot *lot, uint32_t pages);

/* L1, L2, L4, L5, L6 as far as the ledger alone shows them; the number broken, or 0. */
unsigned ledger_check(const struct ledger *l);

#endif
