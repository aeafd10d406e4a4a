/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel's operations cost, in instructions: totals, with the few of
 * the loop that calls them. Deterministic under -icount, where one instruction
 * is one cycle.
 */
#include "loops.h"
#include "pages.h"
#include "test.h"
#include "threads.h"

#include <insula/abi/layout.h>

#define ROUNDS 1000
#define FAR (IMAGE_BASE + (64ull << 20))

static handle_t ep;

static void
print_figure(const char *name, uint64_t total, uint64_t rounds)
{
	test_print("%s %u instrs\n", name, (total + rounds / 2) / rounds);
}

static void
serve(struct worker *self)
{
	loop_serve((handle_t)self->argument);
}

static void
wait_for_bits(struct worker *self)
{
	loop_wait((handle_t)self->argument);
}

static void
yield_for_ever(struct worker *self)
{
	(void)self;
	loop_yield_for_ever();
}

static void
bench_calls(handle_t space, const char *const names[3])
{
	const handle_t there = space == SELF ? ep : given(space, ep, RIGHTS_ENDPOINT, 0);
	struct worker *w = worker_start_in(space, serve, there, HIGH, POLICY_FIFO);

	loop_call_8w(ep, 4);
	print_figure(names[0], loop_call_0w(ep, ROUNDS), ROUNDS);
	print_figure(names[1], loop_call_4w(ep, ROUNDS), ROUNDS);
	print_figure(names[2], loop_call_8w(ep, ROUNDS), ROUNDS);
	worker_end(w);
}

static void
bench_notify(void)
{
	const handle_t bits = badged(ep, RIGHT_NOTIFY, 4);

	print_figure("notify_no_waiter", loop_notify(bits, ROUNDS), ROUNDS);
	struct worker *w = worker_start(wait_for_bits, ep, HIGH, POLICY_FIFO);
	loop_notify(bits, 4);
	print_figure("notify_waiter_and_back", loop_notify(bits, ROUNDS), ROUNDS);
	worker_end(w);
}

static void
bench_yield(unsigned policy, const char *name)
{
	(void)insula_thread_configure(INIT_THREAD, THREAD_POLICY, policy, 0);
	struct worker *w = worker_start(yield_for_ever, 0, MAIN, policy);
	loop_yield(0, 4);
	print_figure(name, loop_yield(0, ROUNDS), ROUNDS);
	worker_end(w);
}

/* Answers faults; every second one by mapping, else by unmapping would cost: it sets pc on. */
static handle_t faulter;
static void
skip_faults(struct worker *self)
{
	struct message m = { 0 };
	(void)insula_recv(ep, TIME_NEVER, &m);
	for (;;) {
		uint64_t value[8] = { m.word[FAULT_WORD_PC] + 4 };
		(void)insula_thread_registers(faulter, 32, 1, value);
		m.label = 0;
		(void)insula_reply_recv(ep, TIME_NEVER, &m);
	}
	(void)self;
}

static void
bench_fault(void)
{
	struct worker *w = worker_start(skip_faults, 0, HIGH, POLICY_FIFO);
	faulter = INIT_THREAD;
	(void)insula_thread_configure(INIT_THREAD, THREAD_FAULT_ENDPOINT, ep, 0);
	loop_fault(FAR, 4);
	const uint64_t all = loop_fault(FAR, ROUNDS);
	/* The pager's own call that moves the pc is not part of the round trip. */
	const uint64_t begun = loop_cycles();
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t value[8] = { 0 };
		(void)insula_thread_registers(w->handle, 32, 0, value);
	}
	const uint64_t moved = loop_cycles() - begun;
	print_figure("fault_round_trip", all - moved, ROUNDS);
	(void)insula_thread_configure(INIT_THREAD, THREAD_FAULT_ENDPOINT, 0, 0);
	worker_end(w);
}

/* PL011 of the virt machine: the transmit interrupt, switched on when it is due. */
#define UART (HOME_BASE + 0x9000000ull)
#define UART_LINE 33
#define UART_IMSC 0x38
#define UART_ICR 0x44
#define UART_TX 0x20
static volatile uint64_t triggered_at, taken_at;

static volatile uint32_t *
uart(uint32_t offset)
{
	return (volatile uint32_t *)(UART + offset);
}

static void
take_interrupts(struct worker *self)
{
	struct message m = { 0 };
	int got = insula_recv(ep, TIME_NEVER, &m);
	for (;;) {
		taken_at = loop_cycles();
		(void)got;
		*uart(UART_IMSC) = 0;
		m.token = self->argument;
		m.label = MSG_ACK;
		got = insula_reply_recv(ep, TIME_NEVER, &m);
	}
}

static void
bench_interrupt(void)
{
	handle_t line = HANDLE_NONE;
	const handle_t bits = badged(ep, RIGHT_NOTIFY, 1);
	uint64_t total = 0;

	if (insula_irq_bind(INIT_IRQ, SELF, UART_LINE, bits, SELF, &line) != OK)
		return;
	struct worker *w = worker_start(take_interrupts, line, HIGH, POLICY_FIFO);
	for (int i = 0; i < 17; i++) {
		*(volatile uint8_t *)uart(0) = '\n';
		loop_trigger(uart(UART_IMSC), UART_TX, &triggered_at);
		if (i > 0)
			total += taken_at - triggered_at;
	}
	print_figure("irq_to_user", total, 16);
	worker_end(w);
	(void)insula_destroy(line);
}

static void
bench_map(void)
{
	const handle_t space = space_like_this(8);
	const uint64_t source = page_take();

	(void)insula_map(space, FAR, source, 1, PROT_W);
	(void)insula_unmap(space, FAR, 1);
	uint64_t map = 0, unmap = 0;
	(void)insula_map(space, FAR + PAGE_BYTES, source, 1, PROT_W);
	for (int i = 0; i < ROUNDS; i++) {
		const uint64_t a = loop_cycles();
		(void)insula_map(space, FAR, source, 1, PROT_W);
		const uint64_t b = loop_cycles();
		(void)insula_unmap(space, FAR, 1);
		unmap += loop_cycles() - b;
		map += b - a;
	}
	print_figure("map_4k", map, ROUNDS);
	print_figure("unmap_4k", unmap, ROUNDS);
	(void)insula_destroy(space);
}

static void
bench_thread(void)
{
	uint64_t made = 0, ended = 0;
	handle_t t = HANDLE_NONE;

	for (int i = 0; i < 101; i++) {
		const uint64_t a = loop_cycles();
		(void)insula_thread_create(SELF, SELF, LOW, POLICY_FIFO, &t);
		const uint64_t b = loop_cycles();
		(void)insula_destroy(t);
		const uint64_t c = loop_cycles();
		if (i > 0) {
			made += b - a;
			ended += c - b;
		}
	}
	print_figure("thread_create", made, 100);
	print_figure("thread_destroy", ended, 100);
}

int
main(void)
{
	static const char *const same[] = { "call_same_0w", "call_same_4w", "call_same_8w" };
	static const char *const other[] = { "call_other_0w", "call_other_4w", "call_other_8w" };

	threads_init();
	ep = endpoint_new();
	loop_null(0, 4);
	bench_calls(SELF, same);
	bench_calls(space_like_this(16), other);
	print_figure("null_call", loop_null(0, ROUNDS), ROUNDS);
	bench_notify();
	bench_yield(POLICY_FIFO, "yield_round");
	bench_yield(POLICY_RR, "yield_round_rr");
	(void)insula_thread_configure(INIT_THREAD, THREAD_POLICY, POLICY_FIFO, 0);
	bench_fault();
	bench_interrupt();
	bench_map();
	bench_thread();
	test_power_off(0);
}
