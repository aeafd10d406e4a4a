/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads and spaces for tests. Threads share the program's memory, whatever
 * space they are in, and have a small stack each; their TPIDR_EL0 is the
 * address of their struct. They may not use the C library beyond mem* and str*.
 */
#ifndef TEST_THREADS_H
#define TEST_THREADS_H

#include <insula/syscall.h>
#include <stdbool.h>
#include <stdint.h>

#define STACK_BYTES 4096
#define WORKERS 40

/* The first thread's priority while tests run. */
#define MAIN 100
#define LOW 90
#define LOWER 80
#define HIGH 110
#define HIGHER 120

struct worker {
	handle_t handle;
	handle_t nobody; /* where it rests, as its space names it */
	void (*run)(struct worker *self);
	uint64_t argument;
	volatile uint64_t result;
	volatile bool ended; /* run has returned */
	bool used;
	char *stack_top;
};

/* Give the first thread its priority and this space its fund. First of all. */
void threads_init(void);

/* A thread of this space that runs at once if its priority is higher than the caller's. */
struct worker *worker_start(
    void (*run)(struct worker *self), uint64_t argument, unsigned priority, unsigned policy);
/* The same in another space, whose table is this one's to write. */
struct worker *worker_start_in(handle_t space, void (*run)(struct worker *self), uint64_t argument,
    unsigned priority, unsigned policy);
/* Made, not started: handle 0 if the kernel refused. */
struct worker *worker_new_in(handle_t space, void (*run)(struct worker *self), uint64_t argument,
    unsigned priority, unsigned policy);
err_t worker_go(struct worker *w);
/* Destroy it, whatever it does. */
void worker_end(struct worker *w);
enum thread_state worker_state(const struct worker *w);
unsigned thread_effective(handle_t thread);
unsigned thread_real(handle_t thread);

void set_priority(handle_t thread, unsigned priority);

/* Let everybody run until they all wait. */
void let_run(void);
void sleep_us(uint64_t us);

/* A new endpoint of this space; 0 if the kernel refused. */
handle_t endpoint_new(void);
/* The same with a badge, and only some rights. */
handle_t badged(handle_t endpoint, uint64_t rights, uint64_t badge);

/* A space in which this program's memory is mapped as it is here, with `fund` pages more. */
handle_t space_like_this(unsigned fund);
/* A capability of this space copied into another's table. */
handle_t given(handle_t space, handle_t what, uint64_t rights, uint64_t badge);

/* What happened, in order: letters in a line of text. */
extern char story[256];
void story_begin(void);
void tell(char letter);

#endif
