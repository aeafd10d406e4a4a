/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv3: distributor and one redistributor memory-mapped, CPU interface in
 * system registers. One core takes all shared interrupts.
 */
#include "core/aarch64/gic.h"
#include "core/aarch64/memory.h"
#include "core/aarch64/sysreg.h"

#define GICD_CTLR_GROUP1_ARE 0x12 /* alike in the non-secure and the single-security view */
#define GICD_CTLR_RWP (1u << 31)
#define GICD_IROUTER 0x6000
#define GICD_BYTES 0x10000
#define GICR_CTLR 0x0000
#define GICR_CTLR_RWP (1u << 3)
#define GICR_TYPER 0x0008
#define GICR_TYPER_VLPIS (1u << 1)
#define GICR_TYPER_LAST (1u << 4)
#define GICR_WAKER 0x0014
#define GICR_WAKER_SLEEP (1u << 1)
#define GICR_WAKER_ASLEEP (1u << 2)
#define GICR_SGI 0x10000 /* the page with the distributor's registers for lines 0 to 31 */
#define GICR_BYTES 0x20000
#define GICR_MAPPED 0x100000

#define POLL_LIMIT 1000000

static volatile void *gicd, *gicr_sgi;
static uint32_t lines;

static volatile void *
gicv3_base(uint32_t line)
{
	return line < GIC_FIRST_SHARED ? gicr_sgi : gicd;
}

static uint32_t
gicv3_claim(void)
{
	uint32_t line = (uint32_t)sysreg_read(s3_0_c12_c12_0) & 0xffffff; /* ICC_IAR1_EL1 */
	dsb_sy();
	return line < GIC_LINES_MAX ? line : IRQ_NONE;
}

static void
gicv3_end(uint32_t line)
{
	dsb_sy();
	sysreg_write(s3_0_c12_c12_1, line); /* ICC_EOIR1_EL1 */
	isb();
}

/* A mask must have taken effect before the line is ended, or it comes again. */
static void
gicv3_mask(uint32_t line)
{
	volatile void *base = gicv3_base(line);
	mmio_write(base, GICD_ICENABLER + line / 32 * 4, 1u << (line % 32));
	dsb_sy();
	if (base == gicd)
		for (int i = 0; i < POLL_LIMIT && mmio_read(gicd, GICD_CTLR) & GICD_CTLR_RWP; i++)
			;
}

static void
gicv3_end_masked(uint32_t line)
{
	gicv3_mask(line);
	gicv3_end(line);
}

static void
gicv3_unmask(uint32_t line)
{
	mmio_write(gicv3_base(line), GICD_ISENABLER + line / 32 * 4, 1u << (line % 32));
}

static bool
gicv3_line_valid(uint32_t line)
{
	return line >= GIC_FIRST_SHARED && line < lines;
}

static BOOT_CONST const struct irqchip gicv3 = { gicv3_claim, gicv3_end, gicv3_end_masked,
	gicv3_mask, gicv3_unmask, gicv3_line_valid };

/* The redistributor of this core among those in a row, by affinity. */
static BOOT_CODE volatile void *
gicv3_find_redistributor(const struct boot_range *range, uint64_t mpidr)
{
	uint32_t affinity = (uint32_t)((mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff));
	size_t bytes = range->bytes < GICR_MAPPED ? (size_t)range->bytes : GICR_MAPPED;
	volatile char *base = device_map(range->base, bytes);

	for (size_t at = 0; at + GICR_BYTES <= bytes;) {
		uint64_t type = mmio_read64(base + at, GICR_TYPER);
		if (type >> 32 == affinity)
			return base + at;
		if (type & GICR_TYPER_LAST)
			break;
		at += type & GICR_TYPER_VLPIS ? 2 * GICR_BYTES : GICR_BYTES;
	}
	boot_fail(BOOT_TEXT("interrupt controller has no redistributor for this core"), NULL);
}

BOOT_CODE const struct irqchip *
gicv3_init(const struct platform *platform)
{
	uint64_t mpidr = sysreg_read(mpidr_el1);
	volatile char *gicr;

	gicd = device_map(platform->irqchip[0].base, GICD_BYTES);
	gicr = gicv3_find_redistributor(&platform->irqchip[1], mpidr);
	gicr_sgi = gicr + GICR_SGI;
	lines = gic_line_count(gicd);

	mmio_write(gicd, GICD_CTLR, 0);
	gic_reset_lines(gicd, GIC_FIRST_SHARED, lines, platform->irq_edge);
	mmio_write(gicd, GICD_CTLR, GICD_CTLR_GROUP1_ARE);
	for (uint32_t line = GIC_FIRST_SHARED; line < lines; line += 32)
		mmio_write(gicd, GICD_IGROUPR + line / 8, 0xffffffff);
	for (uint32_t line = GIC_FIRST_SHARED; line < lines; line++)
		mmio_write64(gicd, GICD_IROUTER + line * 8, mpidr & 0xff00ffffffull);

	mmio_write(gicr, GICR_WAKER, mmio_read(gicr, GICR_WAKER) & ~GICR_WAKER_SLEEP);
	for (int i = 0; i < POLL_LIMIT && mmio_read(gicr, GICR_WAKER) & GICR_WAKER_ASLEEP; i++)
		;
	gic_reset_lines(gicr_sgi, 0, GIC_FIRST_SHARED, platform->irq_edge);
	mmio_write(gicr_sgi, GICD_IGROUPR, 0xffffffff);

	sysreg_write(s3_0_c12_c12_5, 1 | sysreg_read(s3_0_c12_c12_5)); /* ICC_SRE_EL1 */
	isb();
	if ((sysreg_read(s3_0_c12_c12_5) & 1) == 0)
		boot_fail(BOOT_TEXT("interrupt controller's system registers are disabled"), NULL);
	sysreg_write(s3_0_c4_c6_0, 0xff); /* ICC_PMR_EL1 */
	sysreg_write(s3_0_c12_c12_4, 0);  /* ICC_CTLR_EL1: one write ends */
	sysreg_write(s3_0_c12_c12_7, 1);  /* ICC_IGRPEN1_EL1 */
	isb();
	gicv3_unmask(platform->timer_line);
	return &gicv3;
}
