/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memmove: backwards if the target begins inside the source, but for the first
 * bytes, which are read first; otherwise it is memcpy.
 */
	.section .text.memmove, "ax"
	.globl	memmove
	.type	memmove, %function
memmove:
	sub	x3, x0, x1
	cmp	x3, x2
	b.hs	memcpy
	cmp	x2, #16
	b.lo	memcpy /* which reads that few before it writes */
	ldp	x6, x7, [x1]
	add	x4, x0, x2
	add	x5, x1, x2
	subs	x3, x2, #16
	b.eq	2f
1:	ldp	x8, x9, [x5, #-16]!
	stp	x8, x9, [x4, #-16]!
	subs	x3, x3, #16
	b.hi	1b
2:	stp	x6, x7, [x0]
	ret
	.size	memmove, . - memmove
