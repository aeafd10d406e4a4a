/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: userland/lib/text/text.c */
/*
 * The process manager's service: what each operation checks, what it hands on, and
 * that a refusal calls nothing. Everything behind main.c is a fake that writes down
 * that it was called and with what. main.c is included, because its own main gives
 * its operations and hooks to a fake rpc_serve; a test calls them through these.
 */
int program_main(void);
#define main program_main
#include "../../../src/pm/main.c"
#undef main

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum operation {
	SPAWN = 1,
	WAIT,
	KILL,
	FIND,
	UPDATE,
	LIST,
	CAPS,
	ADD_INSULATOR,
	REMOVE_INSULATOR,
	FAULT,
	POWER_OFF,
	THREAD_INFO,
	SPAWN_MANIFEST,
	LIST_INSULATORS,
};

#define CALLER 33

struct spawn_descriptor births[BIRTHS];
struct insulator insulator_table[INSULATORS];
uint32_t insulator_count;
static const struct rpc_service *served;
static struct rpc_hooks hooks;
static struct rpc_call call;

/* What the fakes give, and what they were given. */
static struct {
	char called[128]; /* a word for each call, in their order */
	err_t error;      /* what they return */
	struct process process;
	bool finds_nothing, keeps_nothing;
	struct spawn_request request;
	struct spawn_descriptor descriptor;
	struct rpc_reference reference;
	uint64_t pid, second, kind;
	char name[96];
	const void *argument;
	uint64_t now_ns, deadline_ns, expired_ns;
} fake;

static void
note(const char *what)
{
	assert_true(strlen(fake.called) + strlen(what) + 2 < sizeof fake.called);
	strcat(strcat(fake.called, what), ";");
}

err_t
process_spawn(const struct spawn_request *r, struct process **spawned, struct line *why)
{
	note("spawn");
	fake.request = *r;
	fake.descriptor = *r->descriptor;
	if (fake.error == OK)
		*spawned = &fake.process;
	else
		line_start(why, "the fake refuses");
	return fake.error;
}

struct spawn_descriptor *
birth_keep(const struct spawn_descriptor *d)
{
	note("keep");
	fake.descriptor = *d;
	return fake.keeps_nothing ? NULL : &births[0];
}

err_t
process_wait(struct rpc_reference reference, pid_number_t caller, pid_number_t pid,
    struct process_wait_out *out)
{
	note("wait");
	fake.reference = reference;
	fake.second = caller;
	fake.pid = pid;
	out->status = 5;
	return fake.error;
}

err_t
process_kill(uint64_t pid, uint64_t flags)
{
	note("kill");
	fake.pid = pid;
	fake.second = flags;
	return fake.error;
}

struct process *
process_find(const char *name, uint64_t after)
{
	note("find");
	fake.second = after;
	strncpy(fake.name, name, sizeof fake.name - 1);
	return fake.finds_nothing ? NULL : &fake.process;
}

err_t
update_begin(struct rpc_reference reference, const struct process_update_in *in,
    struct process_update_out *out)
{
	note("update");
	fake.reference = reference;
	fake.argument = in;
	out->step = UPDATE_SPAWN;
	return fake.error;
}

void
show_process(uint64_t after, struct process_list_out *out)
{
	note("show_process");
	fake.pid = after;
	out->pid = after + 1;
}

err_t
show_thread(uint64_t pid, uint64_t index, struct process_thread_info_out *out)
{
	note("show_thread");
	fake.pid = pid;
	fake.second = index;
	out->pc = 0x400000;
	return fake.error;
}

err_t
show_cap(uint64_t pid, uint64_t index, struct process_caps_out *out)
{
	note("show_cap");
	fake.pid = pid;
	fake.second = index;
	out->next = index + 1;
	return fake.error;
}

err_t
insulator_add(pid_number_t pid, const char *name, unsigned kind, uint32_t *id)
{
	note("add");
	fake.pid = pid;
	fake.kind = kind;
	strncpy(fake.name, name, sizeof fake.name - 1);
	if (fake.error == OK)
		*id = 12;
	return fake.error;
}

err_t
insulator_remove(pid_number_t caller, uint64_t id)
{
	note("remove");
	fake.pid = caller;
	fake.second = id;
	return fake.error;
}

void
process_fault(const struct process_fault_in *f)
{
	note("fault");
	fake.argument = f;
}

void
system_end(uint64_t status, uint64_t reset)
{
	note("end");
	fake.pid = status;
	fake.second = reset;
}

void
control_message(const struct message *m)
{
	note("control");
	fake.argument = m;
}

uint64_t
update_deadline(void)
{
	return fake.deadline_ns;
}

void
update_expire(uint64_t now_ns)
{
	note("expire");
	fake.expired_ns = now_ns;
	fake.deadline_ns = TIME_NEVER;
}

uint64_t
effect_now_ns(void)
{
	return fake.now_ns;
}

void
effect_flush(void)
{
	note("flush");
}

int
rpc_serve(const struct rpc_service *services, uint32_t count, const struct rpc_hooks *given)
{
	assert_int_equal(count, 1);
	served = services;
	hooks = *given;
	return 17;
}

static int
set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof fake);
	memset(births, 0, sizeof births);
	memset(insulator_table, 0, sizeof insulator_table);
	insulator_count = 0;
	fake.process.pid = 50;
	call = (struct rpc_call){ .peer = CALLER, .reference = { 4, 5, 6 } };
	assert_int_equal(program_main(), 17);
	return 0;
}

/* As the loop does it: the results begin as zeros. */
static err_t
run(enum operation operation, const void *in, void *out, size_t out_bytes)
{
	const struct rpc_operation *o = &served->operations[operation - 1];
	assert_int_equal(o->out_bytes, out_bytes);
	memset(out, 0, out_bytes);
	fake.called[0] = '\0';
	return o->run(&call, in, out);
}
#define RUN(operation, in, out) run(operation, in, out, sizeof *(out))
/* A _OUT of no parameters has no size. */
#define RUN_EMPTY(operation, in) run(operation, in, &(char){ 0 }, 0)

#define assert_called(words) assert_string_equal(fake.called, words)

static void
assert_zero(const void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(((const char *)bytes)[i], 0);
}

/* --- spawn */

static struct process_spawn_in
spawn_of(const char *path)
{
	struct process_spawn_in in = { .priority = 7,
		.args_length = 8,
		.args = "hello\0x",
		.properties_length = 9,
		.properties = "path:dir" };
	strncpy(in.path, path, sizeof in.path - 1);
	return in;
}

static void
spawn_hands_on_path_priority_strings_and_the_caller_as_parent(void **state)
{
	(void)state;
	const struct process_spawn_in in = spawn_of("/boot/hello");
	struct process_spawn_out out;
	assert_int_equal(RUN(SPAWN, &in, &out), OK);
	assert_called("spawn;");
	assert_int_equal(out.pid, 50);
	assert_string_equal(out.reason, "");
	assert_string_equal(fake.descriptor.path, "/boot/hello");
	assert_int_equal(fake.descriptor.priority, 7);
	assert_int_equal(fake.request.parent, CALLER);
	assert_ptr_equal(fake.request.args, in.args);
	assert_int_equal(fake.request.args_bytes, 8);
	assert_int_equal(fake.request.argc, 2);
	assert_ptr_equal(fake.request.properties, in.properties);
	assert_int_equal(fake.request.properties_bytes, 9);
}

static void
spawn_counts_only_strings_that_end(void **state)
{
	(void)state;
	struct process_spawn_in in = spawn_of("/boot/hello");
	struct process_spawn_out out;
	in.args_length = 7; /* "x" lacks its end */
	assert_int_equal(RUN(SPAWN, &in, &out), OK);
	assert_int_equal(fake.request.argc, 1);
	in.args_length = 0;
	assert_int_equal(RUN(SPAWN, &in, &out), OK);
	assert_int_equal(fake.request.argc, 0);
}

static void
spawn_refuses_a_priority_out_of_range_and_starts_nothing(void **state)
{
	(void)state;
	/* The last two would be in range if only their low 32 bits were looked at. */
	static const uint64_t bad[] = { PRIORITY_MAX + 1, UINT64_MAX, 1ull << 32, 1ull << 32 | 9 };
	struct process_spawn_in in = spawn_of("/boot/hello");
	struct process_spawn_out out;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		in.priority = bad[i];
		assert_int_equal(RUN(SPAWN, &in, &out), ERR_LIMIT);
		assert_called("");
		assert_zero(&out, sizeof out);
	}
	in.priority = PRIORITY_MAX;
	assert_int_equal(RUN(SPAWN, &in, &out), OK);
	assert_int_equal(fake.descriptor.priority, PRIORITY_MAX);
}

static void
spawn_that_fails_says_why_and_gives_no_pid(void **state)
{
	(void)state;
	const struct process_spawn_in in = spawn_of("/boot/hello");
	struct process_spawn_out out;
	fake.error = ERR_NO_MEMORY;
	assert_int_equal(RUN(SPAWN, &in, &out), ERR_NO_MEMORY);
	assert_int_equal(out.pid, 0);
	assert_string_equal(out.reason, "the fake refuses");
}

static void
spawn_of_what_the_manifest_keeps_takes_its_descriptor_and_arguments(void **state)
{
	(void)state;
	const struct process_spawn_in in = spawn_of("/boot/clock"), other = spawn_of("/boot/hello");
	struct process_spawn_out out;
	births[3] = (struct spawn_descriptor){
		.path = "/boot/clock", .flags = SPAWN_ON_DEMAND, .priority = 90
	};
	births[4] = (struct spawn_descriptor){ .path = "/boot/hello", .priority = 91 };
	assert_int_equal(RUN(SPAWN, &in, &out), OK);
	assert_ptr_equal(fake.request.descriptor, &births[3]);
	assert_null(fake.request.args);
	assert_int_equal(fake.request.parent, CALLER);
	/* One that is kept for restarts is not for everybody who names its path. */
	assert_int_equal(RUN(SPAWN, &other, &out), OK);
	assert_ptr_not_equal(fake.request.descriptor, &births[4]);
	assert_int_equal(fake.descriptor.priority, 7);
}

/* --- spawn_manifest */

static struct process_spawn_manifest_in manifest;

/* A descriptor in its wire form. */
static void
describe(const struct spawn_descriptor *d)
{
	manifest.descriptor_length = sizeof *d;
	memcpy(manifest.descriptor, d, sizeof *d);
}

static void
spawn_manifest_is_for_init_only(void **state)
{
	(void)state;
	static const pid_number_t others[] = { 0, PID_MEMORY, PID_PROCESS, CALLER };
	struct process_spawn_manifest_out out;
	describe(&(struct spawn_descriptor){ .path = "/boot/kv", .priority = 5 });
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		call.peer = others[i];
		assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), ERR_RIGHTS);
		assert_called("");
		assert_zero(&out, sizeof out);
	}
	call.peer = PID_INIT;
	assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), OK);
	assert_called("spawn;");
	assert_int_equal(out.pid, 50);
	assert_string_equal(fake.descriptor.path, "/boot/kv");
	assert_int_equal(fake.descriptor.priority, 5);
	assert_null(fake.request.args); /* the descriptor's own */
	assert_int_equal(fake.request.parent, 0);
	assert_false(fake.process.has_ready_call);
}

static void
a_damaged_descriptor_is_refused_and_starts_nothing(void **state)
{
	(void)state;
	const struct spawn_descriptor bad[] = {
		{ .path = "/boot/kv", .grants = SPAWN_GRANTS + 1 },
		{ .path = "/boot/kv", .grants = UINT32_MAX },
		{ .path = "/boot/kv", .args_bytes = SPAWN_ARGS_BYTES + 1 },
		{ .path = "/boot/kv", .priority = PRIORITY_MAX + 1 },
		{ .path = "/boot/kv", .flags = SPAWN_ON_DEMAND, .grants = SPAWN_GRANTS + 1 },
	};
	struct process_spawn_manifest_out out;
	call.peer = PID_INIT;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		describe(&bad[i]);
		assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), ERR_BAD_MANIFEST);
		assert_called("");
		assert_zero(&out, sizeof out);
	}
	static const uint32_t lengths[] = { 0, sizeof bad[0] - 1, sizeof bad[0] / 2 };
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		describe(&(struct spawn_descriptor){ .path = "/boot/kv" });
		manifest.descriptor_length = lengths[i];
		assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), ERR_BAD_MANIFEST);
		assert_called("");
	}
	describe(&(struct spawn_descriptor){ .path = "/boot/kv",
	    .grants = SPAWN_GRANTS,
	    .args_bytes = SPAWN_ARGS_BYTES,
	    .priority = PRIORITY_MAX });
	assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), OK);
	assert_called("spawn;");
}

static void
a_descriptor_whose_texts_do_not_end_is_given_ends(void **state)
{
	(void)state;
	struct spawn_descriptor d = { .priority = 5 };
	struct process_spawn_manifest_out out;
	memset(d.name, 'n', sizeof d.name);
	memset(d.path, 'p', sizeof d.path);
	describe(&d);
	call.peer = PID_INIT;
	assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), OK);
	assert_int_equal(strnlen(fake.descriptor.name, sizeof d.name), sizeof d.name - 1);
	assert_int_equal(strnlen(fake.descriptor.path, sizeof d.path), sizeof d.path - 1);
}

static void
what_is_on_demand_is_kept_and_not_started(void **state)
{
	(void)state;
	struct process_spawn_manifest_out out;
	describe(&(struct spawn_descriptor){ .path = "/boot/kv", .flags = SPAWN_ON_DEMAND });
	call.peer = PID_INIT;
	assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), OK);
	assert_called("keep;");
	assert_string_equal(fake.descriptor.path, "/boot/kv");
	assert_int_equal(out.pid, 0);
	fake.keeps_nothing = true;
	assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), ERR_TOO_MANY);
	assert_called("keep;");
}

static void
wait_ready_leaves_the_call_with_the_process(void **state)
{
	(void)state;
	struct process_spawn_manifest_out out;
	describe(&(struct spawn_descriptor){ .path = "/boot/kv", .flags = SPAWN_WAIT_READY });
	call.peer = PID_INIT;
	fake.error = ERR_BAD_IMAGE;
	assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), ERR_BAD_IMAGE);
	assert_string_equal(out.reason, "the fake refuses");
	assert_int_equal(out.pid, 0);
	assert_false(fake.process.has_ready_call);

	fake.error = OK;
	assert_int_equal(RUN(SPAWN_MANIFEST, &manifest, &out), RPC_DEFERRED);
	assert_true(fake.process.has_ready_call);
	assert_memory_equal(&fake.process.ready_call, &call.reference, sizeof call.reference);
}

/* --- the others */

static void
wait_passes_on_who_asks_and_for_whom(void **state)
{
	(void)state;
	struct process_wait_in in = { .pid = UINT32_MAX };
	struct process_wait_out out;
	fake.error = RPC_DEFERRED;
	assert_int_equal(RUN(WAIT, &in, &out), RPC_DEFERRED);
	assert_called("wait;");
	assert_int_equal(fake.pid, UINT32_MAX);
	assert_int_equal(fake.second, CALLER);
	assert_memory_equal(&fake.reference, &call.reference, sizeof call.reference);
	assert_int_equal(out.status, 5);
}

static void
wait_for_a_number_that_is_no_pid_waits_for_nobody(void **state)
{
	(void)state;
	/* Cut to 32 bits the first would mean any child. */
	static const uint64_t bad[] = { 1ull << 32, 1ull << 32 | 50, UINT64_MAX };
	struct process_wait_out out;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct process_wait_in in = { .pid = bad[i] };
		assert_int_equal(RUN(WAIT, &in, &out), ERR_NO_PROCESS);
		assert_called("");
	}
}

static void
kill_passes_on_whole_numbers_and_the_error(void **state)
{
	(void)state;
	const struct process_kill_in in = { .pid = 1ull << 32 | 50,
		.flags = PROCESS_KILL_FOR_GOOD };
	assert_int_equal(RUN_EMPTY(KILL, &in), OK);
	assert_called("kill;");
	assert_true(fake.pid == in.pid);
	assert_int_equal(fake.second, PROCESS_KILL_FOR_GOOD);
	fake.error = ERR_REFUSED;
	assert_int_equal(RUN_EMPTY(KILL, &in), ERR_REFUSED);
}

static void
find_gives_the_pid_or_no_process(void **state)
{
	(void)state;
	const struct process_find_in in = { .name = "kv", .after = 49 };
	struct process_find_out out;
	assert_int_equal(RUN(FIND, &in, &out), OK);
	assert_string_equal(fake.name, "kv");
	assert_int_equal(fake.second, 49);
	assert_int_equal(out.pid, 50);
	fake.finds_nothing = true;
	assert_int_equal(RUN(FIND, &in, &out), ERR_NO_PROCESS);
	assert_int_equal(out.pid, 0);
}

static void
update_is_begun_for_the_call_that_asks(void **state)
{
	(void)state;
	const struct process_update_in in = { .pid = 50 };
	struct process_update_out out;
	fake.error = RPC_DEFERRED;
	assert_int_equal(RUN(UPDATE, &in, &out), RPC_DEFERRED);
	assert_called("update;");
	assert_ptr_equal(fake.argument, &in);
	assert_memory_equal(&fake.reference, &call.reference, sizeof call.reference);
	assert_int_equal(out.step, UPDATE_SPAWN);
}

static void
what_is_shown_is_what_was_asked_for(void **state)
{
	(void)state;
	const struct process_list_in list = { .after = 1ull << 40 };
	const struct process_caps_in caps = { .pid = 51, .index = 1ull << 32 };
	const struct process_thread_info_in thread = { .pid = 52, .index = 3 };
	struct process_list_out list_out;
	struct process_caps_out caps_out;
	struct process_thread_info_out thread_out;
	assert_int_equal(RUN(LIST, &list, &list_out), OK);
	assert_called("show_process;");
	assert_true(list_out.pid == list.after + 1);

	assert_int_equal(RUN(CAPS, &caps, &caps_out), OK);
	assert_called("show_cap;");
	assert_int_equal(fake.pid, 51);
	assert_true(caps_out.next == caps.index + 1);

	assert_int_equal(RUN(THREAD_INFO, &thread, &thread_out), OK);
	assert_called("show_thread;");
	assert_int_equal(fake.pid, 52);
	assert_int_equal(fake.second, 3);
	assert_int_equal(thread_out.pc, 0x400000);

	fake.error = ERR_NO_PROCESS;
	assert_int_equal(RUN(CAPS, &caps, &caps_out), ERR_NO_PROCESS);
	assert_int_equal(RUN(THREAD_INFO, &thread, &thread_out), ERR_NO_PROCESS);
}

static void
m5_a_process_registers_itself_as_an_insulator_and_nobody_else(void **state)
{
	(void)state;
	struct process_add_insulator_in in = { .pid = CALLER + 1, .name = "watch" };
	struct process_add_insulator_out out;
	assert_int_equal(RUN(ADD_INSULATOR, &in, &out), ERR_REFUSED);
	assert_called("");
	in.pid = 1ull << 32 | CALLER;
	assert_int_equal(RUN(ADD_INSULATOR, &in, &out), ERR_REFUSED);
	assert_called("");
	static const uint64_t mine[] = { 0, CALLER };
	for (size_t i = 0; i < 2; i++) {
		in.pid = mine[i];
		assert_int_equal(RUN(ADD_INSULATOR, &in, &out), OK);
		assert_called("add;");
		assert_int_equal(fake.pid, CALLER);
		assert_int_equal(fake.kind, INSULATOR_OTHER);
		assert_string_equal(fake.name, "watch");
		assert_int_equal(out.insulator, 12);
	}
	fake.error = ERR_EXISTS;
	assert_int_equal(RUN(ADD_INSULATOR, &in, &out), ERR_EXISTS);
}

static void
an_insulator_is_removed_in_its_callers_name(void **state)
{
	(void)state;
	const struct process_remove_insulator_in in = { .insulator = 1ull << 32 | 4 };
	fake.error = ERR_REFUSED;
	assert_int_equal(RUN_EMPTY(REMOVE_INSULATOR, &in), ERR_REFUSED);
	assert_called("remove;");
	assert_int_equal(fake.pid, CALLER);
	assert_true(fake.second == in.insulator);
}

static void
insulators_are_listed_one_by_one_to_the_last(void **state)
{
	(void)state;
	insulator_table[0] = (struct insulator){ .id = 1, .pid = 3, .name = "memory" };
	insulator_table[1] = (struct insulator){ .id = 7, .pid = 40, .name = "watch" };
	insulator_table[2] = (struct insulator){ .id = 9, .pid = 41, .name = "gone" };
	insulator_count = 2;
	struct process_list_insulators_in in = { .after = 0 };
	struct process_list_insulators_out out;
	assert_int_equal(RUN(LIST_INSULATORS, &in, &out), OK);
	assert_int_equal(out.insulator, 1);
	assert_int_equal(out.pid, 3);
	assert_string_equal(out.name, "memory");
	in.after = out.insulator;
	assert_int_equal(RUN(LIST_INSULATORS, &in, &out), OK);
	assert_int_equal(out.insulator, 7);
	assert_int_equal(out.pid, 40);
	assert_string_equal(out.name, "watch");
	in.after = out.insulator;
	assert_int_equal(RUN(LIST_INSULATORS, &in, &out), OK);
	assert_zero(&out, sizeof out);
	in.after = 1ull << 32;
	assert_int_equal(RUN(LIST_INSULATORS, &in, &out), OK);
	assert_zero(&out, sizeof out);
}

static void
a_fault_is_believed_from_memory_only(void **state)
{
	(void)state;
	static const pid_number_t others[] = { 0, PID_INIT, PID_RPC, CALLER };
	const struct process_fault_in in = { .instance = 20 };
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		call.peer = others[i];
		assert_int_equal(RUN_EMPTY(FAULT, &in), ERR_RIGHTS);
		assert_called("");
	}
	call.peer = PID_MEMORY;
	assert_int_equal(RUN_EMPTY(FAULT, &in), OK);
	assert_called("fault;");
	assert_ptr_equal(fake.argument, &in);
}

static void
power_off_that_comes_back_is_an_error(void **state)
{
	(void)state;
	const struct process_power_off_in in = { .status = 3, .reset = 1 };
	assert_int_equal(RUN_EMPTY(POWER_OFF, &in), ERR_IO);
	assert_called("end;");
	assert_int_equal(fake.pid, 3);
	assert_int_equal(fake.second, 1);
}

/* --- the loop's hooks */

static void
a_message_goes_to_control(void **state)
{
	(void)state;
	struct message m = { .label = CONTROL_READY };
	hooks.message(&m);
	assert_called("control;");
	assert_ptr_equal(fake.argument, &m);
}

static void
idle_expires_what_is_due_and_nothing_before(void **state)
{
	(void)state;
	fake.now_ns = 1000;
	fake.deadline_ns = TIME_NEVER;
	assert_true(hooks.idle() == TIME_NEVER);
	assert_called("flush;");

	fake.called[0] = '\0';
	fake.deadline_ns = 1001;
	assert_int_equal(hooks.idle(), 1001);
	assert_called("flush;");

	fake.called[0] = '\0';
	fake.deadline_ns = 1000;
	assert_true(hooks.idle() == TIME_NEVER); /* what is left when it has expired */
	assert_called("expire;flush;");
	assert_int_equal(fake.expired_ns, 1000);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spawn_hands_on_path_priority_strings_and_the_caller_as_parent),
		TEST(spawn_counts_only_strings_that_end),
		TEST(spawn_refuses_a_priority_out_of_range_and_starts_nothing),
		TEST(spawn_that_fails_says_why_and_gives_no_pid),
		TEST(spawn_of_what_the_manifest_keeps_takes_its_descriptor_and_arguments),
		TEST(spawn_manifest_is_for_init_only),
		TEST(a_damaged_descriptor_is_refused_and_starts_nothing),
		TEST(a_descriptor_whose_texts_do_not_end_is_given_ends),
		TEST(what_is_on_demand_is_kept_and_not_started),
		TEST(wait_ready_leaves_the_call_with_the_process),
		TEST(wait_passes_on_who_asks_and_for_whom),
		TEST(wait_for_a_number_that_is_no_pid_waits_for_nobody),
		TEST(kill_passes_on_whole_numbers_and_the_error),
		TEST(find_gives_the_pid_or_no_process),
		TEST(update_is_begun_for_the_call_that_asks),
		TEST(what_is_shown_is_what_was_asked_for),
		TEST(m5_a_process_registers_itself_as_an_insulator_and_nobody_else),
		TEST(an_insulator_is_removed_in_its_callers_name),
		TEST(insulators_are_listed_one_by_one_to_the_last),
		TEST(a_fault_is_believed_from_memory_only),
		TEST(power_off_that_comes_back_is_an_error),
		TEST(a_message_goes_to_control),
		TEST(idle_expires_what_is_due_and_nothing_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
