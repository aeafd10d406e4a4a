/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of userland/lib/posix/wait.c, as a semaphore uses it: WAITERS
 * threads wait ROUNDS times each, for ever or with a deadline that may pass at
 * any moment, and one thread posts as often as is needed for all of them.
 *
 * The queue and the number are under a lock, so what is done with it held is one atomic
 * block; receiving and ringing are kernel calls, one block each. Each thread waits at an
 * endpoint of its own, which has one pending bit.
 *
 * Checked: every post is taken by exactly one wait that succeeds or is still in
 * the number; a bell is never rung while its bit is pending, so no token is lost;
 * no token is left at the end; nobody waits for ever.
 *
 * MUTANT: UNLOCKED_TIMEOUT
 * MUTANT: FORGET_TOKEN
 * MUTANT: ENTER_LATE
 */
#define WAITERS 3
#ifndef ROUNDS
#define ROUNDS 2
#endif
#define POSTS (WAITERS * ROUNDS)

byte value;
bit queued[WAITERS];
bit token[WAITERS]; /* pending at the endpoint of each */

byte posted, taken, given_up, finished;

inline
ring(n)
{
	assert(!token[n]);
	token[n] = 1
}

/* Any waiter that is in the queue: the order of priorities is one of the orders that this allows. */
inline
post()
{
	atomic {
		posted++;
		if
		:: queued[0] -> queued[0] = 0; ring(0)
		:: queued[1] -> queued[1] = 0; ring(1)
		:: queued[2] -> queued[2] = 0; ring(2)
		:: !queued[0] && !queued[1] && !queued[2] -> value++
		fi
	}
}

active [WAITERS] proctype waiter()
{
	byte me = _pid;
	byte rounds;
	bit waits, timed, out;

	do
	:: rounds < ROUNDS ->
		rounds++;
		waits = 0;
		if
		:: timed = 0
		:: timed = 1
		fi;
#ifdef ENTER_LATE
		atomic {
			if
			:: value > 0 -> value--; taken++
			:: else -> waits = 1
			fi
		};
		if
		:: waits -> queued[me] = 1
		:: else
		fi;
#else
		atomic {
			if
			:: value > 0 -> value--; taken++
			:: else -> queued[me] = 1; waits = 1
			fi
		};
#endif
		if
		:: !waits
		:: waits ->
			if
			:: atomic { token[me] -> token[me] = 0; taken++ }
			:: timed && !token[me] -> /* the deadline has passed */
				out = 0;
#ifdef UNLOCKED_TIMEOUT
				queued[me] = 0;
				out = 1;
#else
				atomic {
					if
					:: queued[me] -> queued[me] = 0; out = 1
					:: else
					fi
				};
#endif
				if
				:: out -> given_up++
				:: else ->
#ifdef FORGET_TOKEN
					given_up++
#else
					atomic { token[me] -> token[me] = 0; taken++ }
#endif
				fi
			fi
		fi
	:: else -> break
	od;
	finished++
}

active proctype poster()
{
	do
	:: posted < POSTS -> post()
	:: else -> break
	od;
	finished++
}

active proctype judge()
{
	finished == WAITERS + 1;
	assert(taken + given_up == POSTS);
	assert(value + taken == posted);
	assert(!token[0] && !token[1] && !token[2]);
	assert(!queued[0] && !queued[1] && !queued[2])
}
