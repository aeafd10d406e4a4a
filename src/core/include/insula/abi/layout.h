/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user half of the address space: 39 bits, 512 windows of 1 GiB, each one
 * entry of the root table.
 *
 * The lower half is a space's own. Each link slot is a fixed run of windows in
 * the upper half: linking an estate lends its entries of that run to the
 * space, so an estate's pages have the same address in every holder.
 */
#ifndef INSULA_ABI_LAYOUT_H
#define INSULA_ABI_LAYOUT_H

#define WINDOW_BYTES (1ull << 30)
#define USER_END (512ull * WINDOW_BYTES)
#define PRIVATE_END (256ull * WINDOW_BYTES)
#define NARROW_END (4ull * WINDOW_BYTES) /* what a thread of 32-bit registers can address */

enum link_slot {
	SLOT_ESTATE, /* endpoints, rings, lasting capabilities; its table is the second one */
	SLOT_STATE,  /* the state segment */
	SLOT_HOME,   /* all memory */
	SLOT_COUNT
};
#define SLOT_ESTATE_BASE (256ull * WINDOW_BYTES)
#define SLOT_ESTATE_WINDOWS 16
#define SLOT_STATE_BASE (272ull * WINDOW_BYTES)
#define SLOT_STATE_WINDOWS 16
#define SLOT_HOME_BASE (384ull * WINDOW_BYTES)
#define SLOT_HOME_WINDOWS 64

/* An estate is mapped into at these same addresses, whether linked or not. */
#define HOME_BASE SLOT_HOME_BASE /* + physical address, RAM and device pages alike */

/* Where things lie in a process's private half. */
#define IMAGE_BASE 0x400000ull             /* programs are linked here */
#define HEAP_BASE (64ull * WINDOW_BYTES)   /* grows up */
#define STACK_AREA (192ull * WINDOW_BYTES) /* thread stacks, with guard pages */
/* At the end with BOOT_INFO, where one table maps all of them. */
#define MAIN_STACK_TOP (PRIVATE_END - 48 * PAGE_BYTES)
#define PROCESS_INFO (PRIVATE_END - 16 * PAGE_BYTES) /* struct process_info, read-only */

/*
 * The same in a process of narrow threads. Its estate lies where everybody's does,
 * out of its reach: what is shared there is mapped a second time, in its private
 * half.
 */
#define NARROW_IMAGE_END 0x10000000ull
#define NARROW_STACK_TOP (NARROW_ESTATE_BASE - 48 * PAGE_BYTES)
#define NARROW_PROCESS_INFO (NARROW_ESTATE_BASE - 16 * PAGE_BYTES)
#define NARROW_ESTATE_BASE 0x20000000ull
#define NARROW_ESTATE_END 0x30000000ull
#define NARROW_ADDRESS(address) ((address)-SLOT_ESTATE_BASE + NARROW_ESTATE_BASE)
#define NARROW_HEAP_BASE NARROW_ESTATE_END
#define NARROW_STACK_AREA 0xc0000000ull /* and the heap's end */

#endif
