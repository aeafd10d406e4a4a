/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sleeping protocol of a connection's rings, userland/include/insula/rpc/ring.h:
 * a client makes CALLS calls, a server answers them, and each sleeps when it
 * has nothing to do, the client also when the ring is full. Who publishes looks
 * whether the peer sleeps for just that, and rings; who is about to sleep says
 * for what, and looks once more.
 *
 * Memory is what a store buffer makes of it: a side's stores reach the peer in
 * order, each at any later moment. Marks are stored with release (or seq_cst),
 * so in order is what the processor promises; a sequentially consistent load waits
 * until the side's own sequentially consistent stores have arrived. A kernel
 * call empties no buffer. A bell is a notification bit, which stays until it is
 * received.
 *
 * The client decides freely whether to call again or to wait for a result, and
 * the server how many results it shows at once.
 *
 * Checked: nobody sleeps for ever while there is something for it (no state
 * without a step but the last); slots hold what belongs there; no mark is
 * outside the window that the peer checks (G1 to G4).
 *
 * Each mutant leaves one thing out, and has to be caught:
 * MUTANT: PUBLISH_IS_NOT_ORDERED
 * MUTANT: ARM_IS_NOT_ORDERED
 * MUTANT: ARM_DOES_NOT_LOOK_AGAIN
 * MUTANT: ROOM_IS_NOT_ARMED
 * MUTANT: SHOW_LOOKS_AT_THE_LAST_ONLY
 * MUTANT: BITS_DO_NOT_STAY
 * MUTANT: HEAD_BEFORE_SLOT
 * MUTANT: CONSUMED_IS_NOT_SHOWN
 */
#ifndef CALLS
#define CALLS 4
#endif
#define DEPTH 3

/* The shared pages. */
#define HEAD 0          /* of the client's page */
#define RESULTS_TAKEN 1
#define CLIENT_WAKE_AT 2
#define ROOM_AT 3
#define FREE 4          /* of the server's page */
#define RESULTS_HEAD 5
#define SERVER_WAKE_AT 6
#define CALL_SLOT 7     /* DEPTH of them each */
#define RESULT_SLOT (CALL_SLOT + DEPTH)
byte memory[RESULT_SLOT + DEPTH];

/* Stores on their way, and bells. */
#define CLIENT 0
#define SERVER 1
chan client_buffer = [4] of { byte, byte };
chan server_buffer = [4] of { byte, byte };
bit bell[2], asleep[2];

inline
ring(whom)
{
	atomic {
#ifdef BITS_DO_NOT_STAY
		bell[whom] = asleep[whom]
#else
		bell[whom] = 1
#endif
	}
}

/* recv is these two: it waits in the second. */
inline
fall_asleep(me)
{
	asleep[me] = 1
}

inline
wake_up(me)
{
	atomic {
		bell[me] -> bell[me] = 0;
		asleep[me] = 0
	}
}

/* A sequentially consistent load, after what `buffer` holds. */
inline
load_ordered(buffer, where, to)
{
	atomic {
		len(buffer) == 0 -> to = memory[where]
	}
}

inline
store(buffer, where, what)
{
	buffer!where, what
}

active proctype client_stores()
{
	byte where, what;
end:
	do
	:: atomic { client_buffer?where, what -> memory[where] = what }
	od
}

active proctype server_stores()
{
	byte where, what;
end:
	do
	:: atomic { server_buffer?where, what -> memory[where] = what }
	od
}

/* --- the client */

#define OLDEST (free_seen < results_taken -> free_seen : results_taken)

inline
publish()
{
	head++;
#ifndef CONSUMED_IS_NOT_SHOWN
	if
	:: head > limit ->
		store(client_buffer, RESULTS_TAKEN, results_taken);
		limit = OLDEST + DEPTH
	:: else
	fi;
#endif
#ifdef HEAD_BEFORE_SLOT
	store(client_buffer, HEAD, head);
	store(client_buffer, CALL_SLOT + (head - 1) % DEPTH, head);
#else
	store(client_buffer, CALL_SLOT + (head - 1) % DEPTH, head);
	store(client_buffer, HEAD, head);
#endif
#ifdef PUBLISH_IS_NOT_ORDERED
	seen = memory[SERVER_WAKE_AT];
#else
	load_ordered(client_buffer, SERVER_WAKE_AT, seen);
#endif
	if
	:: seen == head -> ring(SERVER)
	:: else
	fi
}

inline
refresh()
{
	free_seen = memory[FREE];
	results_seen = memory[RESULTS_HEAD];
	assert(results_taken <= results_seen && results_seen <= head);
	assert(free_seen <= head)
}

/* ready: there is something already. */
inline
client_arm()
{
	ready = 0;
#ifndef ROOM_IS_NOT_ARMED
	if
	:: head - free_seen >= DEPTH ->
		store(client_buffer, ROOM_AT, free_seen + 1);
		load_ordered(client_buffer, FREE, seen);
		ready = (seen != free_seen)
	:: else
	fi;
#endif
	store(client_buffer, CLIENT_WAKE_AT, results_taken + 1);
#ifdef ARM_IS_NOT_ORDERED
	seen = memory[RESULTS_HEAD];
#else
	load_ordered(client_buffer, RESULTS_HEAD, seen);
#endif
#ifndef ARM_DOES_NOT_LOOK_AGAIN
	ready = ready || seen != results_taken
#endif
}

active proctype client()
{
	byte head, limit = DEPTH, results_taken, free_seen, results_seen, seen;
	bit ready, crowded;

	do
	:: head < CALLS && head - OLDEST < DEPTH -> publish()
	:: results_taken < head || (head < CALLS && head - OLDEST >= DEPTH) ->
		/* wait for a result, or for room if there was none */
		crowded = (head < CALLS && head - OLDEST >= DEPTH);
		do
		:: refresh();
		   if
		   :: results_seen > results_taken ->
			assert(memory[RESULT_SLOT + results_taken % DEPTH] == results_taken + 1);
			results_taken++;
			break
		   :: results_seen == results_taken && crowded && head - OLDEST < DEPTH -> break
		   :: else ->
			client_arm();
			if
			:: ready
			:: else -> fall_asleep(CLIENT); wake_up(CLIENT)
			fi
		   fi
		od
	:: head == CALLS && results_taken == CALLS -> break
	od
}

/* --- the server */

inline
show_results()
{
	before = shown;
	shown = results_head;
	store(server_buffer, RESULTS_HEAD, results_head);
	load_ordered(server_buffer, CLIENT_WAKE_AT, seen);
	if
#ifdef SHOW_LOOKS_AT_THE_LAST_ONLY
	:: seen == results_head -> ring(CLIENT)
#else
	:: seen > before && seen <= results_head -> ring(CLIENT)
#endif
	:: else
	fi;
	store(server_buffer, FREE, taken);
	load_ordered(server_buffer, ROOM_AT, seen);
	if
	:: seen > before && seen <= taken -> ring(CLIENT)
	:: else
	fi
}

active proctype server()
{
	byte taken, head_seen, results_head, shown, before, seen;

	do
	:: head_seen > taken ->
		assert(memory[CALL_SLOT + taken % DEPTH] == taken + 1);
		taken++;
		results_head++;
		store(server_buffer, RESULT_SLOT + (results_head - 1) % DEPTH, results_head)
	:: shown < results_head -> show_results()
	:: head_seen == taken && shown == results_head ->
		head_seen = memory[HEAD];
		seen = memory[RESULTS_TAKEN];
		assert(taken <= head_seen && head_seen - taken <= DEPTH);
		assert(seen <= shown && head_seen - seen <= DEPTH);
		if
		:: head_seen > taken
		:: else ->
			store(server_buffer, SERVER_WAKE_AT, taken + 1);
#ifdef ARM_IS_NOT_ORDERED
			seen = memory[HEAD];
#else
			load_ordered(server_buffer, HEAD, seen);
#endif
			if
#ifndef ARM_DOES_NOT_LOOK_AGAIN
			:: seen != taken
			:: seen == taken ->
#else
			:: true ->
#endif
				fall_asleep(SERVER);
end:				wake_up(SERVER)
			fi
		fi
	od
}
