/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long nobody serves while a server is updated (U7).
 *
 * blackout-1: serves as `small`, which has few bytes of state; blackout-2 as `large`. All of
 * the state is written to. blackout-N SERVICE FILE KEYS CONNECTIONS: puts so many keys into
 * that service, opens so many connections to it, and calls on one of them all the time
 * while the service is updated to the file. Prints what the update says, and the longest
 * time between two answers.
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/rpc/server.h>
#include <insula/services/kv.h>
#include <insula/services/process.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if VERSION == 1
#define SERVICE_NAME "small"
#define FILLING 4096
#define STATE_BYTES (64u << 10)
#else
#define SERVICE_NAME "large"
#define FILLING (400u * 1024)
#define STATE_BYTES (4u << 20)
#endif

/* kv's operations that it has, under its own name. */
#define STORE_NAME SERVICE_NAME
#define STORE_VERSION 1
#define STORE_DEPTH KV_DEPTH
#define STORE_OPS(OP) OP(1, put, 0) OP(2, get, 0)
#define STORE_put_IN(P) KV_put_IN(P)
#define STORE_put_OUT(P) KV_put_OUT(P)
#define STORE_get_IN(P) KV_get_IN(P)
#define STORE_get_OUT(P) KV_get_OUT(P)
RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(STORE, store)
RPC_DEFINE_SERVER(STORE, store)

#define STATE(FIELD, ARRAY, RECORDS) ARRAY(word, U64, FILLING, 3)
STATE_ROOT(STATE, store_state)
SERVER_PROGRAM_STATE(SERVICE_NAME, 1, 0, store_state, STATE, STATE_BYTES)

#define CONNECTIONS_MAX 48u
#define CALLS_BEFORE 200u

static err_t
on_put(struct rpc_call *call, const struct store_put_in *in, struct store_put_out *out)
{
	const struct store_state *s = state_root();
	(void)call;
	if (in->key >= FILLING)
		return ERR_TOO_MANY;
	out->existed = 1;
	out->old = s->word[in->key];
	STATE_SET(s->word[in->key], in->value);
	return OK;
}

static err_t
on_get(struct rpc_call *call, const struct store_get_in *in, struct store_get_out *out)
{
	const struct store_state *s = state_root();
	(void)call;
	if (in->key >= FILLING)
		return ERR_NOT_FOUND;
	out->value = s->word[in->key];
	return OK;
}

static struct rpc_connection *connection[CONNECTIONS_MAX];

static err_t
prepare(const char *service, uint64_t keys, uint64_t connections)
{
	struct rpc_interface wanted = store_interface;
	err_t err = OK;
	wanted.name = service;
	for (uint64_t n = 0; n < connections && err == OK; n++)
		err = rpc_open(PID_INVALID, &wanted, 0, &connection[n], NULL);
	for (uint64_t n = 1; n <= keys && err == OK; n++) {
		const struct store_put_in in = { .key = n, .value = n };
		struct store_put_out out;
		err = store_put(connection[n % connections], &in, &out, TIME_NEVER);
	}
	return err;
}

static err_t
send_update(const char *service, const char *path)
{
	static struct process_update_in in;
	pid_number_t pid;
	uint64_t number;
	err_t err = cli_process(service, &pid);
	in.pid = pid;
	strncpy(in.path, path, sizeof in.path - 1);
	return err == OK ? process_update_send(rpc_to_process(), &in, &number) : err;
}

/* Calls until the update has ended and as often as before it; the longest wait for an answer. */
static err_t
call_all_the_time(const char *service, const char *path, struct process_update_out *out,
    uint64_t *longest_ns, uint64_t *usual_ns)
{
	const struct store_get_in in = { .key = 1 };
	struct store_get_out got;
	struct rpc_answer answer = { .error = ERR_WOULD_BLOCK };
	uint64_t heard = clock_now_ns();
	uint64_t *longest = usual_ns;
	unsigned left = CALLS_BEFORE;
	for (;;) {
		err_t err = store_get(connection[0], &in, &got, TIME_NEVER);
		if (err != OK && err != ERR_NOT_FOUND)
			return err;
		const uint64_t now = clock_now_ns();
		if (now - heard > *longest)
			*longest = now - heard;
		heard = now;
		if (left > 0 && --left > 0)
			continue;
		if (longest == longest_ns && answer.error != ERR_WOULD_BLOCK)
			return answer.error;
		if (longest == usual_ns) {
			longest = longest_ns;
			err = send_update(service, path);
			if (err != OK)
				return err;
			heard = clock_now_ns();
		} else if (rpc_poll(rpc_to_process(), &answer, out, sizeof *out) == OK) {
			left = CALLS_BEFORE;
		}
	}
}

static err_t
measure(char **argv)
{
	static struct process_update_out out;
	uint64_t longest_ns = 0, usual_ns = 0;
	const uint64_t connections = strtoul(argv[4], NULL, 10);
	if (connections == 0 || connections > CONNECTIONS_MAX)
		return ERR_ARGUMENT;
	err_t err = prepare(argv[1], strtoul(argv[3], NULL, 10), connections);
	if (err == OK)
		err = call_all_the_time(argv[1], argv[2], &out, &longest_ns, &usual_ns);
	if (err == OK)
		printf("%s: blackout %" PRIu64 " ns, longest wait %" PRIu64 " ns, usually %" PRIu64
		       " ns\n",
		    argv[1], out.blackout_ns, longest_ns, usual_ns);
	return err;
}

int
main(int argc, char **argv)
{
	static const struct rpc_service services[] = { RPC_SERVICE(store) };
	if (argc < 2)
		return rpc_serve(services, 1, NULL);
	cli_arguments(argc, argv, 4, 4, "blackout-N SERVICE FILE KEYS CONNECTIONS");
	err_t err = measure(argv);
	return err == OK ? 0 : cli_failed(argv[1], err);
}
