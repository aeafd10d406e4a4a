/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account of dropped translations. Each record goes through the steps of
 * mm/tlb.h: dropped, visible to walks, flushed, and is gone at the end. A
 * kernel call drops less than the table holds: 16 pages, or the windows of a
 * slot.
 */
#include "mm/shadow.h"

#ifdef INSULA_DEBUG

#include "core/panic.h"
#include <insula/abi/types.h>
#include <stddef.h>

#define RECORDS 96

enum step { STEP_NONE, STEP_DROPPED, STEP_VISIBLE, STEP_FLUSHED };

static struct record {
	uint64_t address, bytes, physical;
	uint32_t asid;
	enum step step;
} records[RECORDS];
static size_t record_count;

void
shadow_drop(uint32_t asid, uint64_t address, uint64_t bytes, uint64_t physical)
{
	if (asid == 0)
		return; /* not linked: flushed when it was unlinked */
	if (record_count == RECORDS)
		PANIC("shadow TLB: too many dropped translations");
	records[record_count++] = (struct record){ address, bytes, physical, asid, STEP_DROPPED };
}

void
shadow_check(uint64_t physical)
{
	for (size_t i = 0; i < record_count; i++)
		if (records[i].physical == SHADOW_ANY || records[i].physical == physical)
			PANIC("shadow TLB: a frame is used again that may be cached");
}

void
shadow_check_empty(void)
{
	if (record_count != 0)
		PANIC("shadow TLB: a dropped translation was not flushed");
}

void
shadow_reset(void)
{
	record_count = 0;
}

void
shadow_flush_begin(void)
{
	for (size_t i = 0; i < record_count; i++)
		if (records[i].step == STEP_DROPPED)
			records[i].step = STEP_VISIBLE;
}

void
shadow_flush_page(uint32_t asid, uint64_t address)
{
	for (size_t i = 0; i < record_count; i++)
		if (records[i].step == STEP_VISIBLE && records[i].asid == asid &&
		    address - records[i].address < records[i].bytes)
			records[i].step = STEP_FLUSHED;
}

void
shadow_flush_space(uint32_t asid)
{
	for (size_t i = 0; i < record_count; i++)
		if (records[i].step == STEP_VISIBLE && records[i].asid == asid)
			records[i].step = STEP_FLUSHED;
}

void
shadow_flush_end(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < record_count; i++)
		if (records[i].step != STEP_FLUSHED)
			records[kept++] = records[i];
	record_count = kept;
}

#endif
