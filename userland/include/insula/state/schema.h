/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's state, declared field by field: the struct, its description and
 * its hash come from one list; and the note in the program's file that names
 * service and schema to the process manager.
 *
 *     #define KV_ENTRY(FIELD, ARRAY)  FIELD(key, U64, 0) FIELD(value, U64, 0)
 *     #define KV_STATE(FIELD, ARRAY, RECORDS)                     \
 *             FIELD(count, U64, 0)                                \
 *             RECORDS(entries, kv_entry, KV_ENTRY, 1024)
 *     STATE_RECORD(KV_ENTRY, kv_entry)
 *     STATE_ROOT(KV_STATE, kv_state)
 *     SERVER_PROGRAM_STATE("kv", 1, NOTE_RESTART, kv_state, KV_STATE, 1 << 20)
 *
 * FIELD(name, type, default), ARRAY(name, type, count, default),
 * RECORDS(name, struct, list, count). Types: U8 U16 U32 U64 I8 I16 I32 I64 CHAR.
 * Two schemas with equal hashes have equal layouts.
 */
#ifndef INSULA_STATE_SCHEMA_H
#define INSULA_STATE_SCHEMA_H

#include <insula/abi/error.h>
#include <insula/process_info.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_REASON_BYTES 160
#define STATE_NAME_BYTES 40
#define STATE_FIELDS_MAX 128u

/*      type  C type    bytes signed */
#define STATE_TYPES(T)   \
	T(U8, uint8_t)   \
	T(U16, uint16_t) \
	T(U32, uint32_t) \
	T(U64, uint64_t) \
	T(I8, int8_t)    \
	T(I16, int16_t)  \
	T(I32, int32_t)  \
	T(I64, int64_t)  \
	T(CHAR, char)

enum state_type {
	STATE_TYPE_NONE,
#define T(name, c_type) STATE_TYPE_##name,
	STATE_TYPES(T)
#undef T
	    STATE_TYPE_COUNT
};
#define T(name, c_type) typedef c_type state_c_##name;
STATE_TYPES(T)
#undef T

/* A field as it is kept in the segment; one of a record is called "record.field". */
struct state_field {
	char name[STATE_NAME_BYTES];
	uint32_t type;    /* enum state_type */
	uint32_t records; /* how many records hold it; 1 outside of one */
	uint32_t count;   /* elements in each */
	uint32_t stride;  /* from record to record */
	uint64_t offset;  /* of the first, from the root */
	uint64_t initial; /* every element's default */
};

/* A line of the list, as the program's file has it. */
struct state_line {
	const char *name;
	const struct state_line *record; /* NULL: a field, or an array */
	uint64_t initial;
	uint32_t type;
	uint32_t count; /* elements, or records */
	uint32_t offset;
	uint32_t stride; /* of a record */
};

struct state_schema {
	const struct state_line *lines; /* ends with a name of NULL */
	uint64_t hash;
	uint64_t root_bytes;
};

/*
 * Spread a schema into fields, records flattened.
 *
 * Returns  their number, or 0 if there are more than room
 */
uint32_t
state_schema_fields(const struct state_schema *schema, struct state_field *to, uint32_t room);
uint32_t state_type_bytes(uint32_t type);

/* --- the lists, expanded; see RPC_WITH in insula/rpc/describe.h for the trick */

#define STATE_OPEN() (
#define STATE_CLOSE )
#define STATE_EMPTY()
#define STATE_GRAB(...) __VA_ARGS__ STATE_CLOSE
#define STATE_WITH(M, tag) M STATE_OPEN STATE_EMPTY()() tag, STATE_GRAB
#define STATE_SCAN(...) STATE_SCAN_2(STATE_SCAN_2(__VA_ARGS__))
#define STATE_SCAN_2(...) STATE_SCAN_3(STATE_SCAN_3(__VA_ARGS__))
#define STATE_SCAN_3(...) STATE_SCAN_4(STATE_SCAN_4(__VA_ARGS__))
#define STATE_SCAN_4(...) __VA_ARGS__

#define STATE_M_FIELD(name, type, initial) state_c_##type name;
#define STATE_M_ARRAY(name, type, count, initial) state_c_##type name[count];
#define STATE_M_RECORDS(name, tag, list, count) struct tag name[count];

#define STATE_L_FIELD(tag, field, state_type_, value) \
	{ .name = #field,                             \
		.initial = (uint64_t)(value),         \
		.type = STATE_TYPE_##state_type_,     \
		.count = 1,                           \
		.offset = offsetof(struct tag, field) },
#define STATE_L_ARRAY(tag, field, state_type_, elements, value) \
	{ .name = #field,                                       \
		.initial = (uint64_t)(value),                   \
		.type = STATE_TYPE_##state_type_,               \
		.count = (elements),                            \
		.offset = offsetof(struct tag, field) },
#define STATE_L_RECORDS(tag, field, record_tag, list, elements) \
	{ .name = #field,                                       \
		.record = record_tag##_lines,                   \
		.count = (elements),                            \
		.offset = offsetof(struct tag, field),          \
		.stride = sizeof(struct record_tag) },

/* A constant expression: the program note needs the hash, and no tool runs after the linker. */
#define STATE_C(s, i) ((uint64_t)(uint8_t)((i) < sizeof(s) ? (s)[(i) < sizeof(s) ? (i) : 0] : 0))
#define STATE_C4(s, i)                                                          \
	(STATE_C(s, i) | STATE_C(s, (i) + 1) << 8 | STATE_C(s, (i) + 2) << 16 | \
	    STATE_C(s, (i) + 3) << 24)
#define STATE_STRING(s)                                                                        \
	(STATE_C4(s, 0) * 0x9e3779b97f4a7c15ull + STATE_C4(s, 4) * 0xc2b2ae3d27d4eb4full +     \
	    STATE_C4(s, 8) * 0x165667b19e3779f9ull + STATE_C4(s, 12) * 0xd6e8feb86659fd93ull + \
	    STATE_C4(s, 16) * 0xa0761d6478bd642full)
#define STATE_TERM(s, type, count, offset)              \
	((STATE_STRING(s) ^ ((uint64_t)(type) << 56)) * \
	    (2 * ((uint64_t)(offset)*0xe7037ed1a0b428dbull + (uint64_t)(count)) + 1))
#define STATE_H_FIELD(tag, field, type, initial) \
	+STATE_TERM(#field, STATE_TYPE_##type, 1, offsetof(struct tag, field))
#define STATE_H_ARRAY(tag, field, type, count, initial) \
	+STATE_TERM(#field, STATE_TYPE_##type, count, offsetof(struct tag, field))
#define STATE_H_RECORDS(tag, field, record, list, count)                 \
	+STATE_TERM(#field, 0xffu, count, offsetof(struct tag, field)) * \
	    (2 *                                                         \
		    (sizeof(struct record) +                             \
			(0 list(STATE_WITH(STATE_H_FIELD, record),       \
			    STATE_WITH(STATE_H_ARRAY, record)))) +       \
		1)
#define STATE_HASH(list, tag)                                                                      \
	(1 |                                                                                       \
	    (sizeof(struct tag) * 0x8ebc6af09c88c6e3ull +                                          \
		(0 STATE_SCAN(list(STATE_WITH(STATE_H_FIELD, tag), STATE_WITH(STATE_H_ARRAY, tag), \
		    STATE_WITH(STATE_H_RECORDS, tag))))))

/* struct `tag`, for RECORDS. */
#define STATE_RECORD(list, tag)                                                              \
	struct tag {                                                                         \
		list(STATE_M_FIELD, STATE_M_ARRAY)                                           \
	};                                                                                   \
	static const struct state_line tag##_lines[] __attribute__((unused)) = { STATE_SCAN( \
	    list(STATE_WITH(STATE_L_FIELD, tag), STATE_WITH(STATE_L_ARRAY, tag))){ .name = 0 } };

/* struct `tag`, its lines, and tag_schema. */
#define STATE_ROOT(list, tag)                                                                      \
	struct tag {                                                                               \
		list(STATE_M_FIELD, STATE_M_ARRAY, STATE_M_RECORDS)                                \
	};                                                                                         \
	static const struct state_line tag##_lines[]                                               \
	    __attribute__((unused)) = { STATE_SCAN(list(STATE_WITH(STATE_L_FIELD, tag),            \
		STATE_WITH(STATE_L_ARRAY, tag), STATE_WITH(STATE_L_RECORDS, tag))){ .name = 0 } }; \
	static const struct state_schema tag##_schema                                              \
	    __attribute__((unused)) = { .lines = tag##_lines,                                      \
		    .hash = STATE_HASH(list, tag),                                                 \
		    .root_bytes = sizeof(struct tag) };

/* --- the program note */

/* Packed: the note's contents follow its name at a multiple of 4. */
struct __attribute__((packed, aligned(4))) program_note_section {
	uint32_t name_bytes, note_bytes, type;
	char name[8];
	struct program_note note;
};
#define PROGRAM_ABI_VERSION 1

#define PROGRAM_NOTE(service_name, service_version, note_flags, hash, bytes) \
	__attribute__((section(".note.insula"), used, aligned(4)))           \
	const struct program_note_section program_note = {                   \
		.name_bytes = 7,                                             \
		.note_bytes = sizeof(struct program_note),                   \
		.type = 1,                                                   \
		.name = "Insula",                                            \
		.note = { .abi_version = PROGRAM_ABI_VERSION,                \
		    .flags = (note_flags),                                   \
		    .schema_hash = (hash),                                   \
		    .state_bytes = (bytes),                                  \
		    .version = (service_version),                            \
		    .priority = 0,                                           \
		    .service = service_name },                               \
	};

/* An updatable server without state. */
#define SERVER_PROGRAM(service_name, service_version, note_flags) \
	PROGRAM_NOTE(service_name, service_version, note_flags, 0, 0)

/* An updatable server with a state segment of that many bytes; root `tag` of that list. */
#define SERVER_PROGRAM_STATE(service_name, service_version, note_flags, tag, list, bytes)     \
	PROGRAM_NOTE(service_name, service_version, note_flags, STATE_HASH(list, tag), bytes) \
	extern const struct state_schema *const state_program_schema;                         \
	const struct state_schema *const state_program_schema = &tag##_schema;

#endif
