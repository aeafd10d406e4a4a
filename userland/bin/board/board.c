/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the board is, and what its firmware tells of it.
 */
#include <insula/cli.h>
#include <insula/services/board.h>
#include <inttypes.h>
#include <stdio.h>

RPC_DEFINE_SERVICE(BOARD, board)

static struct rpc_connection *server;

static err_t
print_memory(void)
{
	struct board_memory_in in;
	struct board_memory_out m;
	err_t err = board_memory(server, &in, &m, TIME_NEVER);
	if (err == OK)
		printf("memory       processor %" PRIu64 " MiB at 0x%08" PRIx64
		       ", VideoCore %" PRIu64 " MiB at 0x%08" PRIx64 "\n",
		    m.arm_bytes >> 20, m.arm_base, m.vc_bytes >> 20, m.vc_base);
	return err;
}

static err_t
print_clocks(void)
{
	static const struct {
		enum board_clock id;
		const char *name;
	} clocks[] = { { CLOCK_ARM, "processor" }, { CLOCK_CORE, "core" }, { CLOCK_UART, "UART" },
		{ CLOCK_EMMC, "card" } };
	for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		const struct board_clock_in in = { .id = clocks[i].id };
		struct board_clock_out out = { .hertz = 0 };
		err_t err = board_clock(server, &in, &out, TIME_NEVER);
		if (err != OK)
			return err;
		printf("%-12s %s %" PRIu64 ".%03" PRIu64 " MHz\n", i == 0 ? "clocks" : "",
		    clocks[i].name, out.hertz / 1000000, out.hertz / 1000 % 1000);
	}
	return OK;
}

static err_t
print_temperature(void)
{
	struct board_temperature_in in;
	struct board_temperature_out t;
	err_t err = board_temperature(server, &in, &t, TIME_NEVER);
	if (err == OK)
		printf("temperature  %" PRIu64 ".%" PRIu64 " degrees Celsius, at most %" PRIu64
		       "\n",
		    t.millidegrees / 1000, t.millidegrees / 100 % 10, t.most / 1000);
	return err;
}

static err_t
print_numbers(void)
{
	struct board_revision_in which;
	struct board_revision_out revision;
	struct board_serial_in of;
	struct board_serial_out serial;
	err_t err = board_revision(server, &which, &revision, TIME_NEVER);
	if (err == OK)
		err = board_serial(server, &of, &serial, TIME_NEVER);
	if (err == OK)
		printf("revision     %06" PRIx64 ", firmware %" PRIu64 "\nserial       %016" PRIx64
		       "\n",
		    revision.board, revision.firmware, serial.serial);
	return err;
}

int
main(int argc, char **argv)
{
	struct board_name_in in;
	struct board_name_out name;
	cli_arguments(argc, argv, 0, 0, "board");
	if (cli_open(&board_interface, &server) != 0)
		return CLI_FAILED;
	err_t err = board_name(server, &in, &name, TIME_NEVER);
	if (err != OK)
		return cli_failed("the board", err);
	printf("board        %s (%s)\n", name.model, name.compatible);
	if (name.mailbox == 0) {
		fflush(stdout);
		return cli_failed_because(name.compatible,
		    "no mailbox: it tells no revision, serial number, memory split, clocks or "
		    "temperature");
	}
	err = print_numbers();
	if (err == OK)
		err = print_memory();
	if (err == OK)
		err = print_clocks();
	if (err == OK)
		err = print_temperature();
	return err == OK ? 0 : cli_failed("the mailbox", err);
}
