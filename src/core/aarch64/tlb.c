/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB and cache maintenance, and zeroing a page. The order of the steps, and
 * what each is for, is in mm/tlb.h. Everything is broadcast to all cores.
 */
#include "mm/tlb.h"
#include "core/aarch64/sysreg.h"
#include "mm/fund.h"
#include "mm/shadow.h"
#include <insula/abi/types.h>

#define ASID_SHIFT 48
#define TLBI_ADDRESS 0xfffffffffffull /* of the page's number */
#define CTR_DMIN_LINE 16              /* log2 of the line's words */
#define ZVA_64_BYTES 4u               /* what DCZID says if one DC ZVA zeroes 64 bytes */
#define ZVA_MASK 0x1fu                /* block size, and "prohibited" */

void
tlb_flush_begin(void)
{
	__asm__ volatile("dsb ishst" : : : "memory");
	shadow_flush_begin();
}

void
tlb_flush_page(uint32_t asid, uint64_t address)
{
	if (asid == 0)
		return;
	uint64_t operand = (uint64_t)asid << ASID_SHIFT | (address >> PAGE_SHIFT & TLBI_ADDRESS);
	__asm__ volatile("tlbi vae1is, %0" : : "r"(operand) : "memory");
	shadow_flush_page(asid, address);
}

void
tlb_flush_space(uint32_t asid)
{
	if (asid == 0)
		return;
	__asm__ volatile("tlbi aside1is, %0" : : "r"((uint64_t)asid << ASID_SHIFT) : "memory");
	shadow_flush_space(asid);
}

void
tlb_flush_end(void)
{
	__asm__ volatile("dsb ish\n\tisb" : : : "memory");
	shadow_flush_end();
}

void
tlb_publish(void)
{
	__asm__ volatile("dsb ishst" : : : "memory");
}

/*
 * The whole instruction cache: it may keep the page under any of its addresses.
 * Cleaning by DC CIVAC is Arm's advice for errata 819472, 824069, 826319, 827319
 * (Cortex-A53 up to r0p2) and 855873 (r0p3, r0p4): one that only cleans (CVAU,
 * CVAC) can corrupt a line or be overtaken by an eviction there.
 */
void
cache_sync_code(const void *page)
{
	const char *line = page;
	uint64_t bytes = 4ull << (sysreg_read(ctr_el0) >> CTR_DMIN_LINE & 0xf);

	for (uint64_t i = 0; i < PAGE_BYTES; i += bytes)
		__asm__ volatile("dc civac, %0" : : "r"(line + i) : "memory");
	__asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" : : : "memory");
}

static inline void
zero_line(char *line)
{
	__asm__ volatile("dc zva, %0" : : "r"(line) : "memory");
}

void
granules_zero(void *memory, uint32_t granules)
{
	char *block = memory;
	char *end = block + (size_t)granules * GRANULE_BYTES;

	if ((sysreg_read(dczid_el0) & ZVA_MASK) == ZVA_64_BYTES) {
		for (; end - block >= 256; block += 256) {
			zero_line(block);
			zero_line(block + 64);
			zero_line(block + 128);
			zero_line(block + 192);
		}
		for (; block < end; block += 64)
			zero_line(block);
		return;
	}
	for (; block < end; block += 16)
		__asm__ volatile("stp xzr, xzr, [%0]" : : "r"(block) : "memory");
}

void
page_zero(void *page)
{
	granules_zero(page, PAGE_BYTES / GRANULE_BYTES);
}
