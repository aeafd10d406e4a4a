/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random bytes in hexadecimal, or (--source) where they come from.
 */
#include <insula/cli.h>
#include <insula/services/random.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(RANDOM, random)

static int
print_source(struct rpc_connection *server)
{
	struct random_source_in in;
	struct random_source_out s;
	err_t err = random_source(server, &in, &s, TIME_NEVER);
	if (err != OK)
		return cli_failed("random", err);
	printf("hardware source: %s; from the device tree: %" PRIu64 " bytes; seeded %" PRIu64
	       " times; repeated words: %" PRIu64 "\n",
	    s.device != 0 ? "yes" : "none", s.seed_bytes, s.seeded, s.failures);
	return 0;
}

int
main(int argc, char **argv)
{
	struct rpc_connection *server;
	struct random_bytes_in in = { .count = 16 };
	struct random_bytes_out out;
	char *end = NULL;
	cli_arguments(argc, argv, 0, 1, "random [BYTES | --source]");
	if (cli_open(&random_interface, &server) != 0)
		return CLI_FAILED;
	if (argc > 1 && strcmp(argv[1], "--source") == 0)
		return print_source(server);
	if (argc > 1)
		in.count = strtoul(argv[1], &end, 10);
	if (end != NULL && *end != '\0')
		return cli_failed_because(argv[1], "is not a number from 1 to 256");
	err_t err = random_bytes(server, &in, &out, TIME_NEVER);
	if (err == ERR_STATE)
		return cli_failed_because("random", "this board has nothing to seed it with");
	if (err == ERR_ARGUMENT)
		return cli_failed_because(argv[1], "is not a number from 1 to 256");
	if (err != OK)
		return cli_failed("random", err);
	for (uint32_t i = 0; i < out.data_length; i++)
		printf("%02x", out.data[i]);
	printf("\n");
	return 0;
}
