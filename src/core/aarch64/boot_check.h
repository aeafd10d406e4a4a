/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What boot finds out before the MMU is on, and how it says what is wrong. Until
 * boot_main, code runs wherever the image was loaded: no pointer to code or data
 * may be in a table, and every access must be aligned.
 */
#ifndef INSULA_CORE_AARCH64_BOOT_CHECK_H
#define INSULA_CORE_AARCH64_BOOT_CHECK_H

#include "core/boot_platform.h"
#include "core/boot_ranges.h"

/* Where boot's account of the machine lies; complete when boot_check returns. */
extern struct platform boot_platform;

/*
 * Called by head.S with the MMU off: x0 at entry, where the image lies, the
 * exception level at entry, CNTVCT at entry. Returns when the machine is one
 * that the kernel can run on; else prints a line and stops.
 */
void boot_check(uint64_t dtb, uint64_t image, uint64_t level, uint64_t ticks);

/* An exception with the MMU off, other than by boot_probe. */
_Noreturn void boot_check_exception(uint64_t pc, uint64_t syndrome, uint64_t address);

/* Read a word that may not be there. */
bool boot_probe(uint64_t address, uint32_t *value);

/* From here on boot_fail writes to the console alone. */
void boot_check_done(void);

#endif
