/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire structs of the process manager's own service, and of each operation what
 * rings.c checks arguments by. Names, defaults and results' parameters serve only to
 * match descriptions, which the RPC insulator does for this service; leaving them
 * out saves 3 KiB.
 */
#ifndef PM_WIRE_H
#define PM_WIRE_H

#include <insula/rpc/describe.h>
#include <insula/services/process.h>

/* A parameter in 16 bits; 0 ends the list of an operation. */
#define PM_KIND_SHIFT 12
#define PM_PARAMETER(kind_, field, x) RPC_KIND_OF_##kind_ << PM_KIND_SHIFT | RPC_WIDTH_##kind_(x),
#define PM_PARAMETER_KIND(p) ((uint32_t)(p) >> PM_KIND_SHIFT)
#define PM_PARAMETER_BYTES(p) ((uint32_t)(p) & ((1u << PM_KIND_SHIFT) - 1))

#define PM_STRUCTS(S, s, number, op, op_flags) \
	struct s##_##op##_in {                 \
		S##_##op##_IN(RPC_FIELD)       \
	};                                     \
	struct s##_##op##_out {                \
		S##_##op##_OUT(RPC_FIELD)      \
	};

RPC_SCAN(PROCESS_OPS(RPC_WITH(PM_STRUCTS, PROCESS, process)))

union process_largest_in {
	RPC_SCAN(PROCESS_OPS(RPC_WITH(RPC_IN_MEMBER, PROCESS, process)))
};
union process_largest_out {
	RPC_SCAN(PROCESS_OPS(RPC_WITH(RPC_OUT_MEMBER, PROCESS, process)))
};
#define PROCESS_IN_BYTES ((uint32_t)sizeof(union process_largest_in) - 1)
#define PROCESS_OUT_BYTES ((uint32_t)sizeof(union process_largest_out) - 1)
_Static_assert(PROCESS_IN_BYTES < 1u << PM_KIND_SHIFT, "every width fits its bits");

#endif
