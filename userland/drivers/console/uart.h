/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two UARTs a board may have as its console, driven by interrupts. The
 * registers are mapped into the driver by its grant; nothing else is known.
 */
#ifndef CONSOLE_UART_H
#define CONSOLE_UART_H

#include <stdbool.h>
#include <stdint.h>

struct uart {
	const char *name;
	void (*init)(
	    volatile uint8_t *registers); /* receive interrupt on; the line's speed stays */
	bool (*receive)(volatile uint8_t *registers, uint8_t *byte); /* false: nothing there */
	bool (*send)(volatile uint8_t *registers, uint8_t byte);     /* false: full */
	/* Ask for an interrupt when there is room to send, or not. */
	void (*want_room)(volatile uint8_t *registers, bool want);
	/* Before the interrupt line is acknowledged. */
	void (*clear)(volatile uint8_t *registers);
};

extern const struct uart uart_pl011;
extern const struct uart uart_mini;

#endif
