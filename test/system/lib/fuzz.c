/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fuzzer: a caller whose space, endpoints, threads and pages are at stake,
 * in a space of its own so that it can do no harm to the first thread, which
 * watches, answers its faults, and starts it anew when it has blocked or
 * destroyed itself.
 */
#include "fuzz.h"

#include "pages.h"
#include "raw.h"
#include "test.h"
#include "threads.h"

#include <string.h>

#define ROUND 500   /* calls from one seed, then the victims are made anew */
#define HANDLES 64  /* all that the victim keeps */
#define ENDPOINTS 8 /* the first of them, then threads, then spaces, then the rest */
#define THREADS 8
#define SPACES 3
#define FUZZERS 2 /* threads that make calls */
#define PLACE (8 * WINDOW_BYTES)
#define POOL_PAGES 48
#define ROUND_US 20000
#define TURN_US 200

/* What the fuzzing thread shares with the first one. */
static struct {
	uint64_t random;
	volatile uint64_t made; /* calls so far */
	volatile uint64_t until;
	volatile uint64_t last[20]; /* number and registers of the last one */
	uint64_t succeeded[CALL_COUNT];
	handle_t handle[HANDLES];
	volatile uint64_t address[16];
	volatile uint64_t token;
} fuzz;

static uint64_t
next_random(void)
{
	fuzz.random ^= fuzz.random << 13;
	fuzz.random ^= fuzz.random >> 7;
	fuzz.random ^= fuzz.random << 17;
	return fuzz.random;
}

static uint64_t
below(uint64_t n)
{
	return next_random() % n;
}

static uint64_t
some_number(void)
{
	static const uint64_t special[] = { 0, 1, 2, 3, 7, 8, 15, 16, 17, 255, 256, 4095, 4096,
		4097, 0x7fffffff, 0x80000000, 0xffffffff, 1ull << 32, 1ull << 39, 1ull << 63, ~0ull,
		~0ull - 1, 0xffffff8000000000 };

	switch (below(4)) {
	case 0:
		return special[below(sizeof special / sizeof special[0])];
	case 1:
		return below(32);
	case 2:
		return 1ull << below(64);
	default:
		return next_random();
	}
}

static uint64_t
some_handle(void)
{
	const uint64_t one = fuzz.handle[below(below(2) == 0 ? HANDLES : 24)];

	switch (below(12)) {
	case 0:
		return some_number();
	case 1:
		return SELF;
	case 2:
		return one ^ 1ull << below(32);
	case 3:
		return one | HANDLE_ESTATE;
	default:
		return one;
	}
}

static uint64_t
some_of(unsigned first, unsigned count)
{
	return below(4) == 0 ? some_handle() : fuzz.handle[first + below(count)];
}

static uint64_t
some_endpoint(void)
{
	return some_of(0, ENDPOINTS);
}

static uint64_t
some_thread(void)
{
	return some_of(ENDPOINTS, THREADS);
}

static uint64_t
some_space(void)
{
	return some_of(ENDPOINTS + THREADS, SPACES);
}

/* What x0 of a call should be. */
static uint64_t
some_object(uint64_t number)
{
	if (number <= CALL_notify || number == CALL_endpoint_abort || number == CALL_recv_lend ||
	    number == CALL_notify_recv)
		return some_endpoint();
	if ((number >= CALL_thread_configure && number <= CALL_thread_query) ||
	    number == CALL_thread_interrupt)
		return some_thread();
	if (number >= CALL_map && number <= CALL_space_query)
		return some_space();
	if (number == CALL_irq_bind)
		return fuzz.handle[ENDPOINTS + THREADS + SPACES];
	return some_handle();
}

static uint64_t
some_address(void)
{
	const uint64_t at = fuzz.address[below(16)] + below(4) * PAGE_BYTES;

	switch (below(10)) {
	case 0:
		return some_number();
	case 1:
		return at + below(8);
	default:
		return at;
	}
}

static uint64_t
some_deadline(void)
{
	switch (below(64)) {
	case 0:
		return TIME_NEVER;
	case 1:
	case 2:
		return in_us(below(5000));
	default:
		return TIME_NOW;
	}
}

static uint64_t
some_argument(void)
{
	switch (below(3)) {
	case 0:
		return some_handle();
	case 1:
		return some_address();
	default:
		return some_number();
	}
}

/* Most arguments are of the kind that the call wants there. */
static void
choose(uint64_t number, uint64_t *x)
{
	for (unsigned i = 0; i < 12; i++)
		x[i] = some_argument();
	if (below(8) == 0)
		return;
	x[0] = some_object(number);
	switch (number) {
	case CALL_call:
	case CALL_reply_recv:
	case CALL_recv:
	case CALL_recv_lend:
	case CALL_sleep:
	case CALL_reply:
		x[1] = some_deadline();
		x[2] = below(3) == 0 ? some_handle() : fuzz.token + below(3);
		if (number == CALL_recv_lend && below(4) != 0)
			x[2] = some_thread();
		x[10] = some_handle();
		x[11] = below(4) == 0 ? some_number() : below(8) << 32 | below(3);
		break;
	case CALL_notify_recv:
		x[1] = some_deadline();
		x[2] = below(3) == 0 ? 0 : some_object(CALL_notify);
		x[11] = below(4) == 0 ? some_number() : 0;
		break;
	case CALL_endpoint_create:
	case CALL_space_create:
	case CALL_thread_create:
		x[1] = below(3) == 0 ? some_handle() : SELF;
		x[2] = below(4) == 0 ? some_number() : below(2) * (SPACE_ESTATE | below(3) << 8);
		if (number == CALL_endpoint_create && below(4) != 0)
			x[2] = below(2) * ENDPOINT_FIXED_PRIORITY;
		if (number == CALL_thread_create && below(4) != 0)
			x[2] = below(60) | below(4) << 8;
		break;
	case CALL_thread_configure:
		x[1] = below(7);
		x[2] = below(3) == 0 ? some_argument() : below(80);
		if (x[1] == THREAD_POLICY && below(2) == 0)
			x[2] = POLICY_SPORADIC;
		if (x[1] == THREAD_SPORADIC && below(4) != 0) {
			x[3] = 1 + below(2000000);
			x[2] = SPORADIC_VALUE(1 + below(x[3]), 1 + below(30), below(10));
		}
		break;
	case CALL_thread_start:
		x[1] = below(2) == 0 ? some_address() : IMAGE_BASE + below(16) * 4;
		x[2] = some_address() & ~15ull;
		break;
	case CALL_thread_registers:
		x[1] = below(40);
		x[2] = below(512);
		break;
	case CALL_map:
		x[1] = some_address();
		x[2] = below(2) == 0 ? some_address() : IMAGE_BASE + below(40) * PAGE_BYTES;
		x[3] = below(4) == 0 ? below(18) : 1;
		x[4] = below(4) == 0 ? below(5) : PROT_R;
		break;
	case CALL_unmap:
	case CALL_protect:
	case CALL_fund:
		x[1] = some_address();
		x[2] = below(4) == 0 ? below(18) : 1;
		x[3] = below(4) == 0 ? below(5) : PROT_R;
		break;
	case CALL_link:
		x[1] = below(4);
		x[2] = below(3) == 0 ? 0 : some_handle();
		break;
	case CALL_space_stop:
		x[1] = below(3);
		break;
	case CALL_space_query:
		x[1] = below(5);
		x[2] = below(2) == 0 ? some_address() : below(5);
		break;
	case CALL_cap_copy:
		x[0] = below(2) == 0 ? SELF : some_handle();
		x[1] = some_handle();
		x[2] = below(2) == 0 ? SELF : some_handle();
		x[3] = below(2) == 0 ? below(1u << 17) : 0xffull << 8 * below(2);
		x[4] = below(2) == 0 ? 0 : some_number();
		break;
	case CALL_cap_delete:
	case CALL_cap_query:
		x[0] = below(2) == 0 ? SELF : some_handle();
		x[1] = below(2) == 0 ? some_handle() : below(200);
		x[2] = below(2);
		break;
	case CALL_cap_revoke:
		x[1] = below(4);
		break;
	case CALL_irq_bind:
		x[1] = below(2) == 0 ? SELF : some_handle();
		x[2] = below(100);
		x[3] = some_endpoint();
		x[4] = below(2) == 0 ? SELF : some_handle();
		break;
	default:
		break;
	}
}

static bool
makes_a_handle(uint64_t number)
{
	return number == CALL_endpoint_create || number == CALL_thread_create ||
	    number == CALL_space_create || number == CALL_cap_copy || number == CALL_irq_bind;
}

/* In the victim's space: calls until it is told to stop, or cannot go on. */
static void
make_calls(struct worker *self)
{
	(void)self;
	while (fuzz.made < fuzz.until) {
		uint64_t x[19] = { 0 }, number = 1 + below(CALL_COUNT - 1);
		if (number == CALL_destroy && below(4) != 0)
			number = CALL_notify;
		choose(number, x);
		fuzz.last[0] = number;
		for (unsigned i = 0; i < 12; i++)
			fuzz.last[i + 1] = x[i];
		fuzz.made++;
		raw_call(number, x);
		fuzz.succeeded[number] += (int64_t)x[0] >= 0;
		if (x[0] == OK && makes_a_handle(number) && below(2) == 0)
			fuzz.handle[below(HANDLES)] = (handle_t)x[1];
		if ((int64_t)x[0] > 0 &&
		    (number == CALL_recv || number == CALL_reply_recv ||
			number == CALL_notify_recv))
			fuzz.token = x[2];
	}
}

/* A fuzzed process, all that it may hold, and pages that it may fund with. */
struct victim {
	handle_t space, other, estate, faults;
	uint64_t pool; /* in home */
	struct worker *worker[FUZZERS];
};

static void
give(handle_t space, unsigned at, handle_t what)
{
	struct cap_info c = { 0 };

	if (insula_cap_query(SELF, what, &c) == OK)
		fuzz.handle[at] = given(space, what, c.rights, 0);
}

/* Threads that spin, objects of each kind, links among them. */
static void
victim_begin(struct victim *v)
{
	handle_t t = HANDLE_NONE;

	memset(fuzz.handle, 0, sizeof fuzz.handle);
	v->space = space_like_this(24);
	v->faults = endpoint_new();
	(void)insula_space_create(v->space, SELF, 0, &v->other);
	(void)insula_space_create(v->space, SELF, SPACE_ESTATE | SLOT_ESTATE << 8, &v->estate);
	fund_pages(v->other, 6);
	fund_pages(v->estate, 6);
	unsigned at = 0;
	for (; at < ENDPOINTS; at++) {
		handle_t ep = HANDLE_NONE;
		(void)insula_endpoint_create(v->space, SELF, &ep);
		give(v->space, at, ep);
	}
	for (; at < ENDPOINTS + THREADS; at++) {
		(void)insula_thread_create(
		    at % 2 == 0 ? v->space : v->other, SELF, 20, POLICY_RR, &t);
		(void)insula_thread_configure(t, THREAD_LIMIT, 60, 0);
		give(v->space, at, t);
	}
	give(v->space, at++, v->space);
	give(v->space, at++, v->other);
	give(v->space, at++, v->estate);
	give(v->space, at++, INIT_IRQ);
	fuzz.address[0] = PLACE;
	fuzz.address[1] = PLACE + 510 * PAGE_BYTES;
	fuzz.address[2] = IMAGE_BASE;
	fuzz.address[3] = SLOT_ESTATE_BASE;
	fuzz.address[4] = SLOT_STATE_BASE;
	fuzz.address[5] = PRIVATE_END - PAGE_BYTES;
	fuzz.address[6] = SLOT_HOME_BASE - PAGE_BYTES;
	for (unsigned i = 7; i < 16; i++)
		fuzz.address[i] = v->pool + below(POOL_PAGES) * PAGE_BYTES;
	for (unsigned i = 0; i < FUZZERS; i++) {
		struct worker *w = worker_new_in(v->space, make_calls, 0, 50, POLICY_RR);
		(void)insula_thread_configure(w->handle, THREAD_LIMIT, 60, 0);
		(void)insula_thread_configure(w->handle, THREAD_FAULT_ENDPOINT, v->faults, 0);
		give(v->space, at++, w->handle);
		(void)worker_go(w);
		v->worker[i] = w;
	}
}

static void
victim_end(struct victim *v)
{
	(void)insula_destroy(v->space);
	for (unsigned i = 0; i < FUZZERS; i++)
		v->worker[i]->used = false;
	(void)insula_destroy(v->faults);
}

/*
 * What the first thread does to the victim meanwhile, between any two of its
 * instructions: only it has home, and may stop, link and fund. No answer matters.
 */
static void
disturb(const struct victim *v)
{
	const handle_t space = below(3) == 0 ? v->other : below(2) == 0 ? v->estate : v->space;
	const uint64_t page = v->pool + below(POOL_PAGES) * PAGE_BYTES;
	const uint64_t at = fuzz.address[below(7)];
	uint64_t back;

	switch (below(12)) {
	case 0:
	case 1:
		(void)insula_fund(space, page, 1 + (unsigned)below(3));
		break;
	case 2:
		(void)insula_defund(space, &back);
		break;
	case 3:
	case 4:
		(void)insula_map(space, at, page, 1 + (unsigned)below(3), (unsigned)below(3));
		break;
	case 5:
		(void)insula_unmap(space, at, 1 + (unsigned)below(3));
		break;
	case 6:
		(void)insula_space_stop(v->space, 1);
		(void)insula_link(v->other, SLOT_ESTATE, v->estate);
		(void)insula_space_stop(v->space, 0);
		break;
	case 7:
		(void)insula_space_stop(v->other, 1);
		(void)insula_link(v->space, SLOT_ESTATE, v->estate);
		(void)insula_space_stop(v->other, 0);
		break;
	case 8:
		(void)insula_thread_stop(v->worker[0]->handle);
		(void)insula_thread_resume(v->worker[0]->handle);
		break;
	case 9:
		(void)insula_link(v->space, SLOT_ESTATE, 0);
		break;
	default:
		break;
	}
}

/* It waits for what may never come, or is no more. */
static bool
rests(const struct worker *w)
{
	const enum thread_state state = worker_state(w);

	return state != THREAD_READY && state != THREAD_RUNNING;
}

/* Until its round is made, or it has come to rest some other way. */
static void
victim_run(struct victim *v)
{
	const uint64_t deadline = in_us(ROUND_US);

	fuzz.until = fuzz.made + ROUND;
	while (fuzz.made < fuzz.until && now_ns() < deadline) {
		struct message m = { 0 };
		const int got = insula_recv(v->faults, in_us(1 + below(TURN_US)), &m);
		disturb(v);
		if (got == RECV_MESSAGE || (rests(v->worker[0]) && rests(v->worker[1])))
			break;
	}
}

/* The kernel serves: objects are made, a thread runs, calls and is answered, all goes away. */
static handle_t alive_ep;
static void
answer_once(struct worker *self)
{
	struct message m = { 0 };

	self->result = (uint64_t)(int64_t)insula_recv(alive_ep, TIME_NEVER, &m);
	m.word[0]++;
	(void)insula_reply(alive_ep, &m);
}

static bool
is_alive(void)
{
	alive_ep = endpoint_new();
	struct worker *w = worker_start(answer_once, 0, HIGH, POLICY_FIFO);
	struct message m = { .word = { 41 } };
	const bool alive = insula_call(alive_ep, in_us(1000000), &m) == OK && m.word[0] == 42 &&
	    w->ended;

	worker_end(w);
	return insula_destroy(alive_ep) == OK && alive;
}

/* A fuzzer whose calls are all refused finds nothing: each kind must have worked. */
static bool
tried_everything(void)
{
	bool all = true;

	for (unsigned number = 1; number < CALL_COUNT; number++) {
		/* Nobody but the first thread has home, and no handler is ever entered. */
		if (number == CALL_fund || number == CALL_upcall_return)
			continue;
		/* These need a partner at the right moment, which is luck; is_alive does them. */
		if (number == CALL_call || number == CALL_reply_recv || number == CALL_reply ||
		    number == CALL_thread_interrupt)
			continue;
		if (fuzz.succeeded[number] != 0)
			continue;
		test_print("not ok fuzz: call %u never worked\n", (uint64_t)number);
		all = false;
	}
	return all;
}

int
fuzz_run(uint64_t seed, uint64_t calls)
{
	struct victim v = { .pool = pages_take(POOL_PAGES) };
	uint64_t rounds = 0, home = 0;

	test_print("fuzz: seed %u, %u calls\n", seed, calls);
	if (v.pool == 0)
		return 1;
	fuzz.random = seed * 0x9e3779b97f4a7c15 + 1;
	while (fuzz.made < calls) {
		const uint64_t at_first = fuzz.random;
		victim_begin(&v);
		victim_run(&v);
		victim_end(&v);
		if (++rounds % 16 != 0)
			continue;
		if (!is_alive()) {
			test_print("not ok fuzz: the kernel does not serve after %u calls, "
				   "state %x\n",
			    fuzz.made, at_first);
			return 1;
		}
		const uint64_t left = home_free_pages();
		if (home != 0 && left != home) {
			test_print("not ok fuzz: %u pages of home are free, not %u, "
				   "after %u calls, state %x\n",
			    left, home, fuzz.made, at_first);
			return 1;
		}
		home = left;
	}
	test_print("ok %u random calls, seed %u\n", calls, seed);
	if (!tried_everything())
		return 1;
	test_print("ok each call was right at times, in %u rounds\ndone 2\n", rounds);
	return 0;
}
