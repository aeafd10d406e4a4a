/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages of the VideoCore's property channel: one question in a buffer of
 * words, answered in place. It touches no device, so it runs in host tests.
 *
 *   0 bytes of the buffer   1 request 0, answer 0x80000000
 *   2 tag   3 bytes of its value   4 request 0, answer 0x80000000 + bytes
 *   5 value   then an end word 0
 */
#ifndef BOARD_PROPERTY_H
#define BOARD_PROPERTY_H

#include <insula/abi/error.h>
#include <stdint.h>

#define PROPERTY_VALUES 4u /* words of a value, at most */
#define PROPERTY_WORDS (6u + PROPERTY_VALUES)

enum property_tag {
	PROPERTY_FIRMWARE = 0x00001,
	PROPERTY_BOARD = 0x10002,
	PROPERTY_SERIAL = 0x10004,
	PROPERTY_ARM_MEMORY = 0x10005,
	PROPERTY_VC_MEMORY = 0x10006,
	PROPERTY_CLOCK = 0x30002,
	PROPERTY_TEMPERATURE = 0x30006,
	PROPERTY_TEMPERATURE_MAX = 0x3000a,
};

/* Write a question; `words` words of value, the first of them `argument`, the others 0. */
void
property_ask(volatile uint32_t *buffer, enum property_tag tag, unsigned words, uint32_t argument);

/*
 * Read its answer into value[words].
 *
 * Returns  OK, or ERR_NOT_FOUND: the firmware does not know the tag;
 *          ERR_IO: it calls the question wrong, or the answer is not one
 */
MUST_CHECK err_t property_answer(const volatile uint32_t *buffer, enum property_tag tag,
    unsigned words, uint32_t value[PROPERTY_VALUES]);

#endif
