/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the state library share: where the open segment is.
 */
#ifndef INSULA_STATE_SEGMENT_H
#define INSULA_STATE_SEGMENT_H

#include <insula/state/state.h>

extern struct state_header *state_segment;

#define STATE_ALIGN 16u
#define STATE_PAGE 4096u
#define LOG_BYTES_MAX (256u * 1024)

/* Offsets of the parts of a segment, from its size and its schema. */
struct state_shape {
	uint32_t fields;
	uint64_t log_offset, log_bytes, root_offset, arena_offset;
};

/*
 * Returns  OK, or ERR_BAD_STATE: bytes do not hold it
 */
MUST_CHECK err_t state_shape_make(
    struct state_shape *shape, uint64_t bytes, uint32_t fields, uint64_t root_bytes);

/* True if the header's offsets lie in the segment, in order. */
bool state_header_valid(const struct state_header *h, uint64_t bytes);

static inline const struct state_field *
state_header_fields(const struct state_header *h)
{
	return (const struct state_field *)(const void *)((const uint8_t *)h + h->fields_offset);
}

/* Lay out an empty segment, without the magic. */
void state_lay_out(struct state_header *h, uint64_t bytes, const struct state_schema *schema,
    const struct state_shape *shape);

/* Write every field's default to the root. */
void state_set_defaults(struct state_header *h);

#endif
