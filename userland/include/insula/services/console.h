/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's service: bytes out, bytes in, and the interrupt key.
 */
#ifndef INSULA_SERVICES_CONSOLE_H
#define INSULA_SERVICES_CONSOLE_H

#define CONSOLE_NAME "console"
#define CONSOLE_VERSION 1
#define CONSOLE_DEPTH 8

#define CONSOLE_OPS(OP)            \
	OP(1, write, RPC_EXTERNAL) \
	OP(2, read, RPC_EXTERNAL)  \
	OP(3, mode, 0)             \
	OP(4, wait_interrupt, RPC_REPEATABLE)

#define CONSOLE_write_IN(P) P(BYTES, text, 240)
#define CONSOLE_write_OUT(P) P(U64, written, 0)
/* Answered when at least one byte is there; cooked mode: a whole line. */
#define CONSOLE_read_IN(P) P(U64, most, 240)
#define CONSOLE_read_OUT(P) P(BYTES, text, 240)
/* 1 raw: bytes as they come, no echo; 0 cooked: line at a time, echo. */
#define CONSOLE_mode_IN(P) P(U64, raw, 0)
#define CONSOLE_mode_OUT(P)
/* Answered when the interrupt key (Ctrl-C) is next pressed. */
#define CONSOLE_wait_interrupt_IN(P)
#define CONSOLE_wait_interrupt_OUT(P)

#endif
