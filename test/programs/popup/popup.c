/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How calls are run (R6). popup: serves; its operation `side` pops up, `queue` does not, and
 * each of them waits until as many have begun as the call says, or some time has passed.
 * popup client: makes several calls of each at once, and tells how many ran side by side, on
 * how many stacks, and what the server has afterwards that it did not have before.
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/rpc/server.h>
#include <insula/services/memory.h>
#include <insula/services/process.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define POPUP_NAME "popup"
#define POPUP_VERSION 1
#define POPUP_DEPTH 16
#define POPUP_OPS(OP) OP(1, side, RPC_POPUP) OP(2, queue, 0)
/* most: how many ran at the same time, while this did; stack: where this one's lies. */
#define POPUP_side_IN(P) P(U64, wanted, 0)
#define POPUP_side_OUT(P) P(U64, most, 0) P(U64, stack, 0)
#define POPUP_queue_IN(P) POPUP_side_IN(P)
#define POPUP_queue_OUT(P) POPUP_side_OUT(P)

RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(MEMORY, memory)
RPC_DEFINE_SERVICE(POPUP, popup)
RPC_DEFINE_SERVER(POPUP, popup)
SERVER_PROGRAM(POPUP_NAME, 1, 0)

#define CALLS 8u
#define STACK_STEP 4096u /* two stacks are further apart */
#define MOMENT_NS 2000000ull
#define PAUSE_NS 20000ull

static _Atomic uint64_t running, begun;

static void
run_beside(uint64_t wanted, uint64_t *most, uint64_t *stack)
{
	const uint64_t until = clock_now_ns() + MOMENT_NS;
	volatile char here = 0;
	uint64_t now = atomic_fetch_add(&running, 1) + 1;
	atomic_fetch_add(&begun, 1);
	*stack = (uint64_t)(uintptr_t)&here;
	*most = now;
	while (atomic_load(&begun) < wanted && clock_now_ns() < until) {
		(void)clock_sleep_ns(PAUSE_NS);
		now = atomic_load(&running);
		*most = now > *most ? now : *most;
	}
	atomic_fetch_sub(&running, 1);
}

static err_t
on_side(struct rpc_call *call, const struct popup_side_in *in, struct popup_side_out *out)
{
	(void)call;
	run_beside(in->wanted, &out->most, &out->stack);
	return OK;
}

static err_t
on_queue(struct rpc_call *call, const struct popup_queue_in *in, struct popup_queue_out *out)
{
	(void)call;
	run_beside(in->wanted, &out->most, &out->stack);
	return OK;
}

/* --- the client */

struct has {
	uint64_t threads, pages, kernel_pages;
};

/* When its threads, which have answered, have ended. */
static err_t
look(pid_number_t pid, struct has *has)
{
	(void)clock_sleep_ns(MOMENT_NS);
	struct process_list_in in = { .after = pid - 1 };
	struct process_list_out out;
	err_t err = process_list(rpc_to_process(), &in, &out, TIME_NEVER);
	has->threads = out.threads;
	has->pages = out.user_pages;
	has->kernel_pages = out.kernel_pages;
	return err;
}

/* So many calls at once; the begun ones count on from round to round. */
static err_t
round_of(struct rpc_connection *c, uint32_t operation, uint64_t *wanted, uint64_t *most,
    unsigned *stacks)
{
	uint64_t seen[CALLS] = { 0 };
	const struct popup_side_in in = { .wanted = *wanted += CALLS };
	err_t err = OK;
	*most = *stacks = 0;
	for (unsigned n = 0; n < CALLS && err == OK; n++)
		err = rpc_send(c, operation, &in, sizeof in, NULL);
	for (unsigned n = 0; n < CALLS && err == OK;) {
		struct popup_side_out out;
		struct rpc_answer answer;
		err = rpc_poll(c, &answer, &out, sizeof out);
		if (err == ERR_WOULD_BLOCK) {
			err = rpc_wait(c, TIME_NEVER);
			continue;
		}
		if (err == OK)
			err = answer.error;
		*most = out.most > *most ? out.most : *most;
		unsigned at = 0;
		while (at < *stacks && seen[at] != out.stack / STACK_STEP)
			at++;
		if (at == *stacks)
			seen[(*stacks)++] = out.stack / STACK_STEP;
		n++;
	}
	return err;
}

static int
client(void)
{
	struct rpc_connection *c;
	struct has before, after;
	pid_number_t pid;
	uint64_t wanted = 0, most;
	unsigned stacks;
	err_t err = rpc_open(PID_INVALID, &popup_interface, 0, &c, NULL);
	if (err == OK)
		err = cli_process(POPUP_NAME, &pid);
	/* The first round makes what the library keeps. */
	if (err == OK)
		err = round_of(c, 1, &wanted, &most, &stacks);
	if (err == OK)
		err = look(pid, &before);
	for (unsigned n = 0; n < 10 && err == OK; n++)
		err = round_of(c, 1, &wanted, &most, &stacks);
	if (err != OK)
		return cli_failed(POPUP_NAME, err);
	printf("side: %" PRIu64 " at a time on %u stacks\n", most, stacks);
	err = look(pid, &after);
	if (err == OK)
		printf("threads %" PRIu64 ", %" PRIu64 " before; pages %d and %d more\n",
		    after.threads, before.threads, (int)(after.pages - before.pages),
		    (int)(after.kernel_pages - before.kernel_pages));
	if (err == OK)
		err = round_of(c, 2, &wanted, &most, &stacks);
	if (err == OK)
		printf("queue: %" PRIu64 " at a time on %u stack\n", most, stacks);
	return err == OK ? 0 : cli_failed(POPUP_NAME, err);
}

int
main(int argc, char **argv)
{
	static const struct rpc_service services[] = { RPC_SERVICE(popup) };
	(void)argv;
	return argc < 2 ? rpc_serve(services, 1, NULL) : client();
}
