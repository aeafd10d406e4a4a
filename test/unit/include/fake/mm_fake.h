/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for memory management on the host: an arena stands for RAM, TLB
 * maintenance is recorded, threads and endpoints are no more than their heads.
 * Boot is the real one: mm_init and init_process_create run on it.
 */
#ifndef FAKE_MM_FAKE_H
#define FAKE_MM_FAKE_H

#include "mm/home.h"
#include "mm/map.h"
#include "mm/space.h"
#include "sched/thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What the fake RAM is like: two ranges with a hole of 8 frames between them. */
#define FAKE_FRAMES 1024u
#define FAKE_HOLE_FIRST 992u
#define FAKE_HOLE_FRAMES 8u
#define FAKE_DEVICE 0x09000000ull /* 2 pages of device registers */

struct mm_fake {
	int flushes;       /* calls of tlb_flush_* so far */
	int drop_flush;    /* the number of the one that does nothing, -1: none */
	int code_syncs;    /* pages whose instructions were made visible */
	const char *panic; /* the text of the panic that mm_panics caught */
	jmp_buf end;
	bool end_armed;
	int calls; /* kernel entries of the last svc */
};
extern struct mm_fake mm_fake;

extern struct thread *init_thread;
extern struct space *init_space;
extern struct object fake_firmware, fake_irq;

/* Boot: RAM is filled with garbage first. */
void mm_fake_boot(void);

/*
 * 0 first; 1 after the code that follows has panicked. Undo with
 * mm_fake.end_armed = false.
 */
#define MM_PANICS() (mm_fake.end_armed = true, setjmp(mm_fake.end))

typedef err_t call_handler(struct thread *caller, uint64_t *x);

/* The thread's svc, repeated as long as it asks for that; x keeps its results. */
err_t svc5(call_handler *call, struct thread *caller, uint64_t x[8]);
#define SVC(call, ...) svc5((call), svc_caller, svc_x((uint64_t[8]){ __VA_ARGS__ }))
/* Who makes the calls (init_thread after boot), and the registers of the last. */
extern struct thread *svc_caller;
extern uint64_t svc_result[8];
uint64_t *svc_x(const uint64_t *x);

/* All checks there are. */
void mm_check(void);

/* "An error changes nothing": all of RAM is as it was noted. */
void mm_note(void);
bool mm_unchanged(void);

/* Home addresses of frames that nobody uses, for the tests to take; home's page n from there. */
uint64_t home_page(unsigned n);
struct frame *home_frame(unsigned n);
const struct boot_info *fake_boot_info(void);

/* Objects, made by calls of svc_caller; they must succeed. */
handle_t make_space(uint64_t flags, unsigned fund_from, unsigned fund_pages);
struct space *space_named(handle_t handle);
/* A thread or endpoint made from the payer's fund, with a capability in init's table. */
handle_t make_thread_in(struct space *space);
handle_t make_endpoint_in(struct space *space);
struct thread *thread_named(handle_t handle);
struct object *object_named(handle_t handle);

/* Bytes of the frame table, to be compared between two moments. */
const void *frame_table_bytes(size_t *bytes);

/* A small generator; the same seed gives the same numbers. */
uint64_t test_random(uint64_t *seed);

#endif
