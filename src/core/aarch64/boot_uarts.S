/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UARTs of the boards that Insula is made for, for the one case in which no
 * device tree says where they are: none was passed, or what was passed is not
 * one. Then a line on each of them is all that can be done. Nothing else reads
 * this; test/system/boot compares it with the boards' device trees.
 *
 * Each: physical address, type as in enum console_type (1 PL011, 2 mini-UART).
 */
	.section .boot.rodata, "a"
	.balign	8
	.globl	boot_known_uarts
boot_known_uarts:
	.quad	0x09000000, 1 /* QEMU virt: pl011@9000000 */
	.quad	0x3f201000, 1 /* BCM2837: serial@7e201000 */
	.quad	0x3f215040, 2 /* BCM2837: serial@7e215040 */
	.quad	0xfe201000, 1 /* BCM2711: serial@7e201000 */
	.quad	0xfe215040, 2 /* BCM2711: serial@7e215040 */
	.quad	0, 0
