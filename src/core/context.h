/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the processor does for threads, behind one interface: counter, address
 * space, FP state, and the ways out of the kernel. aarch64/ implements it; the
 * host tests have their own.
 */
#ifndef INSULA_CORE_CONTEXT_H
#define INSULA_CORE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include <insula/abi/call.h>

struct cpu;
struct thread;

/* The core takes exceptions from here on; counter_hz is the counter's frequency. */
void context_init(uint64_t counter_hz);
/* This core's, where boot has put SP. Only kernel_main asks; all others are told. */
struct cpu *context_cpu(void);
/* Run the first thread; the kernel lock is held, and context_switch has loaded it. */
_Noreturn void context_start(struct cpu *cpu);

/* Processor time in the counter's units, as regs.cpu_ticks has it. */
uint64_t context_ticks(void);
uint64_t context_ticks_to_ns(uint64_t ticks);

/*
 * Charge `from` for its time, save what the entry path leaves in registers
 * (TPIDR, and FP if it was used), and load the same and the address space of
 * `to`. General registers are the exit path's.
 */
void context_switch(struct cpu *cpu, struct thread *from, struct thread *to);

/* What TTBR0 holds while no space runs: nothing is mapped. */
uint64_t context_no_space(void);

/* TPIDR of the thread that runs. */
uint64_t context_tpidr(void);
void context_set_tpidr(uint64_t value);

/*
 * FP/SIMD state is in memory whenever its thread does not run (P3): the first
 * use in a turn traps and loads it, the switch saves it. A thread that dies
 * just drops it.
 */
void fp_release(struct cpu *cpu);
void fp_drop(struct cpu *cpu);

/* What a fault's syndrome says: kind and ACCESS_*; `address` is adjusted to what it is about. */
bool context_is_upcall(uint64_t syndrome); /* svc #0, in AArch64 */
unsigned context_svc(uint64_t syndrome);   /* in AArch32: the n of svc #n, 0 of all else */
enum fault_kind context_fault(uint64_t syndrome, uint64_t *address, uint64_t pc, uint8_t *access);

/* Whether user level may run in AArch32 (SCHED_NARROW). */
bool context_runs_narrow(void);
/* PSTATE: what a thread's registers may set; user level is 0, or PSTATE_NARROW. */
#define PSTATE_FLAGS 0xf0000000u
#define PSTATE_NARROW 0x10u
#define PSTATE_THUMB 0x20u
#define PSTATE_NARROW_FLAGS 0xfe0ffc20u /* N Z C V Q, IT, GE and T; neither J nor E */

/*
 * The fast path's exits (vectors.S). C code tail-calls them with the kernel
 * lock held and x19 to x30 as the user left them; on the host they are mocks.
 *
 * exit_message  `from` has blocked, its x0-x11 are saved: save the rest of it,
 *               run `to` with from's message, and with these in x0 to x2.
 * exit_switch   `from` is not RUNNING any more, what it will find in x0 to x18
 *               is saved: save the rest of it, run `to` with all its registers.
 * exit_status   the caller goes on, with status in x0 and zero, or its own old
 *               values, in x1 to x18.
 * exit_slow     nothing has been changed: save everything, take the call table.
 */
void exit_message(
    uint64_t status, uint64_t badge, uint64_t token, struct thread *to, struct thread *from);
void exit_switch(struct thread *to, struct thread *from);
void exit_status(int64_t status);
void exit_slow(uint64_t call_number);

/* Wait for an interrupt, without the kernel lock; it may be pending at once. */
void context_idle(struct cpu *cpu);

#endif
