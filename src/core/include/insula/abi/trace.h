/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace: a ring of records that the kernel writes and user level reads.
 *
 * One page with a struct trace_header, then a power of two of records. Record
 * n lies in place n & mask and is there until record n + mask + 1 is written.
 * The kernel writes through a mapping of its own; home maps the pages
 * read-only, and they can be mapped onward only so. boot_info says where they
 * are; FIRMWARE_TRACE turns writing on and off.
 */
#ifndef INSULA_ABI_TRACE_H
#define INSULA_ABI_TRACE_H

#include <insula/abi/types.h>

#define TRACE_HEADER_BYTES PAGE_BYTES
#define TRACE_RECORD_BYTES 32u

struct trace_header {
	uint64_t count; /* records written since boot */
	uint64_t mask;  /* places in the ring, less one */
};

/*
 * `thread` is what the record is about, `other` the thread that ran when it was
 * written (of a switch: that runs now); both are the low halves of identities.
 * `word` is the thread's scheduling word after the event: effective priority in
 * bits 0-7, sliced or not in bit 24, enum thread_state in bits 32-39, the event
 * in bits 56-63.
 *
 *   event          value
 *   SWITCH         the word of the thread that runs now; `word` tells how
 *                  the one that ran before stopped running
 *   READY          0: it went to the tail of its level
 *   BLOCKED        identity of its server: a queued call was received
 *   STOPPED        0: stopped by thread_stop, with its space, or for good
 *   PRIORITY       its real priority: the effective one in `word` is new
 *   START          badge of its fault endpoint: it has been started
 *   END            the status with which its wait was ended, an err_t
 *   INTERRUPT      the line, TRACE_TIMER for the core's timer; `thread` was running
 */
struct trace_record {
	uint64_t ticks; /* CNTVCT */
	uint32_t thread;
	uint32_t other;
	uint64_t word;
	uint64_t value;
};
_Static_assert(sizeof(struct trace_record) == TRACE_RECORD_BYTES, "the reader counts on it");

#define TRACE_EVENT_SHIFT 56
#define TRACE_TIMER 0xfffffffeull

/*      number  name, what a person reads */
#define TRACE_EVENT_LIST(E)        \
	E(0, SWITCH, "switch")     \
	E(1, READY, "ready")       \
	E(2, BLOCKED, "blocked")   \
	E(3, STOPPED, "stopped")   \
	E(4, PRIORITY, "priority") \
	E(5, START, "start")       \
	E(6, END, "end")           \
	E(7, INTERRUPT, "interrupt")

enum trace_event {
#define E(number, name, text) TRACE_##name = (number),
	TRACE_EVENT_LIST(E)
#undef E
};

#endif
