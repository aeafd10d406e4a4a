/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel call with x0 to x18 loaded from memory before, stored after.
 */

	.text
	.globl	raw_call
	.type	raw_call, %function
raw_call:
	stp	x29, x30, [sp, #-32]!
	stp	x19, x20, [sp, #16]
	mov	x29, sp
	mov	x20, x1
	adr	x19, calls
	add	x19, x19, x0, lsl #3
	ldp	x0, x1, [x20]
	ldp	x2, x3, [x20, #16]
	ldp	x4, x5, [x20, #32]
	ldp	x6, x7, [x20, #48]
	ldp	x8, x9, [x20, #64]
	ldp	x10, x11, [x20, #80]
	ldp	x12, x13, [x20, #96]
	ldp	x14, x15, [x20, #112]
	ldp	x16, x17, [x20, #128]
	ldr	x18, [x20, #144]
	blr	x19
	stp	x0, x1, [x20]
	stp	x2, x3, [x20, #16]
	stp	x4, x5, [x20, #32]
	stp	x6, x7, [x20, #48]
	stp	x8, x9, [x20, #64]
	stp	x10, x11, [x20, #80]
	stp	x12, x13, [x20, #96]
	stp	x14, x15, [x20, #112]
	stp	x16, x17, [x20, #128]
	str	x18, [x20, #144]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	.size	raw_call, . - raw_call

calls:
	.set	number, 0
	.rept	128
	svc	#number
	ret
	.set	number, number + 1
	.endr
