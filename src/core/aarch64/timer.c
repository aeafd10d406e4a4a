/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock and the one timer of a core: the virtual counter and its
 * comparator. Conversions are one multiplication each way with factors that
 * boot works out; rounding is such that a timer never fires before
 * clock_now_ns() has reached its deadline.
 */
#include "core/aarch64/drivers.h"
#include "core/aarch64/sysreg.h"

#define NS_PER_S 1000000000ull
#define NS_SHIFT 52    /* ns per tick: below 1000 at 1 MHz */
#define TICKS_SHIFT 63 /* ticks per ns: at most 1 at 1 GHz */

__extension__ typedef unsigned __int128 uint128_t;

static uint64_t ns_per_tick;  /* << NS_SHIFT, rounded up */
static uint64_t ticks_per_ns; /* << TICKS_SHIFT, rounded up */

uint64_t
clock_now_ns(void)
{
	isb();
	return (uint64_t)((uint128_t)sysreg_read(cntvct_el0) * ns_per_tick >> NS_SHIFT);
}

void
timer_set(uint64_t deadline_ns)
{
	if (deadline_ns == 0)
		deadline_ns = 1;
	uint64_t ticks = (uint64_t)((uint128_t)(deadline_ns - 1) * ticks_per_ns >> TICKS_SHIFT) + 1;
	sysreg_write(cntv_cval_el0, ticks);
	sysreg_write(cntv_ctl_el0, 1);
	isb();
}

void
timer_off(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	isb();
}

/* numerator << shift / denominator, rounded up; the result must fit 64 bits. */
static BOOT_CODE uint64_t
fraction(uint64_t numerator, unsigned int shift, uint64_t denominator)
{
	uint64_t quotient = numerator / denominator;
	uint64_t rest = numerator % denominator;

	while (shift-- > 0) {
		rest <<= 1;
		quotient <<= 1;
		if (rest >= denominator) {
			rest -= denominator;
			quotient |= 1;
		}
	}
	return quotient + (rest != 0);
}

BOOT_CODE void
timer_init(const struct platform *platform)
{
	ns_per_tick = fraction(NS_PER_S, NS_SHIFT, platform->clock_hz);
	ticks_per_ns = fraction(platform->clock_hz, TICKS_SHIFT, NS_PER_S);
	timer_off();
}
