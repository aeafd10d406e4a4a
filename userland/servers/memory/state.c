/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * State segments: an estate of their own for SLOT_STATE, all its pages there
 * from the start, and the second one of a version that converts.
 */
#include "memory.h"

#include <stddef.h>

err_t
state_build(struct memory *m, struct process *p, uint64_t bytes)
{
	struct space *s = &p->state;
	const uint64_t pages = (bytes + PAGE_BYTES - 1) >> PAGE_SHIFT;
	if (bytes == 0 || bytes > SLOT_STATE_WINDOWS * WINDOW_BYTES)
		return ERR_ARGUMENT;
	err_t err = space_make(m, s, SPACE_ESTATE | SLOT_STATE << 8);
	if (err == OK)
		err = space_map_new(m, p, s, SLOT_STATE_BASE, pages, PROT_W);
	s->topped = 0;
	return err;
}

void
state_hide(struct memory *m, struct body *body, bool gone)
{
	if (body->old_state_of == NULL)
		return;
	if (!gone) {
		space_unmap(&body->space, OLD_STATE_BASE, body->old_state_pages);
		body->space.foreign -= body->old_state_pages;
		space_trim(m, &body->space);
	}
	body->old_state_of->state_seen_by = NULL;
	body->old_state_of = NULL;
	body->old_state_pages = 0;
}

/* Show a body the pages of another's state, as many as are there. */
static err_t
state_show(struct memory *m, struct process *viewer, struct process *owner)
{
	struct body *body = viewer->body;
	const uint32_t pages = owner->state.lot.user;
	body->old_state_of = owner;
	owner->state_seen_by = body;
	while (body->old_state_pages < pages) {
		const uint64_t offset = (uint64_t)body->old_state_pages << PAGE_SHIFT;
		const uint64_t home = space_page(&owner->state, SLOT_STATE_BASE + offset, NULL);
		uint32_t run = 1;
		while (run < MAP_MAX_PAGES && body->old_state_pages + run < pages &&
		    space_page(&owner->state, SLOT_STATE_BASE + offset + run * PAGE_BYTES, NULL) ==
			home + run * PAGE_BYTES)
			run++;
		err_t err = home == 0 ? ERR_NOT_MAPPED
				      : space_map(m, viewer, &body->space, OLD_STATE_BASE + offset,
					    home, run, PROT_R);
		if (err != OK) {
			state_hide(m, body, false);
			return err;
		}
		body->old_state_pages += run;
		body->space.foreign += run;
	}
	return OK;
}

err_t
memory_second_state(
    struct memory *m, uint64_t old_pid, uint64_t new_pid, uint64_t bytes, handle_t *state)
{
	struct process *old = process_by_pid(m, old_pid), *new = process_by_pid(m, new_pid);
	if (old == NULL || new == NULL)
		return ERR_NO_PROCESS;
	if (old == new || old->state.handle == HANDLE_NONE || new->body == NULL ||
	    new->state.handle != HANDLE_NONE || new->body->old_state_of != NULL ||
	    old->state_seen_by != NULL)
		return ERR_STATE;
	err_t err = state_build(m, new, bytes);
	if (err == OK)
		err = state_show(m, new, old);
	if (err == OK)
		err = space_give(m, m->table, new->state.handle, m->manager,
		    RIGHT_TABLE | RIGHT_LINK | RIGHT_SP_QUERY, 0, state);
	if (err != OK) {
		state_hide(m, new->body, false);
		space_end(m, &new->state);
	}
	return err;
}

err_t
memory_drop_state(struct memory *m, uint64_t old_pid, uint64_t new_pid, bool keep_new)
{
	struct process *old = process_by_pid(m, old_pid), *new = process_by_pid(m, new_pid);
	if (old == NULL || new == NULL)
		return ERR_NO_PROCESS;
	if (old == new || new->state.handle == HANDLE_NONE || old->state.handle == HANDLE_NONE)
		return ERR_STATE;
	if (old->state_seen_by != NULL)
		state_hide(m, old->state_seen_by, false);
	if (keep_new) {
		struct space was = old->state;
		old->state = new->state;
		new->state = was;
	} else {
		space_end(m, &new->state);
		space_trim(m, &m->manager->estate);
		space_trim(m, &m->self->estate);
	}
	return OK;
}
