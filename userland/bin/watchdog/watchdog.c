/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arms and disarms hang detection, or says how it stands.
 */
#include <insula/cli.h>
#include <insula/services/watchdog.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(WATCHDOG, watchdog)

static const char usage[] = "watchdog [off | SECONDS [PRIORITY [hardware]]]";

static bool
number(const char *text, uint64_t *value)
{
	char *end;
	*value = strtoul(text, &end, 10);
	return end != text && *end == '\0';
}

static int
print_status(struct rpc_connection *server)
{
	struct watchdog_status_in in;
	struct watchdog_status_out s;
	err_t err = watchdog_status(server, &in, &s, TIME_NEVER);
	if (err != OK)
		return cli_failed("watchdog", err);
	if (s.seconds == 0)
		printf("not armed; hardware: %s\n", s.there != 0 ? "there" : "none");
	else
		printf("resets the machine when priority %" PRIu64 " has not run for %" PRIu64
		       " s%s; it ran %" PRIu64 " times\n",
		    s.priority, s.seconds, s.hardware != 0 ? ", or the kernel hangs" : "", s.kicks);
	return 0;
}

int
main(int argc, char **argv)
{
	struct rpc_connection *server;
	struct watchdog_arm_in arm = { .priority = 20 };
	struct watchdog_arm_out armed;
	struct watchdog_disarm_in disarm;
	struct watchdog_disarm_out disarmed;
	err_t err;
	cli_arguments(argc, argv, 0, 3, usage);
	if (cli_open(&watchdog_interface, &server) != 0)
		return CLI_FAILED;
	if (argc == 1)
		return print_status(server);
	if (argc == 2 && strcmp(argv[1], "off") == 0) {
		err = watchdog_disarm(server, &disarm, &disarmed, TIME_NEVER);
		return err == OK ? 0 : cli_failed("watchdog", err);
	}
	if (!number(argv[1], &arm.seconds) || (argc > 2 && !number(argv[2], &arm.priority)) ||
	    (argc > 3 && strcmp(argv[3], "hardware") != 0)) {
		fprintf(stderr, "usage: %s\n", usage);
		return CLI_USAGE;
	}
	arm.hardware = argc > 3;
	err = watchdog_arm(server, &arm, &armed, TIME_NEVER);
	if (err == ERR_NOT_FOUND)
		return cli_failed_because("hardware", "this board has no watchdog that we know");
	if (err == ERR_ARGUMENT)
		return cli_failed_because(argv[1],
		    "out of range: 1 to 3600 seconds (1 to 15 with hardware), priority 1 to 63");
	return err == OK ? 0 : cli_failed("watchdog", err);
}
