/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kills a server so many times, at instants drawn from a seed.
 *
 * Usage: killer NAME TIMES SEED LONGEST_PAUSE_NS
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/services/process.h>
#include <stdio.h>
#include <stdlib.h>

RPC_DEFINE_SERVICE(PROCESS, process)

static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

int
main(int argc, char **argv)
{
	cli_arguments(argc, argv, 4, 4, "killer NAME TIMES SEED LONGEST_PAUSE_NS");
	const unsigned long times = strtoul(argv[2], NULL, 10);
	const unsigned long longest = strtoul(argv[4], NULL, 10);
	uint64_t seed = strtoul(argv[3], NULL, 10) * 0x9e3779b97f4a7c15ull + 1;
	unsigned long killed = 0;
	while (killed < times) {
		struct process_kill_out out;
		pid_number_t pid;
		err_t err = clock_sleep_ns(draw(&seed) % longest);
		if (err != OK && err != ERR_TIMED_OUT)
			return cli_failed("sleep", err);
		if (cli_process(argv[1], &pid) != OK)
			continue; /* it is coming back just now */
		struct process_kill_in in = { .pid = pid };
		err = process_kill(rpc_to_process(), &in, &out, TIME_NEVER);
		if (err == OK)
			killed++;
		else if (err != ERR_BUSY && err != ERR_UPDATE_RUNNING)
			return cli_failed(argv[1], err);
	}
	printf("killed %lu\n", killed);
	return 0;
}
