/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends processes, named by PID or by name.
 */
#include <insula/cli.h>
#include <insula/services/process.h>

RPC_DEFINE_SERVICE(PROCESS, process)

int
main(int argc, char **argv)
{
	int status = 0;
	cli_arguments(argc, argv, 1, 32, "kill PID|NAME...");
	for (int i = 1; i < argc; i++) {
		pid_number_t pid;
		struct process_kill_out out;
		err_t err = cli_process(argv[i], &pid);
		struct process_kill_in in = { .pid = pid };
		if (err == OK)
			err = process_kill(rpc_to_process(), &in, &out, TIME_NEVER);
		if (err != OK)
			status = cli_failed(argv[i], err);
	}
	return status;
}
