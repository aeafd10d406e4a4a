/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks, and the C library's ten lock functions on top of them.
 */
#include <insula/clock.h>
#include <insula/memory.h>
#include <insula/process.h>
#include <insula/syscall.h>
#include <insula/thread.h>

#include "base/thread.h"

#define BELL 1ull
#define PAUSE_NS 100000ull

/* The fund is asked for more once. */
err_t
base_make_ends(uint64_t *ends)
{
	handle_t endpoint, bell;
	err_t err = insula_endpoint_create(SELF, SELF, &endpoint);
	if (err == ERR_NO_FUND && insula_fund_grow(0, 1) == OK)
		err = insula_endpoint_create(SELF, SELF, &endpoint);
	if (err != OK)
		return err;
	err = insula_cap_copy(SELF, endpoint, SELF, RIGHT_NOTIFY, BELL, &bell);
	if (err != OK) {
		(void)insula_destroy(endpoint);
		return err;
	}
	*ends = endpoint | (uint64_t)bell << 32;
	return OK;
}

/* The bell goes with its endpoint. */
void
base_destroy_ends(uint64_t ends)
{
	if (ends != 0)
		(void)insula_destroy(ENDS_ENDPOINT(ends));
}

/* Both at once: nobody has to wait for the other half. */
static err_t
ensure_ends(struct lock *l)
{
	uint64_t ends, none = 0;
	if (atomic_load(&l->ends) != 0)
		return OK;
	err_t err = base_make_ends(&ends);
	if (err == OK && !atomic_compare_exchange_strong(&l->ends, &none, ends))
		base_destroy_ends(ends); /* another thread was first */
	return err;
}

bool
lock_try(struct lock *l)
{
	uint32_t unheld = 0;
	return atomic_compare_exchange_strong(&l->state, &unheld, 1);
}

/* Weak: a program of one thread that must be small has its own, which do nothing. */
__attribute__((weak)) void
lock_acquire(struct lock *l)
{
	if (lock_try(l))
		return;
	if (ensure_ends(l) != OK) {
		/* No kernel memory to wait with. Who holds it may have a lower priority, so no yield. */
		while (!lock_try(l))
			(void)clock_sleep_ns(PAUSE_NS);
		return;
	}
	/* From here on whoever unlocks rings, also when it is only for a waiter that is gone. */
	while (atomic_exchange(&l->state, 2) != 0) {
		struct message m = { 0 };
		(void)insula_recv(ENDS_ENDPOINT(atomic_load(&l->ends)), TIME_NEVER, &m);
	}
}

__attribute__((weak)) void
lock_release(struct lock *l)
{
	if (atomic_exchange(&l->state, 0) == 2)
		(void)insula_notify(ENDS_BELL(atomic_load(&l->ends)));
}

void
lock_destroy(struct lock *l)
{
	base_destroy_ends(l->ends);
	l->ends = 0;
}

/* --- what picolibc calls */

struct __lock {
	struct lock lock;
	_Atomic(struct thread *) owner;
	uint32_t depth;
};
typedef struct __lock *_LOCK_T;

struct __lock __lock___libc_recursive_mutex;

void __retarget_lock_init(_LOCK_T *lock);
void __retarget_lock_init_recursive(_LOCK_T *lock);
void __retarget_lock_close(_LOCK_T lock);
void __retarget_lock_close_recursive(_LOCK_T lock);
void __retarget_lock_acquire(_LOCK_T lock);
void __retarget_lock_acquire_recursive(_LOCK_T lock);
int __retarget_lock_try_acquire(_LOCK_T lock);
int __retarget_lock_try_acquire_recursive(_LOCK_T lock);
void __retarget_lock_release(_LOCK_T lock);
void __retarget_lock_release_recursive(_LOCK_T lock);

/* The C library makes no lock at run time; a program that does gets one of these. */
static struct __lock made[16];
static _Atomic uint32_t made_count;

void
__retarget_lock_init(_LOCK_T *lock)
{
	const uint32_t n = atomic_fetch_add(&made_count, 1);
	if (n >= sizeof made / sizeof made[0])
		process_abort("the C library's locks", err_text(ERR_TOO_MANY));
	*lock = &made[n];
}

void
__retarget_lock_init_recursive(_LOCK_T *lock)
{
	__retarget_lock_init(lock);
}

void
__retarget_lock_close(_LOCK_T lock)
{
	lock_destroy(&lock->lock);
}

void
__retarget_lock_close_recursive(_LOCK_T lock)
{
	lock_destroy(&lock->lock);
}

void
__retarget_lock_acquire(_LOCK_T lock)
{
	lock_acquire(&lock->lock);
}

int
__retarget_lock_try_acquire(_LOCK_T lock)
{
	return lock_try(&lock->lock);
}

void
__retarget_lock_release(_LOCK_T lock)
{
	lock_release(&lock->lock);
}

void
__retarget_lock_acquire_recursive(_LOCK_T lock)
{
	struct thread *self = thread_self();
	if (atomic_load(&lock->owner) != self) {
		lock_acquire(&lock->lock);
		atomic_store(&lock->owner, self);
	}
	lock->depth++;
}

int
__retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
	struct thread *self = thread_self();
	if (atomic_load(&lock->owner) != self) {
		if (!lock_try(&lock->lock))
			return 0;
		atomic_store(&lock->owner, self);
	}
	lock->depth++;
	return 1;
}

void
__retarget_lock_release_recursive(_LOCK_T lock)
{
	if (--lock->depth != 0)
		return;
	atomic_store(&lock->owner, NULL);
	lock_release(&lock->lock);
}
