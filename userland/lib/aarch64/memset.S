/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memset by 16 bytes: the C library's small one goes byte by byte, and was half
 * of what a boot costs. No FP registers; the last bytes may be written twice.
 */
	.section .text.memset, "ax"
	.globl	memset
	.type	memset, %function
memset:
	and	x1, x1, #0xff
	orr	x1, x1, x1, lsl #8
	orr	x1, x1, x1, lsl #16
	orr	x1, x1, x1, lsl #32
	add	x4, x0, x2
	subs	x5, x2, #16
	b.lo	4f
	stp	x1, x1, [x4, #-16]
	mov	x3, x0
	subs	x5, x2, #64
	b.lo	2f
1:	stp	x1, x1, [x3, #16]
	stp	x1, x1, [x3, #32]
	stp	x1, x1, [x3, #48]
	stp	x1, x1, [x3], #64
	subs	x5, x5, #64
	b.hs	1b
2:	tbz	x5, #5, 3f
	stp	x1, x1, [x3, #16]
	stp	x1, x1, [x3], #32
3:	tbz	x5, #4, 9f
	stp	x1, x1, [x3]
	ret
4:	tbz	x2, #3, 5f
	str	x1, [x0]
	str	x1, [x4, #-8]
	ret
5:	tbz	x2, #2, 6f
	str	w1, [x0]
	str	w1, [x4, #-4]
	ret
6:	cbz	x2, 9f
	strb	w1, [x0]
	strb	w1, [x4, #-1]
	tbz	x2, #1, 9f
	strb	w1, [x0, #1]
9:	ret
	.size	memset, . - memset
