/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses and interrupts from device trees, sound and broken.
 */
/* SOURCES: src/core/boot_fdt.c */
/* LIBS: -lfdt */

#include "core/boot_fdt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "boot_tree.h"

static char fdt[TREE_BYTES] __attribute__((aligned(8)));

static int
virt(void **state)
{
	(void)state;
	tree_virt(fdt);
	return 0;
}

static int
pi(void **state)
{
	(void)state;
	tree_pi(fdt);
	return 0;
}

static int
at(const char *path)
{
	int node = fdt_path_offset(fdt, path);
	assert_true(node >= 0);
	return node;
}

static void
check_reg(const char *path, int index, uint64_t want_base, uint64_t want_bytes)
{
	uint64_t base, bytes;

	assert_true(dt_reg(fdt, at(path), index, &base, &bytes));
	assert_int_equal(base, want_base);
	assert_int_equal(bytes, want_bytes);
}

static void
check_no_reg(const char *path, int index)
{
	uint64_t base = 1, bytes = 2;

	assert_false(dt_reg(fdt, at(path), index, &base, &bytes));
	assert_int_equal(base, 1);
	assert_int_equal(bytes, 2);
}

static void
check_line(const char *path, int index, uint32_t want_line, bool want_edge)
{
	uint32_t line;
	bool edge;

	assert_true(dt_interrupt(fdt, at(path), index, &line, &edge));
	assert_int_equal(line, want_line);
	assert_int_equal(edge, want_edge);
}

static void
check_no_line(const char *path, int index)
{
	uint32_t line;
	bool edge;

	assert_false(dt_interrupt(fdt, at(path), index, &line, &edge));
}

/* Numbers */

static void
cells_that_overflow_64_bits_are_refused(void **state)
{
	(void)state;
	const uint32_t big[3] = { cpu_to_fdt32(1), 0, 0 };
	const uint32_t good[3] = { 0, cpu_to_fdt32(0x12345678), cpu_to_fdt32(0x9abcdef0) };
	uint64_t value = 7;

	assert_false(dt_cells(big, 3, &value));
	assert_int_equal(value, 7);
	assert_true(dt_cells(good, 3, &value));
	assert_int_equal(value, 0x123456789abcdef0);
	assert_true(dt_cells(good, 0, &value));
	assert_int_equal(value, 0);
}

static void
a_property_that_is_too_short_counts_as_absent(void **state)
{
	(void)state;
	tree_must(fdt_setprop(fdt, at("/timer"), "clock-frequency", "ab", 2));
	assert_int_equal(dt_u32(fdt, at("/timer"), "clock-frequency", 99), 99);
}

/* Addresses */

static void
the_roots_children_have_the_processors_addresses(void **state)
{
	(void)state;
	check_reg("/intc@8000000", 0, 0x8000000, 0x10000);
	check_reg("/intc@8000000", 1, 0x8010000, 0x10000);
	check_no_reg("/intc@8000000", 2);
	check_no_reg("/intc@8000000", -1);
}

static void
addresses_are_translated_through_ranges(void **state)
{
	(void)state;
	check_reg("/soc/serial@7e215040", 0, 0x3f215040, 0x40);
	check_reg("/soc/local_intc@40000000", 0, 0x40000000, 0x100);
}

static void
empty_ranges_mean_the_same_addresses(void **state)
{
	(void)state;
	check_reg("/intc@8000000/v2m@8020000", 0, 0x8020000, 0x1000);
}

static void
a_bus_without_ranges_hides_its_devices(void **state)
{
	(void)state;
	tree_unset(fdt, "/soc", "ranges");
	check_no_reg("/soc/serial@7e215040", 0);
}

static void
an_address_outside_every_range_is_not_visible(void **state)
{
	(void)state;
	tree_cells(fdt, "/soc/far@1000", "reg", TREE_CELLS(0x1000, 0x100));
	check_no_reg("/soc/far@1000", 0);
}

static void
a_device_that_leaves_its_range_is_not_visible(void **state)
{
	(void)state;
	tree_cells(fdt, "/soc/edge@40000f00", "reg", TREE_CELLS(0x40000f00, 0x200));
	check_no_reg("/soc/edge@40000f00", 0);
	tree_cells(fdt, "/soc/edge@40000f00", "reg", TREE_CELLS(0x40000f00, 0x100));
	check_reg("/soc/edge@40000f00", 0, 0x40000f00, 0x100);
}

static void
two_buses_translate_one_after_the_other(void **state)
{
	(void)state;
	tree_cells(fdt, "/soc/bus", "#address-cells", TREE_CELLS(2));
	tree_cells(fdt, "/soc/bus", "#size-cells", TREE_CELLS(2));
	tree_cells(fdt, "/soc/bus", "ranges", TREE_CELLS(0, 0x100, 0x7e300000, 0, 0x1000));
	tree_cells(fdt, "/soc/bus/device", "reg", TREE_CELLS(0, 0x180, 0, 0x10));
	check_reg("/soc/bus/device", 0, 0x3f300080, 0x10);
}

static void
odd_cell_counts_work_and_absurd_ones_are_refused(void **state)
{
	(void)state;
	tree_cells(fdt, "/bus", "#address-cells", TREE_CELLS(3));
	tree_cells(fdt, "/bus", "#size-cells", TREE_CELLS(1));
	tree_cells(fdt, "/bus", "ranges", TREE_CELLS(0, 0, 0, 0, 0x50000000, 0x1000));
	tree_cells(fdt, "/bus/device", "reg", TREE_CELLS(0, 0, 0x20, 0x10));
	check_reg("/bus/device", 0, 0x50000020, 0x10);

	tree_cells(fdt, "/bus/device", "reg", TREE_CELLS(1, 0, 0x20, 0x10)); /* beyond 64 bits */
	check_no_reg("/bus/device", 0);
	tree_cells(fdt, "/bus", "#address-cells", TREE_CELLS(0x80000003));
	check_no_reg("/bus/device", 0);
	tree_cells(fdt, "/bus", "#address-cells", TREE_CELLS(5));
	tree_cells(fdt, "/bus", "ranges", NULL, 0);
	tree_cells(fdt, "/bus/device", "reg", TREE_CELLS(0, 0, 0, 0, 0x20, 0x10));
	check_no_reg("/bus/device", 0);
	tree_cells(fdt, "/bus", "#address-cells", TREE_CELLS(0));
	tree_cells(fdt, "/bus", "#size-cells", TREE_CELLS(0));
	check_no_reg("/bus/device", 0);
}

static void
a_register_block_that_wraps_is_refused(void **state)
{
	(void)state;
	tree_cells(fdt, "/wrap", "reg", TREE_CELLS(0xffffffff, 0xfffff000, 0, 0x2000));
	check_no_reg("/wrap", 0);
}

static void
a_truncated_reg_has_only_its_whole_entries(void **state)
{
	(void)state;
	tree_cells(fdt, "/intc@8000000", "reg", TREE_CELLS(0, 0x8000000, 0, 0x10000, 0, 0x8010000));
	check_reg("/intc@8000000", 0, 0x8000000, 0x10000);
	check_no_reg("/intc@8000000", 1);
}

/* Interrupts */

static void
gic_specifiers_become_interrupt_ids(void **state)
{
	(void)state;
	check_line("/pl011@9000000", 0, 33, false);
	check_line("/virtio_mmio@a000000", 0, 48, true);
	check_line("/timer", 2, 27, false);
	check_no_line("/timer", 4);
	check_no_line("/timer", -1);
	check_no_line("/psci", 0);
}

static void
gic_numbers_out_of_range_are_refused(void **state)
{
	(void)state;
	tree_cells(fdt, "/pl011@9000000", "interrupts", TREE_CELLS(1, 16, 4));
	check_no_line("/pl011@9000000", 0);
	tree_cells(fdt, "/pl011@9000000", "interrupts", TREE_CELLS(0, 988, 4));
	check_no_line("/pl011@9000000", 0);
	tree_cells(fdt, "/pl011@9000000", "interrupts", TREE_CELLS(0, 987, 4));
	check_line("/pl011@9000000", 0, 1019, false);
	tree_cells(fdt, "/pl011@9000000", "interrupts", TREE_CELLS(2, 1, 4));
	check_no_line("/pl011@9000000", 0);
}

static void
bcm_specifiers_become_lines_after_the_local_ones(void **state)
{
	(void)state;
	check_line("/soc/serial@7e215040", 0, 32 + 32 + 29, false);
	check_line("/timer", 2, 3, false);
	tree_cells(fdt, "/soc/serial@7e215040", "interrupts", TREE_CELLS(2, 25, 0, 2, 0, 8, 3, 0));
	check_line("/soc/serial@7e215040", 0, 32 + 64 + 25, false);
	check_line("/soc/serial@7e215040", 1, 34, false);
	check_no_line("/soc/serial@7e215040", 2); /* basic bits 8 and up only summarise */
	check_no_line("/soc/serial@7e215040", 3); /* there is no bank 3 */
}

static void
extended_interrupts_name_their_own_controllers(void **state)
{
	(void)state;
	tree_cells(
	    fdt, "/soc/serial@7e215040", "interrupts-extended", TREE_CELLS(2, 8, 4, 1, 1, 29));
	check_line("/soc/serial@7e215040", 0, 8, false);
	check_line("/soc/serial@7e215040", 1, 93, false);
	check_no_line("/soc/serial@7e215040", 2);
	tree_cells(fdt, "/soc/serial@7e215040", "interrupts-extended", TREE_CELLS(2, 8, 4, 1, 1));
	check_no_line("/soc/serial@7e215040", 1); /* cut short */
}

static void
an_interrupt_parent_that_is_missing_or_foreign_is_refused(void **state)
{
	(void)state;
	tree_cells(fdt, "/", "interrupt-parent", TREE_CELLS(77));
	check_no_line("/pl011@9000000", 0);
	tree_cells(fdt, "/pl011@9000000", "interrupts-extended", TREE_CELLS(77, 1, 1, 1));
	check_no_line("/pl011@9000000", 0);
	tree_unset(fdt, "/pl011@9000000", "interrupts-extended");
	tree_cells(fdt, "/", "interrupt-parent", TREE_CELLS(0x8005));
	tree_text(fdt, "/intc@8000000", "compatible", "acme,pic");
	check_no_line("/pl011@9000000", 0);
}

static void
a_controller_without_cell_count_is_refused(void **state)
{
	(void)state;
	tree_unset(fdt, "/intc@8000000", "#interrupt-cells");
	check_no_line("/pl011@9000000", 0);
	tree_cells(fdt, "/intc@8000000", "#interrupt-cells", TREE_CELLS(0x40000001));
	check_no_line("/pl011@9000000", 0);
}

/* The rest */

static void
a_disabled_parent_disables_its_children(void **state)
{
	(void)state;
	assert_true(dt_enabled(fdt, at("/soc/serial@7e215040")));
	tree_text(fdt, "/soc", "status", "disabled");
	assert_false(dt_enabled(fdt, at("/soc/serial@7e215040")));
	tree_text(fdt, "/soc", "status", "okay");
	tree_text(fdt, "/soc/serial@7e215040", "status", "fail");
	assert_false(dt_enabled(fdt, at("/soc/serial@7e215040")));
	assert_true(dt_next_compatible(fdt, -1, "brcm,bcm2835-aux-uart") < 0);
}

static void
stdout_is_found_by_alias_and_by_path(void **state)
{
	(void)state;
	assert_int_equal(dt_stdout(fdt), at("/soc/serial@7e215040"));
	tree_text(fdt, "/chosen", "stdout-path", "/soc/serial@7e215040:9600");
	assert_int_equal(dt_stdout(fdt), at("/soc/serial@7e215040"));
	tree_text(fdt, "/chosen", "stdout-path", "serial7");
	assert_true(dt_stdout(fdt) < 0);
	tree_text(fdt, "/chosen", "stdout-path", ":115200");
	assert_true(dt_stdout(fdt) < 0);
	tree_must(fdt_setprop(fdt, at("/chosen"), "stdout-path", "serial1", 7)); /* no NUL */
	assert_true(dt_stdout(fdt) < 0);
	tree_remove(fdt, "/chosen");
	assert_true(dt_stdout(fdt) < 0);
}

#define VIRT(name) cmocka_unit_test_setup(name, virt)
#define PI(name) cmocka_unit_test_setup(name, pi)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_that_overflow_64_bits_are_refused),
		VIRT(a_property_that_is_too_short_counts_as_absent),
		VIRT(the_roots_children_have_the_processors_addresses),
		PI(addresses_are_translated_through_ranges),
		VIRT(empty_ranges_mean_the_same_addresses),
		PI(a_bus_without_ranges_hides_its_devices),
		PI(an_address_outside_every_range_is_not_visible),
		PI(a_device_that_leaves_its_range_is_not_visible),
		PI(two_buses_translate_one_after_the_other),
		VIRT(odd_cell_counts_work_and_absurd_ones_are_refused),
		VIRT(a_register_block_that_wraps_is_refused),
		VIRT(a_truncated_reg_has_only_its_whole_entries),
		VIRT(gic_specifiers_become_interrupt_ids),
		VIRT(gic_numbers_out_of_range_are_refused),
		PI(bcm_specifiers_become_lines_after_the_local_ones),
		PI(extended_interrupts_name_their_own_controllers),
		VIRT(an_interrupt_parent_that_is_missing_or_foreign_is_refused),
		VIRT(a_controller_without_cell_count_is_refused),
		PI(a_disabled_parent_disables_its_children),
		PI(stdout_is_found_by_alias_and_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
