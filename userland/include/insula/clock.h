/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: the monotonic clock, in nanoseconds since the counter was zero, as the
 * kernel's deadlines count it. Reading it is no kernel call.
 */
#ifndef INSULA_CLOCK_H
#define INSULA_CLOCK_H

#include <insula/abi/error.h>
#include <stdint.h>

uint64_t clock_now_ns(void);

/* Block the calling thread until an absolute time, or for a while. */
err_t clock_sleep_until(uint64_t deadline_ns);
err_t clock_sleep_ns(uint64_t ns);

#endif
