/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stays of the kernel's own mapping when boot is gone: the boot core's
 * stack (an unmapped page, the stack, and on top of it the core's struct cpu,
 * where SP_EL1 points between entries) and the way to unmap boot itself.
 */
#include "core/aarch64/kernel_stack.h"
#include "core/platform.h"

extern uint64_t boot_tables[BOOT_TABLES * 512];

struct kernel_stack kernel_stack0 __attribute__((section(".bss.page"), aligned(4096)));
uint64_t mmu_empty_root[512] __attribute__((section(".bss.page"), aligned(4096)));
uint64_t mmu_empty_root_physical;
uintptr_t mmu_boot_end;

void
platform_unmap_boot(void)
{
	uint64_t *pages = boot_tables + (BOOT_TABLES - KERNEL_PAGES_TABLE) * 512;

	for (uintptr_t at = KERNEL_BASE; at < mmu_boot_end; at += PAGE_BYTES)
		pages[(at - KERNEL_BASE) / PAGE_BYTES] = 0;
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tic iallu\n\tdsb ish\n\tisb"
			 :
			 :
			 : "memory");
}
