/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy by 16 bytes, without FP registers: forwards, but for the last bytes,
 * which are read first. So the target may lie below a source that it overlaps.
 */
	.section .text.memcpy, "ax"
	.globl	memcpy
	.type	memcpy, %function
memcpy:
	add	x4, x0, x2
	add	x5, x1, x2
	subs	x3, x2, #16
	b.lo	4f
	ldp	x6, x7, [x5, #-16]
	mov	x5, x0
	subs	x3, x2, #64
	b.lo	2f
1:	ldp	x8, x9, [x1]
	ldp	x10, x11, [x1, #16]
	stp	x8, x9, [x5]
	stp	x10, x11, [x5, #16]
	ldp	x8, x9, [x1, #32]
	ldp	x10, x11, [x1, #48]
	stp	x8, x9, [x5, #32]
	stp	x10, x11, [x5, #48]
	add	x1, x1, #64
	add	x5, x5, #64
	subs	x3, x3, #64
	b.hs	1b
2:	tbz	x3, #5, 3f
	ldp	x8, x9, [x1]
	ldp	x10, x11, [x1, #16]
	add	x1, x1, #32
	stp	x8, x9, [x5]
	stp	x10, x11, [x5, #16]
	add	x5, x5, #32
3:	tbz	x3, #4, 8f
	ldp	x8, x9, [x1]
	stp	x8, x9, [x5]
8:	stp	x6, x7, [x4, #-16]
	ret
4:	tbz	x2, #3, 5f
	ldr	x6, [x1]
	ldr	x7, [x5, #-8]
	str	x6, [x0]
	str	x7, [x4, #-8]
	ret
5:	tbz	x2, #2, 6f
	ldr	w6, [x1]
	ldr	w7, [x5, #-4]
	str	w6, [x0]
	str	w7, [x4, #-4]
	ret
6:	cbz	x2, 9f
	lsr	x3, x2, #1 /* of one to three bytes the middle one, or an end again */
	ldrb	w6, [x1]
	ldrb	w8, [x1, x3]
	ldrb	w7, [x5, #-1]
	strb	w6, [x0]
	strb	w8, [x0, x3]
	strb	w7, [x4, #-1]
9:	ret
	.size	memcpy, . - memcpy
