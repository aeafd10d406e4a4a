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

void
frame_add_mapping(uint64_t physical)
{
	struct frame *frame = frame_at(physical);

	if (frame == NULL || frame->state == FRAME_NONE)
		return; /* device registers */
	KASSERT(frame->state == FRAME_HOME || frame->state == FRAME_USER);
	frame->state = FRAME_USER;
	frame->count++;
}

void
frame_drop_mapping(uint64_t physical)
{
	struct frame *frame = frame_at(physical);

	if (frame == NULL || frame->state == FRAME_NONE)
		return;
	KASSERT(frame->state == FRAME_USER && frame->count != 0);
	if (--frame->count == 0) {
		shadow_check(physical);
		frame->state = FRAME_HOME;
	}
}
