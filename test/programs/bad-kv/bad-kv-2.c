/* SPDX-License-Identifier: BSD-2-Clause */
/* Is never ready. */
#include "bad.h"

int
main(void)
{
	(void)serve;
	for (;;)
		(void)insula_sleep(TIME_NEVER);
}
