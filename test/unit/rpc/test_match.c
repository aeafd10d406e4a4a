/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptions: encoding and decoding, matching (R3), defaults and conversion.
 */
/* SOURCES: userland/lib/rpc/describe.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <insula/rpc/describe.h>
#include <insula/services/console.h>
#include <insula/services/files.h>
#include <insula/services/kv.h>
#include <insula/services/memory.h>
#include <insula/services/path.h>
#include <insula/services/piddb.h>
#include <insula/services/process.h>
#include <insula/services/rpc.h>

#include <stdlib.h>
#include <string.h>

RPC_DEFINE_DESCRIPTION(KV, kv)
RPC_DEFINE_DESCRIPTION(KV2, kv2)
RPC_DEFINE_DESCRIPTION(CONSOLE, console)
RPC_DEFINE_DESCRIPTION(FILES, files)
RPC_DEFINE_DESCRIPTION(MEMORY, memory)
RPC_DEFINE_DESCRIPTION(PATH, path)
RPC_DEFINE_DESCRIPTION(PIDDB, piddb)
RPC_DEFINE_DESCRIPTION(PROCESS, process)
RPC_DEFINE_DESCRIPTION(RPC, rpc)

/* A service of our own, in five variants. */
#define BASE_NAME "shop"
#define BASE_VERSION 1
#define BASE_DEPTH 4
#define BASE_OPS(OP) OP(1, buy, 0)
#define BASE_buy_IN(P) P(U64, item, 0) P(TEXT, who, 24) P(BYTES, note, 20)
#define BASE_buy_OUT(P) P(U64, price, 0)
RPC_DEFINE_DESCRIPTION(BASE, base)

#define MORE_NAME "shop"
#define MORE_VERSION 2
#define MORE_DEPTH 4
#define MORE_OPS(OP) OP(1, buy, 0)
#define MORE_buy_IN(P) P(U64, count, 7) P(BYTES, note, 20) P(U64, item, 0) P(TEXT, who, 24)
#define MORE_buy_OUT(P) P(U64, left, 0) P(U64, price, 0)
RPC_DEFINE_DESCRIPTION(MORE, more)

#define OPT_NAME "shop"
#define OPT_VERSION 2
#define OPT_DEPTH 4
#define OPT_OPS(OP) OP(1, buy, 0)
#define OPT_buy_IN(P) P(U64, item, 0) P(TEXT, who, 24) P(OPTIONAL_U64, colour, 3) P(BYTES, note, 20)
#define OPT_buy_OUT(P) P(U64, price, 0)
RPC_DEFINE_DESCRIPTION(OPT, opt)

#define SIZE_NAME "shop"
#define SIZE_VERSION 1
#define SIZE_DEPTH 4
#define SIZE_OPS(OP) OP(1, buy, 0)
#define SIZE_buy_IN(P) P(U64, item, 0) P(TEXT, who, 32) P(BYTES, note, 20)
#define SIZE_buy_OUT(P) P(U64, price, 0)
RPC_DEFINE_DESCRIPTION(SIZE, size)

#define KIND_NAME "shop"
#define KIND_VERSION 1
#define KIND_DEPTH 4
#define KIND_OPS(OP) OP(1, buy, 0)
#define KIND_buy_IN(P) P(U64, item, 0) P(BYTES, who, 24) P(BYTES, note, 20)
#define KIND_buy_OUT(P) P(U64, price, 0)
RPC_DEFINE_DESCRIPTION(KIND, kind)

static const struct rpc_interface *const all[] = { &kv_interface, &kv2_interface,
	&console_interface, &files_interface, &memory_interface, &path_interface, &piddb_interface,
	&process_interface, &rpc_interface, &base_interface, &more_interface, &opt_interface };
#define ALL (sizeof all / sizeof all[0])

static char reason[RPC_REASON_BYTES];

static void
every_service_encodes_within_the_limit_and_decodes_to_itself(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < ALL; n++) {
		uint8_t bytes[RPC_DESCRIPTION_BYTES];
		struct rpc_decoded d;
		uint32_t length = rpc_encode(all[n], bytes, sizeof bytes);
		assert_int_not_equal(length, 0);
		assert_int_equal(rpc_decode(&d, bytes, length), OK);
		assert_string_equal(d.interface.name, all[n]->name);
		assert_int_equal(d.interface.methods, all[n]->methods);
		assert_int_equal(d.interface.in_bytes, all[n]->in_bytes);
		assert_int_equal(d.interface.out_bytes, all[n]->out_bytes);
		for (uint32_t m = 0; m < all[n]->methods; m++) {
			assert_int_equal(d.method[m].in_bytes, all[n]->method[m].in_bytes);
			assert_int_equal(d.method[m].out_bytes, all[n]->method[m].out_bytes);
		}
		assert_int_equal(rpc_match(all[n], &d.interface, reason), OK);
		uint8_t again[RPC_DESCRIPTION_BYTES];
		assert_int_equal(rpc_encode(&d.interface, again, sizeof again), length);
		assert_memory_equal(bytes, again, length);
	}
}

static void
a_description_cut_anywhere_is_refused(void **state)
{
	(void)state;
	uint8_t bytes[RPC_DESCRIPTION_BYTES];
	uint32_t length = rpc_encode(&process_interface, bytes, sizeof bytes);
	for (uint32_t cut = 0; cut < length; cut++) {
		/* On the heap, so that reading past the end is seen. */
		uint8_t *copy = malloc(cut + 1);
		struct rpc_decoded d;
		memcpy(copy, bytes, cut);
		if (cut >= 4) {
			copy[2] = (uint8_t)cut;
			copy[3] = (uint8_t)(cut >> 8);
		}
		assert_int_equal(rpc_decode(&d, copy, cut), ERR_ARGUMENT);
		free(copy);
		assert_int_equal(rpc_encode(&process_interface, bytes, cut), 0);
		assert_int_equal(rpc_encode(&process_interface, bytes, sizeof bytes), length);
	}
}

static void
a_damaged_description_is_refused_or_harmless(void **state)
{
	(void)state;
	uint8_t bytes[RPC_DESCRIPTION_BYTES];
	uint32_t length = rpc_encode(&base_interface, bytes, sizeof bytes);
	srand(1);
	for (uint32_t n = 0; n < 200000; n++) {
		uint8_t copy[RPC_DESCRIPTION_BYTES];
		struct rpc_decoded d;
		memcpy(copy, bytes, length);
		for (int k = rand() % 4; k >= 0; k--)
			copy[(uint32_t)rand() % length] = (uint8_t)rand();
		if (rpc_decode(&d, copy, length) == OK) {
			err_t err = rpc_match(&base_interface, &d.interface, reason);
			assert_true(err == OK || err == ERR_MISMATCH);
			for (uint32_t m = 0; m < d.interface.methods; m++) {
				static struct rpc_plan plan;
				const struct rpc_method *c = &d.method[m];
				const struct rpc_method *s = &base_interface.method[0];
				rpc_plan_make(
				    &plan, s->in, s->in_count, s->in_bytes, c->in, c->in_count);
				for (uint32_t v = 0; v < plan.moves; v++) {
					assert_true(
					    plan.move[v].from + plan.move[v].bytes <= c->in_bytes);
					assert_true(
					    plan.move[v].to + plan.move[v].bytes <= s->in_bytes);
				}
			}
		}
	}
}

static void
r3_equal_descriptions_match(void **state)
{
	(void)state;
	assert_int_equal(rpc_match(&base_interface, &base_interface, reason), OK);
}

static void
r3_an_older_client_gets_the_servers_defaults(void **state)
{
	(void)state;
	assert_int_equal(rpc_match(&more_interface, &base_interface, reason), OK);

	static struct rpc_plan plan;
	const struct rpc_method *s = &more_interface.method[0];
	const struct rpc_method *c = &base_interface.method[0];
	struct base_buy_in from = { .item = 42, .who = "ada", .note_length = 2, .note = { 8, 9 } };
	struct more_buy_in to;
	rpc_plan_make(&plan, s->in, s->in_count, s->in_bytes, c->in, c->in_count);
	rpc_defaults(&to, sizeof to, s->in, s->in_count);
	for (uint32_t n = 0; n < plan.moves; n++)
		memcpy((uint8_t *)&to + plan.move[n].to, (uint8_t *)&from + plan.move[n].from,
		    plan.move[n].bytes);
	assert_int_equal(to.count, 7);
	assert_int_equal(to.item, 42);
	assert_string_equal(to.who, "ada");
	assert_int_equal(to.note_length, 2);
	assert_int_equal(to.note[1], 9);
}

static void
r3_an_extra_parameter_is_refused_and_named(void **state)
{
	(void)state;
	assert_int_equal(rpc_match(&base_interface, &more_interface, reason), ERR_MISMATCH);
	assert_string_equal(reason, "shop.buy: the server does not know parameter 'count'");
}

static void
r3_an_extra_parameter_marked_optional_matches(void **state)
{
	(void)state;
	assert_int_equal(rpc_match(&base_interface, &opt_interface, reason), OK);
}

static void
r3_another_size_is_refused_and_named(void **state)
{
	(void)state;
	assert_int_equal(rpc_match(&base_interface, &size_interface, reason), ERR_MISMATCH);
	assert_string_equal(reason, "shop.buy: parameter 'who' differs in size");
}

static void
r3_another_kind_is_refused_and_named(void **state)
{
	(void)state;
	assert_int_equal(rpc_match(&base_interface, &kind_interface, reason), ERR_MISMATCH);
	assert_string_equal(
	    reason, "shop.buy: parameter 'who' is BYTES at the client, TEXT at the server");
}

static void
r3_an_unknown_operation_or_service_is_refused_and_named(void **state)
{
	(void)state;
	assert_int_equal(rpc_match(&kv_interface, &kv2_interface, reason), ERR_MISMATCH);
	assert_non_null(strstr(reason, "'hits'"));
	assert_int_equal(rpc_match(&kv_interface, &files_interface, reason), ERR_MISMATCH);
	assert_string_equal(reason, "the service is 'kv', not 'files'");
	struct rpc_interface one = kv2_interface;
	one.method = &kv2_interface.method[7];
	one.methods = 1;
	assert_int_equal(rpc_match(&kv_interface, &one, reason), ERR_MISMATCH);
	assert_string_equal(reason, "kv: the server does not know the operation 'incr'");
}

static void
u9_a_client_of_version_1_matches_both_versions(void **state)
{
	(void)state;
	assert_int_equal(rpc_match(&kv_interface, &kv_interface, reason), OK);
	assert_int_equal(rpc_match(&kv2_interface, &kv_interface, reason), OK);
}

static void
the_hash_tells_descriptions_apart_but_not_versions(void **state)
{
	(void)state;
	uint8_t a[RPC_DESCRIPTION_BYTES], b[RPC_DESCRIPTION_BYTES];
	uint32_t hash[ALL];
	for (uint32_t n = 0; n < ALL; n++) {
		uint32_t length = rpc_encode(all[n], a, sizeof a);
		hash[n] = rpc_hash(a, length);
		for (uint32_t k = 0; k < n; k++)
			assert_int_not_equal(hash[n], hash[k]);
	}
	struct rpc_interface later = kv_interface;
	later.version = 9;
	later.depth = 8;
	uint32_t length = rpc_encode(&later, b, sizeof b);
	assert_int_equal(rpc_hash(b, length), hash[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_service_encodes_within_the_limit_and_decodes_to_itself),
		cmocka_unit_test(a_description_cut_anywhere_is_refused),
		cmocka_unit_test(a_damaged_description_is_refused_or_harmless),
		cmocka_unit_test(r3_equal_descriptions_match),
		cmocka_unit_test(r3_an_older_client_gets_the_servers_defaults),
		cmocka_unit_test(r3_an_extra_parameter_is_refused_and_named),
		cmocka_unit_test(r3_an_extra_parameter_marked_optional_matches),
		cmocka_unit_test(r3_another_size_is_refused_and_named),
		cmocka_unit_test(r3_another_kind_is_refused_and_named),
		cmocka_unit_test(r3_an_unknown_operation_or_service_is_refused_and_named),
		cmocka_unit_test(u9_a_client_of_version_1_matches_both_versions),
		cmocka_unit_test(the_hash_tells_descriptions_apart_but_not_versions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
