/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reservoir's flow-control valve (`demo reservoir`).
 */
#ifndef INSULA_SERVICES_VALVE_H
#define INSULA_SERVICES_VALVE_H

#define VALVE_NAME "valve"
#define VALVE_VERSION 1
#define VALVE_DEPTH 2

#define VALVE_OPS(OP)                 \
	OP(1, open, RPC_REPEATABLE)   \
	OP(2, status, RPC_REPEATABLE) \
	OP(3, end, 0)

/* Open it that far. ERR_ARGUMENT: above 100. */
#define VALVE_open_IN(P) P(U64, percent, 0)
#define VALVE_open_OUT(P)
/* How far it is open, and since when (monotonic clock). */
#define VALVE_status_IN(P)
#define VALVE_status_OUT(P) P(U64, percent, 0) P(U64, since_ns, 0)
/* The process ends, with status 0. */
#define VALVE_end_IN(P)
#define VALVE_end_OUT(P)

#endif
