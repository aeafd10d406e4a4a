/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loops that are measured, instruction for instruction: what they cost at
 * user level is part of each figure.
 */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

#include <insula/abi/types.h>
#include <stdint.h>

/* Each makes `rounds` calls and returns the instructions it all took; ~0 if a call failed. */
uint64_t loop_empty(uint64_t handle, uint64_t rounds);
uint64_t loop_call_0(uint64_t handle, uint64_t rounds);
uint64_t loop_call_4(uint64_t handle, uint64_t rounds);
uint64_t loop_call_8(uint64_t handle, uint64_t rounds);
uint64_t loop_null(uint64_t handle, uint64_t rounds);
uint64_t loop_notify(uint64_t handle, uint64_t rounds);
uint64_t loop_yield(uint64_t handle, uint64_t rounds);
uint64_t loop_answer_fault(uint64_t handle, uint64_t rounds);

/* For ever: answers each call with its own words; receives bits; yields; faults. */
_Noreturn void serve_calls(uint64_t handle);
_Noreturn void serve_bits(uint64_t handle);
_Noreturn void yield_for_ever(void);
_Noreturn void fault_for_ever(uint64_t address);
/* Without a stack: sleeps until the deadline, and would then spin. */
_Noreturn void sleep_until(uint64_t deadline_ns);

/*
 * For ever: takes an interrupt, adds how long it took since interrupt_began to
 * interrupt_cost, masks the device with a store of 0, acknowledges.
 */
_Noreturn void serve_interrupts(uint64_t handle, uint64_t thread, uint64_t mask_register);
/* Makes the device interrupt: a store of `value` to a register; returns when it was served. */
void interrupt_now(uint64_t mask_register, uint64_t value);
extern uint64_t interrupt_began, interrupt_cost;

static inline uint64_t
instructions(void)
{
	uint64_t count;

	__asm__ volatile("mrs %0, pmccntr_el0" : "=r"(count) : : "memory");
	return count;
}

#endif
