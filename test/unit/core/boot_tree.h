/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees for the boot tests, made with libfdt's writing functions: one
 * like QEMU's virt machine, one like a Raspberry Pi 3. Tests break them.
 */
#ifndef TEST_BOOT_TREE_H
#define TEST_BOOT_TREE_H

#include <libfdt.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define TREE_BYTES 16384

#define TREE_CELLS(...) \
	(const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4

static inline void
tree_must(int result)
{
	assert_true(result >= 0);
}

/* Set a property of cells of a node that a path names, making the node if needed. */
static inline int
tree_node(void *fdt, const char *path)
{
	int node = fdt_path_offset(fdt, path);
	if (node >= 0)
		return node;
	const char *name = strrchr(path, '/');
	int parent = fdt_path_offset_namelen(fdt, path, name == path ? 1 : (int)(name - path));
	node = fdt_add_subnode(fdt, parent, name + 1);
	tree_must(node);
	return node;
}

static inline void
tree_cells(void *fdt, const char *path, const char *property, const uint32_t *cells, size_t count)
{
	uint32_t big[64];
	int node = tree_node(fdt, path);

	assert_true(count <= 64);
	for (size_t i = 0; i < count; i++)
		big[i] = cpu_to_fdt32(cells[i]);
	tree_must(fdt_setprop(fdt, node, property, big, (int)(count * 4)));
}

static inline void
tree_text(void *fdt, const char *path, const char *property, const char *text)
{
	tree_must(fdt_setprop(fdt, tree_node(fdt, path), property, text, (int)strlen(text) + 1));
}

static inline void
tree_remove(void *fdt, const char *path)
{
	tree_must(fdt_del_node(fdt, fdt_path_offset(fdt, path)));
}

static inline void
tree_unset(void *fdt, const char *path, const char *property)
{
	tree_must(fdt_delprop(fdt, fdt_path_offset(fdt, path), property));
}

static inline void
tree_empty(void *fdt)
{
	tree_must(fdt_create_empty_tree(fdt, TREE_BYTES));
}

static inline void
tree_virt(void *fdt)
{
	tree_empty(fdt);
	tree_cells(fdt, "/", "#address-cells", TREE_CELLS(2));
	tree_cells(fdt, "/", "#size-cells", TREE_CELLS(2));
	tree_cells(fdt, "/", "interrupt-parent", TREE_CELLS(0x8005));

	tree_text(fdt, "/chosen", "stdout-path", "/pl011@9000000");
	tree_text(fdt, "/memory@40000000", "device_type", "memory");
	tree_cells(fdt, "/memory@40000000", "reg", TREE_CELLS(0, 0x40000000, 0, 0x10000000));

	tree_text(fdt, "/intc@8000000", "compatible", "arm,cortex-a15-gic");
	tree_cells(fdt, "/intc@8000000", "reg",
	    TREE_CELLS(0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000));
	tree_cells(fdt, "/intc@8000000", "#interrupt-cells", TREE_CELLS(3));
	tree_cells(fdt, "/intc@8000000", "#address-cells", TREE_CELLS(2));
	tree_cells(fdt, "/intc@8000000", "#size-cells", TREE_CELLS(2));
	tree_cells(fdt, "/intc@8000000", "phandle", TREE_CELLS(0x8005));
	tree_cells(fdt, "/intc@8000000", "ranges", NULL, 0);
	tree_text(fdt, "/intc@8000000/v2m@8020000", "compatible", "arm,gic-v2m-frame");
	tree_cells(fdt, "/intc@8000000/v2m@8020000", "reg", TREE_CELLS(0, 0x8020000, 0, 0x1000));

	tree_text(fdt, "/timer", "compatible", "arm,armv8-timer");
	tree_cells(fdt, "/timer", "interrupts",
	    TREE_CELLS(1, 13, 0x104, 1, 14, 0x104, 1, 11, 0x104, 1, 10, 0x104));
	tree_text(fdt, "/psci", "compatible", "arm,psci-1.0");
	tree_text(fdt, "/psci", "method", "hvc");

	tree_text(fdt, "/pl011@9000000", "compatible", "arm,pl011");
	tree_cells(fdt, "/pl011@9000000", "reg", TREE_CELLS(0, 0x9000000, 0, 0x1000));
	tree_cells(fdt, "/pl011@9000000", "interrupts", TREE_CELLS(0, 1, 4));
	tree_text(fdt, "/virtio_mmio@a000000", "compatible", "virtio,mmio");
	tree_cells(fdt, "/virtio_mmio@a000000", "reg", TREE_CELLS(0, 0xa000000, 0, 0x200));
	tree_cells(fdt, "/virtio_mmio@a000000", "interrupts", TREE_CELLS(0, 16, 1));

	tree_cells(fdt, "/cpus", "#address-cells", TREE_CELLS(1));
	tree_cells(fdt, "/cpus", "#size-cells", TREE_CELLS(0));
	tree_text(fdt, "/cpus/cpu@0", "device_type", "cpu");
	tree_cells(fdt, "/cpus/cpu@0", "reg", TREE_CELLS(0));
	tree_text(fdt, "/cpus/cpu@1", "device_type", "cpu");
	tree_cells(fdt, "/cpus/cpu@1", "reg", TREE_CELLS(1));
}

static inline void
tree_pi(void *fdt)
{
	tree_empty(fdt);
	tree_cells(fdt, "/", "#address-cells", TREE_CELLS(1));
	tree_cells(fdt, "/", "#size-cells", TREE_CELLS(1));
	tree_cells(fdt, "/", "interrupt-parent", TREE_CELLS(1));
	tree_must(fdt_add_mem_rsv(fdt, 0, 0x1000));

	tree_text(fdt, "/aliases", "serial1", "/soc/serial@7e215040");
	tree_text(fdt, "/chosen", "stdout-path", "serial1:115200n8");
	tree_text(fdt, "/memory@0", "device_type", "memory");
	tree_cells(fdt, "/memory@0", "reg", TREE_CELLS(0, 0x3c000000));

	tree_text(fdt, "/timer", "compatible", "arm,armv7-timer");
	tree_cells(fdt, "/timer", "interrupt-parent", TREE_CELLS(2));
	tree_cells(fdt, "/timer", "interrupts", TREE_CELLS(0, 4, 1, 4, 3, 4, 2, 4));

	tree_cells(fdt, "/soc", "#address-cells", TREE_CELLS(1));
	tree_cells(fdt, "/soc", "#size-cells", TREE_CELLS(1));
	tree_cells(fdt, "/soc", "ranges",
	    TREE_CELLS(0x7e000000, 0x3f000000, 0x1000000, 0x40000000, 0x40000000, 0x1000));
	tree_text(
	    fdt, "/soc/interrupt-controller@7e00b200", "compatible", "brcm,bcm2836-armctrl-ic");
	tree_cells(fdt, "/soc/interrupt-controller@7e00b200", "reg", TREE_CELLS(0x7e00b200, 0x200));
	tree_cells(fdt, "/soc/interrupt-controller@7e00b200", "#interrupt-cells", TREE_CELLS(2));
	tree_cells(fdt, "/soc/interrupt-controller@7e00b200", "phandle", TREE_CELLS(1));
	tree_text(fdt, "/soc/local_intc@40000000", "compatible", "brcm,bcm2836-l1-intc");
	tree_cells(fdt, "/soc/local_intc@40000000", "reg", TREE_CELLS(0x40000000, 0x100));
	tree_cells(fdt, "/soc/local_intc@40000000", "#interrupt-cells", TREE_CELLS(2));
	tree_cells(fdt, "/soc/local_intc@40000000", "phandle", TREE_CELLS(2));
	tree_text(fdt, "/soc/mailbox@7e00b880", "compatible", "brcm,bcm2835-mbox");
	tree_cells(fdt, "/soc/mailbox@7e00b880", "reg", TREE_CELLS(0x7e00b880, 0x40));
	tree_text(fdt, "/soc/watchdog@7e100000", "compatible", "brcm,bcm2835-pm-wdt");
	tree_cells(fdt, "/soc/watchdog@7e100000", "reg", TREE_CELLS(0x7e100000, 0x114));
	tree_text(fdt, "/soc/serial@7e215040", "compatible", "brcm,bcm2835-aux-uart");
	tree_cells(fdt, "/soc/serial@7e215040", "reg", TREE_CELLS(0x7e215040, 0x40));
	tree_cells(fdt, "/soc/serial@7e215040", "interrupts", TREE_CELLS(1, 29));
}

#endif
