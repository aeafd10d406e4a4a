/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that can be asked to remove its service (R2), and its client.
 *
 * leaver: serves. leaver client: opens three connections, has the service
 * removed, and tells what it learns. leaver client update: updates the server first.
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/rpc/server.h>
#include <insula/services/process.h>
#include <insula/services/rpc.h>
#include <stdio.h>
#include <string.h>

#define LEAVER_NAME "leaver"
#define LEAVER_VERSION 1
#define LEAVER_DEPTH 4
#define LEAVER_OPS(OP) OP(1, leave, RPC_EXTERNAL) OP(2, hello, 0)
#define LEAVER_leave_IN(P)
#define LEAVER_leave_OUT(P)
#define LEAVER_hello_IN(P) P(U64, value, 0)
#define LEAVER_hello_OUT(P) P(U64, value, 0)
RPC_DEFINE_SERVICE(RPC, rpc)
RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(LEAVER, leaver)
RPC_DEFINE_SERVER(LEAVER, leaver)
SERVER_PROGRAM(LEAVER_NAME, LEAVER_VERSION, 0)

#define LONG_NS 30000000000ull

static err_t
on_leave(struct rpc_call *call, const struct leaver_leave_in *in, struct leaver_leave_out *out)
{
	const struct rpc_remove_service_in remove = { .sid = 1 };
	struct rpc_remove_service_out removed;
	(void)call, (void)in, (void)out;
	return rpc_remove_service(rpc_to_rpc(), &remove, &removed, TIME_NEVER);
}

static err_t
on_hello(struct rpc_call *call, const struct leaver_hello_in *in, struct leaver_hello_out *out)
{
	(void)call;
	out->value = in->value + 1;
	return OK;
}

static err_t
hello(struct rpc_connection *c)
{
	const struct leaver_hello_in in = { .value = 4 };
	struct leaver_hello_out out = { 0 };
	err_t err = leaver_hello(c, &in, &out, TIME_NEVER);
	return err == OK && out.value != 5 ? ERR_PROTOCOL : err;
}

static err_t
update(void)
{
	static struct process_update_in in = { .path = "/boot/leaver" };
	static struct process_update_out out;
	pid_number_t pid;
	err_t err = cli_process(LEAVER_NAME, &pid);
	in.pid = pid;
	if (err == OK)
		err = process_update(rpc_to_process(), &in, &out, TIME_NEVER);
	return err;
}

static int
client(bool updated)
{
	struct leaver_leave_in in;
	struct leaver_leave_out out;
	struct rpc_connection *c[3] = { NULL }, *again;
	struct rpc_answer answer;
	uint64_t number;
	err_t err = OK;
	for (int n = 0; n < 3 && err == OK; n++)
		err = rpc_open(PID_INVALID, &leaver_interface, 0, &c[n], NULL);
	if (err == OK && updated)
		err = update();
	for (int n = 0; n < 3 && err == OK; n++)
		err = hello(c[n]);
	if (err == OK)
		err = leaver_leave_send(c[0], &in, &number);
	if (err == OK) /* the event: the wait ends */
		err = rpc_wait(c[1], clock_now_ns() + LONG_NS);
	if (err != OK)
		return cli_failed(LEAVER_NAME, err);
	printf("R2: closed %d %d", rpc_poll(c[1], &answer, &out, 0) == ERR_CLOSED,
	    rpc_poll(c[2], &answer, &out, 0) == ERR_CLOSED);
	printf(", a call %d %d %d", hello(c[0]) == ERR_CLOSED, hello(c[1]) == ERR_CLOSED,
	    hello(c[2]) == ERR_CLOSED);
	printf(", another %d\n",
	    rpc_open(PID_INVALID, &leaver_interface, 0, &again, NULL) == ERR_NOT_FOUND);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct rpc_service services[] = { RPC_SERVICE(leaver) };
	if (argc > 1)
		return client(argc > 2 && strcmp(argv[2], "update") == 0);
	return rpc_serve(services, 1, NULL);
}
