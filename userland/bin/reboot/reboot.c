/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the machine anew, by whatever it has for that.
 */
#include <insula/cli.h>
#include <insula/services/process.h>

RPC_DEFINE_SERVICE(PROCESS, process)

int
main(int argc, char **argv)
{
	const struct process_power_off_in in = { .status = 0, .reset = 1 };
	struct process_power_off_out out;
	cli_arguments(argc, argv, 0, 0, "reboot");
	return cli_failed(
	    "the machine", process_power_off(rpc_to_process(), &in, &out, TIME_NEVER));
}
