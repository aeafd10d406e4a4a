/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a switch does to the processor, and what it costs: S26 to S28.
 */
#include "order.h"

#include <insula/process.h>
#include <insula/rpc/client.h>
#include <insula/services/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)

/* One function, so that whoever yields executes the same instructions. */
static __attribute__((noinline)) void
yield_times(uint64_t times)
{
	for (uint64_t n = 0; n < times; n++)
		insula_yield();
}

/* --- S26 */

#define YIELDS 100
#define LATER_MS 20 /* when the other process has long been started */

static uint64_t later;

int
be_peer(const char *ns)
{
	must(
	    insula_thread_configure(HANDLE_MAIN_THREAD, THREAD_POLICY, POLICY_FIFO, 0), "a policy");
	(void)clock_sleep_until(strtoull(ns, NULL, 10));
	yield_times(YIELDS);
	return 0;
}

/* With 3, of the same process, and later with the other one. */
static void
yield_to_both(void *unused)
{
	(void)unused;
	yield_times(YIELDS);
	(void)clock_sleep_until(later);
	yield_times(YIELDS);
}

static void
yield_now(void *unused)
{
	(void)unused;
	yield_times(YIELDS);
}

static void
spin_until_then(void *unused)
{
	(void)unused;
	while (clock_now_ns() < later + MS)
		insula_yield();
}

static void
two_processes(void)
{
	static struct process_spawn_in in = { .path = "/boot/order", .priority = 30 };
	struct process_spawn_out out;
	later = clock_now_ns() + LATER_MS * MS;
	in.args_length = 1 +
	    (uint32_t)snprintf((char *)in.args, sizeof in.args, "order%cpeer%c%llu", 0, 0,
		(unsigned long long)later);
	must(process_spawn(rpc_to_process(), &in, &out, TIME_NEVER), "the other process");
	start(yield_to_both, 0, 30, POLICY_FIFO);
	start(yield_now, 0, 30, POLICY_FIFO);
	start(spin_until_then, 0, 25, POLICY_FIFO);
}

/* --- S27 */

/* All that a program can see of the processor. */
struct image {
	uint64_t x[31];
	uint64_t flags, tpidr;
	uint64_t fpcr, fpsr;
	uint64_t pad;
	unsigned __int128 v[32];
};
_Static_assert(sizeof(struct image) == 288 + 512, "the code below knows the offsets");

#define FPCR_BITS 0x00c00000ull /* the rounding mode */
#define FPSR_BITS 0x0000009full /* sticky exceptions */
#define FLAGS_BITS 0xf0000000ull

/* void NAME(const struct image *in, struct image *out): load all, do one thing, store all. */
#define PASS(name, one_thing)                                                      \
	void name(const struct image *in, struct image *out);                      \
	__asm__("	.text\n"                                                         \
		"	.globl	" #name "\n"                                       \
		"	.type	" #name ", %function\n" #name ":\n"                \
		"	stp	x29, x30, [sp, #-192]!\n"                                    \
		"	stp	x19, x20, [sp, #16]\n"                                       \
		"	stp	x21, x22, [sp, #32]\n"                                       \
		"	stp	x23, x24, [sp, #48]\n"                                       \
		"	stp	x25, x26, [sp, #64]\n"                                       \
		"	stp	x27, x28, [sp, #80]\n"                                       \
		"	stp	d8, d9, [sp, #96]\n"                                         \
		"	stp	d10, d11, [sp, #112]\n"                                      \
		"	stp	d12, d13, [sp, #128]\n"                                      \
		"	stp	d14, d15, [sp, #144]\n"                                      \
		"	mrs	x2, tpidr_el0\n"                                             \
		"	mrs	x3, fpcr\n"                                                  \
		"	stp	x1, x2, [sp, #160]\n"                                        \
		"	str	x3, [sp, #176]\n"                                            \
		"	ldp	x2, x3, [x0, #264]\n"                                        \
		"	msr	fpcr, x2\n"                                                  \
		"	msr	fpsr, x3\n"                                                  \
		"	add	x1, x0, #288\n"                                              \
		"	.irp	n, " V_ALL "\n"                                    \
		"	ldr	q\\n, [x1], #16\n"                                           \
		"	.endr\n"                                                         \
		"	ldp	x2, x3, [x0, #248]\n"                                        \
		"	msr	nzcv, x2\n"                                                  \
		"	msr	tpidr_el0, x3\n"                                             \
		"	ldr	x1, [x0, #8]\n"                                              \
		"	.irp	n, " X_FROM_2 "\n"                                 \
		"	ldr	x\\n, [x0, #(8 * \\n)]\n"                                    \
		"	.endr\n"                                                         \
		"	ldr	x0, [x0]\n" one_thing "	stp	x0, x1, [sp, #-16]!\n" \
		"	ldr	x0, [sp, #176]\n"                                            \
		"	.irp	n, " X_FROM_2 "\n"                                 \
		"	str	x\\n, [x0, #(8 * \\n)]\n"                                    \
		"	.endr\n"                                                         \
		"	ldp	x2, x3, [sp], #16\n"                                         \
		"	stp	x2, x3, [x0]\n"                                              \
		"	mrs	x2, nzcv\n"                                                  \
		"	mrs	x3, tpidr_el0\n"                                             \
		"	stp	x2, x3, [x0, #248]\n"                                        \
		"	mrs	x2, fpcr\n"                                                  \
		"	mrs	x3, fpsr\n"                                                  \
		"	stp	x2, x3, [x0, #264]\n"                                        \
		"	add	x1, x0, #288\n"                                              \
		"	.irp	n, " V_ALL "\n"                                    \
		"	str	q\\n, [x1], #16\n"                                           \
		"	.endr\n"                                                         \
		"	ldp	x2, x3, [sp, #168]\n"                                        \
		"	msr	tpidr_el0, x2\n"                                             \
		"	msr	fpcr, x3\n"                                                  \
		"	ldp	d14, d15, [sp, #144]\n"                                      \
		"	ldp	d12, d13, [sp, #128]\n"                                      \
		"	ldp	d10, d11, [sp, #112]\n"                                      \
		"	ldp	d8, d9, [sp, #96]\n"                                         \
		"	ldp	x27, x28, [sp, #80]\n"                                       \
		"	ldp	x25, x26, [sp, #64]\n"                                       \
		"	ldp	x23, x24, [sp, #48]\n"                                       \
		"	ldp	x21, x22, [sp, #32]\n"                                       \
		"	ldp	x19, x20, [sp, #16]\n"                                       \
		"	ldp	x29, x30, [sp], #192\n"                                      \
		"	ret\n"                                                           \
		"	.size	" #name ", . - " #name "\n")
#define X_FROM_2 "2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30"
#define V_ALL "0,1," X_FROM_2 ",31"

/* Some 6 ms: a round-robin thread does not get through in one go. */
PASS(pass_spin, "	movz	x0, #0x30, lsl #16\n1:	sub	x0, x0, #1\n	cbnz	x0, 1b\n");
PASS(pass_call, "	svc	#1\n");
PASS(pass_reply_recv, "	svc	#2\n");
PASS(pass_recv, "	svc	#3\n");
PASS(pass_notify, "	svc	#5\n");
PASS(pass_yield, "	svc	#6\n");

/* Each register has a value of its own, with its owner in the top byte. */
static void
fill(struct image *m, uint64_t me)
{
	for (uint64_t i = 0; i < 31; i++)
		m->x[i] = me << 56 | 0x00aa000000000000 | i * 0x0101010101;
	for (uint64_t i = 0; i < 32; i++)
		m->v[i] = (unsigned __int128)(me << 56 | i * 0x1111) << 64 | (me << 56 | i * 0x777);
	m->flags = me << 28 & FLAGS_BITS;
	m->tpidr = me << 56 | 0x7d1;
	m->fpcr = me << 22 & FPCR_BITS;
	m->fpsr = me & FPSR_BITS;
}

/* How many registers from x`first` on have another value now, or another thread's. */
static unsigned
changed(const struct image *in, const struct image *out, unsigned first, uint64_t me)
{
	unsigned n = 0;
	for (unsigned i = first; i < 31; i++)
		n += in->x[i] != out->x[i];
	for (unsigned i = 0; i < first; i++)
		n += (out->x[i] >> 48 & 0xff) == 0xaa && out->x[i] >> 56 != me;
	for (unsigned i = 0; i < 32; i++)
		n += in->v[i] != out->v[i];
	n += in->tpidr != out->tpidr;
	n += first == 1 && in->flags != out->flags;
	return n + (in->fpcr != out->fpcr) + (in->fpsr != out->fpsr);
}

static void
pass(void (*by)(const struct image *, struct image *), uint64_t me, uint64_t handle, uint64_t token,
    struct image *out)
{
	struct image in;
	fill(&in, me);
	const bool spins = by == pass_spin, sends = by == pass_call || by == pass_reply_recv;
	if (!spins) {
		in.x[0] = handle;
		in.x[1] = TIME_NEVER;
		in.x[2] = token;
		in.x[11] = 0;
	}
	if (sends || by == pass_recv) /* what arrives has been sent: nothing that is known */
		memset(&in.x[3], 0, 8 * sizeof in.x[3]);
	by(&in, out);
	const unsigned wrong = changed(&in, out, spins ? 1 : 19, me);
	if (wrong == 0)
		return;
	fprintf(
	    stderr, "order: thread %u: %u registers changed over a switch\n", (unsigned)me, wrong);
	exit(1);
}

/* Preempted, yielding, calling, waking a higher one: with every register in use. */
static void
be_switched(void *thread)
{
	const uint64_t me = (uint64_t)thread;
	struct image out;
	pass(pass_spin, me, 0, 0, &out);
	pass(pass_yield, me, 0, 0, &out);
	pass(pass_call, me, ep, 0, &out);
	pass(pass_notify, me, second, 0, &out);
}

static void
serve_with_registers(void *thread)
{
	const uint64_t me = (uint64_t)thread;
	struct image out;
	pass(pass_recv, me, ep, 0, &out);
	pass(pass_reply_recv, me, ep, out.x[2], &out);
	const struct message m = { .token = out.x[2] };
	must(insula_reply(ep, &m), "an answer");
}

static void
receive_with_registers(void *thread)
{
	struct image out;
	for (unsigned n = 0; n < 2; n++)
		pass(pass_recv, (uint64_t)thread, second, 0, &out);
}

static void
registers(void)
{
	start(be_switched, 2, 30, POLICY_RR);
	start(be_switched, 3, 30, POLICY_RR);
	start(serve_with_registers, 4, 35, POLICY_FIFO);
	start(receive_with_registers, 5, 40, POLICY_FIFO);
}

/* --- S28 */

#define ROUNDS 64
#define READY_FEW 3
#define READY_MANY 1500
#define SWITCHES 1500 /* of the ring */
#define SMALL_STACK 1024
#define BELOW_MAIN 18 /* levels, from 1 on: they are ready until the program ends */

static void
receive_rounds(void *unused)
{
	(void)unused;
	struct message m = { .label = 0 };
	for (unsigned n = 0; n < ROUNDS; n++)
		(void)insula_recv(second, TIME_NEVER, &m);
}

static void
notify_rounds(void *unused)
{
	(void)unused;
	for (unsigned n = 0; n < ROUNDS; n++)
		must(insula_notify(second), "a notification");
}

static void
take_turns(void *raw)
{
	yield_times(((const struct raw *)raw)->argument);
	rest_for_good();
}

static void
never_run(void *raw)
{
	(void)raw;
	rest_for_good();
}

/* 3 wakes 2, time and again; then a third of the others take turns. The rest is ready, only. */
static void
with_others_ready(unsigned others)
{
	static struct raw raw[READY_MANY];
	static _Alignas(16) char stack[READY_MANY / 3][SMALL_STACK];
	const unsigned ring = others > READY_FEW ? others / 3 : READY_FEW;
	memset(stack, 0, sizeof stack); /* so that none of its pages is missing later */
	start(receive_rounds, 0, 40, POLICY_FIFO);
	start(notify_rounds, 0, 35, POLICY_FIFO);
	for (unsigned n = 0; n < others; n++) {
		const bool turns = n < ring;
		raw[n].argument = SWITCHES / ring;
		start_raw(&raw[n], turns ? take_turns : never_run,
		    (uint64_t)(uintptr_t)stack[turns ? n : 0] + SMALL_STACK,
		    turns ? 30 : 1 + n % BELOW_MAIN, POLICY_FIFO);
	}
}

static void
few_are_ready(void)
{
	with_others_ready(READY_FEW);
}

static void
many_are_ready(void)
{
	with_others_ready(READY_MANY);
}

const struct order_case machine_cases[] = {
	{ "S26", two_processes },
	{ "S27", registers },
	{ "S28-few", few_are_ready },
	{ "S28-many", many_are_ready },
	{ NULL, NULL },
};
