/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a system hangs, and the registers of the BCM2835's watchdog. Neither
 * knows of threads or of time, so both run in host tests.
 */
#ifndef WATCHDOG_HANG_H
#define WATCHDOG_HANG_H

#include <stdbool.h>
#include <stdint.h>

#define HANG_LOOKS 4u /* in the time allowed */

struct hang {
	uint64_t seen;   /* the count, when it was last another */
	unsigned stands; /* looks since then */
};

void hang_begin(struct hang *hang, uint64_t count);
/* True: the count has been the same for HANG_LOOKS looks. */
bool hang_look(struct hang *hang, uint64_t count);

/* The board is reset if this is not called again within that many seconds, 1 to 15. */
void bcm2835_wdt_feed(volatile uint8_t *registers, uint32_t seconds);
void bcm2835_wdt_off(volatile uint8_t *registers);

#endif
