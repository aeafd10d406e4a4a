/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The beginning: the processes that init built become the manager's, and the
 * three insulators among them are registered (M6).
 */
#ifndef PM_BOOT_H
#define PM_BOOT_H

#include <insula/abi/error.h>
#include <insula/handover.h>

/* ERR_BAD_MANIFEST: this is no handover. */
MUST_CHECK err_t boot_adopt(const struct handover *h);

/* All of it, with what is mapped at HANDOVER and ARCHIVE_BASE. */
MUST_CHECK err_t boot(void);

/*
 * Once, when the others serve: the PID database learns of the first six. Not
 * part of boot, because the database waits for its READY until then.
 */
void boot_record(void);

#endif
