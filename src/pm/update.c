/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The update state machine: from the question to the switch.
 */
#include "update.h"
#include "control.h"
#include "effects.h"
#include "spawn.h"
#include "switch.h"

#include <string.h>

static struct update updates[UPDATES];

static struct update *
update_new(void)
{
	for (unsigned i = 0; i < UPDATES; i++) {
		if (updates[i].state != UPDATE_NONE)
			continue;
		memset(&updates[i], 0, sizeof updates[i]);
		return &updates[i];
	}
	return NULL;
}

/* The step under way is over; what comes next is timed from here. */
static void
step_done(struct update *u, enum update_step step)
{
	uint64_t now = effect_now_ns();
	u->cost[step] += now - u->step_ns;
	u->out.step = step;
	u->step_ns = now;
}

static void
answer(struct update *u, err_t error, const char *reason)
{
	if (u->restart)
		return;
	strncpy(u->out.reason, reason, sizeof u->out.reason - 1);
	u->out.cost_length = sizeof u->cost;
	memcpy(u->out.cost, u->cost, sizeof u->cost);
	effect_answer(u->call, error, &u->out, sizeof u->out);
}

static void
update_close(struct update *u)
{
	u->old->update = NULL;
	u->state = UPDATE_NONE;
}

/* --- failing, which leaves the old one serving */

/* The new instance and everything that was made for it goes. */
static void
discard_new(struct update *u)
{
	if (u->new == NULL)
		return;
	if (u->second_state != HANDLE_NONE) {
		instance_stop(&u->new->instance);
		effect_drop_state(u->old->pid, u->new->pid, false);
	}
	u->new->update = NULL;
	process_remove(u->new);
	process_free(u->new);
	u->new = NULL;
}

/* The old instance goes on where it was held. */
static void
resume_old(struct process *old)
{
	struct instance *i = &old->instance;
	if (i->stopped) {
		i->stopped = false;
		if (insula_space_stop(i->space, 0) != OK)
			effect_print("process: a space does not go on");
	}
	if (i->quiesced_token != 0)
		control_answer(&i->quiesced_token, 0, 0);
}

static void
update_fail(struct update *u, err_t error, const char *reason)
{
	struct process *old = u->old;
	bool dead = u->crashed;
	discard_new(u);
	if (!dead)
		resume_old(old);
	if (effect_journal(0, old->pid, 0, "") != OK)
		effect_print("process: the update journal cannot be cleared");
	answer(u, error, reason);
	struct line l;
	line_start(&l, u->restart ? "restart of " : "update of ");
	update_close(u);
	if (!dead)
		return;
	line_text(&l, old->name);
	line_text(&l, ": ");
	line_text(&l, reason);
	effect_print(l.text);
	old->instance.served_ns = effect_now_ns(); /* it counts towards the storm */
	if (old->restarts)
		update_restart(old, true);
	else
		process_end(old, END_CRASHED, EXIT_CRASHED);
}

/* --- the switch and what leads to it */

static void
switch_now(struct update *u)
{
	u->reason.text[0] = '\0';
	err_t err = switch_instances(u);
	if (err != OK) {
		update_fail(
		    u, err, u->reason.text[0] != '\0' ? u->reason.text : "the switch was refused");
		return;
	}
	step_done(u, UPDATE_SWITCH);
	u->out.blackout_ns = u->step_ns - u->blackout_ns;
	u->out.old_pid = u->new->pid;
	u->old->instance.served_ns = u->step_ns;
	/* Probation comes here: until it ends well, the old instance is kept. */
	switch_commit(u);
	step_done(u, UPDATE_COMMIT);
	answer(u, OK, "COMMITTED");
	update_close(u);
}

static bool
needs_conversion(const struct update *u)
{
	const struct instance *from = &u->old->instance, *to = &u->new->instance;
	return to->schema_hash != from->schema_hash || to->state_bytes != from->state_bytes;
}

/* The place that the state is converted into: made while the old one serves. */
static err_t
prepare_conversion(struct update *u)
{
	err_t err = effect_second_state(
	    u->old->pid, u->new->pid, u->new->instance.state_bytes, &u->second_state);
	if (err == OK)
		err = insula_link(u->new->instance.space, SLOT_STATE, u->second_state);
	return err;
}

/* The old instance has stopped serving, by itself or not. */
static void
old_stopped(struct update *u)
{
	if (u->blackout_ns == 0)
		u->blackout_ns = effect_now_ns();
	instance_stop(&u->old->instance);
	step_done(u, UPDATE_QUIESCE);
	if (!needs_conversion(u)) {
		switch_now(u);
		return;
	}
	if (u->forced) {
		update_fail(u, ERR_BAD_STATE,
		    "the old version did not stop between two calls: its state cannot be converted");
		return;
	}
	u->state = UPDATE_CONVERTING;
	line_start(&u->reason, "the state cannot be converted");
	u->deadline_ns = u->step_ns + CONVERT_NS;
	control_answer(&u->new->instance.ready_token, READY_CONVERT, u->old->pid);
}

static void
initialised(struct update *u)
{
	if (u->dry) {
		step_done(u, UPDATE_INITIALISE);
		update_fail(u, OK, "dry run: the new version initialises; nothing was changed");
		return;
	}
	err_t err = OK;
	if (!u->crashed && needs_conversion(u))
		err = prepare_conversion(u);
	if (err != OK) {
		update_fail(u, err, "there is no second state for the conversion");
		return;
	}
	step_done(u, UPDATE_INITIALISE);
	err = effect_journal(UPDATE_QUIESCE, u->old->pid, u->new->pid, image_path(u->image.file));
	if (err != OK) {
		update_fail(u, err, "the update journal cannot be written");
		return;
	}
	if (u->crashed) {
		old_stopped(u);
		return;
	}
	err = insula_notify(u->old->quiesce);
	if (err != OK) {
		update_fail(u, err, "the old version cannot be asked to stop");
		return;
	}
	u->state = UPDATE_QUIESCING;
	/* One tick of grace (U3). */
	u->deadline_ns = u->step_ns + u->quiesce_ns + TICK_NS;
}

/* --- events */

void
update_ready(struct process *p, uint64_t phase, uint64_t hash, err_t error)
{
	struct update *u = p->update;
	if (p != u->new)
		return;
	if (u->state == UPDATE_INITIALISING && phase == 1) {
		if (error != OK)
			update_fail(u, ERR_REFUSED, "the new version refuses to start");
		else if (hash != p->instance.schema_hash)
			update_fail(u, ERR_BAD_STATE, "the new version's schema is not its file's");
		else
			initialised(u);
	} else if (u->state == UPDATE_CONVERTING && phase == 2) {
		step_done(u, UPDATE_CONVERT);
		if (error != OK)
			update_fail(u, error, u->reason.text);
		else
			switch_now(u);
	} else {
		update_fail(u, ERR_PROTOCOL, "the new version speaks out of turn");
	}
}

void
update_reason(struct process *p, const char *part, size_t bytes)
{
	struct update *u = p->update;
	if (u == NULL || p != u->new || u->state != UPDATE_CONVERTING)
		return;
	if (!u->explained)
		line_text(&u->reason, ": ");
	u->explained = true;
	text_add_foreign(&u->reason.end, part, bytes);
}

void
update_quiesced(struct process *p, uint64_t in_flight)
{
	struct update *u = p->update;
	if (u == NULL || p != u->old || u->state != UPDATE_QUIESCING) {
		control_answer(&p->instance.quiesced_token, 0, 0); /* a late answer: go on */
		return;
	}
	u->out.in_flight = in_flight;
	old_stopped(u);
}

void
update_new_ended(struct process *p, const char *how)
{
	update_fail(p->update, ERR_CRASHED, how);
}

void
update_abandon(struct process *p)
{
	struct update *u = p->update;
	discard_new(u);
	answer(u, ERR_NO_PROCESS, "the process ended");
	update_close(u);
}

uint64_t
update_deadline(void)
{
	uint64_t first = TIME_NEVER;
	for (unsigned i = 0; i < UPDATES; i++)
		if (updates[i].state != UPDATE_NONE &&
		    (first == TIME_NEVER || updates[i].deadline_ns < first))
			first = updates[i].deadline_ns;
	return first;
}

void
update_expire(uint64_t now_ns)
{
	for (unsigned i = 0; i < UPDATES; i++) {
		struct update *u = &updates[i];
		if (u->state == UPDATE_NONE || now_ns < u->deadline_ns)
			continue;
		if (u->state == UPDATE_INITIALISING) {
			update_fail(u, ERR_TIMED_OUT, "the new version does not get ready");
		} else if (u->state == UPDATE_CONVERTING) {
			update_fail(u, ERR_TIMED_OUT, "converting the state takes too long");
		} else {
			u->forced = true;
			old_stopped(u);
		}
	}
}

/* --- beginning */

static err_t
check(struct update *u, const struct process_update_in *in, struct line *why)
{
	struct process *p = process_by_pid(in->pid);
	line_start(why, "no such process");
	if (p == NULL || (p->flags & PROCESS_INVISIBLE) != 0)
		return ERR_NO_PROCESS;
	line_start(why, p->name);
	line_text(why, " is not an updatable server");
	if (p->service[0] == '\0' || p->birth == NULL)
		return ERR_NOT_A_SERVER;
	line_start(why, "an update of ");
	line_text(why, p->name);
	line_text(why, " is under way");
	if (p->update != NULL)
		return ERR_UPDATE_RUNNING;
	u->old = p;
	err_t err = image_open(in->path, &u->image, why);
	if (err != OK)
		return err;
	line_start(why, "/");
	line_text(why, image_path(u->image.file));
	if (!u->image.has_note || strcmp(u->image.note.service, p->service) != 0) {
		line_text(why, " is not a version of ");
		line_text(why, p->service);
		return ERR_OTHER_SERVICE;
	}
	if (u->image.note.state_bytes == 0 && p->instance.state_bytes != 0) {
		line_text(why, " has no place for the state");
		return ERR_BAD_STATE;
	}
	return OK;
}

/* Spawn the new one; the update is under way from here. */
static err_t
launch(struct update *u, enum start_kind start, struct line *why)
{
	err_t err = process_spawn_beside(u->old, &u->image, start, &u->new, why);
	if (err != OK)
		return err;
	u->old->update = u;
	u->new->update = u;
	u->state = UPDATE_INITIALISING;
	step_done(u, UPDATE_SPAWN);
	u->deadline_ns = u->step_ns + INITIALISE_NS;
	return OK;
}

err_t
update_begin(
    struct rpc_reference call, const struct process_update_in *in, struct process_update_out *out)
{
	struct update *u = update_new();
	struct line why;
	line_start(&why, "too many updates are under way");
	err_t err = ERR_TOO_MANY;
	if (u != NULL) {
		u->call = call;
		u->dry = (in->flags & PROCESS_UPDATE_DRY_RUN) != 0;
		u->quiesce_ns = in->deadline_ns != 0 ? in->deadline_ns : QUIESCE_NS;
		u->step_ns = effect_now_ns();
		err = check(u, in, &why);
	}
	if (err == OK) {
		step_done(u, UPDATE_CHECK);
		err = launch(u, START_UPDATE, &why);
	}
	if (err == OK)
		return RPC_DEFERRED;
	if (u != NULL)
		out->step = u->out.step;
	strncpy(out->reason, why.text, sizeof out->reason - 1);
	return err;
}

/* --- crashes */

/* In an update of its own, the new version now takes over from a dead one. */
static void
crash_in_update(struct update *u)
{
	u->crashed = true;
	u->forced = true;
	if (u->blackout_ns == 0)
		u->blackout_ns = effect_now_ns();
	instance_stop(&u->old->instance);
	if (u->state == UPDATE_QUIESCING)
		old_stopped(u);
}

void
update_restart(struct process *p, bool counts)
{
	if (p->update != NULL) {
		crash_in_update(p->update);
		return;
	}
	uint64_t now = effect_now_ns();
	instance_stop(&p->instance);
	if (counts && process_storms(p)) {
		process_give_up(p, "it crashes again and again");
		return;
	}
	struct line why;
	line_start(&why, "too many restarts are under way");
	struct update *u = update_new();
	err_t err = ERR_TOO_MANY;
	if (u != NULL) {
		u->old = p;
		u->restart = u->crashed = u->forced = true;
		u->step_ns = u->blackout_ns = now;
		char path[IMAGE_PATH_BYTES];
		strncpy(path, image_path(p->instance.file), sizeof path - 1);
		path[sizeof path - 1] = '\0';
		err = image_open(path, &u->image, &why);
	}
	if (err == OK)
		err = launch(u, START_RESTART, &why);
	if (err != OK)
		process_give_up(p, why.text);
}

#ifdef INSULA_HOST_TEST
#include <assert.h>

void
update_reset(void)
{
	memset(updates, 0, sizeof updates);
}

void
update_check(void)
{
	for (unsigned i = 0; i < UPDATES; i++) {
		const struct update *u = &updates[i];
		if (u->state == UPDATE_NONE)
			continue;
		assert(u->old->update == u && u->new->update == u); /* P3 */
		assert(u->old != u->new);
		assert((u->new->flags &PROCESS_INVISIBLE) != 0 && u->new->estate == HANDLE_NONE);
		assert(u->state != UPDATE_CONVERTING || u->old->instance.stopped); /* P2 */
		assert(u->deadline_ns != TIME_NEVER);
	}
}
#endif
