/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware: power and, in debug builds, a line of text before there is a
 * console driver. Owns the one endpoint that is nobody's memory.
 */
#include "core/firmware.h"
#include "core/platform.h"
#include "core/trace.h"

#define FIRST_WORD 3
#define LABEL 11

struct endpoint firmware_endpoint; /* static: kernel_main makes its head */

#ifdef INSULA_DEBUG
static err_t
debug_write(const uint64_t *words)
{
	char text[MESSAGE_WORDS * sizeof *words];
	size_t bytes = 0;

	while (bytes < sizeof text &&
	    (text[bytes] = (char)(words[bytes / 8] >> bytes % 8 * 8)) != '\0')
		bytes++;
	console_write(text, bytes);
	return OK;
}
#endif

err_t
firmware_call(uint64_t *x, uint64_t badge)
{
	const uint64_t label = x[LABEL] & LABEL_MASK;

	if (badge != 0 && (badge >> (label % 64) & 1) == 0)
		return ERR_RIGHTS;
	switch (label) {
	case FIRMWARE_POWER_OFF:
		machine_power_off((int)x[FIRST_WORD]);
	case FIRMWARE_RESET:
		machine_reset();
	case FIRMWARE_TRACE:
		trace_turn(x[FIRST_WORD] != 0);
		return OK;
	case FIRMWARE_MAILBOX:
		return machine_mailbox(&x[FIRST_WORD]);
#ifdef INSULA_DEBUG
	case FIRMWARE_DEBUG_WRITE:
		return debug_write(&x[FIRST_WORD]);
#endif
	default:
		return ERR_CALL;
	}
}
