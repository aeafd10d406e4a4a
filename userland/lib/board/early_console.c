/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Polled output on a PL011 or a BCM283x mini-UART, as the firmware left it set up.
 */
#include <insula/abi/types.h>
#include <insula/arch/cpu.h>
#include <insula/device_tree.h>
#include <insula/early_console.h>
#include <stdarg.h>
#include <string.h>

struct uart_kind {
	const char *compatible;
	uint32_t data;
	uint32_t status;            /* register with the two bits below */
	uint32_t full, full_when;   /* cannot send while (status & full) == full_when */
	uint32_t ready, ready_when; /* has input while (status & ready) == ready_when */
};

static const struct uart_kind kinds[] = {
	{ "arm,pl011", 0x00, 0x18, 1u << 5, 1u << 5, 1u << 4, 0 },
	{ "arm,sbsa-uart", 0x00, 0x18, 1u << 5, 1u << 5, 1u << 4, 0 },
	{ "brcm,bcm2835-aux-uart", 0x00, 0x14, 1u << 5, 0, 1u << 0, 1u << 0 },
};

static const struct uart_kind *kind;
static uint64_t page, offset;
static volatile uint8_t *registers;

bool
early_console_init(const void *device_tree, uint64_t device_base)
{
	uint64_t base, bytes;
	const int node = dt_stdout(device_tree);
	if (node < 0 || !dt_enabled(device_tree, node) ||
	    !dt_reg(device_tree, node, 0, &base, &bytes))
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!dt_compatible(device_tree, node, kinds[i].compatible))
			continue;
		kind = &kinds[i];
		page = base & ~(PAGE_BYTES - 1);
		offset = base - page;
		early_console_move(device_base + page);
		return true;
	}
	return false;
}

uint64_t
early_console_page(void)
{
	return page;
}

void
early_console_move(uint64_t address)
{
	registers = (volatile uint8_t *)(address + offset); /* NOLINT(performance-no-int-to-ptr) */
}

static volatile uint32_t *
reg(uint32_t at)
{
	return (volatile uint32_t *)(volatile void *)(registers + at);
}

static void
send(char c)
{
	while ((*reg(kind->status) & kind->full) == kind->full_when)
		cpu_pause();
	*reg(kind->data) = (uint8_t)c;
}

void
early_write(const char *text, size_t bytes)
{
	if (kind == NULL)
		return;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\n')
			send('\r');
		send(text[i]);
	}
}

int
early_read(void)
{
	if (kind == NULL || (*reg(kind->status) & kind->ready) != kind->ready_when)
		return -1;
	return (int)(*reg(kind->data) & 0xff);
}

static void
write_number(uint64_t value, unsigned base)
{
	char text[24];
	size_t at = sizeof text;
	do
		text[--at] = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	early_write(text + at, sizeof text - at);
}

static void
write_signed(int64_t value)
{
	if (value < 0)
		early_write("-", 1);
	write_number(value < 0 ? (uint64_t)-value : (uint64_t)value, 10);
}

/* One conversion; `f` points behind the per cent sign, and the end of it is returned. */
static const char *
convert(const char *f, va_list *args)
{
	bool wide = false;
	for (; *f == 'l'; f++)
		wide = true;
	switch (*f) {
	case 's': {
		const char *text = va_arg(*args, const char *);
		early_write(text, strlen(text));
		break;
	}
	case 'c': {
		char c = (char)va_arg(*args, int);
		early_write(&c, 1);
		break;
	}
	case 'd':
		write_signed(wide ? va_arg(*args, long) : va_arg(*args, int));
		break;
	case 'u':
	case 'x':
		write_number(wide ? va_arg(*args, unsigned long) : va_arg(*args, unsigned),
		    *f == 'x' ? 16 : 10);
		break;
	default:
		early_write(f, 1);
		break;
	}
	return f + 1;
}

void
early_vprintf(const char *format, va_list args)
{
	va_list left;
	va_copy(left, args);
	while (*format != '\0') {
		const char *end = format;
		while (*end != '\0' && *end != '%')
			end++;
		early_write(format, (size_t)(end - format));
		format = *end == '%' && end[1] != '\0' ? convert(end + 1, &left)
						       : end + (*end == '%');
	}
	va_end(left);
}

void
early_printf(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	early_vprintf(format, args);
	va_end(args);
}
