/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where init or a bare test program begins: x0 is BOOT_INFO, SP the top of the
 * main stack. The header that the kernel reads is the linker script's.
 */
	.section .text.start, "ax"
	.globl	_flat_start
	.type	_flat_start, %function
_flat_start:
	mov	x29, xzr
	mov	x30, xzr
	b	flat_start
	.size	_flat_start, . - _flat_start

/* As in crt0.S. */
	.section .hooks, "a"
	.quad	exit, abort, __assert_func
	.quad	sbrk, stdin, stdout, stderr
	.quad	read, write, open, close, lseek, getpid, kill, gettimeofday, times
	.quad	__retarget_lock_acquire
