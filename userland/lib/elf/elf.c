/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF headers, checked. Every number of the file is compared with what is there
 * before it is used, subtracting rather than adding, so that none can wrap.
 */
#include <insula/abi/call.h>
#include <insula/abi/types.h>
#include <insula/elf.h>
#include <insula/text.h>
#include <string.h>

struct file_header {
	uint8_t magic[4];
	uint8_t class, data, version, abi;
	uint8_t padding[8];
	uint16_t type, machine;
	uint32_t version2;
	uint64_t entry, program_offset, section_offset;
	uint32_t flags;
	uint16_t header_bytes, program_bytes, programs;
	uint16_t section_bytes, sections, names;
};
_Static_assert(sizeof(struct file_header) == 64, "as in the file");

struct program_header {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_bytes, memory_bytes, alignment;
};
_Static_assert(sizeof(struct program_header) == 56, "as in the file");

struct note_header {
	uint32_t name_bytes, bytes, type;
};

enum { CLASS_64 = 2, DATA_LITTLE = 1, TYPE_EXEC = 2, TYPE_DYN = 3, MACHINE_AARCH64 = 183 };
enum { P_LOAD = 1, P_DYNAMIC = 2, P_INTERP = 3, P_NOTE = 4 };
enum { FLAG_X = 1, FLAG_W = 2 };
#define PROGRAMS_MAX 32u
#define NOTE_NAME "Insula"
#define NOTE_TYPE 1u

struct reader {
	const uint8_t *file;
	uint64_t bytes;
	struct elf_image *image;
	char *reason;
};

static err_t
bad(const struct reader *r, const char *why)
{
	struct text t = text_begin(r->reason, ELF_REASON_BYTES);
	text_add(&t, why);
	return ERR_BAD_IMAGE;
}

/* "segment N, ADDRESS: WHY" */
static err_t
bad_segment(const struct reader *r, unsigned number, uint64_t address, const char *why)
{
	struct text t = text_begin(r->reason, ELF_REASON_BYTES);
	text_add(&t, "segment ");
	text_add_number(&t, number);
	text_add(&t, " at ");
	text_add_hex(&t, address);
	text_add(&t, ": ");
	text_add(&t, why);
	return ERR_BAD_IMAGE;
}

static bool
inside(const struct reader *r, uint64_t offset, uint64_t bytes)
{
	return offset <= r->bytes && bytes <= r->bytes - offset;
}

static err_t
check_header(const struct reader *r, const struct file_header *h)
{
	if (memcmp(h->magic, "\177ELF", 4) != 0)
		return bad(r, "it is not an ELF file");
	if (h->class != CLASS_64)
		return bad(r, "it is not a 64-bit program");
	if (h->data != DATA_LITTLE)
		return bad(r, "it is big-endian");
	if (h->machine != MACHINE_AARCH64)
		return bad(r, "it is for another processor");
	if (h->type == TYPE_DYN)
		return bad(r, "it is position-independent or a library: only static programs run");
	if (h->type != TYPE_EXEC || h->version != 1 || h->version2 != 1)
		return bad(r, "it is not an executable");
	if (h->header_bytes != sizeof *h || h->program_bytes != sizeof(struct program_header))
		return bad(r, "its headers have the wrong size");
	if (h->programs == 0 || h->programs > PROGRAMS_MAX)
		return bad(r, "it has no segments, or too many");
	if (!inside(r, h->program_offset, (uint64_t)h->programs * sizeof(struct program_header)))
		return bad(r, "it is truncated: the segment headers lie beyond its end");
	return OK;
}

static uint64_t
page_end(const struct elf_segment *s)
{
	return s->address + ((s->memory_bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1));
}

static err_t
add_segment(struct reader *r, unsigned number, const struct program_header *p)
{
	if (p->memory_bytes == 0 && p->file_bytes == 0)
		return OK;
	if (p->file_bytes > p->memory_bytes)
		return bad_segment(r, number, p->address, "larger in the file than in memory");
	if (!inside(r, p->offset, p->file_bytes))
		return bad_segment(
		    r, number, p->address, "truncated: it lies beyond the file's end");
	if (p->address % PAGE_BYTES != 0 || p->offset % PAGE_BYTES != 0)
		return bad_segment(r, number, p->address, "does not start at a page");
	if (p->address < IMAGE_BASE || p->address >= ELF_IMAGE_END ||
	    p->memory_bytes > ELF_IMAGE_END - p->address)
		return bad_segment(r, number, p->address, "lies outside the space for programs");
	if ((p->flags & (FLAG_W | FLAG_X)) == (FLAG_W | FLAG_X))
		return bad_segment(r, number, p->address, "is writable and executable");
	if (r->image->segments == ELF_SEGMENTS)
		return bad_segment(r, number, p->address, "is one too many");

	const struct elf_segment s = {
		.address = p->address,
		.memory_bytes = p->memory_bytes,
		.file_offset = p->offset,
		.file_bytes = p->file_bytes,
		.prot = p->flags & FLAG_W ? PROT_W
		    : p->flags & FLAG_X   ? PROT_X
					  : PROT_R,
	};
	for (uint32_t i = 0; i < r->image->segments; i++) {
		const struct elf_segment *other = &r->image->segment[i];
		if (s.address < page_end(other) && other->address < page_end(&s))
			return bad_segment(r, number, p->address, "overlaps another segment");
	}
	r->image->segment[r->image->segments++] = s;
	return OK;
}

static err_t
take_note(struct reader *r, const uint8_t *at, uint64_t bytes)
{
	struct program_note *note = &r->image->note;
	if (r->image->has_note)
		return bad(r, "it has two program notes");
	if (bytes != sizeof *note)
		return bad(r, "its program note has the wrong size: it is for another Insula");
	memcpy(note, at, sizeof *note);
	if (note->abi_version != ABI_VERSION)
		return bad(r, "its program note is for another version of Insula");
	if (memchr(note->service, '\0', sizeof note->service) == NULL)
		return bad(r, "the service name in its program note has no end");
	for (const char *c = note->service; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return bad(r, "the service name in its program note does not print");
	if (note->priority > PRIORITY_MAX)
		return bad(r, "the priority in its program note is out of range");
	if ((note->schema_hash == 0) != (note->state_bytes == 0))
		return bad(r, "its program note has a schema without state, or the reverse");
	if (note->state_bytes > SLOT_STATE_WINDOWS * WINDOW_BYTES)
		return bad(r, "the state in its program note is too large");
	r->image->has_note = true;
	return OK;
}

static uint64_t
up4(uint64_t n)
{
	return (n + 3) & ~3ull;
}

/* Notes of other makers are passed over. */
static err_t
read_notes(struct reader *r, const struct program_header *p)
{
	if (!inside(r, p->offset, p->file_bytes))
		return bad(r, "it is truncated: its notes lie beyond its end");
	const uint8_t *at = r->file + p->offset;
	uint64_t left = p->file_bytes;
	while (left >= sizeof(struct note_header)) {
		struct note_header h;
		memcpy(&h, at, sizeof h);
		const uint64_t name = sizeof h, contents = name + up4(h.name_bytes);
		if (contents > left || h.bytes > left - contents)
			return bad(r, "a note is longer than its segment");
		if (h.name_bytes == sizeof NOTE_NAME && h.type == NOTE_TYPE &&
		    memcmp(at + name, NOTE_NAME, sizeof NOTE_NAME) == 0) {
			err_t err = take_note(r, at + contents, h.bytes);
			if (err != OK)
				return err;
		}
		const uint64_t all = contents + up4(h.bytes);
		if (all >= left)
			break;
		at += all;
		left -= all;
	}
	return OK;
}

static err_t
check_entry(const struct reader *r)
{
	const uint64_t entry = r->image->entry;
	if (entry % 4 != 0)
		return bad(r, "its entry point is not aligned");
	for (uint32_t i = 0; i < r->image->segments; i++) {
		const struct elf_segment *s = &r->image->segment[i];
		if (s->prot == PROT_X && entry >= s->address && entry - s->address < s->file_bytes)
			return OK;
	}
	return bad(r, "its entry point is not in its code");
}

static err_t
read_program(struct reader *r, const struct file_header *h)
{
	for (unsigned i = 0; i < h->programs; i++) {
		struct program_header p;
		err_t err = OK;
		memcpy(&p, r->file + h->program_offset + i * sizeof p, sizeof p);
		if (p.type == P_LOAD)
			err = add_segment(r, i, &p);
		else if (p.type == P_NOTE)
			err = read_notes(r, &p);
		else if (p.type == P_INTERP || p.type == P_DYNAMIC)
			err = bad(r, "it needs shared libraries: only static programs run");
		if (err != OK)
			return err;
	}
	r->image->entry = h->entry;
	return check_entry(r);
}

err_t
elf_read(const void *file, uint64_t bytes, struct elf_image *image, char reason[ELF_REASON_BYTES])
{
	struct elf_image made = { 0 };
	struct reader r = { .file = file, .bytes = bytes, .image = &made, .reason = reason };
	struct file_header h;
	if (bytes < sizeof h)
		return bad(&r, bytes == 0 ? "it is empty" : "it is too short for a program");
	memcpy(&h, file, sizeof h);
	err_t err = check_header(&r, &h);
	if (err == OK)
		err = read_program(&r, &h);
	if (err == OK)
		*image = made;
	return err;
}
