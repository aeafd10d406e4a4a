/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt lines as threads: bound to an endpoint, notified once, masked until
 * acknowledged; S25. The device is the console's UART, which interrupts for as
 * long as it can send and is asked to say so.
 */
#include "calls.h"
#include "board.h"
#include "handles.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#define BIT 0x40ull

static struct board_uart uart;
static handle_t ep, bell, line;

static void
device_asks(bool on)
{
	*(volatile uint32_t *)uart_mask_register(&uart) = on ? uart_mask_value(&uart)
							     : 0; /* NOLINT */
	__asm__ volatile("dsb sy" : : : "memory");
}

static void
begin_test(void)
{
	ep = endpoint_new();
	bell = badged(ep, RIGHT_NOTIFY, BIT);
	device_asks(false);
	WORKS(insula_irq_bind(INIT_IRQ, SELF, uart.line, bell, SELF, &line));
	world_begin();
	story_begin();
}

static void
end_test(void)
{
	device_asks(false);
	(void)insula_destroy(line);
	(void)insula_destroy(ep);
}

static err_t
acknowledge(handle_t thread)
{
	struct message m = { .label = MSG_ACK, .token = thread };

	return insula_reply(ep, &m);
}

static enum thread_state
line_state(void)
{
	struct thread_info info = { 0 };

	WORKS(insula_thread_query(line, &info));
	return (enum thread_state)(info.state & 0xff);
}

static int
wait_for_bits(struct message *m)
{
	*m = (struct message){ 0 };
	return insula_recv(ep, in_us(100000), m);
}

static int
poll_for_bits(void)
{
	struct message m = { 0 };

	sleep_us(200);
	return insula_recv(ep, TIME_NOW, &m);
}

static void
an_interrupt_sets_the_badges_bits_once_until_it_is_acknowledged(void)
{
	struct message m;

	begin_test();
	EQUAL(line_state(), THREAD_INTERRUPT);
	EQUAL(poll_for_bits(), ERR_TIMED_OUT);
	device_asks(true);
	EQUAL(wait_for_bits(&m), RECV_BITS);
	EQUAL(m.bits, BIT);
	CHECK(line_state() != THREAD_INTERRUPT);
	EQUAL(poll_for_bits(), ERR_TIMED_OUT); /* masked, though the device still asks */
	WORKS(acknowledge(line));
	EQUAL(wait_for_bits(&m), RECV_BITS); /* level: it comes again at once */
	device_asks(false);
	WORKS(acknowledge(line));
	EQUAL(poll_for_bits(), ERR_TIMED_OUT);
	EQUAL(line_state(), THREAD_INTERRUPT);
	WORKS(acknowledge(line)); /* nothing to acknowledge: no harm */
	end_test();
}

static void
reply_recv_acknowledges_and_waits(void)
{
	struct message m;

	begin_test();
	device_asks(true);
	EQUAL(wait_for_bits(&m), RECV_BITS);
	for (unsigned i = 0; i < 100; i++) {
		m = (struct message){ .label = MSG_ACK, .token = line };
		EQUAL(insula_reply_recv(ep, in_us(100000), &m), RECV_BITS);
		EQUAL(m.bits, BIT);
	}
	device_asks(false);
	m = (struct message){ .label = MSG_ACK, .token = line };
	EQUAL(insula_reply_recv(ep, in_us(300), &m), ERR_TIMED_OUT);
	end_test();
}

static void
handle_interrupts(struct worker *self)
{
	struct message m = { 0 };

	while (insula_recv(ep, TIME_NEVER, &m) >= 0) {
		self->result++;
		tell('i');
		device_asks(false);
		m = (struct message){ .label = MSG_ACK, .token = line };
		(void)insula_reply(ep, &m);
	}
}

static void
S25_the_handler_runs_at_once_if_its_priority_is_higher(void)
{
	begin_test();
	struct worker *w = worker_start(handle_interrupts, 0, HIGH, POLICY_FIFO);

	for (unsigned i = 0; i < 20; i++) {
		device_asks(true);
		for (unsigned wait = 0; wait < 1000000 && w->result == i; wait++)
			__asm__ volatile("" : : : "memory");
		EQUAL(w->result, i + 1);
	}
	worker_end(w);
	end_test();
}

static void
S25_the_handler_is_scheduled_like_any_other_thread(void)
{
	begin_test();
	struct worker *w = worker_start(handle_interrupts, 0, LOW, POLICY_FIFO);
	let_run();

	set_priority(INIT_THREAD, PRIORITY_MAX);
	device_asks(true);
	for (const uint64_t until = now_ns() + 2000000; now_ns() < until;)
		;
	EQUAL(w->result, 0); /* taken, but lower than we are */
	CHECK(line_state() != THREAD_INTERRUPT);
	EQUAL(worker_state(w), THREAD_READY);
	set_priority(INIT_THREAD, MAIN);
	let_run();
	EQUAL(w->result, 1);
	worker_end(w);
	end_test();
}

static void
an_interrupt_wakes_an_idle_machine(void)
{
	struct message m;

	begin_test();
	/* Asked for while nobody runs: a worker switches it on and rests. */
	device_asks(true);
	EQUAL(wait_for_bits(&m), RECV_BITS);
	device_asks(false);
	end_test();
}

static void
an_interrupt_that_came_before_the_bind_is_not_lost(void)
{
	struct message m;

	begin_test();
	WORKS(insula_destroy(line));
	device_asks(true); /* nobody listens */
	EQUAL(poll_for_bits(), ERR_TIMED_OUT);
	WORKS(insula_irq_bind(INIT_IRQ, SELF, uart.line, bell, SELF, &line));
	EQUAL(wait_for_bits(&m), RECV_BITS);
	end_test();
}

/* A new version acknowledges all its lines, and loses nothing. */
static void
bits_wait_while_nobody_receives(void)
{
	struct message m;

	begin_test();
	device_asks(true);
	sleep_us(500);
	EQUAL(wait_for_bits(&m), RECV_BITS);
	device_asks(false);
	WORKS(acknowledge(line));
	end_test();
}

static void
irq_bind_is_refused(void)
{
	handle_t out = HANDLE_NONE, empty = HANDLE_NONE;

	begin_test();
	world_watch_thread(line);
	REFUSED(ERR_BUSY, insula_irq_bind(INIT_IRQ, SELF, uart.line, bell, SELF, &out));
	REFUSED(ERR_ARGUMENT, insula_irq_bind(INIT_IRQ, SELF, 100000, bell, SELF, &out));
	REFUSED(ERR_ARGUMENT, insula_irq_bind(INIT_IRQ, SELF, ~0ull, bell, SELF, &out));
	REFUSED(ERR_ARGUMENT,
	    insula_irq_bind(INIT_IRQ, SELF, 1ull << 32 | uart.line, bell, SELF, &out));
	REFUSED(ERR_ARGUMENT, insula_irq_bind(INIT_IRQ, SELF, 0, bell, SELF, &out));
	const uint64_t free_line = uart.line + 1;
	WORKS(insula_space_create(SELF, SELF, 0, &empty));
	world_watch_space(empty);
	REFUSED(ERR_NO_FUND, insula_irq_bind(INIT_IRQ, empty, free_line, bell, SELF, &out));
	REFUSED(ERR_NO_FUND, insula_irq_bind(INIT_IRQ, SELF, free_line, bell, empty, &out));
	const handle_t mute = badged(ep, RIGHT_SEND | RIGHT_RECV, 0);
	REFUSED(ERR_RIGHTS, insula_irq_bind(INIT_IRQ, SELF, free_line, mute, SELF, &out));
	EQUAL(out, HANDLE_NONE);
	/* Its table is full. */
	fund_pages(empty, 40);
	while (given(empty, ep, RIGHT_SEND, 0) != HANDLE_NONE)
		;
	world_begin();
	world_watch_thread(line);
	REFUSED(ERR_NO_SLOT, insula_irq_bind(INIT_IRQ, SELF, free_line, bell, empty, &out));
	WORKS(insula_destroy(empty));
	end_test();
}

static void
an_interrupt_thread_is_no_thread_to_run(void)
{
	begin_test();
	uint64_t value[8] = { 0 };
	world_watch_thread(line);
	REFUSED(ERR_TYPE, insula_thread_start(line, IMAGE_BASE, IMAGE_BASE, 0, 0));
	REFUSED(ERR_TYPE, insula_thread_stop(line));
	REFUSED(ERR_TYPE, insula_thread_resume(line));
	REFUSED(ERR_TYPE, insula_thread_registers(line, 0, 0, value));
	REFUSED(ERR_TYPE, insula_thread_configure(line, THREAD_PRIORITY, 5, 0));
	const handle_t weak = badged(line, RIGHTS_THREAD & ~RIGHT_CONTROL, 0);
	struct message m = { .label = MSG_ACK, .token = weak };
	REFUSED(ERR_RIGHTS, insula_reply(ep, &m));
	end_test();
}

static void
destroying_the_endpoint_or_the_thread_leaves_the_line_to_be_bound_anew(void)
{
	struct message m;

	begin_test();
	const uint64_t paid = fund_spare(INIT_SPACE);
	for (unsigned i = 0; i < 3; i++) {
		WORKS(insula_destroy(ep));
		device_asks(true);
		sleep_us(200); /* it interrupts: nobody is told, nothing breaks */
		WORKS(insula_destroy(line));
		device_asks(false);
		ep = endpoint_new();
		bell = badged(ep, RIGHT_NOTIFY, BIT);
		WORKS(insula_irq_bind(INIT_IRQ, SELF, uart.line, bell, SELF, &line));
		device_asks(true);
		EQUAL(wait_for_bits(&m), RECV_BITS);
		device_asks(false);
		WORKS(acknowledge(line));
	}
	EQUAL(fund_spare(INIT_SPACE), paid);
	end_test();
}

static void
wrong_handles_are_refused(void)
{
	static struct handle_case cases[] = {
		{ "irq_bind irq", CALL_irq_bind, 0, RIGHT_IRQ,
		    { 0, SELF, 0, GOOD_ENDPOINT, SELF } },
		{ "irq_bind payer", CALL_irq_bind, 1, RIGHT_CREATE,
		    { INIT_IRQ, 0, 0, GOOD_ENDPOINT, SELF } },
		{ "irq_bind endpoint", CALL_irq_bind, 3, RIGHT_NOTIFY,
		    { INIT_IRQ, SELF, 0, 0, SELF } },
		{ "irq_bind table", CALL_irq_bind, 4, RIGHT_TABLE,
		    { INIT_IRQ, SELF, 0, GOOD_ENDPOINT, 0 } },
	};

	for (unsigned i = 0; i < 4; i++)
		cases[i].x[2] = uart.line;
	handles_check(cases, 4);
}

static const struct test tests[] = {
	T(an_interrupt_sets_the_badges_bits_once_until_it_is_acknowledged),
	T(reply_recv_acknowledges_and_waits),
	T(S25_the_handler_runs_at_once_if_its_priority_is_higher),
	T(S25_the_handler_is_scheduled_like_any_other_thread),
	T(an_interrupt_wakes_an_idle_machine),
	T(an_interrupt_that_came_before_the_bind_is_not_lost),
	T(bits_wait_while_nobody_receives),
	T(irq_bind_is_refused),
	T(an_interrupt_thread_is_no_thread_to_run),
	T(destroying_the_endpoint_or_the_thread_leaves_the_line_to_be_bound_anew),
	T(wrong_handles_are_refused),
};

int
main(void)
{
	threads_init();
	if (!board_console(&uart)) {
		test_print("not ok the console's UART: it is not in the device tree\n");
		return 1;
	}
	/* A PL011 can send, as far as its interrupt goes, once it has sent. */
	test_print("the device is line %u\n", (uint64_t)uart.line);
	return RUN_TESTS(tests);
}
