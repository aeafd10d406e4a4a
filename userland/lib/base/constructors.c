/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The constructors of a program.
 */
#include "base/base.h"

extern void (*const __init_array_start[])(void);
extern void (*const __init_array_end[])(void);

void
base_run_constructors(void)
{
	for (void (*const *f)(void) = __init_array_start; f < __init_array_end; f++)
		(*f)();
}
