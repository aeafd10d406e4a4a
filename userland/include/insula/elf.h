/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a program: a static AArch64 ELF executable as userland/lib/user.ld
 * makes it. The file is not believed: what is wrong is refused with a sentence.
 * Portable; allocates nothing; the file need not be aligned in memory.
 */
#ifndef INSULA_ELF_H
#define INSULA_ELF_H

#include <insula/abi/error.h>
#include <insula/abi/layout.h>
#include <insula/process_info.h>
#include <stdbool.h>
#include <stdint.h>

#define ELF_SEGMENTS 8
#define ELF_REASON_BYTES 120
/* Where an image may lie: [IMAGE_BASE, ELF_IMAGE_END). */
#define ELF_IMAGE_END (32ull * WINDOW_BYTES)

/* address and file_offset are whole pages; behind file_bytes come zeros. */
struct elf_segment {
	uint64_t address;
	uint64_t memory_bytes; /* not 0 */
	uint64_t file_offset;
	uint64_t file_bytes; /* at most memory_bytes, inside the file */
	uint32_t prot;       /* PROT_R, PROT_W or PROT_X */
};

struct elf_image {
	uint64_t entry; /* inside an executable segment's file bytes */
	uint32_t segments;
	bool has_note;
	struct elf_segment segment[ELF_SEGMENTS]; /* no two share a page */
	struct program_note note;                 /* if has_note: its strings end */
};

/*
 * Read the headers of a file.
 *
 * Returns  OK, or with a sentence in reason, nothing else written, ERR_BAD_IMAGE
 */
MUST_CHECK err_t elf_read(
    const void *file, uint64_t bytes, struct elf_image *image, char reason[ELF_REASON_BYTES]);

#endif
