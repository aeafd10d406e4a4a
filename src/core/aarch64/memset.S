/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memset, 16 bytes at a time: the C library's small one writes single bytes,
 * and zeroing objects is a good part of what making one costs.
 */
	.section .text.memset, "ax"
	.globl	memset
	.type	memset, %function
memset:
	and	x1, x1, #0xff
	orr	x1, x1, x1, lsl #8
	orr	x1, x1, x1, lsl #16
	orr	x1, x1, x1, lsl #32
	mov	x3, x0
	orr	x4, x0, x2
	tst	x4, #7 /* -mstrict-align: others go byte by byte */
	b.ne	3f
	subs	x2, x2, #16
	b.lo	2f
1:	stp	x1, x1, [x3], #16
	subs	x2, x2, #16
	b.hs	1b
2:	tbz	x2, #3, 4f
	str	x1, [x3]
4:	ret
3:	cbz	x2, 4b
	strb	w1, [x3], #1
	sub	x2, x2, #1
	b	3b
