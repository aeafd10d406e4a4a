/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loops that are measured, instruction by instruction. Each returns what
 * PMCCNTR_EL0 says they took; the loop's own instructions are included.
 */
#include "loops.h"

	.macro	begin count
	mov	x19, \count
	isb
	mrs	x21, pmccntr_el0
1:
	.endm

	.macro	again
	subs	x19, x19, #1
	b.ne	1b
	mrs	x0, pmccntr_el0
	sub	x0, x0, x21
	.endm

	.macro	function name
	.globl	\name
\name:
	stp	x29, x30, [sp, #-48]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	mov	x20, x0
	.endm

	.macro	done
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x29, x30, [sp], #48
	ret
	.endm

	.text
/* x0 endpoint, x1 count */
function loop_call_0w
	begin	x1
	mov	x0, x20
	mov	x1, #0
	mov	x11, #0
	svc	#CALL_CALL
	again
	done

function loop_call_4w
	begin	x1
	mov	x0, x20
	mov	x1, #0
	mov	x3, #1
	mov	x4, #2
	mov	x5, #3
	mov	x6, #4
	mov	x11, #0
	svc	#CALL_CALL
	again
	done

function loop_call_8w
	begin	x1
	mov	x0, x20
	mov	x1, #0
	mov	x3, #1
	mov	x4, #2
	mov	x5, #3
	mov	x6, #4
	mov	x7, #5
	mov	x8, #6
	mov	x9, #7
	mov	x10, #8
	mov	x11, #0
	svc	#CALL_CALL
	again
	done

/* x0 endpoint: answer with the same words for ever */
	.globl	loop_serve
loop_serve:
	mov	x20, x0
	mov	x1, #0
	mov	x11, #0
	svc	#CALL_RECV
1:	mov	x0, x20
	mov	x1, #0
	svc	#CALL_REPLY_RECV
	b	1b

function loop_null
	begin	x1
	svc	#CALL_NULL
	again
	done

function loop_notify
	begin	x1
	mov	x0, x20
	svc	#CALL_NOTIFY
	again
	done

/* x0 endpoint: wait for bits for ever */
	.globl	loop_wait
loop_wait:
	mov	x20, x0
1:	mov	x0, x20
	mov	x1, #0
	mov	x11, #0
	svc	#CALL_RECV
	b	1b

/* Two threads do this: a round is two yields. */
function loop_yield
	begin	x1
	svc	#CALL_YIELD
	again
	done

	.globl	loop_yield_for_ever
loop_yield_for_ever:
	svc	#CALL_YIELD
	b	loop_yield_for_ever

/* x0 address that may not be read, x1 count: the pager's reply goes on behind it */
function loop_fault
	begin	x1
	ldr	x2, [x20]
	again
	done

/* A pager's loop for loop_fault: x0 endpoint, x1 thread; it moves the pc on. */

/* The moment an interrupt is enabled: x0 register, w1 value; the count is left in x2's memory. */
	.globl	loop_trigger
loop_trigger:
	isb
	mrs	x3, pmccntr_el0
	str	x3, [x2]
	str	w1, [x0]
	dsb	sy
	ret

	.globl	loop_cycles
loop_cycles:
	mrs	x0, pmccntr_el0
	ret
