/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: test/unit/pm/world.c src/pm/boot.c src/pm/control.c src/pm/end.c src/pm/insulator.c
 *          src/pm/process.c src/pm/show.c src/pm/spawn.c src/pm/switch.c src/pm/update.c
 *          userland/lib/text/text.c */
/*
 * The life of processes: add_process and remove_process over every insulator,
 * parents and children, kills and crashes.
 */
#include "world.h"

#include "../../../src/pm/show.h"

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
spawn(const char *path, pid_number_t parent)
{
	err_t err;
	struct process *p = world_spawn(path, parent, &err);
	assert_int_equal(err, OK);
	world_check();
	return p;
}

static err_t
wait_for(uint64_t number, pid_number_t caller, pid_number_t pid, struct process_wait_out *out)
{
	memset(out, 0, sizeof *out);
	err_t err = process_wait((struct rpc_reference){ .number = number }, caller, pid, out);
	world_check();
	return err;
}

/* --- M */

static void
m1_every_insulator_is_asked_before_a_process_runs(void **state)
{
	(void)state;
	const struct process *p = spawn("/boot/hello", 0);
	assert_true(p->pid >= 16);
	/* PID, memory, links, rpc, path, then the thread and only last its start. */
	assert_string_equal(log_.order, "pml12tckckks");
}

static void
m1_a_refusal_at_any_step_undoes_the_others(void **state)
{
	(void)state;
	static const char *const paths[] = { "/boot/hello", "/boot/kv-1" };
	for (unsigned which = 0; which < 2; which++) {
		world_reset();
		struct process *parent = spawn("/boot/hello", 0);
		struct world before = world;
		static struct process table[PROCESSES];
		memcpy(table, process_table, sizeof table);
		unsigned n = 0;
		for (;;) {
			log_.effects = 0;
			log_.fail_at = ++n;
			err_t err;
			struct process *p = world_spawn(paths[which], parent->pid, &err);
			if (p != NULL)
				break;
			assert_int_not_equal(err, OK);
			assert_memory_equal(&world, &before, sizeof world);
			assert_memory_equal(process_table, table, sizeof table);
			world_check();
		}
		assert_true(n > 10); /* every step was failed once */
	}
}

static void
m1_a_refusing_insulator_undoes_those_before_it(void **state)
{
	(void)state;
	struct process *own = spawn("/boot/hello", 0);
	uint32_t id;
	assert_int_equal(insulator_add(own->pid, "watch", INSULATOR_OTHER, &id), OK);
	struct world before = world;
	log_.refusing = id;
	err_t err;
	assert_null(world_spawn("/boot/hello", 0, &err));
	assert_int_equal(err, ERR_REFUSED);
	assert_memory_equal(&world, &before, sizeof world);
	world_check();
}

static void
m2_remove_process_tells_every_insulator_in_reverse_and_leaves_nothing(void **state)
{
	(void)state;
	struct process *own = spawn("/boot/hello", 0);
	uint32_t id;
	assert_int_equal(insulator_add(own->pid, "watch", INSULATOR_OTHER, &id), OK);
	struct world before = world;
	struct process *p = spawn("/boot/hello", 0);
	memset(log_.order, 0, sizeof log_.order);
	world_exit(p, 0);
	/* watch, path, rpc, memory. */
	assert_string_equal(log_.order, "dcba");
	assert_memory_equal(&world, &before, sizeof world);
	world_check();
}

static void
m4_find_gives_the_first_match_and_never_an_invisible_process(void **state)
{
	(void)state;
	const struct process *a = spawn("/boot/hello", 0);
	const struct process *b = spawn("/boot/hello", 0);
	struct process *kv = spawn("/boot/kv-1", 0);
	assert_ptr_equal(process_find("hello", 0), a);
	assert_ptr_equal(process_find("/boot/hello", 0), a);
	assert_ptr_equal(process_find("hello", a->pid), b);
	assert_null(process_find("hello", b->pid));
	assert_ptr_equal(process_find("kv", 0), kv);
	assert_ptr_equal(process_find("kv-1", 0), kv);
	assert_null(process_find("kv-3", 0));
	assert_int_equal(world_update(1, kv->pid, "/boot/kv-3"), RPC_DEFERRED);
	assert_null(process_find("kv-3", 0)); /* there, and invisible */
	assert_ptr_equal(process_find("kv", 0), kv);
	world_exit(a, 0);
	assert_ptr_equal(process_find("hello", 0), b);
	world_exit(b, 0);
	assert_null(process_find("hello", 0));
}

static void
m5_an_insulator_is_told_from_its_registration_on_and_not_of_what_it_never_saw(void **state)
{
	(void)state;
	struct process *old = spawn("/boot/hello", 0);
	struct process *own = spawn("/boot/hello", 0);
	uint32_t id, second, third;
	assert_int_equal(insulator_add(own->pid, "watch", INSULATOR_OTHER, &id), OK);
	struct process *new = spawn("/boot/hello", 0);
	world_exit(old, 0); /* the model refuses a removal that it never saw */
	world_check();
	/* Two of one name during an update, never three. */
	assert_int_equal(insulator_add(own->pid, "watch", INSULATOR_OTHER, &second), OK);
	assert_int_equal(insulator_add(own->pid, "watch", INSULATOR_OTHER, &third), ERR_EXISTS);
	assert_int_not_equal(id, second);
	struct process *both = spawn("/boot/hello", 0);
	assert_int_equal(insulator_remove(own->pid, id), OK);
	world_check();
	world_exit(new, 0);
	world_exit(both, 0);
	world_check();
	assert_int_equal(insulator_remove(own->pid, id), ERR_NOT_FOUND);
	assert_int_equal(insulator_remove(own->pid + 1, second), ERR_REFUSED);
	assert_int_equal(insulator_remove(3, insulator_table[0].id), ERR_REFUSED);
	/* An insulator that ends is told nothing any more. */
	world_exit(own, 0);
	assert_int_equal(insulator_count, 3);
	spawn("/boot/hello", 0);
}

static void
m5_each_insulator_gets_only_its_own_properties(void **state)
{
	(void)state;
	static const char given[] = "path:directory=/boot\0watch:level=3\0watch:what=all\0"
				    "watcher:no=1\0watch\0:x\0bad";
	char got[64];
	memset(got, 'x', sizeof got);
	uint32_t n = insulator_section("watch", given, sizeof given - 1, got, sizeof got);
	assert_int_equal(n, sizeof "level=3\0what=all");
	assert_memory_equal(got, "level=3\0what=all", n);
	assert_int_equal(insulator_section("path", given, sizeof given - 1, got, sizeof got),
	    sizeof "directory=/boot");
	assert_int_equal(insulator_section("path", given, sizeof given - 1, got, 5), 0);
	assert_int_equal(insulator_section("bad", given, sizeof given - 1, got, sizeof got), 0);
	assert_int_equal(insulator_section("other", given, 0, got, sizeof got), 0);

	struct spawn_descriptor d;
	memset(&d, 0, sizeof d);
	strcpy(d.path, "/boot/hello");
	struct spawn_request r = {
		.descriptor = &d, .properties = given, .properties_bytes = sizeof given - 1
	};
	struct process *p;
	struct line why;
	assert_int_equal(process_spawn(&r, &p, &why), OK);
	assert_string_equal(log_.section, "directory=/boot"); /* path was the last one asked */
}

/* --- P */

static void
p1_an_exit_ends_the_process_and_its_parent_learns_the_status(void **state)
{
	(void)state;
	struct process_wait_out out;
	struct process *parent = spawn("/boot/hello", 0);
	struct process *child = spawn("/boot/hello", parent->pid);
	pid_number_t pid = child->pid;
	world_exit(child, 42);
	assert_int_equal(wait_for(1, parent->pid, pid, &out), OK);
	assert_int_equal(out.pid, pid);
	assert_int_equal(out.status, 42);
	assert_int_equal(out.reason, END_EXIT);
	assert_int_equal(wait_for(2, parent->pid, pid, &out), ERR_NO_PROCESS); /* once */
}

static void
p3_a_crash_ends_only_that_process_prints_one_line_and_tells_the_parent(void **state)
{
	(void)state;
	struct process_wait_out out;
	struct process *parent = spawn("/boot/hello", 0);
	struct process *child = spawn("/boot/hello", parent->pid);
	struct line expected;
	line_start(&expected, "crash: hello (pid ");
	line_number(&expected, child->pid);
	line_text(&expected, ") thread 57: write to 0x0 at pc 0x401234: null pointer");
	world_fault(child, CAUSE_NULL);
	assert_string_equal(log_.printed, expected.text);
	assert_int_equal(log_.prints, 1);
	assert_int_equal(wait_for(1, parent->pid, 0, &out), OK);
	assert_int_equal(out.reason, END_CRASHED);
	assert_int_equal(out.status, EXIT_CRASHED);
	assert_non_null(process_by_pid(parent->pid));
	world_check();
}

static void
p7_removal_frees_everything_and_orphans_are_nobodys(void **state)
{
	(void)state;
	struct process_wait_out out;
	struct world before = world;
	struct process *parent = spawn("/boot/hello", 0);
	struct process *child = spawn("/boot/kv-1", parent->pid);
	struct process *ended = spawn("/boot/hello", parent->pid);
	world_exit(ended, 1); /* a zombie */
	assert_int_equal(wait_for(1, parent->pid, child->pid, &out), RPC_DEFERRED);
	world_exit(parent, 0);
	world_check();
	assert_int_equal(child->parent, 0);
	assert_int_equal(process_kill(child->pid, PROCESS_KILL_FOR_GOOD), OK);
	assert_int_equal(log_.answers, 0); /* who waited is gone */
	assert_memory_equal(&world, &before, sizeof world);
	assert_ptr_equal(process_table_end(), process_table);
}

static void
p10_a_thousand_processes_come_and_go_and_nothing_is_left(void **state)
{
	(void)state;
	struct world before = world;
	for (unsigned i = 0; i < 1000; i++) {
		struct process *p = spawn(i % 2 ? "/boot/hello" : "/boot/kv-1", 0);
		assert_int_equal(process_kill(p->pid, PROCESS_KILL_FOR_GOOD), OK);
	}
	assert_memory_equal(&world, &before, sizeof world);
}

static void
instances_are_never_numbered_twice(void **state)
{
	(void)state;
	uint32_t last = 0;
	for (unsigned i = 0; i < 300; i++) {
		struct process *p = spawn("/boot/hello", 0);
		assert_true(p->instance.number > last);
		last = p->instance.number;
		world_exit(p, 0);
	}
}

static void
a_wait_is_answered_when_the_child_ends_or_can_never_end(void **state)
{
	(void)state;
	struct process_wait_out out;
	struct process *parent = spawn("/boot/hello", 0);
	assert_int_equal(wait_for(1, parent->pid, 0, &out), ERR_NO_PROCESS);
	struct process *a = spawn("/boot/hello", parent->pid);
	struct process *b = spawn("/boot/hello", parent->pid);
	assert_int_equal(wait_for(2, parent->pid, b->pid, &out), RPC_DEFERRED);
	assert_int_equal(wait_for(3, parent->pid, 0, &out), RPC_DEFERRED);
	assert_int_equal(wait_for(4, parent->pid, 0, &out), RPC_DEFERRED);
	pid_number_t pid = a->pid;
	world_exit(a, 7);
	assert_int_equal(log_.answers, 1); /* one of the two that wait for any */
	assert_int_equal(log_.answer_number, 3);
	assert_int_equal(log_.answer.wait.pid, pid);
	assert_int_equal(log_.answer.wait.status, 7);
	world_check();
	world_exit(b, 8);
	/* b's own, then the other one in vain or with b. */
	assert_int_equal(log_.answers, 3);
	world_check();
}

static void
waits_of_others_children_are_refused(void **state)
{
	(void)state;
	struct process_wait_out out;
	struct process *a = spawn("/boot/hello", 0);
	struct process *b = spawn("/boot/hello", a->pid);
	assert_int_equal(wait_for(1, b->pid, a->pid, &out), ERR_NO_PROCESS);
	assert_int_equal(wait_for(2, b->pid, b->pid, &out), ERR_NO_PROCESS);
	assert_int_equal(wait_for(3, a->pid, 4711, &out), ERR_NO_PROCESS);
}

static void
a_full_table_is_a_clear_error(void **state)
{
	(void)state;
	err_t err = OK;
	unsigned n = 0;
	while (world_spawn("/boot/hello", 0, &err) != NULL)
		n++;
	assert_int_equal(err, ERR_TOO_MANY);
	assert_int_equal(n, PROCESSES);
	world_exit(&process_table[17], 0);
	assert_non_null(world_spawn("/boot/hello", 0, &err));
	world_check();
}

static void
bad_files_start_nothing(void **state)
{
	(void)state;
	struct world before = world;
	err_t err;
	assert_null(world_spawn("/boot/nothing", 0, &err));
	assert_int_equal(err, ERR_NOT_FOUND);
	assert_null(world_spawn("/boot/broken", 0, &err));
	assert_int_equal(err, ERR_BAD_IMAGE);
	assert_memory_equal(&world, &before, sizeof world);
	assert_int_equal(log_.effects, 0);
}

static void
s2_a_process_without_the_privilege_has_at_most_63_and_children_at_most_their_parents(void **state)
{
	(void)state;
	struct spawn_descriptor d;
	struct spawn_request r = { .descriptor = &d };
	struct process *p, *child;
	struct line why;
	memset(&d, 0, sizeof d);
	strcpy(d.path, "/boot/hello");
	d.priority = 64;
	assert_int_equal(process_spawn(&r, &p, &why), ERR_LIMIT);
	d.limit = 200;
	assert_int_equal(process_spawn(&r, &p, &why), ERR_LIMIT);
	d.flags = SPAWN_PRIVILEGED;
	d.policy = POLICY_FIFO;
	assert_int_equal(process_spawn(&r, &p, &why), OK);
	assert_int_equal(p->limit, 200);
	/* S3: the policy is the parent's, and the priority unless said otherwise. */
	r.parent = p->pid;
	d.priority = d.limit = d.flags = 0;
	d.policy = POLICY_RR;
	assert_int_equal(process_spawn(&r, &child, &why), OK);
	assert_int_equal(child->priority, 64);
	assert_int_equal(child->policy, POLICY_FIFO);
	assert_int_equal(child->limit, 200);
	d.priority = 70; /* a request of a program's says no policy */
	d.policy = POLICY_RR;
	assert_int_equal(process_spawn(&r, &child, &why), OK);
	assert_int_equal(child->priority, 70);
	assert_int_equal(child->policy, POLICY_FIFO);
	d.priority = 201;
	assert_int_equal(process_spawn(&r, &p, &why), ERR_LIMIT);
	world_check();
}

static void
grants_are_in_the_estate_and_an_essential_process_ends_the_system(void **state)
{
	(void)state;
	struct spawn_descriptor d;
	struct spawn_request r = { .descriptor = &d };
	struct process *p;
	struct line why;
	memset(&d, 0, sizeof d);
	strcpy(d.name, "driver");
	strcpy(d.path, "/boot/clock");
	d.flags = SPAWN_ESSENTIAL;
	d.grants = 3;
	d.grant[0].kind = GRANT_IRQ;
	d.grant[0].handle = 77;
	d.grant[1].kind = GRANT_DEVICE;
	d.grant[2].kind = GRANT_CAPABILITY;
	assert_int_equal(process_spawn(&r, &p, &why), OK);
	assert_int_equal(world.estate[p->estate - 2000].caps, 3);
	assert_string_equal(p->name, "driver");
	world_exit(p, 3);
	assert_int_equal(log_.powered_off, 1);
	assert_int_equal(log_.power_status, 3);
}

static void
what_is_kept_on_demand_is_found_by_its_path_and_comes_with_its_grants(void **state)
{
	(void)state;
	struct spawn_descriptor d;
	struct spawn_request r = { .descriptor = NULL };
	struct process *p, *parent = spawn("/boot/hello", 0);
	struct line why;
	memset(&d, 0, sizeof d);
	strcpy(d.name, "driver");
	strcpy(d.path, "/boot/clock");
	d.limit = PRIORITY_UNPRIVILEGED_MAX;
	d.priority = 45;
	d.grants = 1;
	d.grant[0].kind = GRANT_IRQ;
	d.grant[0].handle = 77;
	assert_non_null(birth_keep(&d)); /* of a process that runs: not for anybody */
	assert_null(birth_on_demand("/boot/clock"));
	d.flags = SPAWN_ON_DEMAND;
	assert_non_null(birth_keep(&d));
	assert_null(birth_on_demand("/boot/clocks"));
	assert_null(birth_on_demand(""));

	r.descriptor = birth_on_demand("/boot/clock");
	r.parent = parent->pid;
	for (int again = 0; again < 2; again++) {
		assert_non_null(r.descriptor);
		assert_int_equal(process_spawn(&r, &p, &why), OK);
		assert_string_equal(p->name, "driver");
		assert_int_equal(p->parent, parent->pid);
		assert_int_equal(p->priority, 45);
		assert_true(world.estate[p->estate - 2000].caps > 0);
		world_exit(p, 0);
		world_check();
	}
	parent->limit = 44; /* S2: not above what the parent may have */
	assert_int_equal(process_spawn(&r, &p, &why), ERR_LIMIT);
}

static void
what_has_the_manifest_s_grants_or_arguments_is_nobody_else_s_to_start(void **state)
{
	(void)state;
	struct spawn_descriptor d;
	struct spawn_request r = { .descriptor = &d };
	const struct process *parent = spawn("/boot/hello", 0);
	struct process *p, *kept;
	struct line why;
	err_t err;
	for (unsigned which = 0; which < 4; which++) {
		memset(&d, 0, sizeof d);
		strcpy(d.path, "/boot/kv-1");
		d.flags = which == 3 ? 0 : SPAWN_RESTART;
		d.argc = which == 1 ? 2 : 1;
		if (which == 2) {
			d.grants = 1;
			d.grant[0] = (struct spawn_grant){ .kind = GRANT_ARCHIVE };
		}
		assert_int_equal(process_spawn(&r, &kept, &why), OK);
		const bool refused = which == 1 || which == 2;
		const struct world before = world;
		const struct spawn_descriptor plain = { .path = "/boot/kv-1" };
		const struct spawn_request again = { .descriptor = &plain, .parent = parent->pid };
		err = process_spawn(&again, &p, &why);
		assert_int_equal(err, refused ? ERR_REFUSED : OK);
		if (refused) {
			assert_string_equal(
			    why.text, "no program for a prompt: the system starts it");
			assert_memory_equal(&world, &before, sizeof world);
		} else {
			world_exit(p, 0);
		}
		world_exit(kept, 0);
		world_check();
	}
}

static void
the_sentence_of_a_refusal_has_the_error_s_text(void **state)
{
	(void)state;
	struct spawn_descriptor d;
	const struct spawn_request r = { .descriptor = &d };
	struct process *p;
	struct line why;
	memset(&d, 0, sizeof d);
	strcpy(d.path, "/boot/hello");
	d.priority = PRIORITY_MAX;
	assert_int_equal(process_spawn(&r, &p, &why), ERR_LIMIT);
	assert_string_equal(why.text, "its priority: the priority is above the caller's limit");
}

static void
a_program_of_the_manifest_that_restarts_is_started_anew(void **state)
{
	(void)state;
	struct spawn_descriptor d;
	struct spawn_request r = { .descriptor = &d };
	struct process *p;
	struct line why;
	memset(&d, 0, sizeof d);
	strcpy(d.name, "shell");
	strcpy(d.path, "/boot/hello");
	d.flags = SPAWN_RESTART | SPAWN_ESSENTIAL;
	assert_int_equal(process_spawn(&r, &p, &why), OK);
	const struct world before = world;
	assert_int_equal(process_kill(p->pid, PROCESS_KILL_FOR_GOOD), ERR_REFUSED);
	assert_memory_equal(&world, &before, sizeof world);
	assert_int_equal(process_kill(p->pid, 0), OK);
	world_check();
	for (unsigned i = 1; i < STORM_CRASHES; i++) {
		p = process_find("shell", 0);
		assert_non_null(p);
		assert_string_equal(image_path(p->instance.file), "boot/hello");
		world_fault(p, CAUSE_NULL);
		world_check();
	}
	assert_int_equal(log_.powered_off, 0);
	world_fault(process_find("shell", 0), CAUSE_NULL);
	assert_null(process_find("shell", 0));
	assert_int_equal(log_.powered_off, 1); /* given up, and it was essential */
	assert_int_equal(log_.power_status, EXIT_CRASHED);
}

static void
an_unknown_instance_or_label_is_answered_and_changes_nothing(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/hello", 0);
	struct message m = { .label = CONTROL_EXIT, .badge = 4711, .token = 5 };
	control_message(&m);
	assert_int_equal(log_.replied_token, 5);
	m = (struct message){ .label = 99, .badge = p->instance.number, .token = 6 };
	control_message(&m);
	assert_int_equal(log_.replied_token, 6);
	uint64_t token = world_quiesced(p, 0);
	assert_int_equal(token, log_.replied_token); /* nobody asked: go on */
	world_check();
}

static void
capabilities_are_told_in_words(void **state)
{
	(void)state;
	struct process *p = spawn("/boot/kv-1", 0);
	struct process_caps_out out;
	memset(&out, 0, sizeof out);
	assert_int_equal(show_cap(p->pid, 0, &out), OK);
	assert_string_equal(out.text, "endpoint main: send receive notify own");
	assert_true(out.next != 0);
	uint64_t next = out.next;
	memset(&out, 0, sizeof out);
	assert_int_equal(show_cap(p->pid, next, &out), OK);
	assert_string_equal(out.text, "interrupt lines 33-33");
	next = out.next;
	memset(&out, 0, sizeof out);
	assert_int_equal(show_cap(p->pid, next, &out), OK);
	assert_int_equal(out.next, 0);
	assert_int_equal(show_cap(4711, 0, &out), ERR_NO_PROCESS);
}

static void
list_goes_through_all_processes_in_the_order_of_their_pids(void **state)
{
	(void)state;
	struct process *parent = spawn("/boot/hello", 0);
	struct process *child = spawn("/boot/hello", parent->pid);
	spawn("/boot/kv-1", 0);
	world_exit(child, 0);
	uint64_t after = 0;
	unsigned n = 0, ended = 0;
	for (;;) {
		struct process_list_out out;
		memset(&out, 0, sizeof out);
		show_process(after, &out);
		if (out.pid == 0)
			break;
		assert_true(out.pid > after);
		after = out.pid;
		ended += (out.flags & PROCESS_ENDED) != 0;
		const uint64_t returns = out.flags &
		    (PROCESS_RESTARTS | PROCESS_STATE | PROCESS_KEPT);
		assert_int_equal(
		    returns, strcmp(out.name, "kv") == 0 ? PROCESS_RESTARTS | PROCESS_STATE : 0);
		n++;
	}
	assert_int_equal(n, 3);
	assert_int_equal(ended, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(m1_every_insulator_is_asked_before_a_process_runs),
		TEST(m1_a_refusal_at_any_step_undoes_the_others),
		TEST(m1_a_refusing_insulator_undoes_those_before_it),
		TEST(m2_remove_process_tells_every_insulator_in_reverse_and_leaves_nothing),
		TEST(m4_find_gives_the_first_match_and_never_an_invisible_process),
		TEST(m5_an_insulator_is_told_from_its_registration_on_and_not_of_what_it_never_saw),
		TEST(m5_each_insulator_gets_only_its_own_properties),
		TEST(p1_an_exit_ends_the_process_and_its_parent_learns_the_status),
		TEST(p3_a_crash_ends_only_that_process_prints_one_line_and_tells_the_parent),
		TEST(p7_removal_frees_everything_and_orphans_are_nobodys),
		TEST(p10_a_thousand_processes_come_and_go_and_nothing_is_left),
		TEST(instances_are_never_numbered_twice),
		TEST(a_wait_is_answered_when_the_child_ends_or_can_never_end),
		TEST(waits_of_others_children_are_refused),
		TEST(a_full_table_is_a_clear_error),
		TEST(bad_files_start_nothing),
		TEST(
		    s2_a_process_without_the_privilege_has_at_most_63_and_children_at_most_their_parents),
		TEST(grants_are_in_the_estate_and_an_essential_process_ends_the_system),
		TEST(what_is_kept_on_demand_is_found_by_its_path_and_comes_with_its_grants),
		TEST(what_has_the_manifest_s_grants_or_arguments_is_nobody_else_s_to_start),
		TEST(the_sentence_of_a_refusal_has_the_error_s_text),
		TEST(a_program_of_the_manifest_that_restarts_is_started_anew),
		TEST(an_unknown_instance_or_label_is_answered_and_changes_nothing),
		TEST(capabilities_are_told_in_words),
		TEST(list_goes_through_all_processes_in_the_order_of_their_pids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
