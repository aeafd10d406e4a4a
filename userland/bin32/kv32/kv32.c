/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of the key-value service, of 32 bits: the same rings, descriptions and
 * doorbells as everybody's. Its values need all 64 bits, and it checks each.
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/rpc/client.h>
#include <insula/services/kv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(KV, kv)

static const char help[] =
    "usage: kv32 put KEY VALUE | get KEY | delete KEY | check COUNT\n"
    "Use the key-value service from 32-bit code.\n"
    "  check COUNT  put, get and delete COUNT values of 64 bits, and compare\n";

static int
put(struct rpc_connection *kv, uint64_t key, uint64_t value)
{
	const struct kv_put_in in = { .key = key, .value = value };
	struct kv_put_out out;
	err_t err = kv_put(kv, &in, &out, TIME_NEVER);
	if (err != OK)
		return cli_failed("put", err);
	if (out.existed != 0)
		printf("%" PRIu64 " was %" PRIu64 "\n", key, out.old);
	return 0;
}

static int
get(struct rpc_connection *kv, uint64_t key)
{
	const struct kv_get_in in = { .key = key };
	struct kv_get_out out;
	err_t err = kv_get(kv, &in, &out, TIME_NEVER);
	if (err != OK)
		return cli_failed("get", err);
	printf("%" PRIu64 "\n", out.value);
	return 0;
}

static int delete (struct rpc_connection *kv, uint64_t key)
{
	const struct kv_delete_in in = { .key = key };
	struct kv_delete_out out;
	err_t err = kv_delete(kv, &in, &out, TIME_NEVER);
	return err != OK ? cli_failed("delete", err) : 0;
}

/* Each value is its key's own; the keys are nobody else's. */
static int
check(struct rpc_connection *kv, uint64_t count)
{
	uint64_t wrong = 0;
	for (uint64_t n = 0; n < count; n++) {
		const uint64_t key = 0xa32a32a300000000 | (n & 0xff);
		const struct kv_put_in in = { .key = key, .value = n * 0x9e3779b97f4a7c15 };
		const struct kv_get_in asked = { .key = key };
		const struct kv_delete_in gone = { .key = key };
		struct kv_put_out before;
		struct kv_get_out got = { 0 };
		struct kv_delete_out last = { 0 };
		err_t err = kv_put(kv, &in, &before, TIME_NEVER);
		if (err == OK)
			err = kv_get(kv, &asked, &got, TIME_NEVER);
		if (err == OK)
			err = kv_delete(kv, &gone, &last, TIME_NEVER);
		if (err != OK)
			return cli_failed("check", err);
		wrong += before.existed != 0 || got.value != in.value || last.old != in.value;
	}
	printf("checked=%" PRIu64 " wrong=%" PRIu64 "\n", count, wrong);
	return wrong != 0;
}

int
main(int argc, char **argv)
{
	static char reason[RPC_REASON_BYTES];
	struct rpc_connection *kv;
	const char *what = argc > 1 ? argv[1] : "";
	const int wants = strcmp(what, "put") == 0 ? 4 : 3;
	if (argc != wants ||
	    (strcmp(what, "put") != 0 && strcmp(what, "get") != 0 && strcmp(what, "delete") != 0 &&
		strcmp(what, "check") != 0)) {
		fputs(help, stderr);
		return 2;
	}
	err_t err = rpc_open(PID_INVALID, &kv_interface, 0, &kv, reason);
	if (err != OK) {
		fprintf(stderr, "kv32: kv: %s%s%s\n", err_text(err), reason[0] ? ": " : "", reason);
		return 1;
	}
	const uint64_t number = strtoull(argv[2], NULL, 0);
	int status = what[0] == 'p' ? put(kv, number, strtoull(argv[3], NULL, 0))
	    : what[0] == 'g'        ? get(kv, number)
	    : what[0] == 'd'        ? delete (kv, number)
				    : check(kv, number);
	if (rpc_close(kv) != OK)
		return 1;
	return status;
}
