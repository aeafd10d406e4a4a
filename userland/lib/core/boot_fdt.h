/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name by which src/core/boot_fdt.c, compiled into this library, finds its
 * own declarations.
 */
#include <insula/device_tree.h>
