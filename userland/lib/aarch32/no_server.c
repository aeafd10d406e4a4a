/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the client's half of RPC asks of the server's: a 32-bit program serves nobody.
 */
#include "rpc/internal.h"

/* There are none that could wait. */
void
rpc_show_answers(void)
{
}
