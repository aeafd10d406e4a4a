/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mutex protocol of userland/lib/posix/mutex.c: THREADS threads take and
 * give back one mutex ROUNDS times each, every time in one of three ways: for
 * ever, with a deadline that may pass at any moment of the wait, or trying.
 *
 * The mutex is one word {owner, handoff, count} that is changed by
 * compare-and-swap only, and an endpoint. An atomic block is one load, one
 * compare-and-swap or one kernel call. That is all the atomicity there is: a
 * compare-and-swap orders what surrounds it, and the kernel holds its lock, so
 * a memory that reorders other accesses adds no behaviour to these.
 *
 *  - lock: {0,0,0} -> {self,0,0}; else count + 1, and receive at the endpoint.
 *  - unlock: {self,0,0} -> {0,0,0}; else {self,0,n} -> {self,1,n}, and notify.
 *    From the mark on the mutex belongs to one of those counted: nobody barges.
 *  - the token taken: {x,1,n} -> {self,0,n-1}.
 *  - a deadline passed: without the mark, or with others counted, count - 1 and
 *    gone. Alone with the mark: the token is for this thread, and it takes it.
 *
 * The kernel wakes any of the threads that wait: the order of priorities is one
 * of the orders that this allows.
 *
 * Checked: one owner at a time; one token at a time, and one exactly while the word has
 * the mark; nobody waits for ever (no state without a step but the last); all
 * is zero at the end.
 *
 * Each mutant leaves one thing out, and has to be caught:
 * MUTANT: UNLOCK_WITHOUT_MARK
 * MUTANT: LEAVE_WHEN_ALONE
 * MUTANT: BARGE
 * MUTANT: COUNT_AFTER_LOOKING
 * MUTANT: TAKE_WITHOUT_COUNT
 */
#define THREADS 3
#ifndef ROUNDS
#define ROUNDS 2
#endif

/* The word: owner is a thread's number + 1. */
byte owner, count;
bit handoff;

/* The endpoint: a pending bit; who waits; who was woken with the bit. */
bit pending;
bit waits[THREADS], woken[THREADS];

/* What is checked with. */
byte inside, finished;
byte tokens; /* pending, or on their way to a thread that was woken or received it */

/* Into the thread's o, h and c. */
inline
load()
{
	d_step {
		o = owner;
		h = handoff;
		c = count
	}
}

inline
swap(from_owner, from_mark, from_count, to_owner, to_mark, to_count, swapped)
{
	d_step {
		if
		:: owner == from_owner && handoff == from_mark && count == from_count ->
			owner = to_owner;
			handoff = to_mark;
			count = to_count;
			swapped = 1
		:: else -> swapped = 0
		fi
	}
}

/* May wake anybody. */
inline
notify()
{
	atomic {
		tokens++;
		assert(tokens == 1 && !pending);
		if
		:: waits[0] -> waits[0] = 0; woken[0] = 1
		:: waits[1] -> waits[1] = 0; woken[1] = 1
		:: waits[2] -> waits[2] = 0; woken[2] = 1
		:: !waits[0] && !waits[1] && !waits[2] -> pending = 1
		fi
	}
}

/* got: 1 the token, 0 the deadline. */
inline
receive(timed, got)
{
	atomic {
		if
		:: pending -> pending = 0; got = 1
		:: !pending -> waits[me] = 1; got = 0
		fi
	}
	if
	:: got
	:: !got ->
		if
		:: atomic { woken[me] -> woken[me] = 0; got = 1 }
		:: atomic { timed && waits[me] -> waits[me] = 0 }
		fi
	fi
}

inline
take_over()
{
	do
	:: load();
#if !defined(UNLOCK_WITHOUT_MARK) && !defined(BARGE)
	   assert(h == 1);
#endif
	   assert(c > 0);
#ifdef TAKE_WITHOUT_COUNT
	   swap(o, h, c, me + 1, 0, c, done);
#else
	   swap(o, h, c, me + 1, 0, c - 1, done);
#endif
	   if
	   :: done -> break
	   :: else
	   fi
	od;
	tokens--;
	held = 1
}

/* Counted: wait for the token, or leave. */
inline
wait_for_token(timed)
{
	receive(timed, got);
	if
	:: got -> take_over()
	:: else ->
		do
		:: load();
		   if
#ifdef LEAVE_WHEN_ALONE
		   :: true ->
#else
		   :: !h || c > 1 ->
#endif
			swap(o, h, c, o, h, c - 1, done);
			if
			:: done -> break
			:: else
			fi
#ifndef LEAVE_WHEN_ALONE
		   :: h && c == 1 ->
			receive(0, got);
			take_over();
			break
#endif
		   fi
		od
	fi
}

inline
lock(timed)
{
	do
	:: load();
	   if
	   :: o == 0 ->
		swap(0, 0, 0, me + 1, 0, 0, done);
		if
		:: done -> held = 1; break
		:: else
		fi
#ifdef BARGE
	   :: o != 0 && h -> /* whoever sees the mark helps itself */
		swap(o, 1, c, me + 1, 0, c, done);
		if
		:: done -> held = 1; break
		:: else
		fi
	   :: o != 0 && !h ->
#else
	   :: o != 0 ->
#endif
#ifdef COUNT_AFTER_LOOKING
		d_step {
			owner = o;
			handoff = h;
			count = c + 1;
			done = 1
		}
#else
		swap(o, h, c, o, h, c + 1, done);
#endif
		if
		:: done -> wait_for_token(timed); break
		:: else
		fi
	   fi
	od
}

inline
unlock()
{
	do
	:: load();
	   assert(o == me + 1 && h == 0);
	   if
	   :: c == 0 ->
		swap(o, 0, 0, 0, 0, 0, done);
		if
		:: done -> break
		:: else
		fi
	   :: c > 0 ->
#ifdef UNLOCK_WITHOUT_MARK
		done = 1;
#else
		swap(o, 0, c, o, 1, c, done);
#endif
		if
		:: done -> notify(); break
		:: else
		fi
	   fi
	od
}

active [THREADS] proctype thread()
{
	byte me = _pid;
	byte o, c, rounds;
	bit h, done, got, held;

	do
	:: rounds < ROUNDS - (me == 2) ->
		rounds++;
		if
		:: lock(0)
		:: lock(1)
		:: swap(0, 0, 0, me + 1, 0, 0, held) /* trylock */
		fi;
		if
		:: held ->
			inside++;
			assert(inside == 1);
			inside--;
			unlock()
		:: else
		fi;
		atomic { /* the same state again, whatever was read last */
			o = 0;
			h = 0;
			c = 0;
			done = 0;
			got = 0;
			held = 0
		}
	:: else -> break
	od;
	finished++
}

/* At the end. */
active proctype judge()
{
	finished == THREADS;
	assert(owner == 0 && handoff == 0 && count == 0);
	assert(!pending && tokens == 0)
}
