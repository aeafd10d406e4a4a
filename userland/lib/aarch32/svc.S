/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * narrow_svc(number, registers): a kernel call with r0 to r12 loaded from memory
 * before, stored after. SP and LR are kept by every call.
 */
	.syntax	unified
	.arm

	.section .text.narrow_svc, "ax"
	.globl	narrow_svc
	.type	narrow_svc, %function
narrow_svc:
	push	{r1, r4-r11, lr}
	adr	lr, calls
	add	lr, lr, r0, lsl #3
	ldm	r1, {r0-r12}
	blx	lr
	ldr	lr, [sp]
	stm	lr, {r0-r12}
	pop	{r1, r4-r11, pc}

calls:
	.set	number, 0
	.rept	64
	svc	#number
	bx	lr
	.set	number, number + 1
	.endr
	.size	narrow_svc, . - narrow_svc
