/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process knows about itself.
 */
#ifndef INSULA_PROCESS_H
#define INSULA_PROCESS_H

#include <insula/abi/error.h>
#include <insula/process_info.h>
#include <stdbool.h>
#include <stddef.h>

/* The page that the process was born with. */
static inline const struct process_info *
process_info(void)
{
	return (const struct process_info *)(uintptr_t)OWN_PROCESS_INFO;
}

/*
 * A grant of the manifest by its name: a handle or an address, and the
 * interrupt line or the length that goes with it (either pointer may be NULL).
 * ERR_NOT_FOUND: there is none of that name.
 */
MUST_CHECK err_t process_grant(const char *name, uint64_t *value, uint64_t *extra);

/*
 * End the process. `exit` of the C library flushes and then does this; nothing
 * else is needed. Never returns.
 */
_Noreturn void process_exit(int status);

/*
 * The library's own last words: one line "NAME: WHAT: WHY" to the console, then
 * a fault, which the process manager treats as a crash.
 */
_Noreturn void process_abort(const char *what, const char *why);

/* The text of an error, "success" for OK; never NULL. */
const char *err_text(err_t err);
/* Its name, "ERR_HANDLE". */
const char *err_name(err_t err);

#endif
