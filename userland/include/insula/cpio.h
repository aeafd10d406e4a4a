/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a cpio archive of the newc format, as the boot archive is. The archive
 * is not believed: what is damaged is refused with a sentence that names the
 * offset and the member. Portable; allocates nothing; the data is not copied.
 */
#ifndef INSULA_CPIO_H
#define INSULA_CPIO_H

#include <insula/abi/error.h>
#include <stddef.h>
#include <stdint.h>

#define CPIO_REASON_BYTES 160
#define CPIO_NAME_BYTES 256 /* longest name, terminator included */

enum cpio_kind { CPIO_REGULAR = 1, CPIO_DIRECTORY, CPIO_OTHER };

struct cpio_member {
	const char *name; /* NUL-terminated, without leading "/" or "./" */
	const uint8_t *data;
	uint64_t bytes;
	uint64_t offset; /* of the data in the archive */
	enum cpio_kind kind;
};

/* A walk over an archive. */
struct cpio {
	const uint8_t *base;
	uint64_t bytes;
	uint64_t next;        /* offset of the next header */
	const char *previous; /* name of the member before, for the sentence */
	char reason[CPIO_REASON_BYTES];
};

void cpio_begin(struct cpio *c, const void *archive, uint64_t bytes);

/*
 * The next member.
 *
 * Returns  OK, or having written nothing but c->reason
 *          ERR_NOT_FOUND    there are no more
 *          ERR_BAD_ARCHIVE  the archive is damaged here; the reason says how
 */
MUST_CHECK err_t cpio_next(struct cpio *c, struct cpio_member *member);

/*
 * A member by its name; a leading "/" of the name does not count. Reads the
 * archive from its start. Errors as cpio_next.
 */
MUST_CHECK err_t cpio_find(struct cpio *c, const char *name, struct cpio_member *member);

/* Walk the whole archive once: OK, or ERR_BAD_ARCHIVE with a reason. */
MUST_CHECK err_t cpio_check(struct cpio *c);

#endif
