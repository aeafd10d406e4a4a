/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends before it is ready. */
#include "bad.h"

int
main(void)
{
	(void)serve;
	return 3;
}
