/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame table: one record for each 4 KiB frame between the lowest and the
 * highest address of RAM. Carved out of free RAM at boot.
 *
 * States (enum frame_state) and what moves a frame from one to the next:
 *   HOME -> USER      map, the first mapping outside home
 *   USER -> HOME      unmap or a space's death, the last such mapping
 *   HOME -> KERNEL    fund; home's own mapping is gone before it is zeroed
 *   KERNEL -> HOME    defund or a space's death; zeroed, home's mapping is back
 *   RESERVED          the kernel itself; for ever
 *   NONE              no RAM there; for ever
 *
 * Locks: [k] the kernel lock.
 *
 * Invariants
 *  M1: of a USER frame, `count` is the number of valid entries outside home's
 *      tables that map it, and not 0.
 *  M2: home maps a frame iff it is HOME or USER; of the RESERVED ones it maps the
 *      trace, and nobody may map that but read-only.
 *  M3: of a KERNEL frame, `space` is the reference of the space whose fund it
 *      is in, and `use` says what for.
 *  M4: a SPARE frame is all zero and on its space's list of spare frames.
 *  M5: of an OBJECTS frame, bit n of `granules` says that granule n is in use;
 *      at least one is, and what is not in use is zero.
 *  M6: of a TABLE frame, `count` is the number of its valid entries; only a
 *      root may have none.
 */
#ifndef INSULA_MM_FRAME_H
#define INSULA_MM_FRAME_H

#include "mm/physical.h"
#include <insula/abi/call.h>
#include <insula/abi/types.h>
#include <stdbool.h>
#include <stddef.h>

struct space;
struct platform;

enum frame_use { FRAME_SPARE, FRAME_OBJECTS, FRAME_TABLE, FRAME_ROOT, FRAME_CAPS };

struct frame {
	union {
		uint64_t granules; /* [k] M5 */
		uint64_t count;    /* [k] M1, M6; of CAPS: its number in the directory */
	};
	uint32_t space;      /* [k] M3: physical address / 32 */
	uint32_t next, prev; /* [k] frame numbers + 1 on a list of the space's; 0: none */
	uint8_t state;       /* [k] enum frame_state */
	uint8_t use;         /* [k] enum frame_use, of a KERNEL frame */
	uint8_t bucket;      /* [k] of an OBJECTS frame: which list it is on (fund.c) */
	uint8_t reserved;
};
_Static_assert(sizeof(struct frame) == 24, "frame records are 24 bytes");

/* Constant after boot. */
extern struct frames {
	struct frame *table;
	uint64_t base; /* physical address of the first record's frame */
	uint64_t count;
} frames;

/* The record of a physical address; NULL where there is no RAM (device registers). */
static inline struct frame *
frame_at(uint64_t physical)
{
	const uint64_t number = (physical - frames.base) >> PAGE_SHIFT;

	return number < frames.count ? &frames.table[number] : NULL;
}

/* The record of the frame that a pointer into RAM points into. */
static inline struct frame *
frame_of(const void *address)
{
	return &frames.table[(physmap_physical(address) - frames.base) >> PAGE_SHIFT];
}

uint64_t frame_physical(const struct frame *frame);
void *frame_address(const struct frame *frame);

/* Objects, slots and spaces are multiples of 32 bytes from the start of a frame. */
static inline uint32_t
reference_of(const void *object)
{
	return (uint32_t)(physmap_physical(object) >> 5);
}

static inline void *
reference_get(uint32_t reference)
{
	return reference == 0 ? NULL : physmap((uint64_t)reference << 5);
}

/* One more mapping of a frame outside home; one less of the one at a physical address, if there is one. */
void frame_add_mapping(struct frame *frame);
void frame_drop_mapping(uint64_t physical);

/*
 * M1, M2 and M6 for all frames and all spaces, by a walk over every table, and
 * space_check for each; panics with the number broken.
 */
void frame_check(void);

#endif
