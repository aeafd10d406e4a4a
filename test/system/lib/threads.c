/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers, spaces that look like this one, and the story of who ran.
 */
#include "threads.h"

#include "pages.h"
#include "test.h"

#define FUND_AT_FIRST 48

static char stacks[WORKERS][STACK_BYTES] __attribute__((aligned(16)));
static struct worker workers[WORKERS];
static handle_t nobody; /* an endpoint where nothing ever happens */

/* The last spaces that were made, and what `nobody` is called in them. */
#define SPACES 8
static struct {
	handle_t space, nobody;
} spaces[SPACES];
static unsigned space_count;

char story[256];
static volatile unsigned story_length;

void
threads_init(void)
{
	fund_pages(INIT_SPACE, FUND_AT_FIRST);
	set_priority(INIT_THREAD, MAIN);
	nobody = endpoint_new();
}

/* Where a worker begins; when its function returns, it rests for good. */
static void
begin(struct worker *w)
{
	w->run(w);
	w->ended = true;
	for (;;) {
		struct message m = { 0 };
		(void)insula_recv(w->nobody, TIME_NEVER, &m);
	}
}

static struct worker *
worker_slot(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		if (workers[i].used)
			continue;
		workers[i] = (struct worker){ .used = true, .stack_top = stacks[i] + STACK_BYTES };
		return &workers[i];
	}
	test_print("too many workers\n");
	test_power_off(1);
}

/* The name of `nobody` in a space's table. */
static handle_t
nobody_in(handle_t space)
{
	for (unsigned i = 0; i < SPACES; i++)
		if (space != SELF && spaces[i].space == space)
			return spaces[i].nobody;
	return nobody;
}

struct worker *
worker_new_in(handle_t space, void (*run)(struct worker *self), uint64_t argument,
    unsigned priority, unsigned policy)
{
	struct worker *w = worker_slot();

	w->run = run;
	w->argument = argument;
	w->nobody = nobody_in(space);
	if (insula_thread_create(space, SELF, priority, policy, &w->handle) != OK)
		w->handle = HANDLE_NONE;
	return w;
}

err_t
worker_go(struct worker *w)
{
	return insula_thread_start(
	    w->handle, (uintptr_t)begin, (uintptr_t)w->stack_top, (uintptr_t)w, (uintptr_t)w);
}

struct worker *
worker_start_in(handle_t space, void (*run)(struct worker *self), uint64_t argument,
    unsigned priority, unsigned policy)
{
	struct worker *w = worker_new_in(space, run, argument, priority, policy);
	const err_t err = w->handle == HANDLE_NONE ? ERR_NO_FUND : worker_go(w);

	if (err != OK) {
		test_print("worker_start: %d\n", (int64_t)err);
		test_power_off(1);
	}
	return w;
}

struct worker *
worker_start(
    void (*run)(struct worker *self), uint64_t argument, unsigned priority, unsigned policy)
{
	return worker_start_in(SELF, run, argument, priority, policy);
}

void
worker_end(struct worker *w)
{
	if (w->handle != HANDLE_NONE)
		(void)insula_destroy(w->handle);
	w->used = false;
}

enum thread_state
worker_state(const struct worker *w)
{
	struct thread_info info = { 0 };

	if (insula_thread_query(w->handle, &info) != OK)
		return THREAD_DYING;
	return (enum thread_state)(info.state & 0xff);
}

unsigned
thread_effective(handle_t thread)
{
	struct thread_info info = { 0 };

	(void)insula_thread_query(thread, &info);
	return (unsigned)(info.state >> 8 & 0xff);
}

unsigned
thread_real(handle_t thread)
{
	struct thread_info info = { 0 };

	(void)insula_thread_query(thread, &info);
	return (unsigned)(info.state >> 16 & 0xff);
}

void
set_priority(handle_t thread, unsigned priority)
{
	(void)insula_thread_configure(thread, THREAD_PRIORITY, priority, 0);
}

void
let_run(void)
{
	set_priority(INIT_THREAD, PRIORITY_MIN);
	set_priority(INIT_THREAD, MAIN);
}

void
sleep_us(uint64_t us)
{
	struct message m = { 0 };

	(void)insula_recv(nobody, in_us(us), &m);
}

handle_t
endpoint_new(void)
{
	handle_t handle = HANDLE_NONE;

	(void)insula_endpoint_create(SELF, SELF, &handle);
	return handle;
}

handle_t
given(handle_t space, handle_t what, uint64_t rights, uint64_t badge)
{
	handle_t handle = HANDLE_NONE;

	(void)insula_cap_copy(SELF, what, space, rights, badge, &handle);
	return handle;
}

handle_t
badged(handle_t endpoint, uint64_t rights, uint64_t badge)
{
	return given(SELF, endpoint, rights, badge);
}

/* Map the program's pages from `at` to `end` as they are here. */
static err_t
share(handle_t space, uint64_t at, uint64_t end, unsigned prot)
{
	err_t err = OK;

	for (; at < end && err == OK; at += PAGE_BYTES)
		err = insula_map(space, at, at, 1, prot);
	return err;
}

handle_t
space_like_this(unsigned fund)
{
	const struct init_header *header = (const struct init_header *)IMAGE_BASE; /* NOLINT */
	const uint64_t text_end = IMAGE_BASE + header->text_bytes;
	const uint64_t end = (IMAGE_BASE + header->memory_bytes + PAGE_BYTES - 1) &
	    ~(PAGE_BYTES - 1);
	handle_t space = HANDLE_NONE;

	if (insula_space_create(SELF, SELF, 0, &space) != OK)
		return HANDLE_NONE;
	fund_pages(space, fund + 4);
	if (share(space, IMAGE_BASE, text_end, PROT_X) != OK ||
	    share(space, text_end, end, PROT_W) != OK) {
		test_print("space_like_this: the image could not be mapped\n");
		test_power_off(1);
	}
	spaces[space_count % SPACES].space = space;
	spaces[space_count++ % SPACES].nobody = given(space, nobody, RIGHT_RECV, 0);
	return space;
}

void
story_begin(void)
{
	story_length = 0;
	story[0] = '\0';
}

void
tell(char letter)
{
	unsigned at = __atomic_fetch_add(&story_length, 1, __ATOMIC_RELAXED);

	if (at + 1 < sizeof story) {
		story[at] = letter;
		story[at + 1] = '\0';
	}
}
