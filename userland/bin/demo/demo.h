/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Demonstrations of scheduling, each a function of this program and each worth a
 * plot: `trace demo NAME` and scripts/trace-plot.
 */
#ifndef DEMO_H
#define DEMO_H

#include <insula/abi/error.h>
#include <insula/abi/types.h>
#include <insula/thread.h>
#include <stdint.h>

#define MS_NS ((uint64_t)1000000)

/* Threads of a level that is shared, and of lower ones. */
int demo_ready_queue(void);
/* A computation that never blocks, and a pointer that must not stop for it. */
int demo_mouse(void);
/* A sensor's interrupt, a driver, an alarm and a valve; the latter two are processes of this program. */
int demo_reservoir(void);
int demo_alarm(void);
int demo_valve(void);

/* A thread of that priority and policy; its handle, or the end of the program. */
handle_t demo_thread(void (*run)(void *), void *argument, unsigned priority, enum policy policy,
    struct thread **thread);
/* Processor time of the calling thread, which is not main. */
uint64_t demo_cpu_ns(void);
/* Use so much of it. */
void demo_compute_ns(uint64_t ns);

#endif
