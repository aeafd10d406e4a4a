/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv2: distributor and CPU interface, both memory-mapped. One core takes all
 * shared interrupts.
 */
#include "core/aarch64/gic.h"
#include "core/aarch64/memory.h"
#include "core/aarch64/sysreg.h"

#define GICC_CTLR 0x00
#define GICC_PMR 0x04
#define GICC_IAR 0x0c
#define GICC_EOIR 0x10
#define GICV2_BYTES 0x1000

static volatile void *gicd, *gicc;
static uint32_t lines;

static uint32_t
gicv2_claim(void)
{
	uint32_t line = mmio_read(gicc, GICC_IAR) & 0x3ff;
	return line < GIC_LINES_MAX ? line : IRQ_NONE;
}

static void
gicv2_end(uint32_t line)
{
	dsb_sy();
	mmio_write(gicc, GICC_EOIR, line);
}

static void
gicv2_mask(uint32_t line)
{
	mmio_write(gicd, GICD_ICENABLER + line / 32 * 4, 1u << (line % 32));
	dsb_sy();
}

static void
gicv2_end_masked(uint32_t line)
{
	gicv2_mask(line);
	mmio_write(gicc, GICC_EOIR, line);
}

static void
gicv2_unmask(uint32_t line)
{
	mmio_write(gicd, GICD_ISENABLER + line / 32 * 4, 1u << (line % 32));
}

static bool
gicv2_line_valid(uint32_t line)
{
	return line >= GIC_FIRST_SHARED && line < lines;
}

static BOOT_CONST const struct irqchip gicv2 = { gicv2_claim, gicv2_end, gicv2_end_masked,
	gicv2_mask, gicv2_unmask, gicv2_line_valid };

BOOT_CODE const struct irqchip *
gicv2_init(const struct platform *platform)
{
	gicd = device_map(platform->irqchip[0].base, GICV2_BYTES);
	gicc = device_map(platform->irqchip[1].base, GICV2_BYTES * 2);
	lines = gic_line_count(gicd);

	mmio_write(gicd, GICD_CTLR, 0);
	gic_reset_lines(gicd, 0, lines, platform->irq_edge);
	/* The banked target register of a private line names the core that reads it. */
	uint32_t self = mmio_read(gicd, GICD_ITARGETSR) & 0xff;
	for (uint32_t line = GIC_FIRST_SHARED; line < lines; line += 4)
		mmio_write(gicd, GICD_ITARGETSR + line, self * 0x01010101u);
	/*
	 * The lowest bit enables the group that we see: with security extensions
	 * the one that firmware gave us (1), without them the one that all lines
	 * are in after reset (0).
	 */
	mmio_write(gicd, GICD_CTLR, 1);
	mmio_write(gicc, GICC_PMR, 0xff);
	mmio_write(gicc, GICC_CTLR, 1);
	gicv2_unmask(platform->timer_line);
	return &gicv2;
}
