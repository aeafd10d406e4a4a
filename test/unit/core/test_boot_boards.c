/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real device trees of the Raspberry Pi 3 and 4, with what firmware adds to
 * them (memory, archive), through the code that reads every board.
 */
/* SOURCES: src/core/boot_platform.c src/core/boot_fdt.c src/core/boot_ranges.c */
/* LIBS: -lfdt */

#include "core/boot_fdt.h"
#include "core/boot_platform.h"
#include "core/boot_ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "boot_tree.h"

#define ROOM 0x10000
#define MIB 0x100000ull

static char fdt[ROOM] __attribute__((aligned(8)));
static struct platform platform;
static struct boot_error error;
static const struct boot_image image = {
	.image = { 0x200000, 0x40000 },
	.init = { 0x240000, 0x8000 },
	.dtb = { 0x2600000, 0x10000 },
};

static void
load(const char *path)
{
	static char raw[ROOM] __attribute__((aligned(8)));
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		skip(); /* scripts/setup board fetches it */
	assert_in_range(fread(raw, 1, sizeof raw, f), 1, sizeof raw - 1);
	fclose(f);
	tree_must(fdt_open_into(raw, fdt, sizeof fdt));
	tree_cells(fdt, "/chosen", "linux,initrd-start", TREE_CELLS(0x2700000));
	tree_cells(fdt, "/chosen", "linux,initrd-end", TREE_CELLS(0x2800000));
	platform = (struct platform){ .ram_count = 0 };
	error = (struct boot_error){ .text = NULL };
}

static void
scan(void)
{
	if (!platform_scan_first(fdt, &platform, &error) ||
	    !platform_scan(fdt, &image, &platform, &error))
		fail_msg("%s", error.text);
	for (uint32_t i = 0; i < platform.device_count; i++)
		for (uint32_t j = 0; j < platform.ram_count; j++)
			assert_false(range_overlaps(&platform.devices[i], &platform.ram[j]));
	assert_int_equal(platform.cpu_count, 4);
	assert_int_equal(platform.psci, PSCI_NONE);
	assert_int_equal(platform.console_type, CONSOLE_MINI_UART);
	assert_int_equal(platform.ram[0].base, 0x1000); /* other cores wait below it */
}

static bool
is_device(uint64_t address)
{
	for (uint32_t i = 0; i < platform.device_count; i++)
		if (address >= platform.devices[i].base &&
		    address < platform.devices[i].base + platform.devices[i].bytes)
			return true;
	return false;
}

static uint32_t
line_of(const char *compatible, uint64_t *base)
{
	uint64_t bytes;
	uint32_t line = 0;
	bool edge = true;
	int node = dt_next_compatible(fdt, -1, compatible);

	assert_true(node >= 0);
	assert_true(dt_reg(fdt, node, 0, base, &bytes));
	if (dt_interrupt(fdt, node, 0, &line, &edge))
		assert_false(edge);
	return line;
}

static void
raspberry_pi_3(void **state)
{
	struct boot_uart uarts[BOOT_UARTS];
	uint64_t base;

	(void)state;
	load("build/arm64/dtb/bcm2837-rpi-3-b.dtb");
	tree_cells(fdt, "/memory@0", "reg", TREE_CELLS(0, 0x3b400000));
	scan();
	assert_int_equal(platform.irqchip_type, IRQCHIP_BCM2836);
	assert_int_equal(platform.irqchip[0].base, 0x40000000);
	assert_int_equal(platform.irqchip[1].base, 0x3f00b200);
	assert_int_equal(platform.timer_line, 3);
	assert_int_equal(platform.watchdog.base, 0x3f100000);
	assert_true(is_device(0x3f100000));
	assert_int_equal(platform.mailbox.base, 0x3f00b880);
	assert_false(is_device(0x3f00b000));
	assert_int_equal(platform.console.base, 0x3f215040);
	assert_int_equal(line_of("brcm,bcm2835-aux-uart", &base), 32 + 32 + 29);
	assert_int_equal(line_of("arm,pl011", &base), 32 + 64 + 25);
	assert_int_equal(base, 0x3f201000);
	assert_true(is_device(base));
	(void)line_of("brcm,bcm2835-rng", &base);
	assert_int_equal(base, 0x3f104000);
	assert_true(is_device(base));
	assert_int_equal(platform_uarts(fdt, uarts), 2);
}

/* Another peripheral base, a GIC-400, 2 GiB in two pieces: nothing in C knows. */
static void
raspberry_pi_4(void **state)
{
	struct boot_uart uarts[BOOT_UARTS];
	uint64_t base;

	(void)state;
	load("build/arm64/dtb/bcm2711-rpi-4-b.dtb");
	tree_cells(
	    fdt, "/memory@0", "reg", TREE_CELLS(0, 0, 0x3b400000, 0, 0x40000000, 0x40000000));
	scan();
	assert_int_equal(platform.irqchip_type, IRQCHIP_GICV2);
	assert_int_equal(platform.irqchip[0].base, 0xff841000);
	assert_int_equal(platform.irqchip[1].base, 0xff842000);
	assert_int_equal(platform.timer_line, 16 + 11);
	assert_int_equal(platform.watchdog.base, 0xfe100000);
	assert_int_equal(platform.console.base, 0xfe215040);
	assert_int_equal(platform.ram_count, 2);
	assert_int_equal(line_of("brcm,bcm2835-aux-uart", &base), 32 + 93);
	assert_int_equal(line_of("arm,pl011", &base), 32 + 121);
	assert_int_equal(base, 0xfe201000);
	assert_true(is_device(base));
	(void)line_of("brcm,bcm2711-rng200", &base);
	assert_int_equal(base, 0xfe104000);
	assert_true(is_device(base));
	assert_int_equal(platform.mailbox.base, 0xfe00b880);
	assert_false(is_device(0xfe00b000));
	assert_true(is_device(0xfe100000)); /* the watchdog is its driver's, too */
	assert_int_equal(platform_uarts(fdt, uarts), 2);
	assert_int_equal(uarts[0].base, 0xfe201000);
	assert_int_equal(uarts[1].base, 0xfe215040);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raspberry_pi_3),
		cmocka_unit_test(raspberry_pi_4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
