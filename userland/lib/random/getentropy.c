/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * getentropy: random bytes from the random service. The connection is opened at
 * the first use.
 */
#include <errno.h>
#include <insula/random.h>
#include <insula/rpc/client.h>
#include <insula/services/random.h>
#include <string.h>

RPC_DEFINE_SERVICE(RANDOM, random)

static struct rpc_connection *connection;

err_t
random_fill(void *to, size_t bytes)
{
	const struct random_bytes_in in = { .count = bytes };
	struct random_bytes_out out;
	if (bytes == 0 || bytes > sizeof out.data)
		return bytes == 0 ? OK : ERR_ARGUMENT;
	for (int attempt = 0;; attempt++) {
		err_t err = OK;
		if (connection == NULL)
			err = rpc_open(PID_INVALID, &random_interface, 0, &connection, NULL);
		if (err == OK)
			err = random_bytes(connection, &in, &out, TIME_NEVER);
		if (err == OK)
			break;
		if (err != ERR_CLOSED || attempt > 0)
			return err;
		(void)rpc_close(connection); /* it went away and came back */
		connection = NULL;
	}
	memcpy(to, out.data, bytes);
	return OK;
}

int
getentropy(void *to, size_t bytes)
{
	if (random_fill(to, bytes) == OK)
		return 0;
	errno = EIO;
	return -1;
}
