/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reservoir's alarm (`demo reservoir`): it rings when it is told to, and
 * knows what for.
 */
#ifndef INSULA_SERVICES_ALARM_H
#define INSULA_SERVICES_ALARM_H

#define ALARM_NAME "alarm"
#define ALARM_VERSION 1
#define ALARM_DEPTH 2

#define ALARM_OPS(OP)                 \
	OP(1, ring, 0)                \
	OP(2, status, RPC_REPEATABLE) \
	OP(3, end, 0)

/* When the sensor was armed, and when it said that the level is reached, of the monotonic clock. */
#define ALARM_ring_IN(P) P(U64, armed_ns, 0) P(U64, reached_ns, 0)
#define ALARM_ring_OUT(P)
/* How often it has rung; what it was told last, and when it rang. */
#define ALARM_status_IN(P)
#define ALARM_status_OUT(P) \
	P(U64, rings, 0) P(U64, armed_ns, 0) P(U64, reached_ns, 0) P(U64, rang_ns, 0)
/* The process ends, with status 0. */
#define ALARM_end_IN(P)
#define ALARM_end_OUT(P)

#endif
