/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the processor, and looks at no bell any more. */
#include "stubborn.h"

void
hang(void)
{
	for (volatile unsigned always = 1; always != 0;)
		continue;
}
