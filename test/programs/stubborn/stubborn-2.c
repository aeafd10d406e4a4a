/* SPDX-License-Identifier: BSD-2-Clause */
/* Does what version 1 does not come to. */
#include "stubborn.h"

void
hang(void)
{
}
