/* SPDX-License-Identifier: BSD-2-Clause */
/* Crashes before it is ready. */
#include "bad.h"

int
main(void)
{
	*(volatile int *)0 = 1;
	return serve(NULL);
}
