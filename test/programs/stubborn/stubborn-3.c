/* SPDX-License-Identifier: BSD-2-Clause */
/* Version 2 with a state of another schema (stubborn.c): it has to be converted. */
#include "stubborn.h"

void
hang(void)
{
}
