/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name by which src/core/boot_fdt.c, compiled into this library, finds its
 * own declarations; insula/device_tree.h has those that programs use.
 */
#include "../../../src/core/boot_fdt.h"
#include <insula/device_tree.h>
