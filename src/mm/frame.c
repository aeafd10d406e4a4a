/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame table's records, and counting the mappings of user frames. Who
 * moves a frame between home and a fund is fund.c; nobody else writes `state`.
 */
#include "mm/frame.h"
#include "core/panic.h"
#include "mm/shadow.h"

struct frame *frame_table;
uint64_t frame_base;
uint64_t frame_count;

struct frame *
frame_at(uint64_t physical)
{
	uint64_t number = (physical - frame_base) >> PAGE_SHIFT;

	return number < frame_count ? &frame_table[number] : NULL;
}

struct frame *
frame_of(const void *address)
{
	return &frame_table[(physmap_physical(address) - frame_base) >> PAGE_SHIFT];
}

uint64_t
frame_physical(const struct frame *frame)
{
	return frame_base + ((uint64_t)(frame - frame_table) << PAGE_SHIFT);
}

void *
frame_address(const struct frame *frame)
{
	return physmap(frame_physical(frame));
}

void
frame_add_mapping(uint64_t physical)
{
	struct frame *frame = frame_at(physical);

	if (frame == NULL || frame->state >= FRAME_RESERVED)
		return; /* device registers, or the trace */
	KASSERT(frame->state == FRAME_HOME || frame->state == FRAME_USER);
	frame->state = FRAME_USER;
	frame->count++;
}

void
frame_drop_mapping(uint64_t physical)
{
	struct frame *frame = frame_at(physical);

	if (frame == NULL || frame->state >= FRAME_RESERVED)
		return;
	KASSERT(frame->state == FRAME_USER && frame->count != 0);
	if (--frame->count == 0) {
		shadow_check(physical);
		frame->state = FRAME_HOME;
	}
}
