/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What kernel code on the host has in place of a machine: see fake/arch.h.
 */
#include "fake/arch.h"

#include "core/context.h"
#include "core/kernel.h"
#include "core/panic.h"
#include "core/platform.h"
#include "core/trace.h"
#include "sched/sched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_arch fake;
struct cpu fake_cpu;
struct kernel_lock kernel_lock;

void
fake_reset(void)
{
	memset(&fake, 0, sizeof fake);
	memset(&fake_cpu, 0, sizeof fake_cpu);
	fake.now_ns = 1000000;
	fake_cpu.lock = &kernel_lock;
	kernel_lock.held = 1;
	cpu_table[0] = &fake_cpu;
}

static _Noreturn void
end(void)
{
	if (!fake.end_armed) {
		fprintf(stderr, "unexpected end: %s\n", fake.panic ? fake.panic : "power off");
		abort();
	}
	fake.end_armed = false;
	longjmp(fake.end, 1);
}

_Noreturn void
panic(const char *file, int line, const char *invariant)
{
	(void)file;
	(void)line;
	fake.panic = invariant;
	end();
}

_Noreturn void
machine_power_off(int status)
{
	fake.off = true;
	fake.off_status = status;
	end();
}

_Noreturn void
machine_reset(void)
{
	fake.off = true;
	fake.off_status = -1;
	end();
}

/* A mailbox of one word: what is put in comes back, with a bit set. */
err_t
machine_mailbox(uint64_t *word)
{
	if (!fake.has_mailbox)
		return ERR_CALL;
	if ((*word != 0) == (fake.mail != 0))
		return ERR_BUSY;
	const uint64_t was = fake.mail;
	fake.mail = *word;
	*word = was != 0 ? was | 1u << 31 : *word;
	return OK;
}

void
console_write(const char *text, size_t bytes)
{
	if (bytes > sizeof fake.console - fake.console_bytes - 1)
		bytes = sizeof fake.console - fake.console_bytes - 1;
	memcpy(fake.console + fake.console_bytes, text, bytes);
	fake.console_bytes += bytes;
}

/* Clock and timer. */
uint64_t
clock_now_ns(void)
{
	return fake.now_ns;
}

void
timer_set(uint64_t deadline_ns)
{
	fake.timer_ns = deadline_ns;
	fake.timer_sets++;
}

void
timer_off(void)
{
	fake.timer_ns = TIME_NEVER;
}

/* Interrupts: those made pending first, then the timer's if it is due. */
uint32_t
irq_claim(void)
{
	if (fake.pending_count > 0) {
		const uint32_t line = fake.pending[0];
		fake.pending_count--;
		memmove(fake.pending, fake.pending + 1, fake.pending_count * sizeof(uint32_t));
		return line;
	}
	if (fake.timer_ns != TIME_NEVER && fake.timer_ns <= fake.now_ns)
		return IRQ_TIMER;
	return IRQ_NONE;
}

void
irq_end_timer(void)
{
}

void
irq_end_masked(uint32_t line)
{
	fake.ended |= 1ull << line;
	irq_mask(line);
}

void
irq_mask(uint32_t line)
{
	fake.unmasked &= ~(1ull << line);
}

void
irq_unmask(uint32_t line)
{
	fake.unmasked |= 1ull << line;
}

bool
irq_line_valid(uint32_t line)
{
	return line < 64;
}

/* The processor. */
uint64_t
context_ticks(void)
{
	return fake.now_ns;
}

uint64_t
context_ticks_to_ns(uint64_t ticks)
{
	return ticks;
}

void
context_switch(struct cpu *cpu, struct thread *from, struct thread *to)
{
	from->regs.cpu_ticks += fake.now_ns;
	to->regs.cpu_ticks -= fake.now_ns;
	from->regs.tpidr = fake.tpidr;
	fake.tpidr = to->regs.tpidr;
	if ((from->sched & SCHED_OWNS_FP) != 0)
		fp_release(cpu);
	fake.ttbr0 = to->ttbr0;
	fake.switches++;
	trace_switch(cpu, from, to);
}

uint64_t
context_no_space(void)
{
	return 0;
}

uint64_t
context_tpidr(void)
{
	return fake.tpidr;
}

void
context_set_tpidr(uint64_t value)
{
	fake.tpidr = value;
}

void
fp_release(struct cpu *cpu)
{
	fake.fp_saves++;
	fp_drop(cpu);
}

void
fp_drop(struct cpu *cpu)
{
	cpu->fp_owner->sched &= ~SCHED_OWNS_FP;
	cpu->fp_owner = NULL;
}

/* Nothing happens until the timer does: it is that time at once. */
void
context_idle(struct cpu *cpu)
{
	if (fake.pending_count == 0 && fake.timer_ns == TIME_NEVER)
		PANIC("nobody runs, and nothing will ever happen");
	if (fake.pending_count == 0 && fake.now_ns < fake.timer_ns)
		fake.now_ns = fake.timer_ns;
	(void)cpu;
}

bool
context_is_upcall(uint64_t syndrome)
{
	return syndrome == 0;
}

unsigned
context_svc(uint64_t syndrome)
{
	return (syndrome & FAKE_NARROW_SVC(0)) != 0 ? syndrome & 0xffff : 0;
}

bool
context_runs_narrow(void)
{
	return !fake.no_narrow;
}

/* A syndrome here is kind | access << 8; svc #0 is 0, a narrow thread's FAKE_NARROW_SVC. */
enum fault_kind
context_fault(uint64_t syndrome, uint64_t *address, uint64_t pc, uint8_t *access)
{
	(void)address;
	(void)pc;
	*access = (uint8_t)(syndrome >> 8);
	if (syndrome == 0 || (syndrome & FAKE_NARROW_SVC(0)) != 0)
		return FAULT_CALL;
	return (enum fault_kind)(syndrome & 0xff);
}

/* The fast path's exits do to memory what the vectors do to registers. */
void
exit_message(
    uint64_t status, uint64_t badge, uint64_t token, struct thread *to, struct thread *from)
{
	fake.fast_exits++;
	context_switch(&fake_cpu, from, to);
	fake_cpu.current = to;
	to->regs.x[0] = status;
	to->regs.x[1] = badge;
	to->regs.x[2] = token;
	memcpy(&to->regs.x[3], &from->regs.x[3], 9 * sizeof(uint64_t));
}

void
exit_switch(struct thread *to, struct thread *from)
{
	fake.fast_exits++;
	context_switch(&fake_cpu, from, to);
	fake_cpu.current = to;
}

void
exit_status(int64_t status)
{
	fake.fast_exits++;
	fake_cpu.current->regs.x[0] = (uint64_t)status;
}

void
exit_slow(uint64_t call_number)
{
	fake.slow_exits++;
	kernel_call(&fake_cpu, call_number);
}
