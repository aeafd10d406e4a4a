/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints its words.
 */
#include <insula/cli.h>

int
main(int argc, char **argv)
{
	return command_echo(argc, argv);
}
