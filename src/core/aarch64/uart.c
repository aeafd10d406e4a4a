/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Polled output on the console's UART, for boot errors, panics and debugging.
 * It never takes an interrupt, never reads input and never waits for ever: a
 * UART that stays full loses text. Until boot has found a UART there is none,
 * and what is written is lost.
 */
#include "core/aarch64/drivers.h"
#include "core/aarch64/memory.h"
#include "core/aarch64/sysreg.h"

#define PL011_DR 0x00
#define PL011_FR 0x18
#define PL011_FR_TXFF (1u << 5)
#define PL011_CR 0x30
#define PL011_CR_UARTEN (1u << 0)
#define PL011_CR_TXE (1u << 8)
#define MINI_IO 0x00
#define MINI_LSR 0x14
#define MINI_LSR_TX_EMPTY (1u << 5)
#define MINI_CNTL 0x20
#define MINI_CNTL_TX (1u << 1)

#define POLL_LIMIT 1000000u

static volatile void *uart;
static bool uart_is_mini;

static bool
uart_full(void)
{
	if (uart_is_mini)
		return (mmio_read(uart, MINI_LSR) & MINI_LSR_TX_EMPTY) == 0;
	return (mmio_read(uart, PL011_FR) & PL011_FR_TXFF) != 0;
}

static void
uart_put(char c)
{
	for (unsigned int polls = 0; uart_full(); polls++)
		if (polls == POLL_LIMIT)
			return;
	mmio_write(uart, uart_is_mini ? MINI_IO : PL011_DR, (uint8_t)c);
}

void
console_write(const char *text, size_t bytes)
{
	if (uart == NULL)
		return;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\n')
			uart_put('\r');
		uart_put(text[i]);
	}
}

/* The loader has set speed and pins; make sure that the transmitter is on. */
BOOT_CODE void
console_init(const struct platform *platform)
{
	if (platform->console_type == CONSOLE_NONE)
		return;
	volatile void *base = device_map(platform->console.base, platform->console.bytes);
	if (platform->console_type == CONSOLE_MINI_UART) {
		uart_is_mini = true;
		mmio_write(base, MINI_CNTL, mmio_read(base, MINI_CNTL) | MINI_CNTL_TX);
	} else {
		mmio_write(
		    base, PL011_CR, mmio_read(base, PL011_CR) | PL011_CR_UARTEN | PL011_CR_TXE);
	}
	uart = base;
}
