/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The switch. Its steps are tried in an order in which each can be undone, and
 * the last that can fail comes before the first that is seen.
 */
#include "switch.h"
#include "control.h"
#include "effects.h"
#include "insulator.h"
#include "spawn.h"

#define ALL_DOORBELLS (~(1ull << BIT_QUIESCE))

static void
link_back(handle_t space, enum link_slot slot, handle_t estate)
{
	if (insula_link(space, slot, estate) != OK)
		effect_print("process: an estate cannot be linked back");
}

/* Back to the old one; the new one must stand still for that, and has no future. */
static void
unlink_new(struct update *u, bool estate)
{
	handle_t from = u->old->instance.space;
	instance_stop(&u->new->instance);
	if (estate)
		link_back(from, SLOT_ESTATE, u->old->estate);
	if (u->second_state == HANDLE_NONE && u->old->state_estate != HANDLE_NONE)
		link_back(from, SLOT_STATE, u->old->state_estate);
}

/* State, then estate: with the estate the new one can be rung. */
static err_t
link_new(struct update *u)
{
	handle_t to = u->new->instance.space;
	if (u->second_state == HANDLE_NONE && u->old->state_estate != HANDLE_NONE) {
		err_t err = insula_link(to, SLOT_STATE, u->old->state_estate);
		if (err != OK)
			return err;
	}
	err_t err = insula_link(to, SLOT_ESTATE, u->old->estate);
	if (err != OK)
		unlink_new(u, false);
	return err;
}

/* Whoever waits, and the new version itself, looks at everything once. */
static void
ring_doorbells(const struct process *p)
{
	handle_t bell;
	if (insula_cap_copy(p->estate, SLOT_HANDLE(1), SELF, RIGHT_NOTIFY, ALL_DOORBELLS, &bell) !=
	    OK)
		return; /* the new version looks by itself when it starts to serve */
	(void)insula_notify(bell);
	(void)insula_cap_delete(SELF, bell);
}

err_t
switch_instances(struct update *u)
{
	struct process *old = u->old, *new = u->new;
	const char *refuser;
	err_t err = insulator_update_all(old, new, &refuser);
	if (err != OK) {
		line_start(&u->reason, refuser);
		line_text(&u->reason, " refuses the switch");
		return err;
	}
	err = link_new(u);
	if (err != OK) {
		insulator_update_undo(old, new);
		return err;
	}
	err = effect_journal(UPDATE_SWITCH, old->pid, new->pid, image_path(u->image.file));
	if (err == OK)
		err = effect_piddb_swap(old->pid, new->pid);
	if (err != OK) {
		unlink_new(u, true);
		insulator_update_undo(old, new);
		return err;
	}

	/* Nothing below can fail. */
	struct instance was = old->instance;
	old->instance = new->instance;
	new->instance = was;
	control_answer(
	    &old->instance.ready_token, u->forced ? READY_RECOVER : READY_SERVE, old->pid);
	ring_doorbells(old);
	return OK;
}

void
switch_commit(struct update *u)
{
	struct process *p = u->old;
	if (u->second_state != HANDLE_NONE) {
		effect_drop_state(p->pid, u->new->pid, true);
		p->state_estate = u->second_state;
		u->second_state = HANDLE_NONE;
	}
	u->new->update = NULL;
	process_remove(u->new);
	process_free(u->new);
	u->new = NULL;
	if (effect_journal(0, p->pid, 0, "") != OK)
		effect_print("process: the update journal cannot be cleared");
}
