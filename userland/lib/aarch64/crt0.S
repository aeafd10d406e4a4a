/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a program begins: x0 is PROCESS_INFO, SP the top of the main stack.
 */
	.section .text.start, "ax"
	.globl	_start
	.type	_start, %function
_start:
	mov	x29, xzr
	mov	x30, xzr
	b	program_start
	.size	_start, . - _start

/*
 * The C library's hooks have to come from this library and not from libc.a,
 * which has weaker ones of its own: name them here, so that the linker
 * has them before it looks there. The section itself, and every hook that
 * nobody calls, is dropped again.
 */
	.section .hooks, "a"
	.quad	exit, _exit, abort, __assert_func
	.quad	sbrk, stdin, stdout, stderr
	.quad	read, write, open, close, lseek, getpid, kill, gettimeofday, times
	.quad	__retarget_lock_acquire
