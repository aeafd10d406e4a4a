/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Narrow threads: processes of 32 bits beside those of 64. All that they see and
 * leave is 32 bits wide, their calls and faults arrive as anybody's, and where the
 * processor has no AArch32 at EL0 there are none.
 */
#include "calls.h"
#include "guard.h"
#include "pages.h"
#include "test.h"
#include "threads.h"
#include "world.h"

#include <string.h>

#define PLACE (1 * WINDOW_BYTES) /* where nothing is mapped, below 4 GiB */
#define PC 32
#define PSTATE 33
#define FPSCR_BITS 0x00c0009fu /* rounding mode, sticky exceptions */
#define FLAGS_BITS 0xf80f0000u /* NZCVQ, GE */
#define PSTATE_T 0x20u

/* As code.s32 has them. */
struct image {
	uint32_t r[15];
	uint32_t flags, fpscr;
	uint32_t fp; /* whether FP registers take part */
	uint64_t d[32];
};
struct narrow {
	struct image in, out;
	uint32_t go, back;
};
_Static_assert(sizeof(struct image) == 328, "code.s32 knows the offsets");

enum operation {
	PASS,
	BACK,
	SVC,
	SPIN,
	LOAD,
	STORE,
	JUMP,
	UNDEFINED,
	BREAKPOINT,
	MIDR,
	COUNTER,
	TPIDR,
	CONDITION,
	OPERATIONS,
};
enum state { ARM, THUMB };

extern const uint32_t narrow_code[];

static handle_t guard_send;
static handle_t runner; /* a narrow thread, new or stopped between operations */
static struct narrow n[4] __attribute__((aligned(16)));

static uint32_t
address_of(enum state state, enum operation operation)
{
	const uint32_t offset = narrow_code[(unsigned)state * OPERATIONS + operation];

	return (uint32_t)(uintptr_t)narrow_code + offset + (state == THUMB ? 1 : 0);
}

/* The address of svc #number. */
static uint32_t
svc_of(enum state state, unsigned number)
{
	return address_of(state, SVC) + 8 * number;
}

static void
fill(struct image *m, uint32_t owner)
{
	memset(m, 0, sizeof *m);
	for (uint32_t i = 0; i < 15; i++)
		m->r[i] = owner << 24 | 0x00aa0000 | i * 0x0101;
	for (uint64_t i = 0; i < 32; i++)
		m->d[i] = (uint64_t)owner << 56 | i * 0x777777;
	m->flags = owner * 0x08110000 & FLAGS_BITS;
	m->fpscr = owner * 0x00010001 & FPSCR_BITS;
	m->fp = 1;
}

/* How many registers differ: those that a call keeps, or all but r0. */
static unsigned
differences(const struct narrow *t, bool call)
{
	unsigned differ = t->out.r[13] != (uint32_t)(uintptr_t)t;

	for (unsigned i = call ? 13 : 1; i < 15; i++)
		differ += i != 13 && t->in.r[i] != t->out.r[i];
	if (t->in.fp != 0)
		differ += memcmp(t->in.d, t->out.d, sizeof t->in.d) != 0 ||
		    t->in.fpscr != t->out.fpscr;
	return differ;
}

/* Let a thread that is new or stopped do one thing. */
static void
narrow_go(handle_t thread, struct narrow *t, enum state state, uint32_t go)
{
	t->go = go;
	t->back = address_of(state, BACK);
	WORKS(insula_thread_start(
	    thread, address_of(state, PASS), (uintptr_t)t & ~15ull, (uintptr_t)t, 0));
}

/* A new narrow thread, whose fault endpoint is the guard's. */
static handle_t
narrow_new(unsigned priority, unsigned policy)
{
	handle_t thread = HANDLE_NONE;

	WORKS(insula_thread_create(SELF, SELF, priority, policy | THREAD_NARROW, &thread));
	WORKS(insula_thread_configure(thread, THREAD_FAULT_ENDPOINT, guard_send, 0));
	return thread;
}

static void
begin(void)
{
	guard_begin();
	guard_send = badged(guard, RIGHT_SEND, GUARD_BADGE);
	memset(n, 0, sizeof n);
	runner = narrow_new(LOW, POLICY_FIFO);
}

static void
end(void)
{
	WORKS(insula_destroy(runner));
	guard_end();
}

/* The thread has come to its end: svc #0, which nobody's kernel call is. */
static bool
ends(void)
{
	struct message m;

	return CHECK(fault_wait(&m)) && EQUAL(m.word[FAULT_WORD_KIND], FAULT_CALL) &&
	    EQUAL(m.word[FAULT_WORD_ESR] & 0xffff, 0) && WORKS(fault_stop(&m));
}

/* One operation with the registers of n[0].in, to its end. */
static void
run(enum state state, uint32_t go)
{
	narrow_go(runner, &n[0], state, go);
	(void)ends();
}

static void
it_runs_in_both_states_and_a_call_keeps_its_registers(void)
{
	begin();
	for (enum state s = ARM; s <= THUMB; s++) {
		fill(&n[0].in, 0x11);
		run(s, svc_of(s, CALL_null));
		EQUAL(n[0].out.r[0], OK);
		EQUAL(n[0].out.r[1], ABI_VERSION);
		EQUAL(differences(&n[0], true), 0);
		fill(&n[0].in, 0x12);
		run(s, svc_of(s, CALL_yield));
		EQUAL(n[0].out.r[0], OK);
		EQUAL(differences(&n[0], true), 0);
	}
	end();
}

/* Two spin, one in each state, against a thread of 64 bits and against us. */
static volatile bool finish;

static void
spin_wide(struct worker *self)
{
	uint64_t seen;

	__asm__ volatile(".arch_extension simd\n\tmovi v0.16b, #0x5a\n\tmovi v31.16b, #0x5a"
			 :
			 :
			 : "memory");
	while (!finish) {
		__asm__ volatile(
		    ".arch_extension simd\n\tand v0.16b, v0.16b, v31.16b\n\tumov %0, v0.d[1]"
		    : "=r"(seen));
		self->result += seen != 0x5a5a5a5a5a5a5a5a;
	}
}

static void
S27_all_registers_survive_preemption_beside_64_bits(void)
{
	struct message m;
	handle_t thread[2];

	begin();
	finish = false;
	for (enum state s = ARM; s <= THUMB; s++)
		thread[s] = narrow_new(LOW, POLICY_RR);
	struct worker *w = worker_start(spin_wide, 0, LOW, POLICY_RR);
	for (unsigned round = 0; round < 8; round++) {
		for (enum state s = ARM; s <= THUMB; s++) {
			fill(&n[s].in, 0x20 + 2 * round + s);
			narrow_go(thread[s], &n[s], s, address_of(s, SPIN));
		}
		for (unsigned i = 0; i < 2; i++) {
			REQUIRE(fault_wait(&m));
			EQUAL(m.word[FAULT_WORD_ESR] & 0xffff, 0);
			WORKS(fault_stop(&m));
		}
		for (enum state s = ARM; s <= THUMB; s++) {
			EQUAL(n[s].out.r[0], 0);
			EQUAL(differences(&n[s], false), 0);
		}
	}
	finish = true;
	for (enum state s = ARM; s <= THUMB; s++)
		WORKS(insula_destroy(thread[s]));
	let_run();
	CHECK(w->ended);
	EQUAL(w->result, 0);
	worker_end(w);
	end();
}

static void
every_other_svc_is_a_fault_at_the_svc(void)
{
	struct message m;

	begin();
	for (enum state s = ARM; s <= THUMB; s++) {
		for (unsigned number = CALL_COUNT; number < 256; number++) {
			fill(&n[0].in, 0x31);
			n[0].in.fp = 0;
			narrow_go(runner, &n[0], s, svc_of(s, number));
			REQUIRE(fault_wait(&m));
			if (m.word[FAULT_WORD_KIND] != FAULT_CALL ||
			    m.word[FAULT_WORD_PC] != (svc_of(s, number) & ~1u) ||
			    (m.word[FAULT_WORD_ESR] & 0xffff) != number ||
			    m.word[FAULT_WORD_SP] != (uintptr_t)&n[0] ||
			    m.word[FAULT_WORD_LR] != n[0].in.r[14])
				EQUAL(number, 0);
			/* Behind the svc it goes on as if nothing had been. */
			uint64_t pc[8] = { m.word[FAULT_WORD_PC] + (s == ARM ? 4 : 2) };
			WORKS(insula_thread_registers(runner, PC, 1, pc));
			WORKS(fault_repeat(&m));
			(void)ends();
			EQUAL(n[0].out.r[0], n[0].in.r[0]);
			EQUAL(n[0].out.flags & FLAGS_BITS, n[0].in.flags);
			EQUAL(differences(&n[0], false), 0);
		}
	}
	end();
}

/* Every call, with arguments that are refused. */
static void
every_call_with_nonsense_is_refused(void)
{
	begin();
	for (unsigned number = 1; number < CALL_COUNT; number++) {
		if (number == CALL_yield || number == CALL_null || number == CALL_sleep ||
		    number == CALL_call || number == CALL_recv || number == CALL_reply_recv)
			continue;
		for (enum state s = ARM; s <= THUMB; s++) {
			fill(&n[0].in, 0x7f);
			n[0].in.r[0] = n[0].in.r[1] = 0xfffffff0;
			world_begin();
			world_note();
			run(s, svc_of(s, number));
			if ((int32_t)n[0].out.r[0] >= 0)
				EQUAL(number, 0);
			EQUAL(differences(&n[0], true), 0);
			CHECK(world_is_unchanged(__FILE__, __LINE__, "a refused call"));
		}
	}
	end();
}

static struct message served;

static void
serve_once(struct worker *self)
{
	served = (struct message){ 0 };
	self->result = (uint64_t)insula_recv((handle_t)self->argument, TIME_NEVER, &served);
	struct message answer = { .token = served.token, .label = 0xaabbccdd };
	for (uint64_t i = 0; i < MESSAGE_WORDS; i++)
		answer.word[i] = 0x7700000000000000 | i << 8;
	(void)insula_reply((handle_t)self->argument, &answer);
}

static void
a_call_across_widths_carries_low_halves_only(void)
{
	begin();
	const handle_t ep = endpoint_new();
	for (unsigned server_priority = LOWER; server_priority <= HIGH;
	     server_priority += HIGH - LOWER)
		for (enum state s = ARM; s <= THUMB; s++) {
			struct worker *w =
			    worker_start(serve_once, ep, server_priority, POLICY_FIFO);
			fill(&n[0].in, 0xe1);
			n[0].in.r[0] = ep;
			n[0].in.r[1] = n[0].in.r[12] = 0;
			n[0].in.r[11] = 0x123456;
			run(s, svc_of(s, CALL_call));
			EQUAL(w->result, RECV_MESSAGE);
			EQUAL(served.label, 0x123456);
			for (unsigned i = 0; i < MESSAGE_WORDS; i++)
				EQUAL(served.word[i], n[0].in.r[3 + i]);
			EQUAL(n[0].out.r[0], OK);
			for (unsigned i = 0; i < MESSAGE_WORDS; i++)
				EQUAL(n[0].out.r[3 + i], i << 8);
			EQUAL(n[0].out.r[11], 0xbbccdd);
			EQUAL(n[0].out.r[12], 0);
			EQUAL(differences(&n[0], true), 0);
			worker_end(w);
		}
	WORKS(insula_destroy(ep));
	end();
}

static void
a_capability_goes_along_with_the_flag_from_bit_24(void)
{
	begin();
	const handle_t ep = endpoint_new(), other = endpoint_new();
	fill(&n[0].in, 0x41);
	n[0].in.r[0] = ep;
	n[0].in.r[1] = n[0].in.r[12] = 0;
	n[0].in.r[10] = other;
	n[0].in.r[11] = 0x42 | (uint32_t)(MSG_CAP >> 32) << NARROW_FLAGS_SHIFT;
	narrow_go(runner, &n[0], THUMB, svc_of(THUMB, CALL_call));
	struct message m = { .label = MSG_CAP_ACCEPT };
	EQUAL(insula_recv(ep, in_us(1000000), &m), RECV_MESSAGE);
	EQUAL(m.label, 0x42 | MSG_CAP_DELIVERED);
	WORKS(insula_notify((handle_t)m.word[7]));
	EQUAL(insula_recv(other, TIME_NOW, &(struct message){ 0 }), RECV_BITS);

	WORKS(insula_destroy(other));
	WORKS(insula_destroy(ep));
	end();
}

static void
deadlines_and_bits_have_two_halves(void)
{
	begin();
	const handle_t ep = endpoint_new();
	const handle_t bell = badged(ep, RIGHT_NOTIFY, 0x8000000000000040);
	for (enum state s = ARM; s <= THUMB; s++) {
		const uint64_t deadline = in_us(2000);
		fill(&n[0].in, 0x51);
		n[0].in.r[0] = ep;
		n[0].in.r[1] = (uint32_t)deadline;
		n[0].in.r[12] = (uint32_t)(deadline >> 32);
		n[0].in.r[11] = 0;
		run(s, svc_of(s, CALL_recv));
		EQUAL((int32_t)n[0].out.r[0], ERR_TIMED_OUT);
		CHECK(now_ns() >= deadline);

		/* Waiting for ever, stopped and let go on: the wait begins again at its svc. */
		n[0].in.r[12] = 0x7fffffff;
		narrow_go(runner, &n[0], s, svc_of(s, CALL_recv));
		for (unsigned i = 0; i < 3; i++) {
			let_run();
			WORKS(insula_thread_stop(runner));
			uint64_t pc[8] = { 0 };
			WORKS(insula_thread_registers(runner, PC, 0, pc));
			EQUAL(pc[0], svc_of(s, CALL_recv) & ~1u);
			WORKS(insula_thread_resume(runner));
		}
		let_run();
		WORKS(insula_notify(bell));
		(void)ends();
		EQUAL(n[0].out.r[0], RECV_BITS);
		EQUAL(n[0].out.r[1], 0x80000000);
		EQUAL(n[0].out.r[12], 0x40);
		EQUAL(differences(&n[0], true), 0);
	}
	WORKS(insula_destroy(ep));
	end();
}

static void
a_narrow_thread_may_serve(void)
{
	struct message m = { .label = 0x99, .word = { 1, 2, 3, 4, 5, 6, 7, 0x123456789 } };

	begin();
	const handle_t ep = endpoint_new();
	fill(&n[0].in, 0x61);
	n[0].in.r[0] = ep;
	n[0].in.r[1] = n[0].in.r[11] = n[0].in.r[12] = 0;
	narrow_go(runner, &n[0], ARM, svc_of(ARM, CALL_recv));
	let_run();
	EQUAL(insula_call(ep, in_us(1000), &m), ERR_TIMED_OUT); /* it takes it, and ends */
	(void)ends();
	EQUAL(n[0].out.r[0], RECV_MESSAGE);
	EQUAL(n[0].out.r[11], 0x99);
	EQUAL(n[0].out.r[10], 0x23456789);

	WORKS(insula_destroy(ep));
	end();
}

static void
faults_are_messages_with_their_cause(void)
{
	static const struct {
		enum operation operation;
		uint64_t kind, access;
		bool addressed; /* it is about PLACE, else about the instruction */
	} faults[] = {
		{ LOAD, FAULT_PAGE, ACCESS_READ, true },
		{ STORE, FAULT_PAGE, ACCESS_WRITE, true },
		{ JUMP, FAULT_PAGE, ACCESS_EXECUTE, true },
		{ UNDEFINED, FAULT_UNDEFINED, ACCESS_EXECUTE, false },
		{ BREAKPOINT, FAULT_DEBUG, ACCESS_EXECUTE, false },
		{ MIDR, FAULT_UNDEFINED, ACCESS_EXECUTE, false },
	};
	struct message m;

	begin();
	for (unsigned i = 0; i < sizeof faults / sizeof faults[0]; i++)
		for (enum state s = ARM; s <= THUMB; s++) {
			fill(&n[0].in, 0x71);
			n[0].in.r[1] = PLACE;
			const uint32_t at = address_of(s, faults[i].operation) & ~1u;
			narrow_go(runner, &n[0], s, at + (s == THUMB));
			REQUIRE(fault_wait(&m));
			EQUAL(m.badge, GUARD_BADGE);
			EQUAL(m.word[FAULT_WORD_KIND], faults[i].kind);
			EQUAL(m.word[FAULT_WORD_ACCESS], faults[i].access);
			EQUAL(m.word[FAULT_WORD_ADDRESS], faults[i].addressed ? PLACE : at);
			EQUAL(m.word[FAULT_WORD_PC], faults[i].operation == JUMP ? PLACE : at);
			EQUAL(m.word[FAULT_WORD_SP], (uintptr_t)&n[0]);
			EQUAL(m.word[FAULT_WORD_LR], n[0].in.r[14]);
			uint64_t x[8] = { 0 };
			for (unsigned first = 0; first < 16; first += 8) {
				WORKS(insula_thread_registers(runner, first, 0, x));
				for (unsigned r = first; r < first + 8 && r < 13; r++)
					EQUAL(x[r - first], n[0].in.r[r]);
			}
			WORKS(insula_thread_registers(runner, PSTATE, 0, x));
			const bool thumb = s == THUMB && faults[i].operation != JUMP;
			EQUAL(x[0] & (0x1f | PSTATE_T), 0x10 | (thumb ? PSTATE_T : 0));
			WORKS(fault_stop(&m));
		}
	end();
}

/* A load under a condition faults and is repeated: what depends on it goes on, T32's IT block too. */
static void
S27_registers_flags_and_it_state_survive_a_fault(void)
{
	struct message m;

	begin();
	for (enum state s = ARM; s <= THUMB; s++) {
		const uint64_t page = page_take();
		*(volatile uint32_t *)page = 0x5a5a; /* NOLINT: its place in home */
		fill(&n[0].in, 0x81);
		n[0].in.flags = 1u << 30 | 0xf0000; /* Z, and all of GE */
		n[0].in.r[1] = PLACE;
		narrow_go(runner, &n[0], s, address_of(s, CONDITION));
		REQUIRE(fault_wait(&m));
		EQUAL(m.word[FAULT_WORD_KIND], FAULT_PAGE);
		/* PSTATE goes out and comes back whole. */
		uint64_t x[8] = { 0 };
		WORKS(insula_thread_registers(runner, PSTATE, 0, x));
		const uint64_t pstate = x[0];
		WORKS(insula_thread_registers(runner, PSTATE, 1, x));
		EQUAL(x[0], pstate);
		WORKS(insula_map(INIT_SPACE, PLACE, page, 1, PROT_R));
		WORKS(fault_repeat(&m));
		(void)ends();
		EQUAL(n[0].out.r[2], 0x5a5a);
		EQUAL(n[0].out.r[3], 33);
		EQUAL(n[0].out.r[4], n[0].in.r[4]);
		EQUAL(n[0].out.flags & FLAGS_BITS, n[0].in.flags);
		n[0].in.r[2] = 0x5a5a;
		n[0].in.r[3] = 33;
		EQUAL(differences(&n[0], false), 0);

		WORKS(insula_unmap(INIT_SPACE, PLACE, 1));
		page_give(page);
	}
	end();
}

static void
the_counter_and_a_thread_pointer_are_there(void)
{
	begin();
	for (enum state s = ARM; s <= THUMB; s++) {
		fill(&n[0].in, 0x91);
		run(s, address_of(s, COUNTER));
		const uint64_t ticks = n[0].out.r[1] | (uint64_t)n[0].out.r[2] << 32;
		CHECK(ticks > boot_facts()->boot_ticks);
		CHECK(ticks * 1000000000 / boot_facts()->clock_hz <= now_ns() + 1000000);
		/* TPIDRURW is the thread's own TPIDR. */
		fill(&n[0].in, 0x92);
		n[0].in.r[1] = 0x76543210;
		run(s, address_of(s, TPIDR));
		EQUAL(n[0].out.r[2], 0x76543210);
	}
	end();
}

static void
nothing_of_it_lies_above_4_gib(void)
{
	handle_t t = HANDLE_NONE;

	begin();
	WORKS(insula_thread_create(SELF, SELF, LOW, THREAD_NARROW | POLICY_FIFO, &t));
	struct thread_info info = { 0 };
	WORKS(insula_thread_query(t, &info));
	EQUAL(info.state >> 24, THREAD_NARROW | POLICY_FIFO);
	world_begin();
	world_watch_thread(t);
	REFUSED(ERR_ARGUMENT, insula_thread_start(t, NARROW_END, 0x1000, 0, 0));
	REFUSED(ERR_ARGUMENT, insula_thread_start(t, 0x1000, NARROW_END + 16, 0, 0));
	REFUSED(ERR_ALIGNMENT, insula_thread_start(t, 0x1002, 0x1000, 0, 0));
	uint64_t x[8] = { ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull };
	WORKS(insula_thread_registers(t, 28, 0x7f, x));
	for (unsigned i = 0; i < 7; i++)
		CHECK(x[i] <= UINT32_MAX);
	x[0] = 0; /* AArch64 it cannot be told to be */
	WORKS(insula_thread_registers(t, PSTATE, 1, x));
	EQUAL(x[0], 0x10);
	WORKS(insula_destroy(t));
	end();
}

static const struct test tests[] = {
	T(it_runs_in_both_states_and_a_call_keeps_its_registers),
	T(S27_all_registers_survive_preemption_beside_64_bits),
	T(every_other_svc_is_a_fault_at_the_svc),
	T(every_call_with_nonsense_is_refused),
	T(a_call_across_widths_carries_low_halves_only),
	T(a_capability_goes_along_with_the_flag_from_bit_24),
	T(deadlines_and_bits_have_two_halves),
	T(a_narrow_thread_may_serve),
	T(faults_are_messages_with_their_cause),
	T(S27_registers_flags_and_it_state_survive_a_fault),
	T(the_counter_and_a_thread_pointer_are_there),
	T(nothing_of_it_lies_above_4_gib),
};

static void
without_aarch32_at_el0_there_are_none(void)
{
	handle_t t = HANDLE_NONE;

	world_begin();
	REFUSED(ERR_NO_AARCH32, insula_thread_create(SELF, SELF, LOW, THREAD_NARROW, &t));
	WORKS(insula_thread_create(SELF, SELF, LOW, 0, &t));
	WORKS(insula_destroy(t));
}

static const struct test refusal[] = { T(without_aarch32_at_el0_there_are_none) };

int
main(void)
{
	threads_init();
	if (strstr(boot_facts()->bootargs, "no-aarch32") != NULL)
		return RUN_TESTS(refusal);
	return RUN_TESTS(tests);
}
