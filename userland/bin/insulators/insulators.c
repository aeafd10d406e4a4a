/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists the servers that are told of every process.
 */
#include <insula/cli.h>
#include <insula/services/process.h>
#include <inttypes.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(PROCESS, process)

int
main(int argc, char **argv)
{
	struct process_list_insulators_in in = { .after = 0 };
	struct process_list_insulators_out i;
	cli_arguments(argc, argv, 0, 0, "insulators");
	printf("%9s %5s %s\n", "INSULATOR", "PID", "NAME");
	for (;; in.after = i.insulator) {
		err_t err = process_list_insulators(rpc_to_process(), &in, &i, TIME_NEVER);
		if (err != OK)
			return cli_failed("the list of insulators", err);
		if (i.insulator == INSULATORID_INVALID)
			return 0;
		printf("%9" PRIu64 " %5" PRIu64 " %s\n", i.insulator, i.pid, i.name);
	}
}
