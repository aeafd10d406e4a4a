/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process's authority: each of its capabilities, in words.
 */
#include <insula/cli.h>
#include <insula/services/process.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(PROCESS, process)

int
main(int argc, char **argv)
{
	struct process_caps_out out;
	pid_number_t pid;
	cli_arguments(argc, argv, 1, 1, "caps PID|NAME");
	err_t err = cli_process(argv[1], &pid);
	if (err != OK)
		return cli_failed(argv[1], err);
	struct process_caps_in in = { .pid = pid, .index = 0 };
	do {
		err = process_caps(rpc_to_process(), &in, &out, TIME_NEVER);
		if (err != OK)
			return cli_failed(argv[1], err);
		if (out.text[0] != '\0')
			printf("%s\n", out.text);
		in.index = out.next;
	} while (out.next != 0);
	return 0;
}
