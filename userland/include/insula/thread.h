/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of a process, and locks between them.
 *
 * A thread has a stack with a guard page and thread-local data of its own. When its
 * function returns only it ends; when main returns the process does (P1).
 * main's stack stays when main leaves by thread_exit, the others' are freed (P2).
 */
#ifndef INSULA_THREAD_H
#define INSULA_THREAD_H

#include <insula/abi/error.h>
#include <insula/abi/types.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A lock: two atomic instructions when nobody contends. The waiters of a
 * contended one receive at an endpoint of its own, made at the first contention;
 * a notification that nobody waits for yet stays pending, so no wake-up is lost.
 * All zero is a free lock. Not recursive; whoever holds the memory may unlock.
 */
struct lock {
	_Atomic uint32_t state; /* 0 free, 1 held, 2 held and perhaps waited for */
	_Atomic uint64_t ends;  /* endpoint | NOTIFY on it << 32; 0 until somebody waits */
};
#define LOCK_INIT    \
	{            \
		0, 0 \
	}

void lock_acquire(struct lock *l);
bool lock_try(struct lock *l);
void lock_release(struct lock *l);
/* Give back what a contended lock took; nobody may hold it or wait for it. */
void lock_destroy(struct lock *l);

struct thread;

#define THREAD_STACK_BYTES (64u * 1024)

/*
 * Start a thread that calls run(argument). priority 0 is the caller's own.
 * ERR_NO_MEMORY, ERR_QUOTA, ERR_LIMIT: nothing was started.
 */
MUST_CHECK err_t thread_spawn(
    void (*run)(void *), void *argument, unsigned priority, struct thread **thread);
/* The same, with a stack size and the policy to run under. */
MUST_CHECK err_t thread_spawn_with(void (*run)(void *), void *argument, unsigned priority,
    enum policy policy, uint64_t stack_bytes, struct thread **thread);

/* Wait for a thread's end and free it; its status in *status, if not NULL. Once per thread. */
err_t thread_join(struct thread *thread, long *status);
/* Nobody will join it: it is freed by itself, some time after its end. */
void thread_detach(struct thread *thread);
/* End the calling thread. The last one's end is the process's. */
_Noreturn void thread_exit(long status);

struct thread *thread_self(void);
/* All rights; the main thread's has SCHED, CONTROL and TH_QUERY (HANDLE_MAIN_THREAD). */
handle_t thread_handle(const struct thread *thread);

#endif
