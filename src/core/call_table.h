/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers of the kernel calls, one for each line of CALL_LIST.
 *
 * A handler has all of the caller's registers in x (caller->regs.x). It checks
 * everything before its first effect, writes x[1] and following on OK only, and
 * returns what goes into x[0]; or CALL_BLOCKED, having written x[0] itself or
 * leaving that to whoever ends the wait; or CALL_RESTART, to be called again
 * with the same registers once interrupts were let in.
 */
#ifndef INSULA_CORE_CALL_TABLE_H
#define INSULA_CORE_CALL_TABLE_H

#include "core/object.h"

#define C(number, name) MUST_CHECK err_t call_##name(struct thread *caller, uint64_t *x);
CALL_LIST(C)
#undef C

/* Where the handlers are, counted from here (aarch64/calls.c). */
extern const int32_t call_offsets[CALL_COUNT];

typedef err_t call_handler_t(struct thread *caller, uint64_t *x);

/* The handler of a call: 1 to CALL_COUNT - 1. */
static inline call_handler_t *
call_handler(uint64_t number)
{
	const uintptr_t base = (uintptr_t)call_offsets;

	return (call_handler_t *)(base + (uintptr_t)(intptr_t)call_offsets[number]); /* NOLINT */
}

#endif
