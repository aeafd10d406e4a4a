/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel tells `init`: one read-only page at BOOT_INFO, its address
 * also in x0 at entry, and the first capabilities in fixed slots.
 */
#ifndef INSULA_ABI_BOOTINFO_H
#define INSULA_ABI_BOOTINFO_H

#include <insula/abi/layout.h>
#include <insula/abi/types.h>

#define BOOT_INFO (PRIVATE_END - 32 * PAGE_BYTES)
#define BOOT_INFO_MAGIC 0x414c55534e490001ull /* version 1 */

/* init's first handles: generation 1, slots 1 to 5. */
#define INIT_HANDLE(slot) ((handle_t)((1u << HANDLE_GENERATION_SHIFT) | (slot)))
#define INIT_SPACE INIT_HANDLE(1)    /* its own space, all rights */
#define INIT_THREAD INIT_HANDLE(2)   /* its own thread, all rights */
#define INIT_HOME INIT_HANDLE(3)     /* the home estate, linked to SLOT_HOME */
#define INIT_FIRMWARE INIT_HANDLE(4) /* endpoint: SEND, EP_OWN */
#define INIT_IRQ INIT_HANDLE(5)      /* every interrupt line a driver may bind */

/*
 * init is a flat program behind the kernel in the Image, page-aligned:
 *   0  magic "INSULAin"   8  bytes in the file   16  bytes in memory (with bss)
 *  24  entry offset       32 bytes of text and rodata (mapped R-X; the rest is RW-)
 * It is mapped at IMAGE_BASE from its header on, with a 64 KiB stack below
 * MAIN_STACK_TOP and a guard page below that.
 */
#define INIT_MAGIC 0x6e69414c55534e49ull /* "INSULAin", little endian */
struct init_header {
	uint64_t magic;
	uint64_t file_bytes;
	uint64_t memory_bytes;
	uint64_t entry;
	uint64_t text_bytes; /* a multiple of PAGE_BYTES */
};

#define BOOT_RANGES 16

struct boot_range {
	uint64_t base; /* physical */
	uint64_t bytes;
};

struct boot_info {
	uint64_t magic;
	uint64_t ram_ranges;
	struct boot_range ram[BOOT_RANGES]; /* all RAM that home maps */
	uint64_t free_ranges;
	struct boot_range
	    free[BOOT_RANGES];    /* frames that nothing uses: HOME, contents undefined */
	struct boot_range initrd; /* the boot archive; HOME frames that hold data */
	struct boot_range dtb;    /* the board's device tree, likewise */
	uint64_t clock_hz;        /* of CNTVCT_EL0 */
	uint64_t boot_ticks;      /* CNTVCT_EL0 at kernel entry */
	uint64_t kernel_pages;    /* image, frame table, home's tables: never given back */
	uint64_t flags;           /* BOOT_* */
	struct boot_range trace;  /* the trace (trace.h), which home maps read-only */
	char bootargs[1024];      /* NUL-terminated */
};
#define BOOT_FLAG_DEBUG 1u /* a debug kernel */

#endif
