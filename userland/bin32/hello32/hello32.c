/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 32-bit program beside those of 64 bits: says how wide it is, what it was given,
 * and ends with the status that it is told. `hello32 crash` reads address 0.
 */
#include <insula/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
	printf("hello from %u-bit code, pid %u:", (unsigned)(8 * sizeof(void *)),
	    (unsigned)process_info()->pid);
	for (int i = 1; i < argc; i++)
		printf(" %s", argv[i]);
	printf("\n");
	if (argc == 2 && strcmp(argv[1], "crash") == 0)
		/* cppcheck-suppress nullPointer ; it is what `crash` is for */
		return *(volatile int *)NULL; /* NOLINT */
	return argc == 2 ? atoi(argv[1]) : 0;
}
