/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the first instruction to C with the MMU on. On the way, with the MMU
 * still off, boot_check reads the machine off its device tree and names what is
 * wrong. All of that runs wherever it was loaded: addresses are relative to the
 * program counter, until the branch to the linked address.
 *
 * Entry, by the arm64 Linux protocol: x0 is the device tree's physical
 * address, the MMU is off, the image is clean to the point of coherency, and
 * only one core enters; others that do are parked.
 *
 * Register use: x19 entry exception level, x20 boot ticks, x21 device tree,
 * x22 physical address of the image.
 */
#include "memory.h"

	.section .head, "ax"
/*
 * The first word is a branch for a core in AArch32 state (boot_aarch32.S) and
 * does nothing that matters in AArch64 state, where the second is a branch.
 */
	.inst	0xea00000e /* A32: b image_start + 0x40; A64: ands x14, x0, x0 */
	b	entry
	.quad	0 /* offset from a multiple of 2 MiB */
	.quad	image_bytes
	.quad	0xa /* little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.section .boot.text, "ax"

/*
 * Reserved bits of Armv8.0; MMU and caches off, little endian; A set: without
 * the MMU all memory is Device and must be accessed aligned, and an emulator
 * that does not check this otherwise checks it then.
 */
#define SCTLR_EL1_OFF 0x30d00802
/* M C SA SA0 CP15BEN I DZE UCT nTWI nTWE WXN UCI */
#define SCTLR_EL1_ON 0x34ddd83d
#define SPSR_EL1H_MASKED 0x3c5

entry:
	msr	daifset, #0xf
	mov	x21, x0
	adr	x22, image_start
	mrs	x0, mpidr_el1
	mov	x1, #0xffffff
	movk	x1, #0xff, lsl #32
	tst	x0, x1
	b.ne	park
	mrs	x19, currentel
	lsr	x19, x19, #2
	cmp	x19, #2
	b.eq	from_el2
	b.lo	at_el1

	/* EL3 is not supported: boot_check says so, and does not return. */
	msr	spsel, #1
	adr	x0, check_vectors
	msr	vbar_el3, x0
	b	check

/*
 * Another core: it stays here until the kernel runs several. One that firmware
 * holds (PSCI, spin-table) never gets here: it waits where it is, in memory
 * that the device tree reserves.
 */
park:
	wfe
	b	park

from_el2:
	mov	x0, #(1 << 31) /* EL1 is AArch64; no traps, no second stage, no E2H */
	msr	hcr_el2, x0
	isb
	mov	x0, #3 /* EL1 may use the physical timer and counter */
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #0x33ff /* no trap of FP/SIMD */
	msr	cptr_el2, x0
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0

	/* The performance counters are EL1's, if there are any. */
	mrs	x0, id_aa64dfr0_el1
	ubfx	x0, x0, #8, #4
	cmp	x0, #0xf
	ccmp	x0, #0, #4, ne
	b.eq	1f
	mrs	x0, pmcr_el0
	ubfx	x0, x0, #11, #5
1:	msr	mdcr_el2, x0

	/* GICv3: EL1 uses the system registers. */
	mrs	x0, id_aa64pfr0_el1
	ubfx	x0, x0, #24, #4
	cbz	x0, 2f
	mrs	x0, s3_4_c12_c9_5 /* ICC_SRE_EL2 */
	mov	x1, #9 /* SRE, Enable */
	orr	x0, x0, x1
	msr	s3_4_c12_c9_5, x0
	isb
	mrs	x0, s3_4_c12_c9_5
	tbz	x0, #0, 2f
	msr	s3_4_c12_c11_0, xzr /* ICH_HCR_EL2 */
2:
	mov	x0, #SPSR_EL1H_MASKED
	msr	spsr_el2, x0
	adr	x0, at_el1
	msr	elr_el2, x0
	ldr	w0, =SCTLR_EL1_OFF
	msr	sctlr_el1, x0
	isb
	eret

at_el1:
	ldr	w0, =SCTLR_EL1_OFF
	msr	sctlr_el1, x0
	isb
	msr	spsel, #1
	adr	x0, check_vectors
	msr	vbar_el1, x0
	isb
	mrs	x20, cntvct_el0

check:
	/* Debian's libfdt is built with a table of addresses: those of the loaded image. */
	adr	x0, boot_got
	adr	x1, boot_got_end
	ldr	x2, =KERNEL_BASE
	sub	x2, x22, x2
1:	cmp	x0, x1
	b.hs	2f
	ldr	x3, [x0]
	cmp	x3, #0
	add	x4, x3, x2
	csel	x3, xzr, x4, eq
	str	x3, [x0], #8
	b	1b
2:	adr	x0, boot_stack_top
	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x21
	mov	x1, x22
	mov	x2, x19
	mov	x3, x20
	bl	boot_check

	/*
	 * Boot's data has been written past the caches, and the tables will be: no
	 * line of them may be cached, before (stale) or after (fetched meanwhile).
	 */
	bl	invalidate_boot

	/* The identity map: the 2 MiB block of the image, for the switch only. */
	adrp	x0, boot_identity
	add	x1, x0, #4096
	ubfx	x2, x22, #30, #9
	orr	x3, x1, #PTE_TABLE
	str	x3, [x0, x2, lsl #3]
	ubfx	x2, x22, #21, #9
	ldr	x3, =(PTE_KERNEL_TEXT | PTE_BLOCK)
	orr	x3, x3, x22
	str	x3, [x1, x2, lsl #3]
	msr	ttbr0_el1, x0

	/* The kernel's: root, then one table of 2 MiB, then one of pages, from the end down. */
	adrp	x0, boot_tables_end
	sub	x1, x0, #(2 * 4096)
	sub	x2, x0, #(KERNEL_PAGES_TABLE * 4096)
	sub	x0, x0, #4096
	msr	ttbr1_el1, x0
	orr	x3, x1, #PTE_TABLE
	str	x3, [x0, #(511 * 8)]
	orr	x3, x2, #PTE_TABLE
	str	x3, [x1]

	adrp	x3, image_start
	adrp	x4, boot_data_start
	ldr	x5, =(PTE_KERNEL_TEXT | PTE_PAGE)
	bl	map_pages
	adrp	x4, text_start
	ldr	x5, =(PTE_KERNEL_DATA | PTE_PAGE)
	bl	map_pages
	adrp	x4, rodata_start
	ldr	x5, =(PTE_KERNEL_TEXT | PTE_PAGE)
	bl	map_pages
	adrp	x4, data_start
	ldr	x5, =(PTE_KERNEL_RODATA | PTE_PAGE)
	bl	map_pages
	adrp	x4, image_end
	ldr	x5, =(PTE_KERNEL_DATA | PTE_PAGE)
	bl	map_pages
	dsb	sy
	bl	invalidate_boot

	/* 39 bits on both sides, 4 KiB pages, write-back walks, the ASIDs that there are. */
	ldr	w0, =0xb5193519 /* TG1 4K, SH inner, WB, T1SZ = T0SZ = 25 */
	mrs	x1, id_aa64mmfr0_el1
	and	x2, x1, #0xf
	mov	x3, #5
	cmp	x2, x3
	csel	x2, x2, x3, lo
	orr	x0, x0, x2, lsl #32
	ubfx	x2, x1, #4, #4
	cmp	x2, #2
	cset	x2, eq
	orr	x0, x0, x2, lsl #36
	msr	tcr_el1, x0
	ldr	x0, =MAIR_VALUE
	msr	mair_el1, x0

	/* Nothing from EL1's past: debug, FP (trapped), performance counters. */
	msr	mdscr_el1, xzr
	msr	cpacr_el1, xzr
	msr	contextidr_el1, xzr
	msr	tpidr_el1, xzr
	mov	x0, #2 /* EL0 reads CNTVCT (and CNTFRQ); the timers are ours */
	msr	cntkctl_el1, x0
	mov	x0, #2 /* virtual timer off: masked */
	msr	cntv_ctl_el0, x0
	msr	cntp_ctl_el0, x0
	mrs	x0, id_aa64dfr0_el1
	ubfx	x0, x0, #8, #4
	cmp	x0, #0xf
	ccmp	x0, #0, #4, ne
	b.eq	3f
	mov	x0, #0xffffffff
	msr	pmintenclr_el1, x0
	mov	x0, #0x80000000
	msr	pmccfiltr_el0, xzr /* cycles of EL0 and EL1 */
	msr	pmcntenset_el0, x0
	mov	x0, #0x45 /* 64 bits, from 0, enabled */
	msr	pmcr_el0, x0
	mov	x0, #4 /* EL0 reads the cycle counter and nothing else */
	msr	pmuserenr_el0, x0
3:
	ic	iallu
	tlbi	vmalle1
	dsb	sy
	isb
	ldr	w0, =SCTLR_EL1_ON
	msr	sctlr_el1, x0
	isb
	ldr	x0, =mapped
	br	x0

mapped:
	ldr	x0, =boot_stack_top
	mov	sp, x0
	ldr	x0, =boot_vectors
	msr	vbar_el1, x0
	isb
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x22
	b	boot_main

/*
 * Map pages from x3 up to x4 (physical, in the image) with the attributes x5
 * into the table of pages x2; leaves x3 at x4.
 */
map_pages:
	sub	x6, x3, x22
	lsr	x6, x6, #12
	orr	x7, x3, x5
	str	x7, [x2, x6, lsl #3]
	add	x3, x3, #4096
	cmp	x3, x4
	b.lo	map_pages
	ret

/*
 * Drop every cache line of boot's data and of the page tables. Nothing of them
 * is only in a cache: the loader cleaned the image.
 */
invalidate_boot:
	adrp	x0, boot_data_start
	adrp	x1, boot_tables_end
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x2, x3, x2
1:	dc	ivac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret

/*
 * Leave boot for good: onto the kernel stack, into kernel_main.
 * x0 stack pointer, x1 struct platform
 */
	.globl	boot_enter_kernel
boot_enter_kernel:
	mov	sp, x0
	mov	x0, x1
	mov	x29, xzr
	mov	x30, xzr
	b	kernel_main

	.ltorg
