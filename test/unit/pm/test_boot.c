/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: test/unit/pm/world.c src/pm/boot.c src/pm/control.c src/pm/end.c
 *          src/pm/insulator.c src/pm/process.c src/pm/spawn.c src/pm/switch.c src/pm/update.c
 *          userland/lib/text/text.c */
/*
 * The two phases of the beginning (M6): what init built is taken over before there
 * is RPC, and insulators are known when the RPC insulator has said that it is up.
 */
#include "world.h"

#include "../../../src/pm/boot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct handover handover;
static const char archive[] = "an archive";

static int
set_up(void **state)
{
	static const char *const names[] = { "init", "piddb", "memory", "rpc", "path", "process" };
	(void)state;
	world_reset();
	insulator_count = 0; /* world_reset begins where boot ends */
	handover = (struct handover){ .magic = HANDOVER_MAGIC,
		.bytes = sizeof handover,
		.clock_hz = 1000000,
		.archive = { .bytes = sizeof archive },
		.processes = HANDOVER_PROCESSES,
		.process_fault = 9,
		.process_firmware = 10 };
	for (uint32_t i = 0; i < HANDOVER_PROCESSES; i++) {
		struct handover_process *h = &handover.process[i];
		h->pid = h->instance = PID_INIT + i;
		h->process_space = 1000 + i;
		h->process_estate = 2000 + i;
		h->priority = 60;
		world.space[i].alive = world.estate[i].alive = 1;
		strcpy(h->name, names[i]);
	}
	return 0;
}

/* A message of an instance to the control endpoint; it is answered. */
static void
send(uint64_t instance, uint64_t label)
{
	const struct message m = { .token = 40 + instance, .badge = instance, .label = label };
	log_.replied_token = 0;
	control_message(&m);
	assert_int_equal(log_.replied_token, 40 + instance);
}

static uint32_t
living(void)
{
	uint32_t count = 0;
	PROCESS_EACH(p)
	count += p->state == PROCESS_ALIVE;
	return count;
}

static void
m6_init_process_comes_before_rpc_exists_and_init_rpc_after(void **state)
{
	(void)state;
	err_t err;
	assert_int_equal(init_process(&handover, archive), OK);
	assert_int_equal(living(), HANDOVER_PROCESSES);
	assert_string_equal(process_by_pid(PID_RPC)->name, "rpc");
	assert_int_equal(authority.clock_hz, 1000000);
	assert_string_equal(log_.printed, "process: init_process: 6 processes are taken over");
	/* Nobody was asked for anything: there is nobody to be asked yet, and nothing to be born. */
	assert_int_equal(log_.effects, 0);
	assert_false(rpc_is_up());
	assert_null(world_spawn("/boot/hello", PID_INIT, &err));
	assert_int_equal(err, ERR_BUSY);
	assert_int_equal(log_.effects, 0);

	const uint32_t prints = log_.prints;
	send(PID_RPC, CONTROL_RPC);
	assert_int_equal(log_.prints, prints + 2); /* rpc's line, and the manager's */
	assert_string_equal(log_.printed, "process: init_rpc: 3 insulators are asked from now on");
	assert_true(rpc_is_up());
	static const char *const names[] = { "memory", "rpc", "path" };
	assert_int_equal(insulator_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_string_equal(insulator_table[i].name, names[i]);
		assert_int_equal(insulator_table[i].kind, i);
	}
	assert_non_null(strstr(log_.order, "pppppp")); /* the database knows the six */
	assert_non_null(world_spawn("/boot/hello", PID_INIT, &err));
}

static void
m6_only_the_rpc_insulator_brings_rpc_up_and_once(void **state)
{
	(void)state;
	assert_int_equal(init_process(&handover, archive), OK);
	send(PID_PATH, CONTROL_RPC);
	send(77, CONTROL_RPC);
	assert_false(rpc_is_up());
	send(PID_RPC, CONTROL_RPC);
	const uint32_t effects = log_.effects, prints = log_.prints;
	send(PID_RPC, CONTROL_RPC);
	assert_int_equal(insulator_count, 3);
	assert_int_equal(log_.effects, effects);
	assert_int_equal(log_.prints, prints);
}

static void
m6_what_fails_in_init_rpc_ends_the_system_with_its_error(void **state)
{
	uint32_t n = 0;
	for (;;) {
		(void)set_up(state);
		assert_int_equal(init_process(&handover, archive), OK);
		log_.effects = 0;
		log_.fail_at = ++n;
		send(PID_RPC, CONTROL_RPC);
		if (log_.powered_off == 0)
			break;
		assert_int_equal(log_.power_status, EXIT_CRASHED);
		assert_non_null(strstr(log_.printed, "process: init_rpc: error "));
	}
	assert_true(n > 6);
}

static void
a_handover_of_another_build_and_a_damaged_archive_are_refused(void **state)
{
	(void)state;
	handover.magic++;
	assert_int_equal(init_process(&handover, archive), ERR_BAD_MANIFEST);
	handover.magic--;
	handover.bytes--;
	assert_int_equal(init_process(&handover, archive), ERR_BAD_MANIFEST);
	handover.bytes++;
	handover.processes++;
	assert_int_equal(init_process(&handover, archive), ERR_BAD_MANIFEST);
	handover.processes--;
	assert_int_equal(living(), 0);
	log_.archive_is = ERR_BAD_ARCHIVE;
	assert_int_equal(init_process(&handover, archive), ERR_BAD_ARCHIVE);
	assert_non_null(strstr(log_.printed, "the boot archive is damaged"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    m6_init_process_comes_before_rpc_exists_and_init_rpc_after, set_up),
		cmocka_unit_test_setup(m6_only_the_rpc_insulator_brings_rpc_up_and_once, set_up),
		cmocka_unit_test_setup(
		    m6_what_fails_in_init_rpc_ends_the_system_with_its_error, set_up),
		cmocka_unit_test_setup(
		    a_handover_of_another_build_and_a_damaged_archive_are_refused, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
