/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Home: where frames are that nobody uses. mm_init carves what it needs
 * downwards from the end of the largest free range and marks it RESERVED at
 * the end; the first process takes its frames below that (mm_boot_frame).
 */
#include "mm/home.h"
#include "core/panic.h"
#include "core/platform.h"
#include "core/trace.h"
#include "mm/asid.h"
#include "mm/shadow.h"
#include "mm/tlb.h"

struct space *home_space;
uint64_t home_kernel_pages;

static uint64_t carve_floor, carve_next; /* what is free: [floor, next) */

static MM_BOOT uint64_t
carve(uint64_t pages)
{
	if (carve_next - carve_floor < pages * PAGE_BYTES)
		PANIC("boot: too little memory");
	carve_next -= pages * PAGE_BYTES;
	return carve_next;
}

static MM_BOOT void *
carve_zeroed(uint64_t pages)
{
	char *memory = physmap(carve(pages));

	for (uint64_t i = 0; i < pages; i++)
		page_zero(memory + i * PAGE_BYTES);
	return memory;
}

MM_BOOT uint64_t
mm_boot_frame(void)
{
	return carve(1);
}

static MM_BOOT void
add_range(struct boot_info *info, uint64_t base, uint64_t end)
{
	if (base == end || info->free_ranges == BOOT_RANGES)
		return;
	info->free[info->free_ranges].base = base;
	info->free[info->free_ranges].bytes = end - base;
	info->free_ranges++;
}

MM_BOOT void
mm_boot_free_ranges(const struct platform *platform, struct boot_info *info)
{
	for (uint32_t i = 0; i < platform->free_count; i++) {
		const struct boot_range *range = &platform->free[i];
		uint64_t end = range->base == carve_floor ? carve_next : range->base + range->bytes;
		add_range(info, range->base, end);
	}
	add_range(info, platform->boot.base, platform->boot.base + platform->boot.bytes);
}

static MM_BOOT uint64_t
carve_start(const struct platform *platform)
{
	const struct boot_range *best = &platform->free[0]; /* empty if there is none */

	for (uint32_t i = 1; i < platform->free_count; i++)
		if (platform->free[i].bytes > best->bytes)
			best = &platform->free[i];
	carve_floor = best->base;
	carve_next = best->base + best->bytes;
	return carve_next;
}

static MM_BOOT pte_t *
home_table(pte_t *entry)
{
	if (!pte_valid(*entry))
		*entry = pte_table(physmap_physical(carve_zeroed(1)));
	return pte_table_address(*entry);
}

static MM_BOOT void
home_map(uint64_t physical, uint64_t bytes, bool device)
{
	if (physical + bytes > SLOT_HOME_WINDOWS * WINDOW_BYTES)
		PANIC("boot: memory or a device beyond home's windows");
	home_space->mapped += (uint32_t)(bytes / PAGE_BYTES);
	while (bytes != 0) {
		uint64_t address = HOME_BASE + physical;
		pte_t *table = home_table(&home_space->root[table_index(address, 0)]);
		table = home_table(&table[table_index(address, 1)]);
		pte_t value = pte_page(
		    physical, device, pte_rights(PROT_W, device ? PROT_W : PROT_W | PROT_X));
		uint32_t i = table_index(address, 2);
		for (; i < TABLE_ENTRIES && bytes != 0; i++) {
			table[i] = value;
			value += PAGE_BYTES;
			physical += PAGE_BYTES;
			bytes -= PAGE_BYTES;
		}
	}
}

static MM_BOOT void
reserve(uint64_t base, uint64_t end)
{
	for (; base < end; base += PAGE_BYTES) {
		*pagetable_entry(home_space->root, HOME_BASE + base) = 0;
		frame_at(base)->state = FRAME_RESERVED;
		home_space->mapped--;
		home_kernel_pages++;
	}
}

/* The ring, which the kernel writes and home maps read-only (M2). */
static MM_BOOT uint64_t
trace_carve(uint64_t pages)
{
	trace_ring = carve_zeroed(1 + pages);
	trace_ring->mask = pages * (PAGE_BYTES / TRACE_RECORD_BYTES) - 1;
	return physmap_physical(trace_ring);
}

static MM_BOOT void
trace_show(uint64_t base, uint64_t pages)
{
	home_space->mapped += (uint32_t)pages;
	for (; pages != 0; pages--, base += PAGE_BYTES)
		*pagetable_entry(home_space->root, HOME_BASE + base) =
		    pte_page(base, false, pte_rights(PROT_R, PROT_R));
}

static MM_BOOT void
frames_init(const struct platform *platform)
{
	const struct boot_range *last = &platform->ram[platform->ram_count - 1];

	frames.base = platform->ram[0].base;
	frames.count = (last->base + last->bytes - frames.base) / PAGE_BYTES;
	frames.table =
	    carve_zeroed((frames.count * sizeof(struct frame) + PAGE_BYTES - 1) / PAGE_BYTES);
	for (uint32_t i = 1; i < platform->ram_count; i++) {
		uint64_t hole = platform->ram[i - 1].base + platform->ram[i - 1].bytes;
		for (; hole < platform->ram[i].base; hole += PAGE_BYTES)
			frame_at(hole)->state = FRAME_NONE;
	}
}

MM_BOOT void
mm_init(const struct platform *platform)
{
	uint64_t end = carve_start(platform);

	frames_init(platform);
	cap_directory_init(&cap_empty_directory);
	asid_init(carve_zeroed(ASID_BYTES / PAGE_BYTES));
	home_space = carve_zeroed(1);
	object_init_static(&home_space->object, OBJECT_SPACE);
	space_init(home_space, SPACE_ESTATE | SLOT_HOME << 8, 0);
	home_space->root = carve_zeroed(1);
	for (uint32_t i = 0; i < platform->ram_count; i++)
		home_map(platform->ram[i].base, platform->ram[i].bytes, false);
	for (uint32_t i = 0; i < platform->device_count; i++)
		home_map(platform->devices[i].base, platform->devices[i].bytes, true);
	reserve(platform->kernel.base, platform->kernel.base + platform->kernel.bytes);
	const uint64_t trace = trace_carve(platform->trace_pages);
	reserve(carve_next, end);
	trace_show(trace, 1 + platform->trace_pages);
	tlb_publish();
}

static pte_t *
home_entry(uint64_t physical)
{
	return pagetable_entry(home_space->root, HOME_BASE + physical);
}

void
home_leave(uint64_t physical)
{
	pte_t *entry = home_entry(physical);

	KASSERT(pte_valid(*entry));
	shadow_drop(home_space->cached_asid, HOME_BASE + physical, PAGE_BYTES, physical);
	*entry = 0;
	home_space->mapped--;
}

void
home_leave_done(uint64_t physical, uint32_t count)
{
	uint32_t asid = home_space->cached_asid;

	tlb_flush_begin();
	for (uint32_t i = 0; i < count; i++)
		tlb_flush_page(asid, HOME_BASE + physical + i * PAGE_BYTES);
	tlb_flush_end();
}

void
home_return(uint64_t physical)
{
	*home_entry(physical) = pte_page(physical, false, pte_rights(PROT_W, PROT_W | PROT_X));
	home_space->mapped++;
	tlb_publish();
}
