/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The BCM283x mini-UART: 16550-like registers, 32-bit apart, 8-deep FIFOs.
 * The AUX block's enable bit lies outside its page's grant on some boards, so
 * whoever booted us has set it; it is the console, it works.
 */
#include "uart.h"

#include <stddef.h>

enum {
	IO = 0x00,
	IER = 0x04,
	IIR = 0x08,
	LCR = 0x0c,
	LSR = 0x14,
	CNTL = 0x20,
};
#define IER_RX 1u
#define IER_TX 2u
#define LCR_8BITS 3u
#define LSR_DATA_READY (1u << 0)
#define LSR_TX_ROOM (1u << 5)
#define CNTL_ENABLE 3u

static volatile uint32_t *
reg(volatile uint8_t *registers, size_t offset)
{
	return (volatile uint32_t *)(volatile void *)(registers + offset);
}

static void
mini_init(volatile uint8_t *registers)
{
	*reg(registers, LCR) = LCR_8BITS;
	*reg(registers, CNTL) = CNTL_ENABLE;
	*reg(registers, IER) = IER_RX;
}

static bool
mini_receive(volatile uint8_t *registers, uint8_t *byte)
{
	if (!(*reg(registers, LSR) & LSR_DATA_READY))
		return false;
	*byte = (uint8_t)*reg(registers, IO);
	return true;
}

static bool
mini_send(volatile uint8_t *registers, uint8_t byte)
{
	if (!(*reg(registers, LSR) & LSR_TX_ROOM))
		return false;
	*reg(registers, IO) = byte;
	return true;
}

static void
mini_want_room(volatile uint8_t *registers, bool want)
{
	*reg(registers, IER) = IER_RX | (want ? IER_TX : 0u);
}

static void
mini_clear(volatile uint8_t *registers)
{
	(void)*reg(registers, IIR); /* reading tells the cause; the FIFOs' levels clear it */
}

const struct uart uart_mini = {
	.name = "mini-UART",
	.init = mini_init,
	.receive = mini_receive,
	.send = mini_send,
	.want_room = mini_want_room,
	.clear = mini_clear,
};
