/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An insulator: it is told of every process, writes down what it is told, and refuses
 * what it was asked to refuse.
 *
 * guard-N: serves, and registers. guard-N refuse add|update: the next one. guard-N log: what
 * it was told since the last log. guard-N leave: it is told no more from now on. guard-N
 * spawn FILE PROPERTY...: starts a program with properties, and prints its PID.
 */
#include <insula/cli.h>
#include <insula/rpc/server.h>
#include <insula/services/insulator.h>
#include <insula/services/process.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#if VERSION == 1
#define GUARD_NAME "guard"
#else
#define GUARD_NAME "other"
#endif
#define GUARD_VERSION 1
#define GUARD_DEPTH 4
#define GUARD_OPS(OP)            \
	OP(1, add_process, 0)    \
	OP(2, remove_process, 0) \
	OP(3, update_process, 0) \
	OP(4, refuse, 0)         \
	OP(5, log, 0)            \
	OP(6, leave, 0)
#define GUARD_add_process_IN(P) INSULATOR_add_process_IN(P)
#define GUARD_add_process_OUT(P)
#define GUARD_remove_process_IN(P) INSULATOR_remove_process_IN(P)
#define GUARD_remove_process_OUT(P)
#define GUARD_update_process_IN(P) INSULATOR_update_process_IN(P)
#define GUARD_update_process_OUT(P) INSULATOR_update_process_OUT(P)
/* what: the operation of which the next is refused. */
#define GUARD_refuse_IN(P) P(U64, what, 0)
#define GUARD_refuse_OUT(P)
/* The oldest line, which is forgotten with that; empty: there is none. */
#define GUARD_log_IN(P)
#define GUARD_log_OUT(P) P(TEXT, line, 160)
#define GUARD_leave_IN(P)
#define GUARD_leave_OUT(P)

RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(GUARD, guard)
RPC_DEFINE_SERVER(GUARD, guard)
SERVER_PROGRAM(GUARD_NAME, 1, 0)

#define LINES 64u
static char lines[LINES][160];
static unsigned first_line, line_count;
static uint64_t refused; /* the operation of which the next is */
static uint64_t insulator, leaving;

/* Where the next line goes; the last one, if there are too many. */
static char *
next_line(void)
{
	if (line_count < LINES)
		line_count++;
	return lines[(first_line + line_count - 1) % LINES];
}

static err_t
answer_to(uint64_t what)
{
	if (refused != what)
		return OK;
	refused = 0;
	return ERR_REFUSED;
}

static err_t
on_add_process(
    struct rpc_call *call, const struct guard_add_process_in *in, struct guard_add_process_out *out)
{
	char *line = next_line();
	(void)call, (void)out;
	int at = snprintf(line, sizeof lines[0], "add %" PRIu64, in->pid);
	for (uint32_t n = 0; n < in->properties_length && at < (int)sizeof lines[0] - 32;
	     n += (uint32_t)strlen((const char *)in->properties + n) + 1)
		at += snprintf(line + at, sizeof lines[0] - (size_t)at, " %.30s",
		    (const char *)in->properties + n);
	return answer_to(1);
}

static err_t
on_remove_process(struct rpc_call *call, const struct guard_remove_process_in *in,
    struct guard_remove_process_out *out)
{
	(void)call, (void)out;
	snprintf(next_line(), sizeof lines[0], "remove %" PRIu64, in->pid);
	return OK;
}

static err_t
on_update_process(struct rpc_call *call, const struct guard_update_process_in *in,
    struct guard_update_process_out *out)
{
	(void)call;
	snprintf(
	    next_line(), sizeof lines[0], "update %" PRIu64 " %" PRIu64, in->old_pid, in->new_pid);
	out->pid = in->new_pid;
	return answer_to(3);
}

static err_t
on_refuse(struct rpc_call *call, const struct guard_refuse_in *in, struct guard_refuse_out *out)
{
	(void)call, (void)out;
	refused = in->what;
	return OK;
}

static err_t
on_log(struct rpc_call *call, const struct guard_log_in *in, struct guard_log_out *out)
{
	(void)call, (void)in;
	if (line_count == 0)
		return OK;
	strncpy(out->line, lines[first_line], sizeof out->line - 1);
	first_line = (first_line + 1) % LINES;
	line_count--;
	return OK;
}

/* The manager may be calling this one: its answer is not waited for. */
static err_t
on_leave(struct rpc_call *call, const struct guard_leave_in *in, struct guard_leave_out *out)
{
	const struct process_remove_insulator_in remove = { .insulator = insulator };
	(void)call, (void)in, (void)out;
	return process_remove_insulator_send(rpc_to_process(), &remove, &leaving);
}

/* Registers once, when it can be called. */
static uint64_t
idle(void)
{
	static bool asked;
	struct process_add_insulator_in in = { .pid = 0 };
	struct process_add_insulator_out out;
	struct rpc_answer answer;
	if (leaving != 0 && rpc_poll(rpc_to_process(), &answer, &out, 0) == OK)
		leaving = 0;
	if (asked)
		return TIME_NEVER;
	asked = true;
	strcpy(in.name, GUARD_NAME);
	err_t err = process_add_insulator(rpc_to_process(), &in, &out, TIME_NEVER);
	insulator = out.insulator;
	if (err != OK)
		rpc_serve_end(cli_failed(GUARD_NAME, err));
	return TIME_NEVER;
}

/* --- the client */

static err_t
print_log(struct rpc_connection *c)
{
	struct guard_log_out out;
	err_t err;
	while ((err = guard_log(c, NULL, &out, TIME_NEVER)) == OK && out.line[0] != '\0')
		printf("%s: %s\n", GUARD_NAME, out.line);
	return err;
}

static int
spawn(int argc, char **argv)
{
	static struct process_spawn_in in;
	struct process_spawn_out out = { 0 };
	in.args_length = (uint32_t)strlen(argv[2]) + 1;
	memcpy(in.args, argv[2], in.args_length);
	snprintf(in.path, sizeof in.path, "/boot/%s", argv[2]);
	for (int n = 3; n < argc; n++) {
		const uint32_t bytes = (uint32_t)strlen(argv[n]) + 1;
		if (bytes > sizeof in.properties - in.properties_length)
			return cli_failed(argv[n], ERR_TOO_LONG);
		memcpy(in.properties + in.properties_length, argv[n], bytes);
		in.properties_length += bytes;
	}
	err_t err = process_spawn(rpc_to_process(), &in, &out, TIME_NEVER);
	if (err != OK)
		return cli_failed_because(argv[2], out.reason);
	printf("spawned %" PRIu64 "\n", out.pid);
	return 0;
}

static err_t
ask(struct rpc_connection *c, char **argv)
{
	const bool add = argv[2] != NULL && strcmp(argv[2], "add") == 0;
	const struct guard_refuse_in in = { .what = add ? 1 : 3 };
	struct guard_refuse_out out;
	struct guard_leave_out left;
	if (strcmp(argv[1], "refuse") == 0)
		return guard_refuse(c, &in, &out, TIME_NEVER);
	if (strcmp(argv[1], "leave") == 0)
		return guard_leave(c, NULL, &left, TIME_NEVER);
	return print_log(c);
}

int
main(int argc, char **argv)
{
	static const struct rpc_service services[] = { RPC_SERVICE(guard) };
	const struct rpc_hooks hooks = { .idle = idle };
	struct rpc_connection *c;
	if (argc < 2)
		return rpc_serve(services, 1, &hooks);
	if (strcmp(argv[1], "spawn") == 0 && argc > 2)
		return spawn(argc, argv);
	err_t err = rpc_open(PID_INVALID, &guard_interface, 0, &c, NULL);
	if (err == OK)
		err = ask(c, argv);
	return err == OK ? 0 : cli_failed(GUARD_NAME, err);
}
