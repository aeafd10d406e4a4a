/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability tables: 32-byte slots, 128 to a page, up to 32 pages to a table.
 *
 * A directory entry that has no page points to `cap_empty_page`, whose slots
 * are all empty, so that a look-up needs no test for it; likewise a space
 * without a linked estate has `cap_empty_directory` as its second table.
 *
 * Slot 0 of a table is never used. Slots are given out from 1 upwards; one
 * that was emptied is given out again before a new one.
 *
 * Invariants
 *  C1: a slot whose object is not NULL is on that object's list, once.
 *  C2: rights imply the type: rights & ~RIGHTS_<type of object> == 0; an empty
 *      slot has none.
 *  C3: the generation of a slot is the one its live handle carries; emptying
 *      adds one; a slot whose generation would wrap is never used again.
 *  C4: a badge other than 0 was given once and never changes.
 */
#ifndef INSULA_CORE_CAP_H
#define INSULA_CORE_CAP_H

#include "core/object.h"

#define CAP_SLOTS_PER_PAGE 128u
#define CAP_PAGE_SHIFT 7
#define CAP_DIRECTORY_PAGES (CAPS_PER_TABLE / CAP_SLOTS_PER_PAGE)

struct cap_slot {
	struct object *object; /* [k] NULL: empty */
	uint64_t badge;
	uint32_t generation; /* as in the handle, >= 1; 0: never used */
	uint32_t rights;     /* RIGHT_* */
	uint32_t next, prev; /* [k] slot references on the object's list, 0: none (slot_ref) */
};
_Static_assert(sizeof(struct cap_slot) == 32, "cap_slot is 32 bytes");

struct cap_directory {
	struct cap_slot *page[CAP_DIRECTORY_PAGES];
};

/* The two tables of a space, as HANDLE_ESTATE chooses them; the first thing after its head. */
struct cap_tables {
	const struct cap_directory *table[2];
};

extern struct cap_slot cap_empty_page[CAP_SLOTS_PER_PAGE];
extern struct cap_directory cap_empty_directory;

/* Boot, before the first space: what is empty points to cap_empty_page. */
void cap_directory_init(struct cap_directory *directory);

/* Every handle is the place of some slot, if only of an empty one. */
static inline __attribute__((always_inline)) struct cap_slot *
cap_slot_at(const struct cap_tables *tables, handle_t handle)
{
	const struct cap_directory *directory = tables->table[handle >> 31];

	return &directory->page[(handle & HANDLE_INDEX_MASK) >> CAP_PAGE_SHIFT]
			       [handle & (CAP_SLOTS_PER_PAGE - 1)];
}

static inline uint32_t
handle_generation(handle_t handle)
{
	return (handle >> HANDLE_GENERATION_SHIFT) & HANDLE_GENERATION_MASK;
}

/* For the fast path: whether a slot answers to the handle and has the right (DYING or not). */
static inline bool
cap_allows(const struct cap_slot *slot, handle_t handle, uint32_t right)
{
	return slot->generation == handle_generation(handle) && (slot->rights & right) != 0;
}

/*
 * Look a handle up among the two tables of a space. On OK *slot names the
 * slot; its object is not DYING and is of the type that `right`, one RIGHT_*
 * bit, implies. Errors in this order: ERR_HANDLE (empty or stale), ERR_TYPE,
 * ERR_RIGHTS, ERR_DYING. Cost constant, about 16 instructions on success.
 */
MUST_CHECK err_t cap_lookup(
    const struct space *space, handle_t handle, uint32_t right, struct cap_slot **slot);

/* The same without a right, of any type, DYING too. Only ERR_HANDLE. */
MUST_CHECK err_t cap_find(const struct space *space, handle_t handle, struct cap_slot **slot);

/*
 * A space argument of a call: SELF is the caller's own space, with the rights
 * to its table and CREATE. Errors as cap_lookup.
 */
MUST_CHECK err_t cap_lookup_space(
    struct space *own, handle_t handle, uint32_t right, struct space **space);

/*
 * Reserve an empty slot in a table, then fill it: two steps, so that a call
 * can check everything first. cap_reserve may take a page from the table's
 * fund, so it comes last among the checks (or use object_place); nothing is
 * changed when it fails (ERR_NO_SLOT, ERR_NO_FUND: one page is lacking). The
 * handle is as the table's holder uses it: an estate's carries HANDLE_ESTATE.
 *
 * cap_fill also fills a slot outside all tables, as the one in struct thread.
 * cap_fill_copy is cap_fill for a copy of `source`: a revocation under way
 * that has not come to the source yet will come to the copy.
 */
MUST_CHECK err_t cap_reserve(struct space *table, struct cap_slot **slot, handle_t *handle);
void cap_fill(struct cap_slot *slot, struct object *object, uint32_t rights, uint64_t badge);
void cap_fill_copy(struct cap_slot *slot, struct cap_slot *source, uint32_t rights, uint64_t badge);
/* Whether cap_reserve would take a page, ERR_NO_SLOT if the table is full. */
MUST_CHECK err_t cap_reserve_pages(const struct space *table, uint32_t *pages);

/* Empty a slot (C1, C3); the object itself lives on. An empty slot stays as it is. */
void cap_empty(struct cap_slot *slot);

/*
 * Empty at most 16 of an object's slots: all, or those with a badge (at most
 * 16 are looked at, too). True when none is left. When all are emptied, the
 * first of the list is the last to go: see cap_keep_longest.
 */
MUST_CHECK bool cap_empty_some(struct object *object, bool any_badge, uint64_t badge);

/* By badge, but not the slot with the reference `keep` (0: none). */
MUST_CHECK bool cap_revoke_step(struct object *object, uint64_t badge, uint32_t keep);

/* At most 16, but not the first of the list; true when it alone is left. There must be one. */
MUST_CHECK bool cap_empty_others(struct object *object);

/* Make a slot the first of its object's list, so that its holder can go on destroying. */
void cap_keep_longest(struct cap_slot *slot);

/*
 * At a table's death: empty the next slots, at most 16. True when the table is
 * empty and its pages are spare again.
 */
MUST_CHECK bool cap_table_destroy_step(struct space *table);

err_t call_cap_copy(struct thread *caller, uint64_t *x);
err_t call_cap_delete(struct thread *caller, uint64_t *x);
err_t call_cap_revoke(struct thread *caller, uint64_t *x);
err_t call_cap_query(struct thread *caller, uint64_t *x);

/* C1 to C4 of one object's list, and of one table; panics with the number broken. */
void cap_check_object(const struct object *object);
void cap_check_table(const struct space *space);

#endif
