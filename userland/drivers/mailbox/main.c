/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of the VideoCore's mailbox, and the service that says what a board
 * is. The kernel passes the mailbox's words on (its registers share a page with
 * the interrupt controller); the questions lie in a page of ours whose address
 * the VideoCore is told. It sees memory past our caches: lines are cleaned
 * before a question and dropped before its answer is read.
 *
 * Usage: board MODEL COMPATIBLE BUS, where BUS is the page's address for devices.
 * Grants: "mailbox", "buffer" (the page).
 */
#include "property.h"

#include <insula/arch/cpu.h>
#include <insula/clock.h>
#include <insula/process.h>
#include <insula/rpc/server.h>
#include <insula/services/board.h>
#include <insula/state/schema.h>
#include <insula/syscall.h>
#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(BOARD, board)
RPC_DEFINE_SERVER(BOARD, board)

SERVER_PROGRAM(BOARD_NAME, BOARD_VERSION, NOTE_RESTART)

#define CHANNEL 8u /* properties, from the processor to the VideoCore */
#define CHANNEL_MASK 15u
#define ANSWER_NS 1000000000ull
#define POLL_NS 100000ull

static const char *model, *compatible;
static volatile uint32_t *buffer;
static uint32_t bus; /* its address, as the VideoCore sees it */
static handle_t firmware;
static bool has_mailbox;

/* One word into the mailbox, or (0) out of it; waits until it goes. */
static err_t
mail(uint32_t *word, uint64_t deadline_ns)
{
	for (;;) {
		struct message m = { .label = FIRMWARE_MAILBOX, .word = { *word } };
		err_t err = insula_call(firmware, TIME_NEVER, &m);
		if (err != ERR_BUSY) {
			*word = (uint32_t)m.word[0];
			return err == ERR_CALL ? ERR_NOT_FOUND : err;
		}
		if (clock_now_ns() >= deadline_ns)
			return ERR_IO; /* the VideoCore does not answer */
		(void)clock_sleep_ns(POLL_NS);
	}
}

static err_t
property(enum property_tag tag, unsigned words, uint32_t argument, uint32_t value[PROPERTY_VALUES])
{
	const uint64_t deadline = clock_now_ns() + ANSWER_NS;
	uint32_t word = bus | CHANNEL;
	property_ask(buffer, tag, words, argument);
	cpu_cache_flush((const void *)buffer, PROPERTY_WORDS * sizeof *buffer);
	err_t err = mail(&word, deadline);
	if (err != OK)
		return err;
	do {
		word = 0;
		err = mail(&word, deadline);
		if (err != OK)
			return err;
	} while (word != (bus | CHANNEL)); /* another's, or one that came too late */
	cpu_cache_flush((const void *)buffer, PROPERTY_WORDS * sizeof *buffer);
	return property_answer(buffer, tag, words, value);
}

static err_t
on_name(struct rpc_call *call, const struct board_name_in *in, struct board_name_out *out)
{
	(void)call, (void)in;
	strncpy(out->model, model, sizeof out->model - 1);
	strncpy(out->compatible, compatible, sizeof out->compatible - 1);
	out->mailbox = has_mailbox;
	return OK;
}

static err_t
on_revision(
    struct rpc_call *call, const struct board_revision_in *in, struct board_revision_out *out)
{
	uint32_t board[PROPERTY_VALUES], made[PROPERTY_VALUES];
	(void)call, (void)in;
	err_t err = property(PROPERTY_BOARD, 1, 0, board);
	if (err == OK)
		err = property(PROPERTY_FIRMWARE, 1, 0, made);
	if (err != OK)
		return err;
	out->board = board[0];
	out->firmware = made[0];
	return OK;
}

static err_t
on_serial(struct rpc_call *call, const struct board_serial_in *in, struct board_serial_out *out)
{
	uint32_t value[PROPERTY_VALUES];
	(void)call, (void)in;
	err_t err = property(PROPERTY_SERIAL, 2, 0, value);
	if (err == OK)
		out->serial = value[0] | (uint64_t)value[1] << 32;
	return err;
}

static err_t
on_memory(struct rpc_call *call, const struct board_memory_in *in, struct board_memory_out *out)
{
	uint32_t arm[PROPERTY_VALUES], vc[PROPERTY_VALUES];
	(void)call, (void)in;
	err_t err = property(PROPERTY_ARM_MEMORY, 2, 0, arm);
	if (err == OK)
		err = property(PROPERTY_VC_MEMORY, 2, 0, vc);
	if (err != OK)
		return err;
	out->arm_base = arm[0];
	out->arm_bytes = arm[1];
	out->vc_base = vc[0];
	out->vc_bytes = vc[1];
	return OK;
}

static err_t
on_clock(struct rpc_call *call, const struct board_clock_in *in, struct board_clock_out *out)
{
	uint32_t value[PROPERTY_VALUES];
	(void)call;
	if (in->id == 0 || in->id > 15)
		return ERR_ARGUMENT;
	err_t err = property(PROPERTY_CLOCK, 2, (uint32_t)in->id, value);
	if (err == OK)
		out->hertz = value[1];
	return err;
}

static err_t
on_temperature(
    struct rpc_call *call, const struct board_temperature_in *in, struct board_temperature_out *out)
{
	uint32_t now[PROPERTY_VALUES], most[PROPERTY_VALUES];
	(void)call, (void)in;
	err_t err = property(PROPERTY_TEMPERATURE, 2, 0, now);
	if (err == OK)
		err = property(PROPERTY_TEMPERATURE_MAX, 2, 0, most);
	if (err != OK)
		return err;
	out->millidegrees = now[1];
	out->most = most[1];
	return OK;
}

/* The grants; and whether there is a mailbox, by taking out what an earlier driver left. */
static err_t
start(uint32_t kind)
{
	(void)kind;
	uint64_t handle, address;
	err_t err = process_grant("mailbox", &handle, NULL);
	if (err == OK)
		err = process_grant("buffer", &address, NULL);
	if (err != OK)
		return err;
	firmware = (handle_t)handle;
	buffer = (volatile uint32_t *)address;
	struct message m = { .label = FIRMWARE_MAILBOX };
	while ((err = insula_call(firmware, TIME_NEVER, &m)) == OK)
		m = (struct message){ .label = FIRMWARE_MAILBOX };
	has_mailbox = err == ERR_BUSY;
	return OK;
}

static const struct rpc_hooks hooks = { .start = start };

int
main(int argc, char **argv)
{
	if (argc < 4)
		return 1;
	model = argv[1];
	compatible = argv[2];
	bus = (uint32_t)strtoul(argv[3], NULL, 16);
	static const struct rpc_service services[] = { RPC_SERVICE(board) };
	return rpc_serve(services, 1, &hooks);
}
