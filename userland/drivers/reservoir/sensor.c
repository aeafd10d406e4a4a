/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm's PL031 real-time clock, by its alarm, and the BCM2835's system timer, by
 * its fourth comparator.
 */
#include "sensor.h"

#include <stddef.h>
#include <string.h>

/* PL031 (Arm DDI 0224): seconds. */
#define RTC_DATA 0x0u
#define RTC_MATCH 0x4u
#define RTC_CONTROL 0xcu
#define RTC_MASK 0x10u
#define RTC_CLEAR 0x1cu

/* BCM2835 ARM Peripherals, chapter 12: microseconds. */
#define TIMER_STATUS 0x0u
#define TIMER_LOW 0x4u
#define TIMER_COMPARE_3 0x18u
#define TIMER_MATCH_3 (1u << 3)

static volatile uint32_t *
reg(volatile uint8_t *registers, uint32_t at)
{
	return (volatile uint32_t *)(volatile void *)(registers + at);
}

static void
pl031_clear(volatile uint8_t *registers)
{
	*reg(registers, RTC_MASK) = 0;
	*reg(registers, RTC_CLEAR) = 1;
}

static void
pl031_arm(volatile uint8_t *registers)
{
	uint32_t now;
	pl031_clear(registers);
	*reg(registers, RTC_CONTROL) = 1;
	do {
		now = *reg(registers, RTC_DATA);
		*reg(registers, RTC_MATCH) = now + 1;
	} while (*reg(registers, RTC_DATA) != now); /* the second was over in between */
	*reg(registers, RTC_MASK) = 1;
}

static void
bcm2835_clear(volatile uint8_t *registers)
{
	*reg(registers, TIMER_STATUS) = TIMER_MATCH_3;
}

static void
bcm2835_arm(volatile uint8_t *registers)
{
	bcm2835_clear(registers);
	*reg(registers, TIMER_COMPARE_3) =
	    *reg(registers, TIMER_LOW) + (uint32_t)(SENSOR_NS / 1000);
}

const struct sensor *
sensor_find(const char *compatible)
{
	static const struct sensor sensors[] = {
		{ "arm,pl031", pl031_arm, pl031_clear },
		{ "brcm,bcm2835-system-timer", bcm2835_arm, bcm2835_clear },
	};
	for (size_t i = 0; i < sizeof sensors / sizeof sensors[0]; i++)
		if (strcmp(sensors[i].compatible, compatible) == 0)
			return &sensors[i];
	return NULL;
}
