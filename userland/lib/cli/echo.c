/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints its words.
 */
#include <insula/cli.h>
#include <stdio.h>

int
command_echo(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf(i + 1 < argc ? "%s " : "%s", argv[i]);
	printf("\n");
	return 0;
}
