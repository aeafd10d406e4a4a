/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses and interrupts of device-tree nodes. Read-only on the tree and
 * without any state.
 */
#include "core/boot_fdt.h"

#include <libfdt.h>
#include <stddef.h>
#include <string.h>

#define CELL 4

bool
dt_cells(const void *cells, int count, uint64_t *value)
{
	const uint8_t *byte = cells;
	uint64_t v = 0;

	for (int i = 0; i < count * CELL; i++) {
		if (v >> 56 != 0)
			return false;
		v = v << 8 | byte[i];
	}
	*value = v;
	return true;
}

static uint32_t
cell_at(const void *cells, int index)
{
	uint64_t value = 0;
	(void)dt_cells((const char *)cells + index * CELL, 1, &value);
	return (uint32_t)value;
}

uint32_t
dt_u32(const void *fdt, int node, const char *property, uint32_t otherwise)
{
	int bytes;
	const void *cells = fdt_getprop(fdt, node, property, &bytes);

	return cells == NULL || bytes < CELL ? otherwise : cell_at(cells, 0);
}

bool
dt_text_is(const void *fdt, int node, const char *property, const char *text)
{
	int bytes;
	const char *value = fdt_getprop(fdt, node, property, &bytes);

	return value != NULL && bytes == (int)strlen(text) + 1 &&
	    memcmp(value, text, (size_t)bytes) == 0;
}

bool
dt_status_okay(const void *fdt, int node)
{
	return fdt_getprop(fdt, node, "status", NULL) == NULL ||
	    dt_text_is(fdt, node, "status", "okay") || dt_text_is(fdt, node, "status", "ok");
}

bool
dt_path_next(const void *fdt, struct dt_path *path, bool skip_below)
{
	int depth = path->depth;
	int node = depth < 0 ? -1 : path->node[depth];

	do
		node = fdt_next_node(fdt, node, &depth);
	while (node >= 0 && (depth >= DT_DEPTH_MAX || (skip_below && depth > path->depth)));
	if (node < 0 || depth < 0)
		return false;
	path->depth = depth;
	path->node[depth] = node;
	return true;
}

bool
dt_path_to(const void *fdt, int node, struct dt_path *path)
{
	path->depth = -1;
	while (dt_path_next(fdt, path, false))
		if (path->node[path->depth] >= node)
			return path->node[path->depth] == node;
	return false;
}

bool
dt_enabled(const void *fdt, int node)
{
	struct dt_path path;

	if (!dt_path_to(fdt, node, &path))
		return false;
	for (int i = 0; i <= path.depth; i++)
		if (!dt_status_okay(fdt, path.node[i]))
			return false;
	return true;
}

bool
dt_compatible(const void *fdt, int node, const char *compatible)
{
	return fdt_node_check_compatible(fdt, node, compatible) == 0;
}

int
dt_next_compatible(const void *fdt, int node, const char *compatible)
{
	do
		node = fdt_node_offset_by_compatible(fdt, node, compatible);
	while (node >= 0 && !dt_enabled(fdt, node));
	return node;
}

/* #address-cells and #size-cells of a node's children; false when unusable. */
static bool
child_cells(const void *fdt, int node, int *address, int *size)
{
	uint32_t a = dt_u32(fdt, node, "#address-cells", 2);
	uint32_t s = dt_u32(fdt, node, "#size-cells", 1);

	*address = (int)(a & 7);
	*size = (int)(s & 7);
	return a <= 4 && s <= 4;
}

/* Translate an address through one bus's ranges to its parent's; false: not visible there. */
static bool
translate_up(const void *fdt, int bus, int parent, uint64_t bytes, uint64_t *address)
{
	int child_address, child_size, parent_address, parent_size, length;
	const char *ranges = fdt_getprop(fdt, bus, "ranges", &length);

	if (ranges == NULL)
		return false;
	if (length == 0)
		return true;
	if (!child_cells(fdt, bus, &child_address, &child_size) ||
	    !child_cells(fdt, parent, &parent_address, &parent_size))
		return false;

	int entry = (child_address + parent_address + child_size) * CELL;
	for (int at = 0; entry > 0 && at + entry <= length; at += entry) {
		const char *cells = ranges + at;
		uint64_t from, to, size;
		/* PCI addresses have flags in their first cell: not translated, skipped. */
		if (!dt_cells(cells, child_address, &from) ||
		    !dt_cells(cells + child_address * CELL, parent_address, &to) ||
		    !dt_cells(cells + (child_address + parent_address) * CELL, child_size, &size))
			continue;
		if (*address >= from && *address - from < size &&
		    bytes <= size - (*address - from)) {
			*address = *address - from + to;
			return true;
		}
	}
	return false;
}

bool
dt_path_reg(const void *fdt, const struct dt_path *path, int index, uint64_t *base, uint64_t *bytes)
{
	int address_cells, size_cells, length;
	int bus = path->depth - 1;
	const char *reg;

	if (bus < 0 || !child_cells(fdt, path->node[bus], &address_cells, &size_cells))
		return false;
	reg = fdt_getprop(fdt, path->node[path->depth], "reg", &length);
	int entry = (address_cells + size_cells) * CELL;
	if (reg == NULL || entry == 0 || index < 0 || index >= length / entry)
		return false;
	reg += index * entry;

	uint64_t address, size;
	if (!dt_cells(reg, address_cells, &address) ||
	    !dt_cells(reg + address_cells * CELL, size_cells, &size))
		return false;
	for (; bus > 0; bus--)
		if (!translate_up(fdt, path->node[bus], path->node[bus - 1], size, &address))
			return false;
	if (size > UINT64_MAX - address)
		return false;
	*base = address;
	*bytes = size;
	return true;
}

bool
dt_reg(const void *fdt, int node, int index, uint64_t *base, uint64_t *bytes)
{
	struct dt_path path;

	return dt_path_to(fdt, node, &path) && dt_path_reg(fdt, &path, index, base, bytes);
}

const char *
dt_stdout_path(const void *fdt, int *bytes)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	const char *path = fdt_getprop(fdt, chosen, "stdout-path", bytes);

	return path != NULL ? path : fdt_getprop(fdt, chosen, "linux,stdout-path", bytes);
}

int
dt_stdout(const void *fdt)
{
	int length;
	const char *path = dt_stdout_path(fdt, &length);

	if (path == NULL || length <= 0)
		return -FDT_ERR_NOTFOUND;
	const char *options = memchr(path, ':', (size_t)length);
	if (options == NULL)
		options = memchr(path, '\0', (size_t)length);
	if (options == NULL || options == path)
		return -FDT_ERR_BADVALUE;
	return fdt_path_offset_namelen(fdt, path, (int)(options - path));
}

uint32_t
dt_path_interrupt_parent(const void *fdt, const struct dt_path *path)
{
	uint32_t phandle = 0;

	for (int i = path->depth; i >= 0 && phandle == 0; i--)
		phandle = dt_u32(fdt, path->node[i], "interrupt-parent", 0);
	return phandle;
}

/* The controller that a node's `interrupts` go to. */
static int
interrupt_parent(const void *fdt, int node)
{
	struct dt_path path;

	if (!dt_path_to(fdt, node, &path))
		return -FDT_ERR_NOTFOUND;
	return fdt_node_offset_by_phandle(fdt, dt_path_interrupt_parent(fdt, &path));
}

#define GIC_FIRST_PRIVATE 16u
#define GIC_FIRST_SHARED 32u
#define GIC_LINES 1020u
#define BCM_BANKED 32u
#define BCM_BANKS 3u

bool
dt_specifier(
    const void *fdt, int controller, const void *cells, int count, uint32_t *line, bool *edge)
{
	bool gic = dt_compatible(fdt, controller, "arm,cortex-a15-gic") ||
	    dt_compatible(fdt, controller, "arm,gic-400") ||
	    dt_compatible(fdt, controller, "arm,gic-v3");

	if (gic && count >= 3) {
		uint32_t private = cell_at(cells, 0);
		uint32_t number = cell_at(cells, 1);
		uint32_t limit = private == 1 ? GIC_FIRST_SHARED - GIC_FIRST_PRIVATE
					      : GIC_LINES - GIC_FIRST_SHARED;
		if (private > 1 || number >= limit)
			return false;
		*line = number + (private == 1 ? GIC_FIRST_PRIVATE : GIC_FIRST_SHARED);
		*edge = (cell_at(cells, 2) & 3) != 0;
		return true;
	}
	if (dt_compatible(fdt, controller, "brcm,bcm2836-l1-intc") && count >= 1) {
		*line = cell_at(cells, 0);
		*edge = false;
		return *line < BCM_BANKED;
	}
	if ((dt_compatible(fdt, controller, "brcm,bcm2836-armctrl-ic") ||
		dt_compatible(fdt, controller, "brcm,bcm2835-armctrl-ic")) &&
	    count >= 2) {
		uint32_t bank = cell_at(cells, 0);
		uint32_t bit = cell_at(cells, 1);
		if (bank >= BCM_BANKS || bit >= 32 || (bank == 0 && bit >= 8))
			return false;
		*line = BCM_BANKED + bank * 32 + bit;
		*edge = false;
		return true;
	}
	return false;
}

int
dt_specifier_cells(const void *fdt, int controller)
{
	uint32_t cells = controller < 0 ? 0 : dt_u32(fdt, controller, "#interrupt-cells", 0);
	return cells > 16 ? 0 : (int)cells;
}

static bool
extended_interrupt(
    const void *fdt, const char *list, int length, int index, uint32_t *line, bool *edge)
{
	for (int at = 0; at + CELL <= length;) {
		int controller = fdt_node_offset_by_phandle(fdt, cell_at(list + at, 0));
		int cells = dt_specifier_cells(fdt, controller);
		at += CELL;
		if (cells == 0 || cells * CELL > length - at)
			return false;
		if (index-- == 0)
			return dt_specifier(fdt, controller, list + at, cells, line, edge);
		at += cells * CELL;
	}
	return false;
}

bool
dt_interrupt(const void *fdt, int node, int index, uint32_t *line, bool *edge)
{
	int length;
	const char *list = fdt_getprop(fdt, node, "interrupts-extended", &length);

	if (index < 0)
		return false;
	if (list != NULL)
		return extended_interrupt(fdt, list, length, index, line, edge);
	list = fdt_getprop(fdt, node, "interrupts", &length);
	if (list == NULL)
		return false;
	int controller = interrupt_parent(fdt, node);
	int cells = dt_specifier_cells(fdt, controller);
	if (cells == 0 || index >= length / (cells * CELL))
		return false;
	return dt_specifier(fdt, controller, list + index * cells * CELL, cells, line, edge);
}
