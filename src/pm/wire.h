/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire structs of the process manager's own service, and its description
 * as the server's half of the library needs it: the kinds and sizes of what comes
 * in. Names and results' parameters serve only to match descriptions, which the RPC
 * insulator does for this service; leaving them out saves 2 KiB.
 */
#ifndef PM_WIRE_H
#define PM_WIRE_H

#include <insula/rpc/describe.h>
#include <insula/services/process.h>

#define PM_PARAMETER(kind_, field, x)        \
	{ .bytes = RPC_WIDTH_##kind_(x),     \
		.kind = RPC_KIND_OF_##kind_, \
		.flags = RPC_FLAGS_OF_##kind_ },
#define PM_STRUCTS(S, s, number, op, op_flags)                       \
	struct s##_##op##_in {                                       \
		S##_##op##_IN(RPC_FIELD)                             \
	};                                                           \
	struct s##_##op##_out {                                      \
		S##_##op##_OUT(RPC_FIELD)                            \
	};                                                           \
	static const struct rpc_parameter s##_##op##_in_parameters[] \
	    __attribute__((unused)) = { S##_##op##_IN(PM_PARAMETER){ .name = 0 } };
#define PM_METHOD(S, s, op_number, op, op_flags)            \
	{ .in = s##_##op##_in_parameters,                   \
		.in_bytes = sizeof(struct s##_##op##_in),   \
		.out_bytes = sizeof(struct s##_##op##_out), \
		.number = (op_number),                      \
		.flags = (op_flags),                        \
		.in_count = RPC_COUNT_OF(s##_##op##_in_parameters) - 1 },

RPC_SCAN(PROCESS_OPS(RPC_WITH(PM_STRUCTS, PROCESS, process)))

union process_largest_in {
	RPC_SCAN(PROCESS_OPS(RPC_WITH(RPC_IN_MEMBER, PROCESS, process)))
};
union process_largest_out {
	RPC_SCAN(PROCESS_OPS(RPC_WITH(RPC_OUT_MEMBER, PROCESS, process)))
};

#endif
