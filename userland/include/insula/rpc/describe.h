/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a service's list (insula/services/NAME.h) to C: the wire structs, the
 * description, and its encoding, which is what is matched when a connection
 * opens. insula/rpc/client.h and insula/rpc/server.h make the stubs and the
 * table of handlers from the same lists.
 *
 *     #include <insula/services/kv.h>
 *     RPC_DEFINE_SERVICE(KV, kv)
 *
 * gives `struct kv_put_in`, `struct kv_put_out` and so on, `kv_interface`, and
 * the client stubs. It is said once in a file (a .c file, or a header with a guard).
 *
 * In a wire struct every parameter starts at a multiple of 8:
 *     U64(name, default)        uint64_t name;
 *     TEXT(name, bytes)         char name[bytes];  NUL-terminated
 *     BYTES(name, bytes)        uint32_t name_length; uint8_t name[bytes];  the bytes 8-aligned
 * and each has an OPTIONAL_ twin, for a client's: a server that does not know
 * it may leave it out.
 */
#ifndef INSULA_RPC_DESCRIBE_H
#define INSULA_RPC_DESCRIBE_H

#include <insula/abi/error.h>
#include <insula/process_info.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Flags of an operation. */
#define RPC_REPEATABLE 1u /* running it twice is as good as once */
#define RPC_EXTERNAL 2u   /* it drives a device or calls out: never run again after a crash */
#define RPC_POPUP 4u      /* a thread of its own for each call */

/* Kinds of a parameter, and the bit that marks an optional one. */
enum rpc_kind { RPC_KIND_U64 = 1, RPC_KIND_TEXT, RPC_KIND_BYTES, RPC_KIND_COUNT };
#define RPC_OPTIONAL 0x80u

struct rpc_parameter {
	const char *name;
	uint64_t initial; /* of a U64; the others start empty */
	uint32_t bytes;   /* capacity, without the count of a BYTES */
	uint8_t kind;     /* enum rpc_kind */
	uint8_t flags;    /* RPC_OPTIONAL */
};

struct rpc_method {
	const char *name;
	const struct rpc_parameter *in, *out;
	uint32_t in_bytes, out_bytes; /* of the wire structs */
	uint16_t number, flags;
	uint16_t in_count, out_count;
	uint32_t variable; /* parameters of `in` that are not U64 */
};

struct rpc_interface {
	const char *name;
	const struct rpc_method *method;
	uint32_t methods;
	uint32_t version; /* for people */
	uint32_t depth;
	uint32_t in_bytes, out_bytes; /* the largest */
};

#define RPC_METHODS_MAX 32u
#define RPC_PARAMETERS_MAX 160u
#define RPC_METHOD_NUMBER_MAX 63u
#define RPC_DESCRIPTION_BYTES 1976u /* of an encoded description at most */
#define RPC_REASON_BYTES 120u

/* --- the encoded description, as it travels and is kept */

/*
 * Encode an interface.
 *
 * Returns the bytes written, or 0 if they exceed `room`.
 */
uint32_t rpc_encode(const struct rpc_interface *interface, uint8_t *to, uint32_t room);

/* Number of what is matched: name, operations and parameters; not version or depth. Never 0. */
uint32_t rpc_hash(const uint8_t *description, uint32_t bytes);

/* A decoded description, with the tables that it points into; its strings stay in the bytes. */
struct rpc_decoded {
	struct rpc_interface interface;
	struct rpc_method method[RPC_METHODS_MAX];
	struct rpc_parameter parameter[RPC_PARAMETERS_MAX];
};

/*
 * Decode a description that nobody vouches for.
 *
 * Returns  OK, or ERR_ARGUMENT if it is damaged.
 */
MUST_CHECK err_t rpc_decode(struct rpc_decoded *d, const uint8_t *description, uint32_t bytes);

/*
 * Match a client's description with the server's (R3).
 *
 * Same service name; every operation that the client names exists; common
 * parameters are equal in kind and size; parameters that the client lacks take
 * the server's defaults; those that the server lacks are refused unless the
 * client marked them optional. Results the same way round.
 *
 * Returns  OK, or ERR_MISMATCH with a sentence in reason that names the parameter.
 */
MUST_CHECK err_t rpc_match(const struct rpc_interface *server, const struct rpc_interface *client,
    char reason[RPC_REASON_BYTES]);

/* Copies of bytes that turn one side's struct into the other's. */
struct rpc_move {
	uint16_t to, from, bytes;
};
struct rpc_plan {
	uint32_t moves;
	uint32_t to_bytes;
	struct rpc_move move[RPC_PARAMETERS_MAX];
};

/* The moves that make `to` parameters from `from` ones; what has no source keeps its default. */
void rpc_plan_make(struct rpc_plan *plan, const struct rpc_parameter *to, uint32_t to_count,
    uint32_t to_bytes, const struct rpc_parameter *from, uint32_t from_count);

/* Fill a wire struct with its defaults. */
void
rpc_defaults(void *wire, uint32_t bytes, const struct rpc_parameter *parameter, uint32_t count);

/* --- the lists, expanded */

#define RPC_WIDTH_U64(x) 8u
#define RPC_WIDTH_TEXT(x) (x)
#define RPC_WIDTH_BYTES(x) (x)
#define RPC_WIDTH_OPTIONAL_U64(x) 8u
#define RPC_WIDTH_OPTIONAL_TEXT(x) (x)
#define RPC_WIDTH_OPTIONAL_BYTES(x) (x)

#define RPC_INITIAL_U64(x) (x)
#define RPC_INITIAL_TEXT(x) 0
#define RPC_INITIAL_BYTES(x) 0
#define RPC_INITIAL_OPTIONAL_U64(x) (x)
#define RPC_INITIAL_OPTIONAL_TEXT(x) 0
#define RPC_INITIAL_OPTIONAL_BYTES(x) 0

#define RPC_KIND_OF_U64 RPC_KIND_U64
#define RPC_KIND_OF_TEXT RPC_KIND_TEXT
#define RPC_KIND_OF_BYTES RPC_KIND_BYTES
#define RPC_KIND_OF_OPTIONAL_U64 RPC_KIND_U64
#define RPC_KIND_OF_OPTIONAL_TEXT RPC_KIND_TEXT
#define RPC_KIND_OF_OPTIONAL_BYTES RPC_KIND_BYTES

#define RPC_FLAGS_OF_U64 0u
#define RPC_FLAGS_OF_TEXT 0u
#define RPC_FLAGS_OF_BYTES 0u
#define RPC_FLAGS_OF_OPTIONAL_U64 RPC_OPTIONAL
#define RPC_FLAGS_OF_OPTIONAL_TEXT RPC_OPTIONAL
#define RPC_FLAGS_OF_OPTIONAL_BYTES RPC_OPTIONAL

#define RPC_FIELD_U64(name, x) _Alignas(8) uint64_t name;
#define RPC_FIELD_TEXT(name, x) _Alignas(8) char name[x];
#define RPC_FIELD_BYTES(name, x)            \
	_Alignas(8) uint32_t name##_length; \
	_Alignas(8) uint8_t name[x];
#define RPC_FIELD_OPTIONAL_U64(name, x) RPC_FIELD_U64(name, x)
#define RPC_FIELD_OPTIONAL_TEXT(name, x) RPC_FIELD_TEXT(name, x)
#define RPC_FIELD_OPTIONAL_BYTES(name, x) RPC_FIELD_BYTES(name, x)

#define RPC_FIELD(kind, name, x) RPC_FIELD_##kind(name, x)
/* No offsets: they follow from the rule above. */
#define RPC_PARAMETER(kind_, field, x)             \
	{ .name = #field,                          \
		.initial = RPC_INITIAL_##kind_(x), \
		.bytes = RPC_WIDTH_##kind_(x),     \
		.kind = RPC_KIND_OF_##kind_,       \
		.flags = RPC_FLAGS_OF_##kind_ },

/*
 * A list calls its OP with (number, name, flags); the expansions also need the
 * service's prefixes. RPC_WITH(M, S, s) in OP's place becomes, one scan later,
 * M(S, s, number, name, flags).
 */
#define RPC_OPEN() (
#define RPC_CLOSE )
#define RPC_EMPTY()
#define RPC_GRAB(number, name, flags) number, name, flags RPC_CLOSE
#define RPC_WITH(M, S, s) M RPC_OPEN RPC_EMPTY()() S, s, RPC_GRAB
#define RPC_SCAN(...) RPC_SCAN_2(RPC_SCAN_2(__VA_ARGS__))
#define RPC_SCAN_2(...) RPC_SCAN_3(RPC_SCAN_3(__VA_ARGS__))
#define RPC_SCAN_3(...) __VA_ARGS__

#define RPC_WIRE_STRUCTS(S, s, number, op, op_flags)                                      \
	struct s##_##op##_in {                                                            \
		S##_##op##_IN(RPC_FIELD)                                                  \
	};                                                                                \
	struct s##_##op##_out {                                                           \
		S##_##op##_OUT(RPC_FIELD)                                                 \
	};                                                                                \
	_Static_assert(sizeof(struct s##_##op##_in) % 8 == 0, "whole words");             \
	_Static_assert(sizeof(struct s##_##op##_out) % 8 == 0, "whole words");            \
	static const struct rpc_parameter s##_##op##_in_parameters[] = { S##_##op##_IN(   \
	    RPC_PARAMETER){ .name = 0 } };                                                \
	static const struct rpc_parameter s##_##op##_out_parameters[] = { S##_##op##_OUT( \
	    RPC_PARAMETER){ .name = 0 } };

#define RPC_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define RPC_IS_VARIABLE(kind_, field, x) +(RPC_KIND_OF_##kind_ != RPC_KIND_U64)
#define RPC_METHOD(S, s, op_number, op, op_flags)                       \
	{ .name = #op,                                                  \
		.in = s##_##op##_in_parameters,                         \
		.out = s##_##op##_out_parameters,                       \
		.in_bytes = sizeof(struct s##_##op##_in),               \
		.out_bytes = sizeof(struct s##_##op##_out),             \
		.number = (op_number),                                  \
		.flags = (op_flags),                                    \
		.variable = 0 S##_##op##_IN(RPC_IS_VARIABLE),           \
		.in_count = RPC_COUNT_OF(s##_##op##_in_parameters) - 1, \
		.out_count = RPC_COUNT_OF(s##_##op##_out_parameters) - 1 },
#define RPC_IN_MEMBER(S, s, number, op, op_flags) char op[sizeof(struct s##_##op##_in) + 1];
#define RPC_OUT_MEMBER(S, s, number, op, op_flags) char op[sizeof(struct s##_##op##_out) + 1];

/* The structs, and `s_interface`. A union of all of them knows the largest. */
#define RPC_DEFINE_DESCRIPTION(S, s)                                                         \
	RPC_SCAN(S##_OPS(RPC_WITH(RPC_WIRE_STRUCTS, S, s)))                                  \
	union s##_largest_in {                                                               \
		RPC_SCAN(S##_OPS(RPC_WITH(RPC_IN_MEMBER, S, s)))                             \
	};                                                                                   \
	union s##_largest_out {                                                              \
		RPC_SCAN(S##_OPS(RPC_WITH(RPC_OUT_MEMBER, S, s)))                            \
	};                                                                                   \
	static const struct rpc_method s##_methods[] = { RPC_SCAN(                           \
	    S##_OPS(RPC_WITH(RPC_METHOD, S, s))) };                                          \
	_Static_assert(RPC_COUNT_OF(s##_methods) <= RPC_METHODS_MAX, "too many operations"); \
	static const struct rpc_interface s##_interface __attribute__((unused)) = {          \
		.name = S##_NAME,                                                            \
		.method = s##_methods,                                                       \
		.methods = RPC_COUNT_OF(s##_methods),                                        \
		.version = S##_VERSION,                                                      \
		.depth = S##_DEPTH,                                                          \
		.in_bytes = sizeof(union s##_largest_in) - 1,                                \
		.out_bytes = sizeof(union s##_largest_out) - 1,                              \
	};

#endif
