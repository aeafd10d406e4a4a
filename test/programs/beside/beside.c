/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that wait for answers beside one that has the turn to receive: they leave
 * nothing behind when they end, and with no kernel memory left a thread of high
 * priority still lets the one with the turn work.
 */
#include <insula/process.h>
#include <insula/rpc/client.h>
#include <insula/services/kv.h>
#include <insula/services/process.h>
#include <insula/syscall.h>
#include <insula/thread.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(KV, kv)
RPC_DEFINE_SERVICE(PROCESS, process)

#define THREADS 300u
#define HIGH 60u
#define STACK_BYTES (16u * 1024)

static struct rpc_connection *kv; /* a server of low priority */
static uint64_t child;
static unsigned answers;
static volatile bool over; /* the one with the turn has its answer */

static uint64_t
capabilities(void)
{
	struct cap_info info = { .type = 0 };
	uint64_t count = 0;
	for (uint64_t n = 0; insula_cap_query_index(SELF, n, &info) == OK; n++)
		count += info.type != 0;
	return count;
}

/* Has the turn from here on: the child ends when it is killed. */
static void
wait_for_child(void *unused)
{
	const struct process_wait_in in = { .pid = child };
	struct process_wait_out out;
	(void)unused;
	if (process_wait(rpc_to_process(), &in, &out, TIME_NEVER) != OK)
		printf("beside: the child cannot be waited for\n");
	over = true;
}

static void
ask(void *unused)
{
	struct kv_count_out out;
	(void)unused;
	if (kv_count(kv, NULL, &out, TIME_NEVER) == OK)
		answers++;
}

static bool
ask_in_a_thread(void)
{
	struct thread *t;
	return thread_spawn_with(ask, NULL, 30, POLICY_FIFO, STACK_BYTES, &t) == OK &&
	    thread_join(t, NULL) == OK;
}

static handle_t gate;

static void
ask_when_told(void *unused)
{
	struct message m = { .label = 0 };
	(void)insula_recv(gate, TIME_NEVER, &m);
	ask(unused);
}

int
main(void)
{
	struct process_spawn_in in = { .path = "/boot/mute", .args_length = 5 };
	struct process_spawn_out out;
	struct thread *waits, *asks;
	handle_t key, filler;
	memcpy(in.args, "mute", 5);
	if (rpc_open(PID_INVALID, &kv_interface, 0, &kv, NULL) != OK ||
	    process_spawn(rpc_to_process(), &in, &out, TIME_NEVER) != OK)
		return 1;
	child = out.pid;
	if (thread_spawn(wait_for_child, NULL, 30, &waits) != OK)
		return 1;
	if (!ask_in_a_thread())
		return 1;
	answers = 0;
	const uint64_t before = capabilities();
	for (unsigned i = 0; i < THREADS; i++)
		if (!ask_in_a_thread())
			return 1;
	printf("%u answers %s, %" PRIu64 " capabilities more\n", answers,
	    over ? "too late" : "in time", capabilities() - before);

	answers = 0;
	if (insula_endpoint_create(SELF, SELF, &gate) != OK ||
	    insula_cap_copy(SELF, gate, SELF, RIGHT_NOTIFY, 1, &key) != OK ||
	    thread_spawn_with(ask_when_told, NULL, HIGH, POLICY_FIFO, STACK_BYTES, &asks) != OK)
		return 1;
	while (insula_endpoint_create(SELF, SELF, &filler) == OK)
		;
	(void)insula_notify(key);
	if (thread_join(asks, NULL) != OK)
		return 1;
	printf("%u answer without kernel memory %s\n", answers, over ? "too late" : "in time");
	return 0;
}
