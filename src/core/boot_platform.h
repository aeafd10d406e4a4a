/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a device tree to struct platform. Portable and without side effects; a
 * tree that lacks something is refused with one line that says what.
 */
#ifndef INSULA_CORE_BOOT_PLATFORM_H
#define INSULA_CORE_BOOT_PLATFORM_H

#include "core/platform.h"

/*
 * The text of a refusal, and the node or property it is about (NULL: none); how
 * much memory there is and is needed, if that is what is wrong (else 0).
 */
struct boot_error {
	const char *text;
	const char *name;
	uint64_t there_kib, needed_kib;
};

/* What is known without a device tree. */
struct boot_image {
	struct boot_range image; /* as loaded, up to the page where init begins */
	struct boot_range dtb;   /* the tree itself, to the byte */
	struct boot_range init;  /* what the init program takes in the file */
	uint64_t init_memory;    /* bytes that it takes when it runs */
};

/* A UART that could be the console. */
struct boot_uart {
	uint64_t base; /* physical */
	uint64_t type; /* enum console_type */
};
#define BOOT_UARTS 8u

/* Longest tree that boot reads. */
#define DTB_BYTES_MAX 0x200000u

/*
 * Power, boot arguments and console, as early as possible, so that the machine
 * can stop when something is wrong. `platform` is all zeros before; it is usable
 * as far as it got even when this fails.
 */
bool platform_scan_first(const void *fdt, struct platform *platform, struct boot_error *error);

/*
 * The enabled UARTs that we know how to write to, up to BOOT_UARTS, and how many:
 * any of them may be the one that somebody looks at.
 */
uint32_t platform_uarts(const void *fdt, struct boot_uart uarts[BOOT_UARTS]);

/*
 * Everything else. False: *error says why, and *platform is as far as it got.
 * `kernel` and `boot` are one range at this point, `boot`.
 */
bool platform_scan(const void *fdt, const struct boot_image *image, struct platform *platform,
    struct boot_error *error);

#endif
