/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the time since the machine's clock began.
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <inttypes.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	cli_arguments(argc, argv, 0, 0, "uptime");
	uint64_t ms = clock_now_ns() / 1000000;
	printf("up %" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%03" PRIu64 "\n", ms / 3600000,
	    ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
	return 0;
}
