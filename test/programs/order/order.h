/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the cases have in common: order.c runs one, the other files define them, each a
 * part of the statements. A case starts threads and returns.
 */
#ifndef ORDER_H
#define ORDER_H

#include <insula/clock.h>
#include <insula/syscall.h>
#include <insula/thread.h>
#include <stddef.h>

#define MS 1000000ull
#define GIVES_UP_MS 6 /* who is blocked for good */

struct order_case {
	const char *name; /* NULL: no more */
	void (*run)(void);
};
extern const struct order_case levels_cases[], sporadic_cases[], calls_cases[], waits_cases[],
    machine_cases[];

/* `order peer NS`, the other process of a case: takes turns, from that time on. */
int be_peer(const char *ns);

extern uint64_t began; /* when the director lets go */
extern handle_t ep, second, third, fixed;
extern handle_t owner; /* of the mutex `third` */

/* Ends the program, and says what could not be done. */
void must(err_t err, const char *what);
/* The same if something was not refused, or for another reason. */
void refused(int result, err_t wanted, const char *what);

/* Processor time, not time: what runs meanwhile does not count. */
void spin_ns(uint64_t ns);
void spin_of(handle_t self, uint64_t ns);
void until_ms(uint64_t ms);
void until_us(uint64_t us);

handle_t new_endpoint(void);
handle_t start(void (*run)(void *), uint64_t argument, unsigned priority, enum policy policy);
handle_t start_sporadic(void (*run)(void *), uint64_t argument, unsigned priority, unsigned low,
    uint64_t budget_ms, uint64_t period_ms, unsigned repl_max);

/*
 * A thread that the library does not know: nobody joins it, and it neither returns nor uses
 * its own thread block. It has `stack_top`, or a stack of its own if that is 0.
 * priority 0 and POLICY_INHERIT: as the kernel has it.
 */
struct raw {
	handle_t handle;
	uint64_t argument;
};
void start_raw(
    struct raw *raw, void (*run)(void *), uint64_t stack_top, unsigned priority, unsigned policy);
_Noreturn void rest_for_good(void);

/* --- what threads do */

void spin_ms(void *ms);
/* Sleeps until then, and needs a millisecond. */
void wake_and_spin(void *ms);
void call_once(void *endpoint);
void call_at_1_ms(void *endpoint);
/* Answers the director first, so that it is who callers at `ep` boost. */
void answer_director(void);

#endif
