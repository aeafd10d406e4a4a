/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the process manager's logic does to the world: calls to the other
 * servers, lines on the console, firmware.
 *
 * Calls to the four servers wait for their answer: they never call back. A call
 * to an insulator that came at run time has a deadline, because nothing is
 * known about it.
 */
#include "effects.h"
#include "image.h"

#include <insula/clock.h>
#include <insula/handover.h>
#include <insula/rpc/client.h>
#include <insula/services/console.h>
#include <insula/services/insulator.h>
#include <insula/services/path.h>
#include <insula/services/piddb.h>
#include <insula/services/process.h>
#include <insula/services/rpc.h>
#include <assert.h>
#include <stddef.h>
#include <string.h>

RPC_DEFINE_SERVICE(CONSOLE, console)
RPC_DEFINE_SERVICE(INSULATOR, insulator)
RPC_DEFINE_SERVICE(MEMORY, memory)
RPC_DEFINE_SERVICE(PATH, path)
RPC_DEFINE_SERVICE(PIDDB, piddb)

/* Numbers of the operations, from the services' own lists: NAME_OP_operation. */
#define OP_NUMBER(S, s, number, op, flags) S##_OP_##op = (number),
enum {
	RPC_SCAN(INSULATOR_OPS(RPC_WITH(OP_NUMBER, INSULATOR, insulator)))
	    RPC_SCAN(MEMORY_OPS(RPC_WITH(OP_NUMBER, MEMORY, memory)))
		RPC_SCAN(PATH_OPS(RPC_WITH(OP_NUMBER, PATH, path)))
		    RPC_SCAN(PIDDB_OPS(RPC_WITH(OP_NUMBER, PIDDB, piddb)))
			RPC_SCAN(RPC_OPS(RPC_WITH(OP_NUMBER, RPC, rpc)))
};

#define OTHER_NS (200 * 1000000ull) /* for an insulator nobody knows to answer */
#define DRAIN_NS (20 * 1000000ull)  /* for the console to write what it has */

struct authority authority;

uint64_t
effect_now_ns(void)
{
	return clock_now_ns();
}

/* --- lines on the console, without ever waiting for it */

static struct rpc_connection *console;
static char early[512]; /* lines from before there was a console */
static uint32_t early_bytes, early_shown;

static bool
console_send(const char *text, uint32_t bytes)
{
	static struct console_write_in in;
	if (console == NULL) {
		const struct process *p = process_find(CONSOLE_NAME, 0);
		if (p == NULL || p->has_ready_call || p->update != NULL ||
		    rpc_open(p->pid, &console_interface, 0, &console, NULL) != OK)
			return false;
	}
	in.text_length = bytes < sizeof in.text ? bytes : (uint32_t)sizeof in.text;
	memcpy(in.text, text, in.text_length);
	err_t err = console_write_send(console, &in, NULL);
	if (err == ERR_CLOSED || err == ERR_PROTOCOL) {
		(void)rpc_close(console);
		console = NULL;
	}
	return err == OK;
}

static bool
firmware_write(const char *text, size_t bytes)
{
	while (bytes > 0) {
		struct message m = { .label = FIRMWARE_DEBUG_WRITE };
		size_t some = bytes < sizeof m.word ? bytes : sizeof m.word;
		memcpy(m.word, text, some);
		if (insula_call(authority.firmware, TIME_NEVER, &m) != OK)
			return false;
		text += some;
		bytes -= some;
	}
	return true;
}

void
effect_flush(void)
{
	while (early_shown < early_bytes) {
		const char *line = early + early_shown;
		const uint32_t bytes = (uint32_t)strlen(line);
		if (!console_send(line, bytes))
			return; /* the next flush goes on here */
		early_shown += bytes + 1;
	}
	early_bytes = early_shown = 0;
}

void
effect_print(const char *text)
{
	char line[LINE_BYTES + 2];
	size_t bytes = strnlen(text, LINE_BYTES);
	memcpy(line, text, bytes);
	line[bytes++] = '\n';
	line[bytes] = '\0';
	effect_flush();
	/* A line does not overtake those that are still kept. */
	if (early_bytes == 0 &&
	    (console_send(line, (uint32_t)bytes) || firmware_write(line, bytes)))
		return;
	if (early_bytes + bytes + 1 > sizeof early)
		return; /* what is lost is the newest: the first line tells most */
	memcpy(early + early_bytes, line, bytes + 1);
	early_bytes += (uint32_t)bytes + 1;
}

/* What an undoing or a removal is answered with is for people. */
static void
must(err_t err, const char *what, pid_number_t pid)
{
	if (err == OK || err == ERR_NO_PROCESS) /* it never knew init, or was told before */
		return;
	struct line l;
	line_start(&l, "process: ");
	line_text(&l, what);
	line_text(&l, " of pid ");
	line_number(&l, pid);
	line_text(&l, " fails");
	effect_print(l.text);
}

/*
 * Most operations of the servers take a few numbers and give a few: one
 * function makes such a call. A wire struct of numbers alone is an array.
 */
#define NUMBERS 7
struct numbers {
	uint64_t word[NUMBERS];
};

static err_t
ask_until(uint64_t deadline_ns, struct rpc_connection *to, uint32_t operation, uint64_t first,
    uint64_t second, uint64_t third, struct numbers *out)
{
	const uint64_t in[3] = { first, second, third };
	struct numbers unused;
	return rpc_call(
	    to, operation, in, sizeof in, out != NULL ? out : &unused, sizeof unused, deadline_ns);
}

static err_t
ask(struct rpc_connection *to, uint32_t operation, uint64_t first, uint64_t second, uint64_t third,
    struct numbers *out)
{
	return ask_until(TIME_NEVER, to, operation, first, second, third, out);
}

/* --- the PID database */

static struct rpc_connection *
piddb(void)
{
	return rpc_connection_at(ENTRY_PIDDB);
}

err_t
effect_piddb_add(const struct process *p, pid_number_t *pid)
{
	struct piddb_add_in in;
	struct piddb_add_out out;
	memset(&in, 0, sizeof in);
	const char *name = image_path(p->instance.file);
	/* What init built has its number, and a name only. */
	strncpy(in.name, name[0] != '\0' ? name : p->name, sizeof in.name - 1);
	in.pid = p->pid;
	in.parent = p->parent;
	in.instance = p->instance.number;
	in.flags = ((p->flags & PROCESS_INVISIBLE) != 0 ? PIDDB_INVISIBLE : 0) |
	    (p->service[0] != '\0' ? PIDDB_SERVER : 0);
	err_t err = piddb_add(piddb(), &in, &out, TIME_NEVER);
	if (err == OK)
		*pid = (pid_number_t)out.pid;
	return err;
}

void
effect_piddb_remove(pid_number_t pid)
{
	must(ask(piddb(), PIDDB_OP_remove, pid, 0, 0, NULL), "the record", pid);
}

err_t
effect_piddb_swap(pid_number_t old_pid, pid_number_t new_pid)
{
	return ask(piddb(), PIDDB_OP_swap, old_pid, new_pid, 0, NULL);
}

err_t
effect_journal(uint64_t step, pid_number_t old_pid, pid_number_t new_pid, const char *path)
{
	struct piddb_journal_in in = { .step = step, .old_pid = old_pid, .new_pid = new_pid };
	struct piddb_journal_out out;
	strncpy(in.path, path, sizeof in.path - 1);
	return piddb_journal(piddb(), &in, &out, TIME_NEVER);
}

/* --- memory */

err_t
effect_memory_add(const struct process *p, const struct memory_plan *plan,
    const struct process_info *info, struct memory_handles *handles)
{
	static struct memory_add_process_in in;
	struct memory_add_process_out out;
	size_t bytes = offsetof(struct process_info, args) + info->args_bytes;
	if (bytes > sizeof in.args)
		return ERR_TOO_LONG;
	in.pid = p->pid;
	in.instance = p->instance.number;
	in.plan_length = sizeof *plan;
	memcpy(in.plan, plan, sizeof *plan);
	in.args_length = (uint32_t)bytes;
	memcpy(in.args, info, bytes);
	err_t err = memory_add_process(rpc_to_memory(), &in, &out, TIME_NEVER);
	if (err != OK)
		return err;
	handles->space = (handle_t)out.space;
	handles->estate = (handle_t)out.estate;
	handles->state = (handle_t)out.state;
	handles->quiesce = (handle_t)out.main_endpoint;
	handles->rpc_estate = (handle_t)out.rpc_estate;
	return OK;
}

err_t
effect_second_state(pid_number_t old_pid, pid_number_t new_pid, uint64_t bytes, handle_t *state)
{
	struct numbers out;
	err_t err = ask(rpc_to_memory(), MEMORY_OP_second_state, old_pid, new_pid, bytes, &out);
	if (err == OK)
		*state = (handle_t)out.word[0];
	return err;
}

void
effect_drop_state(pid_number_t old_pid, pid_number_t new_pid, bool keep_new)
{
	must(ask(rpc_to_memory(), MEMORY_OP_drop_state, old_pid, new_pid, keep_new, NULL),
	    "the second state", old_pid);
}

void
effect_memory_pages(pid_number_t pid, uint64_t *user_pages, uint64_t *kernel_pages)
{
	struct numbers out;
	if (ask(rpc_to_memory(), MEMORY_OP_query, pid, 0, 0, &out) != OK)
		return;
	*user_pages = out.word[2];
	*kernel_pages = out.word[3];
}

/* --- insulators */

err_t
effect_insulator_open(struct insulator *i)
{
	struct rpc_interface interface = insulator_interface;
	switch (i->kind) {
	case INSULATOR_MEMORY:
		i->connection = rpc_to_memory();
		return OK;
	case INSULATOR_RPC:
		i->connection = rpc_to_rpc();
		return OK;
	case INSULATOR_PATH:
		i->connection = rpc_connection_at(ENTRY_PATH);
		return OK;
	default:
		interface.name = i->name;
		return rpc_open(i->pid, &interface, 0, &i->connection, NULL);
	}
}

void
effect_insulator_close(struct insulator *i)
{
	if (i->kind == INSULATOR_OTHER)
		(void)rpc_close(i->connection);
}

static err_t
add_to_path(
    const struct insulator *i, const struct process *p, const char *properties, uint32_t bytes)
{
	static const char key[] = "directory=";
	struct path_add_process_in in = { .pid = p->pid };
	struct path_add_process_out out;
	char mine[sizeof in.directory + sizeof key];
	uint32_t n = insulator_section(i->name, properties, bytes, mine, sizeof mine);
	if (n > sizeof key && memcmp(mine, key, sizeof key - 1) == 0)
		strncpy(in.directory, mine + sizeof key - 1, sizeof in.directory - 1);
	/* A new version gets its PID's names at the switch. */
	if ((p->flags & PROCESS_INVISIBLE) == 0)
		strncpy(in.service,
		    p->service[0] == '\0' && p->birth != NULL ? p->birth->service : p->service,
		    sizeof in.service - 1);
	return path_add_process(i->connection, &in, &out, TIME_NEVER);
}

static err_t
add_to_other(
    const struct insulator *i, const struct process *p, const char *properties, uint32_t bytes)
{
	struct insulator_add_process_in in = { .pid = p->pid, .parent = p->parent };
	struct insulator_add_process_out out;
	in.properties_length = insulator_section(
	    i->name, properties, bytes, (char *)in.properties, sizeof in.properties);
	return insulator_add_process(i->connection, &in, &out, clock_now_ns() + OTHER_NS);
}

err_t
effect_tell_add(const struct insulator *i, const struct process *p, handle_t rpc_estate,
    const char *properties, uint32_t bytes)
{
	switch (i->kind) {
	case INSULATOR_RPC:
		return ask(i->connection, RPC_OP_add_process, p->pid, rpc_estate, 0, NULL);
	case INSULATOR_PATH:
		return add_to_path(i, p, properties, bytes);
	default:
		return add_to_other(i, p, properties, bytes);
	}
}

/* remove_process and update_process have one number and one shape with all of them. */
#define SAME_EVERYWHERE(op)                                            \
	static_assert((int)MEMORY_OP_##op == (int)INSULATOR_OP_##op && \
		(int)RPC_OP_##op == (int)INSULATOR_OP_##op &&          \
		(int)PATH_OP_##op == (int)INSULATOR_OP_##op,           \
	    "one number")
SAME_EVERYWHERE(add_process);
SAME_EVERYWHERE(remove_process);
SAME_EVERYWHERE(update_process);

/* The three that are always there are waited for; another is only told. */
void
effect_tell_remove(const struct insulator *i, pid_number_t pid)
{
	const uint64_t in = pid;
	err_t err = i->kind == INSULATOR_OTHER
	    ? rpc_send(i->connection, INSULATOR_OP_remove_process, &in, sizeof in, NULL)
	    : ask(i->connection, INSULATOR_OP_remove_process, pid, 0, 0, NULL);
	must(err, i->name, pid);
}

err_t
effect_tell_update(const struct insulator *i, pid_number_t old_pid, pid_number_t new_pid)
{
	uint64_t deadline = i->kind == INSULATOR_OTHER ? clock_now_ns() + OTHER_NS : TIME_NEVER;
	return ask_until(
	    deadline, i->connection, INSULATOR_OP_update_process, old_pid, new_pid, 0, NULL);
}

/* --- answers, and the end */

void
effect_answer(struct rpc_reference call, err_t error, const void *out, uint32_t bytes)
{
	if (rpc_complete(call, error, out, bytes) != OK)
		return; /* who asked is gone */
}

void
effect_power_off(uint64_t status, uint64_t reset)
{
	struct message nothing = { 0 };
	struct message m = { .label = reset != 0 ? FIRMWARE_RESET : FIRMWARE_POWER_OFF };
	m.word[0] = status;
	effect_flush();
	(void)insula_recv(HANDLE_MAIN_ENDPOINT, clock_now_ns() + DRAIN_NS, &nothing);
	(void)insula_call(authority.firmware, TIME_NEVER, &m);
	effect_print("process: firmware does not turn the machine off");
}
