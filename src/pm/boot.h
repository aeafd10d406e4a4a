/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The beginning, in two phases (M6). Before there is RPC the processes that init
 * built become the manager's; when the RPC insulator says that it is up, the
 * insulators among them are registered. init's calls wait for that.
 */
#ifndef PM_BOOT_H
#define PM_BOOT_H

#include <insula/abi/error.h>
#include <insula/handover.h>

#include "insulator.h"

/*
 * Take over what init built, and read the boot archive.
 *
 * Returns  OK; ERR_BAD_MANIFEST: this is no handover; ERR_TOO_MANY, ERR_BAD_ARCHIVE
 */
MUST_CHECK err_t init_process(const struct handover *h, const void *archive);

/*
 * The RPC insulator is up: register the three insulators, and tell the PID database
 * of the six. What fails here is the end of the system.
 */
void init_rpc(void);

/* One line on the console. */
void boot_say(const char *who, uint64_t number, const char *what);

static inline bool
rpc_is_up(void)
{
	return insulator_count != 0;
}

#endif
