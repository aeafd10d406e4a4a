/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Swaps a server for another binary while it serves, and tells each step with
 * its cost in nanoseconds.
 *
 * Exit statuses: 0 committed; 2 wrong arguments; otherwise the old version
 * serves on, and the status tells why: see statuses[] (--help prints them).
 */
#include <insula/cli.h>
#include <insula/path.h>
#include <insula/services/process.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)

static const struct {
	err_t err;
	int status;
} statuses[] = {
	{ ERR_NO_PROCESS, 3 },
	{ ERR_NOT_FOUND, 4 },
	{ ERR_BAD_IMAGE, 5 },
	{ ERR_NOT_A_SERVER, 6 },
	{ ERR_OTHER_SERVICE, 7 },
	{ ERR_UPDATE_RUNNING, 8 },
	{ ERR_CRASHED, 9 },
	{ ERR_TIMED_OUT, 10 },
	{ ERR_BAD_STATE, 11 },
	{ ERR_NO_MEMORY, 12 },
	{ ERR_QUOTA, 13 },
	{ ERR_REFUSED, 14 },
};

static const char usage[] = "update NAME|PID FILE";

static void
print_help(void)
{
	printf("usage: %s\nexit statuses: 0 committed, 1 failed otherwise, 2 wrong arguments\n",
	    usage);
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		printf("  %2d %s\n", statuses[i].status, err_text(statuses[i].err));
}

static int
status_of(err_t err)
{
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		if (statuses[i].err == err)
			return statuses[i].status;
	return CLI_FAILED;
}

static void
print_steps(const struct process_update_out *out)
{
	static const char *const names[UPDATE_STEPS] = { "check", "spawn", "initialise", "quiesce",
		"convert", "switch", "commit" };
	uint64_t cost[UPDATE_STEPS];
	memcpy(cost, out->cost, sizeof cost);
	for (size_t i = 0; i < UPDATE_STEPS && i <= out->step; i++)
		printf("%-12s %12" PRIu64 " ns\n", names[i], cost[i]);
}

int
main(int argc, char **argv)
{
	struct process_update_in in;
	struct process_update_out out;
	pid_number_t pid;
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help();
		return 0;
	}
	cli_arguments(argc, argv, 2, 2, usage);
	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	err_t err = path_of_program(argv[2], in.path);
	if (err != OK) {
		cli_failed(argv[2], err);
		return CLI_USAGE;
	}
	err = cli_process(argv[1], &pid);
	if (err != OK) {
		cli_failed(argv[1], err);
		return status_of(err);
	}
	in.pid = pid;
	err = process_update(rpc_to_process(), &in, &out, TIME_NEVER);
	if (err == OK || out.step > UPDATE_CHECK)
		print_steps(&out);
	if (err != OK) {
		if (out.step > UPDATE_CHECK) /* otherwise nothing was begun */
			printf("ROLLED_BACK\n");
		cli_failed_because(argv[1], out.reason[0] != '\0' ? out.reason : err_text(err));
		return status_of(err);
	}
	printf("%-12s %12" PRIu64 " calls\n", "in flight", out.in_flight);
	printf("%-12s %12" PRIu64 " ns\n", "blackout", out.blackout_ns);
	printf("COMMITTED %s pid %u\n", argv[1], (unsigned)pid);
	return 0;
}
