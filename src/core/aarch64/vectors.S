/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every way into the kernel and out of it. Between entries SP_EL1 points at the
 * core's struct cpu, the top of its stack; interrupts are masked throughout.
 *
 * Three kinds of path:
 *   fast   call, reply_recv, notify, recv, yield: x0-x11 are saved, C decides
 *          with x19-x30 still the user's, and leaves through one of the exits
 *   call   all other calls: everything is saved, kernel_call
 *   full   faults and interrupts: likewise, and every register comes back
 *
 * The kernel lock is taken by each before C, and released by each exit.
 */
#include "core/aarch64/offsets.h"
#include "core/panic.h"

#define ESR_SVC64 0x5600
#define ESR_CLASS_SHIFT 26
#define CLASS_FP 0x07
#define CPACR_FPEN (3 << 20)
#define SPSR_AARCH32_BIT 4

#define X(n) THREAD_X + 8 * (n)

/*
 * The kernel lock, whose address is in x14: the low half of the address is what
 * is stored, since any value but 0 means held. Clobbers x15.
 */
	.macro	lock_take
9:	ldaxr	w15, [x14]
	cbnz	w15, 9b
	stxr	w15, w14, [x14]
	cbnz	w15, 9b
	.endm

/* x0-x11 of the caller to its save area; x13 the caller, x14 the lock, taken. */
	.macro	fast_entry
	ldp	x13, x14, [sp, #CPU_CURRENT]
	lock_take
	stp	x0, x1, [x13, #X(0)]
	stp	x2, x3, [x13, #X(2)]
	stp	x4, x5, [x13, #X(4)]
	stp	x6, x7, [x13, #X(6)]
	stp	x8, x9, [x13, #X(8)]
	stp	x10, x11, [x13, #X(10)]
	.endm

/* The rest of a caller whose x0-x18 are saved or not worth it: base register, scratch. */
	.macro	save_kept base, a, b
	stp	x19, x20, [\base, #X(19)]
	stp	x21, x22, [\base, #X(21)]
	stp	x23, x24, [\base, #X(23)]
	stp	x25, x26, [\base, #X(25)]
	stp	x27, x28, [\base, #X(27)]
	stp	x29, x30, [\base, #X(29)]
	mrs	\a, sp_el0
	mrs	\b, elr_el1
	stp	\a, \b, [\base, #THREAD_SP]
	.endm

	.macro	load_kept base, a, b
	ldp	\a, \b, [\base, #THREAD_SP]
	msr	sp_el0, \a
	msr	elr_el1, \b
	ldp	x19, x20, [\base, #X(19)]
	ldp	x21, x22, [\base, #X(21)]
	ldp	x23, x24, [\base, #X(23)]
	ldp	x25, x26, [\base, #X(25)]
	ldp	x27, x28, [\base, #X(27)]
	ldp	x29, x30, [\base, #X(29)]
	.endm

/* x0-x18 of the thread x16, whose x16 and x17 lie below SP; then the lock. */
	.macro	save_clobbered
	stp	x0, x1, [x16, #X(0)]
	stp	x2, x3, [x16, #X(2)]
	stp	x4, x5, [x16, #X(4)]
	stp	x6, x7, [x16, #X(6)]
	stp	x8, x9, [x16, #X(8)]
	stp	x10, x11, [x16, #X(10)]
	stp	x12, x13, [x16, #X(12)]
	ldp	x0, x1, [sp, #-16]
	stp	x14, x15, [x16, #X(14)]
	stp	x0, x1, [x16, #X(16)]
	str	x18, [x16, #X(18)]
	ldr	x14, [sp, #CPU_LOCK]
	lock_take
	.endm

/* x19-x30, SP, PC and PSTATE (also in x14) of the thread x16; C begins without a caller. */
	.macro	save_rest
	save_kept x16, x12, x13
	mrs	x14, spsr_el1
	str	x14, [x16, #THREAD_PSTATE]
	mov	x29, xzr
	.endm

/*
 * Before an eret that may be to AArch32: erratum 845719 of the Cortex-A53, where a
 * load at EL0 in AArch32 may return what another address holds, is kept away by a
 * write of CONTEXTIDR.
 */
	.macro	erratum_845719
	msr	contextidr_el1, xzr
	.endm

/* x0-x18 of the thread, and to user level. */
	.macro	load_clobbered base
	ldp	x2, x3, [\base, #X(2)]
	ldp	x4, x5, [\base, #X(4)]
	ldp	x6, x7, [\base, #X(6)]
	ldp	x8, x9, [\base, #X(8)]
	ldp	x10, x11, [\base, #X(10)]
	ldp	x12, x13, [\base, #X(12)]
	ldp	x14, x15, [\base, #X(14)]
	ldp	x16, x17, [\base, #X(16)]
	ldr	x18, [\base, #X(18)]
	ldp	x0, x1, [\base, #X(0)]
	eret
	.endm

/*
 * From one thread to another: registers that a call keeps, processor time,
 * TPIDR, address space, lock. What a call returns, and PSTATE, are the user's to load.
 * `name` tells the two uses apart.
 */
	.macro	change_thread to, from, name
	save_kept \from, x12, x13
	mrs	x12, tpidr_el0
	mrs	x13, cntvct_el0
	ldr	x14, [\from, #THREAD_CPU_TICKS]
	add	x14, x14, x13
	stp	x12, x14, [\from, #THREAD_TPIDR]
	ldp	x12, x14, [\to, #THREAD_TPIDR]
	sub	x14, x14, x13
	str	x14, [\to, #THREAD_CPU_TICKS]
	msr	tpidr_el0, x12
	ldp	x14, x15, [sp, #CPU_LOCK]
	cbnz	x15, trace_\name
traced_\name:
	ldr	x12, [\to, #THREAD_TTBR0]
	ldr	x13, [\from, #THREAD_TTBR0]
	str	\to, [sp, #CPU_CURRENT]
	cmp	x12, x13
	b.eq	1f
	msr	ttbr0_el1, x12
1:	load_kept \to, x12, x13
	stlr	wzr, [x14]
	.endm

/*
 * Out of change_thread's line while the trace is on: x15 the ring, x13 the
 * counter. Writes the record that trace_switch would.
 */
	.macro	trace_change to, from, name
trace_\name:
	ldp	x17, x18, [x15]
	and	x18, x18, x17
	add	x17, x17, #1
	str	x17, [x15]
	add	x18, x15, x18, lsl #VECTOR_TRACE_SHIFT
	add	x18, x18, #VECTOR_TRACE_HEADER
	ldr	w16, [\from, #THREAD_IDENTITY]
	ldr	w17, [\to, #THREAD_IDENTITY]
	str	x13, [x18]
	stp	w16, w17, [x18, #8]
	ldr	x16, [\from, #THREAD_SCHED]
	ldr	x17, [\to, #THREAD_SCHED]
	stp	x16, x17, [x18, #16]
	b	traced_\name
	.endm

/* The table has 16 places of 128 bytes; what follows the first branch of each is ours. */
	.macro	slot number
	.org	\number * 128
	.endm

	.macro	all_fp operation
	\operation q0, q1, [x16, #0]
	\operation q2, q3, [x16, #32]
	\operation q4, q5, [x16, #64]
	\operation q6, q7, [x16, #96]
	\operation q8, q9, [x16, #128]
	\operation q10, q11, [x16, #160]
	\operation q12, q13, [x16, #192]
	\operation q14, q15, [x16, #224]
	\operation q16, q17, [x16, #256]
	\operation q18, q19, [x16, #288]
	\operation q20, q21, [x16, #320]
	\operation q22, q23, [x16, #352]
	\operation q24, q25, [x16, #384]
	\operation q26, q27, [x16, #416]
	\operation q28, q29, [x16, #448]
	\operation q30, q31, [x16, #480]
	.endm

	.arch_extension fp
	.arch_extension simd

	.section .vectors, "ax"
	.balign	2048
	.globl	vectors
vectors:

/*
 * Slots 0 to 7: exceptions from EL1, which are the kernel's own or the
 * machine's, and a panic. SP may be what is wrong: they have their own stack.
 */
	slot	0
el1_exception:
	msr	tpidr_el1, x0
	mov	x0, sp
	msr	tpidrro_el0, x0
	ldr	x0, =panic_stack_top
	sub	sp, x0, #EXCEPTION_FRAME_BYTES
	mrs	x0, tpidr_el1
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x0, tpidrro_el0
	stp	x30, x0, [sp, #EXCEPTION_FRAME_SP - 8]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [sp, #EXCEPTION_FRAME_ELR]
	mrs	x0, esr_el1
	mrs	x1, far_el1
	stp	x0, x1, [sp, #EXCEPTION_FRAME_ESR]
	mov	x0, sp
	b	panic_exception

	slot	1
	b	el1_exception
null_call:
	mov	x0, #0
	mov	x1, #VECTOR_ABI_VERSION
	mov	x16, #0
	mov	x17, #0
	eret
/* Calls that take the table: x17 the number less one. */
slow_call:
	ldr	x16, [sp, #CPU_CURRENT]
	save_clobbered
	add	x1, x17, #1
	b	call_c

/* x0 the number of a call whose x0-x11 are saved; the lock is held. */
	slot	2
	b	el1_exception
	.globl	exit_slow
exit_slow:
	ldr	x16, [sp, #CPU_CURRENT]
	mov	x1, x0
call_c:
	save_rest
	mov	x0, sp
	bl	kernel_call
	cbz	x0, exit_plain
	b	exit_thread

/* x0 the thread that runs: all of it, but what context_switch has loaded. */
	slot	3
	b	el1_exception
	.globl	context_start
context_start:
	mov	sp, x0
	ldr	x0, [sp, #CPU_CURRENT]
exit_thread:
	load_kept x0, x1, x2
	ldr	x3, [x0, #THREAD_PSTATE]
	ldr	x4, [sp, #CPU_LOCK]
	msr	spsr_el1, x3
	stlr	wzr, [x4]
	erratum_845719
	load_clobbered x0

/* A deadline, or flags in x11 (a capability, an acknowledgement): not for the fast path. */
	slot	4
	b	el1_exception
fast_call:
	orr	x12, x1, x11, lsr #32
	fast_entry
	mov	x4, x13
	cbz	x12, ipc_call
	mov	x0, #VECTOR_CALL
	b	exit_slow
fast_recv:
	fast_entry
	orr	x3, x1, x11, lsr #32
	mov	x1, x13
	mov	x2, sp
	b	ipc_recv

	slot	5
	b	el1_exception
fast_reply_recv:
	orr	x12, x1, x11, lsr #32
	fast_entry
	mov	x4, x13
	cbz	x12, ipc_reply_recv
	mov	x0, #VECTOR_REPLY_RECV
	b	exit_slow
fast_notify:
	fast_entry
	mov	x1, x13
	mov	x2, sp
	b	ipc_notify

	slot	6
	b	el1_exception
fast_yield:
	fast_entry
	mov	x1, x13
	mov	x2, sp
	b	ipc_yield
	.globl	exit_status
exit_status:
	ldp	x18, x14, [sp, #CPU_CURRENT]
	stlr	wzr, [x14]
	ldp	x1, x2, [x18, #X(1)]
	ldp	x3, x4, [x18, #X(3)]
	ldp	x5, x6, [x18, #X(5)]
	ldp	x7, x8, [x18, #X(7)]
	ldp	x9, x10, [x18, #X(9)]
	ldp	x11, x12, [x18, #X(11)]
	ldp	x13, x14, [x18, #X(13)]
	ldp	x15, x16, [x18, #X(15)]
	ldp	x17, x18, [x18, #X(17)]
	eret

	slot	7
	b	el1_exception
not_a_call:
	mrs	x16, esr_el1
	lsr	x17, x16, #ESR_CLASS_SHIFT
	cmp	x17, #CLASS_FP
	b.eq	fp_trapped
	ldr	x16, [sp, #CPU_CURRENT]
	save_clobbered
	b	fault

/* From EL0, synchronous. Only x16 and x17 are clobbered before the class is known. */
	slot	8
	stp	x16, x17, [sp, #-16]
	mrs	x16, esr_el1
	movz	x17, #ESR_SVC64, lsl #16
	sub	x16, x16, x17
	subs	x17, x16, #1 /* if it is an svc #n: n - 1 */
	b.eq	fast_call
	cmp	x17, #VECTOR_REPLY_RECV - 1
	b.eq	fast_reply_recv
	cmp	x17, #VECTOR_NULL - 1
	b.hi	1f
	adr	x16, light_calls - 4 * (VECTOR_RECV - 1)
	add	x16, x16, x17, lsl #2
	br	x16
1:	cmp	x17, #VECTOR_NOTIFY_RECV - 1
	b.lo	slow_call
	b.eq	fast_notify_recv
	cmp	x17, #VECTOR_CALLS - 1
	b.lo	slow_call
	b	not_a_call
light_calls:
	b	fast_recv
	b	slow_call /* reply */
	b	fast_notify
	b	fast_yield
	b	null_call

/* From EL0: an interrupt. */
	slot	9
el0_interrupt:
	stp	x16, x17, [sp, #-16]
	ldr	x16, [sp, #CPU_CURRENT]
	save_clobbered
	b	interrupt

	slot	10
	b	el0_interrupt /* FIQ: claimed like any other */
fault:
	save_rest
	mov	x0, sp
	mrs	x1, esr_el1
	mrs	x2, far_el1
	tbnz	x14, #SPSR_AARCH32_BIT, 1f
	bl	kernel_fault
	b	exit_thread
1:	bl	kernel_narrow
	b	exit_thread

	slot	11
	b	el1_exception /* SError */
interrupt:
	save_rest
	mov	x0, sp
	bl	kernel_interrupt
	b	exit_thread

/*
 * Slots 12 to 15: from EL0 in AArch32. Its registers are x0 to x14, of which
 * only the low halves mean anything; its calls are kernel_narrow's to tell from
 * its faults. FP/SIMD: the unit is enabled only while the current thread has
 * used it in this turn.
 */
	slot	12
	stp	x16, x17, [sp, #-16]
	b	not_a_call
/* x0 struct fp_state; the unit is off afterwards. */
	.globl	fp_save
fp_save:
	mov	x16, x0
	all_fp	stp
	mrs	x14, fpsr
	mrs	x15, fpcr
	str	x14, [x16, #FP_CONTROL]
	str	x15, [x16, #FP_CONTROL + 8]
	msr	cpacr_el1, xzr
	ret

	slot	13
	b	el0_interrupt
/* EL0 used the unit; x16, x17 lie below SP. Load its state; the instruction runs again. */
fp_trapped:
	stp	x14, x15, [sp, #-32]
	ldp	x16, x14, [sp, #CPU_CURRENT]
	lock_take
	str	x16, [sp, #CPU_FP_OWNER]
	ldr	x15, [x16, #THREAD_SCHED]
	orr	x15, x15, #(1 << SCHED_OWNS_FP_BIT)
	str	x15, [x16, #THREAD_SCHED]
	stlr	wzr, [x14]
	mov	x15, #CPACR_FPEN
	msr	cpacr_el1, x15
	isb
	add	x16, x16, #THREAD_FP
	b	fp_load

	slot	14
	b	el0_interrupt
fp_load:
	all_fp	ldp
	ldr	x14, [x16, #FP_CONTROL]
	ldr	x15, [x16, #FP_CONTROL + 8]
	msr	fpsr, x14
	msr	fpcr, x15
	ldp	x14, x15, [sp, #-32]
	ldp	x16, x17, [sp, #-16]
	erratum_845719
	eret

	slot	15
	b	el1_exception /* SError */
/* The current thread goes on: SP, PC, PSTATE and x19 to x28 are still its own. */
exit_plain:
	ldp	x0, x4, [sp, #CPU_CURRENT]
	ldp	x29, x30, [x0, #X(29)]
	stlr	wzr, [x4]
	load_clobbered x0
	.ltorg
	slot	16

/* Behind the table, which is full: x2 is the handle to notify, and stays there. */
fast_notify_recv:
	fast_entry
	orr	x4, x1, x11, lsr #32
	mov	x1, x13
	mov	x3, sp
	b	ipc_notify_recv

/*
 * x0 status, x1 badge, x2 token, x3 the thread that runs, x4 the one that has
 * blocked, in whose save area the message lies. TTBR0 needs no barrier: eret
 * is one, and nothing here touches a user address.
 */
	.globl	exit_message
exit_message:
	change_thread x3, x4, message
	msr	spsr_el1, xzr
	ldp	x12, x13, [x3, #X(12)]
	ldp	x14, x15, [x3, #X(14)]
	ldp	x16, x17, [x3, #X(16)]
	ldr	x18, [x3, #X(18)]
	ldr	x11, [x4, #X(11)]
	ldp	x9, x10, [x4, #X(9)]
	ldp	x7, x8, [x4, #X(7)]
	ldp	x5, x6, [x4, #X(5)]
	ldp	x3, x4, [x4, #X(3)]
	eret

/* x0 the thread that runs, x1 the one that does not any more. */
	.globl	exit_switch
exit_switch:
	change_thread x0, x1, switch
	ldr	x12, [x0, #THREAD_PSTATE]
	msr	spsr_el1, x12
	erratum_845719
	load_clobbered x0

	trace_change x3, x4, message
	trace_change x0, x1, switch
