/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of address ranges, for boot's account of memory.
 */
#include "core/boot_ranges.h"

#define PAGE_MASK (PAGE_BYTES - 1)

static uint64_t
end_of(uint64_t base, uint64_t bytes)
{
	return bytes > UINT64_MAX - base ? UINT64_MAX : base + bytes;
}

struct boot_range
range_pages_around(uint64_t base, uint64_t bytes)
{
	uint64_t start = base & ~PAGE_MASK;
	uint64_t end = end_of(base, bytes);

	if (bytes == 0)
		return (struct boot_range){ start, 0 };
	end = end > UINT64_MAX - PAGE_MASK ? ~PAGE_MASK : (end + PAGE_MASK) & ~PAGE_MASK;
	return (struct boot_range){ start, end - start };
}

struct boot_range
range_pages_within(uint64_t base, uint64_t bytes)
{
	uint64_t end = end_of(base, bytes) & ~PAGE_MASK;
	uint64_t start = base > UINT64_MAX - PAGE_MASK ? ~PAGE_MASK
						       : (base + PAGE_MASK) & ~PAGE_MASK;

	return (struct boot_range){ start, end > start ? end - start : 0 };
}

bool
range_overlaps(const struct boot_range *a, const struct boot_range *b)
{
	return a->bytes != 0 && b->bytes != 0 && a->base < b->base + b->bytes &&
	    b->base < a->base + a->bytes;
}

static void
ranges_drop(struct ranges *list, uint32_t index)
{
	list->count--;
	for (uint32_t i = index; i < list->count; i++)
		list->range[i] = list->range[i + 1];
}

static bool
ranges_insert(struct ranges *list, uint32_t index, struct boot_range range)
{
	if (list->count == list->capacity)
		return false;
	for (uint32_t i = list->count; i > index; i--)
		list->range[i] = list->range[i - 1];
	list->range[index] = range;
	list->count++;
	return true;
}

bool
ranges_add(struct ranges *list, struct boot_range range)
{
	uint32_t i = 0;

	if (range.bytes == 0)
		return true;
	while (i < list->count && list->range[i].base + list->range[i].bytes < range.base)
		i++;
	/* Swallow every range that overlaps or touches. */
	while (i < list->count && list->range[i].base <= range.base + range.bytes) {
		const struct boot_range *old = &list->range[i];
		uint64_t base = old->base < range.base ? old->base : range.base;
		uint64_t old_end = old->base + old->bytes;
		uint64_t end = range.base + range.bytes;
		range.base = base;
		range.bytes = (old_end > end ? old_end : end) - base;
		ranges_drop(list, i);
	}
	return ranges_insert(list, i, range);
}

bool
ranges_remove(struct ranges *list, struct boot_range range)
{
	uint64_t end = range.base + range.bytes;

	for (uint32_t i = 0; i < list->count;) {
		struct boot_range *old = &list->range[i];
		uint64_t old_end = old->base + old->bytes;

		if (!range_overlaps(old, &range)) {
			i++;
			continue;
		}
		struct boot_range tail = { end, old_end > end ? old_end - end : 0 };
		if (old->base < range.base) {
			old->bytes = range.base - old->base;
			i++;
			/* Without room for the tail it is lost: less memory, never wrong memory. */
			if (tail.bytes != 0)
				return ranges_insert(list, i, tail);
		} else if (tail.bytes != 0) {
			*old = tail;
			i++;
		} else {
			ranges_drop(list, i);
		}
	}
	return true;
}

bool
ranges_overlap(const struct ranges *list, const struct boot_range *range)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (range_overlaps(&list->range[i], range))
			return true;
	return false;
}
