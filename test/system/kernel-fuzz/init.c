/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 200,000 random kernel calls: the kernel neither panics nor stops serving, and
 * gets back every page. In a debug build its invariants are swept meanwhile.
 */
#include "fuzz.h"
#include "threads.h"

int
main(void)
{
	threads_init();
	return fuzz_run(1, 200000);
}
