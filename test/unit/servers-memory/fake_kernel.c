/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake kernel's calls. Counts and errors are those of docs/abi.md.
 */
#include "fake_kernel.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../userland/servers/memory/page.h"

#define SLOTS_A_PAGE 128u
#define SPACE_BYTES 704u
#define ENDPOINT_BYTES 128u

struct fake_kernel fake;

void
page_zero(void *page)
{
	memset(page, 0, PAGE_BYTES);
}

void *
fake_bytes(uint64_t physical)
{
	assert_true(physical >= FAKE_BASE && physical < FAKE_BASE + FAKE_FRAMES * PAGE_BYTES);
	return fake.ram + (physical - FAKE_BASE);
}

static struct fake_frame *
frame_at(uint64_t physical)
{
	uint64_t n = (physical - FAKE_BASE) >> PAGE_SHIFT;
	return n < FAKE_FRAMES ? &fake.frame[n] : NULL;
}

void
fake_reset(void)
{
	static uint8_t *ram;
	if (ram == NULL)
		ram = aligned_alloc(1 << 16, FAKE_FRAMES * PAGE_BYTES);
	assert_non_null(ram);
	__asan_unpoison_memory_region(ram, FAKE_FRAMES * PAGE_BYTES);
	memset(ram, 0xa5, FAKE_FRAMES * PAGE_BYTES);
	memset(&fake, 0, sizeof fake);
	fake.ram = ram;
	fake.home = (uint8_t *)((uintptr_t)ram - FAKE_BASE);
	for (uint32_t i = 0; i < FAKE_FRAMES; i++)
		fake.frame[i].state = FRAME_HOME;
}

/* --- funds */

static uint32_t
tables_used(const struct fake_table *table)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < FAKE_TABLES; i++)
		used += table[i].entries != 0;
	return used;
}

static uint32_t
pages_used(const struct fake_space *s)
{
	uint32_t bytes = s->spaces * SPACE_BYTES + s->endpoints * ENDPOINT_BYTES;
	return s->root + tables_used(s->last) + tables_used(s->middle) +
	    (uint32_t)((bytes + PAGE_BYTES - 1) / PAGE_BYTES) +
	    (s->cap_fresh == 1 ? 0 : (s->cap_fresh + SLOTS_A_PAGE - 1) / SLOTS_A_PAGE);
}

uint32_t
fake_spare(int space)
{
	const struct fake_space *s = &fake.space[space];
	assert_true(pages_used(s) <= s->fund_pages);
	return s->fund_pages - pages_used(s);
}

static void
fund_add(int space, uint64_t physical)
{
	struct fake_space *s = &fake.space[space];
	assert_true(s->fund_pages < FAKE_FUND);
	frame_at(physical)->state = FRAME_KERNEL;
	memset(fake_bytes(physical), 0xee, PAGE_BYTES);
	__asan_poison_memory_region(fake_bytes(physical), PAGE_BYTES);
	s->fund[s->fund_pages++] = physical;
}

static uint64_t
fund_remove(int space)
{
	struct fake_space *s = &fake.space[space];
	uint64_t physical = s->fund[--s->fund_pages];
	frame_at(physical)->state = FRAME_HOME;
	__asan_unpoison_memory_region(fake_bytes(physical), PAGE_BYTES);
	memset(fake_bytes(physical), 0, PAGE_BYTES);
	return physical;
}

void
fake_fund_from(int space, uint64_t physical, uint32_t pages)
{
	for (uint32_t i = 0; i < pages; i++)
		fund_add(space, physical + i * PAGE_BYTES);
}

int
fake_space_new(int payer, bool estate, unsigned slot)
{
	for (int i = 0; i < FAKE_SPACES; i++) {
		if (fake.space[i].used)
			continue;
		memset(&fake.space[i], 0, sizeof fake.space[i]);
		fake.space[i].used = true;
		fake.space[i].estate = estate;
		fake.space[i].slot = slot;
		fake.space[i].payer = payer;
		fake.space[i].cap_fresh = 1;
		if (payer >= 0)
			fake.space[payer].spaces++;
		return i;
	}
	fail_msg("the fake kernel has no room for a space");
	return -1;
}

/* --- capabilities */

static int
cap_put(int table, int object, uint32_t rights, uint64_t badge)
{
	struct fake_space *s = &fake.space[table];
	for (uint32_t i = 1; i < FAKE_SLOTS; i++) {
		if (s->cap[i].object != 0)
			continue;
		s->cap[i] = (struct fake_cap){ object, rights, s->cap[i].generation + 1, badge };
		if (i >= s->cap_fresh)
			s->cap_fresh = i + 1;
		return (int)i;
	}
	fail_msg("the fake kernel's table is full");
	return 0;
}

/* Whether cap_put needs a page that the fund lacks. */
static bool
cap_lacks(int table, uint32_t besides)
{
	const struct fake_space *s = &fake.space[table];
	for (uint32_t i = 1; i < s->cap_fresh; i++) {
		if (s->cap[i].object == 0)
			return fake_spare(table) < besides;
	}
	bool fresh = s->cap_fresh == 1 || s->cap_fresh % SLOTS_A_PAGE == 0;
	return fake_spare(table) < besides + fresh;
}

static handle_t
handle_of(int table, int index)
{
	const struct fake_space *s = &fake.space[table];
	return s->cap[index].generation << HANDLE_GENERATION_SHIFT | (uint32_t)index |
	    (s->estate ? HANDLE_ESTATE : 0);
}

static struct fake_cap *
cap_find(int table, handle_t handle)
{
	struct fake_space *s = &fake.space[table];
	uint32_t index = handle & HANDLE_INDEX_MASK;
	if (((handle & HANDLE_ESTATE) != 0) != s->estate || index >= FAKE_SLOTS)
		return NULL;
	struct fake_cap *cap = &s->cap[index];
	return cap->object != 0 &&
		(handle >> HANDLE_GENERATION_SHIFT & HANDLE_GENERATION_MASK) == cap->generation
	    ? cap
	    : NULL;
}

void
fake_endpoint(int space)
{
	fake.space[space].endpoints++;
	cap_put(space, -space - 1, RIGHTS_ENDPOINT, 0);
}

handle_t
fake_handle(int space)
{
	return handle_of(fake.caller_table, cap_put(fake.caller_table, space + 1, RIGHTS_SPACE, 0));
}

int
fake_space_of(handle_t handle)
{
	struct fake_cap *cap = cap_find(fake.caller_table, handle);
	assert_non_null(cap);
	assert_true(cap->object > 0);
	return cap->object - 1;
}

static err_t
find_space(handle_t handle, uint32_t right, int *space)
{
	struct fake_cap *cap = cap_find(fake.caller_table, handle);
	fake.calls++;
	if (cap == NULL)
		return ERR_HANDLE;
	if (cap->object < 0)
		return ERR_TYPE;
	if (!(cap->rights & right))
		return ERR_RIGHTS;
	*space = cap->object - 1;
	return OK;
}

uint32_t
fake_caps(int space)
{
	uint32_t caps = 0;
	for (uint32_t i = 0; i < FAKE_SLOTS; i++)
		caps += fake.space[space].cap[i].object != 0;
	return caps;
}

/* This call may fail, and does if its turn has come. */
static err_t
fallible(void)
{
	fake.fallible++;
	if (fake.fail_at != 0 && --fake.fail_at == 0)
		return fake.fail_with;
	return OK;
}

/* --- mappings */

const struct fake_entry *
fake_entry_at(int space, uint64_t address)
{
	const struct fake_space *s = &fake.space[space];
	for (uint32_t i = 0; i < s->entries; i++) {
		if (s->entry[i].address == address)
			return &s->entry[i];
	}
	return NULL;
}

static struct fake_table *
table_find(struct fake_table *table, uint64_t key)
{
	for (uint32_t i = 0; i < FAKE_TABLES; i++) {
		if (table[i].entries != 0 && table[i].key == key)
			return &table[i];
	}
	return NULL;
}

static bool
table_add(struct fake_table *table, uint64_t key)
{
	struct fake_table *t = table_find(table, key);
	bool fresh = t == NULL;
	for (uint32_t i = 0; t == NULL && i < FAKE_TABLES; i++) {
		if (table[i].entries == 0)
			t = &table[i];
	}
	assert_non_null(t);
	t->key = key;
	t->entries++;
	return fresh;
}

void
fake_map_page(int space, uint64_t address, uint64_t physical, unsigned prot)
{
	struct fake_space *s = &fake.space[space];
	assert_true(s->entries < FAKE_ENTRIES);
	s->entry[s->entries++] = (struct fake_entry){ address, physical, prot };
	s->root = true;
	if (table_add(s->last, address >> 21))
		table_add(s->middle, address >> 30);
	struct fake_frame *frame = frame_at(physical);
	if (frame != NULL) {
		frame->state = FRAME_USER;
		frame->count++;
	}
}

static void
unmap_page(int space, uint64_t address)
{
	struct fake_space *s = &fake.space[space];
	struct fake_entry *entry = (struct fake_entry *)(uintptr_t)fake_entry_at(space, address);
	struct fake_frame *frame = frame_at(entry->physical);
	if (frame != NULL && --frame->count == 0)
		frame->state = FRAME_HOME;
	*entry = s->entry[--s->entries];
	struct fake_table *last = table_find(s->last, address >> 21);
	if (--last->entries == 0)
		table_find(s->middle, address >> 30)->entries--;
}

static uint32_t
map_lacks(int space, uint64_t address, unsigned pages)
{
	struct fake_space *s = &fake.space[space];
	uint64_t end = address + (pages - 1) * PAGE_BYTES;
	uint32_t needed = s->root ? 0 : 1;
	needed += table_find(s->last, address >> 21) == NULL;
	needed += table_find(s->middle, address >> 30) == NULL;
	if (end >> 21 != address >> 21) {
		needed += table_find(s->last, end >> 21) == NULL;
		if (end >> 30 != address >> 30)
			needed += table_find(s->middle, end >> 30) == NULL;
	}
	uint32_t spare = fake_spare(space);
	return needed > spare ? needed - spare : 0;
}

static bool
in_range(const struct fake_space *s, uint64_t address, unsigned pages)
{
	uint64_t first = 0, end = PRIVATE_END;
	if (s->estate && s->slot == SLOT_ESTATE) {
		first = SLOT_ESTATE_BASE;
		end = first + SLOT_ESTATE_WINDOWS * WINDOW_BYTES;
	} else if (s->estate) {
		first = SLOT_STATE_BASE;
		end = first + SLOT_STATE_WINDOWS * WINDOW_BYTES;
	}
	return address >= first && address < end && pages * PAGE_BYTES <= end - address;
}

err_t
insula_map(handle_t handle, uint64_t address, uint64_t source, unsigned pages, unsigned prot)
{
	int space;
	err_t err = find_space(handle, RIGHT_MAP, &space);
	if (err != OK)
		return err;
	fake.maps++;
	assert_true(pages >= 1 && pages <= MAP_MAX_PAGES);
	assert_int_equal((address | source) & (PAGE_BYTES - 1), 0);
	assert_true(source >= HOME_BASE);
	if (!in_range(&fake.space[space], address, pages))
		return ERR_ARGUMENT;
	for (unsigned i = 0; i < pages; i++) {
		struct fake_frame *frame = frame_at(source - HOME_BASE + i * PAGE_BYTES);
		if (frame != NULL && frame->state != FRAME_HOME && frame->state != FRAME_USER)
			return ERR_NOT_MAPPED;
		if (fake_entry_at(space, address + i * PAGE_BYTES) != NULL)
			return ERR_MAPPED;
	}
	err = fallible();
	if (err == OK && map_lacks(space, address, pages) != 0)
		err = ERR_NO_FUND;
	for (unsigned i = 0; err == OK && i < pages; i++)
		fake_map_page(
		    space, address + i * PAGE_BYTES, source - HOME_BASE + i * PAGE_BYTES, prot);
	return err;
}

err_t
insula_unmap(handle_t handle, uint64_t address, unsigned pages)
{
	int space;
	err_t err = find_space(handle, RIGHT_MAP, &space);
	if (err != OK)
		return err;
	assert_true(pages >= 1 && pages <= MAP_MAX_PAGES);
	for (unsigned i = 0; i < pages; i++) {
		if (fake_entry_at(space, address + i * PAGE_BYTES) == NULL) {
			fail_msg("unmap of what is not mapped: %llx",
			    (unsigned long long)(address + i * PAGE_BYTES));
			return ERR_NOT_MAPPED;
		}
	}
	for (unsigned i = 0; i < pages; i++)
		unmap_page(space, address + i * PAGE_BYTES);
	return OK;
}

err_t
insula_fund(handle_t handle, uint64_t home_address, unsigned pages)
{
	int space;
	err_t err = find_space(handle, RIGHT_FUND, &space);
	if (err != OK)
		return err;
	fake.funds++;
	assert_true(pages >= 1 && pages <= MAP_MAX_PAGES);
	for (unsigned i = 0; i < pages; i++) {
		struct fake_frame *frame = frame_at(home_address - HOME_BASE + i * PAGE_BYTES);
		assert_non_null(frame);
		assert_int_equal(frame->state, FRAME_HOME);
	}
	err = fallible();
	if (err == OK)
		fake_fund_from(space, home_address - HOME_BASE, pages);
	return err;
}

err_t
insula_defund(handle_t handle, uint64_t *home_address)
{
	int space;
	err_t err = find_space(handle, RIGHT_FUND, &space);
	if (err != OK)
		return err;
	if (fake_spare(space) == 0)
		return ERR_NO_FUND;
	*home_address = HOME_BASE + fund_remove(space);
	return OK;
}

err_t
insula_space_create(handle_t payer_handle, handle_t table_handle, unsigned flags, handle_t *handle)
{
	int payer, table;
	err_t err = find_space(payer_handle, RIGHT_CREATE, &payer);
	if (err == OK)
		err = find_space(table_handle, RIGHT_TABLE, &table);
	if (err == OK)
		err = fallible();
	if (err != OK)
		return err;
	struct fake_space *p = &fake.space[payer];
	uint32_t room =
	    (uint32_t)(-(p->spaces * SPACE_BYTES + p->endpoints * ENDPOINT_BYTES) % PAGE_BYTES);
	uint32_t lacks = room < SPACE_BYTES ? 1 : 0;
	if (fake_spare(payer) < lacks || cap_lacks(table, payer == table ? lacks : 0))
		return ERR_NO_FUND;
	int space = fake_space_new(payer, (flags & SPACE_ESTATE) != 0, flags >> 8);
	*handle = handle_of(table, cap_put(table, space + 1, RIGHTS_SPACE, 0));
	return OK;
}

err_t
insula_endpoint_create(handle_t payer_handle, handle_t table_handle, handle_t *handle)
{
	int payer, table;
	err_t err = find_space(payer_handle, RIGHT_CREATE, &payer);
	if (err == OK)
		err = find_space(table_handle, RIGHT_TABLE, &table);
	if (err == OK)
		err = fallible();
	if (err != OK)
		return err;
	if (fake_spare(payer) < 2)
		return ERR_NO_FUND;
	fake.space[payer].endpoints++;
	*handle = handle_of(table, cap_put(table, -payer - 1, RIGHTS_ENDPOINT, 0));
	return OK;
}

err_t
insula_cap_copy(handle_t from_handle, handle_t handle, handle_t to_handle, uint64_t rights,
    uint64_t badge, handle_t *copy)
{
	int from, to;
	err_t err = find_space(from_handle, RIGHT_TABLE, &from);
	if (err == OK)
		err = find_space(to_handle, RIGHT_TABLE, &to);
	if (err != OK)
		return err;
	struct fake_cap *cap = cap_find(from, handle);
	if (cap == NULL)
		return ERR_HANDLE;
	if (rights & ~(uint64_t)cap->rights)
		return ERR_RIGHTS;
	if (badge != 0 && (cap->object > 0 || cap->badge != 0))
		return ERR_BADGE;
	err = fallible();
	if (err == OK && cap_lacks(to, 0))
		err = ERR_NO_FUND;
	if (err != OK)
		return err;
	*copy = handle_of(
	    to, cap_put(to, cap->object, (uint32_t)rights, badge != 0 ? badge : cap->badge));
	return OK;
}

err_t
insula_destroy(handle_t handle)
{
	int space;
	err_t err = find_space(handle, RIGHT_SP_OWN, &space);
	if (err != OK)
		return err;
	struct fake_space *s = &fake.space[space];
	assert_int_equal(s->spaces, 0);
	while (s->entries > 0)
		unmap_page(space, s->entry[0].address);
	while (s->fund_pages > 0)
		fund_remove(space);
	if (s->payer >= 0)
		fake.space[s->payer].spaces--;
	s->used = false;
	for (int i = 0; i < FAKE_SPACES; i++) {
		for (uint32_t n = 0; n < FAKE_SLOTS; n++) {
			struct fake_cap *cap = &fake.space[i].cap[n];
			if (cap->object == space + 1 || cap->object == -space - 1)
				cap->object = 0;
		}
	}
	return OK;
}

err_t
insula_space_query(handle_t handle, enum space_item item, uint64_t argument, uint64_t x[7])
{
	int space;
	err_t err = find_space(handle, RIGHT_SP_QUERY, &space);
	if (err != OK)
		return err;
	memset(x, 0, 7 * sizeof *x);
	if (item == SPACE_FUND) {
		x[0] = fake.space[space].fund_pages;
		x[1] = fake_spare(space);
		x[2] = fake.space[space].entries;
		x[4] = fake_caps(space);
		return OK;
	}
	assert_int_equal(item, SPACE_PAGE);
	uint64_t physical = argument - HOME_BASE;
	unsigned prot = PROT_W | PAGE_PRESENT;
	if (space != fake.home_space) {
		const struct fake_entry *entry = fake_entry_at(space, argument);
		if (entry == NULL)
			return ERR_NOT_MAPPED;
		physical = entry->physical;
		prot = entry->prot | PAGE_PRESENT;
	}
	struct fake_frame *frame = frame_at(physical);
	if (space == fake.home_space && frame == NULL)
		return ERR_NOT_MAPPED;
	x[0] = frame != NULL && frame->state == FRAME_KERNEL ? 0 : prot;
	x[1] = frame == NULL ? FRAME_NONE : frame->state;
	x[2] = frame == NULL ? 0 : frame->count;
	x[3] = HOME_BASE + physical;
	return OK;
}

/* --- the state as numbers */

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 3 * sizeof(uint64_t));
}

size_t
fake_dump(uint64_t *to, size_t room)
{
	size_t n = 0;
	for (uint32_t i = 0; i < FAKE_FRAMES; i++)
		to[n++] = fake.frame[i].state * 1000u + fake.frame[i].count;
	for (int i = 0; i < FAKE_SPACES; i++) {
		const struct fake_space *s = &fake.space[i];
		to[n++] = s->used;
		if (!s->used)
			continue;
		to[n++] = s->fund_pages;
		to[n++] = fake_spare(i);
		to[n++] = s->entries;
		size_t first = n;
		for (uint32_t e = 0; e < s->entries; e++) {
			to[n++] = s->entry[e].address;
			to[n++] = s->entry[e].physical;
			to[n++] = s->entry[e].prot;
		}
		qsort(to + first, s->entries, 3 * sizeof *to, compare);
		first = n;
		uint32_t caps = fake_caps(i);
		to[n++] = caps;
		for (uint32_t c = 0; c < FAKE_SLOTS; c++) {
			if (s->cap[c].object == 0)
				continue;
			to[n++] = (uint64_t)(int64_t)s->cap[c].object;
			to[n++] = s->cap[c].rights;
			to[n++] = s->cap[c].badge;
		}
		qsort(to + first + 1, caps, 3 * sizeof *to, compare);
		assert_true(n + 8192 < room);
	}
	return n;
}
