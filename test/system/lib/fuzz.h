/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random kernel calls with random-ish arguments against a small guest: no
 * sequence of calls may panic the kernel or stop it from serving.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stdint.h>

/* Makes `calls` of them; what main returns. */
int fuzz_run(uint64_t seed, uint64_t calls);

#endif
