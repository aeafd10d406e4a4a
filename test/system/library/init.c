/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's base on the real kernel, without a server: threads, locks,
 * thread-local data, stacks with guard pages, heap, streams, sleeping.
 */
#include "test.h"

#include <errno.h>
#include <insula/abi/bootinfo.h>
#include <insula/bare.h>
#include <insula/clock.h>
#include <insula/memory.h>
#include <insula/process.h>
#include <insula/thread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local int own = 7;
static _Thread_local char zero[40];

/* --- threads */

static _Atomic unsigned ran;

static void
count_me(void *argument)
{
	atomic_fetch_add(&ran, *(unsigned *)argument);
}

static void
P1_a_thread_that_returns_ends_alone(void)
{
	unsigned add = 5;
	struct thread *t;
	long status = -1;
	ran = 0;
	WORKS(thread_spawn(count_me, &add, 0, &t));
	WORKS(thread_join(t, &status));
	EQUAL(ran, 5);
	EQUAL(status, 0);
}

static void
leave_early(void *argument)
{
	thread_exit((long)(intptr_t)argument);
}

static void
a_join_gives_the_status_of_thread_exit(void)
{
	struct thread *t;
	long status = 0;
	WORKS(thread_spawn(leave_early, (void *)42, 0, &t));
	WORKS(thread_join(t, &status));
	EQUAL(status, 42);
	EQUAL(thread_join(thread_self(), NULL), ERR_ARGUMENT);
}

static void
P2_stacks_of_ended_threads_are_used_again(void)
{
	unsigned add = 1;
	struct thread *t;
	ran = 0;
	const uint64_t before = bare_free_pages();
	for (unsigned i = 0; i < 200; i++) {
		if (thread_spawn(count_me, &add, 0, &t) != OK)
			break;
		if (i % 2 == 0)
			thread_detach(t);
		else
			(void)thread_join(t, NULL);
		insula_yield();
	}
	EQUAL(ran, 200);
	/* Sixteen pages each, were they not: 3,200. */
	CHECK(before - bare_free_pages() < 200);
}

static void
touch_own(void *argument)
{
	int *seen = argument;
	seen[0] = own;
	seen[1] = errno + zero[0] + zero[39];
	own = 99;
	errno = EIO;
	memset(zero, 1, sizeof zero);
}

static void
P11_thread_local_data_is_each_threads_own(void)
{
	int seen[2] = { 0, -1 };
	struct thread *t;
	own = 8;
	errno = ENOENT;
	WORKS(thread_spawn(touch_own, seen, 0, &t));
	WORKS(thread_join(t, NULL));
	EQUAL(seen[0], 7);
	EQUAL(seen[1], 0);
	EQUAL(own, 8);
	EQUAL(errno, ENOENT);
	EQUAL(zero[0], 0);
}

/* --- locks */

static struct lock lock;
static volatile unsigned total;
static volatile unsigned inside;
static volatile unsigned collisions;

#define ROUNDS 2000u

static void
add_slowly(void *argument)
{
	const unsigned pause = *(unsigned *)argument;
	for (unsigned i = 0; i < ROUNDS; i++) {
		lock_acquire(&lock);
		if (inside++ != 0)
			collisions++;
		const unsigned read = total;
		if (i % pause == 0)
			insula_yield(); /* with the lock held: the others queue up */
		total = read + 1;
		inside--;
		lock_release(&lock);
	}
}

static void
a_lock_lets_one_in_and_wakes_everybody(void)
{
	unsigned pause[4] = { 3, 5, 7, 11 };
	struct thread *t[4];
	total = 0;
	for (unsigned i = 0; i < 4; i++)
		WORKS(thread_spawn(add_slowly, &pause[i], 0, &t[i]));
	for (unsigned i = 0; i < 4; i++)
		WORKS(thread_join(t[i], NULL));
	EQUAL(total, 4 * ROUNDS);
	EQUAL(collisions, 0);
	CHECK(lock.ends != 0);
	CHECK(lock_try(&lock));
	CHECK(!lock_try(&lock));
	lock_release(&lock);
	lock_destroy(&lock);
}

static void
an_uncontended_lock_makes_no_endpoint(void)
{
	struct lock l = LOCK_INIT;
	for (unsigned i = 0; i < 100; i++) {
		lock_acquire(&l);
		lock_release(&l);
	}
	EQUAL(l.ends, 0);
}

/* --- stacks */

static volatile char sink;

static int
dig(unsigned depth) /* NOLINT(misc-no-recursion): that is the test */
{
	volatile char page[512];
	page[0] = (char)depth;
	sink = page[0];
	return depth == 0 ? 0 : dig(depth - 1) + page[0];
}

static void
overflow(void *argument)
{
	(void)argument;
	(void)dig(1000000);
}

static void
a_stack_that_overflows_faults_in_its_guard_page(void)
{
	handle_t endpoint = HANDLE_NONE;
	struct thread *t;
	struct message m = { 0 };
	WORKS(insula_endpoint_create(SELF, SELF, &endpoint));
	/* Threads of one space inherit it. */
	WORKS(insula_thread_configure(INIT_THREAD, THREAD_FAULT_ENDPOINT, endpoint, 0));
	WORKS(thread_spawn_with(overflow, NULL, 0, POLICY_RR, 16384, &t));
	EQUAL(insula_recv(endpoint, in_us(5000000), &m), RECV_MESSAGE);
	EQUAL(m.label & LABEL_MASK, LABEL_FAULT);
	EQUAL(m.word[FAULT_WORD_KIND], FAULT_PAGE);
	EQUAL(m.word[FAULT_WORD_ACCESS], ACCESS_WRITE);
	const uint64_t at = m.word[FAULT_WORD_ADDRESS], top = (uint64_t)t & ~(PAGE_BYTES - 1);
	CHECK(at < top + PAGE_BYTES - 16384 && at >= top - 16384);
	WORKS(insula_destroy(thread_handle(t)));
	WORKS(insula_thread_configure(INIT_THREAD, THREAD_FAULT_ENDPOINT, HANDLE_NONE, 0));
	WORKS(insula_destroy(endpoint));
}

/* --- heap, streams, time */

static void
fill_blocks(void *argument)
{
	unsigned *good = argument;
	char *block[32];
	for (unsigned round = 0; round < 8; round++) {
		for (unsigned i = 0; i < 32; i++) {
			block[i] = malloc(64 + i * 17);
			if (block[i] != NULL)
				memset(block[i], (int)(i + 1), 64 + i * 17);
			insula_yield();
		}
		for (unsigned i = 0; i < 32; i++) {
			if (block[i] != NULL && block[i][0] == (char)(i + 1) &&
			    block[i][63 + i * 17] == (char)(i + 1))
				(*good)++;
			free(block[i]);
		}
	}
}

static void
the_heap_is_shared_by_threads(void)
{
	unsigned good[3] = { 0 };
	struct thread *t[3];
	for (unsigned i = 0; i < 3; i++)
		WORKS(thread_spawn(fill_blocks, &good[i], 0, &t[i]));
	for (unsigned i = 0; i < 3; i++)
		WORKS(thread_join(t[i], NULL));
	EQUAL(good[0] + good[1] + good[2], 3 * 8 * 32);
	char *large = malloc(300000);
	CHECK(large != NULL);
	free(large);
}

static void
sleeping_lasts_at_least_as_long_as_asked(void)
{
	const uint64_t before = clock_now_ns();
	WORKS(clock_sleep_ns(3000000));
	CHECK(clock_now_ns() - before >= 3000000);
	WORKS(clock_sleep_until(1)); /* the past */
}

static void
printf_reaches_the_console_in_lines(void)
{
	char text[64];
	EQUAL(snprintf(text, sizeof text, "%s %d %x %llu", "a", -5, 255u, 1ull << 40), 21);
	SAME_TEXT(text, "a -5 ff 1099511627776");
	CHECK(printf("# a line longer than the stream's buffer: %0*d\n", 300, 7) == 343);
	EQUAL(fflush(stdout), 0);
}

static void
errors_have_names_and_texts(void)
{
	SAME_TEXT(err_name(ERR_NO_FUND), "ERR_NO_FUND");
	SAME_TEXT(err_text(ERR_NO_PROCESS), "no such process");
	SAME_TEXT(err_name((err_t)-999), "ERR_?");
	uint64_t value;
	EQUAL(process_grant("nothing", &value, NULL), ERR_NOT_FOUND);
}

static const struct test tests[] = {
	T(P1_a_thread_that_returns_ends_alone),
	T(a_join_gives_the_status_of_thread_exit),
	T(P2_stacks_of_ended_threads_are_used_again),
	T(P11_thread_local_data_is_each_threads_own),
	T(a_lock_lets_one_in_and_wakes_everybody),
	T(an_uncontended_lock_makes_no_endpoint),
	T(a_stack_that_overflows_faults_in_its_guard_page),
	T(the_heap_is_shared_by_threads),
	T(sleeping_lasts_at_least_as_long_as_asked),
	T(printf_reaches_the_console_in_lines),
	T(errors_have_names_and_texts),
};

int
main(void)
{
	return RUN_TESTS(tests);
}
