/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reservoir: when the water is too high, an operator is alerted and a valve
 * opened. The alarm and the valve are processes, each with a service; the driver
 * of the sensor is a third, started on demand with what the manifest grants it
 * (userland/drivers/reservoir). Beside them, and below them, this one computes
 * and never blocks.
 */
#include "demo.h"

#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/rpc/client.h>
#include <insula/services/alarm.h>
#include <insula/services/path.h>
#include <insula/services/process.h>
#include <insula/services/valve.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(ALARM, alarm)
RPC_DEFINE_SERVICE(PATH, path)
RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(VALVE, valve)

#define OWN_PATH "/boot/demo"
#define DRIVER_PATH "/boot/reservoir"
#define SERVER_PRIORITY 30
#define COMPUTES_PRIORITY 10
#define AT_ONCE_NS (50 * MS_NS) /* of a machine that has other things to do, too */
#define PATIENCE_NS (20000 * MS_NS)

static volatile bool over;
static uint64_t computed_ns;

static void
compute_report(void *unused)
{
	(void)unused;
	while (!over)
		;
	computed_ns = demo_cpu_ns();
}

/* A program, with one word as its argument; NULL: none. The reason is printed. */
static err_t
spawn(const char *path, const char *word, unsigned priority, uint64_t *pid)
{
	static struct process_spawn_in in;
	struct process_spawn_out out = { .pid = 0 };
	const char *name = strrchr(path, '/') + 1;
	memset(&in, 0, sizeof in);
	strncpy(in.path, path, sizeof in.path - 1);
	in.priority = priority;
	strcpy((char *)in.args, name);
	in.args_length = (uint32_t)strlen(name) + 1;
	if (word != NULL) {
		strcpy((char *)in.args + in.args_length, word);
		in.args_length += (uint32_t)strlen(word) + 1;
	}
	err_t err = process_spawn(rpc_to_process(), &in, &out, TIME_NEVER);
	if (err != OK)
		(void)cli_failed_because(path, out.reason[0] != '\0' ? out.reason : err_text(err));
	*pid = out.pid;
	return err;
}

/* True: it ended by itself, with status 0. */
static bool
ends_well(uint64_t pid, uint64_t deadline_ns)
{
	struct process_wait_out end = { .pid = 0 };
	const struct process_wait_in wait = { .pid = pid };
	err_t err = process_wait(rpc_to_process(), &wait, &end, deadline_ns);
	if (err != OK) {
		const struct process_kill_in kill = { .pid = pid };
		struct process_kill_out killed;
		if (process_kill(rpc_to_process(), &kill, &killed, TIME_NEVER) == OK)
			err = ERR_TIMED_OUT;
	}
	return err == OK && end.reason == END_EXIT && end.status == 0;
}

static void
line(uint64_t ns, const char *who, const char *what)
{
	printf("%5" PRIu64 ".%03" PRIu64 " ms  %-7s %s\n", ns / MS_NS, ns / 1000 % 1000, who, what);
}

/* What both have seen, and whether it was right and in time. */
static bool
tell(const struct alarm_status_out *a, const struct valve_status_out *v, uint64_t took_ns)
{
	if (a->rings != 1 || v->percent != 100) {
		printf("alarm: rang %" PRIu64 " times; valve: %" PRIu64 " %% open\n", a->rings,
		    v->percent);
		return false;
	}
	line(0, "driver", "arms the sensor; the water rises");
	line(
	    a->reached_ns - a->armed_ns, "driver", "first thread: interrupt, the level is reached");
	line(a->rang_ns - a->armed_ns, "alarm", "rings: the driver's second thread has called it");
	line(v->since_ns - a->armed_ns, "valve", "is open: the second thread has called it, too");
	printf("the report below them: %" PRIu64 " %% of the processor meanwhile\n",
	    computed_ns * 100 / took_ns);
	return a->rang_ns - a->reached_ns <= AT_ONCE_NS && v->since_ns >= a->rang_ns;
}

/* Opens both services, lets the driver do its work, and asks. */
static bool
watch(uint64_t driver, struct alarm_status_out *a, struct valve_status_out *v)
{
	struct rpc_connection *alarm, *valve;
	struct alarm_end_out alarm_ended;
	struct valve_end_out valve_ended;
	bool well = ends_well(driver, clock_now_ns() + PATIENCE_NS);
	err_t err = rpc_open(PID_INVALID, &alarm_interface, 0, &alarm, NULL);
	if (err == OK)
		err = alarm_status(alarm, NULL, a, TIME_NEVER);
	if (err == OK)
		err = alarm_end(alarm, NULL, &alarm_ended, TIME_NEVER);
	if (err == OK)
		err = rpc_open(PID_INVALID, &valve_interface, 0, &valve, NULL);
	if (err == OK)
		err = valve_status(valve, NULL, v, TIME_NEVER);
	if (err == OK)
		err = valve_end(valve, NULL, &valve_ended, TIME_NEVER);
	if (err != OK)
		(void)cli_failed("asking the alarm and the valve", err);
	return well && err == OK;
}

#define CLAIMS "/demo/reservoir"

/*
 * There is one sensor. Each demo attaches a name, which goes with its process, and whose is
 * the oldest has the sensor. (The driver would call the newest alarm, whoever's that is.)
 */
static int
claim_sensor(void)
{
	struct rpc_connection *paths;
	struct path_attach_in claim = { .service = "demo" };
	struct path_attach_out claimed;
	const struct path_list_in oldest = { .directory = CLAIMS, .index = 0 };
	struct path_list_out holder;
	snprintf(claim.prefix, sizeof claim.prefix, CLAIMS "/%u", (unsigned)process_info()->pid);
	if (cli_open(&path_interface, &paths) != 0)
		return CLI_FAILED;
	err_t err = path_attach(paths, &claim, &claimed, TIME_NEVER);
	if (err == OK)
		err = path_list(paths, &oldest, &holder, TIME_NEVER);
	if (err != OK)
		return cli_failed("the sensor", err);
	if (holder.server == process_info()->pid)
		return 0;
	fprintf(stderr, "demo: reservoir: pid %" PRIu64 " shows it already; there is one sensor\n",
	    holder.server);
	return CLI_FAILED;
}

int
demo_reservoir(void)
{
	uint64_t alarm, valve, driver;
	struct alarm_status_out a = { .rings = 0 };
	struct valve_status_out v = { .percent = 0 };
	struct thread *report;
	if (claim_sensor() != 0)
		return CLI_FAILED;
	if (spawn(OWN_PATH, "alarm", SERVER_PRIORITY, &alarm) != OK)
		return CLI_FAILED;
	if (spawn(OWN_PATH, "valve", SERVER_PRIORITY, &valve) != OK) {
		(void)ends_well(alarm, TIME_NOW);
		return CLI_FAILED;
	}
	const uint64_t began = clock_now_ns();
	(void)demo_thread(compute_report, NULL, COMPUTES_PRIORITY, POLICY_FIFO, &report);
	bool well = spawn(DRIVER_PATH, NULL, 0, &driver) == OK && watch(driver, &a, &v);
	const uint64_t took = clock_now_ns() - began, patience = clock_now_ns() + PATIENCE_NS;
	over = true;
	(void)thread_join(report, NULL);
	well = ends_well(alarm, well ? patience : TIME_NOW) && well;
	well = ends_well(valve, well ? patience : TIME_NOW) && well;
	return tell(&a, &v, took) && well ? 0 : CLI_FAILED;
}
