/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The level sensor of `demo reservoir`: what the boards have that interrupts once
 * and at a known time is a clock, so it is one. The water is too high when it
 * has gone on for a second.
 */
#ifndef RESERVOIR_SENSOR_H
#define RESERVOIR_SENSOR_H

#include <stdint.h>

#define SENSOR_NS 1000000000ull

struct sensor {
	const char *compatible;
	/* Interrupt once, in a second. */
	void (*arm)(volatile uint8_t *registers);
	/* Before the interrupt is acknowledged: its line goes down. */
	void (*clear)(volatile uint8_t *registers);
};

/* NULL: we know none of that name. */
const struct sensor *sensor_find(const char *compatible);

#endif
