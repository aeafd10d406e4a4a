/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists what servers offer.
 */
#include <insula/cli.h>
#include <insula/services/rpc.h>
#include <inttypes.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(RPC, rpc)

int
main(int argc, char **argv)
{
	struct rpc_list_services_in in = { .after_pid = 0 };
	struct rpc_list_services_out s;
	cli_arguments(argc, argv, 0, 0, "services");
	printf("%5s %4s %-16s %7s %11s\n", "PID", "SID", "SERVICE", "VERSION", "CONNECTIONS");
	for (;; in.after_pid = s.pid, in.after_sid = s.sid) {
		err_t err = rpc_list_services(rpc_to_rpc(), &in, &s, TIME_NEVER);
		if (err == ERR_NOT_FOUND || (err == OK && s.pid == PID_INVALID))
			return 0;
		if (err != OK)
			return cli_failed("the list of services", err);
		printf("%5" PRIu64 " %4" PRIu64 " %-16s %7" PRIu64 " %11" PRIu64 "\n", s.pid, s.sid,
		    s.name, s.version, s.connections);
	}
}
