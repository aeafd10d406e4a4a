/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm PrimeCell UART (PL011).
 */
#include "uart.h"

#include <stddef.h>

enum {
	DR = 0x00,
	FR = 0x18,
	LCRH = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	ICR = 0x44,
};
#define FR_TXFF (1u << 5)
#define FR_RXFE (1u << 4)
#define LCRH_FEN (1u << 4)
#define LCRH_8BITS (3u << 5)
#define CR_ENABLE (1u << 0 | 1u << 8 | 1u << 9) /* UART, transmit, receive */
#define INT_RX (1u << 4)
#define INT_TX (1u << 5)
#define INT_RX_TIMEOUT (1u << 6)

static volatile uint32_t *
reg(volatile uint8_t *registers, size_t offset)
{
	return (volatile uint32_t *)(volatile void *)(registers + offset);
}

static void
pl011_init(volatile uint8_t *registers)
{
	*reg(registers, LCRH) = LCRH_FEN | LCRH_8BITS;
	*reg(registers, CR) = CR_ENABLE;
	*reg(registers, IFLS) = 0; /* interrupt at 1/8 full, 1/8 empty */
	*reg(registers, IMSC) = INT_RX | INT_RX_TIMEOUT;
}

static bool
pl011_receive(volatile uint8_t *registers, uint8_t *byte)
{
	if (*reg(registers, FR) & FR_RXFE)
		return false;
	*byte = (uint8_t)*reg(registers, DR);
	return true;
}

static bool
pl011_send(volatile uint8_t *registers, uint8_t byte)
{
	if (*reg(registers, FR) & FR_TXFF)
		return false;
	*reg(registers, DR) = byte;
	return true;
}

static void
pl011_want_room(volatile uint8_t *registers, bool want)
{
	*reg(registers, IMSC) = INT_RX | INT_RX_TIMEOUT | (want ? INT_TX : 0u);
}

static void
pl011_clear(volatile uint8_t *registers)
{
	*reg(registers, ICR) = INT_RX | INT_RX_TIMEOUT | INT_TX;
}

const struct uart uart_pl011 = {
	.name = "PL011",
	.init = pl011_init,
	.receive = pl011_receive,
	.send = pl011_send,
	.want_room = pl011_want_room,
	.clear = pl011_clear,
};
