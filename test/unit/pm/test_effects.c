/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: src/pm/effects.c userland/lib/text/text.c */
/*
 * What the manager's logic does to the world: each effect makes the one call that it
 * stands for, to the right server and with the right arguments, and gives back what
 * that said. RPC and the kernel are fakes that write down the last call and, one
 * letter each, the order of all: o open, x close, c call, s send, a answer,
 * f firmware, r receive.
 */
#include "../../../src/pm/effects.h"
#include "../../../src/pm/image.h"

#include <insula/clock.h>
#include <insula/rpc/client.h>
#include <insula/services/console.h>
#include <insula/services/insulator.h>
#include <insula/services/path.h>
#include <insula/services/piddb.h>
#include <insula/services/process.h>
#include <insula/services/rpc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

RPC_DEFINE_DESCRIPTION(CONSOLE, console)
RPC_DEFINE_DESCRIPTION(INSULATOR, insulator)
RPC_DEFINE_DESCRIPTION(MEMORY, memory)
RPC_DEFINE_DESCRIPTION(PATH, path)
RPC_DEFINE_DESCRIPTION(PIDDB, piddb)

#define NOW_NS 5000
#define OTHER_NS (200 * 1000000ull)
#define DRAIN_NS (20 * 1000000ull)
#define FIRMWARE 10

struct rpc_connection {
	uint32_t index;
};

/* Those of the directory; one that is opened, which is given for every rpc_open. */
static struct rpc_connection wired[5], opened;

static struct {
	/* What the fakes give. */
	err_t call_error, send_error, open_error, firmware_error, complete_error;
	unsigned room;           /* lines that the console takes before its ring is full; 0: all */
	struct process *console; /* what process_find finds */
	uint64_t out[16];        /* results of a call */
	const char *image, *section;
	/* What they were given. */
	char order[64];
	struct rpc_connection *to;
	uint32_t operation, in_bytes, out_bytes;
	union {
		uint64_t word[512];
		struct console_write_in write;
		struct piddb_add_in piddb_add;
		struct piddb_journal_in journal;
		struct memory_add_process_in memory_add;
		struct path_add_process_in path_add;
		struct insulator_add_process_in insulator_add;
	} in;
	uint64_t deadline_ns, received_ns;
	pid_number_t opened_pid;
	char opened_name[NAME_BYTES], section_of[NAME_BYTES];
	char shown[2048];    /* on the console */
	char firmware[1024]; /* debug output */
	struct message message;
	struct rpc_reference completed;
	err_t completed_error;
	const void *completed_out;
	uint32_t completed_bytes;
} fake;

static void
note(char letter)
{
	size_t n = strlen(fake.order);
	assert_true(n + 1 < sizeof fake.order);
	fake.order[n] = letter;
}

/* Bytes behind a text; it ends where they do, or at their NUL. */
static void
append(char *text, size_t room, const void *bytes, size_t count)
{
	size_t n = strlen(text);
	assert_true(n + count < room);
	memcpy(text + n, bytes, count);
	text[n + count] = '\0';
}

static void
sent(struct rpc_connection *to, uint32_t operation, const void *in, uint32_t in_bytes)
{
	assert_non_null(to);
	assert_true(in_bytes <= sizeof fake.in);
	fake.to = to;
	fake.operation = operation;
	fake.in_bytes = in_bytes;
	memset(&fake.in, 0, sizeof fake.in);
	memcpy(&fake.in, in, in_bytes);
}

struct rpc_connection *
rpc_connection_at(uint32_t index)
{
	assert_true(index < sizeof wired / sizeof wired[0]);
	return &wired[index];
}

err_t
rpc_open(pid_number_t server, const struct rpc_interface *interface, uint32_t flags,
    struct rpc_connection **connection, char reason[RPC_REASON_BYTES])
{
	note('o');
	assert_int_equal(flags, 0);
	assert_null(reason);
	fake.opened_pid = server;
	strncpy(fake.opened_name, interface->name, sizeof fake.opened_name - 1);
	if (fake.open_error == OK)
		*connection = &opened;
	return fake.open_error;
}

err_t
rpc_close(struct rpc_connection *connection)
{
	note('x');
	assert_ptr_equal(connection, &opened);
	return OK;
}

err_t
rpc_call(struct rpc_connection *connection, uint32_t operation, const void *in, uint32_t in_bytes,
    void *out, uint32_t out_bytes, uint64_t deadline_ns)
{
	note('c');
	sent(connection, operation, in, in_bytes);
	fake.out_bytes = out_bytes;
	fake.deadline_ns = deadline_ns;
	if (fake.call_error == OK)
		memcpy(out, fake.out, out_bytes < sizeof fake.out ? out_bytes : sizeof fake.out);
	return fake.call_error;
}

err_t
rpc_send(struct rpc_connection *connection, uint32_t operation, const void *in, uint32_t in_bytes,
    uint64_t *number)
{
	note('s');
	assert_null(number);
	sent(connection, operation, in, in_bytes);
	if (fake.send_error == OK && in_bytes == sizeof(struct console_write_in)) {
		append(
		    fake.shown, sizeof fake.shown, fake.in.write.text, fake.in.write.text_length);
		if (fake.room != 0 && --fake.room == 0)
			fake.send_error = ERR_WOULD_BLOCK;
		return OK;
	}
	return fake.send_error;
}

err_t
rpc_complete(struct rpc_reference reference, err_t error, const void *out, uint32_t out_bytes)
{
	note('a');
	fake.completed = reference;
	fake.completed_error = error;
	fake.completed_out = out;
	fake.completed_bytes = out_bytes;
	return fake.complete_error;
}

uint64_t
clock_now_ns(void)
{
	return NOW_NS;
}

err_t
insula_call(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	note('f');
	assert_int_equal(endpoint, FIRMWARE);
	assert_true(deadline_ns == TIME_NEVER);
	fake.message = *m;
	if (fake.firmware_error == OK && m->label == FIRMWARE_DEBUG_WRITE)
		append(fake.firmware, sizeof fake.firmware, m->word, sizeof m->word);
	return fake.firmware_error;
}

int
insula_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	(void)m;
	note('r');
	assert_int_equal(endpoint, HANDLE_MAIN_ENDPOINT);
	fake.received_ns = deadline_ns;
	return ERR_TIMED_OUT;
}

struct process *
process_find(const char *name, uint64_t after)
{
	assert_string_equal(name, CONSOLE_NAME);
	assert_int_equal(after, 0);
	return fake.console;
}

const char *
image_path(uint32_t file)
{
	assert_int_equal(file, 8);
	return fake.image;
}

uint32_t
insulator_section(const char *name, const char *properties, uint32_t bytes, char *to, uint32_t room)
{
	assert_string_equal(properties, "the properties");
	assert_int_equal(bytes, sizeof "the properties");
	strncpy(fake.section_of, name, sizeof fake.section_of - 1);
	uint32_t n = fake.section[0] == '\0' ? 0 : (uint32_t)strlen(fake.section) + 1;
	assert_true(n <= room);
	memset(to, 0, room);
	/* What is not the section's is never looked at. */
	strncpy(to, n != 0 ? fake.section : "directory=/stale", room - 1);
	return n;
}

static struct process console_process, p;

/* No console is open and no line is kept: what an earlier test left is brought to its end. */
static int
set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof fake);
	console_process = (struct process){ .pid = 40 };
	authority = (struct authority){ .firmware = FIRMWARE };
	fake.console = &console_process;
	effect_flush();
	fake.send_error = ERR_CLOSED;
	effect_print("");
	memset(&fake, 0, sizeof fake);
	fake.image = fake.section = "";
	p = (struct process){ .pid = 30, .parent = 20, .instance = { .number = 77, .file = 8 } };
	strcpy(p.name, "name");
	return 0;
}

static void
assert_order(const char *order)
{
	assert_string_equal(fake.order, order);
	memset(fake.order, 0, sizeof fake.order);
}

/* A call of that number to that server, waited for without end. */
static void
assert_asked(uint32_t entry, uint32_t operation)
{
	assert_order("c");
	assert_ptr_equal(fake.to, &wired[entry]);
	assert_int_equal(fake.operation, operation);
	assert_true(fake.deadline_ns == TIME_NEVER);
}

static void
assert_numbers(uint64_t first, uint64_t second, uint64_t third)
{
	assert_true(fake.in.word[0] == first);
	assert_true(fake.in.word[1] == second);
	assert_true(fake.in.word[2] == third);
}

/* --- lines */

static void
a_line_goes_to_the_console_that_is_opened_once(void **state)
{
	(void)state;
	fake.console = &console_process;
	effect_print("hello");
	assert_order("os");
	assert_int_equal(fake.opened_pid, 40);
	assert_string_equal(fake.opened_name, CONSOLE_NAME);
	assert_ptr_equal(fake.to, &opened);
	assert_int_equal(fake.operation, 1); /* write */
	assert_int_equal(fake.in.write.text_length, 6);
	effect_print("again");
	assert_order("s");
	assert_string_equal(fake.shown, "hello\nagain\n");
}

static void
a_line_without_a_console_goes_to_firmware_in_messages(void **state)
{
	(void)state;
	char line[101];
	memset(line, 'l', 100);
	line[100] = '\0';
	effect_print(line);
	assert_order("ff"); /* 64 bytes, and the rest */
	assert_int_equal(fake.message.label, FIRMWARE_DEBUG_WRITE);
	assert_int_equal(strlen(fake.firmware), 101);
	assert_memory_equal(fake.firmware, line, 100);
	assert_int_equal(fake.firmware[100], '\n');
}

static void
a_line_that_is_too_long_is_cut_and_still_ends(void **state)
{
	(void)state;
	char line[LINE_BYTES + 50];
	memset(line, 'l', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	fake.console = &console_process;
	effect_print(line);
	assert_int_equal(strlen(fake.shown), LINE_BYTES + 1);
	assert_int_equal(fake.shown[LINE_BYTES], '\n');
}

static void
a_console_that_cannot_answer_is_not_opened(void **state)
{
	(void)state;
	struct update *const some = (struct update *)(void *)&fake;
	fake.console = &console_process;
	console_process.has_ready_call = 1; /* it is starting */
	effect_print("a");
	assert_order("f");
	console_process.has_ready_call = 0;
	console_process.update = some;
	effect_print("b");
	assert_order("f");
	console_process.update = NULL;
	fake.open_error = ERR_NOT_FOUND;
	effect_print("c");
	assert_order("of");
	fake.open_error = OK;
	effect_print("d");
	assert_order("os");
	assert_string_equal(fake.firmware, "a\nb\nc\n");
	assert_string_equal(fake.shown, "d\n");
}

static void
a_console_that_is_lost_is_closed_and_opened_again(void **state)
{
	(void)state;
	static const err_t lost[] = { ERR_CLOSED, ERR_PROTOCOL };
	fake.console = &console_process;
	for (size_t i = 0; i < 2; i++) {
		fake.send_error = OK;
		effect_print("shown");
		assert_order("os");
		fake.send_error = lost[i];
		effect_print("lost");
		assert_order("sxf"); /* the line itself is not lost */
	}
	assert_string_equal(fake.firmware, "lost\nlost\n");
}

static void
a_full_ring_is_no_reason_to_close_the_console(void **state)
{
	(void)state;
	fake.console = &console_process;
	fake.send_error = ERR_WOULD_BLOCK;
	effect_print("full");
	assert_order("osf");
	fake.send_error = OK;
	effect_print("room");
	assert_order("s");
}

static void
lines_that_nobody_takes_are_kept_and_shown_once_in_their_order(void **state)
{
	(void)state;
	fake.firmware_error = ERR_REFUSED;
	effect_print("one");
	effect_print("two");
	assert_order("f"); /* the second does not try to overtake the first */
	effect_flush();    /* there is still no console */
	assert_order("");
	fake.console = &console_process;
	fake.send_error = ERR_WOULD_BLOCK;
	effect_flush();
	assert_order("os");
	fake.send_error = OK;
	effect_flush();
	assert_order("ss");
	assert_string_equal(fake.shown, "one\ntwo\n");
	effect_flush();
	assert_order("");
}

static void
a_line_does_not_overtake_those_that_are_kept(void **state)
{
	(void)state;
	fake.firmware_error = ERR_REFUSED;
	effect_print("one");
	effect_print("two");
	fake.firmware_error = OK;
	effect_print("three"); /* firmware would take it */
	assert_string_equal(fake.firmware, "");
	fake.console = &console_process;
	fake.room = 1;
	effect_print("four"); /* it makes room for one kept line, and is kept */
	assert_string_equal(fake.shown, "one\n");
	fake.send_error = OK;
	effect_print("five");
	assert_string_equal(fake.shown, "one\ntwo\nthree\nfour\nfive\n");
}

static void
kept_lines_that_were_shown_before_the_ring_was_full_are_not_shown_again(void **state)
{
	(void)state;
	fake.firmware_error = ERR_REFUSED;
	effect_print("one");
	effect_print("two");
	fake.console = &console_process;
	fake.room = 1;
	effect_flush();
	assert_string_equal(fake.shown, "one\n");
	fake.send_error = OK;
	effect_flush();
	assert_string_equal(fake.shown, "one\ntwo\n");
}

static void
of_too_many_kept_lines_the_newest_are_lost(void **state)
{
	(void)state;
	char line[151], wanted[3 * sizeof line + 1] = "";
	fake.firmware_error = ERR_REFUSED;
	for (char c = 'a'; c < 'f'; c++) { /* three of them are less than 512 bytes */
		memset(line, c, sizeof line - 1);
		line[sizeof line - 1] = '\0';
		effect_print(line);
		if (c < 'd')
			strcat(strcat(wanted, line), "\n");
	}
	fake.console = &console_process;
	effect_flush();
	assert_string_equal(fake.shown, wanted);
}

/* --- the PID database */

static void
a_record_has_the_path_of_the_image_or_the_name(void **state)
{
	(void)state;
	pid_number_t pid = 0;
	fake.image = "boot/kv";
	fake.out[0] = 31;
	p.flags = PROCESS_INVISIBLE;
	assert_int_equal(effect_piddb_add(&p, &pid), OK);
	assert_asked(ENTRY_PIDDB, 1);
	assert_int_equal(pid, 31);
	assert_string_equal(fake.in.piddb_add.name, "boot/kv");
	assert_int_equal(fake.in.piddb_add.pid, 30);
	assert_int_equal(fake.in.piddb_add.parent, 20);
	assert_int_equal(fake.in.piddb_add.instance, 77);
	assert_int_equal(fake.in.piddb_add.flags, PIDDB_INVISIBLE);

	fake.image = "";
	p.flags = PROCESS_CORE;
	strcpy(p.service, "kv");
	assert_int_equal(effect_piddb_add(&p, &pid), OK);
	assert_string_equal(fake.in.piddb_add.name, "name");
	assert_int_equal(fake.in.piddb_add.flags, PIDDB_SERVER);

	pid = 99;
	fake.call_error = ERR_TOO_MANY;
	assert_int_equal(effect_piddb_add(&p, &pid), ERR_TOO_MANY);
	assert_int_equal(pid, 99);
}

static void
a_removal_that_fails_is_one_line_for_people(void **state)
{
	(void)state;
	effect_piddb_remove(9);
	assert_asked(ENTRY_PIDDB, 2);
	assert_numbers(9, 0, 0);
	fake.call_error = ERR_NO_PROCESS; /* it never knew it */
	effect_piddb_remove(9);
	assert_order("c");
	fake.call_error = ERR_CLOSED;
	effect_piddb_remove(9);
	assert_string_equal(fake.firmware, "process: the record of pid 9 fails\n");
}

static void
swap_and_journal_say_which_pids(void **state)
{
	(void)state;
	char path[200];
	assert_int_equal(effect_piddb_swap(8, 9), OK);
	assert_asked(ENTRY_PIDDB, 3);
	assert_numbers(8, 9, 0);

	assert_int_equal(effect_journal(4, 8, 9, "/boot/kv-2"), OK);
	assert_asked(ENTRY_PIDDB, 7);
	assert_numbers(4, 8, 9);
	assert_string_equal(fake.in.journal.path, "/boot/kv-2");

	memset(path, 'p', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(effect_journal(4, 8, 9, path), OK);
	assert_int_equal(strnlen(fake.in.journal.path, sizeof fake.in.journal.path), 95);

	fake.call_error = ERR_INTERRUPTED;
	assert_int_equal(effect_piddb_swap(8, 9), ERR_INTERRUPTED);
	assert_int_equal(effect_journal(4, 8, 9, ""), ERR_INTERRUPTED);
}

/* --- memory */

static void
memory_gets_the_plan_and_the_strings_and_gives_handles(void **state)
{
	(void)state;
	static struct process_info info = { .pid = 30, .args_bytes = 6, .args = "hello" };
	const struct memory_plan plan = { .segments = 2, .stack_bytes = 65536 };
	const uint32_t bytes = offsetof(struct process_info, args) + 6;
	struct memory_handles handles;
	for (uint64_t i = 0; i < 5; i++)
		fake.out[i] = 100 + i;
	assert_int_equal(effect_memory_add(&p, &plan, &info, &handles), OK);
	assert_asked(ENTRY_MEMORY, 1);
	assert_int_equal(fake.in.memory_add.pid, 30);
	assert_int_equal(fake.in.memory_add.instance, 77);
	assert_int_equal(fake.in.memory_add.plan_length, sizeof plan);
	assert_memory_equal(fake.in.memory_add.plan, &plan, sizeof plan);
	assert_int_equal(fake.in.memory_add.args_length, bytes);
	assert_memory_equal(fake.in.memory_add.args, &info, bytes);
	assert_int_equal(handles.space, 100);
	assert_int_equal(handles.estate, 101);
	assert_int_equal(handles.state, 102);
	assert_int_equal(handles.quiesce, 103);
	assert_int_equal(handles.rpc_estate, 104);

	const struct memory_handles before = handles;
	fake.call_error = ERR_NO_MEMORY;
	assert_int_equal(effect_memory_add(&p, &plan, &info, &handles), ERR_NO_MEMORY);
	assert_memory_equal(&handles, &before, sizeof before);
}

static void
strings_that_do_not_fit_are_refused_before_memory_is_asked(void **state)
{
	(void)state;
	static struct process_info info;
	const struct memory_plan plan = { .segments = 1 };
	struct memory_handles handles;
	info.args_bytes = MEMORY_ARGS_BYTES - (uint32_t)offsetof(struct process_info, args) + 1;
	assert_int_equal(effect_memory_add(&p, &plan, &info, &handles), ERR_TOO_LONG);
	assert_order("");
	info.args_bytes--;
	assert_int_equal(effect_memory_add(&p, &plan, &info, &handles), OK);
	assert_int_equal(fake.in.memory_add.args_length, MEMORY_ARGS_BYTES);
}

static void
a_second_state_is_made_and_dropped_by_both_pids(void **state)
{
	(void)state;
	handle_t handle = 1;
	fake.out[0] = 200;
	assert_int_equal(effect_second_state(8, 9, 4096, &handle), OK);
	assert_asked(ENTRY_MEMORY, 6);
	assert_numbers(8, 9, 4096);
	assert_int_equal(handle, 200);
	effect_drop_state(8, 9, true);
	assert_asked(ENTRY_MEMORY, 7);
	assert_numbers(8, 9, 1);
	effect_drop_state(8, 9, false);
	assert_asked(ENTRY_MEMORY, 7);
	assert_numbers(8, 9, 0);

	fake.call_error = ERR_NO_MEMORY;
	assert_int_equal(effect_second_state(8, 9, 4096, &handle), ERR_NO_MEMORY);
	assert_int_equal(handle, 200);
	effect_drop_state(8, 9, false);
	assert_string_equal(fake.firmware, "process: the second state of pid 8 fails\n");
}

static void
pages_are_those_of_query_or_stay_as_they_are(void **state)
{
	(void)state;
	uint64_t user = 0, kernel = 0;
	for (uint64_t i = 0; i < 7; i++)
		fake.out[i] = 10 + i;
	effect_memory_pages(30, &user, &kernel);
	assert_asked(ENTRY_MEMORY, 10);
	assert_numbers(30, 0, 0);
	assert_int_equal(user, 12);
	assert_int_equal(kernel, 13);
	fake.call_error = ERR_NO_PROCESS;
	user = kernel = 1;
	effect_memory_pages(30, &user, &kernel);
	assert_int_equal(user, 1);
	assert_int_equal(kernel, 1);
}

/* --- insulators */

/* Where init wired the first three to. */
static const uint32_t entry_of[] = { ENTRY_MEMORY, ENTRY_RPC, ENTRY_PATH };

static struct insulator
insulator_of(enum insulator_kind kind)
{
	struct insulator i = { .id = 9, .pid = 50, .kind = kind, .name = "watch" };
	assert_int_equal(effect_insulator_open(&i), OK);
	memset(fake.order, 0, sizeof fake.order);
	return i;
}

static void
the_first_three_are_wired_and_others_are_opened_by_name_and_closed(void **state)
{
	(void)state;
	for (unsigned kind = INSULATOR_MEMORY; kind <= INSULATOR_PATH; kind++) {
		struct insulator i = { .kind = kind, .name = "first" };
		assert_int_equal(effect_insulator_open(&i), OK);
		assert_ptr_equal(i.connection, &wired[entry_of[kind]]);
		effect_insulator_close(&i);
		assert_order("");
	}
	struct insulator i = { .kind = INSULATOR_OTHER, .pid = 50, .name = "watch" };
	assert_int_equal(effect_insulator_open(&i), OK);
	assert_order("o");
	assert_int_equal(fake.opened_pid, 50);
	assert_string_equal(fake.opened_name, "watch");
	assert_ptr_equal(i.connection, &opened);
	effect_insulator_close(&i);
	assert_order("x");
	fake.open_error = ERR_MISMATCH;
	assert_int_equal(effect_insulator_open(&i), ERR_MISMATCH);
}

static err_t
tell(const struct insulator *i)
{
	return effect_tell_add(i, &p, 300, "the properties", sizeof "the properties");
}

static void
rpc_is_told_the_pid_and_its_estate(void **state)
{
	(void)state;
	const struct insulator i = insulator_of(INSULATOR_RPC);
	assert_int_equal(tell(&i), OK);
	assert_asked(ENTRY_RPC, 1);
	assert_numbers(30, 300, 0);
	fake.call_error = ERR_TOO_MANY;
	assert_int_equal(tell(&i), ERR_TOO_MANY);
}

static void
path_is_told_the_directory_and_the_service(void **state)
{
	(void)state;
	struct spawn_descriptor birth = { .service = "born" };
	const struct insulator i = insulator_of(INSULATOR_PATH);
	fake.section = "directory=/home";
	p.birth = &birth;
	assert_int_equal(tell(&i), OK);
	assert_asked(ENTRY_PATH, 1);
	assert_string_equal(fake.section_of, "watch");
	assert_int_equal(fake.in.path_add.pid, 30);
	assert_string_equal(fake.in.path_add.directory, "/home");
	assert_string_equal(fake.in.path_add.service, "born");
	fake.section = "";
	assert_int_equal(tell(&i), OK);
	assert_string_equal(fake.in.path_add.directory, "");
	strcpy(p.service, "own");
	fake.section = "something=/home";
	assert_int_equal(tell(&i), OK);
	assert_string_equal(fake.in.path_add.directory, "");
	assert_string_equal(fake.in.path_add.service, "own");
	p.flags = PROCESS_INVISIBLE; /* its names come with the switch */
	assert_int_equal(tell(&i), OK);
	assert_string_equal(fake.in.path_add.service, "");
	fake.call_error = ERR_NOT_FOUND;
	assert_int_equal(tell(&i), ERR_NOT_FOUND);
}

static void
m5_another_insulator_gets_its_section_and_200_ms(void **state)
{
	(void)state;
	const struct insulator i = insulator_of(INSULATOR_OTHER);
	fake.section = "what";
	assert_int_equal(tell(&i), OK);
	assert_order("c");
	assert_ptr_equal(fake.to, &opened);
	assert_int_equal(fake.operation, 1);
	assert_true(fake.deadline_ns == NOW_NS + OTHER_NS);
	assert_string_equal(fake.section_of, "watch");
	assert_int_equal(fake.in.insulator_add.pid, 30);
	assert_int_equal(fake.in.insulator_add.parent, 20);
	assert_int_equal(fake.in.insulator_add.properties_length, 5);
	assert_string_equal((const char *)fake.in.insulator_add.properties, "what");
	fake.call_error = ERR_TIMED_OUT;
	assert_int_equal(tell(&i), ERR_TIMED_OUT);
}

static void
a_removal_waits_for_the_first_three_and_for_no_other(void **state)
{
	(void)state;
	for (unsigned kind = INSULATOR_MEMORY; kind <= INSULATOR_PATH; kind++) {
		const struct insulator i = insulator_of(kind);
		effect_tell_remove(&i, 30);
		assert_asked(entry_of[kind], 2);
		assert_numbers(30, 0, 0);
	}
	const struct insulator other = insulator_of(INSULATOR_OTHER);
	effect_tell_remove(&other, 30);
	assert_order("s");
	assert_ptr_equal(fake.to, &opened);
	assert_int_equal(fake.operation, 2);
	assert_numbers(30, 0, 0);
	assert_string_equal(fake.firmware, "");
	fake.send_error = ERR_WOULD_BLOCK;
	effect_tell_remove(&other, 30);
	assert_string_equal(fake.firmware, "process: watch of pid 30 fails\n");
}

static void
an_update_has_a_deadline_at_others_only(void **state)
{
	(void)state;
	for (unsigned kind = INSULATOR_MEMORY; kind <= INSULATOR_PATH; kind++) {
		const struct insulator i = insulator_of(kind);
		assert_int_equal(effect_tell_update(&i, 8, 9), OK);
		assert_asked(entry_of[kind], 3);
		assert_numbers(8, 9, 0);
	}
	const struct insulator other = insulator_of(INSULATOR_OTHER);
	fake.call_error = ERR_TIMED_OUT;
	assert_int_equal(effect_tell_update(&other, 8, 9), ERR_TIMED_OUT);
	assert_order("c");
	assert_int_equal(fake.operation, 3);
	assert_numbers(8, 9, 0);
	assert_true(fake.deadline_ns == NOW_NS + OTHER_NS);
}

/* --- answers, and the end */

static void
an_answer_goes_to_its_call_and_one_that_is_gone_is_no_matter(void **state)
{
	(void)state;
	const struct rpc_reference call = { 4, 5, 6 };
	const uint64_t out = 1;
	fake.complete_error = ERR_NOT_FOUND;
	effect_answer(call, ERR_STATE, &out, sizeof out);
	assert_order("a");
	assert_memory_equal(&fake.completed, &call, sizeof call);
	assert_int_equal(fake.completed_error, ERR_STATE);
	assert_ptr_equal(fake.completed_out, &out);
	assert_int_equal(fake.completed_bytes, sizeof out);
	assert_string_equal(fake.firmware, "");
}

static void
power_off_lets_the_console_drain_and_then_tells_firmware(void **state)
{
	(void)state;
	static const uint64_t label[] = { FIRMWARE_POWER_OFF, FIRMWARE_RESET };
	for (uint64_t reset = 0; reset < 2; reset++) {
		(void)set_up(state);
		fake.firmware_error = ERR_REFUSED;
		effect_print("kept");
		fake.console = &console_process;
		memset(fake.order, 0, sizeof fake.order);
		effect_power_off(3, reset);
		/* The kept line, 20 ms, firmware; and that it did nothing is said. */
		assert_order("osrfs");
		assert_true(fake.received_ns == NOW_NS + DRAIN_NS);
		assert_int_equal(fake.message.label, label[reset]);
		assert_int_equal(fake.message.word[0], 3);
		assert_string_equal(
		    fake.shown, "kept\nprocess: firmware does not turn the machine off\n");
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_goes_to_the_console_that_is_opened_once),
		TEST(a_line_without_a_console_goes_to_firmware_in_messages),
		TEST(a_line_that_is_too_long_is_cut_and_still_ends),
		TEST(a_console_that_cannot_answer_is_not_opened),
		TEST(a_console_that_is_lost_is_closed_and_opened_again),
		TEST(a_full_ring_is_no_reason_to_close_the_console),
		TEST(lines_that_nobody_takes_are_kept_and_shown_once_in_their_order),
		TEST(a_line_does_not_overtake_those_that_are_kept),
		TEST(kept_lines_that_were_shown_before_the_ring_was_full_are_not_shown_again),
		TEST(of_too_many_kept_lines_the_newest_are_lost),
		TEST(a_record_has_the_path_of_the_image_or_the_name),
		TEST(a_removal_that_fails_is_one_line_for_people),
		TEST(swap_and_journal_say_which_pids),
		TEST(memory_gets_the_plan_and_the_strings_and_gives_handles),
		TEST(strings_that_do_not_fit_are_refused_before_memory_is_asked),
		TEST(a_second_state_is_made_and_dropped_by_both_pids),
		TEST(pages_are_those_of_query_or_stay_as_they_are),
		TEST(the_first_three_are_wired_and_others_are_opened_by_name_and_closed),
		TEST(rpc_is_told_the_pid_and_its_estate),
		TEST(path_is_told_the_directory_and_the_service),
		TEST(m5_another_insulator_gets_its_section_and_200_ms),
		TEST(a_removal_waits_for_the_first_three_and_for_no_other),
		TEST(an_update_has_a_deadline_at_others_only),
		TEST(an_answer_goes_to_its_call_and_one_that_is_gone_is_no_matter),
		TEST(power_off_lets_the_console_drain_and_then_tells_firmware),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
