/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hang detection. One thread at the chosen priority counts; one at the highest
 * there is looks, four times in the time allowed, whether it has counted, and
 * resets the machine if it has not. The board's own watchdog, where it is asked
 * for, is fed by the second thread alone: it bites when that does not run, which
 * is when the kernel hangs.
 *
 * Grants: "firmware"; "registers" of the BCM2835's watchdog, where there is one.
 */
#include "hang.h"

#include <insula/clock.h>
#include <insula/process.h>
#include <insula/rpc/server.h>
#include <insula/services/watchdog.h>
#include <insula/syscall.h>
#include <insula/thread.h>
#include <stdatomic.h>

RPC_DEFINE_SERVICE(WATCHDOG, watchdog)
RPC_DEFINE_SERVER(WATCHDOG, watchdog)

#define NS_PER_S 1000000000ull
#define STACK_BYTES (16u * 1024)

static handle_t firmware;
static volatile uint8_t *registers; /* NULL: the board has none */
static struct thread *kicker, *looker;
static _Atomic uint64_t kicks;
static atomic_bool ends;             /* both threads are to end */
static struct watchdog_arm_in armed; /* seconds 0: not armed; constant while they run */

static uint64_t
look_every_ns(void)
{
	return armed.seconds * NS_PER_S / HANG_LOOKS;
}

static void
kick(void *unused)
{
	(void)unused;
	while (!atomic_load(&ends)) {
		atomic_fetch_add(&kicks, 1);
		(void)clock_sleep_ns(look_every_ns() / 2);
	}
}

static void
look(void *unused)
{
	struct hang hang;
	(void)unused;
	hang_begin(&hang, atomic_load(&kicks));
	while (!atomic_load(&ends)) {
		if (armed.hardware)
			bcm2835_wdt_feed(registers, (uint32_t)armed.seconds);
		(void)clock_sleep_ns(look_every_ns());
		if (hang_look(&hang, atomic_load(&kicks)) && !atomic_load(&ends)) {
			struct message reset = { .label = FIRMWARE_RESET };
			(void)insula_call(firmware, TIME_NEVER, &reset);
		}
	}
	if (armed.hardware)
		bcm2835_wdt_off(registers);
}

static void
disarm(void)
{
	if (armed.seconds == 0)
		return;
	atomic_store(&ends, true);
	(void)thread_join(looker, NULL);
	(void)thread_join(kicker, NULL);
	armed.seconds = 0;
}

static err_t
on_arm(struct rpc_call *call, const struct watchdog_arm_in *in, struct watchdog_arm_out *out)
{
	const uint64_t most = in->hardware != 0 ? WATCHDOG_HARDWARE_SECONDS_MAX
						: WATCHDOG_SECONDS_MAX;
	(void)call, (void)out;
	if (in->hardware != 0 && registers == NULL)
		return ERR_NOT_FOUND;
	if (in->seconds == 0 || in->seconds > most || in->priority == 0 ||
	    in->priority > PRIORITY_UNPRIVILEGED_MAX)
		return ERR_ARGUMENT;
	disarm();
	atomic_store(&ends, false);
	atomic_store(&kicks, 0);
	armed = *in;
	err_t err =
	    thread_spawn_with(kick, NULL, (unsigned)in->priority, POLICY_RR, STACK_BYTES, &kicker);
	if (err != OK) {
		armed.seconds = 0;
		return err;
	}
	err = thread_spawn_with(look, NULL, PRIORITY_MAX, POLICY_FIFO, STACK_BYTES, &looker);
	if (err != OK) {
		atomic_store(&ends, true);
		(void)thread_join(kicker, NULL);
		armed.seconds = 0;
	}
	return err;
}

static err_t
on_disarm(
    struct rpc_call *call, const struct watchdog_disarm_in *in, struct watchdog_disarm_out *out)
{
	(void)call, (void)in, (void)out;
	disarm();
	return OK;
}

static err_t
on_status(
    struct rpc_call *call, const struct watchdog_status_in *in, struct watchdog_status_out *out)
{
	(void)call, (void)in;
	out->seconds = armed.seconds;
	out->priority = armed.priority;
	out->hardware = armed.hardware;
	out->there = registers != NULL;
	out->kicks = atomic_load(&kicks);
	return OK;
}

static err_t
start(uint32_t kind)
{
	uint64_t value;
	(void)kind;
	err_t err = process_grant("firmware", &value, NULL);
	if (err != OK)
		return err;
	firmware = (handle_t)value;
	if (process_grant("registers", &value, NULL) == OK)
		registers = (volatile uint8_t *)value;
	return OK;
}

static const struct rpc_hooks hooks = { .start = start };

int
main(void)
{
	static const struct rpc_service services[] = { RPC_SERVICE(watchdog) };
	return rpc_serve(services, 1, &hooks);
}
