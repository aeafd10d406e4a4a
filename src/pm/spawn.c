/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making processes and taking them away.
 *
 * A new process is built in the order PID database, memory, grants, the other
 * insulators, main thread; each step leaves a mark in struct process, and
 * process_remove undoes what is marked, so that a failure at any step and the
 * end of a process are one piece of code.
 */
#include "spawn.h"
#include "effects.h"
#include "insulator.h"

#include <insula/services/process.h>
#include <stddef.h>
#include <string.h>

/* Device pages lie between heap and archive, in the order of the grants. */
#define DEVICE_BASE (48ull * WINDOW_BYTES)
/* The estate's first slot is the main endpoint; grants follow, before anybody's doorbells. */
#define FIRST_GRANT_SLOT 2u

static struct process_info info;
static struct memory_plan plan;

/* --- what memory is asked for */

static void
plan_image(const struct image *image)
{
	plan.segments = image->segments;
	memcpy(plan.segment, image->segment, sizeof plan.segment);
}

static err_t
plan_grant(const struct spawn_grant *g, unsigned index, unsigned *slot)
{
	info.grant[index].extra = g->extra;
	memcpy(info.grant[index].name, g->name, sizeof g->name);
	switch (g->kind) {
	case GRANT_CAPABILITY:
	case GRANT_IRQ:
		info.grant[index].value = HANDLE_ESTATE | SLOT_HANDLE(*slot);
		++*slot;
		return OK;
	case GRANT_DEVICE: {
		if (plan.devices == 4)
			return ERR_TOO_MANY;
		uint64_t address = DEVICE_BASE + index * WINDOW_BYTES;
		plan.device[plan.devices].physical = g->physical;
		plan.device[plan.devices].address = address;
		plan.device[plan.devices].prot = g->rights;
		plan.device[plan.devices++].bytes = g->bytes;
		info.grant[index].value = address + g->extra;
		info.grant[index].extra = g->bytes - g->extra;
		return OK;
	}
	case GRANT_ARCHIVE: {
		if (plan.segments == MEMORY_SEGMENTS)
			return ERR_TOO_MANY;
		uint64_t bytes = image_archive_bytes();
		plan.segment[plan.segments++] = (struct memory_segment){ .address = ARCHIVE_BASE,
			.memory_bytes = bytes,
			.file_bytes = bytes,
			.prot = PROT_R };
		info.grant[index].value = ARCHIVE_BASE;
		info.grant[index].extra = bytes;
		return OK;
	}
	default:
		return ERR_BAD_MANIFEST;
	}
}

static err_t
plan_make(const struct process *p, const struct image *image, const struct spawn_request *r,
    enum start_kind start)
{
	const struct spawn_descriptor *d = r->descriptor;
	uint32_t args_bytes = r->args != NULL ? r->args_bytes : d->args_bytes;
	memset(&plan, 0, sizeof plan);
	memset(&info, 0, offsetof(struct process_info, args));
	plan_image(image);
	plan.stack_bytes = d->stack_bytes != 0 ? d->stack_bytes : DEFAULT_STACK_BYTES;
	plan.quota_pages = d->quota_pages;
	plan.space_fund = d->space_fund;
	plan.estate_fund = d->estate_fund;
	if (start == START_FRESH)
		plan.state_bytes = image->has_note ? image->note.state_bytes : 0;
	else
		plan.flags = MEMORY_PLAN_NO_ESTATE;
	if (image->narrow) {
		plan.flags |= MEMORY_PLAN_NARROW;
		if (d->grants != 0)
			return ERR_REFUSED;
	}

	info.magic = PROCESS_INFO_MAGIC;
	info.instance = p->instance.number;
	info.pid = p->pid;
	info.parent = p->parent;
	info.start = start;
	info.heap_quota_pages = plan.quota_pages;
	info.clock_hz = authority.clock_hz;
	info.stack_bytes = plan.stack_bytes;
	info.argc = r->args != NULL ? r->argc : d->argc;
	info.args_bytes = args_bytes;
	info.grants = d->grants;
	info.flags = r->info_flags;
	memcpy(info.name, p->name, sizeof info.name);
	memcpy(info.args, r->args != NULL ? r->args : d->args, args_bytes);

	unsigned slot = FIRST_GRANT_SLOT;
	for (unsigned i = 0; i < d->grants; i++) {
		err_t err = plan_grant(&d->grant[i], i, &slot);
		if (err != OK)
			return err;
	}
	return OK;
}

/* --- the steps */

static err_t
install_grants(const struct process *p, const struct spawn_descriptor *d)
{
	for (unsigned i = 0; i < d->grants; i++) {
		const struct spawn_grant *g = &d->grant[i];
		if (g->kind != GRANT_CAPABILITY && g->kind != GRANT_IRQ)
			continue;
		uint64_t rights = g->kind == GRANT_IRQ ? RIGHT_IRQ : g->rights;
		handle_t handle;
		err_t err = insula_cap_copy(SELF, g->handle, p->estate, rights, 0, &handle);
		if (err != OK)
			return err;
		if ((handle | HANDLE_ESTATE) != info.grant[i].value)
			return ERR_STATE; /* somebody else was in the new table first */
	}
	return OK;
}

static err_t
start_thread(struct process *p, const struct image *image)
{
	const unsigned policy = p->policy | (image->narrow ? THREAD_NARROW : 0);
	handle_t space = p->instance.space, thread, fault, control, own;
	err_t err = insula_thread_create(space, SELF, p->priority, policy, &thread);
	if (err == OK)
		err = insula_thread_configure(thread, THREAD_LIMIT, p->limit, 0);
	if (err != OK)
		return err;
	err = insula_cap_copy(SELF, authority.fault, SELF, RIGHT_SEND, p->instance.number, &fault);
	if (err != OK)
		return err;
	err = insula_thread_configure(thread, THREAD_FAULT_ENDPOINT, fault, 0);
	err_t gone = insula_cap_delete(SELF, fault);
	if (err == OK)
		err = gone;
	if (err == OK)
		err = insula_cap_copy(
		    SELF, HANDLE_MAIN_ENDPOINT, space, RIGHT_SEND, p->instance.number, &control);
	if (err == OK)
		err = insula_cap_copy(
		    SELF, thread, space, RIGHT_SCHED | RIGHT_CONTROL | RIGHT_TH_QUERY, 0, &own);
	if (err == OK && (control != HANDLE_CONTROL || own != HANDLE_MAIN_THREAD))
		err = ERR_STATE;
	if (err == OK)
		err = insula_thread_start(thread, image->entry,
		    image->narrow ? NARROW_STACK_TOP : MAIN_STACK_TOP,
		    image->narrow ? NARROW_PROCESS_INFO : PROCESS_INFO, 0);
	if (err != OK)
		return err;
	p->instance.thread = thread;
	p->instance.stopped = false;
	p->instance.served_ns = effect_now_ns();
	return OK;
}

static err_t
link_estates(const struct process *p)
{
	if (p->state_estate != HANDLE_NONE) {
		err_t err = insula_link(p->instance.space, SLOT_STATE, p->state_estate);
		if (err != OK)
			return err;
	}
	return insula_link(p->instance.space, SLOT_ESTATE, p->estate);
}

/* Those that a step is likely to end with; for all of them there is no room. */
#define LIKELY(n)                                                                                \
	((n) == ERR_NO_MEMORY || (n) == ERR_QUOTA || (n) == ERR_LIMIT || (n) == ERR_ALIGNMENT || \
	    (n) == ERR_TOO_MANY || (n) == ERR_TOO_LONG || (n) == ERR_REFUSED)

static const char *
likely_text(err_t err)
{
#define E(number, name, text)                  \
	if (LIKELY(number) && err == (number)) \
		return text;
	ERROR_LIST(E)
#undef E
	return NULL;
}

/* The sentence that goes with an error; on success nothing is written, because that costs time. */
static err_t
said(struct line *why, const char *what, err_t err)
{
	if (err == OK)
		return OK;
	line_start(why, what);
	const char *text = likely_text(err);
	line_text(why, text != NULL ? ": " : ": error ");
	if (text != NULL)
		line_text(why, text);
	else
		line_number(why, (uint64_t)-err);
	return err;
}

static err_t
tell_insulators(struct process *p, const struct spawn_request *r, enum start_kind start,
    handle_t rpc_estate, struct line *why)
{
	for (uint32_t i = 1; i < insulator_count; i++) {
		const struct insulator *insulator = &insulator_table[i];
		if (start != START_FRESH && insulator->kind == INSULATOR_RPC)
			continue; /* connections belong to the estate, which it does not have */
		err_t err =
		    effect_tell_add(insulator, p, rpc_estate, r->properties, r->properties_bytes);
		if (err != OK)
			return said(why, insulator->name, err);
		p->told |= 1u << i;
	}
	return OK;
}

/* Everything from the PID on; `why` says which step failed. */
static err_t
build(struct process *p, const struct image *image, const struct spawn_request *r,
    enum start_kind start, struct line *why)
{
	struct memory_handles handles;
	err_t err = said(why, "piddb", effect_piddb_add(p, &p->pid));
	if (err == OK)
		err = said(why, "its grants", plan_make(p, image, r, start));
	if (err == OK)
		err = said(why, "memory", effect_memory_add(p, &plan, &info, &handles));
	if (err != OK)
		return err;
	p->told = 1;
	p->instance.space = handles.space;
	p->estate = handles.estate;
	p->state_estate = handles.state;
	p->quiesce = handles.quiesce;

	if (start == START_FRESH) {
		err = said(why, "its estate", link_estates(p));
		if (err == OK)
			err = said(why, "its grants", install_grants(p, r->descriptor));
	}
	if (err == OK)
		err = tell_insulators(p, r, start, handles.rpc_estate, why);
	if (err == OK)
		err = said(why, "its main thread", start_thread(p, image));
	if (err == ERR_NO_AARCH32)
		line_start(why, "it is a 32-bit program, and this processor runs none");
	return err;
}

void
instance_stop(struct instance *instance)
{
	if (instance->stopped)
		return;
	instance->stopped = true;
	if (insula_space_stop(instance->space, 1) != OK)
		effect_print("process: a space does not stop");
}

void
process_remove(struct process *p)
{
	instance_stop(&p->instance);
	for (uint32_t i = insulator_count; i-- > 0;)
		if ((p->told >> i & 1) != 0)
			effect_tell_remove(&insulator_table[i], p->pid);
	p->told = 0;
	if (p->pid != PID_INVALID)
		effect_piddb_remove(p->pid);
}

/* --- entries of the table */

static struct process *
new_entry(const char *name, const struct image *image, struct line *why)
{
	struct process *p = process_new();
	if (p == NULL) {
		line_start(why, "the process table is full");
		return NULL;
	}
	strncpy(p->name, name, sizeof p->name - 1);
	if (image->has_note)
		memcpy(p->service, image->note.service, sizeof p->service - 1);
	p->instance.stopped = true;
	p->instance.file = image->file;
	if (image->has_note) {
		p->instance.schema_hash = image->note.schema_hash;
		p->instance.state_bytes = image->note.state_bytes;
	}
	p->instance.number = instance_number();
	if (p->instance.number == 0) {
		line_start(why, "there is no instance number left");
		process_free(p);
		return NULL;
	}
	return p;
}

/* Priority, policy and limit: set, or the parent's (S3, P4); never above the limit (S2). */
static err_t
inherit(struct process *p, const struct spawn_descriptor *d, const struct process *parent)
{
	unsigned limit = d->limit;
	if (limit == 0)
		limit = parent != NULL ? parent->limit : PRIORITY_UNPRIVILEGED_MAX;
	if (parent == NULL && (d->flags & SPAWN_PRIVILEGED) == 0 &&
	    limit > PRIORITY_UNPRIVILEGED_MAX)
		limit = PRIORITY_UNPRIVILEGED_MAX;
	if (parent != NULL && limit > parent->limit)
		limit = parent->limit;
	uint64_t priority = d->priority;
	if (priority == 0)
		priority = parent != NULL ? parent->priority : DEFAULT_PRIORITY;
	if (priority > limit)
		return ERR_LIMIT;
	p->limit = (uint8_t)limit;
	p->priority = (uint8_t)priority;
	p->policy = (uint8_t)(parent != NULL ? parent->policy : d->policy);
	return OK;
}

/* What comes back after a crash, and what is updated, is made again from its descriptor. */
static err_t
keep_birth(struct process *p, const struct spawn_request *r)
{
	p->birth = birth_keep(r->descriptor);
	if (p->birth == NULL)
		return ERR_TOO_MANY;
	if (r->args != NULL) {
		if (r->args_bytes > sizeof p->birth->args)
			return ERR_TOO_LONG;
		memcpy(p->birth->args, r->args, r->args_bytes);
		p->birth->argc = r->argc;
		p->birth->args_bytes = r->args_bytes;
	}
	strncpy(p->birth->name, p->name, sizeof p->birth->name - 1);
	return OK;
}

/* What the manifest gives that one, grants and arguments, nobody else has to give. */
static bool
is_the_systems(uint32_t file)
{
	PROCESS_EACH(p)
	if (p->state == PROCESS_ALIVE && p->instance.file == file &&
	    ((p->flags & PROCESS_CORE) != 0 ||
		(process_is_kept(p) && (p->birth->grants != 0 || p->birth->argc > 1))))
		return true;
	return false;
}

err_t
process_spawn(const struct spawn_request *r, struct process **spawned, struct line *why)
{
	const struct spawn_descriptor *d = r->descriptor;
	struct image image;
	if (insulator_held())
		return said(why, "an insulator is being updated", ERR_BUSY);
	err_t err = image_open(d->path, &image, why);
	if (err != OK)
		return err;
	if (r->parent != 0 && is_the_systems(image.file)) {
		line_start(why, "no program for a prompt: the system starts it");
		return ERR_REFUSED;
	}

	bool server = image.has_note && image.note.service[0] != '\0';
	const char *name = d->name[0] != '\0' ? d->name
	    : server                          ? image.note.service
					      : path_base(image_path(image.file));
	struct process *p = new_entry(name, &image, why);
	if (p == NULL)
		return ERR_TOO_MANY;
	p->parent = r->parent;
	err = said(why, "its priority", inherit(p, d, process_by_pid(r->parent)));
	if (server) {
		p->flags |= PROCESS_SERVER;
		p->restarts = (image.note.flags & NOTE_RESTART) != 0 || image.note.state_bytes != 0;
	}
	if ((d->flags & SPAWN_RESTART) != 0)
		p->restarts = true;
	if (err == OK && (server || p->restarts))
		err = said(why, "its descriptor", keep_birth(p, r));
	p->essential = (d->flags & SPAWN_ESSENTIAL) != 0;
	if (err == OK)
		err = build(p, &image, r, START_FRESH, why);
	if (err != OK) {
		process_remove(p);
		process_free(p);
		return err;
	}
	p->state = PROCESS_ALIVE;
	*spawned = p;
	return OK;
}

err_t
process_spawn_beside(const struct process *old, const struct image *image, enum start_kind start,
    struct process **spawned, struct line *why)
{
	struct process *p = new_entry(old->name, image, why);
	if (p == NULL)
		return ERR_TOO_MANY;
	const struct spawn_request r = { .descriptor = old->birth };
	p->parent = old->parent;
	p->flags = old->flags | PROCESS_INVISIBLE;
	p->priority = old->priority;
	p->policy = old->policy;
	p->limit = old->limit;
	err_t err = build(p, image, &r, start, why);
	if (err != OK) {
		process_remove(p);
		process_free(p);
		return err;
	}
	p->parent = 0; /* nobody waits for a version */
	p->state = PROCESS_ALIVE;
	*spawned = p;
	return OK;
}
