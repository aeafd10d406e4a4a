/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's page tables, from what head.S began to their final form. Tables
 * are reached through the image's own mapping, so that nothing has to be
 * mapped to map something. Entries are only ever added or removed here, never
 * changed in place.
 */
#include "core/aarch64/boot_mmu.h"
#include "core/aarch64/drivers.h"
#include "core/aarch64/memory.h"
#include "core/aarch64/sysreg.h"

#define ENTRIES 512
#define LEVELS 3

extern char text_start[], data_start[];
extern uint64_t boot_tables[BOOT_TABLES * ENTRIES];

static uint64_t *tables_next; /* taken from here downwards */
static uint64_t *root;
static uint64_t image_physical;
static uint64_t device_next;

/* Entry sizes: 1 GiB, 2 MiB, 4 KiB. */
static unsigned int
level_shift(int level)
{
	return 30u - 9u * (unsigned int)level;
}

uint64_t
boot_physical(const void *address)
{
	return (uintptr_t)address - KERNEL_BASE + image_physical;
}

static uint64_t *
table_at(uint64_t entry)
{
	uintptr_t address = (uintptr_t)((entry & PTE_ADDRESS) - image_physical + KERNEL_BASE);
	return (uint64_t *)address; /* NOLINT: an address in the image */
}

static uint64_t *
table_take(void)
{
	if (tables_next == boot_tables)
		boot_fail("memory is in too many pieces: no page table is left", NULL);
	tables_next -= ENTRIES;
	return tables_next;
}

static void
map_range(uint64_t virtual, uint64_t physical, uint64_t bytes, uint64_t attributes)
{
	uint64_t end = virtual + bytes;

	while (virtual != end) {
		uint64_t *table = root;
		int level = 0;

		for (;; level++) {
			uint64_t size = 1ull << level_shift(level);
			uint64_t *entry = &table[virtual >> level_shift(level) & (ENTRIES - 1)];
			bool fits = ((virtual | physical) & (size - 1)) == 0 &&
			    end - virtual >= size;

			if (fits && *entry == 0) {
				*entry = physical | attributes |
				    (level == LEVELS - 1 ? PTE_PAGE : PTE_BLOCK);
				virtual += size;
				physical += size;
				break;
			}
			if (level == LEVELS - 1)
				boot_fail("two memory ranges overlap", NULL);
			if (*entry == 0)
				*entry = boot_physical(table_take()) | PTE_TABLE;
			table = table_at(*entry);
		}
	}
}

/* Make new entries visible to the table walker. */
static void
tables_changed(void)
{
	__asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

static void
flush_all(void)
{
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" : : : "memory");
}

void
boot_mmu_init(uint64_t image)
{
	image_physical = image;
	root = boot_tables + (BOOT_TABLES - 1) * ENTRIES;
	tables_next = boot_tables + (BOOT_TABLES - KERNEL_PAGES_TABLE) * ENTRIES;
	device_next = DEVICE_BASE;

	mmu_empty_root_physical = boot_physical(mmu_empty_root);
	sysreg_write(ttbr0_el1, mmu_empty_root_physical);
	flush_all();
}

void *
device_map(uint64_t physical, size_t bytes)
{
	uint64_t offset = physical % PAGE_BYTES;
	uint64_t pages = (offset + bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	uint64_t at = device_next;

	map_range(at, physical - offset, pages, PTE_KERNEL_DEVICE);
	device_next += pages;
	tables_changed();
	return (void *)(uintptr_t)(at + offset); /* NOLINT: just mapped */
}

/* Map the part of a RAM range that lies within [from, to) of physical memory. */
static void
map_ram_part(const struct boot_range *ram, uint64_t from, uint64_t to, uint64_t attributes)
{
	uint64_t start = ram->base > from ? ram->base : from;
	uint64_t end = ram->base + ram->bytes < to ? ram->base + ram->bytes : to;

	if (start < end)
		map_range(PHYSMAP_BASE + start, start, end - start, attributes);
}

void
boot_mmu_map_ram(const struct platform *platform)
{
	uint64_t text = boot_physical(text_start);
	uint64_t data = boot_physical(data_start);

	for (uint32_t i = 0; i < platform->ram_count; i++) {
		const struct boot_range *ram = &platform->ram[i];
		map_ram_part(ram, 0, text, PTE_KERNEL_DATA);
		map_ram_part(ram, text, data, PTE_KERNEL_RODATA);
		map_ram_part(ram, data, UINT64_MAX, PTE_KERNEL_DATA);
	}
	tables_changed();
}

void
boot_mmu_unmap_page(const void *address)
{
	uint64_t virtual = (uintptr_t)address;
	uint64_t *table = root;

	for (int level = 0; level < LEVELS - 1; level++)
		table = table_at(table[virtual >> level_shift(level) & (ENTRIES - 1)]);
	table[virtual >> level_shift(LEVELS - 1) & (ENTRIES - 1)] = 0;
	flush_all();
}

uint64_t
boot_mmu_finish(void)
{
	mmu_boot_end = (uintptr_t)tables_next;
	return boot_physical(tables_next);
}
