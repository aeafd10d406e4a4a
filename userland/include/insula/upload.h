/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The area of memory through which the host hands a program to a running
 * machine (scripts/update-running): this header in its first page, the file
 * behind it. The host writes the file, then `request`; the upload driver does the
 * work, writes the outcome, then `answer`.
 */
#ifndef INSULA_UPLOAD_H
#define INSULA_UPLOAD_H

#include <insula/abi/layout.h>
#include <stdint.h>

#define UPLOAD_MAGIC 0x70754c55534e4900ull

struct upload {
	uint64_t magic;    /* written by the driver when it is ready */
	uint64_t capacity; /* bytes of file that fit behind the first page */
	uint32_t request;  /* the host's: number of its latest request */
	uint32_t answer;   /* the driver's: number of the latest it has done */
	uint64_t bytes;    /* of the file */
	char process[32];  /* whose server it is */
	char file[64];     /* the file's name, for people */
	int32_t error;     /* err_t */
	char text[1020];   /* what is to be printed */
};
_Static_assert(sizeof(struct upload) <= PAGE_BYTES, "the header is one page");

#endif
