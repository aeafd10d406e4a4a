/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FP/SIMD registers between a thread's memory and the processor. The unit is
 * enabled (CPACR_EL1) only while the current thread has used it in this turn.
 */
#include "core/aarch64/offsets.h"

#define CPACR_FPEN (3 << 20)

	.arch_extension fp
	.arch_extension simd

	.macro	all_pairs operation
	\operation q0, q1, [x16, #0]
	\operation q2, q3, [x16, #32]
	\operation q4, q5, [x16, #64]
	\operation q6, q7, [x16, #96]
	\operation q8, q9, [x16, #128]
	\operation q10, q11, [x16, #160]
	\operation q12, q13, [x16, #192]
	\operation q14, q15, [x16, #224]
	\operation q16, q17, [x16, #256]
	\operation q18, q19, [x16, #288]
	\operation q20, q21, [x16, #320]
	\operation q22, q23, [x16, #352]
	\operation q24, q25, [x16, #384]
	\operation q26, q27, [x16, #416]
	\operation q28, q29, [x16, #448]
	\operation q30, q31, [x16, #480]
	.endm

	.section .text.fp, "ax"

/* EL0 used the unit: x16, x17 lie below SP; load its state and go on at the instruction. */
	.globl	fp_trapped
fp_trapped:
	stp	x14, x15, [sp, #-32]
	ldp	x16, x14, [sp, #CPU_CURRENT]
1:	ldaxr	w15, [x14]
	cbnz	w15, 1b
	stxr	w15, w14, [x14]
	cbnz	w15, 1b
	str	x16, [sp, #CPU_FP_OWNER]
	ldr	x15, [x16, #THREAD_SCHED]
	orr	x15, x15, #(1 << SCHED_OWNS_FP_BIT)
	str	x15, [x16, #THREAD_SCHED]
	stlr	wzr, [x14]
	mov	x15, #CPACR_FPEN
	msr	cpacr_el1, x15
	isb
	add	x16, x16, #THREAD_FP
	all_pairs ldp
	ldr	x14, [x16, #FP_CONTROL]
	ldr	x15, [x16, #FP_CONTROL + 8]
	msr	fpsr, x14
	msr	fpcr, x15
	ldp	x14, x15, [sp, #-32]
	ldp	x16, x17, [sp, #-16]
	eret

/* x0 struct fp_state; the unit is off afterwards. */
	.globl	fp_save
fp_save:
	mov	x16, x0
	all_pairs stp
	mrs	x14, fpsr
	mrs	x15, fpcr
	str	x14, [x16, #FP_CONTROL]
	str	x15, [x16, #FP_CONTROL + 8]
	msr	cpacr_el1, xzr
	ret
