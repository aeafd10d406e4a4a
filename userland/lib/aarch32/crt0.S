/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a 32-bit program begins: r0 is its process_info, SP the top of the main
 * stack. And where the compiler's code finds thread-local data.
 */
	.syntax	unified
	.arm

	.section .text.start, "ax"
	.globl	_start
	.type	_start, %function
_start:
	mov	r11, #0
	mov	lr, #0
	b	program_start
	.size	_start, . - _start

	/* Clobbers nothing but r0. */
	.globl	__aeabi_read_tp
	.type	__aeabi_read_tp, %function
__aeabi_read_tp:
	mrc	p15, 0, r0, c13, c0, 2
	bx	lr
	.size	__aeabi_read_tp, . - __aeabi_read_tp

	/* The C library's hooks come from here (see aarch64/crt0.S). */
	.section .hooks, "a"
	.word	exit, _exit, abort, __assert_func
	.word	sbrk, stdin, stdout, stderr
	.word	read, write, open, close, lseek, getpid, kill, gettimeofday, times
	.word	__retarget_lock_acquire
