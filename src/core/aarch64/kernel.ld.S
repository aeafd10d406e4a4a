/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel image: what boot needs first, then what stays.
 *
 * Boot code and data, and below the tables in use the spare page tables, are
 * freed when the kernel runs. Sections without contents lie in the middle: the
 * Image holds them as zeros, so that nothing clears them and init can follow
 * the last byte. Link addresses are virtual; the image runs wherever a loader
 * put it, at any multiple of 2 MiB.
 */
#include "memory.h"

OUTPUT_ARCH(aarch64)
ENTRY(image_start)

PHDRS
{
	boot_text PT_LOAD FLAGS(5);
	boot_data PT_LOAD FLAGS(6);
	boot_tables PT_LOAD FLAGS(6);
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	bss PT_LOAD FLAGS(6);
	data PT_LOAD FLAGS(6);
}

/* What stays must not call or read what is freed; kernel_main (.start) alone may. */
NOCROSSREFS_TO(.boot.text .vectors .text .rodata .data .bss)
NOCROSSREFS_TO(.boot.data .vectors .text .rodata .data .bss)

SECTIONS
{
	. = KERNEL_BASE;
	image_start = .;
	.boot.text : {
		KEEP(*(.head))
		KEEP(*(.head.aarch32))
		*head.S.o(.text .text.*)
		*(.boot.text .boot.text.*)
		*src/core/boot_*.o(.text .text.* .rodata .rodata.*)
		*src/core/aarch64/boot_*.o(.text .text.* .rodata .rodata.*)
		*libfdt.a:*(.text .text.* .rodata .rodata.*)
		*libc.a:*memchr*(.text .text.*)
		*libc.a:*memcmp*(.text .text.*)
		*libc.a:*memmove*(.text .text.*)
		*libc.a:*str*(.text .text.*)
		*(.boot.rodata .boot.rodata.*)
	} :boot_text
	. = ALIGN(4096);
	boot_data_start = .;
	.boot.got : {
		boot_got = .; /* libfdt's: head.S makes its addresses those of the loaded image */
		*(.got .got.* .igot .igot.*)
		boot_got_end = .;
	} :boot_data
	.boot.data : {
		*src/core/boot_*.o(.data .data.*)
		*src/core/aarch64/boot_*.o(.data .data.*)
		*libfdt.a:*(.data .data.*)
		*(.boot.data .boot.data.*)
		*src/core/boot_*.o(.bss .bss.* COMMON)
		*src/core/aarch64/boot_*.o(.bss .bss.* COMMON)
		*(.boot.bss .boot.bss.*)
		. = ALIGN(4096);
		boot_stack = .;
		. += 16384;
		boot_stack_top = .;
		boot_identity = .;
		. += 2 * 4096;
	} :boot_data
	. = ALIGN(4096);
	.boot.tables (NOLOAD) : {
		boot_tables = .;
		. += BOOT_TABLES * 4096;
		boot_tables_end = .;
	} :boot_tables

	text_start = .;
	.vectors : {
		*(.vectors)
	} :text
	/* The one function that calls boot code and outlives it: it unmaps boot itself. */
	.start : {
		*(.text.kernel_main)
	} :text
	.text : {
		*(.text.hot .text.hot.*)
		*(.text .text.*)
	} :text
	. = ALIGN(4096);
	rodata_start = .;
	.rodata : {
		*(.rodata .rodata.*)
	} :rodata
	. = ALIGN(4096);
	data_start = .;
	.bss (NOLOAD) : {
		*(.bss.page)
		. = ALIGN(16);
		. += PANIC_STACK_BYTES;
		panic_stack_top = .;
		*(.bss .bss.* COMMON)
	} :bss
	. = ALIGN(16);
	.data : {
		*(.data .data.*)
	} :data
	. = ALIGN(4096);
	image_end = .;

	image_bytes = image_end - image_start + INIT_RESERVE;

	/DISCARD/ : {
		*(.comment .note .note.* .eh_frame .eh_frame_hdr .ARM.* .interp .dynamic .gnu.hash)
	}

	ASSERT(image_end - image_start + INIT_RESERVE <= KERNEL_IMAGE_MAX,
	       "kernel and init do not fit one 2 MiB block")
	ASSERT(aarch32_entry == image_start + 0x40, "the first word branches there")
	ASSERT(SIZEOF(.data) != 0, "the Image must reach to its last page")
}
