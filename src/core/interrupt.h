/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt lines as threads that the kernel runs. State INTERRUPT: the line
 * is unmasked and awaited; STOPPED: it has fired, is masked, and waits to be
 * acknowledged.
 */
#ifndef INSULA_CORE_INTERRUPT_H
#define INSULA_CORE_INTERRUPT_H

#include "core/cpu.h"
#include "sched/thread.h"

/* The one object behind all capabilities to interrupt lines. */
extern struct object irq_object;

/* Claim the most urgent interrupt, if there is one, and do what it asks for; was it the timer's? */
bool interrupt_take(struct cpu *cpu);

/* The driver has dealt with it: unmask. Nothing happens if the line has not fired. */
void interrupt_acknowledge(struct thread *t);

/* The interrupt thread is about to die: mask its line for good. */
void interrupt_unbind(struct thread *t);

#endif
