/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists processes, or the threads of one.
 */
#include <insula/cli.h>

int
main(int argc, char **argv)
{
	return command_ps(argc, argv);
}
