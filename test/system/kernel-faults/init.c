/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a thread may not do becomes a message from it, of the right kind and
 * with the right words; an answer repeats the instruction or stops the thread;
 * svc #0 goes to the thread's own handler. Nothing reaches anybody else.
 */
#include "calls.h"
#include "guard.h"
#include "pages.h"
#include "test.h"
#include "world.h"

#define PLACE (8 * WINDOW_BYTES)
#define KERNEL_ADDRESS 0xffffff8000000000ull

static const uint32_t constant = 0x1234; /* in the read-only part */

static void
read_there(struct worker *self)
{
	self->result = *(volatile uint64_t *)self->argument; /* NOLINT: on purpose */
}

static void
write_there(struct worker *self)
{
	*(volatile uint64_t *)self->argument = 77; /* NOLINT: on purpose */
	self->result = 1;
}

static void
execute_there(struct worker *self)
{
	((void (*)(void))self->argument)(); /* NOLINT: on purpose */
	self->result = 1;
}

static void
undefined(struct worker *self)
{
	__asm__ volatile("udf #7");
	self->result = 1;
}

static void
privileged(struct worker *self)
{
	uint64_t value;

	__asm__ volatile("mrs %0, ttbr0_el1" : "=r"(value));
	self->result = value;
}

static void
breakpoint(struct worker *self)
{
	__asm__ volatile("brk #3");
	self->result = 1;
}

static void
unknown_call(struct worker *self)
{
	__asm__ volatile("mov x0, #55\n\tsvc %0" : : "i"(CALL_COUNT) : "x0", "memory");
	self->result = 1;
}

static void
far_call(struct worker *self)
{
	__asm__ volatile("svc #0xffff" : : : "memory");
	self->result = 1;
}

static void
svc_0(struct worker *self)
{
	__asm__ volatile("svc #0" : : : "memory");
	self->result = 1;
}

static void
misaligned_exclusive(struct worker *self)
{
	uint64_t value;

	__asm__ volatile("ldxr %0, [%1]" : "=r"(value) : "r"(self->stack_top - 63) : "memory");
	self->result = 1;
}

static void
misaligned_branch(struct worker *self)
{
	__asm__ volatile("br %0" : : "r"((uint64_t)misaligned_branch + 2) : "memory");
	self->result = 1;
}

/* The words that every fault has, and the thread's state meanwhile. */
static void
check_words(const struct worker *w, const struct message *m, uint64_t kind, uint64_t address,
    uint64_t access)
{
	struct thread_info info = { 0 };

	WORKS(insula_thread_query(w->handle, &info));
	EQUAL(info.state & 0xff, THREAD_REPLY);
	EQUAL(m->badge, GUARD_BADGE);
	EQUAL(m->word[FAULT_WORD_KIND], kind);
	EQUAL(m->word[FAULT_WORD_ADDRESS], address);
	EQUAL(m->word[FAULT_WORD_ACCESS], access);
	EQUAL(m->word[FAULT_WORD_THREAD], info.identity);
	EQUAL(m->word[FAULT_WORD_PC], info.pc);
	CHECK(m->word[FAULT_WORD_SP] <= (uintptr_t)w->stack_top);
	CHECK(m->word[FAULT_WORD_SP] + STACK_BYTES > (uintptr_t)w->stack_top);
	CHECK(m->word[FAULT_WORD_LR] >= IMAGE_BASE);
	CHECK(m->word[FAULT_WORD_ESR] != 0);
}

/* Fault, check, move on behind the instruction: it went on and finished. */
static void
faults(void (*run)(struct worker *), uint64_t argument, uint64_t kind, uint64_t address,
    uint64_t access, bool skip)
{
	struct message m;

	guard_begin();
	struct worker *w = victim_start(run, argument);
	if (CHECK(fault_wait(&m))) {
		check_words(
		    w, &m, kind, address == ~0ull ? m.word[FAULT_WORD_PC] : address, access);
		WORKS(skip ? fault_skip(w, &m) : fault_stop(&m));
		let_run();
		EQUAL(w->ended, skip);
		EQUAL(worker_state(w), skip ? THREAD_RECEIVE : THREAD_STOPPED);
	}
	worker_end(w);
	guard_end();
}

static void
a_read_of_what_is_not_mapped_is_a_page_fault(void)
{
	faults(read_there, PLACE + 0x128, FAULT_PAGE, PLACE + 0x128, ACCESS_READ, true);
	faults(read_there, 0, FAULT_PAGE, 0, ACCESS_READ, true);
}

static void
a_write_to_what_is_not_mapped_is_a_page_fault(void)
{
	faults(write_there, PLACE + 0xff8, FAULT_PAGE, PLACE + 0xff8, ACCESS_WRITE, true);
}

static void
a_write_to_a_constant_is_a_page_fault(void)
{
	faults(write_there, (uintptr_t)&constant & ~7ull, FAULT_PAGE, (uintptr_t)&constant & ~7ull,
	    ACCESS_WRITE, true);
	EQUAL(*(const volatile uint32_t *)&constant, 0x1234);
}

static void
execution_of_what_is_not_mapped_is_a_page_fault(void)
{
	faults(execute_there, PLACE + 0x40, FAULT_PAGE, PLACE + 0x40, ACCESS_EXECUTE, false);
}

static void
kernel_memory_cannot_be_read_written_or_executed(void)
{
	static const uint64_t where[] = { KERNEL_ADDRESS, 0xffffffffc0000000, 0xffffffff80000000,
		~7ull, 0x8000000000, 0x0001000000000000 };

	for (unsigned i = 0; i < sizeof where / sizeof where[0]; i++) {
		faults(read_there, where[i], FAULT_PAGE, where[i], ACCESS_READ, true);
		faults(write_there, where[i], FAULT_PAGE, where[i], ACCESS_WRITE, true);
	}
	faults(execute_there, KERNEL_ADDRESS, FAULT_PAGE, KERNEL_ADDRESS, ACCESS_EXECUTE, false);
	faults(execute_there, 0xffffffffc0000000, FAULT_PAGE, 0xffffffffc0000000, ACCESS_EXECUTE,
	    false);
}

static void
an_undefined_instruction_is_a_fault(void)
{
	faults(undefined, 0, FAULT_UNDEFINED, ~0ull, ACCESS_EXECUTE, true);
}

static void
a_privileged_instruction_is_a_fault(void)
{
	struct message m;

	guard_begin();
	struct worker *w = victim_start(privileged, 0);
	REQUIRE(fault_wait(&m));
	CHECK(m.word[FAULT_WORD_KIND] == FAULT_UNDEFINED || m.word[FAULT_WORD_KIND] == FAULT_OTHER);
	WORKS(fault_stop(&m));
	worker_end(w);
	guard_end();
}

/* QEMU does not check the alignment of SP. */
static void
a_misaligned_access_is_a_fault(void)
{
	struct message m;

	guard_begin();
	struct worker *w = victim_start(misaligned_exclusive, 0);
	REQUIRE(fault_wait(&m));
	EQUAL(m.word[FAULT_WORD_KIND], FAULT_ALIGNMENT);
	EQUAL(m.word[FAULT_WORD_ADDRESS], (uintptr_t)w->stack_top - 63);
	WORKS(fault_skip(w, &m));
	let_run();
	CHECK(w->ended);
	worker_end(w);
	guard_end();
}

static void
a_misaligned_pc_is_a_fault(void)
{
	struct message m;

	guard_begin();
	struct worker *w = victim_start(misaligned_branch, 0);
	REQUIRE(fault_wait(&m));
	EQUAL(m.word[FAULT_WORD_KIND], FAULT_ALIGNMENT);
	EQUAL(m.word[FAULT_WORD_PC], (uintptr_t)misaligned_branch + 2);
	WORKS(fault_stop(&m));
	worker_end(w);
	guard_end();
}

static void
a_breakpoint_is_a_fault(void)
{
	struct message m;

	guard_begin();
	struct worker *w = victim_start(breakpoint, 0);
	REQUIRE(fault_wait(&m));
	EQUAL(m.word[FAULT_WORD_KIND], FAULT_DEBUG);
	WORKS(fault_skip(w, &m));
	let_run();
	CHECK(w->ended);
	worker_end(w);
	guard_end();
}

static void
an_unknown_call_is_a_fault_at_its_svc(void)
{
	static void (*const runs[])(struct worker *) = { unknown_call, far_call, svc_0 };
	static const uint32_t code[] = { 0xd4000001 | CALL_COUNT << 5, 0xd41fffe1, 0xd4000001 };
	struct message m;

	for (unsigned i = 0; i < 3; i++) {
		guard_begin();
		struct worker *w = victim_start(runs[i], 0);
		REQUIRE(fault_wait(&m));
		EQUAL(m.word[FAULT_WORD_KIND], FAULT_CALL);
		EQUAL(*(const uint32_t *)m.word[FAULT_WORD_PC], code[i]); /* NOLINT: the victim's */
		uint64_t x[8] = { 0 };
		WORKS(insula_thread_registers(w->handle, 0, 0, x));
		if (i == 0)
			EQUAL(x[0], 55);
		WORKS(fault_skip(w, &m));
		let_run();
		EQUAL(w->result, 1);
		worker_end(w);
		guard_end();
	}
}

static void
a_page_fault_that_is_mended_is_repeated(void)
{
	const uint64_t page = page_take();
	struct message m;

	guard_begin();
	*(volatile uint64_t *)(page + 8) = 4711; /* NOLINT: home */
	struct worker *w = victim_start(read_there, PLACE + 8);
	REQUIRE(fault_wait(&m));
	WORKS(insula_map(INIT_SPACE, PLACE, page, 1, PROT_R));
	WORKS(fault_repeat(&m));
	let_run();
	CHECK(w->ended);
	EQUAL(w->result, 4711);
	worker_end(w);

	/* Read-only: the write faults, and is repeated when it may. */
	w = victim_start(write_there, PLACE + 16);
	REQUIRE(fault_wait(&m));
	EQUAL(m.word[FAULT_WORD_ACCESS], ACCESS_WRITE);
	WORKS(insula_unmap(INIT_SPACE, PLACE, 1));
	WORKS(insula_map(INIT_SPACE, PLACE, page, 1, PROT_W));
	WORKS(fault_repeat(&m));
	let_run();
	EQUAL(*(volatile uint64_t *)(page + 16), 77); /* NOLINT: home */
	worker_end(w);
	WORKS(insula_unmap(INIT_SPACE, PLACE, 1));
	page_give(page);
	guard_end();
}

static void
a_fault_that_is_not_mended_comes_again(void)
{
	struct message m;

	guard_begin();
	struct worker *w = victim_start(read_there, PLACE);
	for (int i = 0; i < 5; i++) {
		REQUIRE(fault_wait(&m));
		EQUAL(m.word[FAULT_WORD_ADDRESS], PLACE);
		WORKS(fault_repeat(&m));
	}
	REQUIRE(fault_wait(&m));
	WORKS(fault_stop(&m));
	EQUAL(worker_state(w), THREAD_STOPPED);
	/* Resumed, it tries again. */
	WORKS(insula_thread_resume(w->handle));
	REQUIRE(fault_wait(&m));
	worker_end(w);
	EQUAL(fault_repeat(&m), ERR_TOKEN);
	guard_end();
}

static void
a_fault_has_no_other_answer(void)
{
	struct message m;

	guard_begin();
	struct worker *w = victim_start(undefined, 0);
	REQUIRE(fault_wait(&m));
	world_begin();
	world_watch_thread(w->handle);
	struct message a = { .label = 2, .token = m.token };
	REFUSED(ERR_ARGUMENT, insula_reply(guard, &a));
	REFUSED(ERR_ARGUMENT, (err_t)insula_reply_recv(guard, TIME_NOW, &a));
	WORKS(fault_stop(&m));
	worker_end(w);
	guard_end();
}

static void
a_fault_waits_until_somebody_receives(void)
{
	struct message m;

	guard_begin();
	struct worker *w = victim_start(undefined, 0);
	let_run();
	EQUAL(worker_state(w), THREAD_SEND);
	/* Stopped and resumed meanwhile, it faults anew, once. */
	WORKS(insula_thread_stop(w->handle));
	WORKS(insula_thread_resume(w->handle));
	REQUIRE(fault_wait(&m));
	EQUAL(m.word[FAULT_WORD_KIND], FAULT_UNDEFINED);
	WORKS(fault_stop(&m));
	EQUAL(insula_recv(guard, TIME_NOW, &m), ERR_TIMED_OUT);
	worker_end(w);
	guard_end();
}

/* A line `fault:` on the console, which the Python side of a test can look for. */
static void
a_fault_without_a_handler_stops_only_its_thread(void)
{
	struct worker *w = worker_start(undefined, 0, HIGH, POLICY_FIFO);

	EQUAL(worker_state(w), THREAD_STOPPED);
	CHECK(!w->ended);
	worker_end(w);
}

static void
a_fault_whose_handler_is_gone_stops_only_its_thread(void)
{
	guard_begin();
	struct worker *w = victim_start(undefined, 0);
	let_run();
	EQUAL(worker_state(w), THREAD_SEND);
	guard_end();
	EQUAL(worker_state(w), THREAD_STOPPED);
	worker_end(w);
}

/* --- svc #0 with a handler */

static volatile uint64_t handled_x8, handled_count;
static char upcall_stack[2048] __attribute__((aligned(16)));

void upcall_entry(void);
void upcall_body(uint64_t x8);

/* Saves nothing but what C may clobber and the kernel does not keep: x0 to x18, x30. */
__asm__("	.text\n"
	"	.globl	upcall_entry\n"
	"upcall_entry:\n"
	"	stp	x0, x1, [sp, #-160]!\n"
	"	stp	x2, x3, [sp, #16]\n"
	"	stp	x4, x5, [sp, #32]\n"
	"	stp	x6, x7, [sp, #48]\n"
	"	stp	x8, x9, [sp, #64]\n"
	"	stp	x10, x11, [sp, #80]\n"
	"	stp	x12, x13, [sp, #96]\n"
	"	stp	x14, x15, [sp, #112]\n"
	"	stp	x18, x30, [sp, #128]\n"
	"	mov	x0, x8\n"
	"	bl	upcall_body\n"
	"	ldp	x18, x30, [sp, #128]\n"
	"	ldp	x14, x15, [sp, #112]\n"
	"	ldp	x12, x13, [sp, #96]\n"
	"	ldp	x10, x11, [sp, #80]\n"
	"	ldp	x8, x9, [sp, #64]\n"
	"	ldp	x6, x7, [sp, #48]\n"
	"	ldp	x4, x5, [sp, #32]\n"
	"	ldp	x2, x3, [sp, #16]\n"
	"	ldp	x0, x1, [sp], #160\n"
	"	mov	x0, #4242\n" /* what the handler answers */
	"	svc	#17\n"       /* upcall_return */
	"	udf	#0\n");

void
upcall_body(uint64_t x8)
{
	handled_x8 = x8;
	handled_count++;
}

static volatile uint64_t after[8];

static void
use_svc_0(struct worker *self)
{
	register uint64_t x0 __asm__("x0") = 1;
	register uint64_t x8 __asm__("x8") = 64;
	register uint64_t x16 __asm__("x16") = 1616;
	register uint64_t x17 __asm__("x17") = 1717;
	register uint64_t x19 __asm__("x19") = 1919;
	uint64_t sp, sp_after, tpidr, tpidr_after, flags;

	__asm__ volatile(
	    "mov	%[sp], sp\n"
	    "	mrs	%[tpidr], tpidr_el0\n"
	    "	cmp	xzr, xzr\n" /* Z and C */
	    "	svc	#0\n"
	    "	mrs	%[flags], nzcv\n"
	    "	mov	%[sp_after], sp\n"
	    "	mrs	%[tpidr_after], tpidr_el0\n"
	    : "+r"(x0), "+r"(x8), "+r"(x16), "+r"(x17),
	    "+r"(x19), [sp] "=&r"(sp), [sp_after] "=&r"(sp_after), [tpidr] "=&r"(tpidr),
	    [tpidr_after] "=&r"(tpidr_after), [flags] "=&r"(flags)
	    :
	    : "cc", "memory");
	after[0] = x0;
	after[1] = x8;
	after[2] = x16;
	after[3] = x17;
	after[4] = x19;
	after[5] = sp_after == sp;
	after[6] = tpidr_after == tpidr;
	after[7] = flags;
	self->result = 1;
}

static void
svc_0_goes_to_the_threads_own_handler_and_back(void)
{
	handled_count = 0;
	struct worker *w = worker_new_in(SELF, use_svc_0, 0, HIGH, POLICY_FIFO);
	WORKS(insula_thread_configure(w->handle, THREAD_UPCALL, (uintptr_t)upcall_entry,
	    (uintptr_t)upcall_stack + sizeof upcall_stack));
	WORKS(worker_go(w));
	CHECK(w->ended);
	EQUAL(handled_count, 1);
	EQUAL(handled_x8, 64);
	EQUAL(after[0], 4242);
	EQUAL(after[1], 64);
	EQUAL(after[2], 1616);
	EQUAL(after[3], 1717);
	EQUAL(after[4], 1919);
	CHECK(after[5]);
	CHECK(after[6]);
	EQUAL(after[7], 0x60000000);
	(void)calls_note(CALL_upcall_return, OK); /* upcall_entry's, which is assembly */
	worker_end(w);
}

void upcall_nested(void);
__asm__("	.text\n"
	"	.globl	upcall_nested\n"
	"upcall_nested:\n"
	"	svc	#0\n"
	"	svc	#17\n"
	"	udf	#0\n");

static void
svc_0_inside_a_handler_is_a_fault(void)
{
	struct message m;

	guard_begin();
	struct worker *w = worker_new_in(SELF, svc_0, 0, LOW, POLICY_FIFO);
	const handle_t send = badged(guard, RIGHT_SEND, GUARD_BADGE);
	WORKS(insula_thread_configure(w->handle, THREAD_FAULT_ENDPOINT, send, 0));
	WORKS(insula_thread_configure(w->handle, THREAD_UPCALL, (uintptr_t)upcall_nested,
	    (uintptr_t)upcall_stack + sizeof upcall_stack));
	WORKS(worker_go(w));
	REQUIRE(fault_wait(&m));
	EQUAL(m.word[FAULT_WORD_KIND], FAULT_CALL);
	EQUAL(m.word[FAULT_WORD_PC], (uintptr_t)upcall_nested);
	/* Inside a handler the handler cannot be changed: its bank holds the thread. */
	world_begin();
	world_watch_thread(w->handle);
	REFUSED(ERR_STATE, insula_thread_configure(w->handle, THREAD_UPCALL, 0, 0));
	WORKS(fault_skip(w, &m));
	let_run();
	CHECK(w->ended);
	worker_end(w);
	guard_end();
}

static void
a_fault_in_another_space_names_its_thread_and_stays_there(void)
{
	struct message m;

	guard_begin();
	const handle_t space = space_like_this(8);
	struct worker *w = victim_start_in(space, write_there, PLACE);
	REQUIRE(fault_wait(&m));
	check_words(w, &m, FAULT_PAGE, PLACE, ACCESS_WRITE);
	const uint64_t page = page_take();
	WORKS(insula_map(space, PLACE, page, 1, PROT_W));
	WORKS(fault_repeat(&m));
	let_run();
	EQUAL(*(volatile uint64_t *)page, 77); /* NOLINT: home */
	WORKS(insula_unmap(space, PLACE, 1));
	worker_end(w);
	WORKS(insula_destroy(space));
	page_give(page);
	guard_end();
}

static const struct test tests[] = {
	T(a_read_of_what_is_not_mapped_is_a_page_fault),
	T(a_write_to_what_is_not_mapped_is_a_page_fault),
	T(a_write_to_a_constant_is_a_page_fault),
	T(execution_of_what_is_not_mapped_is_a_page_fault),
	T(kernel_memory_cannot_be_read_written_or_executed),
	T(an_undefined_instruction_is_a_fault),
	T(a_privileged_instruction_is_a_fault),
	T(a_misaligned_access_is_a_fault),
	T(a_misaligned_pc_is_a_fault),
	T(a_breakpoint_is_a_fault),
	T(an_unknown_call_is_a_fault_at_its_svc),
	T(a_page_fault_that_is_mended_is_repeated),
	T(a_fault_that_is_not_mended_comes_again),
	T(a_fault_has_no_other_answer),
	T(a_fault_waits_until_somebody_receives),
	T(a_fault_without_a_handler_stops_only_its_thread),
	T(a_fault_whose_handler_is_gone_stops_only_its_thread),
	T(svc_0_goes_to_the_threads_own_handler_and_back),
	T(svc_0_inside_a_handler_is_a_fault),
	T(a_fault_in_another_space_names_its_thread_and_stays_there),
};

int
main(void)
{
	threads_init();
	return RUN_TESTS(tests);
}
