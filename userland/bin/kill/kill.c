/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends processes, named by PID or by name.
 */
#include <insula/cli.h>

int
main(int argc, char **argv)
{
	return command_kill(argc, argv);
}
