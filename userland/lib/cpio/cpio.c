/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The newc format: a header of 110 bytes in hexadecimal, the name, the data; name
 * and data each filled up to a multiple of 4; a member called TRAILER!!! at the
 * end. A name may be followed by any number of NULs that count as part of it.
 */
#include <insula/cpio.h>
#include <insula/text.h>
#include <stdbool.h>
#include <string.h>

#define HEADER_BYTES 110u
#define FIELD_BYTES 8u
#define MAGIC "070701"
#define MAGIC_BYTES 6u
#define NAME_ROOM 8192u /* of c_namesize: name and padding to a page */

/* Fields of the header that matter, by number. */
enum { FIELD_MODE = 1, FIELD_FILESIZE = 6, FIELD_NAMESIZE = 11 };

#define MODE_TYPE 0170000u
#define MODE_REGULAR 0100000u
#define MODE_DIRECTORY 0040000u

void
cpio_begin(struct cpio *c, const void *archive, uint64_t bytes)
{
	*c = (struct cpio){ .base = archive, .bytes = bytes };
}

/* "at offset N, after NAME: WHY" */
static err_t
bad(struct cpio *c, const char *name, const char *why)
{
	struct text t = text_begin(c->reason, sizeof c->reason);
	text_add(&t, "at offset ");
	text_add_number(&t, c->next);
	if (name != NULL) {
		text_add(&t, ", member ");
		text_add_foreign(&t, name, 64);
	} else if (c->previous != NULL) {
		text_add(&t, ", after member ");
		text_add_foreign(&t, c->previous, 64);
	}
	text_add(&t, ": ");
	text_add(&t, why);
	return ERR_BAD_ARCHIVE;
}

static bool
hex_field(const uint8_t *header, unsigned number, uint32_t *value)
{
	const uint8_t *digit = header + MAGIC_BYTES + (size_t)number * FIELD_BYTES;
	uint32_t v = 0;
	for (unsigned i = 0; i < FIELD_BYTES; i++) {
		const uint8_t d = digit[i];
		unsigned n;
		if (d >= '0' && d <= '9')
			n = d - '0';
		else if (d >= 'a' && d <= 'f')
			n = d - 'a' + 10u;
		else if (d >= 'A' && d <= 'F')
			n = d - 'A' + 10u;
		else
			return false;
		v = v << 4 | n;
	}
	*value = v;
	return true;
}

/* Numbers of 32 bits and offsets below 2^63 cannot overflow 64. */
static uint64_t
up4(uint64_t n)
{
	return (n + 3) & ~3ull;
}

static const char *
plain(const char *name)
{
	for (;;)
		if (name[0] == '/')
			name++;
		else if (name[0] == '.' && name[1] == '/')
			name += 2;
		else
			return name;
}

static enum cpio_kind
kind_of(uint32_t mode)
{
	switch (mode & MODE_TYPE) {
	case MODE_REGULAR:
		return CPIO_REGULAR;
	case MODE_DIRECTORY:
		return CPIO_DIRECTORY;
	default:
		return CPIO_OTHER;
	}
}

err_t
cpio_next(struct cpio *c, struct cpio_member *member)
{
	uint32_t mode, size, name_size;
	if (c->next > c->bytes || c->bytes - c->next < HEADER_BYTES)
		return bad(c, NULL, "the archive ends without a trailer: it is truncated");
	const uint8_t *header = c->base + c->next;
	if (memcmp(header, MAGIC, MAGIC_BYTES) != 0)
		return bad(c, NULL, "there is no newc header (070701)");
	if (!hex_field(header, FIELD_MODE, &mode) || !hex_field(header, FIELD_FILESIZE, &size) ||
	    !hex_field(header, FIELD_NAMESIZE, &name_size))
		return bad(c, NULL, "a number in the header is not hexadecimal");
	if (name_size == 0 || name_size > NAME_ROOM)
		return bad(c, NULL, "the length of the name is out of range");
	if (c->bytes - c->next - HEADER_BYTES < name_size)
		return bad(c, NULL, "the name reaches beyond the end: the archive is truncated");

	const char *name = (const char *)header + HEADER_BYTES;
	const char *end = memchr(name, '\0', name_size);
	if (end == NULL || end - name >= CPIO_NAME_BYTES)
		return bad(c, NULL, "the name is too long or has no end");
	const uint64_t offset = up4(c->next + HEADER_BYTES + name_size);
	if (offset > c->bytes || c->bytes - offset < size)
		return bad(c, name, "the data reaches beyond the end: the archive is truncated");
	if (strcmp(name, "TRAILER!!!") == 0)
		return ERR_NOT_FOUND;

	*member = (struct cpio_member){
		.name = plain(name),
		.data = c->base + offset,
		.bytes = size,
		.offset = offset,
		.kind = kind_of(mode),
	};
	c->previous = name;
	c->next = up4(offset + size);
	return OK;
}

err_t
cpio_find(struct cpio *c, const char *name, struct cpio_member *member)
{
	struct cpio_member at;
	err_t err;
	name = plain(name);
	cpio_begin(c, c->base, c->bytes);
	while ((err = cpio_next(c, &at)) == OK)
		if (strcmp(at.name, name) == 0) {
			*member = at;
			return OK;
		}
	return err;
}

err_t
cpio_check(struct cpio *c)
{
	struct cpio_member at;
	err_t err;
	cpio_begin(c, c->base, c->bytes);
	while ((err = cpio_next(c, &at)) == OK)
		;
	return err == ERR_NOT_FOUND ? OK : err;
}
