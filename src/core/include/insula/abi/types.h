/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles, rights and the numbers that kernel and user level share.
 *
 * A handle is an index with a generation into a capability table. Each space
 * has its own table; while an estate is linked to slot 0 of a space, the
 * estate's table is the space's second one, chosen by HANDLE_ESTATE. Handle 0
 * names nothing; where a call takes a space, SELF (0) is the caller's own.
 */
#ifndef INSULA_ABI_TYPES_H
#define INSULA_ABI_TYPES_H

#include <stdint.h>

typedef uint32_t handle_t;

/* handle = table bit 31 | generation 19 bits (1...) | index 12 bits */
#define HANDLE_INDEX_BITS 12
#define HANDLE_INDEX_MASK 0xfffu
#define HANDLE_GENERATION_SHIFT 12
#define HANDLE_GENERATION_MASK 0x7ffffu
#define HANDLE_ESTATE 0x80000000u
#define HANDLE_NONE 0u
#define SELF 0u
#define CAPS_PER_TABLE 4096u

/*
 * Rights. No two types share a bit, so a right implies the type of object.
 * Copying a capability can only take rights away.
 */
#define RIGHT_SEND (1u << 0)    /* endpoint: call */
#define RIGHT_RECV (1u << 1)    /* endpoint: receive, reply, abort */
#define RIGHT_NOTIFY (1u << 2)  /* endpoint: set notification bits (the badge is the mask) */
#define RIGHT_EP_OWN (1u << 3)  /* endpoint: badge, revoke, destroy */
#define RIGHT_CONTROL (1u << 4) /* thread: start, stop, registers, fault endpoint */
#define RIGHT_SCHED (1u << 5)   /* thread: priority, policy, limit */
#define RIGHT_TH_QUERY (1u << 6)
#define RIGHT_TH_OWN (1u << 7)
#define RIGHT_MAP (1u << 8)     /* space: map, unmap, protect */
#define RIGHT_FUND (1u << 9)    /* space: fund, defund */
#define RIGHT_CREATE (1u << 10) /* space: make objects from its fund */
#define RIGHT_TABLE (1u << 11)  /* space: copy into and out of, delete from its table */
#define RIGHT_LINK (1u << 12)   /* space: link estates to it; estate: be linked */
#define RIGHT_STOP (1u << 13)   /* space: stop and resume all threads */
#define RIGHT_SP_QUERY (1u << 14)
#define RIGHT_SP_OWN (1u << 15) /* space: revoke, destroy */
#define RIGHT_IRQ (1u << 16) /* interrupt lines: bind; the badge is first line | last line << 32 */

#define RIGHTS_ENDPOINT 0x0000000fu
#define RIGHTS_THREAD 0x000000f0u
#define RIGHTS_SPACE 0x0000ff00u
#define RIGHTS_IRQ 0x00010000u

/* What cap_query reports as the object's type. */
enum cap_type { CAP_NONE, CAP_ENDPOINT, CAP_THREAD, CAP_SPACE, CAP_IRQ };

/* Deadlines are absolute, nanoseconds of the monotonic clock. */
#define TIME_NEVER 0ull /* wait for ever */
#define TIME_NOW 1ull   /* do not wait: what is not there at once is ERR_TIMED_OUT */

/* endpoint_create: callers neither boost nor set the priority of who receives there (C3). */
#define ENDPOINT_FIXED_PRIORITY 1u

/* recv_lend, in x2: lend to whoever was last woken there, if the kernel knows one; else to x2. */
#define LEND_KEEP (1ull << 32)

/* Scheduling. */
#define PRIORITY_IDLE 0
#define PRIORITY_MIN 1
#define PRIORITY_UNPRIVILEGED_MAX 63
#define PRIORITY_MAX 255
enum policy { POLICY_FIFO, POLICY_RR, POLICY_OTHER, POLICY_SPORADIC };
#define POLICY_INHERIT \
	0xffu              /* thread_create: the caller's (S3); if sporadic, with its parameters */
#define TICK_NS 1000000ull /* 1 ms: every processor we boot on exceeds 40 MHz (S12) */
#define TIMESLICE_NS (4ull * TICK_NS)

/*
 * THREAD_SPORADIC: x2 as below, x3 the replenishment period in ns. The budget
 * is at most the period, that less than 2^48 ns (78 hours); the low priority
 * at most the thread's real one; 1 to 8 replenishments can be pending.
 */
#define SPORADIC_TIME_BITS 48
#define SPORADIC_REPL_MAX 8
#define SPORADIC_VALUE(budget_ns, low_priority, repl_max) \
	((uint64_t)(budget_ns) | (uint64_t)(low_priority) << 48 | (uint64_t)(repl_max) << 56)

/* Thread states, as thread_query reports them (C6). */
#define THREAD_STATE_LIST(S)                 \
	S(0, INACTIVE, "new")                \
	S(1, READY, "ready")                 \
	S(2, RUNNING, "running")             \
	S(3, SEND, "send-blocked")           \
	S(4, REPLY, "reply-blocked")         \
	S(5, RECEIVE, "receive-blocked")     \
	S(6, MUTEX, "mutex-blocked")         \
	S(7, INTERRUPT, "interrupt-blocked") \
	S(8, NANOSLEEP, "nanosleep-blocked") \
	S(9, STOPPED, "stopped")             \
	S(10, DYING, "dying")

enum thread_state {
#define S(number, name, text) THREAD_##name = (number),
	THREAD_STATE_LIST(S)
#undef S
};

/* Pages. A mapping is readable always; writable and executable never both. */
#define PAGE_BYTES 4096ull
#define PAGE_SHIFT 12
#define PROT_R 0u
#define PROT_W 1u
#define PROT_X 2u
#define MAP_MAX_PAGES 16u

/* A message: eight words and a label; x11 carries the label and the flags. */
#define MESSAGE_WORDS 8
#define LABEL_MASK 0xffffffffull
/* In, x11: send the capability whose handle is in word 7 along (slow path). */
#define MSG_CAP (1ull << 32)
/* In, x11 of recv and reply_recv: word 7 names nothing yet; install a capability that arrives. */
#define MSG_CAP_ACCEPT (1ull << 33)
/* In, x11 of reply and reply_recv: x2 is an interrupt thread's handle to acknowledge, not a token. */
#define MSG_ACK (1ull << 34)
/* Out, x11: word 7 is the handle of a capability that was installed in the receiver's table. */
#define MSG_CAP_DELIVERED (1ull << 35)
/* Out, x11: the sender sent a capability and it was not delivered. */
#define MSG_CAP_LOST (1ull << 36)

/* Out, x0 of recv and reply_recv: what arrived; both may. */
#define RECV_MESSAGE 1 /* badge, token, words, label */
#define RECV_BITS 2    /* x12: the notification bits, now cleared */

/* Label of a fault message; the faulting thread's own words are in fault.h. */
#define LABEL_FAULT 0xfffffff0u

#endif
