/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants of frames, funds and spaces, verified in debug builds and host
 * tests by a walk over everything. Changes nothing.
 *
 * Mappings are compared without memory of their own: each adds a number that
 * is its frame's to one sum, each USER frame adds that number times its count
 * to another; the sums differ if any count is wrong.
 */
#include "mm/space.h"

#ifdef INSULA_DEBUG

#include "core/panic.h"
#include "mm/home.h"
#include "mm/shadow.h"
#include "sched/thread.h"

#define CHECK(condition, text)       \
	do {                         \
		if (!(condition))    \
			PANIC(text); \
	} while (0)
#define MIX 0x9e3779b97f4a7c15ull

static struct {
	uint64_t mappings; /* of all spaces but home */
	uint64_t fund_pages;
	uint64_t granules;
	uint64_t with_room; /* OBJECTS frames that are on a list */
} seen;

static bool
is_zero(const void *memory, size_t bytes)
{
	const uint64_t *word = memory;

	for (size_t i = 0; i < bytes / sizeof *word; i++)
		if (word[i] != 0)
			return false;
	return true;
}

static const struct frame *
check_listed(const struct space *space, uint32_t number, enum frame_use use)
{
	CHECK(number <= frames.count, "M4: a list of frames leads out of the table");
	const struct frame *frame = &frames.table[number - 1];
	CHECK(frame->state == FRAME_KERNEL && frame->space == reference_of(space),
	    "M3: a frame on a space's list is not in its fund");
	CHECK(frame->use == use, "M4: a frame is on the wrong list");
	return frame;
}

static void
check_objects(const struct space *space)
{
	uint32_t previous = 0;

	for (uint32_t at = space->fund.objects; at != 0;) {
		const struct object *object = reference_get(at);
		uint64_t first = physmap_physical(object) % PAGE_BYTES / GRANULE_BYTES;
		CHECK(object->payer == space, "O2: an object is on another payer's list");
		CHECK(object->sibling_prev == previous, "O2: a list of objects is torn");
		CHECK(object->granules != 0 && first + object->granules <= 64,
		    "M5: an object reaches over its page");
		for (uint64_t i = first; i < first + object->granules; i++)
			CHECK((frame_of(object)->granules & 1ull << i) != 0,
			    "M5: an object lies in free granules");
		seen.granules += object->granules;
		cap_check_object(object);
		previous = at;
		at = object->sibling_next;
	}
}

void
fund_check(const struct space *space)
{
	uint32_t spare = 0;

	for (uint32_t number = space->fund.spare; number != 0; spare++) {
		const struct frame *frame = check_listed(space, number, FRAME_SPARE);
		CHECK(spare < space->fund.spare_count, "M4: more spare frames than are counted");
		CHECK(is_zero(frame_address(frame), PAGE_BYTES), "M4: a spare frame is not zero");
		number = frame->next;
	}
	CHECK(spare == space->fund.spare_count, "M4: fewer spare frames than are counted");
	for (uint32_t bucket = 0; bucket < FUND_BUCKETS; bucket++) {
		uint32_t previous = 0;
		for (uint32_t number = space->fund.bucket[bucket]; number != 0;) {
			const struct frame *frame = check_listed(space, number, FRAME_OBJECTS);
			CHECK(frame->bucket == bucket && frame->prev == previous,
			    "M5: a list of frames with room is torn");
			previous = number;
			number = frame->next;
			seen.with_room++;
		}
	}
	check_objects(space);
}

static uint32_t
check_last_table(const struct space *space, const pte_t *table)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < TABLE_ENTRIES; i++) {
		if (!pte_valid(table[i]))
			continue;
		count++;
		const struct frame *frame = frame_at(pte_physical(table[i]));
		if (frame == NULL || frame->state == FRAME_NONE) {
			CHECK(pte_is_device(table[i]), "M1: what is no RAM is mapped as RAM");
			continue;
		}
		if (frame->state == FRAME_RESERVED) {
			CHECK(pte_maximum(table[i]) == PROT_R && pte_prot(table[i]) == PROT_R,
			    "M2: the kernel's own is mapped, and not read-only");
			continue;
		}
		CHECK(frame->state == FRAME_USER, "M1: a frame is mapped that is not USER");
		CHECK((pte_prot(table[i]) & ~pte_maximum(table[i])) == 0,
		    "M1: a mapping has more rights than it may have");
		seen.mappings += (uint64_t)(frame - frames.table + 1) * MIX;
	}
	const struct frame *own = frame_of(table);
	CHECK(own->state == FRAME_KERNEL && own->use == FRAME_TABLE &&
		own->space == reference_of(space),
	    "M3: a table is not in its space's fund");
	CHECK(own->count == count && count != 0, "M6: a table's entries are counted wrong");
	return count;
}

static uint32_t
check_middle_table(const struct space *space, const pte_t *table)
{
	uint32_t count = 0, pages = 0;

	for (uint32_t i = 0; i < TABLE_ENTRIES; i++) {
		if (!pte_valid(table[i]))
			continue;
		count++;
		pages += check_last_table(space, pte_table_address(table[i]));
	}
	CHECK(frame_of(table)->use == FRAME_TABLE && frame_of(table)->count == count && count != 0,
	    "M6: a table's entries are counted wrong");
	return pages;
}

/* The estate that lends a space its entry of a window; NULL if none does. */
static const struct space *
lender(const struct space *space, uint64_t address)
{
	for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
		const struct space *estate = space->linked[slot];
		if (estate != NULL && address >= estate->first && address < estate->end)
			return estate;
	}
	return NULL;
}

static void
check_tables(const struct space *space)
{
	uint64_t first = space->first, end = space->end;
	uint32_t pages = 0;

	for (uint32_t i = 0; space->root != NULL && i < TABLE_ENTRIES; i++) {
		uint64_t address = i * WINDOW_BYTES;
		pte_t entry = space->root[i];
		if (address >= first && address < end) {
			if (pte_valid(entry))
				pages += check_middle_table(space, pte_table_address(entry));
			continue;
		}
		const struct space *estate = lender(space, address);
		pte_t lent = estate == NULL || estate->root == NULL ? 0 : estate->root[i];
		CHECK(entry == lent, "V1: a root entry is not what the estate lends");
	}
	CHECK(pages == space->mapped, "V5: a space's pages are counted wrong");
}

static void
check_links(const struct space *space)
{
	for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
		const struct space *estate = space->linked[slot];
		CHECK(estate == NULL || (estate->holder == space && estate->slot == slot),
		    "V1: a linked estate does not know its holder");
	}
	uint32_t cached = space->asid;
	if (space_is_estate(space))
		cached = space->holder == NULL ? 0 : space->holder->asid;
	CHECK(space->cached_asid == cached || (space->object.flags & OBJECT_DYING) != 0,
	    "V8: a space's pages are cached under another ASID");
	if (space_is_estate(space)) {
		CHECK(space->holder == NULL || space->holder->linked[space->slot] == space,
		    "V1: an estate's holder does not know it");
		CHECK(space->ttbr0 == 0 && space->asid == 0, "V4: an estate has an ASID");
		return;
	}
	const struct space *estate = space->linked[SLOT_ESTATE];
	CHECK(space->caps.table[0] == &space->directory, "V2: a space's table is not its own");
	CHECK(space->caps.table[1] == (estate == NULL ? &cap_empty_directory : &estate->directory),
	    "V2: the second table is not the estate's");
	CHECK(space->thread_count == 0 || space->root != NULL, "V4: threads without a root");
	if (space->root != NULL)
		CHECK(pte_physical(space->ttbr0) == physmap_physical(space->root),
		    "V4: ttbr0 does not hold the root");
}

static void
check_threads(const struct space *space)
{
	const struct thread *thread = space->threads;

	for (uint32_t i = 0; i < space->thread_count; i++) {
		CHECK(thread->space == space, "V6: a thread is on another space's list");
		CHECK(thread->space_next->space_prev == thread, "V6: a list of threads is torn");
		thread = thread->space_next;
	}
	CHECK(thread == space->threads, "V6: threads are counted wrong");
}

void
space_check_links(const struct space *space)
{
	check_links(space);
	check_threads(space);
	CHECK(space == home_space || space->depth == space->object.payer->depth + 1,
	    "V7: a space's depth is wrong");
}

void
space_check(const struct space *space)
{
	fund_check(space);
	cap_check_table(space);
	space_check_links(space);
	if (space == home_space)
		return; /* its mappings are M2 */
	check_tables(space);
	seen.fund_pages += space->fund.pages;
}

static struct space *
first_space(uint32_t reference)
{
	struct object *object = reference_get(reference);

	while (object != NULL && object->type != OBJECT_SPACE)
		object = reference_get(object->sibling_next);
	return (struct space *)object;
}

/* The next space in the tree of who pays for whom, which home is the root of. */
static struct space *
next_space(struct space *space)
{
	struct space *next = first_space(space->fund.objects);

	while (next == NULL && space != home_space) {
		next = first_space(space->object.sibling_next);
		space = space->object.payer;
	}
	return next;
}

/* The list that a frame belongs on, found the slow way: log2 of the longest free run. */
static uint8_t
bucket_wanted(uint64_t granules)
{
	uint32_t longest = 0, run = 0;
	uint8_t bucket = 0;

	for (uint32_t i = 0; i < 64; i++) {
		run = (granules & 1ull << i) != 0 ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	if (longest == 0)
		return FUND_BUCKETS;
	while (longest >>= 1)
		bucket++;
	return bucket;
}

static void
check_object_page(const struct frame *frame)
{
	const char *page = frame_address(frame);

	CHECK(frame->bucket == bucket_wanted(frame->granules), "M5: a frame is on the wrong list");

	CHECK(frame->granules != 0, "M5: an empty frame is not spare");
	for (uint32_t i = 0; i < 64; i++)
		CHECK((frame->granules & 1ull << i) != 0 ||
			is_zero(page + i * GRANULE_BYTES, GRANULE_BYTES),
		    "M5: a free granule is not zero");
}

/* No builtin: libgcc counts bits in an FP register. */
static uint64_t
bits_in(uint64_t word)
{
	uint64_t bits = 0;

	for (; word != 0; word &= word - 1)
		bits++;
	return bits;
}

void
frame_check(void)
{
	uint64_t mappings = 0, fund_pages = 0, granules = 0, with_room = 0;
	const pte_t *entry = NULL;
	struct space *const home = home_space;

	CHECK(home != NULL, "M2: there is no home");
	shadow_check_empty();
	seen.mappings = seen.fund_pages = seen.granules = seen.with_room = 0;
	for (struct space *space = home; space != NULL; space = next_space(space))
		space_check(space);
	for (uint64_t n = 0; n < frames.count; n++) {
		const struct frame *frame = &frames.table[n];
		uint64_t address = HOME_BASE + frames.base + n * PAGE_BYTES;
		if (n == 0 || table_index(address, 2) == 0)
			entry = pagetable_entry(home->root, address);
		bool mapped = entry != NULL && pte_valid(*entry);
		const uint32_t maximum = mapped ? pte_maximum(*entry) : 0;
		if (entry != NULL)
			entry++;
		switch (frame->state) {
		case FRAME_USER:
			CHECK(frame->count != 0, "M1: a USER frame that nobody maps");
			mappings += (n + 1) * MIX * frame->count;
			CHECK(mapped, "M2: home does not map a frame that is its own");
			break;
		case FRAME_HOME:
			CHECK(mapped, "M2: home does not map a frame that is its own");
			break;
		case FRAME_KERNEL:
			CHECK(!mapped, "M2: home maps a kernel page");
			fund_pages++;
			if (frame->use == FRAME_OBJECTS) {
				check_object_page(frame);
				granules += bits_in(frame->granules);
				with_room += frame->bucket != FUND_BUCKETS;
			}
			break;
		case FRAME_RESERVED:
			CHECK(maximum == PROT_R,
			    "M2: home maps the kernel itself, and not read-only");
			break;
		default:
			break;
		}
	}
	CHECK(mappings == seen.mappings, "M1: mappings are counted wrong");
	CHECK(fund_pages == seen.fund_pages + home->fund.pages,
	    "M3: frames of funds are counted wrong");
	CHECK(granules == seen.granules, "M5: granules are counted wrong");
	CHECK(with_room == seen.with_room, "M5: a frame with room is on no list");
}

#endif
