/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the board's device tree says of devices that tests use.
 */
#ifndef TEST_BOARD_H
#define TEST_BOARD_H

#include <stdbool.h>
#include <stdint.h>

struct board_uart {
	uint64_t registers; /* in home */
	uint32_t line;
	bool mini; /* a BCM283x mini-UART, else a PL011 */
};

/* The console's UART; false if it is neither. */
bool board_console(struct board_uart *uart);

/* The registers with which a UART is told to interrupt while it can send, and the value. */
static inline uint64_t
uart_mask_register(const struct board_uart *uart)
{
	return uart->registers + (uart->mini ? 0x04 : 0x38); /* IER, IMSC */
}
static inline uint32_t
uart_mask_value(const struct board_uart *uart)
{
	return uart->mini ? 2 : 1u << 5;
}

/* The model and the compatible of the board, as its tree says them. */
const char *board_model(void);

#endif
