/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A core in AArch32 state: say so, and stop. Entered at image_start + 0x40 by
 * the first word of the Image, by the 32-bit Linux protocol: r2 is the device
 * tree's physical address, the MMU is off. The line goes to the first PL011
 * that the tree describes directly below its root. On a Raspberry Pi there is
 * none: it goes to the PL011 and the mini-UART of the chip that the processor
 * tells (Cortex-A72: BCM2711; translating addresses is not worth doing here).
 *
 * These are A32 instructions, written as words because an AArch64 assembler
 * knows no others; the comments are the source, in A32 syntax. Register use:
 * r4 next token of the tree, r5 its strings, r6 `reg` and r7 "is a PL011" of
 * the node at hand, r8 the property's value, r10 "is a Raspberry Pi". Printing:
 * r6 the UART, r7 its status register, r8 what its bit 5 is when there is room.
 */
	.section .head.aarch32, "ax"
	.globl	aarch32_entry
aarch32_entry:
	.inst	0xee100fb0 /* mrc p15, 0, r0, c0, c0, 5 */
	.inst	0xe2100003 /* ands r0, r0, #3 */
	.inst	0x1a00006a /* bne stop */
	.inst	0xe5920000 /* ldr r0, [r2] */
	.inst	0xe6bf0f30 /* rev r0, r0 */
	.inst	0xe59f11a4 /* ldr r1, magic */
	.inst	0xe1500001 /* cmp r0, r1 */
	.inst	0x1a000065 /* bne stop */
	.inst	0xe5920008 /* ldr r0, [r2, #8] */
	.inst	0xe6bf0f30 /* rev r0, r0 */
	.inst	0xe0824000 /* add r4, r2, r0 */
	.inst	0xe592000c /* ldr r0, [r2, #12] */
	.inst	0xe6bf0f30 /* rev r0, r0 */
	.inst	0xe0825000 /* add r5, r2, r0 */
	.inst	0xe3a06000 /* mov r6, #0 */
	.inst	0xe3a07000 /* mov r7, #0 */
	.inst	0xe3a0a000 /* mov r10, #0 */
	/* next: */
	.inst	0xe4940004 /* ldr r0, [r4], #4 */
	.inst	0xe6bf0f30 /* rev r0, r0 */
	.inst	0xe3500003 /* cmp r0, #3 */
	.inst	0x0a000012 /* beq property */
	.inst	0xe3500009 /* cmp r0, #9 */
	.inst	0x0a000034 /* beq nowhere */
	.inst	0xe3500001 /* cmp r0, #1 */
	.inst	0x0a000004 /* beq begin */
	.inst	0xe3500002 /* cmp r0, #2 */
	.inst	0x1afffff5 /* bne next */
	.inst	0xe3560000 /* cmp r6, #0 */
	.inst	0x13570000 /* cmpne r7, #0 */
	.inst	0x1a00003e /* bne found */
	/* begin: */
	.inst	0xe3a06000 /* mov r6, #0 */
	.inst	0xe3a07000 /* mov r7, #0 */
	.inst	0xe3500001 /* cmp r0, #1 */
	.inst	0x1affffee /* bne next */
	/* name: */
	.inst	0xe4d40001 /* ldrb r0, [r4], #1 */
	.inst	0xe3500000 /* cmp r0, #0 */
	.inst	0x1afffffc /* bne name */
	.inst	0xe2844003 /* add r4, r4, #3 */
	.inst	0xe3c44003 /* bic r4, r4, #3 */
	.inst	0xeaffffe8 /* b next */
	/* property: */
	.inst	0xe4941004 /* ldr r1, [r4], #4 */
	.inst	0xe6bf1f31 /* rev r1, r1 */
	.inst	0xe4943004 /* ldr r3, [r4], #4 */
	.inst	0xe6bf3f33 /* rev r3, r3 */
	.inst	0xe0833005 /* add r3, r3, r5 */
	.inst	0xe1a08004 /* mov r8, r4 */
	.inst	0xe0844001 /* add r4, r4, r1 */
	.inst	0xe2844003 /* add r4, r4, #3 */
	.inst	0xe3c44003 /* bic r4, r4, #3 */
	.inst	0xe3510008 /* cmp r1, #8 */
	.inst	0x3affffdd /* blo next */
	.inst	0xe5980000 /* ldr r0, [r8] */
	.inst	0xe59f90f4 /* ldr r9, board */
	.inst	0xe1500009 /* cmp r0, r9 */
	.inst	0x03a0a001 /* moveq r10, #1 */
	.inst	0xe59f90e0 /* ldr r9, vendor */
	.inst	0xe1500009 /* cmp r0, r9 */
	.inst	0x05980004 /* ldreq r0, [r8, #4] */
	.inst	0x059f90d8 /* ldreq r9, model */
	.inst	0x01500009 /* cmpeq r0, r9 */
	.inst	0x03a07001 /* moveq r7, #1 */
	.inst	0xe5d30000 /* ldrb r0, [r3] */
	.inst	0xe3500072 /* cmp r0, #'r' */
	.inst	0x05d30001 /* ldrbeq r0, [r3, #1] */
	.inst	0x03500065 /* cmpeq r0, #'e' */
	.inst	0x05d30002 /* ldrbeq r0, [r3, #2] */
	.inst	0x03500067 /* cmpeq r0, #'g' */
	.inst	0x05d30003 /* ldrbeq r0, [r3, #3] */
	.inst	0x03500000 /* cmpeq r0, #0 */
	.inst	0x1affffca /* bne next */
	.inst	0xe1a010a1 /* lsr r1, r1, #1 */
	.inst	0xe2411004 /* sub r1, r1, #4 */
	.inst	0xe3c11003 /* bic r1, r1, #3 */
	.inst	0xe7986001 /* ldr r6, [r8, r1] */
	.inst	0xe6bf6f36 /* rev r6, r6 */
	.inst	0xeaffffc4 /* b next */
	/* nowhere: */
	.inst	0xe35a0000 /* cmp r10, #0 */
	.inst	0x0a00001f /* beq stop */
	.inst	0xee100f10 /* mrc p15, 0, r0, c0, c0, 0 */
	.inst	0xe7eb0250 /* ubfx r0, r0, #4, #12 */
	.inst	0xe59f1088 /* ldr r1, part */
	.inst	0xe1500001 /* cmp r0, r1 */
	.inst	0x059f6088 /* ldreq r6, new_uart */
	.inst	0x159f6080 /* ldrne r6, old_uart */
	.inst	0xe3a07018 /* mov r7, #0x18 */
	.inst	0xe3a08000 /* mov r8, #0 */
	.inst	0xeb000009 /* bl print */
	.inst	0xe2866905 /* add r6, r6, #0x14000 */
	.inst	0xe2866040 /* add r6, r6, #0x40 */
	.inst	0xe3a07014 /* mov r7, #0x14 */
	.inst	0xe3a08020 /* mov r8, #0x20 */
	.inst	0xeb000004 /* bl print */
	.inst	0xea000010 /* b stop */
	/* found: */
	.inst	0xe3a07018 /* mov r7, #0x18 */
	.inst	0xe3a08000 /* mov r8, #0 */
	.inst	0xeb000000 /* bl print */
	.inst	0xea00000c /* b stop */
	/* print: */
	.inst	0xe28f3050 /* adr r3, text */
	/* 1: */
	.inst	0xe4d30001 /* ldrb r0, [r3], #1 */
	.inst	0xe3500000 /* cmp r0, #0 */
	.inst	0x012fff1e /* bxeq lr */
	.inst	0xe3a09601 /* mov r9, #0x100000 */
	/* 2: */
	.inst	0xe2599001 /* subs r9, r9, #1 */
	.inst	0x012fff1e /* bxeq lr */
	.inst	0xe7961007 /* ldr r1, [r6, r7] */
	.inst	0xe2011020 /* and r1, r1, #0x20 */
	.inst	0xe1510008 /* cmp r1, r8 */
	.inst	0x1afffff9 /* bne 2b */
	.inst	0xe5860000 /* str r0, [r6] */
	.inst	0xeafffff3 /* b 1b */
	/* stop: */
	.inst	0xe320f002 /* wfe */
	.inst	0xeafffffd /* b stop */
	/* magic: */
	.inst	0xd00dfeed
	/* vendor: */
	.inst	0x2c6d7261
	/* model: */
	.inst	0x31306c70
	/* board: */
	.inst	0x70736172
	/* part: */
	.inst	0x00000d08
	/* old_uart: */
	.inst	0x3f201000
	/* new_uart: */
	.inst	0xfe201000
	/* text: */
	.asciz	"boot: entered in AArch32 state: start this core in AArch64 state, at EL2 or EL1\r\n"
	.balign	4
