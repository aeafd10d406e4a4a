/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console driver: one UART, many clients. Interrupts arrive at the main
 * endpoint beside the doorbells, so that one loop serves both and no lock is
 * needed. A call that cannot be answered yet is parked, first come first served:
 * readers until there is input, writers until there is room.
 *
 * Usage: console COMPATIBLE, where COMPATIBLE is the UART's in the board's
 * device tree. Grants: "uart" (registers), "uart-irq" (interrupt line).
 */
#include "tty.h"
#include "uart.h"

#include <insula/process.h>
#include <insula/rpc/server.h>
#include <insula/services/console.h>
#include <insula/syscall.h>
#include <string.h>

RPC_DEFINE_SERVICE(CONSOLE, console)
RPC_DEFINE_SERVER(CONSOLE, console)

#define PARKED 64

/* Calls parked in order; the first is the next to be answered. */
struct parked {
	struct rpc_reference call[PARKED];
	unsigned count;
};

static struct tty tty;
static const struct uart *uart;
static volatile uint8_t *registers;
static handle_t interrupt;
static struct parked readers, writers, interrupted;

static bool
same_call(const struct rpc_reference *a, const struct rpc_reference *b)
{
	return a->entry == b->entry && a->generation == b->generation && a->number == b->number;
}

/* Whether this call comes first: nobody waits, or it is the one that waits longest. */
static bool
is_first(const struct parked *parked, const struct rpc_call *call)
{
	return parked->count == 0 || same_call(&parked->call[0], &call->reference);
}

static void
leave(struct parked *parked, unsigned at)
{
	parked->count--;
	memmove(&parked->call[at], &parked->call[at + 1],
	    (parked->count - at) * sizeof parked->call[0]);
}

static void
retry_first(struct parked *parked)
{
	while (parked->count > 0 && rpc_retry(parked->call[0]) != OK)
		leave(parked, 0); /* its client is gone */
}

/* A parked call is answered: it leaves, and the next one has its turn. */
static void
answered(struct parked *parked, const struct rpc_call *call)
{
	if (parked->count > 0 && same_call(&parked->call[0], &call->reference)) {
		leave(parked, 0);
		retry_first(parked);
	}
}

static err_t
park(struct parked *parked, const struct rpc_call *call)
{
	for (unsigned i = 0; i < parked->count; i++)
		if (same_call(&parked->call[i], &call->reference))
			return RPC_DEFERRED;
	if (parked->count == PARKED)
		return ERR_TOO_MANY;
	parked->call[parked->count++] = call->reference;
	return RPC_DEFERRED;
}

/* Send what the UART takes at once; it interrupts when there is room for the rest. */
static void
pump(void)
{
	uint8_t byte;
	bool left = false;
	while (tty_output(&tty, &byte)) {
		if (!uart->send(registers, byte)) {
			tty.out_tail--;
			left = true;
			break;
		}
	}
	uart->want_room(registers, left);
}

static void
on_device(void)
{
	uint8_t byte;
	bool readable = false, key = false;
	uart->clear(registers); /* first: what arrives from here on interrupts again */
	while (uart->receive(registers, &byte)) {
		enum tty_event event = tty_input(&tty, byte);
		readable |= event == TTY_READABLE;
		key |= event == TTY_INTERRUPT;
	}
	pump();
	if (tty_room(&tty) > 0)
		retry_first(&writers);
	if (readable)
		retry_first(&readers);
	while (key && interrupted.count > 0) {
		(void)rpc_complete(interrupted.call[0], OK, NULL, 0);
		leave(&interrupted, 0);
	}
	struct message ack = { .label = MSG_ACK, .token = interrupt };
	(void)insula_reply(HANDLE_MAIN_ENDPOINT, &ack);
}

static err_t
on_write(struct rpc_call *call, const struct console_write_in *in, struct console_write_out *out)
{
	if (in->text_length > sizeof in->text)
		return ERR_ARGUMENT;
	if (!is_first(&writers, call) || tty_room(&tty) < in->text_length)
		return park(&writers, call);
	tty_write(&tty, in->text, in->text_length);
	out->written = in->text_length;
	pump();
	answered(&writers, call);
	return OK;
}

static err_t
on_read(struct rpc_call *call, const struct console_read_in *in, struct console_read_out *out)
{
	if (!is_first(&readers, call) || !tty_readable(&tty))
		return park(&readers, call);
	size_t most = in->most < sizeof out->text ? (size_t)in->most : sizeof out->text;
	out->text_length = (uint32_t)tty_read(&tty, out->text, most);
	answered(&readers, call);
	return OK;
}

static err_t
on_mode(struct rpc_call *call, const struct console_mode_in *in, struct console_mode_out *out)
{
	(void)call, (void)out;
	tty_set_raw(&tty, in->raw != 0);
	if (tty_readable(&tty))
		retry_first(&readers);
	return OK;
}

static err_t
on_wait_interrupt(struct rpc_call *call, const struct console_wait_interrupt_in *in,
    struct console_wait_interrupt_out *out)
{
	(void)in, (void)out;
	return park(&interrupted, call);
}

static const struct uart *
find_uart(const char *compatible)
{
	if (strcmp(compatible, "arm,pl011") == 0)
		return &uart_pl011;
	if (strcmp(compatible, "brcm,bcm2835-aux-uart") == 0)
		return &uart_mini;
	return NULL;
}

/* Bind the UART's interrupt to the main endpoint. */
static err_t
bind_interrupt(void)
{
	uint64_t irq, line;
	handle_t doorbell;
	err_t err = process_grant("uart-irq", &irq, &line);
	if (err == OK)
		err = insula_cap_copy(
		    SELF, HANDLE_MAIN_ENDPOINT, SELF, RIGHT_NOTIFY, 1ull << BIT_DEVICE, &doorbell);
	if (err == OK)
		err = insula_irq_bind((handle_t)irq, SELF, line, doorbell, SELF, &interrupt);
	return err;
}

/* The manifest's grant; until it is there nobody can be told anything. */
static err_t
start(uint32_t kind)
{
	(void)kind;
	uint64_t address;
	err_t err = process_grant("uart", &address, NULL);
	if (err != OK)
		return err;
	registers = (volatile uint8_t *)address;
	err = bind_interrupt();
	if (err == OK)
		uart->init(registers);
	return err;
}

/* A client is gone: whoever waits behind its calls has its turn. */
static void
on_closed(struct rpc_connection *connection)
{
	(void)connection;
	retry_first(&writers);
	retry_first(&readers);
}

static const struct rpc_hooks hooks = {
	.start = start,
	.device = on_device,
	.closed = on_closed,
};

int
main(int argc, char **argv)
{
	uart = argc > 1 ? find_uart(argv[1]) : NULL;
	if (uart == NULL)
		return 1;
	tty_init(&tty);
	static const struct rpc_service services[] = { RPC_SERVICE(console) };
	return rpc_serve(services, 1, &hooks);
}
