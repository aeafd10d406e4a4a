/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passing through the kernel with every register known.
 */
	.macro	load_fp
	ldr	x2, [x0, #264]
	msr	fpcr, x2
	ldr	x2, [x0, #272]
	msr	fpsr, x2
	add	x1, x0, #288
	.irp	n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
	load_pair \n
	.endr
	.endm

	.macro	load_general
	ldr	x2, [x0, #248]
	msr	nzcv, x2
	ldr	x2, [x0, #256]
	msr	tpidr_el0, x2
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	.endm

	.altmacro
	.macro	load_pair n
	pair ldp, \n, %(\n + 1)
	.endm
	.macro	store_pair n
	pair stp, \n, %(\n + 1)
	.endm
	.macro	pair op, a, b
	\op	q\a, q\b, [x1, #(16 * \a)]
	.endm

	/* x0 is where to; what x0 and x1 were lies at sp. */
	.macro	store_general
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	str	x30, [x0, #240]
	mrs	x2, nzcv
	str	x2, [x0, #248]
	mrs	x2, tpidr_el0
	str	x2, [x0, #256]
	ldp	x2, x3, [sp]
	stp	x2, x3, [x0]
	.endm

	.macro	store_fp
	mrs	x2, fpcr
	str	x2, [x0, #264]
	mrs	x2, fpsr
	str	x2, [x0, #272]
	add	x1, x0, #288
	.irp	n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
	store_pair \n
	.endr
	.endm

	.macro	pass_with fp, name, first, second, third
	.text
	.globl	\name
	.type	\name, %function
\name:
	stp	x29, x30, [sp, #-208]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mrs	x2, tpidr_el0
	stp	x1, x2, [sp, #160]
	.if	\fp
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mrs	x2, fpcr
	str	x2, [sp, #176]
	load_fp
	.endif
	load_general
	\first
	\second
	\third
	sub	sp, sp, #16
	stp	x0, x1, [sp]
	ldr	x0, [sp, #176]
	store_general
	.if	\fp
	store_fp
	.endif
	add	sp, sp, #16
	.if	\fp
	ldr	x2, [sp, #176]
	msr	fpcr, x2
	ldp	d14, d15, [sp, #144]
	ldp	d12, d13, [sp, #128]
	ldp	d10, d11, [sp, #112]
	ldp	d8, d9, [sp, #96]
	.endif
	ldr	x2, [sp, #168]
	msr	tpidr_el0, x2
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #208
	ret
	.size	\name, . - \name
	.endm

	.macro	pass name, first, second, third
	pass_with 1, \name, <\first>, <\second>, <\third>
	.endm

	/* Without a touch of an FP register: the kernel's fast paths are for such threads. */
	.macro	pass_plain name, first
	pass_with 0, \name, <\first>
	.endm

	/* Long enough to be interrupted: about a million instructions. */
	pass	pass_spin_x0, <mov x0, #0x80000>, <sub x0, x0, #1>, <cbnz x0, .-4>
	pass	pass_spin_x30, <mov x30, #0x80000>, <sub x30, x30, #1>, <cbnz x30, .-4>
	pass	pass_null, <svc #7>
	pass	pass_yield, <svc #6>
	pass	pass_call, <svc #1>
	pass	pass_recv, <svc #3>
	pass	pass_reply_recv, <svc #2>
	pass	pass_notify, <svc #5>
	pass	pass_query, <svc #16>
	pass	pass_udf, <udf #9>
	pass_plain plain_yield, <svc #6>
	pass_plain plain_call, <svc #1>
	pass_plain plain_recv, <svc #3>
	pass_plain plain_reply_recv, <svc #2>
	pass_plain plain_notify, <svc #5>
	pass_plain plain_query, <svc #16>
	pass	pass_load_x1, <ldr xzr, [x1]>

	.globl	note_registers
	.type	note_registers, %function
note_registers:
	sub	sp, sp, #16
	stp	x0, x1, [sp]
	store_general
	store_fp
	mov	x1, #1
	str	x1, [x0]
0:	b	0b
	.size	note_registers, . - note_registers
