/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What init and bare test programs have: the first process, alone with the
 * kernel, holding every capability (insula/abi/bootinfo.h).
 *
 * Before main: the early console, thread-local data, PROCESS_INFO, constructors.
 * main's return, exit and abort power the machine off.
 */
#ifndef INSULA_BARE_H
#define INSULA_BARE_H

#include <insula/abi/bootinfo.h>
#include <insula/early_console.h>
#include <insula/process.h>
#include <insula/syscall.h>

extern const struct boot_info *boot_info;

/* The board's device tree, in home; NULL if there is none that libfdt accepts. */
const void *bare_device_tree(void);

/* A physical address, as home maps it. */
static inline void *
bare_home(uint64_t physical)
{
	return (void *)(HOME_BASE + physical);
}

/*
 * Contiguous free frames, zeroed; their physical address, or 0 if there are none
 * left. They are never given back; what is left is bare_free_ranges().
 */
uint64_t bare_frames(unsigned pages);
const struct boot_range *bare_free_ranges(uint32_t *count);
uint64_t bare_free_pages(void);

/* Kernel memory for a space: `pages` frames into its fund. ERR_NO_MEMORY: none left. */
MUST_CHECK err_t bare_fund(handle_t space, unsigned pages);

/*
 * Map frames at `address` of a space; any number of pages. The space's fund is
 * given what it lacks for its tables.
 */
MUST_CHECK err_t bare_map(
    handle_t space, uint64_t address, uint64_t physical, unsigned pages, unsigned prot);

/* Stop the machine; `status` reaches the host if it can be told one. */
_Noreturn void bare_power_off(int status);
/* One line "init: ...", then off with status 1. */
_Noreturn void bare_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
