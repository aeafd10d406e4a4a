/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home estate: it maps every frame of RAM at HOME_BASE + physical address,
 * and the board's device registers likewise. Its tables are carved out of free
 * RAM at boot, together with the frame table, and never change shape.
 */
#ifndef INSULA_MM_HOME_H
#define INSULA_MM_HOME_H

#include "mm/space.h"
#include <insula/abi/bootinfo.h>

extern struct space *home_space; /* constant after boot; static */

/* Code that only boot needs; freed with boot's. */
#define MM_BOOT __attribute__((section(".boot.text"), noinline))

/* Carve the frame table and home out of the machine's free RAM. Once, first. */
void mm_init(const struct platform *platform);

/* A HOME frame that nothing uses yet, for the first process. Boot only. */
uint64_t mm_boot_frame(void);

/* What is left, for the first process: after the last mm_boot_frame. */
void mm_boot_free_ranges(const struct platform *platform, struct boot_info *info);

/* Frames that the kernel keeps: its image, the frame table, home's tables. */
extern uint64_t home_kernel_pages;

/*
 * A frame leaves home: its entry is cleared and flushed when the caller has
 * done home_leave for all of them and then home_leave_done. home_return puts
 * the entry of a frame back.
 */
void home_leave(uint64_t physical);
void home_leave_done(uint64_t physical, uint32_t count);
void home_return(uint64_t physical);

#endif
