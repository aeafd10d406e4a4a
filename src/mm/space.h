/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces: page tables, a capability table and a fund. An estate is a space
 * without threads, made for one link slot and linked to at most one space.
 *
 * Locks: [k] the kernel lock.
 *
 * Invariants
 *  V1: linked[s] == e iff e->holder == this space and e->slot == s; then the
 *      root entries of slot s's windows equal the estate's, else they are 0.
 *  V2: caps.table[0] is the space's own; caps.table[1] is that of
 *      linked[SLOT_ESTATE], else cap_empty_directory.
 *  V3: a space's own entries lie from `first` to before `end`: below
 *      PRIVATE_END, or in the windows of an estate's slot.
 *  V4: ttbr0 holds the space's ASID and its root, or the empty root while it
 *      has none; a space with threads has one. An estate's ttbr0 is 0.
 *  V5: `mapped` counts the valid entries of the space's own tables.
 *  V6: `threads` is the list of the threads that run in the space.
 *  V7: depth is the payer's plus one, at most SPACE_DEPTH_MAX.
 *  V8: cached_asid is the ASID under which the space's own entries may be cached:
 *      an estate's only while it is linked, and then its holder's. 0: none.
 */
#ifndef INSULA_MM_SPACE_H
#define INSULA_MM_SPACE_H

#include "core/cap.h"
#include "mm/fund.h"
#include "mm/pagetable.h"
#include <insula/abi/layout.h>

#define SPACE_DEPTH_MAX 16

#define SPACE_IS_ESTATE 1u /* constant */
#define SPACE_STOPPED 2u   /* space_stop has stopped all threads; new ones are born stopped */
#define SPACE_STOPPING 4u  /* it is on the way to that */
#define SPACE_RESUMING 8u  /* it is letting them go on */

struct space {
	struct object object;
	struct cap_tables caps;           /* [k] V2 */
	uint64_t ttbr0;                   /* [k] V4 */
	pte_t *root;                      /* [k] NULL until it is needed */
	uint64_t first, end;              /* constant; V3 */
	struct space *holder;             /* [k] V1; of an estate */
	struct space *linked[SLOT_COUNT]; /* [k] V1 */
	struct thread *threads;           /* [k] V6 */
	struct thread *stop_next;       /* [k] the thread that stopping or resuming comes to next */
	struct fund fund;               /* [k] */
	uint32_t mapped;                /* [k] V5 */
	uint32_t thread_count;          /* [k] V6 */
	uint16_t cap_count;             /* [k] slots in use */
	uint16_t cap_free;              /* [k] index of the first emptied slot, 0: none */
	uint16_t cap_fresh;             /* [k] index of the first slot that was never used */
	uint16_t asid;                  /* constant; 0 for an estate */
	uint16_t cached_asid;           /* [k] V8 */
	uint8_t slot;                   /* constant; of an estate: the slot it is made for */
	uint8_t flags;                  /* [k] SPACE_* */
	uint8_t depth;                  /* constant; V7 */
	uint8_t death;                  /* [k] how far its destruction is (death.c) */
	uint16_t death_cap;             /* [k] next slot to empty */
	uint64_t death_address;         /* [k] next address to unmap */
	struct cap_directory directory; /* [k] */
};

static inline bool
space_is_estate(const struct space *space)
{
	return (space->flags & SPACE_IS_ESTATE) != 0;
}

/*
 * Make zeroed memory (head filled by fund_alloc) a space; flags as space_create.
 * The ASID is the caller's to allocate (mm/asid.h); an estate's is 0.
 */
void space_init(struct space *space, uint32_t flags, uint32_t asid);

/* Make sure that there is a root table; ERR_NO_FUND lacks one page. */
MUST_CHECK err_t space_need_root(struct space *space);

/* V6. Adding to a space that is stopped sets SCHED_STOP_SPACE: thread_launch must respect it. */
void space_add_thread(struct space *space, struct thread *thread);
void space_remove_thread(struct space *space, struct thread *thread);

/* One bounded step of a space's death (death.c); true when only its head and memory are left. */
MUST_CHECK bool space_destroy_step(struct space *space);

/* What must die before a DYING space can go on dying: a thread, or what it paid for; or NULL. */
struct object *space_dying_inside(struct space *space);

/* Whether `space` is `ancestor`, or was paid for by it, or by one that it paid for. */
bool space_descends_from(const struct space *space, const struct space *ancestor);

err_t call_space_create(struct thread *caller, uint64_t *x);
err_t call_space_stop(struct thread *caller, uint64_t *x);
err_t call_space_query(struct thread *caller, uint64_t *x);
err_t call_link(struct thread *caller, uint64_t *x);

/* Lend an estate to a space that has a root; take it from whoever holds it (link.c). */
void space_link(struct space *space, struct space *estate);
void space_unlink(struct space *estate);

/* V1 to V8, the fund, the capability table; panics with the number broken. */
void space_check(const struct space *space);
/* Of these what costs little: V1, V2, V4, V6, V7, V8. */
void space_check_links(const struct space *space);

#endif
