/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linking: an estate's root entries, and in SLOT_ESTATE its capability table,
 * are lent to one space at a time (V1, V2). Its pages are cached under the
 * ASID of whoever holds it, so taking it away flushes that ASID.
 */
#include "core/panic.h"
#include "mm/home.h"
#include "mm/shadow.h"
#include "mm/space.h"
#include "mm/tlb.h"
#include "sched/thread.h"

#define THREADS_LOOKED_AT 16

void
space_unlink(struct space *estate)
{
	struct space *holder = estate->holder;
	uint32_t end = (uint32_t)(estate->end / WINDOW_BYTES);

	for (uint32_t i = (uint32_t)(estate->first / WINDOW_BYTES); i < end; i++) {
		if (!pte_valid(holder->root[i]))
			continue;
		shadow_drop(holder->asid, i * WINDOW_BYTES, WINDOW_BYTES, SHADOW_ANY);
		holder->root[i] = 0;
	}
	holder->linked[estate->slot] = NULL;
	if (estate->slot == SLOT_ESTATE)
		holder->caps.table[1] = &cap_empty_directory;
	estate->holder = NULL;
	estate->cached_asid = 0;
	tlb_flush_begin();
	tlb_flush_space(holder->asid);
	tlb_flush_end();
}

void
space_link(struct space *space, struct space *estate)
{
	uint32_t end = (uint32_t)(estate->end / WINDOW_BYTES);

	space->linked[estate->slot] = estate;
	estate->holder = space;
	estate->cached_asid = space->asid;
	if (estate->slot == SLOT_ESTATE)
		space->caps.table[1] = estate->caps.table[0];
	if (estate->root == NULL)
		return;
	for (uint32_t i = (uint32_t)(estate->first / WINDOW_BYTES); i < end; i++)
		space->root[i] = estate->root[i];
	tlb_publish();
}

/*
 * Whether no thread of a space but `caller` can run. Of a space that was not
 * stopped as a whole only the first threads are looked at.
 */
static bool
is_quiet(const struct space *space, const struct thread *caller)
{
	const struct thread *thread = space->threads;

	if ((space->flags & SPACE_STOPPED) != 0)
		return true;
	if (space->thread_count > THREADS_LOOKED_AT)
		return false;
	for (uint32_t i = 0; i < space->thread_count; i++) {
		if (thread != caller && !thread_is_stopped(thread) &&
		    thread_state(thread) != THREAD_INACTIVE)
			return false;
		thread = thread->space_next;
	}
	return true;
}

static err_t
unlink_slot(struct thread *caller, struct space *space, uint64_t slot)
{
	struct space *estate = space->linked[slot];

	if (estate == NULL)
		return OK;
	if (!is_quiet(space, caller))
		return ERR_BUSY;

	/* Nothing below can fail. */
	space_unlink(estate);
	return OK;
}

err_t
call_link(struct thread *caller, uint64_t *x)
{
	struct space *space, *estate;
	uint64_t slot = x[1];

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_LINK, &space);
	if (err != OK)
		return err;
	if (slot >= SLOT_COUNT)
		return ERR_ARGUMENT;
	if (space_is_estate(space))
		return ERR_TYPE;
	if (x[2] == HANDLE_NONE)
		return unlink_slot(caller, space, slot);
	err = cap_lookup_space(caller->space, (handle_t)x[2], RIGHT_LINK, &estate);
	if (err != OK)
		return err;
	if (!space_is_estate(estate))
		return ERR_TYPE;
	if (estate->slot != slot)
		return ERR_ARGUMENT;
	if (estate->holder == space)
		return OK;
	if (space->linked[slot] != NULL)
		return ERR_BUSY;
	if (estate->holder != NULL && !is_quiet(estate->holder, caller))
		return ERR_BUSY;
	err = space_need_root(space);
	if (err != OK) {
		x[1] = 1;
		return err;
	}

	/* Nothing below can fail. */
	if (estate->holder != NULL)
		space_unlink(estate);
	space_link(space, estate);
	return OK;
}
