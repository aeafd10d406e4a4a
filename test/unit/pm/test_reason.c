/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: test/unit/pm/world.c src/pm/boot.c src/pm/control.c src/pm/end.c src/pm/insulator.c
 *          src/pm/process.c src/pm/show.c src/pm/spawn.c src/pm/switch.c src/pm/update.c
 *          userland/lib/text/text.c */
/*
 * Why an update failed, when it is somebody else who knows: the new version says in its own
 * words why the state cannot be converted, and an insulator that refuses the switch is named.
 */
#include "world.h"

#include "../../../src/pm/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REFUSAL "the state cannot be converted"

static struct process *old, *new;

/* An update that is just being converted. */
static int
set_up(void **state)
{
	err_t err;
	(void)state;
	world_reset();
	old = world_spawn("/boot/kv-1", 0, &err);
	assert_int_equal(err, OK);
	world_ready(old, 1, old->instance.schema_hash, OK);
	assert_int_equal(world_update(1, old->pid, "/boot/kv-2"), RPC_DEFERRED);
	new = world_new_of(old);
	world_ready(new, 1, 22, OK);
	world_quiesced(old, 0);
	assert_int_equal(log_.replied_word[0], READY_CONVERT);
	return 0;
}

/* A sentence in the parts that a message holds, each of which is answered. */
static void
say(const struct process *p, const char *sentence)
{
	static uint64_t token = 1000;
	while (*sentence != '\0') {
		struct message m = {
			.label = CONTROL_REASON, .badge = p->instance.number, .token = ++token
		};
		size_t bytes = strnlen(sentence, sizeof m.word);
		memcpy(m.word, sentence, bytes);
		sentence += bytes;
		control_message(&m);
		assert_int_equal(log_.replied_token, token);
	}
}

static void
fails_with(const char *reason)
{
	world_ready(new, 2, 22, ERR_BAD_STATE);
	assert_int_equal(log_.answer_error, ERR_BAD_STATE);
	assert_string_equal(log_.answer.update.reason, reason);
	assert_null(old->update);
	world_check();
}

static void
a_reason_of_several_parts_is_passed_on_whole(void **state)
{
	static const char sentence[] = "field `clients`: U64 (8 bytes) in the old version, "
				       "U8 (1 byte) in the new one";
	(void)state;
	say(new, sentence);
	fails_with(REFUSAL ": field `clients`: U64 (8 bytes) in the old version, "
			   "U8 (1 byte) in the new one");
}

static void
without_a_reason_the_sentence_is_whole_too(void **state)
{
	(void)state;
	fails_with(REFUSAL);
}

static void
what_is_too_long_is_cut_and_what_does_not_print_is_replaced(void **state)
{
	char sentence[400];
	(void)state;
	memset(sentence, 'a', sizeof sentence - 1);
	sentence[sizeof sentence - 1] = '\0';
	sentence[0] = '\033';
	say(new, sentence);
	world_ready(new, 2, 22, ERR_BAD_STATE);
	const char *reason = log_.answer.update.reason;
	assert_memory_equal(reason, REFUSAL ": ?aaa", strlen(REFUSAL ": ?aaa"));
	assert_int_equal(strlen(reason), LINE_BYTES - 1);
}

static void
only_the_version_that_converts_is_listened_to(void **state)
{
	err_t err;
	(void)state;
	struct process *other = world_spawn("/boot/hello", 0, &err);
	assert_int_equal(err, OK);
	say(other, "nonsense");
	say(old, "nonsense");
	fails_with(REFUSAL);
	say(old, "nonsense"); /* there is no update any more */
	world_check();
}

static void
an_insulator_that_refuses_the_switch_is_named(void **state)
{
	err_t err;
	uint32_t id;
	(void)state;
	say(new, "not the reason");
	world_ready(new, 2, 22, OK);
	assert_int_equal(log_.answer_error, OK);
	struct process *guard = world_spawn("/boot/clock", 0, &err);
	world_ready(guard, 1, guard->instance.schema_hash, OK);
	assert_int_equal(insulator_add(guard->pid, "guard", INSULATOR_OTHER, &id), OK);
	struct process *q = world_spawn("/boot/clock", 0, &err);
	world_ready(q, 1, q->instance.schema_hash, OK);
	assert_int_equal(world_update(2, q->pid, "/boot/clock-2"), RPC_DEFERRED);
	world_ready(world_new_of(q), 1, 0, OK);
	log_.refusing = id;
	world_quiesced(q, 0);
	log_.refusing = 0;
	assert_int_equal(log_.answer_error, ERR_REFUSED);
	assert_string_equal(log_.answer.update.reason, "guard refuses the switch");
	world_check();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(a_reason_of_several_parts_is_passed_on_whole),
		TEST(without_a_reason_the_sentence_is_whole_too),
		TEST(what_is_too_long_is_cut_and_what_does_not_print_is_replaced),
		TEST(only_the_version_that_converts_is_listened_to),
		TEST(an_insulator_that_refuses_the_switch_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
