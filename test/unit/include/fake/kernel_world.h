/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small kernel world for host tests: two spaces with a table each, threads,
 * endpoints; one core. A test puts arguments into the current thread's
 * registers by calling svc(), as the vectors would.
 *
 * Capability tables are plain arrays here, memory is unlimited; that these do
 * what they must is tested where they are at home (core/cap.c, mm/).
 */
#ifndef FAKE_KERNEL_WORLD_H
#define FAKE_KERNEL_WORLD_H

#include "core/call_table.h"
#include "core/firmware.h"
#include "core/interrupt.h"
#include "core/kernel.h"
#include "fake/arch.h"
#include "ipc/ipc.h"
#include "mm/space.h"
#include "sched/sched.h"

#define WORLD_THREADS 24
#define WORLD_ENDPOINTS 4
#define WORLD_SPACES 2

struct world {
	struct space space[WORLD_SPACES];
	struct cap_directory directory[WORLD_SPACES];
	struct cap_slot page[WORLD_SPACES][CAP_SLOTS_PER_PAGE];
	struct thread t[WORLD_THREADS];
	struct thread idle;
	struct endpoint ep[WORLD_ENDPOINTS];
	struct sporadic record[WORLD_THREADS]; /* in use if they have a type */
	uint64_t identity;
	bool no_fund;             /* object_place fails, and fund_alloc */
	bool no_place, no_record; /* each of the two alone */
	struct object *place;     /* where object_place puts the next object, if not NULL */
};

extern struct world world;
/* Whether svc() takes the fast path where there is one. */
extern bool world_fast;

#define H(slot) ((handle_t)((1u << HANDLE_GENERATION_SHIFT) | (slot)))

/* Space 0 names ep[n] by H(10 + n) with all rights, t[n] by H(40 + n), itself by H(1), space 1 by H(2). */
#define EP(n) H(10u + (n))
#define TH(n) H(40u + (n))
/* ep[n] without a badge and with SEND and NOTIFY only, badge 0x100 << n. */
#define BADGED(n) H(20u + (n))

void world_reset(void);
void world_grant(int space, uint32_t slot, struct object *object, uint32_t rights, uint64_t badge);

/* t[n] in space 0, started: READY at that priority. Its pc is 0x1000 * (n + 1). */
struct thread *world_thread(int n, uint32_t priority, enum policy policy);
/* The same in space 1, whose table is the same. */
struct thread *world_thread_apart(int n, uint32_t priority, enum policy policy);

/* Whoever is to run first does. */
void world_begin(void);
static inline struct thread *
running(void)
{
	return fake_cpu.current;
}

/* The current thread executes svc #number with these registers; returns its x0 if it still runs. */
int64_t svc(uint64_t number, uint64_t x0, uint64_t x1, uint64_t x2);
/* The same with a message: words w, w + 1, ... w + 7. */
int64_t
svc_message(uint64_t number, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t w, uint64_t label);

/* The same with its registers as they are: what a thread does that was rewound to its svc. */
int64_t svc_again(uint64_t number);

/* x3 to x10 of t are w, w + 1, ... */
bool has_words(const struct thread *t, uint64_t w);

/* Time passes; interrupts that fall due are taken. */
void world_time(uint64_t ns);

/* All invariants of everything in the world. */
void world_check(void);

/* For "an error changes nothing": all state but the caller's x0 is as it was. */
struct world_note {
	struct world world;
	struct cpu cpu;
};
void world_note(struct world_note *note);
bool world_unchanged(struct world_note *note);

#endif
