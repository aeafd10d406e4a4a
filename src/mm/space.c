/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces: their making, their list of threads, stopping them, and what they
 * tell about themselves. Death is in death.c, links in link.c.
 */
#include "mm/space.h"
#include "core/panic.h"
#include "mm/asid.h"
#include "mm/home.h"
#include "sched/thread.h"

#define ASID_SHIFT 48
#define THREADS_A_STEP 16

/* The windows of each slot. */
static const struct {
	uint16_t first, count;
} windows[SLOT_COUNT] = {
	{ SLOT_ESTATE_BASE / WINDOW_BYTES, SLOT_ESTATE_WINDOWS },
	{ SLOT_STATE_BASE / WINDOW_BYTES, SLOT_STATE_WINDOWS },
	{ SLOT_HOME_BASE / WINDOW_BYTES, SLOT_HOME_WINDOWS },
};

void
space_init(struct space *space, uint32_t flags, uint32_t asid)
{
	cap_directory_init(&space->directory);
	space->caps.table[0] = &space->directory;
	space->caps.table[1] = &cap_empty_directory;
	space->cap_fresh = 1;
	if (space->object.payer != NULL)
		space->depth = (uint8_t)(space->object.payer->depth + 1);
	if ((flags & SPACE_ESTATE) != 0) {
		space->flags = SPACE_IS_ESTATE;
		space->slot = (uint8_t)(flags >> 8);
		space->first = windows[space->slot].first * WINDOW_BYTES;
		space->end = space->first + windows[space->slot].count * WINDOW_BYTES;
		space->caps.table[1] = &space->directory;
		return;
	}
	space->end = PRIVATE_END;
	space->asid = space->cached_asid = (uint16_t)asid;
	space->ttbr0 = physical_empty_root() | (uint64_t)asid << ASID_SHIFT;
}

err_t
space_need_root(struct space *space)
{
	if (space->root != NULL)
		return OK;
	pte_t *root = fund_take_page(space, FRAME_ROOT);
	if (root == NULL)
		return ERR_NO_FUND;
	space->root = root;
	if (!space_is_estate(space))
		space->ttbr0 = physmap_physical(root) | (uint64_t)space->asid << ASID_SHIFT;
	return OK;
}

bool
space_descends_from(const struct space *space, const struct space *ancestor)
{
	while (space != NULL && space != ancestor)
		space = space->object.payer;
	return space != NULL;
}

void
space_add_thread(struct space *space, struct thread *thread)
{
	struct thread *first = space->threads;

	if (first == NULL) {
		thread->space_next = thread->space_prev = thread;
		space->threads = thread;
	} else {
		thread->space_next = first;
		thread->space_prev = first->space_prev;
		first->space_prev->space_next = thread;
		first->space_prev = thread;
	}
	space->thread_count++;
	if ((space->flags & (SPACE_STOPPED | SPACE_STOPPING)) != 0)
		thread->sched |= SCHED_STOP_SPACE;
}

/* The next on the list; NULL at its end. */
static struct thread *
next_thread(const struct space *space, const struct thread *thread)
{
	return thread->space_next == space->threads ? NULL : thread->space_next;
}

void
space_remove_thread(struct space *space, struct thread *thread)
{
	if (space->stop_next == thread)
		space->stop_next = next_thread(space, thread);
	if (thread->space_next == thread) {
		space->threads = NULL;
	} else {
		if (space->threads == thread)
			space->threads = thread->space_next;
		thread->space_next->space_prev = thread->space_prev;
		thread->space_prev->space_next = thread->space_next;
	}
	thread->space_next = thread->space_prev = NULL;
	space->thread_count--;
}

static bool
flags_valid(uint64_t flags)
{
	uint64_t slot = flags >> 8;

	return flags == 0 || ((flags & 0xff) == SPACE_ESTATE && slot < SLOT_HOME);
}

err_t
call_space_create(struct thread *caller, uint64_t *x)
{
	struct space *payer, *table;
	struct object_place place;
	uint64_t flags = x[2];
	uint32_t asid = 0;

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_CREATE, &payer);
	if (err != OK)
		return err;
	err = cap_lookup_space(caller->space, (handle_t)x[1], RIGHT_TABLE, &table);
	if (err != OK)
		return err;
	if (!flags_valid(flags))
		return ERR_ARGUMENT;
	if (payer->depth == SPACE_DEPTH_MAX)
		return ERR_TOO_MANY;
	if (flags == 0) {
		asid = asid_alloc();
		if (asid == 0)
			return ERR_TOO_MANY;
	}
	err = object_place(payer, table, OBJECT_SPACE, sizeof(struct space), &place);
	if (err != OK) {
		if (asid != 0)
			asid_free(asid);
		if (err == ERR_NO_FUND)
			x[1] = place.lacking;
		return err;
	}

	/* Nothing below can fail. */
	space_init((struct space *)place.object, (uint32_t)flags, asid);
	cap_fill(place.slot, place.object, RIGHTS_SPACE, 0);
	x[1] = place.handle;
	return OK;
}

err_t
call_space_stop(struct thread *caller, uint64_t *x)
{
	struct space *space;
	uint8_t way = x[1] == 1 ? SPACE_STOPPING : SPACE_RESUMING;

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_STOP, &space);
	if (err != OK)
		return err;
	if (x[1] > 1)
		return ERR_ARGUMENT;
	if (space == caller->space)
		return ERR_BUSY;

	/* Nothing below can fail. */
	if ((space->flags & way) == 0) {
		space->flags &= (uint8_t) ~(SPACE_STOPPED | SPACE_STOPPING | SPACE_RESUMING);
		space->flags |= way;
		space->stop_next = space->threads;
	}
	for (int i = 0; i < THREADS_A_STEP && space->stop_next != NULL; i++) {
		struct thread *thread = space->stop_next;
		space->stop_next = next_thread(space, thread);
		if (way == SPACE_STOPPING)
			thread_stop_now(thread);
		else
			thread_unstop(thread);
	}
	if (space->stop_next != NULL)
		return CALL_RESTART;
	space->flags &= (uint8_t)~way;
	if (way == SPACE_STOPPING)
		space->flags |= SPACE_STOPPED;
	return OK;
}

static err_t
query_page(const struct space *space, uint64_t address, uint64_t *x)
{
	if (address >= USER_END)
		return ERR_ARGUMENT;
	pte_t *entry = pagetable_entry(space->root, address);
	pte_t value = entry == NULL ? 0 : *entry;
	bool at_home = address - HOME_BASE < SLOT_HOME_WINDOWS * WINDOW_BYTES &&
	    (space == home_space || space->linked[SLOT_HOME] != NULL);
	if (!pte_valid(value) && !at_home)
		return ERR_NOT_MAPPED;
	uint64_t physical = pte_valid(value) ? pte_physical(value)
					     : (address - HOME_BASE) & ~(PAGE_BYTES - 1);
	const struct frame *frame = frame_at(physical);
	if (!pte_valid(value) && (frame == NULL || frame->state == FRAME_NONE))
		return ERR_NOT_MAPPED;

	x[1] = 0;
	if (pte_valid(value))
		x[1] = pte_prot(value) | PAGE_PRESENT | (pte_is_device(value) ? PAGE_DEVICE : 0);
	x[2] = frame == NULL ? FRAME_NONE : frame->state;
	x[3] = x[2] == FRAME_USER ? frame->count : 0;
	x[4] = HOME_BASE + physical;
	return OK;
}

static err_t
query_thread(const struct space *space, uint64_t number, uint64_t *x)
{
	if (number >= space->thread_count)
		return ERR_ARGUMENT;
	const struct thread *thread = space->threads;
	while (number-- > 0)
		thread = thread->space_next;
	thread_describe(thread, x + 1);
	return OK;
}

static uint64_t
identity_of(const struct space *space)
{
	return space == NULL ? 0 : space->object.identity;
}

err_t
call_space_query(struct thread *caller, uint64_t *x)
{
	struct space *space;

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_SP_QUERY, &space);
	if (err != OK)
		return err;
	switch (x[1]) {
	case SPACE_FUND:
		x[1] = space->fund.pages;
		x[2] = space->fund.spare_count;
		x[3] = space->mapped;
		x[4] = space->thread_count;
		x[5] = space->cap_count;
		x[6] = space->object.identity;
		return OK;
	case SPACE_PAGE:
		return query_page(space, x[2], x);
	case SPACE_THREAD:
		return query_thread(space, x[2], x);
	case SPACE_LINKS:
		if (x[2] >= SLOT_COUNT)
			return ERR_ARGUMENT;
		x[1] = identity_of(space->linked[x[2]]);
		x[2] = identity_of(space->holder);
		return OK;
	default:
		return ERR_ARGUMENT;
	}
}
