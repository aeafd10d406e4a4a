/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel calls with every register in the test's hands.
 */
#ifndef TEST_RAW_H
#define TEST_RAW_H

#include <stdint.h>

#define RAW_NUMBERS 128 /* calls 0 to 127 can be made */

/* `svc #number` with x0 to x18 from the array, and what is in them afterwards. */
void raw_call(uint64_t number, uint64_t x[19]);

#endif
