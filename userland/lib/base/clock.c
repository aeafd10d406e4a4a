/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock as a process reads it, and sleeping.
 */
#include <insula/arch/cpu.h>
#include <insula/clock.h>
#include <insula/process.h>
#include <insula/syscall.h>

#define NS_PER_S 1000000000ull

uint64_t
clock_now_ns(void)
{
	const uint64_t hz = process_info()->clock_hz;
	const uint64_t ticks = cpu_ticks();
	return ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz;
}

err_t
clock_sleep_until(uint64_t deadline_ns)
{
	err_t err;
	do
		err = insula_sleep(deadline_ns > TIME_NOW ? deadline_ns : TIME_NOW);
	while (err == ERR_INTERRUPTED);
	return err;
}

err_t
clock_sleep_ns(uint64_t ns)
{
	return clock_sleep_until(clock_now_ns() + ns);
}
