/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Provokes what the statements about scheduling are about; the trace of a run
 * tells whether they hold (test/system/sched-trace). `order S8` is one case:
 * the director, a thread above all others of the program, starts them and ends, so
 * that what follows is theirs alone. They are order/2, order/3, ... in the order
 * in which they are started.
 */
#include <insula/cli.h>
#include <insula/clock.h>
#include <insula/syscall.h>
#include <insula/thread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTOR 48
#define MS 1000000ull
#define WORKERS 8
#define GIVES_UP_MS 6 /* who is blocked for good */

static struct thread *worker[WORKERS];
static unsigned workers;
static uint64_t began; /* when the director lets go */
static handle_t ep, second, third, fixed;
static handle_t owner;

/* Processor time, not time: what runs meanwhile does not count. */
static void
spin_ns(uint64_t ns)
{
	struct thread_info info;
	const handle_t self = thread_handle(thread_self());
	uint64_t until = 0;
	while (insula_thread_query(self, &info) == OK && (until == 0 || info.cpu_ns < until))
		if (until == 0)
			until = info.cpu_ns + ns;
}

static void
must(err_t err, const char *what)
{
	if (err == OK)
		return;
	fprintf(stderr, "order: %s: %s\n", what, err_text(err));
	exit(1);
}

static handle_t
new_endpoint(void)
{
	handle_t made = HANDLE_NONE;
	must(insula_endpoint_create(SELF, SELF, &made), "an endpoint");
	return made;
}

static handle_t
start(void (*run)(void *), uint64_t argument, unsigned priority, enum policy policy)
{
	must(thread_spawn_with(run, (void *)argument, priority, policy, 16384, &worker[workers]),
	    "a thread");
	const handle_t handle = thread_handle(worker[workers++]);
	must(insula_thread_configure(handle, THREAD_POLICY, policy, 0), "a policy");
	return handle;
}

static handle_t
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

static void
until_ms(uint64_t ms)
{
	(void)clock_sleep_until(began + ms * MS);
}

/* --- what threads do */

static void
spin_ms(void *ms)
{
	spin_ns((uint64_t)ms * MS);
}

/* Sleeps until 1 ms, then needs a millisecond. */
static void
wake_and_spin(void *ms)
{
	until_ms((uint64_t)ms);
	spin_ns(MS);
}

static void
yield_and_spin(void *ms)
{
	spin_ns((uint64_t)ms * MS);
	insula_yield();
	spin_ns((uint64_t)ms * MS);
}

static void
call_once(void *endpoint)
{
	struct message m = { .label = 1 };
	(void)insula_call((handle_t)(uint64_t)endpoint, TIME_NEVER, &m);
}

static void
call_until_2_ms(void *endpoint)
{
	struct message m = { .label = 1 };
	until_ms(1);
	(void)insula_call((handle_t)(uint64_t)endpoint, began + 2 * MS, &m);
}

/* Is busy first, so that callers queue, and answers as many as that. */
static void
serve_later(void *calls)
{
	struct message m = { .label = 0 };
	until_ms(1);
	for (uint64_t n = (uint64_t)calls; n > 0; n--) {
		if (insula_recv(ep, TIME_NEVER, &m) < 0)
			return;
		(void)insula_reply(ep, &m);
	}
}

/* --- S5 to S16 */

static void
levels(void)
{
	start(spin_ms, 1, 30, POLICY_FIFO);
	start(spin_ms, 1, 32, POLICY_FIFO);
	start(spin_ms, 1, 31, POLICY_RR);
}

static void
woken_to_the_tail(void)
{
	start(wake_and_spin, 2, 30, POLICY_FIFO);
	start(wake_and_spin, 1, 30, POLICY_FIFO);
	start(spin_ms, 3, 30, POLICY_FIFO);
}

static void
preempted_keeps_its_place(void)
{
	start(spin_ms, 3, 30, POLICY_FIFO);
	start(spin_ms, 1, 30, POLICY_FIFO);
	start(wake_and_spin, 1, 40, POLICY_FIFO);
}

static void
yield_to_peers_only(void)
{
	start(yield_and_spin, 1, 30, POLICY_FIFO);
	start(yield_and_spin, 1, 30, POLICY_FIFO);
	start(yield_and_spin, 1, 35, POLICY_FIFO); /* alone at its level */
}

static void
fifo_is_not_sliced(void)
{
	start(spin_ms, 10, 30, POLICY_FIFO);
	start(spin_ms, 1, 30, POLICY_FIFO);
}

static void
round_robin(void)
{
	start(spin_ms, 10, 30, POLICY_RR);
	start(spin_ms, 10, 30, POLICY_RR);
}

static void
fifo_among_round_robin(void)
{
	start(spin_ms, 6, 30, POLICY_RR);
	start(spin_ms, 10, 30, POLICY_FIFO);
}

static void
rest_of_the_slice(void)
{
	start(spin_ms, 6, 30, POLICY_RR);
	start(spin_ms, 2, 30, POLICY_RR);
	start(wake_and_spin, 1, 40, POLICY_FIFO);
}

static handle_t moved;

static void
raise_after_1_ms(void *priority)
{
	spin_ns(MS);
	must(insula_thread_configure(moved, THREAD_PRIORITY, (uint64_t)priority, 0), "a priority");
}

/* 2 goes from 30 to 33, where 3 is: to the tail. */
static void
raised_to_the_tail(void)
{
	moved = start(spin_ms, 1, 30, POLICY_FIFO);
	start(spin_ms, 1, 33, POLICY_FIFO);
	start(raise_after_1_ms, 33, 40, POLICY_FIFO);
}

/* 2 goes from 33 to 30, where 3 is: to the head. */
static void
lowered_to_the_head(void)
{
	moved = start(spin_ms, 1, 33, POLICY_FIFO);
	start(spin_ms, 1, 30, POLICY_FIFO);
	start(raise_after_1_ms, 30, 40, POLICY_FIFO);
}

/* After 6 ms of its own it is FIFO, for 6 more. */
static void
spin_then_fifo(void *ms)
{
	spin_ms(ms);
	must(insula_thread_configure(thread_handle(thread_self()), THREAD_POLICY, POLICY_FIFO, 0),
	    "a policy");
	spin_ms(ms);
}

static void
other_is_round_robin(void)
{
	start(spin_then_fifo, 6, 30, POLICY_OTHER);
	start(spin_ms, 12, 30, POLICY_OTHER);
}

/* --- S17 to S23 */

/* 2 never blocks, and has 2 ms of every 10 at 40; 3 wants the rest. */
static void
budget(void)
{
	start_sporadic(spin_ms, 10, 40, 20, 2, 10, SPORADIC_REPL_MAX);
	start(spin_ms, 26, 30, POLICY_FIFO);
}

static void
spin_sleep_spin(void *ms)
{
	spin_ns(MS);
	until_ms(4);
	spin_ms(ms);
}

/* 2 uses 1 ms of 3, blocks, and comes back for more than what is left. */
static void
replenishments(void)
{
	start_sporadic(spin_sleep_spin, 5, 40, 20, 3, 10, SPORADIC_REPL_MAX);
	start(spin_ms, 14, 30, POLICY_FIFO);
}

static void
spin_5_from_1_ms(void *unused)
{
	(void)unused;
	until_ms(1);
	spin_ns(5 * MS);
}

/* 4 keeps 2 from using its 2 ms until the period, of 4, has passed. */
static void
replenished_when_used_up(void)
{
	start_sporadic(spin_ms, 5, 40, 20, 2, 4, SPORADIC_REPL_MAX);
	start(spin_ms, 3, 30, POLICY_FIFO);
	start(spin_5_from_1_ms, 0, 45, POLICY_FIFO);
}

/* One millisecond from 0, 2 and 4 ms on. */
static void
spin_in_three_parts(void *unused)
{
	(void)unused;
	for (unsigned n = 0; n < 3; n++) {
		until_ms(2 * n);
		spin_ns(MS);
	}
}

/* 2 uses its 4 ms of 10 in parts, of which so many can be pending. */
static void
parts(unsigned repl_max)
{
	start_sporadic(spin_in_three_parts, 0, 40, 20, 4, 10, repl_max);
	start(spin_ms, 12, 30, POLICY_FIFO);
}

static void
one_replenishment(void)
{
	parts(1);
}

static void
two_replenishments(void)
{
	parts(2);
}

static void
spin_sleep_long_spin(void *ms)
{
	spin_ns(MS);
	until_ms(11);
	spin_ms(ms);
}

/* 2 leaves half of its 2 ms of 4, and more than two periods pass. */
static void
refilled(void)
{
	start_sporadic(spin_sleep_long_spin, 5, 40, 20, 2, 4, SPORADIC_REPL_MAX);
	start(spin_ms, 18, 30, POLICY_FIFO);
}

static void
spin_7_from_5_ms(void *unused)
{
	(void)unused;
	until_ms(5);
	spin_ns(7 * MS);
}

/* 2 is promoted at 10 ms, while 4 runs at that level and 5 is ready there. */
static void
promoted_to_the_tail(void)
{
	start_sporadic(spin_ms, 5, 40, 20, 2, 10, SPORADIC_REPL_MAX);
	start(spin_ms, 8, 30, POLICY_FIFO);
	start(spin_7_from_5_ms, 0, 40, POLICY_FIFO);
	start(wake_and_spin, 6, 40, POLICY_FIFO);
}

/* --- C1 to C13 */

static void
callers_by_priority(void)
{
	start(serve_later, 4, 45, POLICY_FIFO);
	start(call_once, ep, 31, POLICY_FIFO);
	start(call_once, ep, 33, POLICY_FIFO);
	start(call_once, ep, 32, POLICY_FIFO);
	start(call_once, ep, 33, POLICY_FIFO);
}

/* Answers the director first, so that it is who callers boost; then works, and serves. */
static void
work_then_serve(void *calls)
{
	struct message m = { .label = 0 };
	if (insula_recv(ep, TIME_NEVER, &m) < 0)
		return;
	(void)insula_reply(ep, &m);
	spin_ns(3 * MS);
	for (uint64_t n = (uint64_t)calls; n > 0; n--) {
		if (insula_recv(ep, TIME_NEVER, &m) < 0)
			return;
		spin_ns(MS);
		(void)insula_reply(ep, &m);
	}
}

static void
call_at_1_ms(void *endpoint)
{
	until_ms(1);
	call_once(endpoint);
}

static void
boosted_when_a_caller_queues(void)
{
	start(work_then_serve, 1, 30, POLICY_FIFO);
	call_once((void *)(uint64_t)ep);
	start(call_at_1_ms, ep, 40, POLICY_FIFO);
	start(spin_ms, 1, 35, POLICY_FIFO); /* must not come between */
}

/* Receives at `second`, and answers when the one that it calls has answered. */
static void
pass_on(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 }, on = { .label = 1 };
	if (insula_recv(second, TIME_NEVER, &m) < 0)
		return;
	(void)insula_call(ep, TIME_NEVER, &on);
	(void)insula_reply(second, &m);
}

/* 4 calls 3, which calls 2: the priority of 4 reaches 2, until it has waited long enough. */
static void
boost_through_a_chain(void)
{
	start(work_then_serve, 1, 30, POLICY_FIFO);
	call_once((void *)(uint64_t)ep);
	start(pass_on, 0, 35, POLICY_FIFO);
	start(call_until_2_ms, second, 40, POLICY_FIFO);
}

/* A mutex as the kernel sees one: the owner unlocks by a notification. */
static void
own_and_unlock(void *unused)
{
	(void)unused;
	spin_ns(3 * MS);
	(void)insula_notify(third);
	spin_ns(MS);
}

static void
lock_at_1_ms(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	until_ms(1);
	(void)insula_recv_lend(third, TIME_NEVER, owner, &m);
	spin_ns(MS);
}

static void
owner_is_boosted(void)
{
	owner = start(own_and_unlock, 0, 30, POLICY_FIFO);
	start(lock_at_1_ms, 0, 40, POLICY_FIFO);
	start(wake_and_spin, 2, 35, POLICY_FIFO); /* must not run while the owner has 40 */
}

static void
serve_twice(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	if (insula_recv(ep, TIME_NEVER, &m) < 0)
		return;
	(void)insula_reply_recv(ep, TIME_NEVER, &m);
	(void)insula_reply(ep, &m);
}

static void
call_twice(void *unused)
{
	(void)unused;
	call_once((void *)(uint64_t)ep);
	call_once((void *)(uint64_t)ep);
}

/* 2 waits, 3 calls it with 4 ready at the same level: 4 comes when 3 is done. */
static void
hand_over(void)
{
	start(serve_twice, 0, 31, POLICY_FIFO);
	start(call_twice, 0, 30, POLICY_FIFO);
	start(spin_ms, 1, 30, POLICY_FIFO);
}

static void
serve_for_6_ms(void *endpoint)
{
	struct message m = { .label = 0 };
	if (insula_recv((handle_t)(uint64_t)endpoint, TIME_NEVER, &m) < 0)
		return;
	spin_ns(6 * MS);
	(void)insula_reply((handle_t)(uint64_t)endpoint, &m);
}

/* 2, a round-robin thread, serves 3, which is FIFO; 4 is a peer of both from 2 ms on. */
static void
policy_is_not_inherited(void)
{
	start(serve_for_6_ms, ep, 30, POLICY_RR);
	start(call_at_1_ms, ep, 40, POLICY_FIFO);
	start(wake_and_spin, 2, 40, POLICY_RR);
}

/* The same at an endpoint that lends nothing; 4 is above the server, and below its caller. */
static void
fixed_priority(void)
{
	start(serve_for_6_ms, fixed, 30, POLICY_RR);
	start(call_at_1_ms, fixed, 40, POLICY_FIFO);
	start(wake_and_spin, 2, 35, POLICY_RR);
}

static void
receive_until_end(void *endpoint)
{
	struct message m = { .label = 0 };
	(void)insula_recv((handle_t)(uint64_t)endpoint, began + GIVES_UP_MS * MS, &m);
	until_ms(GIVES_UP_MS); /* and answers nobody */
}

static void
call_until_end(void *endpoint)
{
	struct message m = { .label = 1 };
	(void)insula_call((handle_t)(uint64_t)endpoint, began + GIVES_UP_MS * MS, &m);
}

static void
lock_until_end(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	(void)insula_recv_lend(third, began + GIVES_UP_MS * MS, owner, &m);
}

static void
sleep_until_end(void *unused)
{
	(void)unused;
	until_ms(GIVES_UP_MS);
}

/* 2 and 3 wait to receive, 4 calls 3, and so does 5; 7 waits for a mutex of 6, which sleeps. */
static void
states(void)
{
	start(receive_until_end, second, 40, POLICY_FIFO);
	start(receive_until_end, ep, 39, POLICY_FIFO);
	start(call_until_end, ep, 38, POLICY_FIFO);
	start(call_until_end, ep, 37, POLICY_FIFO);
	owner = start(sleep_until_end, 0, 36, POLICY_FIFO);
	start(lock_until_end, 0, 35, POLICY_FIFO);
}

static bool destroys;

/* Takes one call, answers nobody, and ends the endpoint at 3 ms. */
static void
receive_and_end(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	if (insula_recv(ep, TIME_NEVER, &m) < 0)
		return;
	until_ms(3);
	must(destroys ? insula_destroy(ep) : insula_endpoint_abort(ep), "the endpoint's end");
}

static void
endpoint_is_aborted(void)
{
	start(receive_and_end, 0, 45, POLICY_FIFO);
	start(call_once, ep, 33, POLICY_FIFO);
	start(call_once, ep, 32, POLICY_FIFO);
	start(call_once, ep, 31, POLICY_FIFO);
}

static void
endpoint_dies(void)
{
	destroys = true;
	endpoint_is_aborted();
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "S5", levels },
	{ "S7", woken_to_the_tail },
	{ "S8", preempted_keeps_its_place },
	{ "S9", yield_to_peers_only },
	{ "S11", fifo_is_not_sliced },
	{ "S12", round_robin },
	{ "S13", fifo_among_round_robin },
	{ "S14", rest_of_the_slice },
	{ "S15", other_is_round_robin },
	{ "S16-raise", raised_to_the_tail },
	{ "S16-lower", lowered_to_the_head },
	{ "S17", budget },
	{ "S18", replenishments },
	{ "S20", replenished_when_used_up },
	{ "S21", one_replenishment },
	{ "S21-two", two_replenishments },
	{ "S22", refilled },
	{ "S22-tail", promoted_to_the_tail },
	{ "C1", callers_by_priority },
	{ "C2", boosted_when_a_caller_queues },
	{ "C3", policy_is_not_inherited },
	{ "C3-fixed", fixed_priority },
	{ "C5", boost_through_a_chain },
	{ "C6", states },
	{ "C7", endpoint_is_aborted },
	{ "C7-dies", endpoint_dies },
	{ "C8", owner_is_boosted },
	{ "C13", hand_over },
};

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
	cli_arguments(argc, argv, 1, 1, "order CASE");
	ep = new_endpoint();
	second = new_endpoint();
	third = new_endpoint();
	must(insula_endpoint_create_as(SELF, SELF, ENDPOINT_FIXED_PRIORITY, &fixed), "an endpoint");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (strcmp(argv[1], cases[i].name) != 0)
			continue;
		must(thread_spawn_with(
			 direct, (void *)cases[i].run, DIRECTOR, POLICY_FIFO, 16384, &director),
		    "the director");
		must(thread_join(director, NULL), "the director");
		for (unsigned n = 0; n < workers; n++)
			must(thread_join(worker[n], NULL), "a thread");
		return 0;
	}
	return cli_failed_because(argv[1], "there is no such case");
}
