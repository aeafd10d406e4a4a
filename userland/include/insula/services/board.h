/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a board can tell of itself. The name is the device tree's; the rest comes
 * from the VideoCore's firmware through its mailbox, and a board without one
 * answers ERR_NOT_FOUND.
 */
#ifndef INSULA_SERVICES_BOARD_H
#define INSULA_SERVICES_BOARD_H

#define BOARD_NAME "board"
#define BOARD_VERSION 1
#define BOARD_DEPTH 2

#define BOARD_OPS(OP)                   \
	OP(1, name, RPC_REPEATABLE)     \
	OP(2, revision, RPC_REPEATABLE) \
	OP(3, serial, RPC_REPEATABLE)   \
	OP(4, memory, RPC_REPEATABLE)   \
	OP(5, clock, RPC_REPEATABLE)    \
	OP(6, temperature, RPC_REPEATABLE)

/* mailbox: 1 if the board has one. */
#define BOARD_name_IN(P)
#define BOARD_name_OUT(P) P(TEXT, model, 64) P(TEXT, compatible, 64) P(U64, mailbox, 0)
/* The board's code, and the firmware's (seconds since 1970 of its making). */
#define BOARD_revision_IN(P)
#define BOARD_revision_OUT(P) P(U64, board, 0) P(U64, firmware, 0)
#define BOARD_serial_IN(P)
#define BOARD_serial_OUT(P) P(U64, serial, 0)
/* How memory is split between the processor and the VideoCore. */
#define BOARD_memory_IN(P)
#define BOARD_memory_OUT(P) \
	P(U64, arm_base, 0) P(U64, arm_bytes, 0) P(U64, vc_base, 0) P(U64, vc_bytes, 0)
/* id: enum board_clock; hertz 0: it stands still. */
#define BOARD_clock_IN(P) P(U64, id, 0)
#define BOARD_clock_OUT(P) P(U64, hertz, 0)
/* Thousandths of a degree Celsius; throttling begins at most. */
#define BOARD_temperature_IN(P)
#define BOARD_temperature_OUT(P) P(U64, millidegrees, 0) P(U64, most, 0)

/* As the firmware numbers them. */
enum board_clock { CLOCK_EMMC = 1, CLOCK_UART = 2, CLOCK_ARM = 3, CLOCK_CORE = 4 };

#endif
