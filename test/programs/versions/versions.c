/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What versions of kv are to those who look on.
 *
 * versions U9: up, down and up again, with a client of either version. versions U8: two
 * updates at the same time. versions M4: looks for a version that does not serve yet, and
 * kills it.
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
RPC_DEFINE_SERVICE(KV2, kv2)

#define PAUSE_NS 100000ull
#define KEY 9000000007ull /* none of hammer's */

static err_t
send_update(const char *path, uint64_t *number)
{
	static struct process_update_in in;
	pid_number_t pid;
	err_t err = cli_process(KV_NAME, &pid);
	in.pid = pid;
	strncpy(in.path, path, sizeof in.path - 1);
	return err == OK ? process_update_send(rpc_to_process(), &in, number) : err;
}

/* The result of the next update that ends. */
static err_t
take_update(struct process_update_out *out, struct rpc_answer *answer)
{
	err_t err;
	while ((err = rpc_poll(rpc_to_process(), answer, out, sizeof *out)) == ERR_WOULD_BLOCK)
		if (rpc_wait(rpc_to_process(), TIME_NEVER) != OK)
			return ERR_STATE;
	return err;
}

static err_t
update(const char *path)
{
	static struct process_update_out out;
	struct rpc_answer answer;
	uint64_t number;
	err_t err = send_update(path, &number);
	if (err == OK)
		err = take_update(&out, &answer);
	return err == OK ? answer.error : err;
}

/* What version 2's get says of the key. */
static err_t
get2(struct rpc_connection *c, struct kv2_get_out *out)
{
	const struct kv2_get_in in = { .key = KEY };
	return kv2_get(c, &in, out, TIME_NEVER);
}

static err_t
incr(struct rpc_connection *c, uint64_t *value)
{
	const struct kv2_incr_in in = { .key = KEY, .by = 5 };
	struct kv2_incr_out out = { 0 };
	err_t err = kv2_incr(c, &in, &out, TIME_NEVER);
	*value = out.value;
	return err;
}

static err_t
get1(struct rpc_connection *c, uint64_t *value)
{
	const struct kv_get_in in = { .key = KEY };
	struct kv_get_out out = { 0 };
	err_t err = kv_get(c, &in, &out, TIME_NEVER);
	*value = out.value;
	return err;
}

/* What the new version offers is known a moment after the update has ended. */
static err_t
open_2(struct rpc_connection **c)
{
	for (;;) {
		err_t err = rpc_open(PID_INVALID, &kv2_interface, 0, c, NULL);
		if (err != ERR_MISMATCH)
			return err;
		(void)clock_sleep_ns(PAUSE_NS);
	}
}

static err_t
u9(void)
{
	const struct kv_put_in put = { .key = KEY, .value = 70 };
	char reason[RPC_REASON_BYTES];
	struct rpc_connection *one, *two;
	struct kv_put_out was;
	struct kv2_get_out got;
	uint64_t value;
	err_t err = rpc_open(PID_INVALID, &kv_interface, 0, &one, NULL);
	if (err == OK)
		err = kv_put(one, &put, &was, TIME_NEVER);
	if (err != OK)
		return err;
	err = rpc_open(PID_INVALID, &kv2_interface, 0, &two, reason);
	printf("kv-1: a client of version 2: %s: %s\n", err_name(err), reason);

	err = update("/boot/kv-2");
	if (err == OK)
		err = open_2(&two);
	if (err == OK)
		err = incr(two, &value);
	if (err == OK)
		err = get2(two, &got);
	if (err == OK)
		err = get2(two, &got);
	if (err != OK)
		return err;
	printf("kv-2: incremented to %" PRIu64 ", read %" PRIu64 " times\n", value, got.hits);

	err = update("/boot/kv-1");
	if (err == OK)
		err = get1(one, &value);
	if (err != OK)
		return err;
	printf("kv-1: %" PRIu64, value);
	err = get2(two, &got);
	printf("; a client of version 2: %s", err_name(err));
	err = incr(two, &value);
	printf(" %s\n", err_name(err));

	err = update("/boot/kv-2");
	if (err == OK)
		err = incr(two, &value);
	if (err == OK)
		err = get2(two, &got);
	if (err == OK)
		printf(
		    "kv-2: incremented to %" PRIu64 ", read %" PRIu64 " times\n", value, got.hits);
	return err;
}

static err_t
u8(void)
{
	static struct process_update_out out;
	struct rpc_answer answer;
	uint64_t first, second;
	err_t err = send_update("/boot/kv-2", &first);
	if (err == OK)
		err = send_update("/boot/kv-1", &second);
	for (int n = 0; n < 2 && err == OK; n++) {
		err = take_update(&out, &answer);
		if (err == OK)
			printf("%s: %s: %s\n", answer.number == first ? "first" : "second",
			    err_name(answer.error), out.reason);
	}
	return err;
}

/* The process that is not visible yet; 0: there is none. */
static err_t
invisible(uint64_t *pid)
{
	struct process_list_in in = { .after = 0 };
	struct process_list_out out;
	err_t err;
	while ((err = process_list(rpc_to_process(), &in, &out, TIME_NEVER)) == OK) {
		*pid = out.pid;
		if (out.pid == 0 || (out.flags & PROCESS_INVISIBLE) != 0)
			return OK;
		in.after = out.pid;
	}
	return err;
}

static err_t
m4(void)
{
	static struct process_update_out out;
	struct process_kill_out killed;
	struct rpc_answer answer;
	pid_number_t before, now;
	uint64_t number, hidden = 0;
	err_t err = cli_process(KV_NAME, &before);
	if (err == OK)
		err = send_update("/boot/bad-kv-2", &number); /* never gets ready */
	while (hidden == 0 && err == OK)
		err = invisible(&hidden);
	if (err != OK)
		return err;
	printf("found: bad-kv-2 %s, /boot/bad-kv-2 %s", err_name(cli_process("bad-kv-2", &now)),
	    err_name(cli_process("/boot/bad-kv-2", &now)));
	err = cli_process(KV_NAME, &now);
	printf(", kv %s, kv-1 %d", err == OK && now == before ? "the same" : "another",
	    cli_process("kv-1", &now) == OK && now == before);
	printf(", hidden %d\n", hidden != before);
	const struct process_kill_in kill = { .pid = hidden };
	err = process_kill(rpc_to_process(), &kill, &killed, TIME_NEVER);
	if (err == OK)
		err = take_update(&out, &answer);
	if (err == OK)
		printf("update: %s: %s\n", err_name(answer.error), out.reason);
	return err;
}

int
main(int argc, char **argv)
{
	cli_arguments(argc, argv, 1, 1, "versions U8|U9|M4");
	err_t err = strcmp(argv[1], "U9") == 0 ? u9() : strcmp(argv[1], "U8") == 0 ? u8() : m4();
	return err == OK ? 0 : cli_failed("kv", err);
}
