/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls on capability tables. A table is named by its space: SELF is the
 * caller's own. Handles are as the table's holder would use them, so those in
 * an estate's table carry HANDLE_ESTATE.
 */
#include "core/cap.h"
#include "mm/space.h"
#include "sched/thread.h"

static uint64_t
first_line(uint64_t badge)
{
	return badge & 0xffffffff;
}

static uint64_t
last_line(uint64_t badge)
{
	return badge >> 32;
}

/* What badge a copy of `source` gets when `badge` is asked for (C4). */
static err_t
badge_for(const struct cap_slot *source, uint64_t badge, uint64_t *given)
{
	*given = source->badge;
	if (badge == 0)
		return OK;
	*given = badge;
	switch (source->object->type) {
	case OBJECT_ENDPOINT:
		if (source->badge != 0)
			return ERR_BADGE;
		return (source->rights & RIGHT_EP_OWN) == 0 ? ERR_RIGHTS : OK;
	case OBJECT_IRQ:
		if (first_line(badge) < first_line(source->badge) ||
		    last_line(badge) > last_line(source->badge) ||
		    first_line(badge) > last_line(badge))
			return ERR_ARGUMENT;
		return OK;
	default:
		return ERR_BADGE;
	}
}

err_t
call_cap_copy(struct thread *caller, uint64_t *x)
{
	struct space *from, *to;
	struct cap_slot *source, *slot;
	uint64_t rights = x[3], badge;
	handle_t handle;

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_TABLE, &from);
	if (err != OK)
		return err;
	err = cap_find(from, (handle_t)x[1], &source);
	if (err != OK)
		return err;
	err = cap_lookup_space(caller->space, (handle_t)x[2], RIGHT_TABLE, &to);
	if (err != OK)
		return err;
	if ((rights & ~(uint64_t)source->rights) != 0)
		return ERR_RIGHTS;
	err = badge_for(source, x[4], &badge);
	if (err != OK)
		return err;
	if ((source->object->flags & OBJECT_DYING) != 0)
		return ERR_DYING;
	err = cap_reserve(to, &slot, &handle);
	if (err != OK) {
		if (err == ERR_NO_FUND)
			x[1] = 1;
		return err;
	}

	/* Nothing below can fail. */
	cap_fill_copy(slot, source, (uint32_t)rights, badge);
	x[1] = handle;
	return OK;
}

/* The slot of a handle in one table, not in the one that may be linked beside it. */
static err_t
find_in_table(const struct space *table, handle_t handle, struct cap_slot **slot)
{
	if (((handle & HANDLE_ESTATE) != 0) != space_is_estate(table))
		return ERR_HANDLE;
	return cap_find(table, handle, slot);
}

err_t
call_cap_delete(struct thread *caller, uint64_t *x)
{
	struct space *table;
	struct cap_slot *slot;

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_TABLE, &table);
	if (err != OK)
		return err;
	err = find_in_table(table, (handle_t)x[1], &slot);
	if (err != OK)
		return err;

	/* Nothing below can fail. */
	cap_empty(slot);
	return OK;
}

err_t
call_cap_revoke(struct thread *caller, uint64_t *x)
{
	struct cap_slot *slot;
	uint64_t badge = x[1];

	err_t err = cap_find(caller->space, (handle_t)x[0], &slot);
	if (err != OK)
		return err;
	if ((slot->rights & (RIGHT_EP_OWN | RIGHT_TH_OWN | RIGHT_SP_OWN)) == 0)
		return ERR_RIGHTS;
	if ((slot->object->flags & OBJECT_DYING) != 0)
		return ERR_DYING;
	if (badge == 0)
		return ERR_ARGUMENT;

	/* Nothing below can fail. The caller's own slot is needed to the end. */
	if (!cap_revoke_step(slot->object, badge, reference_of(slot)))
		return CALL_RESTART;
	if (slot->badge == badge)
		cap_empty(slot);
	return OK;
}

err_t
call_cap_query(struct thread *caller, uint64_t *x)
{
	struct space *table;
	struct cap_slot *slot;
	handle_t handle = (handle_t)x[1];

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_TABLE, &table);
	if (err != OK)
		return err;
	if (x[2] > 1)
		return ERR_ARGUMENT;
	if (x[2] == 1) {
		if (x[1] >= CAPS_PER_TABLE)
			return ERR_ARGUMENT;
		if (space_is_estate(table))
			handle |= HANDLE_ESTATE;
		slot = cap_slot_at(&table->caps, handle);
		handle |= slot->generation << HANDLE_GENERATION_SHIFT;
		if (slot->object == NULL) {
			x[1] = x[2] = x[3] = x[4] = x[5] = 0;
			return OK;
		}
	} else {
		err = cap_find(table, handle, &slot);
		if (err != OK)
			return err;
	}
	x[1] = slot->object->type;
	x[2] = slot->rights;
	x[3] = slot->badge;
	x[4] = handle;
	x[5] = slot->object->identity;
	return OK;
}
