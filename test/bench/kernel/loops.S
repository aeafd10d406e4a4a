/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measured loops. x19 is the handle, x20 the rounds left, x21 the counter
 * before. Numbers of calls are those of insula/abi/call.h.
 */

	.macro	begin_loop name
	.text
	.balign	16
	.globl	\name
	.type	\name, %function
\name:
	stp	x29, x30, [sp, #-48]!
	stp	x19, x20, [sp, #16]
	str	x21, [sp, #32]
	mov	x19, x0
	mov	x20, x1
	mrs	x21, pmccntr_el0
	.endm

	/* The end of a round, and of the loop. */
	.macro	end_loop name
	subs	x20, x20, #1
	b.ne	0b
	mrs	x0, pmccntr_el0
	sub	x0, x0, x21
8:	ldr	x21, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #48
	ret
9:	mov	x0, #-1
	b	8b
	.size	\name, . - \name
	.endm

	begin_loop loop_empty
0:
	end_loop loop_empty

	begin_loop loop_call_0
0:	mov	x0, x19
	mov	x1, #0
	mov	x11, #1
	svc	#1
	cbnz	x0, 9f
	end_loop loop_call_0

	begin_loop loop_call_4
0:	mov	x0, x19
	mov	x1, #0
	mov	x3, #3
	mov	x4, #4
	mov	x5, #5
	mov	x6, #6
	mov	x11, #1
	svc	#1
	cbnz	x0, 9f
	end_loop loop_call_4

	begin_loop loop_call_8
0:	mov	x0, x19
	mov	x1, #0
	mov	x3, #3
	mov	x4, #4
	mov	x5, #5
	mov	x6, #6
	mov	x7, #7
	mov	x8, #8
	mov	x9, #9
	mov	x10, #10
	mov	x11, #1
	svc	#1
	cbnz	x0, 9f
	end_loop loop_call_8

	begin_loop loop_null
0:	svc	#7
	end_loop loop_null

	begin_loop loop_notify
0:	mov	x0, x19
	svc	#5
	cbnz	x0, 9f
	end_loop loop_notify

	begin_loop loop_yield
0:	svc	#6
	end_loop loop_yield

	/* The first fault is received before the count begins; each answer repeats it. */
	.globl	loop_answer_fault
	.type	loop_answer_fault, %function
loop_answer_fault:
	stp	x29, x30, [sp, #-48]!
	stp	x19, x20, [sp, #16]
	str	x21, [sp, #32]
	mov	x19, x0
	mov	x20, x1
	mov	x1, #0
	mov	x11, #0
	svc	#3
	tbnz	x0, #63, 9f
	mrs	x21, pmccntr_el0
0:	mov	x0, x19
	mov	x1, #0
	mov	x11, #0
	svc	#2
	tbnz	x0, #63, 9f
	end_loop loop_answer_fault

	.globl	serve_calls
	.type	serve_calls, %function
serve_calls:
	mov	x19, x0
	mov	x1, #0
	mov	x11, #0
	svc	#3
0:	tbnz	x0, #63, 9f
	mov	x0, x19
	mov	x1, #0
	svc	#2
	b	0b
9:	udf	#1
	.size	serve_calls, . - serve_calls

	.globl	serve_bits
	.type	serve_bits, %function
serve_bits:
	mov	x19, x0
0:	mov	x0, x19
	mov	x1, #0
	mov	x11, #0
	svc	#3
	tbz	x0, #63, 0b
	udf	#2
	.size	serve_bits, . - serve_bits

	.globl	yield_for_ever
	.type	yield_for_ever, %function
yield_for_ever:
	svc	#6
	b	yield_for_ever
	.size	yield_for_ever, . - yield_for_ever

	.globl	fault_for_ever
	.type	fault_for_ever, %function
fault_for_ever:
	ldr	x1, [x0]
	b	fault_for_ever
	.size	fault_for_ever, . - fault_for_ever

	/* x2 of reply_recv is the interrupt thread; bit 34 of x11 is MSG_ACK. */
	.globl	serve_interrupts
	.type	serve_interrupts, %function
serve_interrupts:
	mov	x19, x0
	mov	x20, x1
	mov	x21, x2
	ldr	x22, =interrupt_began
	mov	x1, #0
	mov	x11, #0
	svc	#3
0:	mrs	x23, pmccntr_el0
	tbnz	x0, #63, 9f
	ldp	x24, x25, [x22]
	sub	x23, x23, x24
	add	x25, x25, x23
	str	x25, [x22, #8]
	str	wzr, [x21]
	mov	x0, x19
	mov	x1, #0
	mov	x2, x20
	mov	x11, #1 << 34
	svc	#2
	b	0b
9:	udf	#3
	.size	serve_interrupts, . - serve_interrupts

	/* The interrupt is taken behind the store; should it be late, it is so in the figure. */
	.globl	interrupt_now
	.type	interrupt_now, %function
interrupt_now:
	ldr	x2, =interrupt_began
	ldr	x5, [x2, #8]
	mrs	x3, pmccntr_el0
	str	x3, [x2]
	str	w1, [x0]
0:	ldr	x4, [x2, #8]
	cmp	x4, x5
	b.eq	0b
	ret
	.size	interrupt_now, . - interrupt_now

	/* x0 a deadline: for a thread without a stack. */
	.globl	sleep_until
	.type	sleep_until, %function
sleep_until:
	mov	x1, x0
	svc	#34
	b	.
	.size	sleep_until, . - sleep_until

	.data
	.balign	16
	.globl	interrupt_began
	.globl	interrupt_cost
interrupt_began:
	.quad	0
interrupt_cost:
	.quad	0
