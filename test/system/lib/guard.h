/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A victim and its guard: a thread that does what it may not, and the message
 * that the kernel makes of it.
 */
#ifndef TEST_GUARD_H
#define TEST_GUARD_H

#include "threads.h"

extern handle_t guard; /* the fault endpoint of every victim, badge GUARD_BADGE */
#define GUARD_BADGE 0x6a2d

void guard_begin(void);
void guard_end(void);

/* A thread whose fault endpoint is the guard's; it runs when the caller waits. */
struct worker *victim_start(void (*run)(struct worker *self), uint64_t argument);
struct worker *victim_start_in(handle_t space, void (*run)(struct worker *self), uint64_t argument);

/* Wait for a fault; false if there was none within a second. */
bool fault_wait(struct message *m);
/* Run the instruction again, or stop the thread. */
err_t fault_repeat(const struct message *m);
err_t fault_stop(const struct message *m);
/* Move the thread behind the instruction that faulted, and let it go on. */
err_t fault_skip(const struct worker *w, const struct message *m);

#endif
