/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interrupt storm (S25): the console's UART is asked to interrupt while it
 * can send, which it always can, so that it interrupts again as soon as its
 * driver has acknowledged. What other priorities were promised holds all the
 * same.
 */
#include "board.h"
#include "test.h"
#include "threads.h"

#define BIT 0x40ull
#define STORM 1000000u /* interrupts */
#define STORM_DEBUG \
	20000u /* of a kernel that checks itself after each call   \
                            */
#define MS 1000000ull
#define LATE_NS 20000ull  /* under --icount: instructions */
#define SWEEP_NS (3 * MS) /* a debug kernel checks everything now and then */
#define BUDGET_NS MS
#define PERIOD_NS (10 * MS)
#define STORM_PERIODS 10u
#define WORK_NS 200000ull

static struct board_uart uart;
static handle_t ep, rest, line;
static volatile bool over;
static volatile uint64_t periods, worst_ns;

static void
device_asks(bool on)
{
	*(volatile uint32_t *)uart_mask_register(&uart) = on ? uart_mask_value(&uart)
							     : 0; /* NOLINT */
	__asm__ volatile("dsb sy" : : : "memory");
}

static bool
is_debug(void)
{
	return (boot_facts()->flags & BOOT_FLAG_DEBUG) != 0;
}

static uint64_t
storm(void)
{
	return is_debug() ? STORM_DEBUG : STORM;
}

/* Acknowledges as often as its argument says. */
static void
driver(struct worker *self)
{
	struct message m = { 0 };
	uint64_t n = 0;
	int got = insula_recv(ep, TIME_NEVER, &m);

	while (got == RECV_BITS && ++n < self->argument) {
		m = (struct message){ .label = MSG_ACK, .token = line };
		got = insula_reply_recv(ep, TIME_NEVER, &m);
	}
	device_asks(false);
	self->result = n;
	over = true;
}

/* Has work to do for each interrupt, which its argument says in ns, and there is always another. */
static void
working_driver(struct worker *self)
{
	struct message m = { 0 };
	int got = insula_recv(ep, TIME_NEVER, &m);

	while (got == RECV_BITS && !over) {
		const uint64_t end = now_ns() + self->argument;
		while (now_ns() < end)
			;
		self->result++;
		m = (struct message){ .label = MSG_ACK, .token = line };
		got = insula_reply_recv(ep, TIME_NEVER, &m);
	}
}

/* Wants to run every millisecond, and writes down how late it was. */
static void
periodic(struct worker *self)
{
	uint64_t next = now_ns();

	(void)self;
	while (!over) {
		struct message m = { 0 };
		next += MS;
		(void)insula_recv(rest, next, &m);
		const uint64_t late = now_ns() - next;
		if (late > worst_ns)
			worst_ns = late;
		periods++;
	}
}

static uint64_t
work(void)
{
	const uint64_t begun = now_ns();

	for (volatile unsigned i = 0; i < 1000000; i++)
		;
	return now_ns() - begun;
}

static void
worker(struct worker *self)
{
	while (!over)
		self->result++;
}

static void
begin(void)
{
	ep = endpoint_new();
	rest = endpoint_new();
	device_asks(false);
	WORKS(
	    insula_irq_bind(INIT_IRQ, SELF, uart.line, badged(ep, RIGHT_NOTIFY, BIT), SELF, &line));
	over = false;
	periods = worst_ns = 0;
}

static void
end(void)
{
	device_asks(false);
	(void)insula_destroy(line);
	(void)insula_destroy(ep);
	(void)insula_destroy(rest);
}

static void
S25_in_a_storm_a_higher_thread_misses_nothing(void)
{
	begin();
	struct worker *p = worker_start(periodic, 0, HIGHER, POLICY_FIFO);
	const uint64_t begun = now_ns();
	device_asks(true);
	struct worker *d = worker_start(driver, storm(), HIGH, POLICY_FIFO);

	while (!over)
		sleep_us(100000);
	const uint64_t took = now_ns() - begun;
	EQUAL(d->result, storm());
	CHECK(periods + 2 > took / MS);
	CHECK(worst_ns < (is_debug() ? SWEEP_NS : LATE_NS));
	test_print("%u interrupts in %u us, %u periods, %u ns late at most\n", d->result,
	    took / 1000, periods, worst_ns);
	worker_end(d);
	worker_end(p);
	end();
}

/* The line stays masked until the driver runs, which is when nobody above it
 * wants to. */
static void
S25_a_storm_takes_one_interrupt_from_a_thread_above_the_driver(void)
{
	begin();
	const uint64_t alone = work();
	struct worker *d = worker_start(driver, 1000, LOW, POLICY_FIFO);
	device_asks(true);

	const uint64_t beside = work();
	CHECK(beside < alone + (is_debug() ? SWEEP_NS : LATE_NS));
	for (int ms = 0; d->result == 0 && ms < 2000;
	     ms++) /* a debug kernel's sweeps take their time */
		sleep_us(1000);
	EQUAL(d->result, 1000);
	worker_end(d);
	end();
}

static void
S12_beside_a_storm_a_round_robin_peer_of_the_driver_has_its_half(void)
{
	begin();
	struct worker *w = worker_new_in(INIT_SPACE, worker, 0, LOW, POLICY_RR);
	struct worker *d = worker_start(driver, ~0ull, LOW, POLICY_RR);
	struct thread_info peer = { 0 }, storming = { 0 };

	WORKS(worker_go(w));
	sleep_us(1000);
	device_asks(true);
	sleep_us(80000);
	device_asks(false);
	over = true;
	WORKS(insula_thread_query(w->handle, &peer));
	WORKS(insula_thread_query(d->handle, &storming));
	CHECK(peer.cpu_ns > 32 * MS);
	CHECK(storming.cpu_ns > 1000);
	worker_end(d);
	worker_end(w);
	end();
}

/*
 * The driver is above everybody, and sporadic: what the storm takes from a thread below it is
 * the driver's budget of each period, the interrupts themselves, and no more.
 */
static void
S23_a_storm_takes_the_budget_of_a_sporadic_driver_and_no_more(void)
{
	begin();
	struct worker *w = worker_new_in(INIT_SPACE, worker, 0, LOW, POLICY_FIFO);
	struct worker *d = worker_start(working_driver, WORK_NS, HIGHER, POLICY_FIFO);
	struct thread_info below = { 0 }, storming = { 0 };

	WORKS(insula_thread_configure(d->handle, THREAD_SPORADIC,
	    SPORADIC_VALUE(BUDGET_NS, LOWER, SPORADIC_REPL_MAX), PERIOD_NS));
	WORKS(insula_thread_configure(d->handle, THREAD_POLICY, POLICY_SPORADIC, 0));
	sleep_us(1000); /* it waits for its interrupt */
	WORKS(worker_go(w));
	device_asks(true);
	const uint64_t begun = now_ns();
	sleep_us(STORM_PERIODS * PERIOD_NS / 1000);
	const uint64_t took = now_ns() - begun;
	WORKS(insula_thread_query(w->handle, &below));
	WORKS(insula_thread_query(d->handle, &storming));
	device_asks(false);
	over = true;
	test_print("budget %u us of %u: the driver ran %u us of %u, the one below it %u us\n",
	    BUDGET_NS / 1000, PERIOD_NS / 1000, storming.cpu_ns / 1000, took / 1000,
	    below.cpu_ns / 1000);
	/* One more is used in parts at both ends; entering and leaving the kernel is not charged. */
	CHECK(storming.cpu_ns < (STORM_PERIODS + 1) * BUDGET_NS * 51 / 50);
	CHECK(storming.cpu_ns > (STORM_PERIODS - 2) * BUDGET_NS);
	if (!is_debug()) /* whose sweeps are nobody's time */
		CHECK(below.cpu_ns + storming.cpu_ns + STORM_PERIODS * PERIOD_NS / 20 > took);
	worker_end(d);
	worker_end(w);
	end();
}

int
main(void)
{
	static const struct test tests[] = {
		T(S25_in_a_storm_a_higher_thread_misses_nothing),
		T(S25_a_storm_takes_one_interrupt_from_a_thread_above_the_driver),
		T(S12_beside_a_storm_a_round_robin_peer_of_the_driver_has_its_half),
		T(S23_a_storm_takes_the_budget_of_a_sporadic_driver_and_no_more),
	};

	/* A PL011 that has never sent anything does not say that it can (QEMU's). */
	test_print("a storm\n");
	threads_init();
	(void)insula_thread_configure(INIT_THREAD, THREAD_POLICY, POLICY_FIFO, 0);
	if (!board_console(&uart)) {
		test_print("not ok irq-storm: the console's UART is unknown\n");
		return 1;
	}
	return RUN_TESTS(tests);
}
