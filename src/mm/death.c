/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A space's death, in bounded steps: its threads, its links, what it has paid
 * for, its capabilities, its mappings, its pages, its name. `death` says which
 * comes next, everything else is found in what is left of the space.
 */
#include "core/panic.h"
#include "mm/asid.h"
#include "mm/map.h"
#include "mm/shadow.h"
#include "mm/space.h"
#include "mm/tlb.h"
#include "sched/thread.h"

#define PAGES_A_STEP 16

enum death {
	DEATH_THREADS,
	DEATH_LINKS,
	DEATH_OBJECTS,
	DEATH_TABLE,
	DEATH_FLUSH,
	DEATH_MAPPINGS,
	DEATH_PAGES,
	DEATH_NAMES,
};

struct object *
space_dying_inside(struct space *space)
{
	if ((space->object.flags & OBJECT_DYING) == 0)
		return NULL;
	if (space->death == DEATH_THREADS && space->threads != NULL)
		return &space->threads->object;
	if (space->death == DEATH_OBJECTS)
		return reference_get(space->fund.objects);
	return NULL;
}

/* Nothing is cached of a space that no thread runs in, and that is flushed. */
static void
flush(struct space *space)
{
	if (space_is_estate(space))
		return; /* link.c has done it */
	shadow_drop(space->asid, 0, USER_END, SHADOW_ANY);
	tlb_flush_begin();
	tlb_flush_space(space->asid);
	tlb_flush_end();
	space->cached_asid = 0;
}

static bool
unlink_step(struct space *space)
{
	if (space->holder != NULL) {
		space_unlink(space);
		return false;
	}
	for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
		if (space->linked[slot] != NULL) {
			space_unlink(space->linked[slot]);
			return false;
		}
	}
	return true;
}

static bool
mappings_step(struct space *space)
{
	if (!map_destroy_step(space))
		return false;
	if (space->root != NULL) {
		fund_give_page(space->root);
		space->root = NULL;
	}
	return true;
}

static bool
pages_step(struct space *space)
{
	for (int i = 0; i < PAGES_A_STEP && space->fund.spare != 0; i++)
		(void)fund_remove(space);
	KASSERT(space->fund.spare != 0 || space->fund.pages == 0);
	return space->fund.pages == 0;
}

bool
space_destroy_step(struct space *space)
{
	bool done = true;

	if ((space->object.flags & OBJECT_DYING) == 0) {
		space->object.flags |= OBJECT_DYING;
		space->death_address = space->first;
		return false;
	}
	switch (space->death) {
	case DEATH_THREADS: /* space_dying_inside has found none */
	case DEATH_OBJECTS:
		break;
	case DEATH_LINKS:
		done = unlink_step(space);
		break;
	case DEATH_TABLE:
		done = cap_table_destroy_step(space);
		break;
	case DEATH_FLUSH:
		flush(space);
		break;
	case DEATH_MAPPINGS:
		done = mappings_step(space);
		break;
	case DEATH_PAGES:
		done = pages_step(space);
		break;
	default:
		return cap_empty_some(&space->object, true, 0);
	}
	if (done)
		space->death++;
	return false;
}
