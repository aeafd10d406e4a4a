/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state segment: everything of a server that outlives its version and its
 * crashes, mapped at SLOT_STATE_BASE, and the only way to change it.
 *
 * The segment describes itself: header, the schema it was written with, undo
 * log, root struct, arena. A change first appends the old bytes to the log;
 * one 64-bit store of the transaction's number to `commit` makes all changes
 * final and empties the log at once, because the log counts only while its
 * owner is not the committed transaction.
 *
 *   V1  log_owner == commit: the log is empty, the segment is as committed
 *   V2  log_owner != commit: writing back the log's entries, last first, gives
 *       the segment as committed
 *   V3  an entry is complete before log_used covers it, and log_used covers it
 *       before the bytes that it saves are changed
 *
 * rpc_serve opens and commits transactions; a handler only writes. All of it is
 * read through const pointers, so that a write past the log does not compile.
 */
#ifndef INSULA_STATE_STATE_H
#define INSULA_STATE_STATE_H

#include <insula/state/schema.h>

#include <stdatomic.h>

#define STATE_MAGIC 0x7473414c55534e49ull /* "INSULAst" */
#define STATE_LAYOUT 1u
#define STATE_CLASSES 24u /* of block sizes: 32 bytes << class */

struct state_header {
	uint64_t magic; /* written last when a segment is made */
	uint32_t layout;
	uint32_t fields;
	uint64_t bytes; /* of the segment */
	uint64_t schema_hash;
	uint64_t fields_offset; /* struct state_field[fields] */
	uint64_t log_offset, log_bytes;
	uint64_t root_offset, root_bytes;
	uint64_t arena_offset;
	_Atomic uint64_t commit;
	_Atomic uint64_t log_owner;
	_Atomic uint64_t log_used; /* bytes of the log */
	/* The arena: changed through the log like everything else. */
	uint64_t arena_used;                /* offset of the first byte never given out */
	uint64_t arena_free[STATE_CLASSES]; /* offset of the first free block, 0: none */
	uint64_t arena_blocks;              /* given out and not freed */
};

/* --- for a server's handlers */

/* The root struct: cast to the struct of the schema. */
extern const void *state_open_root; /* of the open segment */
static inline const void *
state_root(void)
{
	return state_open_root;
}

/* Replace bytes of the root or of an arena block. What does not fit the log undoes the whole call. */
void state_write(const void *at, const void *bytes, uint64_t length);
void state_zero(const void *at, uint64_t length);

/* state_write of one object: STATE_SET(root->count, root->count + 1). */
#define STATE_SET(object, value)                                            \
	do {                                                                \
		const __typeof__(object) state_value_ = (value);            \
		state_write(&(object), &state_value_, sizeof state_value_); \
	} while (0)

/* A block of the arena with undefined contents, 16-aligned; NULL: there is none that large. */
const void *state_alloc(uint64_t bytes);
void state_free(const void *block);
/* Bytes of the arena that are not given out; and blocks that are. */
uint64_t state_arena_left(void);
uint64_t state_arena_blocks(void);

/* --- for rpc_serve */

/* Numbers of transactions. 0 is none. */
#define STATE_ID(entry, generation, number) \
	(((uint64_t)(entry) << 52) | ((uint64_t)((generation)&0xfffffu) << 32) | (uint32_t)(number))
#define STATE_ENTRY_OWN 0xfffu /* entry of the server's own transactions: start, hooks */

/* Make a new segment of zeroed memory: schema, defaults, empty arena. */
MUST_CHECK err_t state_create(void *segment, uint64_t bytes, const struct state_schema *schema);

/*
 * Use a segment.
 *
 * Returns  OK, ERR_BAD_STATE if it is damaged or of another schema: convert it then
 */
MUST_CHECK err_t state_open(void *segment, uint64_t bytes, const struct state_schema *schema);

/* True once a segment is open. */
bool state_is_open(void);

/* The transaction that is open; for the functions below only. */
struct state_transaction {
	uint64_t id;
	uint64_t flags; /* STATE_*; 0: whoever opened it has nothing to finish */
};
#define STATE_DIRTY 1u      /* log_owner is id */
#define STATE_OVERFLOWED 2u /* a write was left out */
#define STATE_FOLLOWED 4u   /* the owner's: something is to be done after the commit */
extern struct state_transaction state_transaction;

/* What is written from here on belongs to that transaction. */
static inline void
state_begin(uint64_t id)
{
	state_transaction = (struct state_transaction){ id, 0 };
}
/* The next number for a transaction of the server's own. */
uint64_t state_own_id(void);
/* Something was written since state_begin. */
static inline bool
state_dirty(void)
{
	return (state_transaction.flags & STATE_DIRTY) != 0;
}

/* The log overflowed: state_undo must follow. */
static inline bool
state_overflowed(void)
{
	return (state_transaction.flags & STATE_OVERFLOWED) != 0;
}

/* The one store. */
void state_commit(void);
void state_undo(void);
/* Undo what a crash left; returns the number of the last committed transaction. */
uint64_t state_recover(void);
/* Number over root and arena: equal states have equal ones. */
uint64_t state_checksum(void);

/*
 * Make `segment` (zeroed) from an older or newer version's, field by field: same
 * name and type are copied, wider integers widened, new fields take their
 * defaults, dropped ones are dropped. The arena keeps its address.
 *
 * Returns  OK, or ERR_BAD_STATE with a sentence naming the field
 */
MUST_CHECK err_t state_convert(void *segment, uint64_t bytes, const struct state_schema *schema,
    const void *old, uint64_t old_bytes, char reason[STATE_REASON_BYTES]);

/* The program's own schema, as SERVER_PROGRAM_STATE says; NULL without one. */
extern const struct state_schema *const state_program_schema;

#ifdef INSULA_HOST_TEST
/* Called before every store to the segment: where a test kills the server. */
void state_step(void);
#define STATE_STEP() state_step()
#else
#define STATE_STEP() ((void)0)
#endif

#endif
