/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Funds: frames that go from home to a space and back, and the granules that
 * objects take in them. See fund.h for what is kept where.
 *
 * A frame with room is found in constant time: in the bucket of the power of
 * two below the size at most four frames are looked at, in the buckets above
 * it every frame has room. So an object may get a new page although the fifth
 * frame of a bucket would have done; nothing is lost by that but its density.
 */
#include "mm/fund.h"
#include "core/panic.h"
#include "mm/home.h"
#include "mm/shadow.h"
#include "mm/space.h"
#include "mm/tlb.h"
#include "sched/thread.h"

#define PAGE_GRANULES 64u
#define NO_BUCKET FUND_BUCKETS
#define BUCKET_TRIES 4

static uint32_t
number_of(const struct frame *frame)
{
	return (uint32_t)(frame - frames.table) + 1;
}

static uint64_t
granule_mask(uint32_t granules)
{
	return granules == PAGE_GRANULES ? ~0ull : (1ull << granules) - 1;
}

/* The positions at which a run of n bits begins. */
static uint64_t
runs_of(uint64_t bits, uint32_t n)
{
	while (n > 1) {
		uint32_t half = n / 2;
		bits &= bits >> half;
		n -= half;
	}
	return bits;
}

/* The bucket of a frame by its free granules: log2 of the longest run. */
static uint8_t
bucket_of(uint64_t free)
{
	uint8_t bucket = 0;

	if (free == 0)
		return NO_BUCKET;
	for (uint32_t run = 1; run < PAGE_GRANULES / 2 && (free & free >> run) != 0; run *= 2) {
		free &= free >> run;
		bucket++;
	}
	return bucket;
}

static void
bucket_remove(struct fund *fund, struct frame *frame)
{
	if (frame->bucket == NO_BUCKET)
		return;
	if (frame->next != 0)
		frames.table[frame->next - 1].prev = frame->prev;
	if (frame->prev != 0)
		frames.table[frame->prev - 1].next = frame->next;
	else
		fund->bucket[frame->bucket] = frame->next;
	frame->next = frame->prev = 0;
}

static void
bucket_insert(struct fund *fund, struct frame *frame)
{
	frame->bucket = bucket_of(~frame->granules);
	if (frame->bucket == NO_BUCKET)
		return;
	uint32_t *head = &fund->bucket[frame->bucket];
	frame->next = *head;
	if (*head != 0)
		frames.table[*head - 1].prev = number_of(frame);
	*head = number_of(frame);
}

static struct frame *
find_room(const struct fund *fund, uint32_t granules)
{
	uint32_t bucket = 31 - (uint32_t)__builtin_clz(granules);
	int tries = BUCKET_TRIES;

	for (; bucket < FUND_BUCKETS; bucket++) {
		uint32_t number = fund->bucket[bucket];
		for (; number != 0 && tries > 0; tries--) {
			struct frame *frame = &frames.table[number - 1];
			if (runs_of(~frame->granules, granules) != 0)
				return frame;
			number = frame->next;
		}
		tries = BUCKET_TRIES;
	}
	return NULL;
}

static uint32_t
granules_for(size_t bytes)
{
	KASSERT(bytes != 0 && bytes <= PAGE_BYTES);
	return (uint32_t)((bytes + GRANULE_BYTES - 1) / GRANULE_BYTES);
}

uint32_t
fund_alloc_pages(const struct space *payer, size_t bytes)
{
	return find_room(&payer->fund, granules_for(bytes)) == NULL ? 1 : 0;
}

static void
siblings_add(struct fund *fund, struct object *object)
{
	struct object *first = reference_get(fund->objects);

	object->sibling_next = fund->objects;
	fund->objects = reference_of(object);
	if (first != NULL)
		first->sibling_prev = fund->objects;
}

static void
siblings_remove(struct fund *fund, struct object *object)
{
	struct object *next = reference_get(object->sibling_next);
	struct object *prev = reference_get(object->sibling_prev);

	if (next != NULL)
		next->sibling_prev = object->sibling_prev;
	if (prev != NULL)
		prev->sibling_next = object->sibling_next;
	else
		fund->objects = object->sibling_next;
}

err_t
fund_alloc(struct space *payer, enum object_type type, size_t bytes, struct object **out)
{
	struct fund *fund = &payer->fund;
	uint32_t granules = granules_for(bytes);
	struct frame *frame = find_room(fund, granules);

	if (frame == NULL) {
		void *page = fund_take_page(payer, FRAME_OBJECTS);
		if (page == NULL)
			return ERR_NO_FUND;
		frame = frame_of(page);
		frame->bucket = NO_BUCKET;
	}

	uint32_t first = (uint32_t)__builtin_ctzll(runs_of(~frame->granules, granules));
	bucket_remove(fund, frame);
	frame->granules |= granule_mask(granules) << first;
	bucket_insert(fund, frame);

	struct object *object = physmap(frame_physical(frame) + (uint64_t)first * GRANULE_BYTES);
	object->payer = payer;
	object->identity = object_new_identity();
	object->granules = (uint16_t)granules;
	object->type = (uint8_t)type;
	siblings_add(fund, object);
	*out = object;
	return OK;
}

void
fund_free(struct object *object)
{
	struct space *payer = object->payer;
	struct frame *frame = frame_of(object);
	uint32_t granules = object->granules;
	uint32_t first = (uint32_t)((physmap_physical(object) & (PAGE_BYTES - 1)) / GRANULE_BYTES);

	KASSERT(object->caps == NULL);
	KASSERT((object->flags & OBJECT_STATIC) == 0 && frame->use == FRAME_OBJECTS);
	siblings_remove(&payer->fund, object);
	granules_zero(object, granules);
	bucket_remove(&payer->fund, frame);
	frame->granules &= ~(granule_mask(granules) << first);
	if (frame->granules == 0)
		fund_give_page(frame_address(frame));
	else
		bucket_insert(&payer->fund, frame);
}

static void
spare_push(struct fund *fund, struct frame *frame)
{
	frame->use = FRAME_SPARE;
	frame->bucket = 0;
	frame->count = 0;
	frame->prev = 0;
	frame->next = fund->spare;
	fund->spare = number_of(frame);
	fund->spare_count++;
}

static struct frame *
spare_pop(struct fund *fund)
{
	struct frame *frame = &frames.table[fund->spare - 1];

	fund->spare = frame->next;
	fund->spare_count--;
	frame->next = 0;
	return frame;
}

void *
fund_take_page(struct space *space, enum frame_use use)
{
	if (space->fund.spare == 0)
		return NULL;
	struct frame *frame = spare_pop(&space->fund);
	frame->use = (uint8_t)use;
	return frame_address(frame);
}

void
fund_give_page(void *page)
{
	struct frame *frame = frame_of(page);
	struct space *space = reference_get(frame->space);

	shadow_check(frame_physical(frame));
	spare_push(&space->fund, frame);
}

void
fund_add(struct space *space, uint64_t physical, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		home_leave(physical + i * PAGE_BYTES);
	home_leave_done(physical, count);
	for (uint32_t i = count; i-- > 0;) {
		uint64_t address = physical + i * PAGE_BYTES;
		struct frame *frame = frame_at(address);
		shadow_check(address);
		page_zero(physmap(address));
		frame->state = FRAME_KERNEL;
		frame->space = reference_of(space);
		spare_push(&space->fund, frame);
	}
	space->fund.pages += count;
}

uint64_t
fund_remove(struct space *space)
{
	struct frame *frame = spare_pop(&space->fund);
	uint64_t physical = frame_physical(frame);

	space->fund.pages--;
	*frame = (struct frame){ .state = FRAME_HOME };
	home_return(physical);
	return physical;
}

err_t
call_fund(struct thread *caller, uint64_t *x)
{
	struct space *space;
	uint64_t address = x[1], pages = x[2];

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_FUND, &space);
	if (err != OK)
		return err;
	if (pages == 0 || pages > MAP_MAX_PAGES)
		return ERR_ARGUMENT;
	if (address % PAGE_BYTES != 0)
		return ERR_ALIGNMENT;
	if (home_space->holder != caller->space || address < HOME_BASE)
		return ERR_NOT_HOME;
	for (uint64_t i = 0; i < pages; i++) {
		struct frame *frame = frame_at(address - HOME_BASE + i * PAGE_BYTES);
		if (frame == NULL)
			return ERR_NOT_HOME;
		if (frame->state == FRAME_USER)
			return ERR_BUSY;
		if (frame->state != FRAME_HOME)
			return ERR_NOT_HOME;
	}

	/* Nothing below can fail. */
	fund_add(space, address - HOME_BASE, (uint32_t)pages);
	return OK;
}

err_t
call_defund(struct thread *caller, uint64_t *x)
{
	struct space *space;

	err_t err = cap_lookup_space(caller->space, (handle_t)x[0], RIGHT_FUND, &space);
	if (err != OK)
		return err;
	if (space->fund.spare == 0)
		return ERR_NO_FUND;

	/* Nothing below can fail. */
	x[1] = HOME_BASE + fund_remove(space);
	return OK;
}
