/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's reader of device trees, for programs: one source, so that both
 * find the same console and the same interrupt lines.
 */
#include "../../../src/core/boot_fdt.c" /* NOLINT(bugprone-suspicious-include) */
