/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records what the kernel's scheduler does, and writes it out. The names of
 * processes are those that were there at the beginning or are at the end.
 */
#include "trace.h"

#include <insula/cli.h>
#include <insula/path.h>
#include <insula/services/process.h>
#include <insula/services/trace.h>
#include <insula/syscall.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(TRACE, trace)

#define CANNOT_RUN 126 /* as the shell has it */
#define OWN_PRIORITY 49

static const char usage[] =
    "trace start           begin a recording\n"
    "       trace stop            end it\n"
    "       trace show            what was recorded, as text\n"
    "       trace dump            the same for scripts/trace-plot and scripts/trace-json\n"
    "       trace COMMAND...      record while a program runs";

static struct rpc_connection *server;
static struct names names;

static int
turn(bool on)
{
	struct trace_start_out started;
	struct trace_stop_out stopped;
	err_t err = on ? trace_start(server, NULL, &started, TIME_NEVER)
		       : trace_stop(server, NULL, &stopped, TIME_NEVER);
	if (err == ERR_STATE)
		return cli_failed_because(on ? "start" : "stop",
		    on ? "a recording is being made: trace stop"
		       : "no recording is being made: trace start");
	return err != OK ? cli_failed("the trace", err) : 0;
}

/* All that the ring has of the recording. */
static err_t
fetch(struct recording *r)
{
	struct trace_state_out state;
	err_t err = trace_state(server, NULL, &state, TIME_NEVER);
	if (err != OK)
		return err;
	*r = (struct recording){
		.first = state.first + state.lost, .lost = state.lost, .clock_hz = state.clock_hz
	};
	const uint64_t most = state.end - r->first;
	r->record = malloc((size_t)(most + 1) * sizeof *r->record);
	if (r->record == NULL)
		return ERR_NO_MEMORY;
	struct trace_read_in in = { .number = r->first };
	while (in.number < state.end && r->count < most) {
		static struct trace_read_out out;
		err = trace_read(server, &in, &out, TIME_NEVER);
		if (err != OK)
			return err;
		if (r->count == 0 || out.number != in.number) {
			/* It goes on meanwhile, and has overtaken us. */
			r->lost += out.number - r->first - r->count;
			r->first = out.number;
			r->count = 0;
		}
		size_t got = out.records_length / sizeof *r->record;
		if (got > most - r->count)
			got = most - r->count;
		if (got == 0 && out.number == in.number)
			break;
		memcpy(&r->record[r->count], out.records, got * sizeof *r->record);
		r->count += got;
		in.number = out.number + got;
	}
	return OK;
}

static int
write_out(void (*write)(const struct recording *, const struct names *))
{
	struct recording r = { 0 };
	int failed = 0;
	err_t err = fetch(&r);
	if (err == OK)
		err = names_learn(&names);
	if (err != OK) {
		failed = cli_failed("the trace", err);
	} else if (r.count == 0) {
		failed = cli_failed_because("the trace", "nothing is recorded: trace start");
	} else {
		names_from_starts(&names, &r);
		write(&r, &names);
	}
	free(r.record);
	return failed;
}

static err_t
pack(char **word, int words, struct process_spawn_in *in)
{
	err_t err = path_of_program(word[0], in->path);
	if (err != OK)
		return err;
	for (int i = 0; i < words; i++) {
		const size_t length = strlen(word[i]) + 1;
		if (in->args_length + length > sizeof in->args)
			return ERR_TOO_LONG;
		memcpy(in->args + in->args_length, word[i], length);
		in->args_length += (uint32_t)length;
	}
	return OK;
}

static err_t
run(const struct process_spawn_in *in, struct process_spawn_out *child,
    struct process_wait_out *end)
{
	err_t err = process_spawn(rpc_to_process(), in, child, TIME_NEVER);
	if (err != OK)
		return err;
	/* While it is there, or waits for us: afterwards nobody knows its name. */
	err = names_learn(&names);
	const struct process_wait_in wait = { .pid = child->pid };
	return err != OK ? err : process_wait(rpc_to_process(), &wait, end, TIME_NEVER);
}

/* Its status is the program's. */
static int
record(char **word, int words)
{
	static struct process_spawn_in in;
	in.flags = process_info()->flags & INFO_NO_INPUT;
	struct process_spawn_out child = { .pid = 0 };
	struct process_wait_out end = { .pid = 0 };
	err_t err = pack(word, words, &in);
	if (err != OK)
		return cli_failed(word[0], err);
	/* Above the program, so as to see it before it ends; it inherits the process's priority. */
	(void)insula_thread_configure(HANDLE_MAIN_THREAD, THREAD_PRIORITY, OWN_PRIORITY, 0);
	if (turn(true) != 0)
		return CLI_FAILED;
	err = run(&in, &child, &end);
	if (turn(false) != 0)
		return CLI_FAILED;
	if (err != OK) {
		fprintf(stderr, "trace: %s: %s\n", word[0],
		    child.reason[0] != '\0' ? child.reason : err_text(err));
		return CANNOT_RUN;
	}
	const int failed = write_out(dump_recording);
	if (failed != 0)
		return failed;
	return end.reason == END_EXIT ? (int)(end.status & 0xff) : 128 + 9;
}

static bool
is_own_word(const char *word)
{
	static const char *const words[] = { "start", "stop", "show", "dump" };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	cli_arguments(argc, argv, 1, 1000, usage);
	if (argc > 2 && is_own_word(argv[1])) {
		fprintf(stderr, "trace: %s: takes no further word, not '%s'\nusage: %s\n", argv[1],
		    argv[2], usage);
		return CLI_USAGE;
	}
	if (cli_open(&trace_interface, &server) != 0)
		return CLI_FAILED;
	const bool one = argc == 2;
	if (one && strcmp(argv[1], "start") == 0)
		return turn(true);
	if (one && strcmp(argv[1], "stop") == 0)
		return turn(false);
	if (one && strcmp(argv[1], "show") == 0)
		return write_out(show_recording);
	if (one && strcmp(argv[1], "dump") == 0)
		return write_out(dump_recording);
	return record(&argv[1], argc - 1);
}
