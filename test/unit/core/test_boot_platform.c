/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a device tree to struct platform: every frame is accounted for (B1 to
 * B3), and a tree that lacks something is refused with a line that names it.
 */
/* SOURCES: src/core/boot_platform.c src/core/boot_fdt.c src/core/boot_ranges.c */
/* LIBS: -lfdt */

#include "core/boot_platform.h"
#include "core/boot_ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "boot_tree.h"

#define RAM 0x40000000ull
#define IMAGE (RAM + 0x200000)
#define MIB 0x100000ull

static char fdt[TREE_BYTES] __attribute__((aligned(8)));
static struct platform platform;
static struct boot_error error;
static struct boot_image image;

static void
reset(uint64_t base)
{
	memset(&platform, 0, sizeof platform);
	error = (struct boot_error){ .text = NULL };
	image.init_memory = 0;
	image.image = (struct boot_range){ base, 0x40000 };
	image.init = (struct boot_range){ base + 0x40000, 0x8000 };
	image.dtb = (struct boot_range){ base + 0x6000000, 0x3456 };
}

static int
virt(void **state)
{
	(void)state;
	tree_virt(fdt);
	reset(IMAGE);
	return 0;
}

static int
pi(void **state)
{
	(void)state;
	tree_pi(fdt);
	reset(0x200000);
	return 0;
}

static bool
scan(void)
{
	return platform_scan_first(fdt, &platform, &error) &&
	    platform_scan(fdt, &image, &platform, &error);
}

static uint64_t
total(const struct boot_range *range, uint32_t count)
{
	uint64_t bytes = 0;
	for (uint32_t i = 0; i < count; i++)
		bytes += range[i].bytes;
	return bytes;
}

static void
check_ascending(const struct boot_range *range, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(range[i].base % PAGE_BYTES, 0);
		assert_int_equal(range[i].bytes % PAGE_BYTES, 0);
		assert_true(range[i].bytes != 0);
		assert_true(i == 0 || range[i].base >= range[i - 1].base + range[i - 1].bytes);
	}
}

/* B1 and B2, from the outside. */
static void
check_invariants(void)
{
	const struct boot_range single[] = { platform.initrd, platform.dtb, platform.boot,
		platform.init };

	check_ascending(platform.ram, platform.ram_count);
	check_ascending(platform.free, platform.free_count);
	check_ascending(platform.reserved, platform.reserved_count);
	check_ascending(platform.devices, platform.device_count);
	assert_int_equal(total(platform.ram, platform.ram_count),
	    total(platform.free, platform.free_count) + total(single, 4));
	for (uint32_t i = 0; i < platform.free_count; i++)
		for (size_t j = 0; j < 4; j++)
			assert_false(range_overlaps(&platform.free[i], &single[j]));
	for (uint32_t i = 0; i < platform.ram_count; i++) {
		for (uint32_t j = 0; j < platform.device_count; j++)
			assert_false(range_overlaps(&platform.ram[i], &platform.devices[j]));
		for (uint32_t j = 0; j < platform.reserved_count; j++)
			assert_false(range_overlaps(&platform.ram[i], &platform.reserved[j]));
	}
}

static void
check_refused(const char *text, const char *name)
{
	assert_false(scan());
	assert_string_equal(error.text, text);
	if (name == NULL)
		assert_null(error.name);
	else
		assert_string_equal(error.name, name);
}

static bool
is_device(uint64_t page)
{
	for (uint32_t i = 0; i < platform.device_count; i++)
		if (page >= platform.devices[i].base &&
		    page < platform.devices[i].base + platform.devices[i].bytes)
			return true;
	return false;
}

static void
put_initrd(uint32_t start, uint32_t end)
{
	tree_cells(fdt, "/chosen", "linux,initrd-start", TREE_CELLS(start));
	tree_cells(fdt, "/chosen", "linux,initrd-end", TREE_CELLS(0, end));
}

/* Sound trees */

static void
virt_is_read_completely(void **state)
{
	(void)state;
	tree_text(fdt, "/chosen", "bootargs", "quiet semihosting x=1");
	put_initrd(0x48000000, 0x48012345);

	assert_true(scan());

	check_invariants();
	assert_int_equal(platform.console_type, CONSOLE_PL011);
	assert_int_equal(platform.console.base, 0x9000000);
	assert_int_equal(platform.irqchip_type, IRQCHIP_GICV2);
	assert_int_equal(platform.irqchip[0].base, 0x8000000);
	assert_int_equal(platform.irqchip[1].base, 0x8010000);
	assert_int_equal(platform.timer_line, 27);
	assert_int_equal(platform.psci, PSCI_HVC);
	assert_int_equal(platform.watchdog.bytes, 0);
	assert_int_equal(platform.mailbox.bytes, 0);
	assert_int_equal(platform.cpu_count, 2);
	assert_int_equal(platform.initrd_start, 0x48000000);
	assert_int_equal(platform.initrd_bytes, 0x12345);
	assert_int_equal(platform.initrd.bytes, 0x13000);
	assert_int_equal(platform.dtb.bytes, 0x4000);
	assert_string_equal(platform.bootargs, "quiet semihosting x=1");
	assert_true(platform.semihosting);
	assert_int_equal(platform.irq_edge[1], 1u << 16);
}

static void
a_pi_is_read_completely(void **state)
{
	(void)state;
	assert_true(scan());

	check_invariants();
	assert_int_equal(platform.console_type, CONSOLE_MINI_UART);
	assert_int_equal(platform.console.base, 0x3f215040);
	assert_int_equal(platform.irqchip_type, IRQCHIP_BCM2836);
	assert_int_equal(platform.irqchip[0].base, 0x40000000);
	assert_int_equal(platform.irqchip[1].base, 0x3f00b200);
	assert_int_equal(platform.timer_line, 3);
	assert_int_equal(platform.psci, PSCI_NONE);
	assert_int_equal(platform.watchdog.base, 0x3f100000);
	assert_int_equal(platform.mailbox.base, 0x3f00b880);
	assert_int_equal(platform.ram[0].base, 0x1000); /* below it firmware spins */
	assert_int_equal(platform.reserved_count, 1);
}

static void
a_gicv3_is_recognised(void **state)
{
	(void)state;
	tree_text(fdt, "/intc@8000000", "compatible", "arm,gic-v3");
	assert_true(scan());
	assert_int_equal(platform.irqchip_type, IRQCHIP_GICV3);
}

static void
psci_by_smc_and_no_psci_are_both_fine(void **state)
{
	(void)state;
	tree_text(fdt, "/psci", "method", "smc");
	assert_true(scan());
	assert_int_equal(platform.psci, PSCI_SMC);

	tree_remove(fdt, "/psci");
	reset(IMAGE);
	assert_true(scan());
	assert_int_equal(platform.psci, PSCI_NONE);
}

static void
semihosting_needs_the_whole_word(void **state)
{
	(void)state;
	tree_text(fdt, "/chosen", "bootargs", "nosemihosting semihosting=no semihostings");
	assert_true(scan());
	assert_false(platform.semihosting);
}

static void
the_trace_has_the_size_that_is_asked_for(void **state)
{
	static const char wrong[][20] = { "trace=", "trace=0", "trace=3", "trace=64k",
		"trace=32768", "trace=18446744073709", "a trace=x" };

	(void)state;
	assert_true(scan());
	assert_int_equal(platform.trace_pages, 16);
	tree_text(fdt, "/chosen", "bootargs", "xtrace=5 trace=1024 quiet");
	reset(IMAGE);
	assert_true(scan());
	assert_int_equal(platform.trace_pages, 256);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		tree_text(fdt, "/chosen", "bootargs", wrong[i]);
		reset(IMAGE);
		check_refused("boot argument trace: not a power of two of KiB, 4 to 16384", NULL);
	}
}

static void
the_timer_may_name_its_interrupts(void **state)
{
	static const char names[] = "phys\0virt";

	(void)state;
	tree_must(
	    fdt_setprop(fdt, tree_node(fdt, "/timer"), "interrupt-names", names, sizeof names));
	assert_true(scan());
	assert_int_equal(platform.timer_line, 30);
}

/* Memory */

static void
memory_in_several_nodes_and_entries_is_added_up(void **state)
{
	(void)state;
	tree_text(fdt, "/memory@80000000", "device_type", "memory");
	tree_cells(fdt, "/memory@80000000", "reg",
	    TREE_CELLS(0, 0x80000000, 0, 0x100000, 0, 0x90000000, 0, 0x100000));
	assert_true(scan());
	check_invariants();
	assert_int_equal(platform.ram_count, 3);
	assert_int_equal(total(platform.ram, 3), 0x10200000);
}

static void
a_disabled_memory_node_is_not_memory(void **state)
{
	(void)state;
	tree_text(fdt, "/memory@80000000", "device_type", "memory");
	tree_cells(fdt, "/memory@80000000", "reg", TREE_CELLS(0, 0x80000000, 0, 0x100000));
	tree_text(fdt, "/memory@80000000", "status", "disabled");
	assert_true(scan());
	assert_int_equal(platform.ram_count, 1);
}

static void
part_pages_of_memory_are_not_used(void **state)
{
	(void)state;
	tree_cells(fdt, "/memory@40000000", "reg", TREE_CELLS(0, 0x3ffff801, 0, 0x10000fff));
	assert_true(scan());
	check_invariants();
	assert_int_equal(platform.ram[0].base, RAM);
	assert_int_equal(platform.ram[0].bytes, 0x10000000);
}

static void
memory_beyond_64_gib_is_left_out(void **state)
{
	(void)state;
	tree_cells(fdt, "/memory@40000000", "reg",
	    TREE_CELLS(0, 0x40000000, 0x1f, 0xc0000000, 0x20, 0, 1, 0));
	assert_true(scan());
	check_invariants();
	assert_int_equal(platform.ram_count, 1);
	assert_int_equal(platform.ram[0].base + platform.ram[0].bytes, 64 * WINDOW_BYTES);
}

static void
reserved_memory_is_never_used(void **state)
{
	const struct boot_range firmware = { RAM + 16 * MIB, 0x2000 };
	const struct boot_range secure = { RAM + 32 * MIB, 0x1000 };

	(void)state;
	tree_must(fdt_add_mem_rsv(fdt, firmware.base + 0x10, 0x1000));
	tree_cells(fdt, "/reserved-memory", "#address-cells", TREE_CELLS(2));
	tree_cells(fdt, "/reserved-memory", "#size-cells", TREE_CELLS(2));
	tree_cells(fdt, "/reserved-memory", "ranges", NULL, 0);
	tree_cells(fdt, "/reserved-memory/secure", "reg",
	    TREE_CELLS(0, (uint32_t)secure.base, 0, (uint32_t)secure.bytes));
	tree_cells(fdt, "/reserved-memory/cma", "size", TREE_CELLS(0, 0x4000000));
	tree_cells(fdt, "/reserved-memory/pool", "reusable", NULL, 0);
	tree_cells(fdt, "/reserved-memory/pool", "reg", TREE_CELLS(0, 0x44000000, 0, 0x1000));
	tree_cells(fdt, "/firmware@41000000", "reg",
	    TREE_CELLS(0, (uint32_t)firmware.base, 0, (uint32_t)firmware.bytes));
	assert_true(scan());
	check_invariants();
	assert_int_equal(platform.ram_count, 3);
	assert_int_equal(platform.reserved_count, 2);
	for (uint32_t i = 0; i < platform.free_count; i++) {
		assert_false(range_overlaps(&platform.free[i], &firmware));
		assert_false(range_overlaps(&platform.free[i], &secure));
	}
	assert_false(is_device(firmware.base));
}

static void
archive_and_tree_that_a_loader_reserved_stay_ours(void **state)
{
	(void)state;
	put_initrd(0x48000000, 0x48012345);
	tree_must(fdt_add_mem_rsv(fdt, 0x48000000, 0x12345));
	tree_must(fdt_add_mem_rsv(fdt, image.dtb.base, image.dtb.bytes));
	assert_true(scan());
	check_invariants();
	assert_int_equal(platform.ram_count, 1);
	assert_int_equal(platform.reserved_count, 0);
	assert_int_equal(platform.initrd.bytes, 0x13000);
}

static void
a_tree_outside_memory_is_not_handed_on(void **state)
{
	(void)state;
	image.dtb.base = 0x1000;
	assert_true(scan());
	check_invariants();
	assert_int_equal(platform.dtb.bytes, 0);
}

/* Devices */

static void
drivers_get_every_device_but_the_kernels(void **state)
{
	(void)state;
	assert_true(scan());
	assert_int_equal(platform.device_count, 2);
	assert_true(is_device(0x9000000));
	assert_true(is_device(0xa000000));
	assert_false(is_device(0x8000000));
	assert_false(is_device(0x8020000)); /* what lies below a kept node is kept */
}

static void
a_device_at_address_zero_is_a_device(void **state)
{
	(void)state;
	tree_cells(fdt, "/rom@0", "reg", TREE_CELLS(0, 0, 0, 0x1000));
	assert_true(scan());
	assert_int_equal(platform.device_count, 3);
	assert_true(is_device(0));
}

static void
a_page_shared_with_the_interrupt_controller_is_kept(void **state)
{
	(void)state;
	assert_true(scan());
	assert_int_equal(platform.device_count, 2);
	assert_true(is_device(0x3f215000));
	assert_true(is_device(0x3f100000));  /* the watchdog is its driver's, too */
	assert_false(is_device(0x3f00b000)); /* the mailbox's page */
}

static void
disabled_and_large_devices_are_left_out(void **state)
{
	(void)state;
	tree_text(fdt, "/off", "status", "disabled");
	tree_cells(fdt, "/off", "reg", TREE_CELLS(0, 0x20000000, 0, 0x1000));
	tree_cells(fdt, "/off/child", "reg", TREE_CELLS(0, 0x20001000, 0, 0x1000));
	tree_cells(fdt, "/flash@0", "reg", TREE_CELLS(0, 0, 0, 0x4000000));
	tree_cells(fdt, "/high", "reg", TREE_CELLS(0x10, 0, 0, 0x1000));
	assert_true(scan());
	assert_int_equal(platform.device_count, 2);
}

static void
a_device_inside_memory_is_left_out(void **state)
{
	(void)state;
	tree_cells(fdt, "/ghost", "reg", TREE_CELLS(0, 0x41000000, 0, 0x1000));
	assert_true(scan());
	assert_int_equal(platform.device_count, 2);
	check_invariants();
}

static void
neighbours_are_merged_up_to_a_mebibyte(void **state)
{
	(void)state;
	tree_cells(fdt, "/a", "reg", TREE_CELLS(0, 0x20000000, 0, 0x90000));
	tree_cells(fdt, "/b", "reg", TREE_CELLS(0, 0x20090000, 0, 0x90000));
	assert_true(scan());
	check_invariants();
	assert_int_equal(platform.device_count, 4);
	assert_int_equal(platform.devices[2].base, 0x20000000);
	assert_int_equal(platform.devices[2].bytes, MIB);
	assert_int_equal(platform.devices[3].bytes, 0x20000);
}

/* Broken trees: the line that is printed, word by word */

static void
without_memory(void **state)
{
	(void)state;
	tree_remove(fdt, "/memory@40000000");
	check_refused("device tree has no memory node", NULL);
}

static void
memory_of_no_bytes(void **state)
{
	(void)state;
	tree_cells(fdt, "/memory@40000000", "reg", TREE_CELLS(0, 0x40000000, 0, 0));
	check_refused("device tree has no memory node", NULL);
}

static void
too_many_memory_ranges(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 17; i++) {
		char path[40];
		snprintf(path, sizeof path, "/memory@%x", 0x80000000 + i * 0x10000);
		tree_text(fdt, path, "device_type", "memory");
		tree_cells(fdt, path, "reg", TREE_CELLS(0, 0x80000000 + i * 0x10000, 0, 0x1000));
	}
	check_refused("device tree has more than 16 memory ranges", NULL);
}

static void
without_interrupt_controller(void **state)
{
	(void)state;
	tree_remove(fdt, "/intc@8000000");
	check_refused("unknown board: no interrupt controller (GICv2, GICv3 or BCM2836) on",
	    "a board without a name");
	reset(IMAGE);
	tree_text(fdt, "/", "compatible", "acme,anvil");
	check_refused(
	    "unknown board: no interrupt controller (GICv2, GICv3 or BCM2836) on", "acme,anvil");
}

static void
an_interrupt_controller_without_registers(void **state)
{
	(void)state;
	tree_cells(fdt, "/intc@8000000", "reg", TREE_CELLS(0, 0x8000000, 0, 0x10000));
	check_refused("device tree has no second reg in", "arm,cortex-a15-gic");
	reset(IMAGE);
	tree_unset(fdt, "/intc@8000000", "reg");
	check_refused("device tree has no usable reg in", "arm,cortex-a15-gic");
}

static void
half_of_a_pis_interrupt_controllers(void **state)
{
	(void)state;
	tree_remove(fdt, "/soc/interrupt-controller@7e00b200");
	check_refused("device tree has no", "brcm,bcm2836-armctrl-ic");
}

static void
without_timer(void **state)
{
	(void)state;
	tree_remove(fdt, "/timer");
	check_refused("unknown board: no generic timer on", "a board without a name");
}

static void
a_timer_without_virtual_interrupt(void **state)
{
	(void)state;
	tree_cells(fdt, "/timer", "interrupts", TREE_CELLS(1, 13, 0x104, 1, 14, 0x104));
	check_refused("device tree has no virtual timer interrupt", NULL);
}

static void
psci_by_an_unknown_method(void **state)
{
	(void)state;
	tree_text(fdt, "/psci", "method", "smoke");
	check_refused("device tree has no usable method in", "psci");
}

static void
boot_arguments_that_are_too_long(void **state)
{
	char args[1026];

	(void)state;
	memset(args, 'a', sizeof args);
	args[1024] = '\0';
	tree_text(fdt, "/chosen", "bootargs", args);
	check_refused("boot arguments are longer than 1023 characters", NULL);

	reset(IMAGE);
	args[1023] = '\0';
	tree_text(fdt, "/chosen", "bootargs", args);
	assert_true(scan());
	assert_int_equal(strlen(platform.bootargs), 1023);
}

static void
an_archive_that_cannot_be(void **state)
{
	(void)state;
	put_initrd(0x48000000, 0x47000000);
	check_refused("device tree has a bad initrd range in", "/chosen");
	reset(IMAGE);
	put_initrd(0x20000000, 0x20001000);
	check_refused("initrd does not lie in the memory of the device tree", NULL);
	reset(IMAGE);
	put_initrd((uint32_t)IMAGE + 0x1000, (uint32_t)IMAGE + 0x2000);
	check_refused("initrd overlaps the kernel", NULL);
	reset(IMAGE);
	put_initrd((uint32_t)image.dtb.base & ~0xfffu, (uint32_t)image.dtb.base + 1);
	check_refused("initrd overlaps the device tree", NULL);
	reset(IMAGE);
	put_initrd(0x48000200, 0x48012345);
	check_refused(
	    "initrd does not begin at a multiple of 4096 bytes: load it to another address", NULL);
	reset(IMAGE);
	put_initrd((uint32_t)IMAGE + 0x1000, (uint32_t)IMAGE + 0x2000);
	tree_unset(fdt, "/chosen", "linux,initrd-end");
	check_refused("device tree has a bad initrd range in", "/chosen");
}

static void
a_kernel_outside_memory(void **state)
{
	(void)state;
	reset(0x90000000);
	check_refused("kernel does not lie in the memory of the device tree", NULL);
}

static void
a_tree_that_overlaps_the_kernel_or_init(void **state)
{
	(void)state;
	image.dtb.base = IMAGE + 0x3f000;
	check_refused("device tree overlaps the kernel", NULL);
	reset(IMAGE);
	image.dtb.base = image.init.base + image.init.bytes - 8;
	check_refused("device tree overlaps the kernel", NULL);
	reset(IMAGE);
	image.dtb.base = image.init.base + image.init.bytes;
	assert_true(scan());
}

/* 256 MiB of frames cost 2 MiB, the kernel's first objects 256 KiB. */
static void
too_little_memory_is_said_with_what_there_is_and_what_is_needed(void **state)
{
	(void)state;
	image.init_memory = 256 * MIB;
	check_refused("too little memory", NULL);
	assert_int_equal(error.there_kib, (RAM + 256 * MIB - image.dtb.base - 0x4000) / 1024);
	assert_int_equal(error.needed_kib, 256 * 1024 + 2048 + 256);
	reset(IMAGE);
	image.init_memory = 32 * MIB;
	assert_true(scan());
	assert_int_equal(error.needed_kib, 0);
}

static void
memory_where_other_cores_wait_is_never_used(void **state)
{
	const struct boot_range release = { RAM + 0x3000000, 0x1000 };

	(void)state;
	tree_text(fdt, "/cpus/cpu@1", "enable-method", "spin-table");
	tree_cells(
	    fdt, "/cpus/cpu@1", "cpu-release-addr", TREE_CELLS(0, (uint32_t)release.base + 0xd8));
	assert_true(scan());
	check_invariants();
	for (uint32_t i = 0; i < platform.free_count; i++)
		assert_false(range_overlaps(&platform.free[i], &release));
	assert_int_equal(platform.reserved_count, 1);

	reset(IMAGE);
	tree_text(fdt, "/cpus/cpu@1", "enable-method", "psci");
	assert_true(scan());
	assert_int_equal(platform.reserved_count, 0);
}

static void
every_enabled_uart_could_be_the_console(void **state)
{
	struct boot_uart uarts[BOOT_UARTS];

	(void)state;
	tree_text(fdt, "/soc/serial@7e201000", "compatible", "arm,pl011");
	tree_cells(fdt, "/soc/serial@7e201000", "reg", TREE_CELLS(0x7e201000, 0x200));
	tree_text(fdt, "/soc/serial@7e201400", "compatible", "arm,pl011");
	tree_cells(fdt, "/soc/serial@7e201400", "reg", TREE_CELLS(0x7e201400, 0x200));
	tree_text(fdt, "/soc/serial@7e201400", "status", "disabled");
	assert_int_equal(platform_uarts(fdt, uarts), 2);
	assert_int_equal(uarts[0].base, 0x3f201000);
	assert_int_equal(uarts[0].type, CONSOLE_PL011);
	assert_int_equal(uarts[1].base, 0x3f215040);
	assert_int_equal(uarts[1].type, CONSOLE_MINI_UART);
}

/* Refused in these words, when power and arguments are known. */
static void
check_no_console(const char *text, const char *name)
{
	reset(IMAGE);
	assert_false(platform_scan_first(fdt, &platform, &error));
	assert_string_equal(error.text, text);
	assert_string_equal(error.name, name);
	assert_int_equal(platform.console_type, CONSOLE_NONE);
	assert_int_equal(platform.psci, PSCI_HVC);
	assert_true(platform.semihosting);
}

static void
without_a_console_the_tree_is_refused(void **state)
{
	static const char uart[] = "/pl011@9000000";

	(void)state;
	tree_text(fdt, "/chosen", "bootargs", "semihosting");
	tree_text(fdt, uart, "status", "disabled");
	check_no_console("device tree has disabled its stdout-path,", uart + 1);
	tree_text(fdt, uart, "status", "okay");
	tree_cells(fdt, uart, "reg", TREE_CELLS(0, 0x9000000, 0, 0));
	check_no_console("device tree has no usable reg in its stdout-path,", uart + 1);
	tree_unset(fdt, uart, "reg");
	check_no_console("device tree has no usable reg in its stdout-path,", uart + 1);
	tree_text(fdt, "/chosen", "stdout-path", "/intc@8000000");
	check_no_console("stdout-path is neither a PL011 nor a BCM2835 mini-UART:", "intc@8000000");
	tree_text(fdt, "/chosen", "stdout-path", "/nothing:9600");
	check_no_console("device tree has no node for its stdout-path,", "/nothing:9600");
	tree_cells(fdt, "/chosen", "stdout-path", TREE_CELLS(0x2f616161));
	check_no_console("stdout-path is not text in", "/chosen");
	tree_must(fdt_setprop(fdt, fdt_path_offset(fdt, "/chosen"), "stdout-path", NULL, 0));
	check_no_console("stdout-path is not text in", "/chosen");
	tree_unset(fdt, "/chosen", "stdout-path");
	check_no_console("device tree has no stdout-path in", "/chosen");
}

/* Any node gone, any property gone or cut: an answer, never a crash. */
static void
removing_any_one_thing_is_survived(void **state)
{
	static char broken[TREE_BYTES] __attribute__((aligned(8)));

	(void)state;
	for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
		int property;
		fdt_for_each_property_offset(property, fdt, node)
		{
			const char *name;
			int bytes;
			const void *value = fdt_getprop_by_offset(fdt, property, &name, &bytes);
			static const int cuts[] = { -1, 0, 1, 4, 5, 12 };
			for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
				if (cuts[i] >= bytes)
					continue;
				memcpy(broken, fdt, sizeof broken);
				if (cuts[i] < 0)
					tree_must(fdt_delprop(broken, node, name));
				else
					tree_must(fdt_setprop(broken, node, name, value, cuts[i]));
				reset(fdt_path_offset(fdt, "/soc") < 0 ? IMAGE : 0x200000);
				if (platform_scan_first(broken, &platform, &error) &&
				    platform_scan(broken, &image, &platform, &error))
					check_invariants();
				else
					assert_non_null(error.text);
			}
		}
	}
}

#define VIRT(name) cmocka_unit_test_setup(name, virt)
#define PI(name) cmocka_unit_test_setup(name, pi)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		VIRT(virt_is_read_completely),
		PI(a_pi_is_read_completely),
		VIRT(a_gicv3_is_recognised),
		VIRT(psci_by_smc_and_no_psci_are_both_fine),
		VIRT(semihosting_needs_the_whole_word),
		VIRT(the_trace_has_the_size_that_is_asked_for),
		VIRT(the_timer_may_name_its_interrupts),
		VIRT(memory_in_several_nodes_and_entries_is_added_up),
		VIRT(a_disabled_memory_node_is_not_memory),
		VIRT(part_pages_of_memory_are_not_used),
		VIRT(memory_beyond_64_gib_is_left_out),
		VIRT(reserved_memory_is_never_used),
		VIRT(archive_and_tree_that_a_loader_reserved_stay_ours),
		VIRT(a_tree_outside_memory_is_not_handed_on),
		VIRT(drivers_get_every_device_but_the_kernels),
		VIRT(a_device_at_address_zero_is_a_device),
		PI(a_page_shared_with_the_interrupt_controller_is_kept),
		VIRT(disabled_and_large_devices_are_left_out),
		VIRT(a_device_inside_memory_is_left_out),
		VIRT(neighbours_are_merged_up_to_a_mebibyte),
		VIRT(without_memory),
		VIRT(memory_of_no_bytes),
		VIRT(too_many_memory_ranges),
		VIRT(without_interrupt_controller),
		VIRT(an_interrupt_controller_without_registers),
		PI(half_of_a_pis_interrupt_controllers),
		VIRT(without_timer),
		VIRT(a_timer_without_virtual_interrupt),
		VIRT(psci_by_an_unknown_method),
		VIRT(boot_arguments_that_are_too_long),
		VIRT(an_archive_that_cannot_be),
		VIRT(a_kernel_outside_memory),
		VIRT(a_tree_that_overlaps_the_kernel_or_init),
		VIRT(too_little_memory_is_said_with_what_there_is_and_what_is_needed),
		VIRT(memory_where_other_cores_wait_is_never_used),
		PI(every_enabled_uart_could_be_the_console),
		VIRT(without_a_console_the_tree_is_refused),
		VIRT(removing_any_one_thing_is_survived),
		PI(removing_any_one_thing_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
