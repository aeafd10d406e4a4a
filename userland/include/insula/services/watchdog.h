/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hang detection, when asked for: the machine is reset when nothing of a chosen
 * priority has run for a while.
 */
#ifndef INSULA_SERVICES_WATCHDOG_H
#define INSULA_SERVICES_WATCHDOG_H

#define WATCHDOG_NAME "watchdog"
#define WATCHDOG_VERSION 1
#define WATCHDOG_DEPTH 2

#define WATCHDOG_OPS(OP) \
	OP(1, arm, 0)    \
	OP(2, disarm, 0) \
	OP(3, status, RPC_REPEATABLE)

/*
 * Reset the machine when no thread of that priority (1 to 63) has had the
 * processor for that many seconds (1 to 3600). hardware 1: the board's watchdog
 * resets it too, when the kernel itself hangs (at most 15 seconds). Armed
 * again: the new values count.
 *
 * ERR_ARGUMENT out of range; ERR_NOT_FOUND the board has no watchdog.
 */
#define WATCHDOG_arm_IN(P) P(U64, seconds, 0) P(U64, priority, 20) P(U64, hardware, 0)
#define WATCHDOG_arm_OUT(P)
#define WATCHDOG_disarm_IN(P)
#define WATCHDOG_disarm_OUT(P)
/* seconds 0: not armed. there: the board has a watchdog; kicks: how often the priority ran. */
#define WATCHDOG_status_IN(P)
#define WATCHDOG_status_OUT(P) \
	P(U64, seconds, 0)     \
	P(U64, priority, 0) P(U64, hardware, 0) P(U64, there, 0) P(U64, kicks, 0)

#define WATCHDOG_SECONDS_MAX 3600u
#define WATCHDOG_HARDWARE_SECONDS_MAX 15u

#endif
