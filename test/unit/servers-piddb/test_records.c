/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: userland/servers/piddb/records.c */
/*
 * The PID database's records (M3, M4), checked by example and against a model
 * that is a plain list.
 */
#include "../../../userland/servers/piddb/records.h"

#include <insula/state/state.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct records records;
static const void *last_written;

/* The state's own tests show that it undoes; here a write is a write, and the last is known. */
void
state_write(const void *at, const void *bytes, uint64_t length)
{
	last_written = at;
	memcpy((void *)(uintptr_t)at, bytes, length);
}

void
state_zero(const void *at, uint64_t length)
{
	last_written = at;
	memset((void *)(uintptr_t)at, 0, length);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&records, 0, sizeof records);
	return 0;
}

/* A name as a message carries it, rubbish behind the NUL. */
static const char *
wire(const char *text)
{
	static char ring[4][RECORDS_NAME_BYTES];
	static unsigned turn;
	char *buffer = ring[turn++ % 4];
	memset(buffer, 'x', RECORDS_NAME_BYTES);
	memcpy(buffer, text, strlen(text) + 1);
	return buffer;
}

static uint32_t
add(const char *name, uint32_t instance, uint32_t flags)
{
	const uint32_t value[PIDDB_ITEMS] = {
		[PIDDB_INSTANCE] = instance,
		[PIDDB_FLAGS] = flags,
		[PIDDB_PARENT] = instance + 1000,
		[PIDDB_UID] = instance + 2000,
		[PIDDB_GID] = instance + 3000,
		[PIDDB_GROUP] = instance + 4000,
		[PIDDB_STATE] = instance + 5000,
	};
	uint32_t pid = 0;
	assert_int_equal(records_add(&records, 0, wire(name), value, &pid), OK);
	return pid;
}

static void
expect_found(const char *name, uint32_t want)
{
	uint32_t pid = 0;
	err_t err = records_find_name(&records, wire(name), &pid);
	assert_int_equal(err, want == 0 ? ERR_NOT_FOUND : OK);
	assert_int_equal(pid, want);
}

static void
pids_ascend_from_16_and_are_not_reused_before_the_wrap(void **state)
{
	(void)state;
	uint32_t last = 0;
	for (uint32_t n = RECORDS_FIRST_PID; n <= RECORDS_LAST_PID; n++) {
		uint32_t pid = add("/boot/a", 1, 0);
		assert_int_equal(pid, n);
		last = pid;
		assert_int_equal(records_remove(&records, pid), OK);
	}
	assert_int_equal(last, RECORDS_LAST_PID);
	assert_int_equal(add("/boot/a", 1, 0), RECORDS_FIRST_PID);
}

static void
a_pid_whose_place_is_taken_is_passed_over(void **state)
{
	(void)state;
	uint32_t stays = add("/boot/a", 1, 0);
	for (uint32_t n = 1; n < RECORDS; n++)
		assert_int_equal(records_remove(&records, add("/boot/b", 2, 0)), OK);
	uint32_t pid = add("/boot/c", 3, 0);
	assert_int_equal(pid, stays + RECORDS + 1);
	assert_int_equal(records_find(&records, stays)->pid, stays);
}

static void
wanted_pids_are_below_16_and_given_once(void **state)
{
	(void)state;
	const uint32_t value[PIDDB_ITEMS] = { 0 };
	uint32_t pid = 0;
	assert_int_equal(records_add(&records, 6, wire("process"), value, &pid), OK);
	assert_int_equal(pid, 6);
	assert_int_equal(records_add(&records, 6, wire("process"), value, &pid), ERR_EXISTS);
	assert_int_equal(records_add(&records, 16, wire("x"), value, &pid), ERR_ARGUMENT);
	assert_int_equal(records_add(&records, 5, wire(""), value, &pid), ERR_ARGUMENT);
	assert_int_equal(add("/boot/a", 1, 0), RECORDS_FIRST_PID);
}

static void
a_full_table_is_one_named_error_and_changes_nothing(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < RECORDS; n++)
		add("/boot/a", n, 0);
	static struct records before;
	before = records;
	const uint32_t value[PIDDB_ITEMS] = { 0 };
	uint32_t pid = 7;
	assert_int_equal(records_add(&records, 0, wire("/boot/b"), value, &pid), ERR_TOO_MANY);
	assert_int_equal(records_add(&records, 3, wire("/boot/b"), value, &pid), ERR_TOO_MANY);
	assert_int_equal(pid, 7);
	assert_memory_equal(&records, &before, sizeof records);
}

static void
M4_find_gives_the_first_match_by_file_name(void **state)
{
	(void)state;
	uint32_t a = add("/boot/kv-1", 1, 0);
	uint32_t b = add("/boot/test/kv-1", 2, 0);
	uint32_t c = add("kv-2", 3, 0);
	expect_found("kv-1", a);
	expect_found("/boot/kv-1", a);
	expect_found("/boot/test/kv-1", b);
	expect_found("kv-2", c);
	expect_found("kv", 0);
	expect_found("v-1", 0);
	expect_found("test/kv-1", 0);
	expect_found("", 0);
	assert_int_equal(records_remove(&records, a), OK);
	expect_found("kv-1", b);
	char endless[RECORDS_NAME_BYTES];
	memset(endless, 'a', sizeof endless);
	uint32_t pid;
	assert_int_equal(records_find_name(&records, endless, &pid), ERR_TOO_LONG);
}

static void
M4_find_never_gives_an_invisible_process(void **state)
{
	(void)state;
	uint32_t hidden = add("/boot/kv-2", 1, PIDDB_INVISIBLE | PIDDB_SERVER);
	expect_found("kv-2", 0);
	uint32_t seen = add("/boot/kv-2", 2, PIDDB_SERVER);
	expect_found("kv-2", seen);
	assert_int_equal(records_set(&records, hidden, PIDDB_FLAGS, PIDDB_SERVER), OK);
	expect_found("kv-2", hidden);
}

static void
M3_swap_moves_the_process_and_leaves_what_is_the_numbers(void **state)
{
	(void)state;
	uint32_t old = add("/boot/kv-1", 1, PIDDB_SERVER);
	uint32_t new = add("/boot/kv-2", 2, PIDDB_SERVER | PIDDB_INVISIBLE);
	static struct records before;
	before = records;
	assert_int_equal(records_swap(&records, old, new), OK);

	const struct pid_record *r = records_find(&records, old);
	assert_string_equal(r->name, "/boot/kv-2");
	assert_int_equal(r->value[PIDDB_INSTANCE], 2);
	assert_int_equal(r->value[PIDDB_STATE], 5002);
	assert_int_equal(r->value[PIDDB_PARENT], 1001);
	assert_int_equal(r->value[PIDDB_UID], 2001);
	assert_int_equal(r->value[PIDDB_GID], 3001);
	assert_int_equal(r->value[PIDDB_GROUP], 4001);
	expect_found("kv-2", old);
	expect_found("kv-1", 0);

	assert_int_equal(records_swap(&records, old, new), OK);
	assert_memory_equal(&records, &before, sizeof records);
}

static void
M3_a_failed_swap_changes_nothing(void **state)
{
	(void)state;
	uint32_t old = add("/boot/kv-1", 1, 0);
	static struct records before;
	before = records;
	assert_int_equal(records_swap(&records, old, old + 1), ERR_NO_PROCESS);
	assert_int_equal(records_swap(&records, old + 1, old), ERR_NO_PROCESS);
	assert_int_equal(records_swap(&records, old, old), ERR_ARGUMENT);
	assert_int_equal(records_swap(&records, 0, old), ERR_NO_PROCESS);
	assert_int_equal(records_swap(&records, old + RECORDS, old), ERR_NO_PROCESS);
	assert_memory_equal(&records, &before, sizeof records);
}

static void
set_and_remove_refuse_what_is_not_there(void **state)
{
	(void)state;
	uint32_t pid = add("/boot/a", 1, 0);
	static struct records before;
	before = records;
	assert_int_equal(records_set(&records, pid + 1, PIDDB_UID, 1), ERR_NO_PROCESS);
	assert_int_equal(records_set(&records, pid, PIDDB_ITEMS, 1), ERR_ARGUMENT);
	assert_int_equal(records_set(&records, pid, PIDDB_UID, 1ull << 32), ERR_ARGUMENT);
	assert_int_equal(records_remove(&records, pid + 1), ERR_NO_PROCESS);
	assert_int_equal(records_remove(&records, 0), ERR_NO_PROCESS);
	assert_memory_equal(&records, &before, sizeof records);
	assert_int_equal(records_set(&records, pid, PIDDB_UID, 77), OK);
	assert_int_equal(records_find(&records, pid)->value[PIDDB_UID], 77);
}

static void
the_journals_step_is_one_store_and_the_last(void **state)
{
	(void)state;
	assert_int_equal(records_journal(&records, 3, 20, 21, wire("/boot/kv-2")), OK);
	assert_ptr_equal(last_written, &records.journal_step);
	assert_int_equal((uintptr_t)&records.journal_step % 8, 0);
	assert_int_equal(records.journal_old, 20);
	assert_int_equal(records.journal_new, 21);
	assert_string_equal(records.journal_path, "/boot/kv-2");

	static struct records before;
	before = records;
	char endless[RECORDS_NAME_BYTES];
	memset(endless, 'a', sizeof endless);
	assert_int_equal(records_journal(&records, 4, 20, 21, endless), ERR_TOO_LONG);
	assert_int_equal(records_journal(&records, 4, 1ull << 32, 21, wire("")), ERR_ARGUMENT);
	assert_memory_equal(&records, &before, sizeof records);

	assert_int_equal(records_journal(&records, 0, 0, 0, wire("")), OK);
	assert_int_equal(records.journal_step, 0);
}

static void
iteration_gives_every_pid_once_in_order(void **state)
{
	(void)state;
	bool alive[4 * RECORDS] = { false };
	srand(2);
	for (unsigned n = 0; n < 3000; n++) {
		uint32_t pid = add("/boot/a", n, 0);
		assert_true(pid < 4 * RECORDS);
		alive[pid] = true;
		uint32_t victim = RECORDS_FIRST_PID + (uint32_t)rand() % pid;
		if (victim < 4 * RECORDS && rand() % 4 != 0) {
			assert_int_equal(
			    records_remove(&records, victim), alive[victim] ? OK : ERR_NO_PROCESS);
			alive[victim] = false;
		}
		if (records.count > RECORDS / 2)
			break;
	}
	uint32_t count = 0, after = 0;
	const struct pid_record *r;
	while ((r = records_next(&records, after)) != NULL) {
		for (uint32_t pid = after + 1; pid < r->pid; pid++)
			assert_false(alive[pid]);
		assert_true(alive[r->pid]);
		after = r->pid;
		count++;
	}
	assert_true(count > 10);
	assert_int_equal(count, records.count);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    pids_ascend_from_16_and_are_not_reused_before_the_wrap, set_up),
		cmocka_unit_test_setup(a_pid_whose_place_is_taken_is_passed_over, set_up),
		cmocka_unit_test_setup(wanted_pids_are_below_16_and_given_once, set_up),
		cmocka_unit_test_setup(a_full_table_is_one_named_error_and_changes_nothing, set_up),
		cmocka_unit_test_setup(M4_find_gives_the_first_match_by_file_name, set_up),
		cmocka_unit_test_setup(M4_find_never_gives_an_invisible_process, set_up),
		cmocka_unit_test_setup(
		    M3_swap_moves_the_process_and_leaves_what_is_the_numbers, set_up),
		cmocka_unit_test_setup(M3_a_failed_swap_changes_nothing, set_up),
		cmocka_unit_test_setup(set_and_remove_refuse_what_is_not_there, set_up),
		cmocka_unit_test_setup(the_journals_step_is_one_store_and_the_last, set_up),
		cmocka_unit_test_setup(iteration_gives_every_pid_once_in_order, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
