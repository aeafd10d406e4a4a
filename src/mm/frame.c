/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame table's records, and counting the mappings of user frames. Who
 * moves a frame between home and a fund is fund.c; nobody else writes `state`.
 */
#include "mm/frame.h"
#include "core/panic.h"
#include "mm/shadow.h"

struct frames frames;

uint64_t
frame_physical(const struct frame *frame)
{
	return frames.base + ((uint64_t)(frame - frames.table) << PAGE_SHIFT);
}

void *
frame_address(const struct frame *frame)
{
	return physmap(frame_physical(frame));
}

void
frame_add_mapping(struct frame *frame)
{
	if (frame->state >= FRAME_RESERVED)
		return; /* the trace, or registers between two memories */
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
