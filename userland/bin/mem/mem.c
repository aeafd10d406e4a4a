/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory in pages of 4 KiB: of the whole system, or of one process.
 */
#include <insula/cli.h>
#include <insula/services/memory.h>
#include <inttypes.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(MEMORY, memory)

int
main(int argc, char **argv)
{
	struct memory_query_out out;
	pid_number_t pid = PID_INVALID;
	cli_arguments(argc, argv, 0, 1, "mem [PID|NAME]");
	const char *what = argc > 1 ? argv[1] : "the system";
	err_t err = argc > 1 ? cli_process(argv[1], &pid) : OK;
	struct memory_query_in in = { .pid = pid };
	if (err == OK)
		err = memory_query(rpc_to_memory(), &in, &out, TIME_NEVER);
	if (err != OK)
		return cli_failed(what, err);
	if (pid == PID_INVALID) {
		printf("total  %8" PRIu64 " pages\n", out.total_pages);
		printf("free   %8" PRIu64 " pages\n", out.free_pages);
	} else {
		printf("quota  %8" PRIu64 " pages\n", out.quota_pages);
	}
	printf("user   %8" PRIu64 " pages\n", out.user_pages);
	printf("kernel %8" PRIu64 " pages\n", out.kernel_pages);
	return 0;
}
