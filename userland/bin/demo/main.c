/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which demonstration, and what they share.
 */
#include "demo.h"

#include <insula/cli.h>
#include <insula/syscall.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

handle_t
demo_thread(void (*run)(void *), void *argument, unsigned priority, enum policy policy,
    struct thread **thread)
{
	err_t err = thread_spawn_with(run, argument, priority, policy, 16384, thread);
	if (err != OK)
		exit(cli_failed("a thread", err));
	return thread_handle(*thread);
}

uint64_t
demo_cpu_ns(void)
{
	struct thread_info info;
	return insula_thread_query(thread_handle(thread_self()), &info) == OK ? info.cpu_ns : 0;
}

void
demo_compute_ns(uint64_t ns)
{
	const uint64_t end = demo_cpu_ns() + ns;
	while (demo_cpu_ns() < end)
		;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} demos[] = {
		{ "ready-queue", demo_ready_queue },
		{ "mouse", demo_mouse },
		{ "reservoir", demo_reservoir },
		{ "alarm", demo_alarm }, /* what `demo reservoir` starts */
		{ "valve", demo_valve },
	};
	cli_arguments(argc, argv, 1, 1, "demo ready-queue|mouse|reservoir");
	for (size_t i = 0; i < sizeof demos / sizeof demos[0]; i++)
		if (strcmp(argv[1], demos[i].name) == 0)
			return demos[i].run();
	cli_failed_because(argv[1], "there is no such demonstration; try demo --help");
	return CLI_USAGE;
}
