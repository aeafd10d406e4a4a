/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A million random kernel calls from another seed, which the boot arguments may
 * name: fuzz=NUMBER.
 */
#include "fuzz.h"
#include "test.h"
#include "threads.h"

#include <string.h>

static uint64_t
seed_given(void)
{
	const char *at = strstr(boot_facts()->bootargs, "fuzz=");
	uint64_t seed = 0;

	for (at = at == NULL ? "" : at + 5; *at >= '0' && *at <= '9'; at++)
		seed = seed * 10 + (uint64_t)(*at - '0');
	return seed == 0 ? 2 : seed;
}

int
main(void)
{
	threads_init();
	return fuzz_run(seed_given(), 1000000);
}
