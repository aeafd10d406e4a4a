/* SPDX-License-Identifier: BSD-2-Clause */
/* The code of code.s32, among this program's own. */
	.section .text.narrow, "ax"
	.balign	16
	.globl	narrow_code
narrow_code:
	.incbin	"kernel-aarch32/code.bin"
	.balign	16
