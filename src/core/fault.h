/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults as messages: a thread that does what it may not stops, and calls its
 * fault endpoint without knowing it.
 */
#ifndef INSULA_CORE_FAULT_H
#define INSULA_CORE_FAULT_H

#include "core/cpu.h"
#include "sched/thread.h"

/* The current thread, all registers saved, has faulted: it blocks, or stops. */
void fault_raise(
    struct cpu *cpu, enum fault_kind kind, uint64_t address, uint8_t access, uint64_t syndrome);

/* The eight FAULT_WORD_* of a thread that waits with a fault. */
void fault_message(const struct thread *t, uint64_t words[MESSAGE_WORDS]);

/*
 * Nobody handles the fault of a thread that is in hand or current: it stops,
 * and a line on the console says so, since nobody else can. If it is the first
 * thread, nothing can go on: the machine is switched off.
 */
void fault_unhandled(struct thread *t);

#endif
