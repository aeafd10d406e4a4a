/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's calls: `svc #number`, one list for the kernel's dispatch, the
 * user-level stubs, the trace and docs/abi.md.
 *
 * Registers. In: x0 handle, x1 deadline, x2 token (or as the call says), x3 to
 * x10 the eight message words, x11 label and flags. Out: x0 status (an err_t,
 * or RECV_* bits), x1 badge, x2 token, x3 to x10 words, x11 label, x12
 * notification bits; calls that carry no message return values in x1...x7.
 * Every call may clobber x0 to x18 and the flags; what it does not return is
 * zero or the thread's own old value. x19 to x30, SP, TPIDR and FP/SIMD keep.
 *
 * `svc #0` is never a kernel call: it goes to the thread's own upcall handler,
 * or is a fault.
 *
 * A narrow thread runs in AArch32: its r0 to r12 are x0 to x12, its SP and LR
 * are x13 and x14, and what it passes and gets are the low halves, but for
 * these. In: r12 is the upper half of x1 (deadline, address); r11 has 24 bits of
 * label, and the flags MSG_* from bit 24 on (NARROW_FLAGS_SHIFT). Out: r11
 * likewise; r1 of recv and reply_recv is the upper half of the notification
 * bits, in place of the badge. It has no upcall handler.
 */
#ifndef INSULA_ABI_CALL_H
#define INSULA_ABI_CALL_H

#include <insula/abi/error.h>
#include <insula/abi/types.h>

/*      number  name              in -> out (after status)
 * call            x0 endpoint, x1 deadline, message     -> message
 * reply_recv      x0 endpoint, x1 deadline, x2 token, message -> as recv
 *                                                       (token 0 answers nobody: as recv)
 * recv            x0 endpoint, x1 deadline              -> badge, token, message, bits
 * reply           x0 endpoint, x2 token, message
 * notify          x0 endpoint                           (sets the badge's bits)
 * yield
 * null                                                  -> x1 ABI_VERSION
 * endpoint_create x0 payer space, x1 table space, x2 ENDPOINT_* flags -> x1 handle in that table
 * endpoint_abort  x0 endpoint                           (callers and lenders there: INTERRUPTED)
 * thread_create   x0 space, x1 table space, x2 priority or 0 | (policy | THREAD_NARROW) << 8
 *                                                       -> x1 handle
 * thread_configure x0 thread, x1 enum thread_item, x2 value, x3 value
 * thread_start    x0 thread, x1 pc, x2 sp, x3 x0 of it, x4 tpidr
 * thread_stop     x0 thread                             (rewinds it unless REPLY-blocked)
 * thread_resume   x0 thread
 * thread_registers x0 thread, x1 first register, x2 set mask, x3-x10 values -> x3-x10 values
 * thread_query    x0 thread                             -> x1.. struct thread_info in registers
 * upcall_return   -                                     (the end of an svc #0 handler)
 * space_create    x0 payer space, x1 table space, x2 SPACE_ESTATE or 0 -> x1 handle
 * map             x0 space, x1 address, x2 caller's address, x3 pages 1..16, x4 PROT
 * unmap           x0 space, x1 address, x2 pages 1..16
 * protect         x0 space, x1 address, x2 pages 1..16, x3 PROT
 * fund            x0 space, x1 address in home, x2 pages 1..16
 * defund          x0 space                              -> x1 home address of the page
 * link            x0 space, x1 slot, x2 estate or 0
 * space_stop      x0 space, x1 1 stop, 0 resume
 * space_query     x0 space, x1 enum space_item, x2 argument -> x1..x6
 * destroy         x0 handle                             (any object, needs its OWN right)
 * cap_copy        x0 source table space, x1 handle, x2 target table space, x3 rights, x4 badge
 *                 (0 keeps the badge)                   -> x1 handle in the target table
 * cap_delete      x0 table space, x1 handle
 * cap_revoke      x0 handle, x1 badge                   (empties all slots of that object and badge)
 * cap_query       x0 table space, x1 handle, or index with x2 = 1
 *                                                       -> x1 type, x2 rights, x3 badge, x4 handle,
 *                                                          x5 object identity
 * irq_bind        x0 irq capability, x1 payer space, x2 line, x3 endpoint (NOTIFY), x4 table space
 *                                                       -> x1 handle of the interrupt thread
 * recv_lend       x0 endpoint, x1 deadline, x2 thread   -> as recv
 *                                                       (waits MUTEX-blocked, lending its priority)
 * sleep           x1 deadline                           (OK at the deadline)
 * thread_interrupt x0 thread                            (its blocked call: INTERRUPTED)
 * notify_recv     x0 endpoint to receive at, x1 deadline, x2 endpoint to notify, or 0
 *                                                       -> as recv
 */
#define CALL_LIST(C)            \
	C(1, call)              \
	C(2, reply_recv)        \
	C(3, recv)              \
	C(4, reply)             \
	C(5, notify)            \
	C(6, yield)             \
	C(7, null)              \
	C(8, endpoint_create)   \
	C(9, endpoint_abort)    \
	C(10, thread_create)    \
	C(11, thread_configure) \
	C(12, thread_start)     \
	C(13, thread_stop)      \
	C(14, thread_resume)    \
	C(15, thread_registers) \
	C(16, thread_query)     \
	C(17, upcall_return)    \
	C(18, space_create)     \
	C(19, map)              \
	C(20, unmap)            \
	C(21, protect)          \
	C(22, fund)             \
	C(23, defund)           \
	C(24, link)             \
	C(25, space_stop)       \
	C(26, space_query)      \
	C(27, destroy)          \
	C(28, cap_copy)         \
	C(29, cap_delete)       \
	C(30, cap_revoke)       \
	C(31, cap_query)        \
	C(32, irq_bind)         \
	C(33, recv_lend)        \
	C(34, sleep)            \
	C(35, thread_interrupt) \
	C(36, notify_recv)

enum call_number {
#define C(number, name) CALL_##name = (number),
	CALL_LIST(C)
#undef C
	    CALL_COUNT = 37
};

#define ABI_VERSION 1

/* A narrow thread's r11: label below, and bits 32... of x11 from here on. */
#define NARROW_FLAGS_SHIFT 24
#define NARROW_LABEL_MASK 0xffffffull

#define SPACE_ESTATE 1u /* space_create: a space without threads, made to be linked */

/*
 * thread_create, with the policy: registers are 32 bits wide (AArch32). pc (bit 0:
 * Thumb) and sp lie below 4 GiB. ERR_NO_AARCH32 where the processor has none.
 */
#define THREAD_NARROW 0x100u

/* thread_configure: what x2 (and x3) set. */
enum thread_item {
	THREAD_PRIORITY,       /* x2 real priority; RIGHT_SCHED, at most the caller's limit */
	THREAD_POLICY,         /* x2 enum policy, SPORADIC once it has parameters; RIGHT_SCHED */
	THREAD_LIMIT,          /* x2 highest priority it may have or set; RIGHT_SCHED */
	THREAD_FAULT_ENDPOINT, /* x2 handle with RIGHT_SEND in the caller's tables; RIGHT_CONTROL */
	THREAD_UPCALL,         /* x2 pc, x3 sp of the svc #0 handler; 0 removes it; RIGHT_CONTROL */
	THREAD_SPORADIC,       /* x2 SPORADIC_VALUE(), x3 period in ns; RIGHT_SCHED */
};

/* thread_query's results, x1 to x7. */
struct thread_info {
	uint64_t state;       /* enum thread_state | effective << 8 | real << 16 |
				 (policy | THREAD_NARROW) << 24 */
	uint64_t cpu_ns;      /* processor time used */
	uint64_t blocked_on;  /* identity of the endpoint it is blocked on, 0 if none */
	uint64_t blocked_tag; /* identity of the thread that serves it (REPLY-blocked) or that it
				 lends its priority to (MUTEX-blocked), 0 if not known */
	uint64_t identity;    /* never reused while the system runs */
	uint64_t pc;
	uint64_t deadline_ns; /* of the blocking call, TIME_NEVER if none */
};

/* space_query: what x2 asks. */
enum space_item {
	SPACE_FUND,   /* -> x1 kernel pages paid, x2 spare pages among them, x3 pages mapped,
			 x4 threads, x5 capabilities, x6 identity */
	SPACE_PAGE,   /* x2 address -> x1 PROT | PAGE_*, x2 state of the frame (enum frame_state),
			 x3 mappings outside home, x4 home address */
	SPACE_THREAD, /* x2 n -> the n-th thread of the space: as thread_query */
	SPACE_LINKS,  /* x2 slot -> x1 identity of the estate linked there, 0 if none;
			 of an estate: x2 the holder's identity */
};
#define PAGE_PRESENT 0x10u
#define PAGE_DEVICE 0x20u
enum frame_state { FRAME_HOME, FRAME_USER, FRAME_KERNEL, FRAME_RESERVED, FRAME_NONE };

/*
 * Firmware is an endpoint that the kernel answers itself: labels of a call to
 * it, and word 0. A capability with a badge is good for those labels alone
 * whose bit (1 << label) is set in it.
 */
enum firmware_label {
	FIRMWARE_POWER_OFF = 1, /* word 0: exit status for the host, if it can be told one */
	FIRMWARE_RESET = 2,
	FIRMWARE_DEBUG_WRITE = 3, /* debug builds only: up to 8 words of text, NUL-padded */
	FIRMWARE_TRACE = 4, /* word 0: 1 the kernel writes its trace (trace.h), 0 it does not */
	/*
	 * The VideoCore mailbox: word 0 is put into it, or, if it is 0, word 0 becomes what
	 * is taken out. ERR_BUSY: it is full, or empty; ERR_CALL: there is none.
	 */
	FIRMWARE_MAILBOX = 5,
};

/*
 * A fault is a message from the faulting thread (label LABEL_FAULT, badge that
 * of the fault endpoint's capability). A reply with label 0 runs the
 * instruction again; with label 1 the thread is stopped.
 */
enum fault_kind {
	FAULT_PAGE = 1,
	FAULT_UNDEFINED,
	FAULT_ALIGNMENT,
	FAULT_CALL,  /* unknown call number, or svc #0 without a handler */
	FAULT_DEBUG, /* breakpoint, software step */
	FAULT_OTHER,
};
#define FAULT_WORD_KIND 0    /* enum fault_kind */
#define FAULT_WORD_ADDRESS 1 /* of the access */
#define FAULT_WORD_ACCESS 2  /* ACCESS_* */
#define FAULT_WORD_PC 3
#define FAULT_WORD_SP 4     /* a narrow thread's SP and LR are its x13 and x14 */
#define FAULT_WORD_ESR 5    /* the architecture's syndrome */
#define FAULT_WORD_THREAD 6 /* identity */
#define FAULT_WORD_LR 7
#define ACCESS_READ 0u
#define ACCESS_WRITE 1u
#define ACCESS_EXECUTE 2u

#endif
