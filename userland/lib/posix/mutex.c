/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes: one word that is changed by compare-and-swap only, and an endpoint at
 * which threads wait while they lend their priority to the owner.
 * test/model/mutex.pml is this protocol.
 *
 * The word: owner's handle | MARK | number of threads that wait or are about to.
 *
 *  M1: nobody owns it: the word is 0, or of a destroyed one.
 *  M2: without MARK the owner is inside. With it the mutex belongs to one of
 *      those counted, and exactly one token is at the endpoint or on its way; the
 *      owner named is the one that gave it.
 *  M3: only who takes the token clears MARK, in the store that makes it the owner.
 *  M4: who counted itself leaves by taking the token, or by counting itself off
 *      while that leaves nobody's token behind: without MARK, or not alone.
 */
#include "posix/internal.h"

#include <errno.h>
#include <insula/clock.h>
#include <insula/syscall.h>

#define ONE_WAITER (1ull << 32)
#define MARK (1ull << 63)
#define COUNT_MASK (0x7fffffffull << 32)
#define DESTROYED 0xffffffffull
#define OWNER(word) ((handle_t)(word))

#define POLL_NS 1000000u /* without kernel memory to wait with */

static inline handle_t
self_handle(void)
{
	const struct thread *self = cpu_thread_block()[0];
	return self->handle;
}

static inline bool
swap(pthread_mutex_t *m, uint64_t *seen, uint64_t to)
{
	return __atomic_compare_exchange_n(
	    &m->__word, seen, to, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* The uncontended case in as few instructions as there are; it may fail for no reason. */
static inline __attribute__((always_inline)) bool
swap_at_once(pthread_mutex_t *m, uint64_t from, uint64_t to)
{
	return __builtin_expect(__atomic_compare_exchange_n(&m->__word, &from, to, true,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED),
	    1);
}

static inline uint64_t
look(const pthread_mutex_t *m)
{
	return __atomic_load_n(&m->__word, __ATOMIC_RELAXED);
}

/* Made at the first contention, whole or not at all. */
static uint64_t
ends_of(pthread_mutex_t *m)
{
	uint64_t ends = __atomic_load_n(&m->__ends, __ATOMIC_ACQUIRE), made;
	if (ends != 0 || base_make_ends(&made) != OK)
		return ends;
	if (__atomic_compare_exchange_n(
		&m->__ends, &ends, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return made;
	base_destroy_ends(made); /* another thread was first */
	return ends;
}

/* M3. */
static void
take_over(pthread_mutex_t *m, handle_t self)
{
	uint64_t word = look(m);
	while (!swap(m, &word, self | ((word & COUNT_MASK) - ONE_WAITER)))
		;
}

/* M4: true when the caller is no longer counted; false when the token is its own. */
static bool
leave(pthread_mutex_t *m)
{
	uint64_t word = look(m);
	while ((word & MARK) == 0 || (word & COUNT_MASK) != ONE_WAITER)
		if (swap(m, &word, word - ONE_WAITER))
			return true;
	return false;
}

/*
 * Wait for what arrives, lending to the owner. With MARK it is the kernel that
 * knows the owner, since it knows whom it woke; the one named is only the
 * second best. An owner that has died, or that is the caller (it has given the token and
 * wants it back), is nobody to lend to.
 */
static int
receive(pthread_mutex_t *m, handle_t endpoint, uint64_t deadline_ns)
{
	struct message message = { 0 };
	const uint64_t word = look(m);
	const uint64_t keep = (word & MARK) != 0 ? LEND_KEEP : 0;
	int got = insula_recv_lend(endpoint, deadline_ns, OWNER(word) | keep, &message);
	if (got >= 0 || got == ERR_TIMED_OUT || got == ERR_INTERRUPTED)
		return got;
	const uint64_t poll_ns = clock_now_ns() + POLL_NS;
	const bool last = deadline_ns != TIME_NEVER && deadline_ns <= poll_ns;
	(void)insula_sleep(last ? deadline_ns : poll_ns);
	got = insula_recv(endpoint, TIME_NOW, &message);
	return got >= 0 || last ? got : ERR_INTERRUPTED;
}

/* Counted. */
static int
wait_for_token(pthread_mutex_t *m, handle_t endpoint, handle_t self, uint64_t deadline_ns)
{
	for (;;) {
		const int got = receive(m, endpoint, deadline_ns);
		if (got >= 0) {
			take_over(m, self);
			return 0;
		}
		if (got == ERR_INTERRUPTED)
			continue;
		if (leave(m))
			return ETIMEDOUT;
		deadline_ns = TIME_NEVER; /* its giver is between two instructions, and boosted */
	}
}

/* The caller has it already. */
static int
relock(pthread_mutex_t *m, uint64_t deadline_ns)
{
	switch (m->__type) {
	case PTHREAD_MUTEX_RECURSIVE:
		if (m->__depth == UINT32_MAX)
			return EAGAIN;
		m->__depth++;
		return 0;
	case PTHREAD_MUTEX_NORMAL: /* POSIX wants a deadlock */
		while (insula_sleep(deadline_ns) != OK)
			;
		return ETIMEDOUT;
	default:
		return EDEADLK;
	}
}

static bool
owns(uint64_t word, handle_t self)
{
	return OWNER(word) == self && (word & MARK) == 0;
}

static __attribute__((noinline)) int
lock_slowly(pthread_mutex_t *m, handle_t self, uint64_t deadline_ns)
{
	uint64_t word = look(m);
	for (;;) {
		if (word == DESTROYED)
			return EINVAL;
		if (owns(word, self))
			return relock(m, deadline_ns);
		if (word == 0) {
			if (swap(m, &word, self))
				return 0;
			continue;
		}
		const uint64_t ends = ends_of(m);
		if (ends == 0) {
			/* No kernel memory to wait with: look again from time to time. */
			if (deadline_ns != TIME_NEVER && deadline_ns <= clock_now_ns())
				return ETIMEDOUT;
			(void)insula_sleep(clock_now_ns() + POLL_NS);
			word = look(m);
			continue;
		}
		if (swap(m, &word, word + ONE_WAITER))
			return wait_for_token(m, ENDS_ENDPOINT(ends), self, deadline_ns);
	}
}

int
mutex_lock_until(pthread_mutex_t *m, uint64_t deadline_ns)
{
	const handle_t self = self_handle();
	return swap_at_once(m, 0, self) ? 0 : lock_slowly(m, self, deadline_ns);
}

int
pthread_mutex_lock(pthread_mutex_t *m)
{
	const handle_t self = self_handle();
	return swap_at_once(m, 0, self) ? 0 : lock_slowly(m, self, TIME_NEVER);
}

int
pthread_mutex_trylock(pthread_mutex_t *m)
{
	const handle_t self = self_handle();
	uint64_t word = 0;
	if (swap(m, &word, self))
		return 0;
	if (word == DESTROYED)
		return EINVAL;
	if (owns(word, self) && m->__type == PTHREAD_MUTEX_RECURSIVE)
		return relock(m, TIME_NOW);
	return EBUSY;
}

static __attribute__((noinline)) int
unlock_slowly(pthread_mutex_t *m, handle_t self)
{
	uint64_t word = look(m);
	if (word == DESTROYED)
		return EINVAL;
	if (!owns(word, self))
		return EPERM;
	if (m->__depth != 0) {
		m->__depth--;
		return 0;
	}
	while (!swap(m, &word, (word & COUNT_MASK) == 0 ? 0 : word | MARK))
		;
	/* Until the bell rings nobody has the mutex, so nobody can have destroyed it. */
	if (word != self)
		(void)insula_notify(ENDS_BELL(__atomic_load_n(&m->__ends, __ATOMIC_ACQUIRE)));
	return 0;
}

int
pthread_mutex_unlock(pthread_mutex_t *m)
{
	const handle_t self = self_handle();
	return m->__depth == 0 && swap_at_once(m, self, 0) ? 0 : unlock_slowly(m, self);
}

int
mutex_is_mine(const pthread_mutex_t *m)
{
	if (!owns(look(m), self_handle()))
		return EPERM;
	return m->__depth == 0 ? 0 : EINVAL;
}

int
pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr)
{
	*m = (pthread_mutex_t){ .__type = attr != NULL ? (uint32_t)attr->__type : 0 };
	return 0;
}

int
pthread_mutex_destroy(pthread_mutex_t *m)
{
	uint64_t word = 0;
	if (!swap(m, &word, DESTROYED))
		return word == DESTROYED ? EINVAL : EBUSY;
	base_destroy_ends(m->__ends);
	m->__ends = 0;
	return 0;
}
