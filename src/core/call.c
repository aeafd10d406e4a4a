/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an exception to what it asks for, and to the thread that runs next.
 * Owns svc #0 and the idle loop.
 */
#include "core/call_table.h"
#include "core/context.h"
#include "core/fault.h"
#include "core/interrupt.h"
#include "core/kernel.h"
#include "core/panic.h"
#include "sched/sched.h"

#define DEADLINE_HIGH 12
#define LABEL 11
#define NARROW_SP 13
#define NARROW_LR 14

/* Decide who runs; while nobody does, wait for interrupts right here. */
static struct thread *
decide(struct cpu *cpu)
{
	sched_decide(cpu);
	while (cpu->current == cpu->idle) {
		context_idle(cpu);
		(void)interrupt_take(cpu);
		sched_decide(cpu);
	}
	return cpu->current;
}

/* Mostly nothing has changed that could decide otherwise, or that the timer should know. */
static inline __attribute__((always_inline)) bool
goes_on(const struct cpu *cpu, const struct thread *t)
{
	const uint32_t priority = thread_priority(t);

	return thread_state(t) == THREAD_RUNNING && cpu->highest_ready <= priority &&
	    (cpu->highest_ready < priority || (t->sched & SCHED_SLICED) == 0);
}

static inline struct thread *
leave(struct cpu *cpu)
{
	return goes_on(cpu, cpu->current) ? cpu->current : decide(cpu);
}

/* The thread's registers and those of its svc #0 handler change places. */
static __attribute__((noinline)) void
swap_banks(struct thread *t)
{
	const struct upcall_bank bank = t->upcall;

	t->upcall = (struct upcall_bank){ .pc = t->regs.pc,
		.sp = t->regs.sp,
		.pstate = t->regs.pstate,
		.tpidr = context_tpidr(),
		.x16 = t->regs.x[16],
		.x17 = t->regs.x[17] };
	t->regs.pc = bank.pc;
	t->regs.sp = bank.sp;
	t->regs.pstate = bank.pstate;
	context_set_tpidr(bank.tpidr);
	t->regs.x[16] = bank.x16;
	t->regs.x[17] = bank.x17;
	t->in_upcall = !t->in_upcall;
}

err_t
call_upcall_return(struct thread *caller, uint64_t *x)
{
	(void)x;
	if (!caller->in_upcall)
		return ERR_STATE;
	swap_banks(caller);
	return CALL_BLOCKED;
}

struct thread *
kernel_call(struct cpu *cpu, uint64_t number)
{
	struct thread *caller = cpu->current;
	uint64_t *x = caller->regs.x;

	kernel_check_begin(caller, number);
	const err_t err = call_handler(number)(caller, x);
	bool plain = false;
	if (err <= OK) {
		/* Else it is blocked, or has destroyed itself. */
		KASSERT(cpu->current == caller);
		x[0] = (uint64_t)(int64_t)err;
		plain = goes_on(cpu, caller);
	} else if (err == CALL_RESTART) {
		thread_rewind(caller);
	}
	kernel_check_call(cpu, caller, number == CALL_destroy && err == OK);
	return plain ? NULL : leave(cpu);
}

struct thread *
kernel_fault(struct cpu *cpu, uint64_t syndrome, uint64_t address)
{
	struct thread *t = cpu->current;
	uint8_t access = ACCESS_READ;
	const enum fault_kind kind = context_fault(syndrome, &address, t->regs.pc, &access);

	if (kind == FAULT_CALL) {
		if (context_is_upcall(syndrome) && t->upcall.pc != 0 && !t->in_upcall) {
			swap_banks(t);
			return leave(cpu);
		}
		t->regs.pc -= thread_svc_bytes(t);
	}
	fault_raise(cpu, kind, address, access, syndrome);
	kernel_check_call(cpu, t, false);
	return leave(cpu);
}

/*
 * What the upper halves of a narrow thread's registers hold is undefined. SP and
 * LR are shown where a fault's message looks for them, in registers that it does
 * not have. If it calls, its registers are widened to what the call expects.
 */
struct thread *
kernel_narrow(struct cpu *cpu, uint64_t syndrome, uint64_t address)
{
	struct thread *t = cpu->current;
	uint64_t *x = t->regs.x;
	const unsigned number = context_svc(syndrome);

	for (int i = 0; i <= NARROW_LR; i++)
		x[i] = (uint32_t)x[i];
	t->regs.sp = x[NARROW_SP];
	x[30] = x[NARROW_LR];
	if (number - 1 >= CALL_COUNT - 1)
		return kernel_fault(cpu, syndrome, address);
	x[1] |= x[DEADLINE_HIGH] << 32;
	x[LABEL] = (x[LABEL] & NARROW_LABEL_MASK) | x[LABEL] >> NARROW_FLAGS_SHIFT << 32;
	struct thread *runs = kernel_call(cpu, number);
	return runs != NULL ? runs : t;
}

struct thread *
kernel_interrupt(struct cpu *cpu)
{
	/* A device's interrupt has done by itself what there was to decide. */
	return interrupt_take(cpu) ? decide(cpu) : cpu->current;
}
