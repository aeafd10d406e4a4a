/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables as memory management sees them: three levels of 512 entries, and
 * what an entry says. The bits themselves are the architecture's:
 *
 *   pte_valid, pte_physical         of any entry
 *   pte_table(physical)             an entry that leads to a table
 *   pte_rights(prot, maximum)       a page's PROT_* now, and what protect may make of it
 *   pte_page(physical, device, rights)
 *   pte_onward(entry, rights)       the page of an entry with other rights
 *   pte_prot, pte_maximum, pte_executable, pte_is_device
 *   pte_lacks, pte_lacks_maximum(entry, prot)
 */
#ifndef INSULA_MM_PAGETABLE_H
#define INSULA_MM_PAGETABLE_H

#include "core/aarch64/pagetable.h"
#include "mm/physical.h"
#include <insula/abi/layout.h>
#include <insula/abi/types.h>
#include <stddef.h>

#define TABLE_ENTRIES 512u
#define TABLE_LEVELS 3
#define TABLE_BYTES (PAGE_BYTES * TABLE_ENTRIES) /* what a table of the last level maps */

/* The number of an address in a table: level 0 is the root, 2 the last. */
static inline uint32_t
table_index(uint64_t address, uint32_t level)
{
	return (uint32_t)(address >> (PAGE_SHIFT + 9 * (2 - level))) & (TABLE_ENTRIES - 1);
}

/* The table that an entry leads to. */
static inline pte_t *
pte_table_address(pte_t entry)
{
	return physmap(pte_physical(entry));
}

/* The table that an entry lies in. */
static inline pte_t *
table_of(pte_t *entry)
{
	return (pte_t *)((uintptr_t)entry & ~(uintptr_t)(PAGE_BYTES - 1)); /* NOLINT: same object */
}

/* The entry of the last level for an address below USER_END; NULL if a table is missing. */
pte_t *pagetable_entry(pte_t *root, uint64_t address);

#endif
