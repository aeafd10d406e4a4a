/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server, and its client.
 *
 * stubborn-N: serves. stubborn-1 client FILE NS: makes calls, the one in the middle
 * of which hangs version 1; has the server updated to that file, NS being the old one's
 * time to stop by itself; asks for a second update meanwhile; tells what each said,
 * and what became of every call. stubborn-1 hang: makes the call that hangs, and waits.
 */
#include "stubborn.h"

#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/rpc/server.h>
#include <insula/services/process.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STUBBORN_NAME "stubborn"
#define STUBBORN_VERSION 1
#define STUBBORN_DEPTH 64
#define STUBBORN_OPS(OP) OP(1, add, 0)
/* The calls are numbered from 1 on; hangs 1: this is the one. */
#define STUBBORN_add_IN(P) P(U64, number, 0) P(U64, hangs, 0)
#define STUBBORN_add_OUT(P) P(U64, calls, 0) P(U64, last, 0)

RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(STUBBORN, stubborn)
RPC_DEFINE_SERVER(STUBBORN, stubborn)

#if VERSION == 3
#define STATE(FIELD, ARRAY, RECORDS) FIELD(calls, U64, 0) FIELD(last, U64, 0) FIELD(more, U64, 0)
#else
#define STATE(FIELD, ARRAY, RECORDS) FIELD(calls, U64, 0) FIELD(last, U64, 0)
#endif
STATE_ROOT(STATE, stubborn_state)
SERVER_PROGRAM_STATE(STUBBORN_NAME, VERSION, 0, stubborn_state, STATE, 64 << 10)

#define CALLS 40u
#define HANGS 20u /* number of the call that does */

/* Half of what it does to the state is done when it hangs. */
static err_t
on_add(struct rpc_call *call, const struct stubborn_add_in *in, struct stubborn_add_out *out)
{
	const struct stubborn_state *s = state_root();
	(void)call;
	STATE_SET(s->calls, s->calls + 1);
	if (in->hangs != 0)
		hang();
	out->calls = s->calls;
	out->last = s->last;
	STATE_SET(s->last, in->number);
	return OK;
}

static err_t
send_update(const char *path, uint64_t deadline_ns, uint64_t *number)
{
	static struct process_update_in in;
	pid_number_t pid;
	err_t err = cli_process(STUBBORN_NAME, &pid);
	if (err != OK)
		return err;
	in.pid = pid;
	in.deadline_ns = deadline_ns;
	strncpy(in.path, path, sizeof in.path - 1);
	return process_update_send(rpc_to_process(), &in, number);
}

/* The result of an update; meanwhile others are waited for by nobody. */
static err_t
take_update(uint64_t number, struct process_update_out *out, struct rpc_answer *answer)
{
	err_t err;
	while ((err = rpc_poll(rpc_to_process(), answer, out, sizeof *out)) == ERR_WOULD_BLOCK)
		if (rpc_wait(rpc_to_process(), TIME_NEVER) != OK)
			return ERR_STATE;
	return err == OK && answer->number != number ? ERR_PROTOCOL : err;
}

static void
print_update(const char *which, const struct process_update_out *out, err_t error)
{
	uint64_t cost[UPDATE_STEPS];
	memcpy(cost, out->cost, sizeof cost);
	printf("%s: %s; %s; step %" PRIu64 ", stopped after %" PRIu64 " ns, %" PRIu64
	       " in flight\n",
	    which, err_name(error), out->reason, out->step,
	    out->cost_length == 0 ? 0 : cost[UPDATE_QUIESCE], out->in_flight);
}

/* In order, each once: a call finds as many before it as its number says. */
static err_t
take_answers(struct rpc_connection *c, uint64_t from, uint64_t to)
{
	struct stubborn_add_out out;
	struct rpc_answer answer;
	for (uint64_t n = from; n <= to; n++) {
		err_t err;
		while ((err = rpc_poll(c, &answer, &out, sizeof out)) == ERR_WOULD_BLOCK)
			if (rpc_wait(c, TIME_NEVER) != OK)
				return ERR_STATE;
		if (err == OK)
			err = answer.error;
		if (err != OK || answer.number != n || out.calls != n || out.last != n - 1) {
			printf("call %" PRIu64 ": answer to %" PRIu64 ", %s, %" PRIu64
			       " calls, the last %" PRIu64 "\n",
			    n, answer.number, err_name(err), out.calls, out.last);
			return err != OK ? err : ERR_PROTOCOL;
		}
	}
	return OK;
}

static err_t
send_calls(struct rpc_connection *c, uint64_t from, uint64_t to)
{
	err_t err = OK;
	for (uint64_t n = from; n <= to && err == OK; n++) {
		const struct stubborn_add_in in = { .number = n, .hangs = n == HANGS };
		err = stubborn_add_send(c, &in, NULL);
	}
	return err;
}

static err_t
client(struct rpc_connection *c, const char *path, uint64_t deadline_ns)
{
	static struct process_update_out first, second;
	struct rpc_answer answer;
	uint64_t first_number = 0, second_number = 0;
	err_t err = send_calls(c, 1, HANGS - 1);
	if (err == OK)
		err = take_answers(c, 1, HANGS - 1);
	if (err == OK)
		err = send_calls(c, HANGS, CALLS);
	if (err == OK)
		err = send_update(path, deadline_ns, &first_number);
	if (err == OK)
		err = send_update("/boot/stubborn-1", deadline_ns, &second_number);
	if (err == OK)
		err = take_update(second_number, &second, &answer);
	if (err != OK)
		return err;
	print_update("second", &second, answer.error);
	err = take_update(first_number, &first, &answer);
	if (err != OK)
		return err;
	print_update("first", &first, answer.error);
	if (answer.error != OK) { /* it hangs on; this one takes over */
		err = send_update("/boot/stubborn-2", deadline_ns, &first_number);
		if (err == OK)
			err = take_update(first_number, &first, &answer);
		if (err != OK)
			return err;
		print_update("third", &first, answer.error);
	}
	err = take_answers(c, HANGS, CALLS);
	if (err == OK)
		printf("%u calls in order, each once\n", CALLS);
	return err;
}

static err_t
wait_for_hanging(struct rpc_connection *c)
{
	const struct stubborn_add_in in = { .number = 1, .hangs = 1 };
	struct stubborn_add_out out;
	return stubborn_add(c, &in, &out, TIME_NEVER);
}

int
main(int argc, char **argv)
{
	static const struct rpc_service services[] = { RPC_SERVICE(stubborn) };
	struct rpc_connection *c;
	if (argc < 2)
		return rpc_serve(services, 1, NULL);
	err_t err = rpc_open(PID_INVALID, &stubborn_interface, 0, &c, NULL);
	if (err == OK)
		err = argc > 3 ? client(c, argv[2], strtoul(argv[3], NULL, 10))
			       : wait_for_hanging(c);
	return err == OK ? 0 : cli_failed(STUBBORN_NAME, err);
}
