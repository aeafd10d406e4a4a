/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client may describe otherwise than its server does (R3). match: serves, and its
 * operation gives back what it was given. match client: connects with one description
 * after another, and calls where it may.
 */
#include <insula/cli.h>
#include <insula/rpc/server.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SAME_NAME "match"
#define SAME_VERSION 1
#define SAME_DEPTH 4
#define SAME_OPS(OP) OP(1, show, 0)
#define SAME_show_IN(P) P(U64, a, 0) P(U64, b, 77) P(TEXT, c, 16)
#define SAME_show_OUT(P) P(U64, a, 0) P(U64, b, 0) P(TEXT, c, 16)

/* Without b, and in another order. */
#define OLDER_NAME SAME_NAME
#define OLDER_VERSION 1
#define OLDER_DEPTH 4
#define OLDER_OPS(OP) OP(1, show, 0)
#define OLDER_show_IN(P) P(TEXT, c, 16) P(U64, a, 0)
#define OLDER_show_OUT(P) P(U64, b, 0) P(TEXT, c, 16) P(U64, a, 0)

/* With a parameter that the server does not know. */
#define EXTRA_NAME SAME_NAME
#define EXTRA_VERSION 1
#define EXTRA_DEPTH 4
#define EXTRA_OPS(OP) OP(1, show, 0)
#define EXTRA_show_IN(P) P(U64, a, 0) P(U64, b, 77) P(TEXT, c, 16) P(U64, d, 0)
#define EXTRA_show_OUT(P) SAME_show_OUT(P)

/* The same, but it may be left out. */
#define OPTION_NAME SAME_NAME
#define OPTION_VERSION 1
#define OPTION_DEPTH 4
#define OPTION_OPS(OP) OP(1, show, 0)
#define OPTION_show_IN(P) P(OPTIONAL_U64, d, 0) P(U64, b, 77) P(U64, a, 0) P(TEXT, c, 16)
#define OPTION_show_OUT(P) SAME_show_OUT(P)

/* With a number where the server has a text. */
#define TYPE_NAME SAME_NAME
#define TYPE_VERSION 1
#define TYPE_DEPTH 4
#define TYPE_OPS(OP) OP(1, show, 0)
#define TYPE_show_IN(P) P(U64, a, 0) P(U64, b, 77) P(U64, c, 0)
#define TYPE_show_OUT(P) SAME_show_OUT(P)

/* With a longer text. */
#define SIZE_NAME SAME_NAME
#define SIZE_VERSION 1
#define SIZE_DEPTH 4
#define SIZE_OPS(OP) OP(1, show, 0)
#define SIZE_show_IN(P) P(U64, a, 0) P(U64, b, 77) P(TEXT, c, 24)
#define SIZE_show_OUT(P) SAME_show_OUT(P)

/* Of another name. */
#define NAME_NAME "watch"
#define NAME_VERSION 1
#define NAME_DEPTH 4
#define NAME_OPS(OP) OP(1, show, 0)
#define NAME_show_IN(P) SAME_show_IN(P)
#define NAME_show_OUT(P) SAME_show_OUT(P)

RPC_DEFINE_SERVICE(SAME, same)
RPC_DEFINE_SERVICE(OLDER, older)
RPC_DEFINE_SERVICE(EXTRA, extra)
RPC_DEFINE_SERVICE(OPTION, option)
RPC_DEFINE_SERVICE(TYPE, type)
RPC_DEFINE_SERVICE(SIZE, size)
RPC_DEFINE_SERVICE(NAME, name)
RPC_DEFINE_SERVER(SAME, same)
SERVER_PROGRAM(SAME_NAME, 1, 0)

static pid_number_t server;

static err_t
on_show(struct rpc_call *call, const struct same_show_in *in, struct same_show_out *out)
{
	(void)call;
	out->a = in->a;
	out->b = in->b;
	memcpy(out->c, in->c, sizeof out->c);
	return OK;
}

static err_t
open_as(const char *what, const struct rpc_interface *interface, struct rpc_connection **c)
{
	char reason[RPC_REASON_BYTES];
	err_t err = rpc_open(server, interface, 0, c, reason);
	printf("%s: %s%s%s\n", what, err_name(err), reason[0] == '\0' ? "" : ": ", reason);
	return err;
}

/* 0 if each is dealt with as R3 says. */
static int
client(void)
{
	struct rpc_connection *c;
	const struct same_show_in same = { .a = 1, .b = 2, .c = "three" };
	const struct older_show_in older = { .a = 4, .c = "five" };
	const struct option_show_in option = { .a = 6, .b = 7, .c = "eight", .d = 9 };
	struct same_show_out out = { 0 };
	struct older_show_out older_out = { 0 };
	struct option_show_out option_out = { 0 };
	if (cli_process(SAME_NAME, &server) != OK)
		return 1;
	if (open_as("same", &same_interface, &c) != OK ||
	    same_show(c, &same, &out, TIME_NEVER) != OK)
		return 1;
	printf("%" PRIu64 " %" PRIu64 " %s\n", out.a, out.b, out.c);
	if (open_as("older", &older_interface, &c) != OK ||
	    older_show(c, &older, &older_out, TIME_NEVER) != OK)
		return 1;
	printf("%" PRIu64 " %" PRIu64 " %s\n", older_out.a, older_out.b, older_out.c);
	if (open_as("optional", &option_interface, &c) != OK ||
	    option_show(c, &option, &option_out, TIME_NEVER) != OK)
		return 1;
	printf("%" PRIu64 " %" PRIu64 " %s\n", option_out.a, option_out.b, option_out.c);
	return open_as("extra", &extra_interface, &c) == OK ||
	    open_as("type", &type_interface, &c) == OK ||
	    open_as("size", &size_interface, &c) == OK ||
	    open_as("name", &name_interface, &c) == OK;
}

int
main(int argc, char **argv)
{
	static const struct rpc_service services[] = { RPC_SERVICE(same) };
	(void)argv;
	return argc < 2 ? rpc_serve(services, 1, NULL) : client();
}
