/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends with the status it is given.
 */
#include <stdlib.h>

int
main(int argc, char **argv)
{
	return argc > 1 ? atoi(argv[1]) : 0;
}
