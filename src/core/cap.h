/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability tables: 32-byte slots, 128 to a page, up to 32 pages to a table.
 *
 * A directory entry that has no page points to `cap_empty_page`, whose slots
 * are all empty, so that a look-up needs no test for it; likewise a space
 * without a linked estate has `cap_empty_directory` as its second table.
 *
 * Invariants
 *  C1: a slot whose object is not NULL is on that object's list, once.
 *  C2: rights imply the type: rights & ~RIGHTS_<type of object> == 0.
 *  C3: the generation of a slot is the one its live handle carries; emptying
 *      adds one; a slot whose generation would wrap is never used again.
 *  C4: a badge other than 0 was given once and never changes.
 */
#ifndef INSULA_CORE_CAP_H
#define INSULA_CORE_CAP_H

#include "core/object.h"

#define CAP_SLOTS_PER_PAGE 128u
#define CAP_DIRECTORY_PAGES (CAPS_PER_TABLE / CAP_SLOTS_PER_PAGE)

struct cap_slot {
	struct object *object; /* [k] NULL: empty */
	uint64_t badge;
	uint32_t generation;   /* as in the handle, >= 1 */
	uint32_t rights;       /* RIGHT_* */
	uint32_t next, prev;   /* [k] slot references on the object's list, 0: none (slot_ref) */
};
_Static_assert(sizeof(struct cap_slot) == 32, "cap_slot is 32 bytes");

struct cap_directory {
	struct cap_slot *page[CAP_DIRECTORY_PAGES];
};

extern struct cap_slot cap_empty_page[CAP_SLOTS_PER_PAGE];
extern struct cap_directory cap_empty_directory;

/*
 * Look a handle up among the two tables of a space. On OK *slot names the
 * slot; its object is not DYING and is of the type that `right` implies.
 * Errors in this order: ERR_HANDLE (empty or stale), ERR_TYPE, ERR_RIGHTS,
 * ERR_DYING. Cost constant, about 16 instructions on success.
 */
MUST_CHECK err_t cap_lookup(const struct space *space, handle_t handle, uint32_t right,
                            struct cap_slot **slot);

/* A space argument of a call: SELF is the caller's own space, all rights to its table and CREATE. */
MUST_CHECK err_t cap_lookup_space(struct space *own, handle_t handle, uint32_t right,
                                  struct space **space);

/*
 * Reserve an empty slot in a table, then fill it: two steps, so that a call
 * can check everything first. cap_reserve may take a page from the table's
 * fund; nothing is changed when it fails (ERR_NO_SLOT, ERR_NO_FUND).
 */
MUST_CHECK err_t cap_reserve(struct space *table, struct cap_slot **slot, handle_t *handle);
void cap_fill(struct cap_slot *slot, struct object *object, uint32_t rights, uint64_t badge);
/* Empty a slot (C1, C3); the object itself lives on. */
void cap_empty(struct cap_slot *slot);
/* Empty up to 16 of an object's slots that match; true when none is left. */
bool cap_empty_some(struct object *object, bool any_badge, uint64_t badge);

err_t call_cap_copy(struct thread *caller, uint64_t *x);
err_t call_cap_delete(struct thread *caller, uint64_t *x);
err_t call_cap_revoke(struct thread *caller, uint64_t *x);
err_t call_cap_query(struct thread *caller, uint64_t *x);

#endif
