/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What GICv2 and GICv3 set up alike: every line masked and idle, one priority,
 * triggered as the device tree says. Groups differ, and are left alone.
 */
#include "core/aarch64/gic.h"
#include "core/aarch64/sysreg.h"

uint32_t
gic_line_count(const volatile void *gicd)
{
	uint32_t lines = ((mmio_read(gicd, GICD_TYPER) & 0x1f) + 1) * 32;
	return lines < GIC_LINES_MAX ? lines : GIC_LINES_MAX;
}

void
gic_reset_lines(volatile void *base, uint32_t first, uint32_t end, const uint32_t *edge)
{
	for (uint32_t line = first; line < end; line += 32) {
		uint32_t word = line / 32 * 4;
		mmio_write(base, GICD_ICENABLER + word, 0xffffffff);
		mmio_write(base, GICD_ICACTIVER + word, 0xffffffff);
	}
	for (uint32_t line = first; line < end; line += 4)
		mmio_write(base, GICD_IPRIORITYR + line, 0xa0a0a0a0);
	for (uint32_t line = first; line < end; line += 16) {
		if (line < 16)
			continue; /* software-generated: fixed */
		uint32_t config = 0;
		for (uint32_t i = 0; i < 16; i++)
			if (edge[(line + i) / 32] >> ((line + i) % 32) & 1)
				config |= 2u << (i * 2);
		mmio_write(base, GICD_ICFGR + line / 16 * 4, config);
	}
}
