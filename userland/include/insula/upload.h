/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the host hands a program to a running machine (scripts/update-running).
 * `make run` adds places to the boot archive: one page for this header, and files
 * that the host overwrites with programs. The host writes a file, then the
 * request's fields, then `request`; the upload driver has the process manager
 * do the update, writes the outcome, then `answer`.
 */
#ifndef INSULA_UPLOAD_H
#define INSULA_UPLOAD_H

#include <insula/abi/layout.h>
#include <stdint.h>

#define UPLOAD_MEMBER "boot/.upload" /* in the boot archive */
#define UPLOAD_MAGIC 0x70754c55534e4900ull

struct upload {
	uint64_t magic;   /* the host's, in the file; the driver adds 1 when it is ready */
	uint32_t request; /* the host's: number of its latest request */
	uint32_t answer;  /* the driver's: number of the latest it has done */
	char process[32]; /* whose server it is */
	char path[64];    /* of the file, as the machine sees it */
	int32_t error;    /* err_t */
	char text[1020];  /* what is to be printed */
};
_Static_assert(sizeof(struct upload) <= PAGE_BYTES, "the header is one page");

#endif
