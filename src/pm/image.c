/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot archive's programs. The archive is walked once; from then on a path
 * is found by its hash. The entry's index is the file's number.
 *
 * The library's readers of cpio and ELF say more about what is wrong, and are
 * 2.5 KiB larger than these, which accept the same files.
 */
#include "image.h"

#include <insula/handover.h>
#include <insula/state/schema.h>
#include <assert.h>
#include <string.h>

#define ENTRIES 1024u /* a power of two; one in four stays free */

struct entry {
	const char *name; /* NULL: free */
	const char *data;
	uint64_t bytes;
	uint64_t hash;
};

static struct entry entries[ENTRIES];
static const char *archive_start;
static uint64_t archive_bytes;

static uint32_t
hash_of(const char *name)
{
	uint32_t hash = 2166136261u;
	while (*name != '\0')
		hash = (hash ^ (uint8_t)*name++) * 16777619u;
	return hash;
}

/* Where a name is, or would be. */
static struct entry *
entry_of(const char *name)
{
	uint32_t hash = hash_of(name);
	uint32_t at = hash % ENTRIES;
	while (entries[at].name != NULL &&
	    (entries[at].hash != hash || strcmp(entries[at].name, name) != 0))
		at = (at + 1) % ENTRIES;
	entries[at].hash = hash;
	return &entries[at];
}

/* --- the archive: newc, checked by init; here only so far that nothing outside it is read */

#define HEADER_BYTES 110u
#define MODE_TYPE 0170000u
#define MODE_REGULAR 0100000u
#define FIELD(n) (6u + 8u * (n)) /* of a header: eight hexadecimal digits */

static uint64_t
field(const char *header, unsigned n)
{
	uint64_t value = 0;
	for (const char *at = header + FIELD(n); at < header + FIELD(n + 1); at++)
		value = value << 4 | ((uint64_t)(*at & 15) + (*at >= 'A' ? 9 : 0));
	return value;
}

static uint64_t
up_to_4(uint64_t n)
{
	return (n + 3) & ~3ull;
}

err_t
image_archive(const void *archive, uint64_t bytes)
{
	const char *base = archive;
	memset(entries, 0, sizeof entries);
	archive_start = base;
	archive_bytes = bytes;
	uint32_t used = 0;
	for (uint64_t at = 0;;) {
		if (bytes < HEADER_BYTES || at > bytes - HEADER_BYTES ||
		    memcmp(base + at, "070701", 6) != 0)
			return ERR_BAD_ARCHIVE;
		const char *header = base + at, *name = header + HEADER_BYTES;
		uint64_t size = field(header, 6), name_bytes = field(header, 11);
		uint64_t data = up_to_4(at + HEADER_BYTES + name_bytes);
		if (data > bytes || size > bytes - data || name_bytes == 0 ||
		    name[name_bytes - 1] != '\0')
			return ERR_BAD_ARCHIVE;
		if (strcmp(name, "TRAILER!!!") == 0)
			return OK;
		at = up_to_4(data + size);
		if ((field(header, 1) & MODE_TYPE) != MODE_REGULAR)
			continue;
		if (used >= ENTRIES / 4 * 3)
			return ERR_TOO_MANY;
		struct entry *e = entry_of(name);
		used += e->name == NULL; /* of two with one name the last counts */
		e->name = name;
		e->data = base + data;
		e->bytes = size;
	}
}

uint64_t
image_archive_bytes(void)
{
	return archive_bytes;
}

/*
 * --- ELF: a static executable as userland/lib/user.ld makes it, for AArch64 or, of
 * half the width, for AArch32, and nothing else
 */

struct file_header {
	uint32_t magic;
	uint8_t class, data, version, abi, padding[8];
	uint16_t type, machine;
	uint32_t version2;
	uint64_t entry, programs_offset, sections_offset;
	uint32_t flags;
	uint16_t header_bytes, program_bytes, programs;
	uint16_t section_bytes, sections, names;
};
struct program_header {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_bytes, memory_bytes, alignment;
};
struct narrow_header {
	uint8_t as_above[16];
	uint16_t type, machine;
	uint32_t version2;
	uint32_t entry, programs_offset, sections_offset;
	uint32_t flags;
	uint16_t header_bytes, program_bytes, programs;
	uint16_t section_bytes, sections, names;
};
struct narrow_program {
	uint32_t type, offset, address, physical, file_bytes, memory_bytes, flags, alignment;
};
static_assert(
    sizeof(struct file_header) == 64 && sizeof(struct program_header) == 56, "as in the file");
static_assert(
    sizeof(struct narrow_header) == 52 && sizeof(struct narrow_program) == 32, "as in the file");

enum { ELF_MAGIC = 0x464c457f, CLASS_32 = 1, CLASS_64 = 2, LITTLE = 1, EXECUTABLE = 2 };
enum { ARM = 40, AARCH64 = 183 };
enum { SEGMENT_LOAD = 1, SEGMENT_NOTE = 4, FLAG_X = 1, FLAG_W = 2 };
#define PROGRAMS_MAX 32u
#define IMAGE_END ARCHIVE_BASE

/* All bounds are checked by subtraction, so that no number of the file can wrap. */
static bool
inside(const struct entry *e, uint64_t offset, uint64_t bytes)
{
	return offset <= e->bytes && bytes <= e->bytes - offset;
}

static const char *
load(struct image *image, const struct entry *e, const struct program_header *h, uint64_t entry)
{
	uint64_t end = 0; /* of the segment before, in whole pages */
	if (h->memory_bytes == 0)
		return NULL;
	if (image->segments == MEMORY_SEGMENTS)
		return "too many segments";
	struct memory_segment *s = &image->segment[image->segments];
	if (image->segments != 0)
		end = (s[-1].address + s[-1].memory_bytes + PAGE_BYTES - 1) & -PAGE_BYTES;
	if (((h->address | h->offset) & (PAGE_BYTES - 1)) != 0)
		return "a segment is not page-aligned";
	if (!inside(e, h->offset, h->file_bytes) || h->file_bytes > h->memory_bytes)
		return "a segment is not in the file: it is truncated";
	const uint64_t limit = image->narrow ? NARROW_IMAGE_END : IMAGE_END;
	if (h->address < IMAGE_BASE || h->address >= limit || h->address < end ||
	    h->memory_bytes > limit - h->address)
		return "a segment lies where none may";
	if ((h->flags & (FLAG_W | FLAG_X)) == (FLAG_W | FLAG_X))
		return "a segment is writable and executable";
	image->segments++;
	s->source_pid = PID_INVALID; /* the archive */
	s->address = h->address;
	s->memory_bytes = h->memory_bytes;
	s->source = (uint64_t)(e->data - archive_start) + h->offset;
	s->file_bytes = h->file_bytes;
	s->prot = (h->flags & FLAG_W) != 0 ? PROT_W : (h->flags & FLAG_X) != 0 ? PROT_X : PROT_R;
	if (s->prot == PROT_X && entry >= h->address && entry - h->address < h->file_bytes)
		image->entry = entry;
	return NULL;
}

static const char *
read_note(struct image *image, const struct entry *e, const struct program_header *h)
{
	struct program_note_section note;
	if (!inside(e, h->offset, sizeof note))
		return NULL; /* somebody else's */
	memcpy(&note, e->data + h->offset, sizeof note);
	if (note.name_bytes != sizeof "Insula" || note.type != 1 ||
	    memcmp(note.name, "Insula", sizeof "Insula") != 0)
		return NULL;
	if (note.note_bytes != sizeof note.note || note.note.abi_version != PROGRAM_ABI_VERSION ||
	    note.note.service[NAME_BYTES - 1] != '\0')
		return "its program note is of another version";
	image->note = note.note;
	image->has_note = true;
	return NULL;
}

/* A narrow file's header as the other kind has it. */
static void
widen_header(struct file_header *h, const struct entry *e)
{
	struct narrow_header n;
	memcpy(&n, e->data, sizeof n);
	h->entry = n.entry;
	h->programs_offset = n.programs_offset;
	h->program_bytes = n.program_bytes;
	h->programs = n.programs;
}

static void
read_program(const struct image *image, struct program_header *p, const char *at)
{
	struct narrow_program n;
	if (!image->narrow) {
		memcpy(p, at, sizeof *p);
		return;
	}
	memcpy(&n, at, sizeof n);
	p->type = n.type;
	p->flags = n.flags;
	p->offset = n.offset;
	p->address = n.address;
	p->file_bytes = n.file_bytes;
	p->memory_bytes = n.memory_bytes;
}

/* NULL, or what is wrong. */
static const char *
read_elf(struct image *image, const struct entry *e)
{
	struct file_header h;
	struct program_header p;
	unsigned bytes = sizeof p;
	if (!inside(e, 0, sizeof h))
		return "too short to be a program";
	memcpy(&h, e->data, sizeof h);
	image->narrow = h.class == CLASS_32;
	if (image->narrow) {
		widen_header(&h, e);
		bytes = sizeof(struct narrow_program);
	}
	if (h.magic != ELF_MAGIC || (h.class != CLASS_64 && !image->narrow) || h.data != LITTLE ||
	    h.type != EXECUTABLE || h.machine != (image->narrow ? ARM : AARCH64) ||
	    h.program_bytes != bytes)
		return "not an executable for this machine";
	if (h.programs > PROGRAMS_MAX || !inside(e, h.programs_offset, h.programs * bytes))
		return "its program headers are not in the file";
	image->segments = 0;
	image->entry = 0;
	image->has_note = false;
	for (unsigned i = 0; i < h.programs; i++) {
		const char *wrong = NULL;
		read_program(image, &p, e->data + h.programs_offset + i * bytes);
		if (p.type == SEGMENT_LOAD)
			wrong = load(image, e, &p, h.entry);
		else if (p.type == SEGMENT_NOTE)
			wrong = read_note(image, e, &p);
		if (wrong != NULL)
			return wrong;
	}
	if (image->narrow && image->has_note)
		return "a 32-bit program has no program note: it cannot be a server";
	return image->entry != 0 ? NULL : "its entry is in no code";
}

err_t
image_open(const char *path, struct image *image, struct line *why)
{
	while (*path == '/')
		path++;
	const struct entry *e = entry_of(path);
	const char *wrong = e->name == NULL ? "no such file" : read_elf(image, e);
	if (wrong != NULL) {
		line_start(why, "/");
		line_text(why, path);
		line_text(why, ": ");
		line_text(why, wrong);
		return e->name == NULL ? ERR_NOT_FOUND : ERR_BAD_IMAGE;
	}
	image->file = (uint32_t)(e - entries);
	return OK;
}

const char *
image_path(uint32_t file)
{
	return file < ENTRIES && entries[file].name != NULL ? entries[file].name : "";
}

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}
