/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists who is connected to what.
 */
#include <insula/cli.h>
#include <insula/services/rpc.h>
#include <inttypes.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(RPC, rpc)

int
main(int argc, char **argv)
{
	struct rpc_list_connections_in in = { .after_pid = 0 };
	struct rpc_list_connections_out c;
	cli_arguments(argc, argv, 0, 0, "connections");
	printf("%6s %4s %6s %4s %-16s %5s\n", "CLIENT", "CID", "SERVER", "SID", "SERVICE", "DEPTH");
	for (;; in.after_pid = c.pid, in.after_cid = c.cid) {
		err_t err = rpc_list_connections(rpc_to_rpc(), &in, &c, TIME_NEVER);
		if (err == ERR_NOT_FOUND || (err == OK && c.pid == PID_INVALID))
			return 0;
		if (err != OK)
			return cli_failed("the list of connections", err);
		printf("%6" PRIu64 " %4" PRIu64 " %6" PRIu64 " %4" PRIu64 " %-16s %5" PRIu64 "\n",
		    c.pid, c.cid, c.server, c.sid, c.name, c.depth);
	}
}
