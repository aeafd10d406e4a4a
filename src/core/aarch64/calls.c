/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of calls: how far each handler is from the table, in half the
 * bytes of a pointer. C has no constant for that; assemblers of all machines do.
 */
#include "core/call_table.h"

/* Place 0 holds no call, and is never looked at. */
__asm__(".section .rodata.call_offsets, \"a\"\n"
	"	.balign	4\n"
	"	.globl	call_offsets\n"
	"call_offsets:\n"
#define C(number, name)                                                              \
	"	.org	call_offsets + 4 * " #number "\n	.long	call_" #name \
	" - call_offsets\n"
    CALL_LIST(C)
#undef C
	"	.previous");
