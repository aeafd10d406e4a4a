/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The distributor, of which GICv2 and GICv3 share the registers used here. In
 * GICv3 the first 32 lines are in the redistributor, at the same offsets.
 */
#ifndef INSULA_CORE_AARCH64_GIC_H
#define INSULA_CORE_AARCH64_GIC_H

#include "core/aarch64/drivers.h"

#define GICD_CTLR 0x000
#define GICD_TYPER 0x004
#define GICD_IGROUPR 0x080
#define GICD_ISENABLER 0x100
#define GICD_ICENABLER 0x180
#define GICD_ICACTIVER 0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR 0x800
#define GICD_ICFGR 0xc00

#define GIC_FIRST_SHARED 32u /* lower lines are a core's own */
#define GIC_LINES_MAX 1020u  /* higher numbers mean "none" */

/* How many lines the distributor has. */
uint32_t gic_line_count(const volatile void *gicd);
/* Mask the lines from first up to end (multiples of 32) and set priorities and triggers. */
void gic_reset_lines(volatile void *base, uint32_t first, uint32_t end, const uint32_t *edge);

#endif
