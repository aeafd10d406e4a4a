/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that are not waited for.
 *
 * This is above the server's priority: it runs only while this waits. calls R4: makes
 * calls, and their results come later. calls R5: keeps the ring full while the
 * server is updated, and looks at the order of effects and answers. calls R1: uses
 * numbers of services and connections that others have.
 */
#include <insula/cli.h>
#include <insula/services/kv.h>
#include <insula/services/process.h>
#include <insula/services/rpc.h>
#include <insula/syscall.h>
#include <insula/thread.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(KV, kv)
RPC_DEFINE_SERVICE(RPC, rpc)

#define ABOVE 40
#define CALLS 20000u
#define KEY 77
#define OWN_CIDS 6u /* this process's own numbers are at most as high */

static uint64_t next = 1;  /* value of the next put */
static uint64_t taken;     /* puts whose answers were right, in order */
static uint64_t first = 1; /* number of the first */

static err_t
put(struct rpc_connection *kv)
{
	const struct kv_put_in in = { .key = KEY, .value = next };
	uint64_t number;
	err_t err = kv_put_send(kv, &in, &number);
	if (err == OK && number != first - 1 + next)
		err = ERR_PROTOCOL;
	next += err == OK;
	return err;
}

/* Each put finds what the one before it left. */
static err_t
take(struct rpc_connection *kv)
{
	struct kv_put_out out;
	struct rpc_answer answer;
	err_t err = rpc_poll(kv, &answer, &out, sizeof out);
	if (err != OK)
		return err;
	if (answer.error != OK || answer.number != first + taken || out.old != taken) {
		printf("call %" PRIu64 ": error %d, answer to %" PRIu64 ", found %" PRIu64 "\n",
		    first + taken, (int)answer.error, answer.number, out.old);
		return ERR_PROTOCOL;
	}
	taken++;
	return OK;
}

static err_t
r4(struct rpc_connection *kv)
{
	err_t err =
	    insula_thread_configure(thread_handle(thread_self()), THREAD_PRIORITY, ABOVE, 0);
	while (err == OK)
		err = put(kv);
	printf("R4: %" PRIu64 " made, full %d", next - 1, err == ERR_WOULD_BLOCK);
	err = take(kv);
	printf(", answered %" PRIu64 ", none yet %d", taken, err == ERR_WOULD_BLOCK);
	while (taken < next - 1 && (err == OK || err == ERR_WOULD_BLOCK)) {
		err = rpc_wait(kv, TIME_NEVER);
		while (err == OK)
			err = take(kv);
	}
	printf(", later %" PRIu64 "\n", taken);
	return taken == next - 1 ? OK : err;
}

static err_t
send_update(uint64_t *number)
{
	static struct process_update_in in = { .path = "/boot/kv-2" };
	pid_number_t pid;
	err_t err = cli_process("kv", &pid);
	in.pid = pid;
	return err == OK ? process_update_send(rpc_to_process(), &in, number) : err;
}

static err_t
r5(struct rpc_connection *kv)
{
	static struct process_update_out update;
	struct rpc_answer answer = { 0 };
	uint64_t number, at = 0;
	bool ended = false;
	err_t err = OK;
	while (taken < CALLS || !ended) {
		while (next <= CALLS && (err = put(kv)) == OK)
			;
		if (next > CALLS / 4 && at == 0) {
			at = next;
			err = send_update(&number);
			if (err != OK)
				return err;
		}
		err = rpc_wait_any(TIME_NEVER);
		while (err == OK)
			err = take(kv);
		if (err != ERR_WOULD_BLOCK)
			return err;
		ended = ended ||
		    (at != 0 && rpc_poll(rpc_to_process(), &answer, &update, sizeof update) == OK);
	}
	printf("R5: %" PRIu64 " in order, %" PRIu64 " wraps, update %d at %" PRIu64 " with %" PRIu64
	       " in flight\n",
	    taken, taken / rpc_depth(kv), (int)answer.error, at, update.in_flight);
	return OK;
}

/* Neither has this process: what it would take from others stays as it is. */
static err_t
r1(void)
{
	struct rpc_list_connections_in in = { .after_pid = 0 };
	struct rpc_list_connections_out other;
	struct rpc_remove_connection_out closed;
	struct rpc_remove_service_in service = { .sid = 1 };
	struct rpc_remove_service_out removed;
	unsigned tried = 0, refused = 0;
	err_t err;
	while ((err = rpc_list_connections(rpc_to_rpc(), &in, &other, TIME_NEVER)) == OK &&
	    other.pid != PID_INVALID) {
		const struct rpc_remove_connection_in cid = { .cid = other.cid };
		in.after_pid = other.pid;
		in.after_cid = other.cid;
		if (other.cid <= OWN_CIDS)
			continue; /* one of its own has that number, too */
		tried++;
		refused += rpc_remove_connection(rpc_to_rpc(), &cid, &closed, TIME_NEVER) ==
		    ERR_NOT_FOUND;
	}
	printf("R1: %u connections of others, %u times refused", tried, refused);
	err = rpc_remove_service(rpc_to_rpc(), &service, &removed, TIME_NEVER);
	printf(", service 1: %s\n", err_name(err));
	return tried != 0 && tried == refused ? OK : ERR_STATE;
}

int
main(int argc, char **argv)
{
	struct rpc_connection *kv;
	cli_arguments(argc, argv, 1, 1, "calls R1|R4|R5");
	err_t err = rpc_open(PID_INVALID, &kv_interface, 0, &kv, NULL);
	if (err == OK)
		err = insula_thread_configure(
		    thread_handle(thread_self()), THREAD_PRIORITY, ABOVE, 0);
	if (err == OK)
		err = strcmp(argv[1], "R1") == 0 ? r1()
		    : strcmp(argv[1], "R4") == 0 ? r4(kv)
						 : r5(kv);
	return err == OK ? 0 : cli_failed("kv", err);
}
