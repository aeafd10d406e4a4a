/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vectors for boot itself, until the kernel installs its own: any exception is
 * a panic. Before the MMU is on there is another table: there an access by
 * boot_probe may fail, and all else ends in one line.
 */
#include "core/panic.h"

	.section .boot.text, "ax"
	.balign	2048
	.globl	boot_vectors
boot_vectors:
	.rept	16
	.balign	128
	b	boot_exception
	.endr

boot_exception:
	msr	tpidr_el1, x0
	mov	x0, sp
	msr	tpidrro_el0, x0
	ldr	x0, =panic_stack_top
	sub	sp, x0, #EXCEPTION_FRAME_BYTES
	mrs	x0, tpidr_el1
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x0, tpidrro_el0
	stp	x30, x0, [sp, #EXCEPTION_FRAME_SP - 8]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [sp, #EXCEPTION_FRAME_ELR]
	mrs	x0, esr_el1
	mrs	x1, far_el1
	stp	x0, x1, [sp, #EXCEPTION_FRAME_ESR]
	mov	x0, sp
	b	panic_exception

	.balign	2048
	.globl	check_vectors
check_vectors:
	.rept	16
	.balign	128
	b	check_exception
	.endr

/* Only a call can have brought us to boot_probe: x9 to x17 are free. */
check_exception:
	mrs	x9, currentel
	tbnz	x9, #3, 1f
	mrs	x10, elr_el1
	mrs	x11, esr_el1
	mrs	x12, far_el1
	b	2f
1:	mrs	x10, elr_el3
	mrs	x11, esr_el3
	mrs	x12, far_el3
2:	adr	x13, probe_access
	cmp	x10, x13
	b.ne	4f
	adr	x13, probe_failed
	tbnz	x9, #3, 3f
	msr	elr_el1, x13
	eret
3:	msr	elr_el3, x13
	eret
4:	mov	x0, x10
	mov	x1, x11
	mov	x2, x12
	b	boot_check_exception

/* bool boot_probe(uint64_t address, uint32_t *value): an access that may fail. */
	.globl	boot_probe
boot_probe:
probe_access:
	ldr	w2, [x0]
	str	w2, [x1]
	mov	w0, #1
	ret
probe_failed:
	mov	w0, #0
	ret
