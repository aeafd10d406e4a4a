/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock as a process reads it, and sleeping.
 */
#include <insula/arch/cpu.h>
#include <insula/clock.h>
#include <insula/process.h>
#include <insula/syscall.h>
#include <insula/thread.h>

#define NS_PER_S 1000000000ull

uint64_t
clock_now_ns(void)
{
	const uint64_t hz = process_info()->clock_hz;
	const uint64_t ticks = cpu_ticks();
	return ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz;
}

/* Nobody ever rings this endpoint: receiving there ends at the deadline. */
static _Atomic handle_t nowhere;
static struct lock making;

static err_t
make_nowhere(void)
{
	err_t err = OK;
	handle_t made;
	lock_acquire(&making);
	if (nowhere == HANDLE_NONE) {
		err = insula_endpoint_create(SELF, SELF, &made);
		if (err == OK)
			nowhere = made;
	}
	lock_release(&making);
	return err;
}

err_t
clock_sleep_until(uint64_t deadline_ns)
{
	if (nowhere == HANDLE_NONE) {
		err_t err = make_nowhere();
		if (err != OK)
			return err;
	}
	struct message m = { 0 };
	int got;
	do
		got = insula_recv(nowhere, deadline_ns > TIME_NOW ? deadline_ns : TIME_NOW, &m);
	while (got == ERR_INTERRUPTED);
	return got == ERR_TIMED_OUT ? OK : (err_t)(got < 0 ? got : 0);
}

err_t
clock_sleep_ns(uint64_t ns)
{
	return clock_sleep_until(clock_now_ns() + ns);
}
