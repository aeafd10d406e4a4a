/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Short ascending lists of address ranges. Pure arithmetic, no memory but the
 * caller's array.
 */
#ifndef INSULA_CORE_BOOT_RANGES_H
#define INSULA_CORE_BOOT_RANGES_H

#include <insula/abi/bootinfo.h>
#include <stdbool.h>
#include <stdint.h>

/* Invariant: ascending, no two overlap or touch, none empty. */
struct ranges {
	struct boot_range *range;
	uint32_t count;
	uint32_t capacity;
};

/* Page-rounded outwards or inwards; base + bytes beyond 2^64 is cut off. May be empty. */
struct boot_range range_pages_around(uint64_t base, uint64_t bytes);
struct boot_range range_pages_within(uint64_t base, uint64_t bytes);

bool range_overlaps(const struct boot_range *a, const struct boot_range *b);

/* Both return false, with the list as good as it could be, when it is full. */
bool ranges_add(struct ranges *list, struct boot_range range);
bool ranges_remove(struct ranges *list, struct boot_range range);

/* Whether any range of the list overlaps this one. */
bool ranges_overlap(const struct ranges *list, const struct boot_range *range);

#endif
