/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel half of the address space: 39 bits through TTBR1, the same in
 * every address space, W^X throughout. Shared with assembly and linker script.
 *
 *   PHYSMAP_BASE  all RAM, virtual = PHYSMAP_BASE + physical; RW, never
 *                 executable; the kernel's own text and rodata read-only
 *   DEVICE_BASE   device registers that the kernel itself uses
 *   KERNEL_BASE   the image: text R-X, rodata R--, data and bss RW-
 */
#ifndef INSULA_CORE_AARCH64_MEMORY_H
#define INSULA_CORE_AARCH64_MEMORY_H

#ifdef __ASSEMBLER__
#define MEMORY_ADDRESS(value) value
#else
#define MEMORY_ADDRESS(value) value##ull
#endif

#define PHYSMAP_BASE MEMORY_ADDRESS(0xffffff8000000000)
#define DEVICE_BASE MEMORY_ADDRESS(0xffffffff80000000)
#define KERNEL_BASE MEMORY_ADDRESS(0xffffffffc0000000)

/* The image lies in one 2 MiB block, init behind it included. */
#define KERNEL_IMAGE_MAX 0x200000
/* What loaders keep clear behind the kernel for init, the largest it may be. */
#define INIT_RESERVE 0x80000
/* Page tables in the image; boot frees those that it does not use. */
#define BOOT_TABLES 24
/* Which of them, from the end, maps the image's pages (head.S makes the first three). */
#define KERNEL_PAGES_TABLE 3

/* Between entries SP_EL1 is the top of this much stack; a guard page lies below. */
#define KERNEL_STACK_BYTES 8192
#define PANIC_STACK_BYTES 4096

/* Memory attributes (MAIR) and the descriptor bits that all our tables use. */
#define MAIR_VALUE MEMORY_ADDRESS(0x44ff04)
#define PTE_VALID 0x1
#define PTE_TABLE 0x3
#define PTE_PAGE 0x3
#define PTE_BLOCK 0x1
#define PTE_DEVICE (0 << 2)   /* Device-nGnRE */
#define PTE_NORMAL (1 << 2)   /* write-back cacheable */
#define PTE_UNCACHED (2 << 2) /* normal, non-cacheable */
#define PTE_EL0 (1 << 6)
#define PTE_READ_ONLY (1 << 7)
#define PTE_SHARED (3 << 8) /* inner shareable */
#define PTE_AF (1 << 10)
#define PTE_NG (1 << 11)
#define PTE_PXN (MEMORY_ADDRESS(1) << 53)
#define PTE_UXN (MEMORY_ADDRESS(1) << 54)
#define PTE_ADDRESS MEMORY_ADDRESS(0x0000fffffffff000)

#define PTE_KERNEL (PTE_AF | PTE_SHARED | PTE_NORMAL | PTE_UXN)
#define PTE_KERNEL_TEXT (PTE_KERNEL | PTE_READ_ONLY)
#define PTE_KERNEL_RODATA (PTE_KERNEL | PTE_READ_ONLY | PTE_PXN)
#define PTE_KERNEL_DATA (PTE_KERNEL | PTE_PXN)
#define PTE_KERNEL_DEVICE (PTE_AF | PTE_SHARED | PTE_DEVICE | PTE_PXN | PTE_UXN)

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

static inline void *
physmap(uint64_t physical)
{
	return (void *)(uintptr_t)(PHYSMAP_BASE + physical); /* NOLINT: this is the map */
}

/* Only for addresses inside the physical map, not for the image's own. */
static inline uint64_t
physmap_physical(const void *address)
{
	return (uintptr_t)address - PHYSMAP_BASE;
}

/* A root table without entries, for a core that runs no space: TTBR0 at kernel_main. */
extern uint64_t mmu_empty_root[512];
extern uint64_t mmu_empty_root_physical;

/* Up to where the image is boot's (a virtual address); set by boot. */
extern uintptr_t mmu_boot_end;

/*
 * Map device registers into the kernel for good. Boot only; stops the machine
 * when the window is full.
 */
void *device_map(uint64_t physical, size_t bytes);

#endif
#endif
