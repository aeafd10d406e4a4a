/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot, in C and with the MMU off: everything that a loader can have done wrong
 * is found and named here, on every UART that could be the console, before
 * anything depends on it. A UART is written to with a bound on waiting, as the
 * loader left it (speed, pins).
 */
#include "core/aarch64/boot_check.h"
#include "core/aarch64/drivers.h"
#include "core/aarch64/memory.h"
#include "core/aarch64/sysreg.h"

#include <libfdt.h>
#include <string.h>

#define CLOCK_HZ_MIN 1000000u
#define CLOCK_HZ_MAX 1000000000u
#define BOOT_FAILED 121 /* exit status, where the host can be told one */
#define POLL_LIMIT 1000000u

#define PL011_DR 0x00u
#define PL011_FR 0x18u
#define PL011_FR_TXFF (1u << 5)
#define PL011_CR 0x30u
#define PL011_CR_ON 0x101u /* UART and transmitter */
#define MINI_IO 0x00u
#define MINI_LSR 0x14u
#define MINI_LSR_ROOM (1u << 5)
#define MINI_CNTL 0x20u
#define MINI_CNTL_TX (1u << 1)

extern const char image_start[], image_end[];
extern const struct boot_uart boot_known_uarts[]; /* boot_uarts.S; the last has base 0 */

struct platform boot_platform;

static const void *tree; /* NULL: there is none that can be read */
static struct boot_uart uarts[BOOT_UARTS];
static uint32_t uart_count; /* 0: not looked for yet */
static bool mapped;         /* the MMU is on: only the console is left */

/* --- saying something */

static volatile void *
registers(uint64_t physical)
{
	return (volatile void *)(uintptr_t)physical; /* NOLINT: the MMU is off */
}

/* False: it is not there, or takes nothing. */
static bool
uart_wait(const struct boot_uart *uart)
{
	const bool mini = uart->type == CONSOLE_MINI_UART;
	uint32_t value;

	for (unsigned int polls = 0; polls < POLL_LIMIT; polls++) {
		if (!boot_probe(uart->base + (mini ? MINI_LSR : PL011_FR), &value))
			return false;
		if (mini ? (value & MINI_LSR_ROOM) != 0 : (value & PL011_FR_TXFF) == 0)
			return true;
	}
	return false;
}

static bool
uart_put(const struct boot_uart *uart, char c)
{
	if (!uart_wait(uart))
		return false;
	mmio_write(registers(uart->base), uart->type == CONSOLE_MINI_UART ? MINI_IO : PL011_DR,
	    (uint8_t)c);
	return true;
}

/* Make sure that the transmitter is on; the speed stays. */
static bool
uart_begin(const struct boot_uart *uart)
{
	volatile void *base = registers(uart->base);

	if (!uart_wait(uart))
		return false;
	if (uart->type == CONSOLE_MINI_UART)
		mmio_write(base, MINI_CNTL, mmio_read(base, MINI_CNTL) | MINI_CNTL_TX);
	else
		mmio_write(base, PL011_CR, mmio_read(base, PL011_CR) | PL011_CR_ON);
	return true;
}

/* The device tree's, or without one those of the boards we know. */
static void
find_uarts(void)
{
	const void *fdt = tree;

	tree = NULL; /* if this fails, it is not tried again */
	if (fdt != NULL)
		uart_count = platform_uarts(fdt, uarts);
	if (uart_count > 0)
		return;
	while (uart_count < BOOT_UARTS && boot_known_uarts[uart_count].base != 0) {
		uarts[uart_count] = boot_known_uarts[uart_count];
		uart_count++;
	}
}

static void
say(const char *text)
{
	if (mapped) {
		console_write(text, strlen(text));
		return;
	}
	if (uart_count == 0)
		find_uarts();
	for (uint32_t i = 0; i < uart_count; i++) {
		bool there = uart_begin(&uarts[i]);
		for (const char *c = text; there && *c != '\0'; c++)
			there = (*c != '\n' || uart_put(&uarts[i], '\r')) &&
			    uart_put(&uarts[i], *c);
	}
}

static void
say_number(const char *before, uint64_t number, unsigned int base, const char *behind)
{
	char digits[24];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do
		digits[--at] = "0123456789abcdef"[number % base];
	while ((number /= base) != 0);
	say(before);
	say(&digits[at]);
	say(behind);
}

static _Noreturn void
refuse(const struct boot_error *error)
{
	say("boot: ");
	say(error->text);
	if (error->name != NULL) {
		say(" ");
		say(error->name);
	}
	if (error->needed_kib != 0) {
		say_number(": ", error->there_kib, 10, " KiB are free in one piece, ");
		say_number("", error->needed_kib, 10, " KiB are needed");
	}
	say("\n");
	machine_power_off(BOOT_FAILED);
}

_Noreturn void
boot_fail(const char *text, const char *name)
{
	const struct boot_error error = { .text = text, .name = name };
	refuse(&error);
}

_Noreturn void
boot_check_exception(uint64_t pc, uint64_t syndrome, uint64_t address)
{
	if (machine_exited_at(pc))
		machine_power_off(BOOT_FAILED);
	say_number("boot: exception before the MMU is on: pc 0x", pc, 16, "");
	say_number(" esr 0x", syndrome, 16, "");
	say_number(" far 0x", address, 16, "\n");
	machine_power_off(BOOT_FAILED);
}

void
boot_check_done(void)
{
	mapped = true;
}

/* --- what is there */

/* The range that claims to be a device tree; false: nothing does. */
static bool
find_dtb(uint64_t physical, struct boot_range *range)
{
	uint32_t magic, bytes;

	if (physical == 0 || physical % 8 != 0 || physical >> 48 != 0 ||
	    !boot_probe(physical, &magic) || fdt32_to_cpu(magic) != FDT_MAGIC ||
	    !boot_probe(physical + sizeof magic, &bytes))
		return false;
	bytes = fdt32_to_cpu(bytes);
	*range = (struct boot_range){ physical, bytes };
	return bytes >= FDT_V17_SIZE && bytes <= DTB_BYTES_MAX;
}

/* What init takes in the Image, by its header, in whole pages. */
static void
find_init(struct boot_image *memory)
{
	uint64_t physical = memory->image.base + memory->image.bytes;
	const struct init_header *header = (const void *)(uintptr_t)physical; /* NOLINT: MMU off */

	if (header->magic != INIT_MAGIC)
		boot_fail("no init program behind the kernel in the Image", NULL);
	if (header->file_bytes < sizeof *header || header->file_bytes > INIT_RESERVE)
		boot_fail("init program is larger than 512 KiB, or its header is damaged", NULL);
	memory->init = range_pages_around(physical, header->file_bytes);
	memory->init_memory = header->memory_bytes;
}

/*
 * The device tree has a clock frequency only where firmware does not set CNTFRQ,
 * or sets it wrong: it comes first.
 */
static void
scan_clock(struct platform *platform, uint64_t ticks)
{
	platform->clock_hz = platform->timer_hz != 0 ? platform->timer_hz : sysreg_read(cntfrq_el0);
	platform->boot_ticks = ticks;
	if (platform->clock_hz < CLOCK_HZ_MIN || platform->clock_hz > CLOCK_HZ_MAX)
		boot_fail("generic timer's frequency is not between 1 MHz and 1 GHz", NULL);
}

void
boot_check(uint64_t dtb, uint64_t image, uint64_t level, uint64_t ticks)
{
	struct boot_image memory = { .image = {
					 image, (uintptr_t)image_end - (uintptr_t)image_start } };
	struct boot_range whole = { image, memory.image.bytes + INIT_RESERVE };
	const char *misplaced = "kernel was not loaded to a multiple of 2 MiB";
	struct boot_error error = { .text = NULL };
	const void *fdt = (const void *)(uintptr_t)dtb; /* NOLINT: the MMU is off */

	if (image % PAGE_BYTES != 0)
		boot_fail(misplaced, NULL); /* libfdt is addressed by pages */
	const bool claims = find_dtb(dtb, &memory.dtb);
	const bool is_tree = claims && fdt_check_full(fdt, memory.dtb.bytes) == 0;
	tree = is_tree ? fdt : NULL;
	if (is_tree && platform_scan_first(fdt, &boot_platform, &error) && level > 2)
		boot_platform.psci = PSCI_NONE; /* nobody is below us to ask */
	machine_init(&boot_platform, registers(boot_platform.watchdog.base), NULL);

	if (level > 2)
		boot_fail("entered at EL3, which is not supported: enter at EL2 or EL1", NULL);
	if (claims && range_overlaps(&memory.dtb, &whole))
		boot_fail("device tree overlaps the kernel", NULL);
	if (!is_tree)
		boot_fail("x0 does not hold the address of a device tree", NULL);
	if (image % KERNEL_IMAGE_MAX != 0)
		boot_fail(misplaced, NULL);
	if (error.text != NULL)
		refuse(&error);
	find_init(&memory);
	if (!platform_scan(fdt, &memory, &boot_platform, &error))
		refuse(&error);
	scan_clock(&boot_platform, ticks);
}
