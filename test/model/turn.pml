/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that wait for answers at one endpoint (userland/lib/rpc/process.c): one has the
 * turn and receives for all, the others sleep beside it. Each of CALLERS threads makes
 * CALLS calls, and a server answers them at any moment and rings; but for the first
 * thread, which makes one call, and is answered when all others have theirs.
 *
 * The turn, the list and `rounds` are changed by single atomic steps, or under the lock of
 * the list; receiving and ringing are kernel calls, one block each. A wait may also end
 * by its deadline once, with nothing received.
 *
 * Checked: nobody waits for ever although the answer is there; two never have the turn.
 *
 * MUTANT: FORGET_ROUNDS
 * MUTANT: FORGET_WHO_HAD_IT
 * MUTANT: LIST_LATE
 * MUTANT: WAKE_NOBODY
 * MUTANT: COUNT_LATE
 */
#define CALLERS 2
#ifndef CALLS
#define CALLS 3
#endif

bit asked[CALLERS], answered[CALLERS];
bit bell;           /* pending at the main endpoint: bits of all */
bit taken;          /* the turn */
byte rounds;
bit listed[CALLERS];
bit token[CALLERS]; /* pending at the endpoint of each */
byte holders, finished;

inline
give_turn()
{
	/* Whether somebody is there is seen in the step that frees the turn (W2). */
	atomic {
		holders--;
		taken = 0;
		some = listed[0] || listed[1]
	};
#ifndef WAKE_NOBODY
	if
	:: some ->
		atomic {
			if
			:: listed[0] -> token[0] = 1
			:: else
			fi;
			if
			:: listed[1] -> token[1] = 1
			:: else
			fi
		}
	:: else
	fi
#endif
}

active [CALLERS] proctype caller()
{
	byte me = _pid;
	byte calls, seen, got;
	bit mine, some, late, sleeps;

	do
	:: calls < (me == 0 -> 1 : CALLS) ->
		calls++;
		asked[me] = 1;
		do
		:: atomic { answered[me] -> answered[me] = 0; break }
		:: !answered[me] ->
			/* Armed: from here on the answer rings. */
			atomic {
				mine = !taken;
				taken = 1;
				if
				:: mine -> holders++; assert(holders == 1)
				:: else
				fi
			};
			if
			:: mine ->
				got = 0;
#ifndef FORGET_WHO_HAD_IT
				if
				:: seen != rounds -> got = 2 /* look again */
				:: else
				fi;
#endif
				if
				:: got == 2
				:: atomic { got == 0 && bell -> bell = 0; got = 1 }
				:: atomic { got == 0 && !late && !bell -> late = 1 } /* the deadline */
				fi;
#ifdef COUNT_LATE
				give_turn();
				if
				:: got == 1 -> rounds++
				:: else
				fi;
				seen = rounds
#else
				if
				:: got == 1 -> rounds++
				:: else
				fi;
				seen = rounds;
				give_turn()
#endif
			:: else ->
#ifdef LIST_LATE
				sleeps = taken && seen == rounds;
				listed[me] = 1;
#else
				listed[me] = 1;
#ifdef FORGET_ROUNDS
				sleeps = taken;
#else
				atomic { sleeps = taken && seen == rounds };
#endif
#endif
				if
				:: sleeps ->
					if
					:: atomic { token[me] -> token[me] = 0 }
					:: !late && !token[me] -> late = 1
					fi
				:: else
				fi;
				listed[me] = 0;
				seen = rounds
			fi
		od
	:: else -> break
	od;
	finished++
}

active proctype server()
{
	do
	:: atomic { finished == CALLERS - 1 && asked[0] -> asked[0] = 0 }; answered[0] = 1; bell = 1
	:: atomic { asked[1] -> asked[1] = 0 }; answered[1] = 1; bell = 1
	:: finished == CALLERS -> break
	od
}
