/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decision, and the three registers of the BCM2835's power management that
 * make its watchdog. A write without the password is ignored.
 */
#include "hang.h"

#define PM_RSTC 0x1cu
#define PM_WDOG 0x24u
#define PM_PASSWORD 0x5a000000u
#define PM_RSTC_CONFIG 0x30u
#define PM_RSTC_FULL_RESET 0x20u
#define PM_RSTC_OFF 0x102u
#define WDOG_TICKS_PER_S 65536u /* of about 15.3 us */
#define WDOG_TICKS_MAX 0xfffffu

void
hang_begin(struct hang *hang, uint64_t count)
{
	*hang = (struct hang){ count, 0 };
}

bool
hang_look(struct hang *hang, uint64_t count)
{
	if (count != hang->seen)
		hang_begin(hang, count);
	else
		hang->stands++;
	return hang->stands >= HANG_LOOKS;
}

static volatile uint32_t *
reg(volatile uint8_t *registers, uint32_t at)
{
	return (volatile uint32_t *)(volatile void *)(registers + at);
}

void
bcm2835_wdt_feed(volatile uint8_t *registers, uint32_t seconds)
{
	const uint32_t ticks = seconds * WDOG_TICKS_PER_S;
	*reg(registers, PM_WDOG) = PM_PASSWORD | (ticks < WDOG_TICKS_MAX ? ticks : WDOG_TICKS_MAX);
	const uint32_t control = *reg(registers, PM_RSTC) & 0xffffffu & ~PM_RSTC_CONFIG;
	*reg(registers, PM_RSTC) = PM_PASSWORD | control | PM_RSTC_FULL_RESET;
}

void
bcm2835_wdt_off(volatile uint8_t *registers)
{
	*reg(registers, PM_RSTC) = PM_PASSWORD | PM_RSTC_OFF;
}
