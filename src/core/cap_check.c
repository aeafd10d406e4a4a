/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants of capability tables and of objects' lists of slots (cap.h),
 * verified in debug builds and host tests. Changes nothing.
 */
#include "core/cap.h"

#ifdef INSULA_DEBUG

#include "core/panic.h"
#include "mm/space.h"

#define CHECK(condition, text)       \
	do {                         \
		if (!(condition))    \
			PANIC(text); \
	} while (0)

static void
check_links(const struct cap_slot *slot)
{
	const struct cap_slot *next = reference_get(slot->next);
	const struct cap_slot *prev = reference_get(slot->prev);

	CHECK(next == NULL || (next->object == slot->object && reference_get(next->prev) == slot),
	    "C1: a slot's successor does not know it");
	if (prev == NULL)
		CHECK(slot->object->caps == slot, "C1: a slot is not on its object's list");
	else
		CHECK(prev->object == slot->object && reference_get(prev->next) == slot,
		    "C1: a slot's predecessor does not know it");
}

static void
check_slot(const struct cap_slot *slot)
{
	static const uint32_t rights_of[] = {
		[OBJECT_ENDPOINT] = RIGHTS_ENDPOINT,
		[OBJECT_THREAD] = RIGHTS_THREAD,
		[OBJECT_SPACE] = RIGHTS_SPACE,
		[OBJECT_IRQ] = RIGHTS_IRQ,
	};

	CHECK(slot->generation != 0 && slot->generation <= HANDLE_GENERATION_MASK,
	    "C3: a slot in use has no generation");
	CHECK(slot->object->type >= OBJECT_ENDPOINT && slot->object->type <= OBJECT_IRQ,
	    "C1: a slot names something that is no object");
	CHECK((slot->rights & ~rights_of[slot->object->type]) == 0,
	    "C2: a slot has rights of another type");
	check_links(slot);
}

void
cap_check_object(const struct object *object)
{
	const struct cap_slot *slot = object->caps;

	CHECK(slot == NULL || slot->prev == 0, "C1: an object's first slot has a predecessor");
	for (; slot != NULL; slot = reference_get(slot->next)) {
		CHECK(slot->object == object, "C1: a slot is on another object's list");
		check_slot(slot);
	}
}

static uint32_t
check_free_list(const struct space *space)
{
	uint32_t count = 0;

	for (uint32_t index = space->cap_free; index != 0; count++) {
		CHECK(index < space->cap_fresh && count < CAPS_PER_TABLE,
		    "C3: the list of emptied slots is torn");
		const struct cap_slot *slot = cap_slot_at(&space->caps, index);
		CHECK(slot->object == NULL && slot->rights == 0 &&
			slot->generation <= HANDLE_GENERATION_MASK,
		    "C3: a slot in use, or used up, is on the list of emptied ones");
		index = slot->next;
	}
	return count;
}

void
cap_check_table(const struct space *space)
{
	uint32_t used = 0, retired = 0;

	for (uint32_t index = 1; index < space->cap_fresh; index++) {
		const struct cap_slot *slot = cap_slot_at(&space->caps, index);
		if (slot->object != NULL) {
			used++;
			check_slot(slot);
		} else {
			CHECK(slot->rights == 0, "C2: an empty slot has rights");
			if (slot->generation > HANDLE_GENERATION_MASK)
				retired++;
		}
	}
	CHECK(used == space->cap_count, "C1: slots in use are counted wrong");
	if ((space->object.flags & OBJECT_DYING) == 0)
		CHECK(check_free_list(space) + used + retired + 1 == space->cap_fresh,
		    "C3: an emptied slot is lost");
}

#endif
