/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Standard input and output over the console's service. The connection is
 * opened at the first use, so that a program that prints nothing pays nothing.
 */
#include <insula/console.h>
#include <insula/process.h>
#include <insula/rpc/client.h>
#include <insula/services/console.h>

#include <string.h>

RPC_DEFINE_SERVICE(CONSOLE, console)

static struct rpc_connection *connection;

/* The console, opened again if it went away and came back. */
static err_t
reach(void)
{
	if (connection != NULL)
		return OK;
	return rpc_open(PID_INVALID, &console_interface, 0, &connection, NULL);
}

static void
forget(err_t err)
{
	if (err == ERR_CLOSED || err == ERR_PROTOCOL) {
		(void)rpc_close(connection);
		connection = NULL;
	}
}

long
insula_console_write(const char *text, size_t bytes)
{
	size_t done = 0;
	unsigned attempts = 0;
	while (done < bytes) {
		struct console_write_in in;
		struct console_write_out out;
		size_t some = bytes - done < sizeof in.text ? bytes - done : sizeof in.text;
		in.text_length = (uint32_t)some;
		memcpy(in.text, text + done, some);
		memset(in.text + some, 0, sizeof in.text - some);
		err_t err = reach();
		if (err == OK)
			err = console_write(connection, &in, &out, TIME_NEVER);
		if (err != OK) {
			forget(err);
			if (connection != NULL || attempts++ > 0)
				return done > 0 ? (long)done : err;
			continue;
		}
		done += some;
	}
	return (long)done;
}

long
insula_console_read(char *text, size_t bytes)
{
	struct console_read_out out;
	struct console_read_in in = { .most = bytes };
	if ((process_info()->flags & INFO_NO_INPUT) != 0)
		return 0;
	err_t err = reach();
	if (err == OK)
		err = console_read(connection, &in, &out, TIME_NEVER);
	if (err != OK) {
		forget(err);
		return err;
	}
	size_t got = out.text_length < bytes ? out.text_length : bytes;
	memcpy(text, out.text, got);
	return (long)got;
}
