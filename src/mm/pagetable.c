/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking page tables. Who changes them is map.c, link.c and home.c.
 */
#include "mm/pagetable.h"

pte_t *
pagetable_entry(pte_t *root, uint64_t address)
{
	pte_t *table = root;

	if (table == NULL)
		return NULL;
	for (uint32_t level = 0; level < TABLE_LEVELS - 1; level++) {
		pte_t entry = table[table_index(address, level)];
		if (!pte_valid(entry))
			return NULL;
		table = pte_table_address(entry);
	}
	return &table[table_index(address, TABLE_LEVELS - 1)];
}
