/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists processes. STATE is the main thread's: which kind of blocked, and on
 * whom where that is known. The POLICY of a 32-bit one ends in "/32".
 */
#include <insula/cli.h>
#include <insula/abi/call.h>
#include <insula/services/process.h>
#include <inttypes.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(PROCESS, process)

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

int
main(int argc, char **argv)
{
	struct process_list_in in = { .after = 0 };
	struct process_list_out p;
	cli_arguments(argc, argv, 0, 0, "ps");
	printf("%5s %-14s %6s %7s %-24s %4s %-8s %10s %6s %6s\n", "PID", "NAME", "PARENT",
	    "THREADS", "STATE", "PRIO", "POLICY", "CPU-US", "PAGES", "KPAGES");
	for (;; in.after = p.pid) {
		char state[48];
		err_t err = process_list(rpc_to_process(), &in, &p, TIME_NEVER);
		if (err != OK)
			return cli_failed("the list of processes", err);
		if (p.pid == PID_INVALID)
			return 0;
		if (p.blocked_on_pid != 0)
			snprintf(state, sizeof state, "%s on %" PRIu64, state_text(p.state),
			    p.blocked_on_pid);
		else
			snprintf(state, sizeof state, "%s", state_text(p.state));
		printf("%5" PRIu64 " %-14.14s %6" PRIu64 " %7" PRIu64 " %-24s %4" PRIu64
		       " %-8s %10" PRIu64 " %6" PRIu64 " %6" PRIu64 "\n",
		    p.pid, p.name, p.parent, p.threads, state, p.priority, policy_text(p.policy),
		    p.cpu_ns / 1000, p.user_pages, p.kernel_pages);
	}
}
