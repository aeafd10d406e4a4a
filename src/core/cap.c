/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability slots: looking up, filling, emptying. The calls on them are in
 * cap_calls.c.
 *
 * A slot of a table is found to be one by the record of its frame, which also
 * names the table's space; a slot elsewhere (in a thread) is on no free list.
 */
#include "core/cap.h"
#include "core/panic.h"
#include "mm/space.h"
#include "mm/tlb.h"

#define SLOTS_A_STEP 16

struct cap_slot cap_empty_page[CAP_SLOTS_PER_PAGE];

struct cap_directory cap_empty_directory;

void
cap_directory_init(struct cap_directory *directory)
{
	for (uint32_t i = 0; i < CAP_DIRECTORY_PAGES; i++)
		directory->page[i] = cap_empty_page;
}

/*
 * The one revocation by badge that is remembered between two steps; another
 * that comes in between makes it start again. `next` is NULL when there is
 * none, else on the object's list: whoever empties it moves it on.
 */
static struct {
	const struct object *object;
	uint64_t badge;
	struct cap_slot *next;
} revoking;

static struct cap_slot *
next_slot(const struct cap_slot *slot)
{
	return reference_get(slot->next);
}

static err_t
lookup_error(const struct cap_slot *slot, handle_t handle, uint32_t right)
{
	static const uint32_t rights_of[] = {
		[OBJECT_ENDPOINT] = RIGHTS_ENDPOINT,
		[OBJECT_THREAD] = RIGHTS_THREAD,
		[OBJECT_SPACE] = RIGHTS_SPACE,
		[OBJECT_IRQ] = RIGHTS_IRQ,
	};

	if (slot->object == NULL || slot->generation != handle_generation(handle))
		return ERR_HANDLE;
	if ((rights_of[slot->object->type] & right) == 0)
		return ERR_TYPE;
	return (slot->rights & right) == 0 ? ERR_RIGHTS : ERR_DYING;
}

err_t
cap_find(const struct space *space, handle_t handle, struct cap_slot **slot)
{
	struct cap_slot *found = cap_slot_at(&space->caps, handle);

	if (found->object == NULL || found->generation != handle_generation(handle))
		return ERR_HANDLE;
	*slot = found;
	return OK;
}

err_t
cap_lookup(const struct space *space, handle_t handle, uint32_t right, struct cap_slot **slot)
{
	struct cap_slot *found = cap_slot_at(&space->caps, handle);

	if (!cap_allows(found, handle, right) || (found->object->flags & OBJECT_DYING) != 0)
		return lookup_error(found, handle, right);
	*slot = found;
	return OK;
}

err_t
cap_lookup_space(struct space *own, handle_t handle, uint32_t right, struct space **space)
{
	const struct cap_slot *found = cap_slot_at(&own->caps, handle);

	if (handle == SELF) {
		if ((right & (RIGHT_CREATE | RIGHT_TABLE)) == 0)
			return ERR_RIGHTS;
		if ((own->object.flags & OBJECT_DYING) != 0)
			return ERR_DYING;
		*space = own;
		return OK;
	}
	if (!cap_allows(found, handle, right) || (found->object->flags & OBJECT_DYING) != 0)
		return lookup_error(found, handle, right);
	*space = (struct space *)found->object;
	return OK;
}

err_t
cap_reserve_pages(const struct space *table, uint32_t *pages)
{
	*pages = 0;
	if ((table->object.flags & OBJECT_DYING) != 0)
		return ERR_DYING;
	if (table->cap_free != 0)
		return OK;
	if (table->cap_fresh == CAPS_PER_TABLE)
		return ERR_NO_SLOT;
	if (table->directory.page[table->cap_fresh >> CAP_PAGE_SHIFT] == cap_empty_page)
		*pages = 1;
	return OK;
}

err_t
cap_reserve(struct space *table, struct cap_slot **slot, handle_t *handle)
{
	uint32_t pages;

	err_t err = cap_reserve_pages(table, &pages);
	if (err != OK)
		return err;
	uint32_t index = table->cap_free != 0 ? table->cap_free : table->cap_fresh;
	uint32_t number = index >> CAP_PAGE_SHIFT;
	if (pages != 0) {
		struct cap_slot *page = fund_take_page(table, FRAME_CAPS);
		if (page == NULL)
			return ERR_NO_FUND;
		frame_of(page)->count = number;
		table->directory.page[number] = page;
	}
	struct cap_slot *found = &table->directory.page[number][index & (CAP_SLOTS_PER_PAGE - 1)];
	uint32_t generation = found->generation == 0 ? 1 : found->generation;
	*slot = found;
	*handle = generation << HANDLE_GENERATION_SHIFT | index;
	if (space_is_estate(table))
		*handle |= HANDLE_ESTATE;
	return OK;
}

/* The space in whose table a slot is, and its index; NULL if it is in none. */
static struct space *
table_of_slot(const struct cap_slot *slot, uint32_t *index)
{
	const struct frame *frame = frame_of(slot);

	if (frame->use != FRAME_CAPS)
		return NULL;
	*index = (uint32_t)(frame->count << CAP_PAGE_SHIFT) +
	    (uint32_t)(physmap_physical(slot) % PAGE_BYTES / sizeof *slot);
	return reference_get(frame->space);
}

static void
slot_take(struct cap_slot *slot)
{
	uint32_t index;
	struct space *table = table_of_slot(slot, &index);

	KASSERT(slot->object == NULL);
	if (slot->generation == 0)
		slot->generation = 1;
	if (table == NULL)
		return;
	if (table->cap_free == index) {
		table->cap_free = (uint16_t)slot->next;
	} else {
		KASSERT(table->cap_free == 0 && table->cap_fresh == index);
		table->cap_fresh++;
	}
	table->cap_count++;
}

/* Put a slot on the object's list behind `before`; first if that is NULL. */
static void
list_add(struct object *object, struct cap_slot *slot, struct cap_slot *before)
{
	struct cap_slot *after = before == NULL ? object->caps : next_slot(before);

	slot->prev = before == NULL ? 0 : reference_of(before);
	slot->next = after == NULL ? 0 : reference_of(after);
	if (after != NULL)
		after->prev = reference_of(slot);
	if (before != NULL)
		before->next = reference_of(slot);
	else
		object->caps = slot;
}

static void
list_remove(struct cap_slot *slot)
{
	struct cap_slot *after = next_slot(slot);
	struct cap_slot *before = reference_get(slot->prev);

	if (revoking.next == slot)
		revoking.next = after;
	if (after != NULL)
		after->prev = slot->prev;
	if (before != NULL)
		before->next = slot->next;
	else
		slot->object->caps = after;
}

void
cap_fill(struct cap_slot *slot, struct object *object, uint32_t rights, uint64_t badge)
{
	slot_take(slot);
	slot->object = object;
	slot->rights = rights;
	slot->badge = badge;
	list_add(object, slot, NULL);
}

void
cap_fill_copy(struct cap_slot *slot, struct cap_slot *source, uint32_t rights, uint64_t badge)
{
	slot_take(slot);
	slot->object = source->object;
	slot->rights = rights;
	slot->badge = badge;
	list_add(source->object, slot, source);
}

void
cap_empty(struct cap_slot *slot)
{
	uint32_t index;

	if (slot->object == NULL)
		return;
	list_remove(slot);
	slot->object = NULL;
	slot->rights = 0;
	slot->badge = 0;
	slot->next = slot->prev = 0;
	slot->generation++;
	struct space *table = table_of_slot(slot, &index);
	if (table == NULL)
		return;
	table->cap_count--;
	if (slot->generation <= HANDLE_GENERATION_MASK) {
		slot->next = table->cap_free;
		table->cap_free = (uint16_t)index;
	}
}

static bool
empty_all_step(struct object *object)
{
	for (int i = 0; i < SLOTS_A_STEP && object->caps != NULL; i++) {
		struct cap_slot *second = next_slot(object->caps);
		cap_empty(second != NULL ? second : object->caps);
	}
	return object->caps == NULL;
}

bool
cap_revoke_step(struct object *object, uint64_t badge, uint32_t keep)
{
	if (revoking.next == NULL || revoking.object != object || revoking.badge != badge) {
		revoking.object = object;
		revoking.badge = badge;
		revoking.next = object->caps;
	}
	for (int i = 0; i < SLOTS_A_STEP && revoking.next != NULL; i++) {
		struct cap_slot *slot = revoking.next;
		revoking.next = next_slot(slot);
		if (slot->badge == badge && reference_of(slot) != keep)
			cap_empty(slot);
	}
	return revoking.next == NULL;
}

bool
cap_empty_some(struct object *object, bool any_badge, uint64_t badge)
{
	return any_badge ? empty_all_step(object) : cap_revoke_step(object, badge, 0);
}

bool
cap_empty_others(struct object *object)
{
	for (int i = 0; i < SLOTS_A_STEP && object->caps->next != 0; i++)
		cap_empty(next_slot(object->caps));
	return object->caps->next == 0;
}

void
cap_keep_longest(struct cap_slot *slot)
{
	struct object *object = slot->object;

	if (object->caps == slot)
		return;
	list_remove(slot);
	list_add(object, slot, NULL);
}

bool
cap_table_destroy_step(struct space *table)
{
	uint32_t number = table->death_cap >> CAP_PAGE_SHIFT;

	if (number == CAP_DIRECTORY_PAGES || table->directory.page[number] == cap_empty_page) {
		KASSERT(table->cap_count == 0);
		return true;
	}
	struct cap_slot *page = table->directory.page[number];
	uint32_t first = table->death_cap & (CAP_SLOTS_PER_PAGE - 1);

	if (table->cap_count != 0) {
		for (uint32_t i = first; i < first + SLOTS_A_STEP; i++)
			cap_empty(&page[i]);
		table->death_cap += SLOTS_A_STEP;
	} else { /* the rest is empty */
		table->death_cap = (uint16_t)((number + 1) << CAP_PAGE_SHIFT);
	}
	if (table->death_cap % CAP_SLOTS_PER_PAGE == 0) {
		page_zero(page);
		table->directory.page[number] = cap_empty_page;
		fund_give_page(page);
	}
	return false;
}
