/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map, unmap and protect: at most 16 pages, all or none. A range of 16 pages
 * lies in at most two tables of each level, so the work is bounded.
 *
 * The number of valid entries is kept for each table but the root; an empty
 * table is taken out of the one above and becomes a spare page again. The
 * root entries of an estate that is linked are its holder's too.
 */
#include "mm/map.h"
#include "core/panic.h"
#include "mm/home.h"
#include "mm/shadow.h"
#include "mm/tlb.h"
#include "sched/thread.h"

#define EMPTIED_TABLES 4  /* by one call, at most */
#define DESTROY_BUDGET 16 /* pages unmapped, or looks for the next one */
#define SKIP_ENTRIES 64   /* that are free, in one look */

/* The entry of the next page, whose address this is; `entry` is the one before it. */
static inline pte_t *
entry_at_next(const struct space *space, pte_t *entry, uint64_t address)
{
	if (entry != NULL && table_index(address, 2) != 0)
		return entry + 1;
	return pagetable_entry(space->root, address);
}

static inline __attribute__((always_inline)) err_t
check_range(const struct space *space, uint64_t address, uint64_t pages)
{
	if (pages == 0 || pages > MAP_MAX_PAGES)
		return ERR_ARGUMENT;
	if (address % PAGE_BYTES != 0)
		return ERR_ALIGNMENT;
	if ((space->object.flags & OBJECT_STATIC) != 0)
		return ERR_ARGUMENT; /* home */
	if (address < space->first || address > space->end - pages * PAGE_BYTES)
		return ERR_ARGUMENT;
	return OK;
}

static err_t
check_prot(uint64_t prot)
{
	if (prot > (PROT_W | PROT_X))
		return ERR_ARGUMENT;
	return prot == (PROT_W | PROT_X) ? ERR_RIGHTS : OK;
}

/* How many tables below the root are missing on the way to an address: 0, 1 or 2. */
static uint32_t
tables_missing(const struct space *space, uint64_t address)
{
	if (space->root == NULL)
		return 2;
	pte_t entry = space->root[table_index(address, 0)];
	if (!pte_valid(entry))
		return 2;
	return pte_valid(pte_table_address(entry)[table_index(address, 1)]) ? 0 : 1;
}

static uint32_t
tables_lacking(const struct space *space, uint64_t address, uint64_t pages)
{
	uint64_t last = address + (pages - 1) * PAGE_BYTES;
	uint32_t needed = tables_missing(space, address);

	if (last / TABLE_BYTES != address / TABLE_BYTES) {
		uint32_t more = tables_missing(space, last);
		if (last / WINDOW_BYTES == address / WINDOW_BYTES && more == 2)
			more = 1; /* the upper one is the same */
		needed += more;
	}
	needed += space->root == NULL ? 1 : 0;
	return needed > space->fund.spare_count ? needed - space->fund.spare_count : 0;
}

static void
set_root_entry(struct space *space, uint64_t address, pte_t value)
{
	uint32_t i = table_index(address, 0);

	space->root[i] = value;
	if (space->holder != NULL)
		space->holder->root[i] = value;
}

/* The entry for an address; tables that are missing are made, and the fund does for them. */
static pte_t *
make_entry(struct space *space, uint64_t address)
{
	if (space_need_root(space) != OK)
		PANIC("map: pages were counted wrong");
	pte_t upper = space->root[table_index(address, 0)];
	if (!pte_valid(upper)) {
		upper = pte_table(physmap_physical(fund_take_page(space, FRAME_TABLE)));
		set_root_entry(space, address, upper);
	}
	pte_t *middle = &pte_table_address(upper)[table_index(address, 1)];
	if (!pte_valid(*middle)) {
		*middle = pte_table(physmap_physical(fund_take_page(space, FRAME_TABLE)));
		frame_of(middle)->count++;
	}
	return &pte_table_address(*middle)[table_index(address, 2)];
}

static inline __attribute__((always_inline)) void
enter_page(struct space *space, pte_t *entry, pte_t value)
{
	const uint64_t physical = pte_physical(value);
	const struct frames all = frames; /* loaded once, before the first store */
	const uint64_t number = (physical - all.base) >> PAGE_SHIFT;
	struct frame *table = &all.table[(physmap_physical(entry) - all.base) >> PAGE_SHIFT];

	if (pte_executable(value))
		cache_sync_code(physmap(physical));
	*entry = value;
	table->count++;
	space->mapped++;
	if (number < all.count)
		frame_add_mapping(&all.table[number]);
}

/*
 * 0 if a page may be mapped onward with `prot`. Home gives what its pages may
 * become: RW or RX of memory, RW of devices, R of the trace.
 */
static pte_t
source_refuses(uint64_t source, pte_t entry, uint32_t prot)
{
	return source >= SLOT_HOME_BASE ? pte_lacks_maximum(entry, prot) : pte_lacks(entry, prot);
}

/*
 * Whether all pages can be mapped: the first ones' entries are `from_entry` and
 * `entry`. *missing tells whether a table must be made.
 */
static err_t
check_pages(const struct space *space, uint64_t address, pte_t *entry, const struct space *from,
    uint64_t source, pte_t *from_entry, uint64_t pages, uint32_t prot, bool *missing)
{
	pte_t refused = 0, present = 0; /* of all entries together */

	*missing = false;
	for (;;) {
		if (from_entry == NULL || !pte_valid(*from_entry))
			return ERR_NOT_MAPPED;
		refused |= source_refuses(source, *from_entry, prot);
		if (entry == NULL)
			*missing = true;
		else
			present |= *entry;
		if (--pages == 0)
			break;
		address += PAGE_BYTES;
		source += PAGE_BYTES;
		entry = entry_at_next(space, entry, address);
		from_entry = entry_at_next(from, from_entry, source);
	}
	if (pte_valid(present))
		return ERR_MAPPED;
	return refused != 0 ? ERR_RIGHTS : OK;
}

static void
map_pages(struct space *space, uint64_t address, pte_t *entry, const struct space *from,
    uint64_t source, pte_t *from_entry, uint64_t pages, uint32_t prot)
{
	pte_t rights = pte_rights(prot, prot);

	for (;;) {
		if (entry == NULL)
			entry = make_entry(space, address);
		enter_page(space, entry, pte_onward(*from_entry, rights));
		if (--pages == 0)
			break;
		address += PAGE_BYTES;
		source += PAGE_BYTES;
		entry = entry_at_next(space, entry, address);
		from_entry = entry_at_next(from, from_entry, source);
	}
	tlb_publish();
}

err_t
call_map(struct thread *caller, uint64_t *x)
{
	struct space *space, *from = caller->space;
	uint64_t address = x[1], source = x[2], pages = x[3];
	bool missing;

	err_t err = cap_lookup_space(from, (handle_t)x[0], RIGHT_MAP, &space);
	if (err != OK)
		return err;
	err = check_range(space, address, pages);
	if (err != OK)
		return err;
	err = check_prot(x[4]);
	if (err != OK)
		return err;
	uint32_t prot = (uint32_t)x[4];
	if (source % PAGE_BYTES != 0)
		return ERR_ALIGNMENT;
	if (source > USER_END - pages * PAGE_BYTES)
		return ERR_ARGUMENT;
	pte_t *from_entry = pagetable_entry(from->root, source);
	pte_t *entry = pagetable_entry(space->root, address);
	err = check_pages(space, address, entry, from, source, from_entry, pages, prot, &missing);
	if (err != OK)
		return err;
	if (missing) {
		uint32_t lacking = tables_lacking(space, address, pages);
		if (lacking != 0) {
			x[1] = lacking;
			return ERR_NO_FUND;
		}
	}

	/* Nothing below can fail. */
	map_pages(space, address, entry, from, source, from_entry, pages, prot);
	return OK;
}

/*
 * A page or table entry is cleared; it may be cached until it is flushed.
 * Returns how many valid entries its table has left.
 */
static uint64_t
clear_entry(const struct space *space, pte_t *entry, uint64_t address, uint64_t bytes)
{
	shadow_drop(space->cached_asid, address & ~(bytes - 1), bytes, pte_physical(*entry));
	*entry = 0;
	return --frame_of(entry)->count;
}

/*
 * Take the table that `entry` lies in, which is empty, out of the table above
 * it, and that one too if it is empty then. They go to `emptied`, to be given back
 * when they have been flushed; returns how many there are then.
 */
static uint32_t
take_out_empty(
    struct space *space, pte_t *entry, uint64_t address, pte_t *emptied[], uint32_t count)
{
	emptied[count++] = table_of(entry);
	pte_t upper = space->root[table_index(address, 0)];
	pte_t *middle = &pte_table_address(upper)[table_index(address, 1)];
	if (clear_entry(space, middle, address, TABLE_BYTES) != 0)
		return count;
	emptied[count++] = table_of(middle);
	shadow_drop(
	    space->cached_asid, address & ~(WINDOW_BYTES - 1), WINDOW_BYTES, pte_physical(upper));
	set_root_entry(space, address, 0);
	return count;
}

static void
flush_pages(const struct space *space, uint64_t address, uint64_t pages)
{
	uint32_t asid = space->cached_asid;

	tlb_flush_begin();
	for (; pages != 0; pages--, address += PAGE_BYTES)
		tlb_flush_page(asid, address);
	tlb_flush_end();
}

static void
unmap_pages(struct space *space, uint64_t address, uint64_t pages, pte_t *entry)
{
	uint64_t physical[MAP_MAX_PAGES];
	pte_t *emptied[EMPTIED_TABLES];
	uint32_t empty_count = 0;

	for (uint64_t i = 0;;) {
		uint64_t here = address + i * PAGE_BYTES;
		physical[i++] = pte_physical(*entry);
		if (clear_entry(space, entry, here, PAGE_BYTES) == 0)
			empty_count = take_out_empty(space, entry, here, emptied, empty_count);
		if (i == pages)
			break;
		entry = entry_at_next(space, entry, here + PAGE_BYTES);
	}
	flush_pages(space, address, pages);
	space->mapped -= (uint32_t)pages;
	for (uint64_t i = 0; i < pages; i++)
		frame_drop_mapping(physical[i]);
	while (empty_count > 0)
		fund_give_page(emptied[--empty_count]);
}

/*
 * What unmap and protect check alike: the range is mapped, and may become
 * `prot`; *first is the first page's entry.
 */
static err_t
check_mapped(
    struct thread *caller, const uint64_t *x, uint64_t prot, struct space **space, pte_t **first)
{
	uint64_t address = x[1], pages = x[2];

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_MAP, space);
	if (err != OK)
		return err;
	err = check_range(*space, address, pages);
	if (err != OK)
		return err;
	if (prot > (PROT_W | PROT_X))
		return ERR_ARGUMENT;
	pte_t *entry = *first = pagetable_entry((*space)->root, address);
	for (;;) {
		if (entry == NULL || !pte_valid(*entry))
			return ERR_NOT_MAPPED;
		if ((prot & ~(uint64_t)pte_maximum(*entry)) != 0)
			err = ERR_RIGHTS; /* W with X is more than any maximum */
		if (--pages == 0)
			return err;
		address += PAGE_BYTES;
		entry = entry_at_next(*space, entry, address);
	}
}

err_t
call_unmap(struct thread *caller, uint64_t *x)
{
	struct space *space;
	pte_t *entry;

	err_t err = check_mapped(caller, x, PROT_R, &space, &entry);
	if (err != OK)
		return err;

	/* Nothing below can fail. */
	unmap_pages(space, x[1], x[2], entry);
	return OK;
}

static void
protect_pages(struct space *space, uint64_t address, uint64_t pages, uint32_t prot, pte_t *entry)
{
	uint64_t here = address;

	for (uint64_t i = 0; i < pages; i++) {
		uint64_t physical = pte_physical(*entry);
		if ((prot & PROT_X) != 0)
			cache_sync_code(physmap(physical));
		shadow_drop(space->cached_asid, here, PAGE_BYTES, physical);
		*entry = pte_onward(*entry, pte_rights(prot, pte_maximum(*entry)));
		here += PAGE_BYTES;
		entry = entry_at_next(space, entry, here);
	}
	flush_pages(space, address, pages);
}

err_t
call_protect(struct thread *caller, uint64_t *x)
{
	struct space *space;
	pte_t *entry;

	err_t err = check_mapped(caller, x, x[3], &space, &entry);
	if (err != OK)
		return err;

	/* Nothing below can fail. */
	protect_pages(space, x[1], x[2], (uint32_t)x[3], entry);
	return OK;
}

MM_BOOT void
map_boot_page(struct space *space, uint64_t address, uint64_t physical, uint32_t prot)
{
	if (tables_lacking(space, address, 1) != 0)
		PANIC("boot: the first process's fund is too small");
	enter_page(
	    space, make_entry(space, address), pte_page(physical, false, pte_rights(prot, prot)));
}

/* Unmap one page of a dying space; tables that it leaves empty become spare at once. */
static void
destroy_page(struct space *space, pte_t *entry, uint64_t address)
{
	pte_t *emptied[EMPTIED_TABLES];
	uint64_t physical = pte_physical(*entry);

	uint32_t count = 0;
	if (clear_entry(space, entry, address, PAGE_BYTES) == 0)
		count = take_out_empty(space, entry, address, emptied, 0);
	space->mapped--;
	frame_drop_mapping(physical);
	for (uint32_t i = 0; i < count; i++)
		fund_give_page(emptied[i]);
}

/* The address of the table's next valid entry, or as far as one look goes. */
static uint64_t
skip_free(const pte_t *entry, uint64_t address, uint32_t level)
{
	uint32_t shift = PAGE_SHIFT + 9 * (TABLE_LEVELS - 1 - level);
	uint32_t most = TABLE_ENTRIES - table_index(address, level), n = 1;

	if (most > SKIP_ENTRIES)
		most = SKIP_ENTRIES;
	/* An entry that is not valid is 0. */
	while (n + 4 <= most && (entry[n] | entry[n + 1] | entry[n + 2] | entry[n + 3]) == 0)
		n += 4;
	while (n < most && !pte_valid(entry[n]))
		n++;
	return ((address >> shift) + n) << shift;
}

bool
map_destroy_step(struct space *space)
{
	uint64_t address = space->death_address;

	/* The last page takes the last tables with it. */
	for (int budget = DESTROY_BUDGET; budget > 0 && space->mapped > 0; budget--) {
		uint32_t level = 0;
		pte_t *entry = &space->root[table_index(address, level)];
		while (pte_valid(*entry) && level < TABLE_LEVELS - 1)
			entry = &pte_table_address(*entry)[table_index(address, ++level)];
		if (pte_valid(*entry)) {
			destroy_page(space, entry, address);
			address += PAGE_BYTES;
		} else {
			address = skip_free(entry, address, level);
		}
	}
	space->death_address = address;
	return space->mapped == 0;
}
