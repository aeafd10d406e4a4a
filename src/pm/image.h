/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs in the boot archive: found by path, checked, and turned into what
 * memory is to map. Nothing in a file is believed.
 */
#ifndef PM_IMAGE_H
#define PM_IMAGE_H

#include <insula/abi/error.h>
#include <insula/process_info.h>
#include <insula/services/memory.h>

#include "line.h"

#include <stdbool.h>

#define IMAGE_PATH_BYTES 96

struct image {
	uint32_t file; /* for image_path */
	uint32_t segments;
	uint64_t entry; /* bit 0 of a narrow one: T32 */
	bool narrow;    /* of threads of 32 bits */
	bool has_note;
	struct program_note note;
	struct memory_segment segment[MEMORY_SEGMENTS];
};

/* Index the archive, once. ERR_BAD_ARCHIVE. */
MUST_CHECK err_t image_archive(const void *archive, uint64_t bytes);
uint64_t image_archive_bytes(void);

/*
 * Find a program and read its headers.
 *
 * Returns  OK, or with a sentence in `why` ERR_NOT_FOUND, ERR_BAD_IMAGE
 */
MUST_CHECK err_t image_open(const char *path, struct image *image, struct line *why);

/* Path of a file, without a leading slash; "" for a number that names none. */
const char *image_path(uint32_t file);
/* What follows the last slash. */
const char *path_base(const char *path);

#endif
