/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcmp by 8 bytes. Bytes that are named are read, some of them twice, and no others.
 */
	.section .text.memcmp, "ax"
	.globl	memcmp
	.type	memcmp, %function
memcmp:
	subs	x2, x2, #8
	b.lo	4f
1:	ldr	x3, [x0], #8
	ldr	x4, [x1], #8
	cmp	x3, x4
	b.ne	3f
	subs	x2, x2, #8
	b.hs	1b
	cmn	x2, #8
	b.eq	6f
	ldr	x3, [x0, x2] /* the last eight, some of them again */
	ldr	x4, [x1, x2]
3:	rev	x3, x3
	rev	x4, x4
	cmp	x3, x4
	cset	w0, hi
	csinv	w0, w0, wzr, hs
	ret
4:	adds	x2, x2, #8
	b.eq	6f
5:	ldrb	w3, [x0], #1
	ldrb	w4, [x1], #1
	subs	w3, w3, w4
	b.ne	7f
	subs	x2, x2, #1
	b.ne	5b
6:	mov	w0, #0
	ret
7:	mov	w0, w3
	ret
	.size	memcmp, . - memcmp
