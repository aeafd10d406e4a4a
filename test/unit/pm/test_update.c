/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: test/unit/pm/world.c src/pm/boot.c src/pm/control.c src/pm/end.c src/pm/insulator.c
 *          src/pm/process.c src/pm/show.c src/pm/spawn.c src/pm/switch.c src/pm/update.c
 *          userland/lib/text/text.c */
/*
 * Live update and restart: every way through the state machine, every failure
 * on the way, and random histories.
 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int
set_up(void **state)
{
	(void)state;
	world_reset();
	return 0;
}

static struct process *
spawn(const char *path)
{
	err_t err;
	struct process *p = world_spawn(path, 0, &err);
	assert_int_equal(err, OK);
	world_ready(p, 1, p->instance.schema_hash, OK);
	log_.now_ns += 2 * STORM_NS;
	return p;
}

/* Update to the end, all parties behaving. */
static void
update(struct process *p, const char *path)
{
	uint32_t answers = log_.answers;
	assert_int_equal(world_update(1, p->pid, path), RPC_DEFERRED);
	struct process *new = world_new_of(p);
	world_check();
	world_ready(new, 1, new->instance.schema_hash, OK);
	world_check();
	uint64_t hash = new->instance.schema_hash;
	bool converts = hash != p->instance.schema_hash;
	world_quiesced(p, 0);
	world_check();
	if (converts) {
		assert_int_equal(log_.replied_word[0], READY_CONVERT);
		world_ready(new, 2, hash, OK);
		world_check();
	}
	assert_int_equal(log_.answers, answers + 1);
	assert_int_equal(log_.answer_error, OK);
	assert_string_equal(log_.answer.update.reason, "COMMITTED");
	assert_null(p->update);
}

static uint32_t
pc_of(const struct process *p)
{
	return (uint32_t)world.space[p->instance.space - 1000].pc;
}

static bool
runs(const struct process *p)
{
	return !world.space[p->instance.space - 1000].stopped;
}

/* --- U */

static void
u1_the_new_version_is_invisible_until_it_takes_over(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	assert_int_equal(world_update(1, p->pid, "/boot/kv-3"), RPC_DEFERRED);
	const struct process *new = world_new_of(p);
	assert_true((new->flags &PROCESS_INVISIBLE) != 0);
	assert_true((world.piddb[1].flags & 1) != 0);
	assert_ptr_equal(process_find("kv", 0), p);
	assert_int_equal(log_.replied_token, 1); /* the old one's first READY; the new one waits */
	assert_true(runs(p));
	assert_int_equal(world_update(2, new->pid, "/boot/kv-1"), ERR_NO_PROCESS);
}

static void
m3_update_swaps_the_pids_and_keeps_everything_that_belongs_to_the_pid(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	pid_number_t pid = p->pid;
	handle_t estate = p->estate, kept = p->state_estate;
	uint32_t old_instance = p->instance.number;
	update(p, "/boot/kv-3");
	assert_int_equal(p->pid, pid);
	assert_int_equal(p->estate, estate);
	assert_int_equal(p->state_estate, kept);
	assert_true(p->instance.number > old_instance);
	assert_int_equal(pc_of(p), 0x400400);
	assert_int_equal(log_.replied_word[0], READY_SERVE);
	assert_int_equal(log_.replied_word[1], pid);
	assert_int_equal(log_.answer.update.old_pid, pid + 1);
	assert_null(process_by_pid(pid + 1));
	assert_int_equal(world.estate[estate - 2000].doorbells, 1);
	assert_int_equal(world.journal, 0);
}

static void
u2_the_schema_is_converted_into_a_state_of_its_own(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	handle_t kept = p->state_estate;
	update(p, "/boot/kv-2");
	assert_int_not_equal(p->state_estate, kept);
	assert_int_equal(p->instance.schema_hash, 22);
	assert_true(log_.answer.update.cost_length == UPDATE_STEPS * sizeof(uint64_t));
}

static void
u3_the_old_version_is_asked_and_stopped_at_its_deadline_and_a_tick(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	assert_int_equal(world_update(1, p->pid, "/boot/kv-3"), RPC_DEFERRED);
	log_.order[0] = '\0';
	memset(log_.order, 0, sizeof log_.order);
	uint64_t asked = log_.now_ns;
	world_ready(world_new_of(p), 1, 11, OK);
	assert_non_null(strchr(log_.order, 'n')); /* asked */
	uint64_t deadline = update_deadline();
	assert_in_range(deadline, asked + QUIESCE_NS + TICK_NS, asked + QUIESCE_NS + 2 * TICK_NS);
	update_expire(deadline - 1);
	assert_true(runs(p));
	assert_non_null(p->update);
	log_.now_ns = deadline;
	update_expire(deadline);
	/* By force: calls are in doubt, so the new one recovers. */
	assert_null(p->update);
	assert_int_equal(log_.answer_error, OK);
	assert_int_equal(log_.replied_word[0], READY_RECOVER);
	world_check();
}

static void
u3_a_deadline_of_the_callers_own_is_kept(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	struct process_update_in in = { .pid = p->pid, .deadline_ns = 5000000 };
	struct process_update_out out;
	memset(&out, 0, sizeof out);
	strcpy(in.path, "/boot/kv-3");
	assert_int_equal(
	    update_begin((struct rpc_reference){ .number = 1 }, &in, &out), RPC_DEFERRED);
	world_ready(world_new_of(p), 1, 11, OK);
	assert_in_range(update_deadline(), log_.now_ns + 5000000, log_.now_ns + 5000000 + TICK_NS);
}

static void
u4_at_every_moment_at_most_one_version_has_the_estate_and_runs(void **state)
{
	(void)state;
	/* link refuses while the old holder runs: the model enforces it in every test here. */
	struct process *p = spawn("/boot/kv-1");
	assert_int_equal(world_update(1, p->pid, "/boot/kv-3"), RPC_DEFERRED);
	world_ready(world_new_of(p), 1, 11, OK);
	assert_int_equal(
	    insula_link(world_new_of(p)->instance.space, SLOT_ESTATE, p->estate), ERR_BUSY);
	world_quiesced(p, 3);
	assert_int_equal(log_.answer.update.in_flight, 3);
	world_check();
}

static void
u5_any_failure_before_the_switch_leaves_exactly_the_old_one_serving(void **state)
{
	(void)state;
	static const char *const to[] = { "/boot/kv-3", "/boot/kv-2" };
	for (unsigned which = 0; which < 2; which++) {
		unsigned n = 0;
		for (;;) {
			world_reset();
			struct process *p = spawn("/boot/kv-1");
			struct world before = world;
			static struct process table[PROCESSES];
			memcpy(table, process_table, sizeof table);
			log_.effects = 0;
			log_.fail_at = ++n;
			err_t err = world_update(1, p->pid, to[which]);
			uint64_t held = 0;
			if (err == RPC_DEFERRED) {
				struct process *new = world_new_of(p);
				uint64_t hash = new->instance.schema_hash;
				world_ready(new, 1, hash, OK);
				if (p->update != NULL)
					held = world_quiesced(p, 0);
				if (p->update != NULL)
					world_ready(new, 2, hash, OK);
				assert_null(p->update);
				assert_int_equal(log_.answers, 1);
				err = log_.answer_error;
			}
			world_check();
			if (err == OK)
				break; /* no effect was left to fail */
			assert_true(runs(p));
			if (held != 0)
				assert_int_equal(log_.replied_token, held); /* it goes on */
			assert_memory_equal(&world, &before, sizeof world);
			assert_memory_equal(process_table, table, sizeof table);
		}
		assert_true(n > (which == 0 ? 18 : 19));
	}
}

static void
u5_a_new_version_that_crashes_exits_or_is_killed_is_removed(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 3; how++) {
		for (unsigned when = 0; when < 3; when++) {
			world_reset();
			struct process *p = spawn("/boot/kv-1");
			struct world before = world;
			assert_int_equal(world_update(1, p->pid, "/boot/kv-2"), RPC_DEFERRED);
			struct process *new = world_new_of(p);
			uint64_t held = 0;
			if (when >= 1)
				world_ready(new, 1, 22, OK);
			if (when == 2)
				held = world_quiesced(p, 0);
			if (how == 0)
				world_fault(new, CAUSE_NULL);
			else if (how == 1)
				world_exit(new, 0);
			else
				assert_int_equal(process_kill(new->pid, 0), OK);
			assert_int_equal(log_.answers, 1);
			assert_int_equal(log_.answer_error, ERR_CRASHED);
			assert_true(runs(p));
			if (when == 2)
				assert_int_equal(log_.replied_token, held);
			assert_memory_equal(&world, &before, sizeof world);
			world_check();
			/* A QUIESCED that was on its way is told to go on. */
			uint64_t late = world_quiesced(p, 0);
			assert_int_equal(log_.replied_token, late);
			update(p, "/boot/kv-2");
		}
	}
}

static void
u5_a_hanging_new_version_does_not_hang_the_manager(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	struct world before = world;
	assert_int_equal(world_update(1, p->pid, "/boot/kv-2"), RPC_DEFERRED);
	err_t err;
	struct process *other = world_spawn("/boot/hello", 0, &err); /* others are served */
	assert_non_null(other);
	world_exit(other, 0);
	log_.now_ns = update_deadline();
	update_expire(log_.now_ns);
	assert_int_equal(log_.answer_error, ERR_TIMED_OUT);
	assert_int_equal(update_deadline(), TIME_NEVER);
	assert_memory_equal(&world, &before, sizeof world);
	/* And in the middle of a conversion. */
	assert_int_equal(world_update(2, p->pid, "/boot/kv-2"), RPC_DEFERRED);
	world_ready(world_new_of(p), 1, 22, OK);
	uint64_t held = world_quiesced(p, 0);
	log_.now_ns = update_deadline();
	update_expire(log_.now_ns);
	assert_int_equal(log_.answer_error, ERR_TIMED_OUT);
	assert_int_equal(log_.replied_token, held);
	assert_true(runs(p));
	assert_memory_equal(&world, &before, sizeof world);
	world_check();
}

static void
u5_a_refusal_a_wrong_schema_and_speaking_out_of_turn_are_told_apart(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	struct world before = world;
	static const struct {
		unsigned phase;
		uint64_t hash;
		err_t error, expected;
	} cases[] = {
		{ 1, 22, ERR_NO_MEMORY, ERR_REFUSED },
		{ 1, 23, OK, ERR_BAD_STATE },
		{ 2, 22, OK, ERR_PROTOCOL },
	};
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(world_update(i + 1, p->pid, "/boot/kv-2"), RPC_DEFERRED);
		world_ready(world_new_of(p), cases[i].phase, cases[i].hash, cases[i].error);
		assert_int_equal(log_.answer_number, i + 1);
		assert_int_equal(log_.answer_error, cases[i].expected);
		assert_true(log_.answer.update.reason[0] != '\0');
		assert_memory_equal(&world, &before, sizeof world);
	}
	assert_int_equal(world_update(9, p->pid, "/boot/kv-2"), RPC_DEFERRED);
	world_ready(world_new_of(p), 1, 22, OK);
	world_quiesced(p, 0);
	world_ready(world_new_of(p), 2, 22, ERR_BAD_STATE); /* the conversion fails */
	assert_int_equal(log_.answer_error, ERR_BAD_STATE);
	assert_memory_equal(&world, &before, sizeof world);
	assert_true(runs(p));
}

static void
u5_what_cannot_be_updated_is_refused_with_its_own_error(void **state)
{
	(void)state;
	struct process *hello = spawn("/boot/hello");
	struct process *kv = spawn("/boot/kv-1");
	struct world before = world;
	assert_int_equal(world_update(1, hello->pid, "/boot/kv-2"), ERR_NOT_A_SERVER);
	assert_int_equal(world_update(1, kv->pid, "/boot/clock"), ERR_OTHER_SERVICE);
	assert_int_equal(world_update(1, kv->pid, "/boot/hello"), ERR_OTHER_SERVICE);
	assert_int_equal(world_update(1, kv->pid, "/boot/kv-bare"), ERR_BAD_STATE);
	assert_int_equal(world_update(1, kv->pid, "/boot/broken"), ERR_BAD_IMAGE);
	assert_int_equal(world_update(1, kv->pid, "/boot/nothing"), ERR_NOT_FOUND);
	assert_int_equal(world_update(1, 4711, "/boot/kv-2"), ERR_NO_PROCESS);
	assert_memory_equal(&world, &before, sizeof world);
	assert_int_equal(log_.answers, 0);
}

static void
u6_after_each_there_and_back_everything_is_what_it_was(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	struct process *q = spawn("/boot/clock");
	struct world before = world;
	for (unsigned i = 0; i < 100; i++) {
		update(p, i % 2 ? "/boot/kv-1" : "/boot/kv-2");
		update(q, i % 2 ? "/boot/clock" : "/boot/clock-2");
		/* Doorbells were rung, and instances have new numbers; nothing else. */
		struct world now = world;
		for (unsigned n = 0; n < WORLD_OBJECTS; n++) {
			now.estate[n].doorbells = before.estate[n].doorbells;
			now.piddb[n].instance = before.piddb[n].instance;
		}
		unsigned spaces = 0, estates = 0;
		for (unsigned n = 0; n < WORLD_OBJECTS; n++) {
			spaces += now.space[n].alive;
			estates += now.estate[n].alive;
		}
		assert_int_equal(spaces, 2);
		assert_int_equal(estates, 3); /* two estates and kv's state */
		assert_memory_equal(now.piddb, before.piddb, sizeof now.piddb);
		assert_memory_equal(now.told, before.told, sizeof now.told);
		assert_int_equal(now.journal, 0);
	}
}

static void
u7_the_interruption_is_a_fixed_number_of_steps(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	uint32_t first = 0;
	for (unsigned i = 0; i < 5; i++) {
		update(p, i % 2 ? "/boot/kv-1" : "/boot/kv-3");
		/* From the stop of the old one to SERVE: three insulators, two links, one reply. */
		if (i == 0)
			first = log_.serving_calls;
		assert_int_equal(log_.serving_calls, first);
		spawn("/boot/kv-1"); /* the system grows, the interruption does not */
		for (unsigned n = 0; n < 10; n++)
			spawn("/boot/hello");
	}
	assert_true(first <= 6);
}

static void
u8_at_most_two_versions_and_a_second_update_has_its_own_error(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	struct process *q = spawn("/boot/clock");
	assert_int_equal(world_update(1, p->pid, "/boot/kv-2"), RPC_DEFERRED);
	assert_int_equal(world_update(2, p->pid, "/boot/kv-2"), ERR_UPDATE_RUNNING);
	world_ready(world_new_of(p), 1, 22, OK);
	assert_int_equal(world_update(3, p->pid, "/boot/kv-2"), ERR_UPDATE_RUNNING);
	assert_int_equal(world_update(4, q->pid, "/boot/clock-2"), RPC_DEFERRED); /* another's */
	world_quiesced(p, 0);
	assert_int_equal(world_update(5, p->pid, "/boot/kv-2"), ERR_UPDATE_RUNNING);
	world_ready(world_new_of(q), 1, 0, OK);
	world_quiesced(q, 0);
	assert_int_equal(log_.answer_number, 4);
	world_ready(world_new_of(p), 2, 22, OK);
	assert_int_equal(log_.answer_number, 1);
	assert_int_equal(log_.answer_error, OK);
	world_check();
}

static void
u9_a_downgrade_is_an_update(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-2");
	update(p, "/boot/kv-1");
	update(p, "/boot/kv-2");
	update(p, "/boot/kv-2"); /* and so is the same version again */
	assert_int_equal(pc_of(p), 0x400300);
}

static void
a_dry_run_goes_up_to_ready_and_changes_nothing(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	struct world before = world;
	struct process_update_in in = { .pid = p->pid, .flags = PROCESS_UPDATE_DRY_RUN };
	struct process_update_out out;
	memset(&out, 0, sizeof out);
	strcpy(in.path, "/boot/kv-2");
	assert_int_equal(
	    update_begin((struct rpc_reference){ .number = 1 }, &in, &out), RPC_DEFERRED);
	world_ready(world_new_of(p), 1, 22, OK);
	assert_int_equal(log_.answer_error, OK);
	assert_int_equal(log_.answer.update.step, UPDATE_INITIALISE);
	assert_memory_equal(&world, &before, sizeof world);
	world_check();
}

/* --- crashes and kills of a server */

static void
restart(struct process *p)
{
	struct process *new = world_new_of(p);
	assert_false(runs(p));
	world_check();
	world_ready(new, 1, new->instance.schema_hash, OK);
	assert_null(p->update);
	assert_int_equal(log_.replied_word[0], READY_RECOVER);
	assert_true(runs(p));
	world_check();
}

static void
a_crashed_server_comes_back_with_its_state_and_recovers(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	handle_t estate = p->estate, kept = p->state_estate;
	pid_number_t pid = p->pid;
	world_fault(p, CAUSE_NULL);
	assert_int_equal(log_.prints, 1);
	world_fault(p, CAUSE_NULL); /* its other threads' faults are old news */
	assert_int_equal(log_.prints, 1);
	restart(p);
	assert_int_equal(p->pid, pid);
	assert_int_equal(p->estate, estate);
	assert_int_equal(p->state_estate, kept);
	assert_int_equal(log_.answers, 0); /* nobody asked */
}

static void
a_killed_server_comes_back_every_time_unless_it_is_for_good(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	pid_number_t pid = p->pid;
	struct world before = world;
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(process_kill(pid, 0), OK);
		assert_int_equal(process_kill(pid, 0), OK); /* twice is as good as once */
		restart(p);
	}
	unsigned spaces = 0;
	for (unsigned n = 0; n < WORLD_OBJECTS; n++)
		spaces += world.space[n].alive;
	assert_int_equal(spaces, 1);
	assert_memory_equal(world.told, before.told, sizeof world.told);
	assert_int_equal(process_kill(pid, PROCESS_KILL_FOR_GOOD), OK);
	assert_int_equal(process_kill(pid, 0), ERR_NO_PROCESS);
	world_check();
}

static void
a_storm_of_crashes_ends_with_a_line(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1");
	pid_number_t pid = p->pid;
	unsigned restarts = 0;
	while (process_by_pid(pid) != NULL) {
		world_fault(p, CAUSE_NULL);
		if (process_by_pid(pid) == NULL)
			break;
		restart(p);
		restarts++;
		assert_true(restarts < 2 * STORM_CRASHES);
	}
	assert_int_equal(restarts, STORM_CRASHES - 1);
	assert_non_null(strstr(log_.printed, "is given up"));
	world_check();
	/* With time between the crashes it comes back for ever. */
	p = spawn("/boot/kv-1");
	for (unsigned i = 0; i < 50; i++) {
		log_.now_ns += 2 * STORM_NS;
		world_fault(p, CAUSE_NULL);
		restart(p);
	}
}

static void
a_restart_that_fails_is_tried_again_and_then_given_up(void **state)
{
	(void)state;
	struct world before = world;
	for (unsigned how = 0; how < 3; how++) {
		struct process *p = spawn("/boot/kv-1");
		pid_number_t pid = p->pid;
		world_fault(p, CAUSE_NULL);
		for (unsigned i = 0; i < 2 * STORM_CRASHES && process_by_pid(pid) != NULL; i++) {
			world_check();
			if (how == 0) {
				world_fault(world_new_of(p), CAUSE_NULL);
			} else if (how == 1) {
				world_exit(world_new_of(p), 1);
			} else {
				log_.now_ns = update_deadline();
				update_expire(log_.now_ns);
			}
		}
		assert_null(process_by_pid(pid));
		assert_non_null(strstr(log_.printed, "is given up"));
		assert_memory_equal(&world, &before, sizeof world);
		world_check();
	}
}

static void
a_restart_for_which_there_is_nothing_left_ends_the_process(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		world_reset();
		struct world before = world;
		struct process *p = spawn("/boot/kv-1");
		pid_number_t pid = p->pid;
		log_.effects = 0;
		log_.fail_at = n;
		world_fault(p, CAUSE_NULL);
		world_check();
		if (process_by_pid(pid) != NULL)
			break;
		assert_memory_equal(&world, &before, sizeof world);
	}
}

static void
a_crash_of_the_old_version_in_an_update_hands_over_to_the_new_one(void **state)
{
	(void)state;
	for (unsigned when = 0; when < 2; when++) {
		world_reset();
		struct process *p = spawn("/boot/kv-1");
		assert_int_equal(world_update(1, p->pid, "/boot/kv-3"), RPC_DEFERRED);
		struct process *new = world_new_of(p);
		if (when == 1)
			world_ready(new, 1, 11, OK);
		world_fault(p, CAUSE_NULL);
		world_check();
		if (when == 0)
			world_ready(new, 1, 11, OK);
		assert_int_equal(log_.answer_error, OK);
		assert_int_equal(log_.replied_word[0], READY_RECOVER);
		assert_int_equal(pc_of(p), 0x400400);
		world_check();
	}
}

static void
an_interrupted_state_is_never_converted(void **state)
{
	(void)state;
	/* The old one crashes: the update fails, and the old file is started again. */
	struct process *p = spawn("/boot/kv-1");
	assert_int_equal(world_update(1, p->pid, "/boot/kv-2"), RPC_DEFERRED);
	world_ready(world_new_of(p), 1, 22, OK);
	world_fault(p, CAUSE_NULL);
	assert_int_equal(log_.answer_error, ERR_BAD_STATE);
	restart(p);
	assert_int_equal(pc_of(p), 0x400200);
	/* The old one hangs: it goes on as it was. */
	assert_int_equal(world_update(2, p->pid, "/boot/kv-2"), RPC_DEFERRED);
	world_ready(world_new_of(p), 1, 22, OK);
	log_.now_ns = update_deadline();
	update_expire(log_.now_ns);
	assert_int_equal(log_.answer_number, 2);
	assert_int_equal(log_.answer_error, ERR_BAD_STATE);
	assert_true(runs(p));
	world_check();
}

static void
a_version_is_nobodys_child(void **state)
{
	(void)state;
	struct process *parent = spawn("/boot/hello");
	err_t err;
	struct process *p = world_spawn("/boot/kv-1", parent->pid, &err);
	struct process *child = world_spawn("/boot/hello", parent->pid, &err);
	struct process_wait_out out;
	assert_int_equal(world_update(1, p->pid, "/boot/kv-3"), RPC_DEFERRED);
	assert_int_equal(world_new_of(p)->parent, 0);
	assert_int_equal(process_wait((struct rpc_reference){ .number = 7 }, parent->pid,
			     world_new_of(p)->pid, &out),
	    ERR_NO_PROCESS);
	world_exit(child, 0);
	world_check();
}

static void
the_end_of_a_process_ends_its_update(void **state)
{
	(void)state;
	struct world before = world;
	for (unsigned when = 0; when < 3; when++) {
		struct process *p = spawn("/boot/kv-1");
		assert_int_equal(world_update(when + 1, p->pid, "/boot/kv-2"), RPC_DEFERRED);
		struct process *new = world_new_of(p);
		if (when >= 1)
			world_ready(new, 1, 22, OK);
		if (when >= 2)
			world_quiesced(p, 0);
		assert_int_equal(process_kill(p->pid, PROCESS_KILL_FOR_GOOD), OK);
		assert_int_equal(log_.answer_number, when + 1);
		assert_int_equal(log_.answer_error, ERR_NO_PROCESS);
		world.journal = 0;
		assert_memory_equal(&world, &before, sizeof world);
		world_check();
	}
}

static void
an_insulator_is_not_told_of_its_own_update_and_nobody_starts_meanwhile(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/clock");
	uint32_t id;
	assert_int_equal(insulator_add(p->pid, "clock", INSULATOR_OTHER, &id), OK);
	struct process *q = spawn("/boot/clock");
	update(q, "/boot/clock-2"); /* others' updates it is told of */
	assert_int_equal(world_update(1, p->pid, "/boot/clock-2"), RPC_DEFERRED);
	world_ready(world_new_of(p), 1, 0, OK);
	world_quiesced(p, 0);
	assert_int_equal(log_.answer_error, OK);
	world_check();
	/* While it stands still a spawn is refused, not hung. */
	p->instance.stopped = true;
	err_t err;
	assert_null(world_spawn("/boot/hello", 0, &err));
	assert_int_equal(err, ERR_BUSY);
	p->instance.stopped = false;
}

/* --- everything at once */

static uint32_t seed;

static uint32_t
pick(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* From p on, the new or the old one of an update; most often there is something to say. */
static struct process *
next_in_update(struct process *p, bool new)
{
	for (unsigned n = 0; n < PROCESSES; n++) {
		struct process *q = &process_table[(size_t)(p - process_table + n) % PROCESSES];
		if (q->state == PROCESS_ALIVE && q->update != NULL &&
		    (new ? q->update->new : q->update->old) == q)
			return q;
	}
	return NULL;
}

static void
random_step(void)
{
	static const char *const paths[] = { "/boot/hello", "/boot/kv-1", "/boot/kv-2",
		"/boot/kv-3", "/boot/clock", "/boot/clock-2", "/boot/broken" };
	struct process *p = &process_table[pick(24)];
	struct process_wait_out out;
	err_t err;
	bool alive = p->state == PROCESS_ALIVE;
	bool rings = alive && (p->flags & PROCESS_INVISIBLE) == 0; /* it can make RPC calls */
	switch (pick(12)) {
	case 0:
	case 1:
		if (process_table_end() - process_table < 24)
			(void)world_spawn(paths[pick(7)], rings && pick(2) ? p->pid : 0, &err);
		break;
	case 2:
		if (alive && !p->instance.stopped)
			world_exit(p, 1);
		break;
	case 3:
		err = process_kill(p->pid, pick(3) == 0);
		(void)err;
		break;
	case 4:
		if (alive)
			world_fault(p, pick(12));
		break;
	case 5:
	case 6:
		(void)world_update(pick(1000) + 1, p->pid, paths[pick(7)]);
		break;
	case 7:
	case 8:
		p = next_in_update(p, true);
		if (p != NULL && p->instance.ready_token == 0 && !p->instance.stopped)
			world_ready(p, 1 + pick(8) / 7, p->instance.schema_hash + pick(20) / 19,
			    pick(10) ? OK : ERR_REFUSED);
		break;
	case 9:
		p = next_in_update(p, false);
		if (p != NULL && p->instance.quiesced_token == 0 && !p->instance.stopped)
			world_quiesced(p, 0);
		break;
	case 10:
		log_.now_ns += pick(2000) * 1000000ull;
		update_expire(log_.now_ns);
		break;
	default:
		if (rings)
			(void)process_wait((struct rpc_reference){ .number = 1 }, p->pid, 0, &out);
	}
}

static void
random_histories_keep_every_invariant(void **state)
{
	(void)state;
	struct world empty = world;
	unsigned committed = 0;
	for (unsigned run = 0; run < 200; run++) {
		seed = run;
		for (unsigned n = 0; n < 300; n++) {
			log_.effects = 0;
			log_.fail_at = pick(4) == 0 ? 1 + pick(20) : 0;
			/* What undoes is not made to fail: that is one fault too many. */
			random_step();
			world_check();
			committed += log_.answers != 0 && log_.answer_error == OK &&
			    strcmp(log_.answer.update.reason, "COMMITTED") == 0;
			log_.answers = 0;
			world.journal = 0;
		}
		log_.fail_at = 0;
		for (struct process *p = process_table; p < process_table + PROCESSES; p++)
			if (p->state == PROCESS_ALIVE && (p->flags & PROCESS_INVISIBLE) == 0)
				process_end(p, END_KILLED, 0);
		world_check();
		world.journal = 0;
		assert_memory_equal(&world, &empty, sizeof world);
	}
	assert_true(committed > 100);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(u1_the_new_version_is_invisible_until_it_takes_over),
		TEST(m3_update_swaps_the_pids_and_keeps_everything_that_belongs_to_the_pid),
		TEST(u2_the_schema_is_converted_into_a_state_of_its_own),
		TEST(u3_the_old_version_is_asked_and_stopped_at_its_deadline_and_a_tick),
		TEST(u3_a_deadline_of_the_callers_own_is_kept),
		TEST(u4_at_every_moment_at_most_one_version_has_the_estate_and_runs),
		TEST(u5_any_failure_before_the_switch_leaves_exactly_the_old_one_serving),
		TEST(u5_a_new_version_that_crashes_exits_or_is_killed_is_removed),
		TEST(u5_a_hanging_new_version_does_not_hang_the_manager),
		TEST(u5_a_refusal_a_wrong_schema_and_speaking_out_of_turn_are_told_apart),
		TEST(u5_what_cannot_be_updated_is_refused_with_its_own_error),
		TEST(u6_after_each_there_and_back_everything_is_what_it_was),
		TEST(u7_the_interruption_is_a_fixed_number_of_steps),
		TEST(u8_at_most_two_versions_and_a_second_update_has_its_own_error),
		TEST(u9_a_downgrade_is_an_update),
		TEST(a_dry_run_goes_up_to_ready_and_changes_nothing),
		TEST(a_crashed_server_comes_back_with_its_state_and_recovers),
		TEST(a_killed_server_comes_back_every_time_unless_it_is_for_good),
		TEST(a_storm_of_crashes_ends_with_a_line),
		TEST(a_restart_that_fails_is_tried_again_and_then_given_up),
		TEST(a_restart_for_which_there_is_nothing_left_ends_the_process),
		TEST(a_crash_of_the_old_version_in_an_update_hands_over_to_the_new_one),
		TEST(an_interrupted_state_is_never_converted),
		TEST(a_version_is_nobodys_child),
		TEST(the_end_of_a_process_ends_its_update),
		TEST(an_insulator_is_not_told_of_its_own_update_and_nobody_starts_meanwhile),
		TEST(random_histories_keep_every_invariant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
