/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What C does to the processor on behalf of threads. Owns TTBR0, TPIDR_EL0,
 * CPACR and VBAR after boot, and the meaning of ESR.
 */
#include "core/aarch64/kernel_stack.h"
#include "core/aarch64/offsets.h"
#include "core/aarch64/sysreg.h"
#include "core/context.h"
#include "core/cpu.h"
#include "core/trace.h"
#include "sched/thread.h"

#define AT(type, member, offset) \
	_Static_assert(offsetof(type, member) == (offset), "shared with assembly")
AT(struct cpu, current, CPU_CURRENT);
AT(struct cpu, lock, CPU_LOCK);
AT(struct cpu, trace, CPU_TRACE);
AT(struct cpu, fp_owner, CPU_FP_OWNER);
AT(struct thread, object.identity, THREAD_IDENTITY);
AT(struct thread, ttbr0, THREAD_TTBR0);
AT(struct thread, sched, THREAD_SCHED);
AT(struct thread, regs.x, THREAD_X);
AT(struct thread, regs.sp, THREAD_SP);
AT(struct thread, regs.pc, THREAD_PC);
AT(struct thread, regs.pstate, THREAD_PSTATE);
AT(struct thread, regs.tpidr, THREAD_TPIDR);
AT(struct thread, regs.cpu_ticks, THREAD_CPU_TICKS);
AT(struct thread, fp, THREAD_FP);
AT(struct fp_state, fpsr, FP_CONTROL);
/* NOLINTNEXTLINE(misc-redundant-expression): equal is what is asserted */
_Static_assert(SCHED_OWNS_FP == 1ull << SCHED_OWNS_FP_BIT, "shared with assembly");
_Static_assert(VECTOR_CALL == CALL_call && VECTOR_REPLY_RECV == CALL_reply_recv &&
	VECTOR_RECV == CALL_recv && VECTOR_NOTIFY == CALL_notify && VECTOR_YIELD == CALL_yield &&
	VECTOR_NULL == CALL_null && VECTOR_CALLS == CALL_COUNT && VECTOR_RECV + 1 == CALL_reply &&
	VECTOR_RECV + 2 == CALL_notify && VECTOR_RECV + 3 == CALL_yield &&
	VECTOR_RECV + 4 == CALL_null && VECTOR_NOTIFY_RECV == CALL_notify_recv &&
	VECTOR_ABI_VERSION == ABI_VERSION,
    "shared with assembly");

_Static_assert(VECTOR_TRACE_HEADER == TRACE_HEADER_BYTES &&
	1u << VECTOR_TRACE_SHIFT == TRACE_RECORD_BYTES &&
	offsetof(struct trace_header, count) == 0 && offsetof(struct trace_header, mask) == 8 &&
	offsetof(struct trace_record, ticks) == 0 && offsetof(struct trace_record, thread) == 8 &&
	offsetof(struct trace_record, other) == 12 && offsetof(struct trace_record, word) == 16 &&
	offsetof(struct trace_record, value) == 24 && TRACE_SWITCH == 0,
    "shared with assembly");

extern const char vectors[];
void fp_save(struct fp_state *fp);

#define NS_PER_S 1000000000ull

/* Exception classes of ESR_EL1 from EL0. */
#define ESR_CLASS(esr) ((esr) >> 26 & 0x3f)
#define CLASS_SVC32 0x11
#define CLASS_SVC64 0x15
#define CLASS_INSTRUCTION_ABORT 0x20
#define CLASS_PC_ALIGNMENT 0x22
#define CLASS_DATA_ABORT 0x24
#define CLASS_SP_ALIGNMENT 0x26
#define CLASS_BREAKPOINT 0x30 /* and whatever else debugs: step, watchpoint, BKPT, BRK */
#define EL0_AARCH32 2         /* of ID_AA64PFR0_EL1: EL0 may be either; whatever else would run */
#define ESR_WRITE (1u << 6)
#define ESR_CACHE_OPERATION (1u << 8)
#define ESR_STATUS(esr) ((esr)&0x3f)
#define STATUS_ALIGNMENT 0x21
#define STATUS_MMU_END 0x10 /* address size, translation, access flag, permission */

static uint64_t clock_hz;

void
context_init(uint64_t counter_hz)
{
	clock_hz = counter_hz;
	sysreg_write(vbar_el1, (uintptr_t)vectors);
	sysreg_write(cpacr_el1, 0);
	isb();
}

struct cpu *
context_cpu(void)
{
	return &kernel_stack0.cpu;
}

uint64_t
context_ticks(void)
{
	return sysreg_read(cntvct_el0);
}

uint64_t
context_ticks_to_ns(uint64_t ticks)
{
	return ticks / clock_hz * NS_PER_S + ticks % clock_hz * NS_PER_S / clock_hz;
}

/* Apart, so that the ordinary switch calls nothing. */
static __attribute__((noinline)) void
switch_rarely(struct cpu *cpu, const struct thread *from, const struct thread *to)
{
	trace_switch(cpu, from, to);
	if ((from->sched & SCHED_OWNS_FP) != 0)
		fp_release(cpu);
}

void
context_switch(struct cpu *cpu, struct thread *from, struct thread *to)
{
	const uint64_t now = sysreg_read(cntvct_el0);

	from->regs.tpidr = sysreg_read(tpidr_el0);
	from->regs.cpu_ticks += now;
	to->regs.cpu_ticks -= now;
	sysreg_write(tpidr_el0, to->regs.tpidr);
	if (to->ttbr0 != from->ttbr0)
		sysreg_write(ttbr0_el1, to->ttbr0);
	if (((from->sched & SCHED_OWNS_FP) | (uintptr_t)cpu->trace) != 0)
		switch_rarely(cpu, from, to);
}

uint64_t
context_no_space(void)
{
	return mmu_empty_root_physical;
}

uint64_t
context_tpidr(void)
{
	return sysreg_read(tpidr_el0);
}

void
context_set_tpidr(uint64_t value)
{
	sysreg_write(tpidr_el0, value);
}

void
fp_release(struct cpu *cpu)
{
	struct thread *owner = cpu->fp_owner;

	fp_save(&owner->fp);
	fp_drop(cpu);
}

void
fp_drop(struct cpu *cpu)
{
	cpu->fp_owner->sched &= ~SCHED_OWNS_FP;
	cpu->fp_owner = NULL;
	sysreg_write(cpacr_el1, 0);
}

void
context_idle(struct cpu *cpu)
{
	uint32_t free;

	__atomic_store_n(&cpu->lock->held, 0, __ATOMIC_RELEASE);
	dsb_sy();
	__asm__ volatile("wfi" : : : "memory");
	do
		free = 0;
	while (!__atomic_compare_exchange_n(
	    &cpu->lock->held, &free, 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
}

bool
context_is_upcall(uint64_t syndrome)
{
	return ESR_CLASS(syndrome) == CLASS_SVC64 && (syndrome & 0xffff) == 0;
}

unsigned
context_svc(uint64_t syndrome)
{
	return ESR_CLASS(syndrome) == CLASS_SVC32 ? syndrome & 0xffff : 0;
}

bool
context_runs_narrow(void)
{
	return (sysreg_read(id_aa64pfr0_el1) & 0xf) == EL0_AARCH32;
}

static enum fault_kind
abort_kind(uint64_t syndrome)
{
	if (ESR_STATUS(syndrome) == STATUS_ALIGNMENT)
		return FAULT_ALIGNMENT;
	return ESR_STATUS(syndrome) < STATUS_MMU_END ? FAULT_PAGE : FAULT_OTHER;
}

enum fault_kind
context_fault(uint64_t syndrome, uint64_t *address, uint64_t pc, uint8_t *access)
{
	const uint64_t class = ESR_CLASS(syndrome);

	*access = ACCESS_EXECUTE;
	switch (class) {
	case CLASS_DATA_ABORT:
		*access = (syndrome & (ESR_WRITE | ESR_CACHE_OPERATION)) == ESR_WRITE ? ACCESS_WRITE
										      : ACCESS_READ;
		return abort_kind(syndrome);
	case CLASS_INSTRUCTION_ABORT:
		return abort_kind(syndrome);
	case CLASS_PC_ALIGNMENT:
		return FAULT_ALIGNMENT;
	case CLASS_SP_ALIGNMENT:
		*access = ACCESS_READ;
		*address = pc;
		return FAULT_ALIGNMENT;
	case CLASS_SVC32:
	case CLASS_SVC64:
		*address = pc;
		return FAULT_CALL;
	default:
		*address = pc;
		if (class >= CLASS_BREAKPOINT)
			return FAULT_DEBUG;
		/* Undefined, illegal, trapped: all say that this instruction is not for EL0. */
		return FAULT_UNDEFINED;
	}
}
