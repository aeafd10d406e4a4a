/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all kernel objects share: being made from a fund, with a first
 * capability, and being destroyed in bounded steps.
 *
 * A space takes with it what it has paid for. The depth of "paid for by" is
 * bounded (SPACE_DEPTH_MAX), so each step walks down to the innermost space
 * that is on the way, and no progress is kept but in the dying objects.
 */
#include "core/object.h"
#include "core/panic.h"
#include "ipc/endpoint.h"
#include "mm/asid.h"
#include "mm/space.h"
#include "sched/thread.h"

static uint64_t last_identity;

uint64_t
object_new_identity(void)
{
	return ++last_identity;
}

void
object_init_static(struct object *object, enum object_type type)
{
	object->identity = object_new_identity();
	object->type = (uint8_t)type;
	object->flags = OBJECT_STATIC;
}

err_t
object_place(struct space *payer, struct space *table, enum object_type type, size_t bytes,
    struct object_place *place)
{
	uint32_t slot_pages;
	err_t err = cap_reserve_pages(table, &slot_pages);
	if (err != OK)
		return err;
	bool needs_root = type == OBJECT_THREAD && !space_is_estate(payer) && payer->root == NULL;
	uint32_t pages = fund_alloc_pages(payer, bytes) + (needs_root ? 1 : 0);
	uint32_t lacking = 0;
	if (table == payer) {
		pages += slot_pages;
	} else if (slot_pages > table->fund.spare_count) {
		lacking = slot_pages - table->fund.spare_count;
	}
	if (pages > payer->fund.spare_count)
		lacking += pages - payer->fund.spare_count;
	place->lacking = lacking;
	if (lacking != 0)
		return ERR_NO_FUND;

	/* Nothing below can fail. */
	if ((needs_root && space_need_root(payer) != OK) ||
	    fund_alloc(payer, type, bytes, &place->object) != OK ||
	    cap_reserve(table, &place->slot, &place->handle) != OK)
		PANIC("object_place: pages were counted wrong");
	return OK;
}

/* One step of an object that nothing on the way below it holds up; true when it can be freed. */
static bool
destroy_step(struct object *object)
{
	switch (object->type) {
	case OBJECT_ENDPOINT:
		return endpoint_destroy_step((struct endpoint *)object);
	case OBJECT_THREAD:
		return thread_destroy_step((void *)object);
	default:
		return space_destroy_step((struct space *)object);
	}
}

static void
finish(struct object *object)
{
	if (object->type == OBJECT_THREAD) {
		struct thread *thread = (void *)object;
		if (thread->space_next != NULL)
			space_remove_thread(thread->space, thread);
		if (thread->sporadic != NULL)
			fund_free((struct object *)thread->sporadic);
	} else if (object->type == OBJECT_SPACE) {
		struct space *space = (struct space *)object;
		if (space->asid != 0)
			asid_free(space->asid);
	}
	fund_free(object);
}

bool
object_destroy_step(struct object *object)
{
	struct object *victim = object, *inner;

	while (victim->type == OBJECT_SPACE &&
	    (inner = space_dying_inside((struct space *)victim)) != NULL)
		victim = inner;
	if (!destroy_step(victim))
		return false;
	finish(victim);
	return victim == object;
}

static uint32_t
own_right(const struct object *object)
{
	switch (object->type) {
	case OBJECT_ENDPOINT:
		return RIGHT_EP_OWN;
	case OBJECT_THREAD:
		return RIGHT_TH_OWN;
	case OBJECT_SPACE:
		return RIGHT_SP_OWN;
	default:
		return 0;
	}
}

/*
 * A thread that destroys itself does not run again once it is DYING, so all
 * that takes steps is done before: nothing names it but the one slot.
 */
static err_t
destroy_self(struct thread *caller)
{
	if (!cap_empty_others(&caller->object))
		return CALL_RESTART;
	while (!thread_destroy_step(caller))
		;
	finish(&caller->object);
	return CALL_BLOCKED;
}

err_t
call_destroy(struct thread *caller, uint64_t *x)
{
	struct cap_slot *slot;
	handle_t handle = (handle_t)x[0];

	err_t err = cap_find(caller->space, handle, &slot);
	if (err != OK)
		return err;
	struct object *object = slot->object;
	if ((slot->rights & own_right(object)) == 0)
		return ERR_RIGHTS;
	if ((object->flags & OBJECT_STATIC) != 0)
		return ERR_STATE;
	if (object->type == OBJECT_SPACE) {
		const struct space *doomed = (const struct space *)object;
		const struct space *estate = caller->space->linked[SLOT_ESTATE];
		if (space_descends_from(caller->space, doomed))
			return ERR_BUSY;
		/* The handle must outlive the object. */
		if ((handle & HANDLE_ESTATE) != 0 && space_descends_from(estate, doomed))
			return ERR_BUSY;
	}

	/* Nothing below can fail. */
	cap_keep_longest(slot);
	if (object == &caller->object)
		return destroy_self(caller);
	return object_destroy_step(object) ? OK : CALL_RESTART;
}
