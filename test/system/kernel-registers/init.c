/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S27: all registers, FP/SIMD and TPIDR survive every switch, and nothing of
 * one thread's registers is ever seen by another.
 */
#include "guard.h"
#include "image.h"
#include "pages.h"
#include "raw.h"
#include "test.h"
#include "threads.h"

#include <string.h>

#define PLACE (8 * WINDOW_BYTES)
#define FPCR_BITS 0x00c00000ull /* the rounding mode */
#define FPSR_BITS 0x0000009full /* sticky exceptions */
#define FLAGS_BITS 0xf0000000ull

/* This file is built without FP registers, so that plain_* take the fast paths. */

typedef void pass(const struct image *in, struct image *out);

/* How the calls are made: with FP registers in use, or without. */
struct passes {
	pass *yield, *call, *recv, *reply_recv, *notify, *query;
};
static const struct passes with_fp = { pass_yield, pass_call, pass_recv, pass_reply_recv,
	pass_notify, pass_query };
static const struct passes plain = { plain_yield, plain_call, plain_recv, plain_reply_recv,
	plain_notify, plain_query };
static const struct passes *by = &with_fp;

static handle_t ep;

/*
 * Each register has a value of its own, and its owner in the top byte: the first
 * thread has owners below OTHERS.
 */
#define OTHERS 0x80
static void
fill(struct image *m, uint64_t owner)
{
	for (uint64_t i = 0; i < 31; i++)
		m->x[i] = owner << 56 | 0x00aa000000000000 | i * 0x0101010101;
	for (uint64_t i = 0; i < 32; i++)
		m->v[i] = (unsigned __int128)(owner << 56 | i * 0x1111) << 64 |
		    (owner << 56 | i * 0x777);
	m->flags = owner << 28 & FLAGS_BITS;
	m->tpidr = owner << 56 | 0x7d1;
	m->fpcr = owner << 22 & FPCR_BITS;
	m->fpsr = owner & FPSR_BITS;
}

#define NOT_X(n) (1ull << (n))
#define FLAGS (1ull << 31)

/* How many registers differ; those in `except` do not count. */
static uint64_t
differences(const struct image *a, const struct image *b, uint64_t except)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < 31; i++)
		n += (except >> i & 1) == 0 && a->x[i] != b->x[i];
	for (unsigned i = 0; i < 32; i++)
		n += a->v[i] != b->v[i];
	n += (except & FLAGS) == 0 && a->flags != b->flags;
	n += a->tpidr != b->tpidr;
	n += a->fpcr != b->fpcr;
	n += a->fpsr != b->fpsr;
	return n;
}

static struct image in[4], out[4];
static volatile bool finish;
static volatile uint64_t rounds[4];

static void
spin(struct worker *self)
{
	const uint64_t me = self->argument;

	for (uint64_t r = 0; !finish; r++) {
		fill(&in[me], 16 * (me + 1) + r % 16);
		if (r % 2 == 0)
			pass_spin_x0(&in[me], &out[me]);
		else
			pass_spin_x30(&in[me], &out[me]);
		self->result += differences(&in[me], &out[me], r % 2 == 0 ? NOT_X(0) : NOT_X(30));
		rounds[me] = r;
	}
}

static uint64_t
spin_against_each_other(handle_t other_space, unsigned policy)
{
	struct worker *w[3];
	uint64_t wrong = 0;

	finish = false;
	for (unsigned i = 0; i < 3; i++) {
		rounds[i] = 0;
		w[i] = worker_start_in(i == 1 ? other_space : SELF, spin, i, LOW, policy);
	}
	for (unsigned i = 0; i < 200; i++) {
		struct image mine;
		fill(&mine, 0x21); /* our FP state comes in between */
		pass_null(&mine, &mine);
		sleep_us(500);
	}
	finish = true;
	let_run();
	for (unsigned i = 0; i < 3; i++) {
		CHECK(w[i]->ended);
		CHECK(policy == POLICY_FIFO || rounds[i] > 2);
		wrong += w[i]->result;
		worker_end(w[i]);
	}
	return wrong;
}

static void
S27_all_registers_survive_preemption(void)
{
	EQUAL(spin_against_each_other(SELF, POLICY_RR), 0);
}

static void
S27_all_registers_survive_preemption_across_spaces(void)
{
	const handle_t space = space_like_this(16);

	EQUAL(spin_against_each_other(space, POLICY_RR), 0);
	WORKS(insula_destroy(space));
}

/* Fills everything with its own values at every turn, and yields or serves. */
static void
trash_and_yield(struct worker *self)
{
	static struct image trash, rest;

	fill(&trash, self->argument);
	while (!finish)
		by->yield(&trash, &rest);
}

/* A value that is another thread's, or the kernel's: none of its addresses is anybody's business. */
static bool
is_foreign(uint64_t value, uint64_t owner)
{
	const bool marked = (value >> 48 & 0xff) == 0xaa;

	return value >= 0xffffff8000000000 ||
	    (marked && (value >> 56 >= OTHERS) != (owner >= OTHERS));
}

/* Zero, or what this register of this thread was once given by fill. */
static bool
is_own_or_zero(uint64_t value, uint64_t owner, uint64_t number)
{
	const uint64_t mark = 0x00aa000000000000 | number * 0x0101010101;

	return value == 0 ||
	    ((value & 0x00ffffffffffffff) == mark && (value >> 56 >= OTHERS) == (owner >= OTHERS));
}

/*
 * x0 to x18 and the flags are lost over a call. What is in them, but for the
 * answers, is zero or an old value of the thread's own: one that the kernel has
 * saved for it before. Nothing that the kernel reckoned with stays behind.
 */
static void
check_after_call(const struct image *before, const struct image *after, uint64_t answers)
{
	struct image fair = *after;
	uint64_t foreign = 0;

	if (by == &plain) {
		memcpy(fair.v, before->v, sizeof fair.v);
		fair.fpcr = before->fpcr;
		fair.fpsr = before->fpsr;
	}
	EQUAL(differences(before, &fair, 0x7ffff | FLAGS), 0);
	for (unsigned i = 0; i <= 18; i++)
		foreign += (answers >> i & 1) == 0 &&
		    !is_own_or_zero(after->x[i], before->tpidr >> 56, i);
	EQUAL(foreign, 0);
}

/* All registers, with known values, pass through the kernel's save area of this thread. */
static void
prime(void)
{
	struct image known, rest;

	fill(&known, 0x25);
	by->query(&known, &rest);
}

static void
yield_keeps_registers_and_shows_none_of_the_others(void)
{
	finish = false;
	struct worker *w = worker_start(trash_and_yield, 0xe1, MAIN, POLICY_FIFO);

	for (unsigned i = 0; i < 50; i++) {
		prime();
		fill(&in[0], 0x20 + i);
		by->yield(&in[0], &out[0]);
		check_after_call(&in[0], &out[0], NOT_X(0));
	}
	finish = true;
	insula_yield();
	let_run();
	worker_end(w);
}

static void
null_keeps_registers(void)
{
	prime();
	fill(&in[0], 0x31);
	pass_null(&in[0], &out[0]);
	check_after_call(&in[0], &out[0], NOT_X(0) | NOT_X(1));
	EQUAL(out[0].x[1], ABI_VERSION);
}

/* A server that trashes every register, FP too, and shows what it got. */
static struct image served_in, served_out;

static void
serve_with_trash(struct worker *self)
{
	const handle_t at = (handle_t)self->argument;

	fill(&served_in, 0xd2);
	served_in.x[0] = at;
	served_in.x[1] = TIME_NEVER;
	served_in.x[11] = 0;
	by->recv(&served_in, &served_out);
	for (;;) {
		struct image answer;
		fill(&answer, 0xd3);
		answer.x[0] = at;
		answer.x[1] = TIME_NEVER;
		answer.x[2] = served_out.x[2];
		answer.x[11] = 77;
		memcpy(&served_in, &answer, sizeof answer);
		by->reply_recv(&answer, &served_out);
	}
}

static void
call_keeps_registers(handle_t space)
{
	const handle_t there = space == SELF ? ep : given(space, ep, RIGHTS_ENDPOINT, 0);
	struct worker *w = worker_start_in(space, serve_with_trash, there, HIGH, POLICY_FIFO);

	for (unsigned i = 0; i < 20; i++) {
		prime();
		fill(&in[0], 0x40 + i);
		in[0].x[0] = ep;
		in[0].x[1] = TIME_NEVER;
		in[0].x[11] = 5;
		struct image waited = served_in;
		by->call(&in[0], &out[0]);
		/* Ours: words and label are the answer's, the rest is ours or zero. */
		EQUAL(out[0].x[0], OK);
		for (unsigned word = 3; word <= 10; word++)
			EQUAL(out[0].x[word] >> 56, 0xd3);
		EQUAL(out[0].x[11], 77);
		check_after_call(&in[0], &out[0], 0xfff);
		/* The server's: words and label are ours, the rest is its own or zero. */
		for (unsigned word = 3; word <= 10; word++)
			EQUAL(served_out.x[word], in[0].x[word]);
		EQUAL(served_out.x[11], 5);
		EQUAL(served_out.x[12], 0);
		check_after_call(&waited, &served_out, 0xfff);
	}
	worker_end(w);
}

static void
call_and_reply_recv_keep_registers_and_show_only_the_message(void)
{
	ep = endpoint_new();
	call_keeps_registers(SELF);
	WORKS(insula_destroy(ep));
}

static void
call_and_reply_recv_across_spaces_show_only_the_message(void)
{
	ep = endpoint_new();
	const handle_t space = space_like_this(16);
	call_keeps_registers(space);
	WORKS(insula_destroy(space));
	WORKS(insula_destroy(ep));
}

/* Lower than us: the call blocks first, and is received by a thread that comes later. */
static void
a_call_that_waits_shows_only_the_message(void)
{
	ep = endpoint_new();
	struct worker *w = worker_start(serve_with_trash, ep, LOW, POLICY_FIFO);
	prime();
	fill(&in[0], 0x55);
	in[0].x[0] = ep;
	in[0].x[1] = TIME_NEVER;
	in[0].x[11] = 5;
	by->call(&in[0], &out[0]);
	EQUAL(out[0].x[0], OK);
	check_after_call(&in[0], &out[0], 0xfff);
	for (unsigned word = 3; word <= 10; word++)
		EQUAL(served_out.x[word], in[0].x[word]);
	worker_end(w);
	WORKS(insula_destroy(ep));
}

static struct image bits_in, bits_out;

static void
wait_for_bits(struct worker *self)
{
	fill(&bits_in, 0xc4);
	bits_in.x[0] = self->argument;
	bits_in.x[1] = TIME_NEVER;
	bits_in.x[11] = 0;
	by->recv(&bits_in, &bits_out);
	self->result = 1;
}

static void
notify_shows_nothing_but_its_bits(void)
{
	ep = endpoint_new();
	const handle_t bell = badged(ep, RIGHT_NOTIFY, 0x18);
	struct worker *w = worker_start(wait_for_bits, ep, HIGH, POLICY_FIFO);

	prime();
	fill(&in[0], 0x61);
	in[0].x[0] = bell;
	by->notify(&in[0], &out[0]);
	check_after_call(&in[0], &out[0], NOT_X(0));
	EQUAL(out[0].x[0], OK);
	CHECK(w->result == 1);
	EQUAL(bits_out.x[0], RECV_BITS);
	EQUAL(bits_out.x[12], 0x18);
	check_after_call(&bits_in, &bits_out, 0x1fff);
	for (unsigned word = 1; word <= 11; word++)
		CHECK(bits_out.x[word] >> 56 != 0x61);
	worker_end(w);
	WORKS(insula_destroy(ep));
}

static void
fault_with_known_registers(struct worker *self)
{
	fill(&in[1], 0x71);
	in[1].x[1] = PLACE;
	if (self->argument == 0)
		pass_load_x1(&in[1], &out[1]);
	else
		pass_udf(&in[1], &out[1]);
	self->result = differences(&in[1], &out[1], 0);
}

static void
S27_all_registers_survive_a_fault(void)
{
	struct message m;
	const uint64_t page = page_take();

	guard_begin();
	struct worker *w = victim_start(fault_with_known_registers, 0);
	REQUIRE(fault_wait(&m));
	fill(&in[0], 0x22);
	pass_null(&in[0], &out[0]); /* our FP state comes in between */
	WORKS(insula_map(INIT_SPACE, PLACE, page, 1, PROT_R));
	WORKS(fault_repeat(&m));
	let_run();
	CHECK(w->ended);
	EQUAL(w->result, 0);
	WORKS(insula_unmap(INIT_SPACE, PLACE, 1));
	worker_end(w);

	w = victim_start(fault_with_known_registers, 1);
	REQUIRE(fault_wait(&m));
	pass_null(&in[0], &out[0]);
	/* thread_registers shows what the thread had. */
	uint64_t x[8] = { 0 };
	for (unsigned first = 0; first < 24; first += 8) {
		WORKS(insula_thread_registers(w->handle, first, 0, x));
		for (unsigned i = 0; i < 8; i++)
			EQUAL(x[i], in[1].x[first + i]);
	}
	WORKS(insula_thread_registers(w->handle, 33, 0, x));
	EQUAL(x[0], in[1].flags);
	EQUAL(x[1], in[1].tpidr);
	WORKS(fault_skip(w, &m));
	let_run();
	EQUAL(w->result, 0);
	worker_end(w);
	page_give(page);
	guard_end();
}

static void
S27_registers_survive_stop_and_resume(void)
{
	finish = false;
	rounds[0] = 0;
	struct worker *w = worker_start(spin, 0, LOW, POLICY_FIFO);

	for (unsigned i = 0; i < 100; i++) {
		sleep_us(300);
		WORKS(insula_thread_stop(w->handle));
		fill(&in[3], 0x23);
		pass_null(&in[3], &out[3]);
		WORKS(insula_thread_resume(w->handle));
	}
	finish = true;
	let_run();
	CHECK(w->ended);
	CHECK(rounds[0] > 2);
	EQUAL(w->result, 0);
	worker_end(w);
}

static void
S27_a_new_thread_sees_nothing_but_what_it_was_given(void)
{
	static char stack[512] __attribute__((aligned(16)));
	static volatile struct image seen;
	handle_t t = HANDLE_NONE;

	for (unsigned i = 0; i < 4; i++) {
		memset((void *)&seen, 0xff, sizeof seen);
		fill(&in[0], 0x24);
		pass_null(&in[0], &out[0]);
		WORKS(insula_thread_create(SELF, SELF, LOW, POLICY_FIFO, &t));
		WORKS(insula_thread_start(t, (uintptr_t)note_registers,
		    (uintptr_t)stack + sizeof stack, (uintptr_t)&seen, 0x1234));
		for (unsigned wait = 0; wait < 100 && seen.x[0] != 1; wait++)
			sleep_us(1000);
		EQUAL(seen.x[0], 1);
		for (unsigned r = 1; r < 31; r++)
			EQUAL(seen.x[r], 0);
		for (unsigned r = 0; r < 32; r++)
			CHECK(seen.v[r] == 0);
		EQUAL(seen.flags, 0);
		EQUAL(seen.tpidr, 0x1234);
		EQUAL(seen.fpcr, 0);
		EQUAL(seen.fpsr, 0);
		WORKS(insula_destroy(t));
	}
}

/* Every call, with arguments that are refused: no register shows anything new. */
static void
refused_calls_show_nothing(void)
{
	for (uint64_t number = 1; number < CALL_COUNT; number++) {
		if (number == CALL_yield || number == CALL_null || number == CALL_sleep)
			continue; /* they refuse nothing */
		uint64_t x[19], before[19], foreign = 0;
		for (uint64_t i = 0; i < 19; i++)
			x[i] = before[i] = 0x7e00000000000000 | i << 32 | 0x7fffff00 | i;
		raw_call(number, x);
		CHECK((int64_t)x[0] < 0);
		for (unsigned i = 1; i < 19; i++)
			foreign += x[i] != before[i] && is_foreign(x[i], 0);
		EQUAL(foreign, 0);
	}
}

/* A test with FP registers in use, and without: S27_NAME and S27_NAME_on_the_fast_path. */
#define BOTH_WAYS(name)                                 \
	static void S27_##name(void)                    \
	{                                               \
		by = &with_fp;                          \
		name();                                 \
	}                                               \
	static void S27_##name##_on_the_fast_path(void) \
	{                                               \
		by = &plain;                            \
		name();                                 \
		by = &with_fp;                          \
	}
BOTH_WAYS(yield_keeps_registers_and_shows_none_of_the_others)
BOTH_WAYS(call_and_reply_recv_keep_registers_and_show_only_the_message)
BOTH_WAYS(call_and_reply_recv_across_spaces_show_only_the_message)
BOTH_WAYS(a_call_that_waits_shows_only_the_message)
BOTH_WAYS(notify_shows_nothing_but_its_bits)

static const struct test tests[] = {
	T(S27_all_registers_survive_preemption),
	T(S27_all_registers_survive_preemption_across_spaces),
	T(S27_yield_keeps_registers_and_shows_none_of_the_others),
	T(S27_yield_keeps_registers_and_shows_none_of_the_others_on_the_fast_path),
	T(null_keeps_registers),
	T(S27_call_and_reply_recv_keep_registers_and_show_only_the_message),
	T(S27_call_and_reply_recv_keep_registers_and_show_only_the_message_on_the_fast_path),
	T(S27_call_and_reply_recv_across_spaces_show_only_the_message),
	T(S27_call_and_reply_recv_across_spaces_show_only_the_message_on_the_fast_path),
	T(S27_a_call_that_waits_shows_only_the_message),
	T(S27_a_call_that_waits_shows_only_the_message_on_the_fast_path),
	T(S27_notify_shows_nothing_but_its_bits),
	T(S27_notify_shows_nothing_but_its_bits_on_the_fast_path),
	T(S27_all_registers_survive_a_fault),
	T(S27_registers_survive_stop_and_resume),
	T(S27_a_new_thread_sees_nothing_but_what_it_was_given),
	T(refused_calls_show_nothing),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
