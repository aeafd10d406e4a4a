/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel's calls cost, in instructions executed: totals of a round, the
 * loop's user instructions included. Meant for scripts/run --icount, where
 * PMCCNTR_EL0 counts exactly and two runs agree to the digit.
 */
#include "board.h"
#include "loops.h"
#include "pages.h"
#include "test.h"
#include "threads.h"

#define ROUNDS 1000
#define WARM_UP 100
#define PLACE (8 * WINDOW_BYTES)
#define UNMAPPED (9 * WINDOW_BYTES)
#define CROWD 10000
#define THREADS_PER_PAGE 3
#define LOOK_MOST 50 /* instructions from one look at the counter to the next, alone */
#define FAR_OFF_NS 1000000000000ull

/* Rounded to the nearest. */
static void
report(const char *name, uint64_t total, uint64_t rounds)
{
	if (total == ~0ull) {
		test_print("%s failed\n", name);
		test_power_off(1);
	}
	test_print("%s %u instructions\n", name, (total + rounds / 2) / rounds);
}

static void
measure(const char *name, uint64_t (*loop)(uint64_t, uint64_t), uint64_t handle)
{
	(void)loop(handle, WARM_UP);
	report(name, loop(handle, ROUNDS), ROUNDS);
}

static handle_t ep, elsewhere;

static void
server(struct worker *self)
{
	serve_calls(self->argument);
}

static void
waiter(struct worker *self)
{
	serve_bits(self->argument);
}

static void
yielder(struct worker *self)
{
	(void)self;
	yield_for_ever();
}

static void
faulter(struct worker *self)
{
	fault_for_ever(self->argument);
}

/* What a switch costs more while the trace is on, twice. */
static void
bench_traced(void)
{
	struct message m = { .label = FIRMWARE_TRACE, .word = { 1 } };

	if (insula_call(INIT_FIRMWARE, TIME_NEVER, &m) != OK)
		test_power_off(1);
	measure("call_traced_8w", loop_call_8, ep);
	m = (struct message){ .label = FIRMWARE_TRACE };
	if (insula_call(INIT_FIRMWARE, TIME_NEVER, &m) != OK)
		test_power_off(1);
}

static void
bench_calls(void)
{
	struct worker *w = worker_start(server, ep, MAIN, POLICY_FIFO);

	insula_yield();
	measure("call_same_0w", loop_call_0, ep);
	measure("call_same_4w", loop_call_4, ep);
	measure("call_same_8w", loop_call_8, ep);
	worker_end(w);

	w = worker_start_in(
	    elsewhere, server, given(elsewhere, ep, RIGHTS_ENDPOINT, 0), MAIN, POLICY_FIFO);
	insula_yield();
	measure("call_other_0w", loop_call_0, ep);
	measure("call_other_4w", loop_call_4, ep);
	measure("call_other_8w", loop_call_8, ep);
	bench_traced();
	worker_end(w);
}

static void
bench_light_calls(void)
{
	measure("null_call", loop_null, 0);
	measure("notify_no_waiter", loop_notify, ep);
	struct message m = { 0 };
	(void)insula_recv(ep, TIME_NOW, &m);

	struct worker *w = worker_start(waiter, ep, HIGH, POLICY_FIFO);
	measure("notify_waiter_and_back", loop_notify, ep);
	worker_end(w);

	w = worker_start(yielder, 0, MAIN, POLICY_FIFO);
	measure("yield_round", loop_yield, 0);
	worker_end(w);
}

/* A page fault in another space, answered so that the access is made again. */
static void
bench_faults(void)
{
	struct worker *w = worker_new_in(elsewhere, faulter, UNMAPPED, MAIN, POLICY_FIFO);

	(void)insula_thread_configure(w->handle, THREAD_FAULT_ENDPOINT, ep, 0);
	(void)worker_go(w);
	report("fault_round_trip", loop_answer_fault(ep, ROUNDS), ROUNDS);
	worker_end(w);
}

static uint64_t uart_mask;
static handle_t uart_thread;

static void
interrupt_server(struct worker *self)
{
	serve_interrupts(self->argument, uart_thread, uart_mask);
}

/* The console's UART says that it can send, as soon as it is asked to say so. */
static void
bench_interrupts(void)
{
	struct board_uart uart;

	if (!board_console(&uart)) {
		test_print("irq_to_user: the console's UART is unknown\n");
		test_power_off(1);
	}
	uart_mask = uart_mask_register(&uart);
	if (insula_irq_bind(INIT_IRQ, SELF, uart.line, ep, SELF, &uart_thread) != OK)
		test_power_off(1);
	struct worker *w = worker_start(interrupt_server, ep, HIGH, POLICY_FIFO);
	for (unsigned i = 0; i < WARM_UP; i++)
		interrupt_now(uart_mask, uart_mask_value(&uart));
	interrupt_cost = 0;
	for (unsigned i = 0; i < ROUNDS; i++)
		interrupt_now(uart_mask, uart_mask_value(&uart));
	report("irq_to_user", interrupt_cost, ROUNDS);
	worker_end(w);
	(void)insula_destroy(uart_thread);
}

static void
bench_pages(void)
{
	const uint64_t page = page_take();
	uint64_t map = 0, unmap = 0;

	/* A neighbour, so that the table stays. */
	if (insula_map(elsewhere, PLACE + PAGE_BYTES, page, 1, PROT_R) != OK)
		test_power_off(1);
	for (unsigned i = 0; i < WARM_UP + ROUNDS; i++) {
		if (i == WARM_UP)
			map = unmap = 0;
		const uint64_t begun = instructions();
		const err_t mapped = insula_map(elsewhere, PLACE, page, 1, PROT_W);
		const uint64_t between = instructions();
		const err_t unmapped = insula_unmap(elsewhere, PLACE, 1);
		unmap += instructions() - between;
		map += between - begun;
		if (mapped != OK || unmapped != OK)
			test_power_off(1);
	}
	report("map_4k", map, ROUNDS);
	report("unmap_4k", unmap, ROUNDS);
}

/* Everything from nothing to a thread that is ready, and back. */
static void
bench_threads(void)
{
	uint64_t create = 0, destroy = 0;

	for (unsigned i = 0; i < WARM_UP + ROUNDS; i++) {
		handle_t thread = HANDLE_NONE;
		if (i == WARM_UP)
			create = destroy = 0;
		const uint64_t begun = instructions();
		err_t err = insula_thread_create(SELF, SELF, LOW, POLICY_FIFO, &thread);
		if (err == OK)
			err = insula_thread_configure(thread, THREAD_FAULT_ENDPOINT, ep, 0);
		if (err == OK)
			err = insula_thread_start(thread, IMAGE_BASE, MAIN_STACK_TOP, 0, 0);
		const uint64_t between = instructions();
		if (err == OK)
			err = insula_destroy(thread);
		destroy += instructions() - between;
		create += between - begun;
		if (err != OK)
			test_power_off(1);
	}
	report("thread_create", create, ROUNDS);
	report("thread_destroy", destroy, ROUNDS);
}

/* A thread ceases to be ready, and is ready again; `crowd` others are all the time. */
static void
bench_sched_op(const char *name, handle_t thread)
{
	uint64_t begun = 0;

	for (unsigned i = 0; i < WARM_UP + ROUNDS; i++) {
		if (i == WARM_UP)
			begun = instructions();
		if (insula_thread_stop(thread) != OK || insula_thread_resume(thread) != OK)
			test_power_off(1);
	}
	report(name, instructions() - begun, ROUNDS);
}

static void
sleeper(struct worker *self)
{
	(void)self;
	for (;;)
		(void)insula_sleep(now_ns() + 5000);
}

/*
 * A timer fires, its thread runs, arms it again and blocks: what is missing
 * between two looks at the counter, wherever between them it was.
 */
static void
bench_timer(const char *name)
{
	struct worker *w = worker_start(sleeper, 0, HIGH, POLICY_FIFO);
	uint64_t total = 0, last = instructions();

	for (unsigned rounds = 0; rounds < ROUNDS;) {
		const uint64_t now = instructions();
		if (now - last > LOOK_MOST) {
			total += now - last;
			rounds++;
		}
		last = now;
	}
	report(name, total, ROUNDS);
	worker_end(w);
}

/* Threads of another space that are ready, below this one; then all are asleep. */
static void
crowd_begin(void)
{
	for (unsigned pages = 0; pages <= CROWD / THREADS_PER_PAGE; pages += MAP_MAX_PAGES)
		fund_pages(elsewhere, MAP_MAX_PAGES);
	for (unsigned i = 0; i < CROWD; i++) {
		handle_t t = HANDLE_NONE;
		if (insula_thread_create(elsewhere, SELF, LOW - i % 8, POLICY_FIFO, &t) != OK ||
		    insula_thread_start(
			t, (uintptr_t)sleep_until, 0, FAR_OFF_NS + i * 7919 % CROWD, 0) != OK ||
		    insula_cap_delete(SELF, t) != OK) {
			test_print("thread %u of the crowd was refused\n", (uint64_t)i);
			test_power_off(1);
		}
	}
}

/* S28: with nobody else ready, and with 10,000; the same for timers. */
static void
bench_crowd(void)
{
	struct worker *w = worker_start(yielder, 0, LOW, POLICY_FIFO);

	bench_sched_op("sched_op_1", w->handle);
	bench_timer("timer_arm_fire");
	crowd_begin();
	bench_sched_op("sched_op_10000", w->handle);
	worker_end(w);
	let_run();
	bench_timer("timer_arm_fire_10000");
}

int
main(void)
{
	threads_init();
	(void)insula_thread_configure(INIT_THREAD, THREAD_POLICY, POLICY_FIFO, 0);
	ep = endpoint_new();
	elsewhere = space_like_this(16);
	bench_calls();
	bench_light_calls();
	bench_faults();
	bench_interrupts();
	bench_pages();
	bench_threads();
	bench_crowd();
	return 0;
}
