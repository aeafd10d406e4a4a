/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks in the state segment: powers of two, a free list for each size, and
 * a frontier. All of its numbers are changed by state_write, so an undone call
 * has allocated and freed nothing.
 *
 * A block is 16 bytes of header and its contents. Contents are not cleared: a
 * block that the same call freed must come back whole if the call is undone.
 */
#include "segment.h"

struct block {
	uint64_t mark;      /* BLOCK_USED or BLOCK_FREE, and the class */
	uint64_t next_free; /* offset of the next free block of its class */
};
#define BLOCK_USED (0x75736564ull << 32)
#define BLOCK_FREE (0x66726565ull << 32)
#define BLOCK_CLASS 0xffull
#define BLOCK_MIN 32ull

static struct block *
block_at(uint64_t offset)
{
	return (struct block *)(void *)((uint8_t *)state_segment + offset);
}

const void *
state_alloc(uint64_t bytes)
{
	struct state_header *h = state_segment;
	uint32_t class = 0;
	if (bytes > h->bytes)
		return NULL;
	while ((BLOCK_MIN << class) < bytes + sizeof(struct block))
		class ++;
	if (class >= STATE_CLASSES)
		return NULL;

	uint64_t offset = h->arena_free[class];
	if (offset != 0) {
		STATE_SET(h->arena_free[class], block_at(offset)->next_free);
	} else {
		if (BLOCK_MIN << class > h->bytes - h->arena_used)
			return NULL;
		offset = h->arena_used;
		STATE_SET(h->arena_used, offset + (BLOCK_MIN << class));
	}
	struct block *b = block_at(offset);
	STATE_SET(b->mark, BLOCK_USED | class);
	STATE_SET(h->arena_blocks, h->arena_blocks + 1);
	return b + 1;
}

void
state_free(const void *block)
{
	if (block == NULL)
		return;
	struct state_header *h = state_segment;
	const struct block *b = (const struct block *)block - 1;
	uint64_t class = b->mark & BLOCK_CLASS;
	if ((b->mark & ~BLOCK_CLASS) != BLOCK_USED || class >= STATE_CLASSES)
		__builtin_trap(); /* our bug: freed twice, or never allocated */
	STATE_SET(b->mark, BLOCK_FREE | class);
	STATE_SET(b->next_free, h->arena_free[class]);
	STATE_SET(h->arena_free[class], (uint64_t)((const uint8_t *)b - (const uint8_t *)h));
	STATE_SET(h->arena_blocks, h->arena_blocks - 1);
}

uint64_t
state_arena_left(void)
{
	return state_segment->bytes - state_segment->arena_used;
}

uint64_t
state_arena_blocks(void)
{
	return state_segment->arena_blocks;
}
