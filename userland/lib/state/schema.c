/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schemas: spreading the program's lines into fields, and converting a state
 * from one schema to another, field by field, downwards as well as up.
 */
#include "segment.h"

#include <insula/text.h>

#include <string.h>

uint32_t
state_type_bytes(uint32_t type)
{
	static const uint8_t bytes[] = { 0,
#define T(name, c_type) sizeof(c_type),
		STATE_TYPES(T)
#undef T
	};
	return type < STATE_TYPE_COUNT ? bytes[type] : 0;
}

static bool
is_signed(uint32_t type)
{
	return type >= STATE_TYPE_I8 && type <= STATE_TYPE_I64;
}

/* "record.field", cut at the end: names that long are refused by the field's own test. */
static void
make_name(char to[STATE_NAME_BYTES], const char *record, const char *field)
{
	uint32_t at = 0;
	for (; *record != '\0' && at < STATE_NAME_BYTES - 1; record++)
		to[at++] = *record;
	if (at != 0 && at < STATE_NAME_BYTES - 1)
		to[at++] = '.';
	for (; *field != '\0' && at < STATE_NAME_BYTES - 1; field++)
		to[at++] = *field;
	while (at < STATE_NAME_BYTES)
		to[at++] = '\0';
}

static bool
add_field(struct state_field *to, uint32_t *count, uint32_t room, const struct state_line *line,
    const struct state_line *record)
{
	if (*count == room)
		return false;
	struct state_field *f = &to[(*count)++];
	make_name(f->name, record == NULL ? "" : record->name, line->name);
	f->type = line->type;
	f->records = record == NULL ? 1 : record->count;
	f->count = line->count;
	f->stride = record == NULL ? 0 : record->stride;
	f->offset = line->offset + (record == NULL ? 0 : record->offset);
	f->initial = line->initial;
	return true;
}

uint32_t
state_schema_fields(const struct state_schema *schema, struct state_field *to, uint32_t room)
{
	uint32_t count = 0;
	for (const struct state_line *line = schema->lines; line->name != NULL; line++) {
		if (line->record == NULL) {
			if (!add_field(to, &count, room, line, NULL))
				return 0;
			continue;
		}
		for (const struct state_line *r = line->record; r->name != NULL; r++) {
			if (!add_field(to, &count, room, r, line))
				return 0;
		}
	}
	return count;
}

static void
say(char reason[STATE_REASON_BYTES], const char *what)
{
	struct text t = text_begin(reason, STATE_REASON_BYTES);
	text_add(&t, what);
}

/* "field `hits` of `entry`"; the name is the old version's, whom nobody vouches for. */
static struct text
say_field(char reason[STATE_REASON_BYTES], const struct state_field *f)
{
	struct text t = text_begin(reason, STATE_REASON_BYTES);
	const char *dot = memchr(f->name, '.', STATE_NAME_BYTES);
	const char *name = dot == NULL ? f->name : dot + 1;
	text_add(&t, "field `");
	text_add_foreign(&t, name, (size_t)(f->name + STATE_NAME_BYTES - name));
	if (dot != NULL) {
		text_add(&t, "` of `");
		text_add_foreign(&t, f->name, (size_t)(dot - f->name));
	}
	text_add(&t, "`: ");
	return t;
}

static const char *
type_name(uint32_t type)
{
	static const char *const names[] = { "?",
#define T(name, c_type) #name,
		STATE_TYPES(T)
#undef T
	};
	return names[type < STATE_TYPE_COUNT ? type : 0];
}

static void
say_type(struct text *t, const struct state_field *f)
{
	text_add(t, type_name(f->type));
	text_add(t, " (");
	text_add_number(t, state_type_bytes(f->type));
	text_add(t, f->type == STATE_TYPE_U8 || f->type == STATE_TYPE_I8 ? " byte)" : " bytes)");
}

static void
say_narrower(
    char reason[STATE_REASON_BYTES], const struct state_field *from, const struct state_field *to)
{
	struct text t = say_field(reason, to);
	say_type(&t, from);
	text_add(&t, " in the old version, ");
	say_type(&t, to);
	text_add(&t, " in the new one");
}

static void
say_shorter(
    char reason[STATE_REASON_BYTES], const struct state_field *from, const struct state_field *to)
{
	const bool records = to->records < from->records;
	struct text t = say_field(reason, to);
	text_add_number(&t, records ? from->records : from->count);
	text_add(&t, records ? " records" : " elements");
	text_add(&t, " in the old version, ");
	text_add_number(&t, records ? to->records : to->count);
	text_add(&t, " in the new one, and one behind is in use");
}

static bool
field_valid(const struct state_field *f, uint64_t root_bytes)
{
	uint64_t width = state_type_bytes(f->type);
	if (width == 0 || f->records == 0 || f->count == 0 || f->offset > root_bytes ||
	    f->name[STATE_NAME_BYTES - 1] != '\0')
		return false;
	/* 32-bit factors: neither product nor their sum can wrap 64 bits. */
	uint64_t end = (uint64_t)(f->records - 1) * f->stride + f->count * width;
	return end <= root_bytes - f->offset;
}

/* May every value of the old type be held by the new one? */
static bool
widens(uint32_t from, uint32_t to)
{
	if (from == to)
		return true;
	if (from == STATE_TYPE_CHAR || to == STATE_TYPE_CHAR)
		return false;
	if (is_signed(from) && !is_signed(to))
		return false;
	return state_type_bytes(to) > state_type_bytes(from);
}

static void
copy_element(uint8_t *to, uint32_t to_type, const uint8_t *from, uint32_t from_type)
{
	uint32_t from_bytes = state_type_bytes(from_type);
	uint64_t value = 0;
	memcpy(&value, from, from_bytes);
	if (is_signed(from_type) && from_bytes < 8 && (value >> (8 * from_bytes - 1)) != 0)
		value |= ~0ull << (8 * from_bytes);
	memcpy(to, &value, state_type_bytes(to_type));
}

static bool
element_is_default(const uint8_t *at, const struct state_field *f)
{
	return memcmp(at, &f->initial, state_type_bytes(f->type)) == 0;
}

/* Elements past the new field's end are lost: only defaults may be. */
static bool
tail_is_default(const struct state_field *f, const uint8_t *root, uint32_t records, uint32_t count)
{
	uint32_t width = state_type_bytes(f->type);
	for (uint64_t r = 0; r < f->records; r++) {
		for (uint64_t c = r < records ? count : 0; c < f->count; c++) {
			if (!element_is_default(root + f->offset + r * f->stride + c * width, f))
				return false;
		}
	}
	return true;
}

static void
copy_field(uint8_t *root, const struct state_field *to, const uint8_t *old_root,
    const struct state_field *from)
{
	uint32_t records = to->records < from->records ? to->records : from->records;
	uint32_t count = to->count < from->count ? to->count : from->count;
	uint32_t to_width = state_type_bytes(to->type);
	uint32_t from_width = state_type_bytes(from->type);
	for (uint64_t r = 0; r < records; r++) {
		uint8_t *t = root + to->offset + r * to->stride;
		const uint8_t *f = old_root + from->offset + r * from->stride;
		if (to->type == from->type) {
			memcpy(t, f, (size_t)count * to_width);
			continue;
		}
		for (uint64_t c = 0; c < count; c++)
			copy_element(t + c * to_width, to->type, f + c * from_width, from->type);
	}
}

static err_t
convert_field(struct state_header *h, const struct state_field *to, const struct state_header *old,
    char reason[STATE_REASON_BYTES])
{
	const uint8_t *old_root = (const uint8_t *)old + old->root_offset;
	const struct state_field *from = state_header_fields(old);
	for (uint32_t n = 0; n < old->fields; n++, from++) {
		if (strcmp(from->name, to->name) != 0)
			continue;
		if (!widens(from->type, to->type)) {
			say_narrower(reason, from, to);
			return ERR_BAD_STATE;
		}
		if (!tail_is_default(from, old_root, to->records, to->count)) {
			say_shorter(reason, from, to);
			return ERR_BAD_STATE;
		}
		copy_field((uint8_t *)h + h->root_offset, to, old_root, from);
		return OK;
	}
	return OK; /* new: it has its default */
}

/* The arena goes over as it is, to the same offset: what points into it keeps pointing. */
static err_t
convert_arena(
    struct state_header *h, const struct state_header *old, char reason[STATE_REASON_BYTES])
{
	uint64_t used = old->arena_used - old->arena_offset;
	if (used == 0)
		return OK;
	if (old->arena_offset < h->root_offset + h->root_bytes || old->arena_used > h->bytes) {
		say(reason,
		    "the fields of the new version reach into the old arena, which cannot move");
		return ERR_BAD_STATE;
	}
	h->arena_offset = old->arena_offset;
	h->arena_used = old->arena_used;
	h->arena_blocks = old->arena_blocks;
	memcpy(h->arena_free, old->arena_free, sizeof h->arena_free);
	memcpy((uint8_t *)h + h->arena_offset, (const uint8_t *)old + old->arena_offset, used);
	return OK;
}

err_t
state_convert(void *segment, uint64_t bytes, const struct state_schema *schema, const void *old,
    uint64_t old_bytes, char reason[STATE_REASON_BYTES])
{
	struct state_header *h = segment;
	const struct state_header *o = old;
	reason[0] = '\0';
	if (!state_header_valid(o, old_bytes)) {
		say(reason, "the old state is damaged");
		return ERR_BAD_STATE;
	}
	const struct state_field *from = state_header_fields(o);
	for (uint32_t n = 0; n < o->fields; n++) {
		if (!field_valid(&from[n], o->root_bytes)) {
			say(reason, "the old schema is damaged");
			return ERR_BAD_STATE;
		}
	}
	if (atomic_load(&o->log_owner) != atomic_load(&o->commit) &&
	    atomic_load(&o->log_used) != 0) {
		say(reason, "a call was under way in the old state");
		return ERR_BAD_STATE;
	}

	struct state_shape shape;
	static struct state_field scratch[STATE_FIELDS_MAX];
	uint32_t fields = state_schema_fields(schema, scratch, STATE_FIELDS_MAX);
	if (state_shape_make(&shape, bytes, fields, schema->root_bytes) != OK) {
		say(reason, "the new state does not fit its segment");
		return ERR_BAD_STATE;
	}
	state_lay_out(h, bytes, schema, &shape);
	state_set_defaults(h);
	for (uint32_t n = 0; n < h->fields; n++) {
		err_t err = convert_field(h, &state_header_fields(h)[n], o, reason);
		if (err != OK)
			return err;
	}
	err_t err = convert_arena(h, o, reason);
	if (err != OK)
		return err;
	/* The last commit goes over too: it tells which calls are answered. */
	atomic_store(&h->commit, atomic_load(&o->commit));
	atomic_store(&h->log_owner, atomic_load(&o->commit));
	*(volatile uint64_t *)&h->magic = STATE_MAGIC;
	return OK;
}
