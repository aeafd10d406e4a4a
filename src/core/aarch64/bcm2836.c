/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raspberry Pi up to 3: each core's local controller (BCM2836), and behind its
 * GPU source the one of the peripherals (BCM2835). Neither knows priorities or
 * an end of interrupt; a line is pending for as long as its device says so,
 * and the lowest line goes first.
 */
#include "core/aarch64/drivers.h"
#include "core/aarch64/memory.h"
#include "core/aarch64/sysreg.h"

#define LOCAL_GPU_ROUTING 0x0c
#define LOCAL_TIMER_CONTROL(core) (0x40 + 4 * (core))
#define LOCAL_MAILBOX_CONTROL(core) (0x50 + 4 * (core))
#define LOCAL_IRQ_SOURCE(core) (0x60 + 4 * (core))
#define LOCAL_SOURCE_GPU 8
#define LOCAL_TIMERS 4 /* lines 0 to 3 */

#define BANKS 3
#define FIRST_BANKED 32u /* line of bank 0, bit 0 */
#define BASIC_LINES 8u   /* of bank 0; its other bits summarise banks 1 and 2 */

static const uint8_t bank_pending[BANKS] = { 0x00, 0x04, 0x08 };
static const uint8_t bank_enable[BANKS] = { 0x18, 0x10, 0x14 };
static const uint8_t bank_disable[BANKS] = { 0x24, 0x1c, 0x20 };

static volatile void *local, *armctrl;

static uint32_t
bcm2836_claim(void)
{
	uint32_t source = mmio_read(local, LOCAL_IRQ_SOURCE(0));
	uint32_t own = source & ~(1u << LOCAL_SOURCE_GPU);

	if (own != 0)
		return (uint32_t)__builtin_ctz(own);
	if (source == 0)
		return IRQ_NONE;
	for (uint32_t bank = 0; bank < BANKS; bank++) {
		uint32_t pending = mmio_read(armctrl, bank_pending[bank]);
		if (bank == 0)
			pending &= (1u << BASIC_LINES) - 1;
		if (pending != 0)
			return FIRST_BANKED + bank * 32 + (uint32_t)__builtin_ctz(pending);
	}
	return IRQ_NONE;
}

static void
bcm2836_end(uint32_t line)
{
	(void)line;
}

static void
bcm2836_mask(uint32_t line)
{
	line -= FIRST_BANKED;
	mmio_write(armctrl, bank_disable[line / 32], 1u << (line % 32));
	dsb_sy();
}

static void
bcm2836_unmask(uint32_t line)
{
	line -= FIRST_BANKED;
	mmio_write(armctrl, bank_enable[line / 32], 1u << (line % 32));
}

static bool
bcm2836_line_valid(uint32_t line)
{
	return line >= FIRST_BANKED && line < FIRST_BANKED + BANKS * 32 &&
	    (line < FIRST_BANKED + BASIC_LINES || line >= FIRST_BANKED + 32);
}

static BOOT_CONST const struct irqchip bcm2836 = { bcm2836_claim, bcm2836_end, bcm2836_mask,
	bcm2836_mask, bcm2836_unmask, bcm2836_line_valid };

BOOT_CODE const struct irqchip *
bcm2836_init(const struct platform *platform)
{
	local = device_map(platform->irqchip[0].base, platform->irqchip[0].bytes);
	armctrl = device_map(platform->irqchip[1].base, platform->irqchip[1].bytes);
	if (platform->timer_line >= LOCAL_TIMERS)
		boot_fail(BOOT_TEXT("timer interrupt is not the local controller's"), NULL);

	for (uint32_t bank = 0; bank < BANKS; bank++)
		mmio_write(armctrl, bank_disable[bank], 0xffffffff);
	mmio_write(local, LOCAL_GPU_ROUTING, 0); /* to core 0, as IRQ */
	for (uint32_t core = 0; core < 4; core++) {
		mmio_write(local, LOCAL_TIMER_CONTROL(core), 0);
		mmio_write(local, LOCAL_MAILBOX_CONTROL(core), 0);
	}
	mmio_write(local, LOCAL_TIMER_CONTROL(0), 1u << platform->timer_line);
	return &bcm2836;
}
