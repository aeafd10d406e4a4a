/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making and opening a state segment, its layout, and its checksum.
 */
#include "segment.h"

#include <string.h>

struct state_header *state_segment;
const void *state_open_root;

/* A program without state; SERVER_PROGRAM_STATE has the strong one. */
__attribute__((weak)) const struct state_schema *const state_program_schema = NULL;

static uint64_t
round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

err_t
state_shape_make(struct state_shape *shape, uint64_t bytes, uint32_t fields, uint64_t root_bytes)
{
	if (fields == 0 || bytes < root_bytes)
		return ERR_BAD_STATE;
	shape->fields = fields;
	shape->log_offset =
	    round_up(sizeof(struct state_header) + fields * sizeof(struct state_field), STATE_PAGE);
	/* A sixteenth for the log; room for the root to double, so that a later one keeps the arena. */
	shape->log_bytes = round_up(bytes / 16, STATE_PAGE);
	if (shape->log_bytes > LOG_BYTES_MAX)
		shape->log_bytes = LOG_BYTES_MAX;
	shape->root_offset = shape->log_offset + shape->log_bytes;
	shape->arena_offset = round_up(shape->root_offset + 2 * root_bytes, STATE_PAGE);
	if (shape->arena_offset > bytes)
		shape->arena_offset = bytes; /* no arena, then */
	return shape->root_offset + root_bytes <= bytes ? OK : ERR_BAD_STATE;
}

bool
state_header_valid(const struct state_header *h, uint64_t bytes)
{
	return h->magic == STATE_MAGIC && h->layout == STATE_LAYOUT && h->bytes == bytes &&
	    h->fields != 0 && h->fields <= STATE_FIELDS_MAX && h->fields_offset == sizeof *h &&
	    h->log_offset >= h->fields_offset + h->fields * sizeof(struct state_field) &&
	    h->log_bytes <= bytes && h->log_offset <= bytes - h->log_bytes &&
	    h->root_offset >= h->log_offset + h->log_bytes && h->root_bytes <= bytes &&
	    h->root_offset <= bytes - h->root_bytes &&
	    h->arena_offset >= h->root_offset + h->root_bytes && h->arena_offset <= bytes &&
	    atomic_load(&h->log_used) <= h->log_bytes && h->arena_used >= h->arena_offset &&
	    h->arena_used <= bytes;
}

void
state_lay_out(struct state_header *h, uint64_t bytes, const struct state_schema *schema,
    const struct state_shape *shape)
{
	h->layout = STATE_LAYOUT;
	h->bytes = bytes;
	h->schema_hash = schema->hash;
	h->fields_offset = sizeof *h;
	h->log_offset = shape->log_offset;
	h->log_bytes = shape->log_bytes;
	h->root_offset = shape->root_offset;
	h->root_bytes = schema->root_bytes;
	h->arena_offset = shape->arena_offset;
	h->arena_used = shape->arena_offset;
	h->fields = state_schema_fields(
	    schema, (struct state_field *)(void *)((uint8_t *)h + h->fields_offset), shape->fields);
}

void
state_set_defaults(struct state_header *h)
{
	const struct state_field *f = state_header_fields(h);
	uint8_t *root = (uint8_t *)h + h->root_offset;
	for (uint32_t n = 0; n < h->fields; n++, f++) {
		uint32_t width = state_type_bytes(f->type);
		if (f->initial == 0)
			continue; /* the segment is zeros */
		for (uint64_t r = 0; r < f->records; r++) {
			for (uint64_t c = 0; c < f->count; c++)
				memcpy(root + f->offset + r * f->stride + c * width, &f->initial,
				    width);
		}
	}
}

err_t
state_create(void *segment, uint64_t bytes, const struct state_schema *schema)
{
	struct state_header *h = segment;
	struct state_shape shape;
	static struct state_field scratch[STATE_FIELDS_MAX];
	err_t err = state_shape_make(&shape, bytes,
	    state_schema_fields(schema, scratch, STATE_FIELDS_MAX), schema->root_bytes);
	if (err != OK)
		return err;
	state_lay_out(h, bytes, schema, &shape);
	state_set_defaults(h);
	*(volatile uint64_t *)&h->magic = STATE_MAGIC;
	return state_open(segment, bytes, schema);
}

err_t
state_open(void *segment, uint64_t bytes, const struct state_schema *schema)
{
	struct state_header *h = segment;
	if (!state_header_valid(h, bytes) || h->schema_hash != schema->hash ||
	    h->root_bytes != schema->root_bytes)
		return ERR_BAD_STATE;
	state_segment = h;
	state_open_root = (const uint8_t *)h + h->root_offset;
	state_begin(0);
	return OK;
}

bool
state_is_open(void)
{
	return state_segment != NULL;
}

static uint64_t
checksum(uint64_t sum, const uint8_t *bytes, uint64_t length)
{
	for (uint64_t n = 0; n < length; n++)
		sum = (sum ^ bytes[n]) * 0x100000001b3ull;
	return sum;
}

uint64_t
state_checksum(void)
{
	const struct state_header *h = state_segment;
	const uint8_t *base = (const uint8_t *)h;
	uint64_t sum = checksum(0xcbf29ce484222325ull, base + h->root_offset, h->root_bytes);
	sum = checksum(sum, (const uint8_t *)&h->arena_used,
	    sizeof *h - offsetof(struct state_header, arena_used));
	return checksum(sum, base + h->arena_offset, h->arena_used - h->arena_offset);
}
