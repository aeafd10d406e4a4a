/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists processes, or the threads of one. A state says which kind of blocked, and on
 * whom where that is known: on a process, by its PID, or on a thread, by its number.
 * The POLICY of a 32-bit program ends in "/32".
 */
#include <insula/abi/call.h>
#include <insula/cli.h>
#include <insula/services/process.h>

#include <inttypes.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(PROCESS, process)

#define STATE_BYTES 48

static int
failed(const char *object, err_t err)
{
	fflush(stdout);
	fprintf(stderr, "ps: %s: %s\n", object, err_text(err));
	return CLI_FAILED;
}

static const char *
state_text(uint64_t state)
{
	static const char *const texts[] = {
#define S(number, name, text) [number] = text,
		THREAD_STATE_LIST(S)
#undef S
	};
	return state < sizeof texts / sizeof texts[0] ? texts[state] : "?";
}

static const char *
policy_text(uint64_t policy)
{
	static const char *const texts[][2] = { { "fifo", "fifo/32" }, { "rr", "rr/32" },
		{ "other", "other/32" }, { "sporadic", "?" } };
	const uint64_t plain = policy & ~(uint64_t)THREAD_NARROW;
	return plain < sizeof texts / sizeof texts[0] ? texts[plain][plain != policy] : "?";
}

static void
say_state(char *to, uint64_t state, const char *whom, uint64_t number)
{
	if (number != 0)
		snprintf(to, STATE_BYTES, "%s on %s%" PRIu64, state_text(state), whom, number);
	else
		snprintf(to, STATE_BYTES, "%s", state_text(state));
}

static int
list_processes(void)
{
	struct process_list_in in = { .after = 0 };
	struct process_list_out p;
	char state[STATE_BYTES];
	printf("%5s %-14s %6s %7s %-24s %4s %-8s %10s %6s %6s\n", "PID", "NAME", "PARENT",
	    "THREADS", "MAIN THREAD'S STATE", "PRIO", "POLICY", "CPU-US", "PAGES", "KPAGES");
	for (;; in.after = p.pid) {
		err_t err = process_list(rpc_to_process(), &in, &p, TIME_NEVER);
		if (err != OK)
			return failed("the list of processes", err);
		if (p.pid == PID_INVALID)
			return 0;
		say_state(state, p.state, "", p.blocked_on_pid);
		printf("%5" PRIu64 " %-14.14s %6" PRIu64 " %7" PRIu64 " %-24s %4" PRIu64
		       " %-8s %10" PRIu64 " %6" PRIu64 " %6" PRIu64 "\n",
		    p.pid, p.name, p.parent, p.threads, state, p.priority, policy_text(p.policy),
		    p.cpu_ns / 1000, p.user_pages, p.kernel_pages);
	}
}

/* A thread that waits at an endpoint of its own process waits for nobody in particular. */
static int
list_threads(const char *object)
{
	struct process_thread_info_in in = { .index = 0 };
	struct process_thread_info_out t;
	char state[STATE_BYTES];
	pid_number_t pid;
	err_t err = cli_process(object, &pid);
	if (err != OK)
		return failed(object, err);
	in.pid = pid;
	for (;; in.index++) {
		err = process_thread_info(rpc_to_process(), &in, &t, TIME_NEVER);
		if (err == ERR_NOT_FOUND && in.index > 0)
			return 0;
		if (err != OK)
			return failed(object, err);
		if (in.index == 0)
			printf("%8s %-32s %4s %5s %-8s %10s %s\n", "THREAD", "STATE", "PRIO",
			    "RUNS", "POLICY", "CPU-US", "PC");
		const uint64_t kind = t.state & 0xff;
		if (t.waits_for != 0 && kind == THREAD_MUTEX)
			say_state(state, kind, "thread ", t.waits_for);
		else
			say_state(state, kind, "", t.blocked_on != pid ? t.blocked_on : 0);
		printf("%8" PRIu64 " %-32s %4" PRIu64 " %5" PRIu64 " %-8s %10" PRIu64 " 0x%" PRIx64
		       "\n",
		    t.identity, state, t.state >> 16 & 0xff, t.state >> 8 & 0xff,
		    policy_text(t.state >> 24 & (0xff | THREAD_NARROW)), t.cpu_ns / 1000, t.pc);
	}
}

int
command_ps(int argc, char **argv)
{
	int status;
	if (!cli_arguments_fit(argc, argv, 0, 1, "ps [PID|NAME], a process's threads", &status))
		return status;
	return argc > 1 ? list_threads(argv[1]) : list_processes();
}
