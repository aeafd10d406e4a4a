/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Provokes what the statements about scheduling and calls are about; the trace of a run
 * tells whether they hold (test/system/sched-trace). `order S8` is one case:
 * the director, a thread above all others of the program, starts them and ends, so
 * that what follows is theirs alone. They are order/2, order/3, ... in the order
 * in which they are started. The program says nothing, unless something could
 * not be done, or what must be refused was not.
 */
#include "order.h"

#include <insula/cli.h>
#include <insula/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTOR 48
#define WORKERS 8
#define STACK_BYTES 16384
#define FUND_PAGES 16 /* for threads: at a time, as there may be many */

uint64_t began;
handle_t ep, second, third, fixed, owner;

static struct thread *worker[WORKERS];
static unsigned workers;

void
must(err_t err, const char *what)
{
	if (err == OK)
		return;
	fprintf(stderr, "order: %s: %s\n", what, err_text(err));
	exit(1);
}

void
refused(int result, err_t wanted, const char *what)
{
	if (result == (int)wanted)
		return;
	fprintf(stderr, "order: %s: %d, not: %s\n", what, result, err_text(wanted));
	exit(1);
}

void
spin_of(handle_t self, uint64_t ns)
{
	struct thread_info info;
	uint64_t until = 0;
	while (insula_thread_query(self, &info) == OK && (until == 0 || info.cpu_ns < until))
		if (until == 0)
			until = info.cpu_ns + ns;
}

void
spin_ns(uint64_t ns)
{
	spin_of(thread_handle(thread_self()), ns);
}

void
until_us(uint64_t us)
{
	(void)clock_sleep_until(began + us * 1000);
}

void
until_ms(uint64_t ms)
{
	until_us(ms * 1000);
}

handle_t
new_endpoint(void)
{
	handle_t made = HANDLE_NONE;
	must(insula_endpoint_create(SELF, SELF, &made), "an endpoint");
	return made;
}

handle_t
start(void (*run)(void *), uint64_t argument, unsigned priority, enum policy policy)
{
	must(thread_spawn_with(
		 run, (void *)argument, priority, policy, STACK_BYTES, &worker[workers]),
	    "a thread");
	const handle_t handle = thread_handle(worker[workers++]);
	must(insula_thread_configure(handle, THREAD_POLICY, policy, 0), "a policy");
	return handle;
}

handle_t
start_sporadic(void (*run)(void *), uint64_t argument, unsigned priority, unsigned low,
    uint64_t budget_ms, uint64_t period_ms, unsigned repl_max)
{
	const handle_t handle = start(run, argument, priority, POLICY_FIFO);
	must(insula_thread_configure(handle, THREAD_SPORADIC,
		 SPORADIC_VALUE(budget_ms * MS, low, repl_max), period_ms * MS),
	    "a budget");
	must(insula_thread_configure(handle, THREAD_POLICY, POLICY_SPORADIC, 0), "a policy");
	return handle;
}

void
start_raw(
    struct raw *raw, void (*run)(void *), uint64_t stack_top, unsigned priority, unsigned policy)
{
	err_t err;
	if (stack_top == 0)
		must(insula_stack_map(STACK_BYTES, &stack_top), "a stack");
	do
		err = insula_thread_create(SELF, SELF, priority, policy, &raw->handle);
	while (err == ERR_NO_FUND && insula_fund_grow(0, FUND_PAGES) == OK);
	must(err, "a thread of its own");
	must(insula_thread_start(
		 raw->handle, (uint64_t)(uintptr_t)run, stack_top, (uint64_t)(uintptr_t)raw, 0),
	    "a thread's start");
}

void
rest_for_good(void)
{
	struct message m = { .label = 0 };
	for (;;)
		(void)insula_recv(fixed, TIME_NEVER, &m);
}

/* --- what threads do */

void
spin_ms(void *ms)
{
	spin_ns((uint64_t)ms * MS);
}

void
wake_and_spin(void *ms)
{
	until_ms((uint64_t)ms);
	spin_ns(MS);
}

void
call_once(void *endpoint)
{
	struct message m = { .label = 1 };
	(void)insula_call((handle_t)(uint64_t)endpoint, TIME_NEVER, &m);
}

void
call_at_1_ms(void *endpoint)
{
	until_ms(1);
	call_once(endpoint);
}

void
answer_director(void)
{
	struct message m = { .label = 0 };
	if (insula_recv(ep, TIME_NEVER, &m) == RECV_MESSAGE)
		(void)insula_reply(ep, &m);
}

/* --- one case */

static const struct order_case *
find_case(const char *name)
{
	static const struct order_case *const parts[] = { levels_cases, sporadic_cases, calls_cases,
		waits_cases, machine_cases };
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		for (const struct order_case *c = parts[i]; c->name != NULL; c++)
			if (strcmp(name, c->name) == 0)
				return c;
	return NULL;
}

static void
direct(void *run)
{
	((void (*)(void))run)();
	began = clock_now_ns(); /* they run when the director ends */
}

int
main(int argc, char **argv)
{
	struct thread *director;
	cli_arguments(argc, argv, 1, 2, "order CASE");
	if (argc == 3)
		return be_peer(argv[2]);
	const struct order_case *c = find_case(argv[1]);
	if (c == NULL)
		return cli_failed_because(argv[1], "there is no such case");
	ep = new_endpoint();
	second = new_endpoint();
	third = new_endpoint();
	must(insula_endpoint_create_as(SELF, SELF, ENDPOINT_FIXED_PRIORITY, &fixed), "an endpoint");
	must(thread_spawn_with(
		 direct, (void *)c->run, DIRECTOR, POLICY_FIFO, STACK_BYTES, &director),
	    "the director");
	must(thread_join(director, NULL), "the director");
	for (unsigned n = 0; n < workers; n++)
		must(thread_join(worker[n], NULL), "a thread");
	return 0;
}
