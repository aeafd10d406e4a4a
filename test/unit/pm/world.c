/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model world; see world.h.
 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SPACE 1000u
#define ESTATE 2000u
#define THREAD 4000u
#define QUIESCE 5000u
#define BADGED 6000u
#define BELL 7000u

struct world world;
struct world_log log_;
struct authority authority;
static uint64_t badge_of_copy;
static uint64_t next_token;

static bool
fails(char letter)
{
	size_t n = strlen(log_.order);
	if (n + 1 < sizeof log_.order)
		log_.order[n] = letter;
	log_.now_ns += 100;
	return ++log_.effects == log_.fail_at;
}

void
world_reset(void)
{
	memset(&world, 0, sizeof world);
	memset(&log_, 0, sizeof log_);
	log_.now_ns = 1000000000;
	log_.next_pid = 16;
	authority = (struct authority){ .fault = 9, .firmware = 10, .clock_hz = 62500000 };
	process_reset();
	update_reset();
	insulator_count = 0;
	uint32_t id;
	assert_int_equal(insulator_add(3, "memory", INSULATOR_MEMORY, &id), OK);
	assert_int_equal(insulator_add(4, "rpc", INSULATOR_RPC, &id), OK);
	assert_int_equal(insulator_add(5, "path", INSULATOR_PATH, &id), OK);
	memset(log_.order, 0, sizeof log_.order);
	log_.effects = 0;
}

uint64_t
effect_now_ns(void)
{
	return log_.now_ns;
}

void
effect_print(const char *text)
{
	strncpy(log_.printed, text, sizeof log_.printed - 1);
	log_.prints++;
}

/* --- the PID database */

static uint32_t
piddb_at(uint32_t pid)
{
	for (uint32_t i = 0; i < WORLD_OBJECTS; i++)
		if (world.piddb[i].pid == pid)
			return i;
	fail_msg("no record of pid %u", pid);
	return 0;
}

err_t
effect_piddb_add(const struct process *p, pid_number_t *pid)
{
	if (fails('p'))
		return ERR_TOO_MANY;
	uint32_t i = piddb_at(0);
	world.piddb[i].pid = log_.next_pid++;
	world.piddb[i].instance = p->instance.number;
	world.piddb[i].flags = p->flags;
	*pid = world.piddb[i].pid;
	return OK;
}

void
effect_piddb_remove(pid_number_t pid)
{
	memset(&world.piddb[piddb_at(pid)], 0, sizeof world.piddb[0]);
}

err_t
effect_piddb_swap(pid_number_t old_pid, pid_number_t new_pid)
{
	if (fails('S'))
		return ERR_INTERRUPTED;
	uint32_t a = piddb_at(old_pid), b = piddb_at(new_pid);
	uint32_t was = world.piddb[a].instance;
	world.piddb[a].instance = world.piddb[b].instance;
	world.piddb[b].instance = was;
	return OK;
}

err_t
effect_journal(uint64_t step, pid_number_t old_pid, pid_number_t new_pid, const char *path)
{
	(void)old_pid;
	(void)new_pid;
	(void)path;
	if (step != 0 && fails('j'))
		return ERR_INTERRUPTED;
	world.journal = step;
	return OK;
}

/* --- memory */

static uint32_t
memory_at(uint32_t pid)
{
	for (uint32_t i = 0; i < WORLD_OBJECTS; i++)
		if (world.memory[i].pid == pid)
			return i;
	fail_msg("memory does not know pid %u", pid);
	return 0;
}

static uint32_t
new_space(void)
{
	uint32_t i = 0;
	while (world.space[i].alive)
		i++;
	assert_true(i < WORLD_OBJECTS);
	world.space[i].alive = 1;
	return SPACE + i;
}

static uint32_t
new_estate(void)
{
	uint32_t i = 0;
	while (world.estate[i].alive)
		i++;
	assert_true(i < WORLD_OBJECTS);
	world.estate[i].alive = 1;
	return ESTATE + i;
}

static void
drop_estate(uint32_t handle)
{
	if (handle == 0)
		return;
	assert_true(world.estate[handle - ESTATE].alive);
	memset(&world.estate[handle - ESTATE], 0, sizeof world.estate[0]);
	for (uint32_t i = 0; i < WORLD_OBJECTS; i++) {
		if (world.space[i].estate == handle)
			world.space[i].estate = 0;
		if (world.space[i].state == handle)
			world.space[i].state = 0;
	}
}

err_t
effect_memory_add(const struct process *p, const struct memory_plan *plan,
    const struct process_info *info, struct memory_handles *handles)
{
	assert_int_equal(info->pid, p->pid);
	assert_int_equal(info->instance, p->instance.number);
	if (fails('m'))
		return ERR_NO_MEMORY;
	uint32_t i = memory_at(0);
	memset(handles, 0, sizeof *handles);
	handles->space = new_space();
	if ((plan->flags & MEMORY_PLAN_NO_ESTATE) == 0) {
		handles->estate = new_estate();
		handles->rpc_estate = handles->estate;
		handles->quiesce = QUIESCE + handles->estate - ESTATE;
		world.estate[handles->estate - ESTATE].caps = 1;
		if (plan->state_bytes != 0)
			handles->state = new_estate();
	}
	world.memory[i].pid = p->pid;
	world.memory[i].space = handles->space;
	world.memory[i].estate = handles->estate;
	world.memory[i].state = handles->state;
	return OK;
}

static void
memory_remove(uint32_t pid)
{
	uint32_t i = memory_at(pid);
	uint32_t s = world.memory[i].space - SPACE;
	assert_true(world.space[s].alive);
	assert_true(world.space[s].stopped || world.space[s].thread != THREAD_STARTED);
	memset(&world.space[s], 0, sizeof world.space[s]);
	drop_estate(world.memory[i].estate);
	drop_estate(world.memory[i].state);
	drop_estate(world.memory[i].second);
	memset(&world.memory[i], 0, sizeof world.memory[i]);
}

static err_t
memory_update(uint32_t old_pid, uint32_t new_pid)
{
	uint32_t a = memory_at(old_pid), b = memory_at(new_pid);
	uint32_t was = world.memory[a].space;
	world.memory[a].space = world.memory[b].space;
	world.memory[b].space = was;
	return OK;
}

err_t
effect_second_state(pid_number_t old_pid, pid_number_t new_pid, uint64_t bytes, handle_t *state)
{
	(void)old_pid;
	assert_true(bytes > 0);
	if (fails('2'))
		return ERR_NO_MEMORY;
	uint32_t i = memory_at(new_pid);
	assert_int_equal(world.memory[i].second, 0);
	*state = world.memory[i].second = new_estate();
	return OK;
}

void
effect_drop_state(pid_number_t old_pid, pid_number_t new_pid, bool keep_new)
{
	uint32_t a = memory_at(old_pid), b = memory_at(new_pid);
	assert_int_not_equal(world.memory[b].second, 0);
	if (keep_new) {
		drop_estate(world.memory[a].state);
		world.memory[a].state = world.memory[b].second;
	} else {
		drop_estate(world.memory[b].second);
	}
	world.memory[b].second = 0;
}

void
effect_memory_pages(pid_number_t pid, uint64_t *user_pages, uint64_t *kernel_pages)
{
	*user_pages = memory_at(pid);
	*kernel_pages = 1;
}

/* --- insulators */

static uint32_t *
told_at(const struct insulator *i, uint32_t pid)
{
	uint32_t *set = world.told[i->id % INSULATORS];
	for (uint32_t n = 0; n < WORLD_OBJECTS; n++)
		if (set[n] == pid)
			return &set[n];
	return NULL;
}

err_t
effect_insulator_open(struct insulator *i)
{
	(void)i;
	return fails('o') ? ERR_NOT_FOUND : OK;
}

void
effect_insulator_close(struct insulator *i)
{
	memset(world.told[i->id % INSULATORS], 0, sizeof world.told[0]);
}

err_t
effect_tell_add(const struct insulator *i, const struct process *p, handle_t rpc_estate,
    const char *properties, uint32_t bytes)
{
	assert_int_not_equal(i->kind, INSULATOR_MEMORY);
	assert_int_equal(rpc_estate, p->estate);
	log_.section_bytes =
	    insulator_section(i->name, properties, bytes, log_.section, sizeof log_.section);
	if (fails((char)('0' + i->kind)) || (log_.refusing != 0 && i->id == log_.refusing))
		return ERR_REFUSED;
	assert_null(told_at(i, p->pid));
	*told_at(i, 0) = p->pid;
	return OK;
}

void
effect_tell_remove(const struct insulator *i, pid_number_t pid)
{
	size_t n = strlen(log_.order);
	if (n + 1 < sizeof log_.order)
		log_.order[n] = (char)('a' + i->kind);
	if (i->kind == INSULATOR_MEMORY) {
		memory_remove(pid);
		return;
	}
	uint32_t *at = told_at(i, pid);
	assert_non_null(at); /* nobody is told of the end of what it never saw */
	*at = 0;
}

err_t
effect_tell_update(const struct insulator *i, pid_number_t old_pid, pid_number_t new_pid)
{
	log_.serving_calls++;
	if (fails((char)('U')) || (log_.refusing != 0 && i->id == log_.refusing))
		return ERR_REFUSED;
	if (i->kind == INSULATOR_MEMORY)
		return memory_update(old_pid, new_pid);
	assert_int_not_equal(i->pid, old_pid); /* it stands still */
	assert_non_null(told_at(i, old_pid));
	if (i->kind != INSULATOR_RPC)
		assert_non_null(told_at(i, new_pid));
	return OK;
}

void
effect_answer(struct rpc_reference call, err_t error, const void *out, uint32_t bytes)
{
	log_.answers++;
	log_.answer_number = call.number;
	log_.answer_error = error;
	memset(&log_.answer, 0, sizeof log_.answer);
	assert_true(bytes <= sizeof log_.answer);
	if (bytes != 0)
		memcpy(&log_.answer, out, bytes);
}

void
effect_power_off(uint64_t status, uint64_t reset)
{
	(void)reset;
	log_.powered_off++;
	log_.power_status = status;
}

/* --- the archive */

static const struct {
	const char *path;
	struct image image;
} files[] = {
	{ "boot/hello", { .file = 0, .entry = 0x400100 } },
	{ "boot/kv-1",
	    { .file = 1,
		.entry = 0x400200,
		.has_note = true,
		.note = { .service = "kv",
		    .schema_hash = 11,
		    .state_bytes = 8192,
		    .version = 1 } } },
	{ "boot/kv-2",
	    { .file = 2,
		.entry = 0x400300,
		.has_note = true,
		.note = { .service = "kv",
		    .schema_hash = 22,
		    .state_bytes = 8192,
		    .version = 2 } } },
	{ "boot/kv-3",
	    { .file = 3,
		.entry = 0x400400,
		.has_note = true,
		.note = { .service = "kv",
		    .schema_hash = 11,
		    .state_bytes = 8192,
		    .version = 3 } } },
	{ "boot/clock",
	    { .file = 4, .entry = 0x400500, .has_note = true, .note = { .service = "clock" } } },
	{ "boot/kv-bare",
	    { .file = 5, .entry = 0x400600, .has_note = true, .note = { .service = "kv" } } },
	{ "boot/clock-2",
	    { .file = 6,
		.entry = 0x400700,
		.has_note = true,
		.note = { .service = "clock", .version = 2 } } },
};
#define FILES (sizeof files / sizeof files[0])

err_t
image_open(const char *path, struct image *image, struct line *why)
{
	while (*path == '/')
		path++;
	if (strcmp(path, "boot/broken") == 0) {
		line_start(why, "boot/broken is no ELF file");
		return ERR_BAD_IMAGE;
	}
	for (uint32_t i = 0; i < FILES; i++) {
		if (strcmp(files[i].path, path) != 0)
			continue;
		*image = files[i].image;
		image->segments = 1;
		return OK;
	}
	line_start(why, "no such file");
	return ERR_NOT_FOUND;
}

const char *
image_path(uint32_t file)
{
	return file < FILES ? files[file].path : "";
}

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

err_t
image_archive(const void *archive, uint64_t bytes)
{
	assert_non_null(archive);
	assert_true(bytes > 0);
	return log_.archive_is;
}

uint64_t
image_archive_bytes(void)
{
	return 123456;
}

/* --- the kernel */

static uint32_t
space_of(handle_t handle)
{
	assert_true(handle >= SPACE && handle < SPACE + WORLD_OBJECTS);
	assert_true(world.space[handle - SPACE].alive);
	return handle - SPACE;
}

err_t
insula_thread_create(
    handle_t space, handle_t table, unsigned priority, unsigned policy, handle_t *thread)
{
	(void)policy;
	assert_int_equal(table, SELF);
	assert_true(priority > 0);
	if (fails('t'))
		return ERR_NO_FUND;
	world.space[space_of(space)].thread = THREAD_MADE;
	*thread = THREAD + space - SPACE;
	return OK;
}

err_t
insula_thread_configure(handle_t thread, enum thread_item item, uint64_t value, uint64_t second)
{
	(void)second;
	if (fails('c'))
		return ERR_ARGUMENT;
	if (item == THREAD_FAULT_ENDPOINT) {
		assert_int_equal(value, BADGED);
		world.space[thread - THREAD].fault_badge = badge_of_copy;
	} else {
		assert_int_equal(item, THREAD_LIMIT);
	}
	return OK;
}

err_t
insula_thread_start(handle_t thread, uint64_t pc, uint64_t sp, uint64_t argument, uint64_t tpidr)
{
	(void)tpidr;
	assert_int_equal(sp, MAIN_STACK_TOP);
	assert_int_equal(argument, PROCESS_INFO);
	if (fails('s'))
		return ERR_STATE;
	world.space[thread - THREAD].thread = THREAD_STARTED;
	world.space[thread - THREAD].pc = pc;
	return OK;
}

err_t
insula_thread_query(handle_t thread, struct thread_info *info)
{
	*info = (struct thread_info){ .state = THREAD_READY | 10u << 16, .identity = thread };
	return OK;
}

err_t
insula_cap_copy(handle_t from_table, handle_t handle, handle_t to_table, uint64_t rights,
    uint64_t badge, handle_t *copy)
{
	if (from_table != SELF) {
		/* The doorbells, at the switch: not being able to ring them is no failure. */
		assert_int_equal(rights, RIGHT_NOTIFY);
		assert_int_equal(badge >> BIT_QUIESCE & 1, 0);
		*copy = BELL + from_table - ESTATE;
		world.own_caps++;
		return OK;
	}
	if (fails('k'))
		return ERR_NO_SLOT;
	if (to_table == SELF) {
		assert_int_equal(handle, authority.fault);
		assert_int_not_equal(badge, 0);
		badge_of_copy = badge;
		world.own_caps++;
		*copy = BADGED;
	} else if (to_table >= ESTATE) {
		uint32_t e = to_table - ESTATE;
		*copy = SLOT_HANDLE(1 + world.estate[e].caps);
		world.estate[e].caps++;
	} else {
		uint32_t s = space_of(to_table);
		world.space[s].caps++;
		if (world.space[s].caps == 1) {
			assert_int_equal(handle, HANDLE_MAIN_ENDPOINT);
			world.space[s].control_badge = badge;
		} else {
			/* Its own main thread, to schedule and to stop and not to destroy. */
			assert_int_equal(handle, THREAD + s);
			assert_int_equal(rights, RIGHT_SCHED | RIGHT_CONTROL | RIGHT_TH_QUERY);
		}
		*copy = SLOT_HANDLE(world.space[s].caps);
	}
	return OK;
}

err_t
insula_cap_delete(handle_t table, handle_t handle)
{
	(void)handle;
	assert_int_equal(table, SELF);
	world.own_caps--;
	return OK;
}

err_t
insula_link(handle_t space, enum link_slot slot, handle_t estate)
{
	uint32_t to = space_of(space);
	assert_true(world.estate[estate - ESTATE].alive);
	log_.serving_calls++;
	if (fails('l'))
		return ERR_BUSY;
	for (uint32_t i = 0; i < WORLD_OBJECTS; i++) {
		uint32_t *linked = slot == SLOT_ESTATE ? &world.space[i].estate
						       : &world.space[i].state;
		if (*linked != estate)
			continue;
		if (!world.space[i].stopped && world.space[i].thread == THREAD_STARTED)
			return ERR_BUSY; /* exactly one version serves */
		*linked = 0;
	}
	if (slot == SLOT_ESTATE)
		world.space[to].estate = estate;
	else
		world.space[to].state = estate;
	return OK;
}

err_t
insula_space_stop(handle_t space, unsigned stop)
{
	uint32_t s = space_of(space);
	log_.serving_calls = 0;
	world.space[s].stopped = stop;
	return OK;
}

err_t
insula_notify(handle_t endpoint)
{
	if (endpoint >= BELL) {
		world.estate[endpoint - BELL].doorbells++;
		return OK;
	}
	return fails('n') ? ERR_HANDLE : OK;
}

err_t
insula_reply(handle_t endpoint, const struct message *m)
{
	assert_int_equal(endpoint, HANDLE_MAIN_ENDPOINT);
	assert_int_not_equal(m->token, 0);
	log_.serving_calls++;
	log_.replied_token = m->token;
	log_.replied_word[0] = m->word[0];
	log_.replied_word[1] = m->word[1];
	return OK;
}

err_t
insula_space_query(handle_t space, enum space_item item, uint64_t argument, uint64_t result[7])
{
	(void)argument;
	(void)space_of(space);
	memset(result, 0, 7 * sizeof result[0]);
	if (item == SPACE_FUND)
		result[3] = 1;
	else
		result[1] = 1000;
	return OK;
}

err_t
insula_cap_query(handle_t table, handle_t handle, struct cap_info *info)
{
	*info = (struct cap_info){ .identity = (uint64_t)table << 32 | handle };
	return OK;
}

err_t
insula_cap_query_index(handle_t table, uint64_t index, struct cap_info *info)
{
	memset(info, 0, sizeof *info);
	if (index >= 256)
		return ERR_ARGUMENT;
	if (table >= ESTATE && index == 1)
		*info = (struct cap_info){ .type = CAP_ENDPOINT,
			.rights = RIGHTS_ENDPOINT,
			.identity = (uint64_t)table << 32 | SLOT_HANDLE(1) };
	if (table >= ESTATE && index == 200)
		*info = (struct cap_info){
			.type = CAP_IRQ, .rights = RIGHT_IRQ, .badge = 33 | 33ull << 32
		};
	return OK;
}

/* --- what instances do */

static uint64_t
say(const struct process *p, uint64_t label, uint64_t w0, uint64_t w1, uint64_t w2)
{
	struct message m = { .label = label, .badge = p->instance.number, .token = ++next_token };
	m.word[0] = w0;
	m.word[1] = w1;
	m.word[2] = w2;
	control_message(&m);
	return m.token;
}

uint64_t
world_ready(const struct process *p, unsigned phase, uint64_t hash, err_t error)
{
	return say(p, CONTROL_READY, phase, hash, (uint64_t)(int64_t)error);
}

uint64_t
world_quiesced(const struct process *p, uint64_t in_flight)
{
	return say(p, CONTROL_QUIESCED, in_flight, 0, 0);
}

void
world_exit(const struct process *p, uint64_t status)
{
	(void)say(p, CONTROL_EXIT, status, 0, 0);
}

void
world_fault(const struct process *p, unsigned cause)
{
	const struct process_fault_in f = { .instance = p->instance.number,
		.kind = FAULT_PAGE,
		.access = ACCESS_WRITE,
		.pc = 0x401234,
		.thread = 57,
		.cause = cause };
	process_fault(&f);
}

struct process *
world_spawn(const char *path, pid_number_t parent, err_t *err)
{
	struct spawn_descriptor d;
	struct spawn_request r = { .descriptor = &d, .args = "x", .argc = 1, .args_bytes = 2 };
	struct process *p = NULL;
	struct line why;
	memset(&d, 0, sizeof d);
	strncpy(d.path, path, sizeof d.path - 1);
	r.parent = parent;
	*err = process_spawn(&r, &p, &why);
	return *err == OK ? p : NULL;
}

err_t
world_update(uint64_t number, pid_number_t pid, const char *path)
{
	struct process_update_in in = { .pid = pid };
	struct process_update_out out;
	memset(&out, 0, sizeof out);
	strncpy(in.path, path, sizeof in.path - 1);
	err_t err = update_begin((struct rpc_reference){ .number = number }, &in, &out);
	if (err != RPC_DEFERRED)
		assert_true(out.reason[0] != '\0');
	return err;
}

struct process *
world_new_of(const struct process *old)
{
	assert_non_null(old->update);
	return old->update->new;
}

/* --- invariants */

void
world_check(void)
{
	unsigned processes = 0, spaces = 0, records = 0, held = 0;
	process_check();
	update_check();
	for (uint32_t i = 0; i < WORLD_OBJECTS; i++) {
		spaces += world.space[i].alive;
		records += world.piddb[i].pid != 0;
	}
	for (const struct process *p = process_table; p < process_table_end(); p++) {
		if (p->state != PROCESS_ALIVE)
			continue;
		processes++;
		uint32_t s = space_of(p->instance.space);
		uint32_t m = memory_at(p->pid);
		assert_int_equal(world.memory[m].space, p->instance.space);
		assert_int_equal(world.space[s].fault_badge, p->instance.number);
		assert_int_equal(world.space[s].control_badge, p->instance.number);
		if (world.space[s].thread == THREAD_STARTED)
			assert_int_equal(world.space[s].stopped, p->instance.stopped);
		assert_int_equal(world.piddb[piddb_at(p->pid)].instance, p->instance.number);
		held += p->instance.stopped;
		if ((p->flags & PROCESS_INVISIBLE) != 0) {
			assert_int_equal(world.space[s].estate, 0);
			assert_int_equal(p->estate, 0);
			continue;
		}
		assert_int_equal(world.space[s].estate, p->estate);
		assert_int_equal(world.memory[m].estate, p->estate);
		assert_int_equal(world.memory[m].state, p->state_estate);
		assert_int_equal(world.space[s].state, p->state_estate);
		for (uint32_t i = 1; i < insulator_count; i++)
			assert_int_equal(
			    told_at(&insulator_table[i], p->pid) != NULL, p->told >> i & 1);
		/* Stopped is only who is being exchanged. */
		if (p->instance.stopped)
			assert_non_null(p->update);
	}
	(void)held;
	assert_int_equal(spaces, processes);
	assert_int_equal(records, processes);
	assert_int_equal(world.own_caps, 0);
}
