/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recordings of the kernel's trace (insula/abi/trace.h). A recording is the
 * records from `first` on, to `end` once it has been stopped; of those the ring
 * still has the last ones.
 */
#ifndef INSULA_SERVICES_TRACE_H
#define INSULA_SERVICES_TRACE_H

#define TRACE_NAME "trace"
#define TRACE_VERSION 1
#define TRACE_DEPTH 4

#define TRACE_OPS(OP)                \
	OP(1, start, 0)              \
	OP(2, stop, 0)               \
	OP(3, state, RPC_REPEATABLE) \
	OP(4, read, RPC_REPEATABLE)

/* A new recording begins; what there was is forgotten. ERR_STATE: one is being made. */
#define TRACE_start_IN(P)
#define TRACE_start_OUT(P)
/* It ends. ERR_STATE: none is being made. */
#define TRACE_stop_IN(P)
#define TRACE_stop_OUT(P)
/* on: 1 while it is being made; lost: of its records, how many the ring has no longer. */
#define TRACE_state_IN(P)
#define TRACE_state_OUT(P)  \
	P(U64, on, 0)       \
	P(U64, first, 0)    \
	P(U64, end, 0)      \
	P(U64, lost, 0)     \
	P(U64, capacity, 0) \
	P(U64, clock_hz, 0)
/* Records of the recording from `number` on, or from the first one that is still there. */
#define TRACE_read_IN(P) P(U64, number, 0)
#define TRACE_read_OUT(P) P(U64, number, 0) P(BYTES, records, 768)

#endif
