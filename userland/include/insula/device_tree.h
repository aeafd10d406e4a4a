/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to the board's device tree that libfdt leaves open. The functions
 * are those of src/core/boot_fdt.c, compiled into the library, so that the
 * kernel and the programs read a board in the same way. The tree must have
 * passed fdt_check_full. Nodes are libfdt offsets; negative is "none".
 */
#ifndef INSULA_DEVICE_TREE_H
#define INSULA_DEVICE_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* NOLINTBEGIN(readability-redundant-declaration): the compiler compares them with the kernel's */

/* Whether the node and all its parents are enabled. */
bool dt_enabled(const void *fdt, int node);

bool dt_compatible(const void *fdt, int node, const char *compatible);

/* The first enabled node after `node` (-1: from the start) compatible with the name. */
int dt_next_compatible(const void *fdt, int node, const char *compatible);

/*
 * The index-th entry of `reg`, as the processor sees it; false when there is
 * none, or it is not visible to the processor.
 */
bool dt_reg(const void *fdt, int node, int index, uint64_t *base, uint64_t *bytes);

/* The node that `stdout-path` names, by path or alias, options cut off. */
int dt_stdout(const void *fdt);

/* The index-th interrupt of a node as a flat line number, and its trigger. */
bool dt_interrupt(const void *fdt, int node, int index, uint32_t *line, bool *edge);

/* NOLINTEND(readability-redundant-declaration) */

#endif
