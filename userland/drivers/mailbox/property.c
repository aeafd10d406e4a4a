/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions and answers of the property channel. What the firmware writes is not
 * believed further than it goes.
 */
#include "property.h"

#define ANSWERED 0x80000000u

void
property_ask(volatile uint32_t *buffer, enum property_tag tag, unsigned words, uint32_t argument)
{
	buffer[0] = PROPERTY_WORDS * 4;
	buffer[1] = 0;
	buffer[2] = (uint32_t)tag;
	buffer[3] = words * 4;
	buffer[4] = 0;
	for (unsigned i = 5; i < PROPERTY_WORDS; i++)
		buffer[i] = 0;
	if (words > 0)
		buffer[5] = argument;
}

err_t
property_answer(const volatile uint32_t *buffer, enum property_tag tag, unsigned words,
    uint32_t value[PROPERTY_VALUES])
{
	const uint32_t bytes = buffer[4];
	if (buffer[1] != ANSWERED || buffer[2] != (uint32_t)tag || buffer[3] != words * 4)
		return ERR_IO;
	if ((bytes & ANSWERED) == 0)
		return ERR_NOT_FOUND;
	if ((bytes & ~ANSWERED) < words * 4)
		return (bytes & ~ANSWERED) == 0 ? ERR_NOT_FOUND : ERR_IO;
	for (unsigned i = 0; i < words; i++)
		value[i] = buffer[5 + i];
	return OK;
}
