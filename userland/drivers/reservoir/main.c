/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of the reservoir's level sensor (`demo reservoir`). One thread takes
 * the interrupt, above everything else and for a few instructions; the other
 * makes the calls, the alarm before the valve. It ends with status 0 when both
 * have answered.
 *
 * Usage: reservoir COMPATIBLE, of the sensor. Started on demand, by its node in
 * the manifest; grants: "registers", "reached" (the interrupt).
 */
#include "sensor.h"

#include <insula/clock.h>
#include <insula/process.h>
#include <insula/rpc/client.h>
#include <insula/services/alarm.h>
#include <insula/services/valve.h>
#include <insula/syscall.h>
#include <insula/thread.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(ALARM, alarm)
RPC_DEFINE_SERVICE(VALVE, valve)

#define SENSOR_PRIORITY 60
#define STACK_BYTES (16u * 1024)
#define PATIENCE_NS (5 * SENSOR_NS) /* for the interrupt, for an answer */
#define LOOK_NS 1000000ull
#define BIT_REACHED 1u

static const struct sensor *sensor;
static volatile uint8_t *registers;
static handle_t interrupt, at_sensor, at_caller, ring_sensor, ring_caller;
static uint64_t armed_ns;
static _Atomic uint64_t reached_ns; /* 0: not yet */

static int
failed(const char *what, err_t err)
{
	fprintf(stderr, "reservoir: %s: %s\n", what, err_text(err));
	return 1;
}

/* The first thread. */
static void
wait_for_water(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	if (insula_recv(at_sensor, armed_ns + PATIENCE_NS, &m) == RECV_BITS) {
		atomic_store(&reached_ns, clock_now_ns());
		sensor->clear(registers);
		const struct message ack = { .label = MSG_ACK, .token = interrupt };
		(void)insula_reply(at_sensor, &ack);
	}
	(void)insula_notify(ring_caller);
}

static err_t
make_endpoint(handle_t *endpoint, handle_t *ring)
{
	err_t err = insula_endpoint_create(SELF, SELF, endpoint);
	if (err == OK)
		err = insula_cap_copy(SELF, *endpoint, SELF, RIGHT_NOTIFY, BIT_REACHED, ring);
	return err;
}

/* The interrupt before the registers: who has it is the only one who touches them. */
static err_t
bind(void)
{
	uint64_t irq, line, address;
	err_t err = process_grant("reached", &irq, &line);
	if (err == OK)
		err = process_grant("registers", &address, NULL);
	if (err == OK)
		err = make_endpoint(&at_sensor, &ring_sensor);
	if (err == OK)
		err = make_endpoint(&at_caller, &ring_caller);
	if (err == OK)
		err = insula_irq_bind((handle_t)irq, SELF, line, ring_sensor, SELF, &interrupt);
	if (err == OK)
		registers = (volatile uint8_t *)address;
	return err;
}

/* A service that may just be coming up. */
static err_t
open_service(const struct rpc_interface *interface, struct rpc_connection **connection)
{
	const uint64_t deadline = clock_now_ns() + PATIENCE_NS;
	err_t err;
	while ((err = rpc_open(PID_INVALID, interface, 0, connection, NULL)) == ERR_NOT_FOUND &&
	    clock_now_ns() < deadline)
		(void)clock_sleep_ns(LOOK_NS);
	return err;
}

int
main(int argc, char **argv)
{
	struct rpc_connection *alarm, *valve;
	struct alarm_ring_out rung;
	struct valve_open_out opened;
	struct message m = { .label = 0 };
	struct thread *thread;
	sensor = argc > 1 ? sensor_find(argv[argc - 1]) : NULL;
	if (sensor == NULL)
		return failed("a sensor", ERR_NOT_FOUND);
	err_t err = bind();
	if (err != OK)
		return failed(sensor->compatible, err);
	err = open_service(&alarm_interface, &alarm);
	if (err != OK)
		return failed("the alarm", err);
	err = open_service(&valve_interface, &valve);
	if (err != OK)
		return failed("the valve", err);

	armed_ns = clock_now_ns();
	err = thread_spawn_with(
	    wait_for_water, NULL, SENSOR_PRIORITY, POLICY_FIFO, STACK_BYTES, &thread);
	if (err != OK)
		return failed("the sensor's thread", err);
	sensor->arm(registers);
	(void)insula_recv(at_caller, TIME_NEVER, &m);
	if (atomic_load(&reached_ns) == 0)
		return failed("the sensor's interrupt", ERR_TIMED_OUT);

	const struct alarm_ring_in ring = { .armed_ns = armed_ns,
		.reached_ns = atomic_load(&reached_ns) };
	err = alarm_ring(alarm, &ring, &rung, clock_now_ns() + PATIENCE_NS);
	if (err != OK)
		return failed("the alarm", err);
	const struct valve_open_in open = { .percent = 100 };
	err = valve_open(valve, &open, &opened, clock_now_ns() + PATIENCE_NS);
	return err == OK ? 0 : failed("the valve", err);
}
