/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to a flattened device tree that libfdt leaves open: addresses as
 * the processor sees them, interrupts as flat line numbers. No kernel
 * dependencies: init compiles the same file. The tree must have passed
 * fdt_check_full; what it says is still not believed further than it goes.
 *
 * Nodes are libfdt offsets; negative is "none".
 */
#ifndef INSULA_CORE_BOOT_FDT_H
#define INSULA_CORE_BOOT_FDT_H

#include <stdbool.h>
#include <stdint.h>

/* A big-endian number of 0 to 4 cells; false when it does not fit 64 bits. */
bool dt_cells(const void *cells, int count, uint64_t *value);

/* The value of a property of one cell (at least), or `otherwise`. */
uint32_t dt_u32(const void *fdt, int node, const char *property, uint32_t otherwise);

/* Whether a property is exactly this text, its NUL included. */
bool dt_text_is(const void *fdt, int node, const char *property, const char *text);

/* Whether the node itself is enabled ("status" absent, "okay" or "ok"). */
bool dt_status_okay(const void *fdt, int node);

/* Whether the node and all its parents are. */
bool dt_enabled(const void *fdt, int node);

bool dt_compatible(const void *fdt, int node, const char *compatible);

/* The first enabled node after `node` (-1: from the start) compatible with the name. */
int dt_next_compatible(const void *fdt, int node, const char *compatible);

/*
 * A node with its ancestors, the root first. libfdt finds a parent by reading
 * the tree from its start; whoever visits all nodes walks with a path instead.
 */
#define DT_DEPTH_MAX 16
struct dt_path {
	int node[DT_DEPTH_MAX];
	int depth; /* of the last node; the root's is 0 */
};

/* The path to a node; false when it is too deep. */
bool dt_path_to(const void *fdt, int node, struct dt_path *path);

/*
 * From a path to that of the next node in the tree, skipping what is too deep;
 * depth -1 begins, false ends. `skip_below` leaves out the children of the last.
 */
bool dt_path_next(const void *fdt, struct dt_path *path, bool skip_below);

/*
 * The index-th entry of `reg`, translated through the `ranges` of every bus
 * above; false when there is none, or it is not visible to the processor.
 */
bool dt_reg(const void *fdt, int node, int index, uint64_t *base, uint64_t *bytes);
bool dt_path_reg(
    const void *fdt, const struct dt_path *path, int index, uint64_t *base, uint64_t *bytes);

/* The property `stdout-path`, or what it was called before; NULL: there is neither. */
const char *dt_stdout_path(const void *fdt, int *bytes);

/* The node that `stdout-path` names, by path or alias, options cut off. */
int dt_stdout(const void *fdt);

/*
 * The index-th interrupt of a node as a flat line number (core/platform.h),
 * from `interrupts-extended` or `interrupts` and the interrupt parent; *edge
 * tells its trigger. False when there is none, or its controller is not one of
 * GICv2, GICv3, BCM2836 local and BCM2835.
 */
bool dt_interrupt(const void *fdt, int node, int index, uint32_t *line, bool *edge);

/* The phandle of the controller that a node's `interrupts` go to; 0: none. */
uint32_t dt_path_interrupt_parent(const void *fdt, const struct dt_path *path);

/* One specifier of a controller, `count` cells, as a flat line. */
bool dt_specifier(
    const void *fdt, int controller, const void *cells, int count, uint32_t *line, bool *edge);

/* Cells in one specifier of a controller, 0 when it is not one. */
int dt_specifier_cells(const void *fdt, int controller);

#endif
