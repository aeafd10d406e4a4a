/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens two connections to kv, one of which does not move to a later version,
 * updates kv, and says what became of each.
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/services/kv.h>
#include <insula/services/process.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)
RPC_DEFINE_SERVICE(KV, kv)

#define LONG_NS 30000000000ull

static err_t
update(const char *path)
{
	struct process_update_in in;
	struct process_update_out out;
	pid_number_t pid;
	err_t err = cli_process("kv", &pid);
	if (err != OK)
		return err;
	memset(&in, 0, sizeof in);
	in.pid = pid;
	strcpy(in.path, path);
	return process_update(rpc_to_process(), &in, &out, TIME_NEVER);
}

/* What a get of key 7 gives. */
static err_t
get(struct rpc_connection *kv, uint64_t *value)
{
	struct kv_get_in in = { .key = 7 };
	struct kv_get_out out = { 0 };
	err_t err = kv_get(kv, &in, &out, TIME_NEVER);
	*value = out.value;
	return err;
}

int
main(void)
{
	struct rpc_connection *fixed, *other;
	struct kv_put_in put = { .key = 7, .value = 70 };
	struct kv_put_out was;
	struct rpc_answer answer;
	uint64_t value = 0;
	err_t err = rpc_open(PID_INVALID, &kv_interface, 0, &other, NULL);
	if (err == OK)
		err = rpc_open(PID_INVALID, &kv_interface, RPC_OPEN_FIXED, &fixed, NULL);
	if (err == OK)
		err = kv_put(fixed, &put, &was, TIME_NEVER);
	if (err == OK)
		err = update("/boot/kv-2");
	if (err == OK) /* the event: the wait ends */
		err = rpc_wait(fixed, clock_now_ns() + LONG_NS);
	if (err != OK)
		return cli_failed("kv", err);
	printf("fixed: %d %d\n", rpc_poll(fixed, &answer, &value, sizeof value) == ERR_CLOSED,
	    get(fixed, &value) == ERR_CLOSED);
	err = get(other, &value);
	printf("other: %d %" PRIu64 "\n", (int)err, value);
	return 0;
}
