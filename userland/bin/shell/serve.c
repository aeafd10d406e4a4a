/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that is started beside the prompt: the next command is likely to be
 * one of its clients, so the prompt waits until it offers its service.
 */
#include "shell.h"

#include <insula/clock.h>
#include <insula/services/process.h>
#include <insula/services/rpc.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(RPC, rpc)

#define SERVE_NS 2000000000ull
#define LOOK_NS 200000ull

bool
shell_is_server(unsigned pid)
{
	const struct process_list_in in = { .after = pid - 1 };
	struct process_list_out out;
	return process_list(rpc_to_process(), &in, &out, TIME_NEVER) == OK && out.pid == pid &&
	    (out.flags & (PROCESS_SERVER | PROCESS_ENDED)) == PROCESS_SERVER;
}

static bool
offers_something(unsigned pid)
{
	const struct rpc_list_services_in in = { .after_pid = pid };
	struct rpc_list_services_out out;
	return rpc_list_services(rpc_to_rpc(), &in, &out, TIME_NEVER) == OK && out.pid == pid;
}

void
shell_await_service(unsigned pid, const char *name)
{
	const uint64_t deadline = clock_now_ns() + SERVE_NS;
	while (shell_is_server(pid) && !offers_something(pid)) {
		if (clock_now_ns() >= deadline) {
			fprintf(stderr, "%s: pid %u offers no service after %llu ms; it goes on\n",
			    name, pid, SERVE_NS / 1000000);
			return;
		}
		(void)clock_sleep_ns(LOOK_NS);
	}
}
