/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts for the rest of the kernel: forwards to the one controller that
 * boot found, and gives the timer's line its own name. It never decides what
 * an interrupt means.
 */
#include "core/aarch64/drivers.h"

static struct irqchip chip;
static uint32_t timer_line;

uint32_t
irq_claim(void)
{
	uint32_t line = chip.claim();
	return line == timer_line ? IRQ_TIMER : line;
}

void
irq_end_timer(void)
{
	chip.end(timer_line);
}

void
irq_end_masked(uint32_t line)
{
	chip.end_masked(line);
}

void
irq_mask(uint32_t line)
{
	chip.mask(line);
}

void
irq_unmask(uint32_t line)
{
	chip.unmask(line);
}

bool
irq_line_valid(uint32_t line)
{
	return line != timer_line && chip.line_valid(line);
}

BOOT_CODE void
irqchip_init(const struct platform *platform)
{
	timer_line = platform->timer_line;
	switch (platform->irqchip_type) {
	case IRQCHIP_GICV2:
		chip = *gicv2_init(platform);
		break;
	case IRQCHIP_GICV3:
		chip = *gicv3_init(platform);
		break;
	case IRQCHIP_BCM2836:
		chip = *bcm2836_init(platform);
		break;
	case IRQCHIP_NONE:
		boot_fail(
		    BOOT_TEXT("device tree has no interrupt controller that is supported"), NULL);
	}
}
