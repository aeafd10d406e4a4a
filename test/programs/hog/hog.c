/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hog MS: keeps the processor for so long. hog MS idle: lets it go instead.
 */
#include <insula/clock.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	const uint64_t ns = argc > 1 ? strtoul(argv[1], NULL, 10) * 1000000 : 0;
	const uint64_t until = clock_now_ns() + ns;
	if (argc > 2)
		return clock_sleep_until(until) != OK;
	while (clock_now_ns() < until)
		continue;
	return 0;
}
