/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building the kernel's page tables, with the MMU already on. All tables come
 * from the image's own pool; boot frees those that it does not use.
 */
#ifndef INSULA_CORE_AARCH64_BOOT_MMU_H
#define INSULA_CORE_AARCH64_BOOT_MMU_H

#include "core/platform.h"

/* Take over the tables that head.S made; drop the identity map. */
void boot_mmu_init(uint64_t image_physical);

/* Physical address of something in the image. */
uint64_t boot_physical(const void *address);

/* Map all RAM, with the image's text and rodata read-only there too. */
void boot_mmu_map_ram(const struct platform *platform);

/* Unmap one page of the image. */
void boot_mmu_unmap_page(const void *address);

/* No more tables: returns the end of what is boot's, the lowest table in use. */
uint64_t boot_mmu_finish(void);

#endif
