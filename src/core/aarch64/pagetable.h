/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of the user half's page tables, 4 KiB granule. Pages are not global;
 * the kernel never executes them. A software bit pair keeps the most that
 * protect may give.
 */
#ifndef INSULA_CORE_AARCH64_PAGETABLE_H
#define INSULA_CORE_AARCH64_PAGETABLE_H

#include "core/aarch64/memory.h"
#include <insula/abi/types.h>
#include <stdbool.h>
#include <stdint.h>

typedef uint64_t pte_t;

#define PTE_MAXIMUM_SHIFT 55
#define PTE_MAXIMUM (3ull << PTE_MAXIMUM_SHIFT) /* PROT_W and PROT_X; ignored by hardware */
/* What a page refuses is a bit of its entry, so far left of PROT_W and of PROT_X. */
#define PTE_READ_ONLY_FROM_W 7
#define PTE_UXN_FROM_X 53
#define PTE_ATTRIBUTES (7ull << 2)

static inline bool
pte_valid(pte_t entry)
{
	return (entry & PTE_VALID) != 0;
}

static inline uint64_t
pte_physical(pte_t entry)
{
	return entry & PTE_ADDRESS;
}

static inline pte_t
pte_table(uint64_t physical)
{
	return physical | PTE_TABLE;
}

/* The bits that refuse what `prot` has. */
static inline __attribute__((always_inline)) pte_t
pte_refusals(uint32_t prot)
{
	return ((uint64_t)prot << PTE_READ_ONLY_FROM_W & PTE_READ_ONLY) |
	    ((uint64_t)prot << PTE_UXN_FROM_X & PTE_UXN);
}

static inline __attribute__((always_inline)) pte_t
pte_rights(uint32_t prot, uint32_t maximum)
{
	const pte_t none = PTE_PAGE | PTE_EL0 | PTE_AF | PTE_NG | PTE_SHARED | PTE_PXN |
	    PTE_READ_ONLY | PTE_UXN;

	return (none | (uint64_t)maximum << PTE_MAXIMUM_SHIFT) ^ pte_refusals(prot);
}

static inline pte_t
pte_page(uint64_t physical, bool device, pte_t rights)
{
	return physical | (device ? PTE_DEVICE : PTE_NORMAL) | rights;
}

static inline pte_t
pte_onward(pte_t entry, pte_t rights)
{
	return (entry & (PTE_ADDRESS | PTE_ATTRIBUTES)) | rights;
}

static inline uint32_t
pte_prot(pte_t entry)
{
	return (uint32_t)(~entry >> PTE_READ_ONLY_FROM_W & PROT_W) |
	    (uint32_t)(~entry >> PTE_UXN_FROM_X & PROT_X);
}

static inline bool
pte_executable(pte_t entry)
{
	return (entry & PTE_UXN) == 0;
}

static inline uint32_t
pte_maximum(pte_t entry)
{
	return (uint32_t)((entry & PTE_MAXIMUM) >> PTE_MAXIMUM_SHIFT);
}

/* Not 0 if `prot` is more than a page has, or more than protect may give it. */
static inline pte_t
pte_lacks(pte_t entry, uint32_t prot)
{
	return entry & pte_refusals(prot);
}

static inline pte_t
pte_lacks_maximum(pte_t entry, uint32_t prot)
{
	return (uint64_t)prot << PTE_MAXIMUM_SHIFT & ~entry;
}

static inline bool
pte_is_device(pte_t entry)
{
	return (entry & PTE_ATTRIBUTES) == PTE_DEVICE;
}

#endif
