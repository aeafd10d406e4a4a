/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs: a good one is read as it is; each way to be wrong is refused with a
 * sentence of its own and changes nothing; no file makes the reader leave it.
 */
/* SOURCES: userland/lib/elf/elf.c userland/lib/text/text.c */
#include <insula/abi/types.h>
#include <insula/elf.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The file of a program with text, constants, data and a note: 3 pages and a bit. */
#define TEXT 0x400000ull
#define RODATA 0x401000ull
#define DATA 0x402000ull
#define FILE_SIZE (3 * 4096 + 104)
#define NOTE_AT (4096 + 64)

struct header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
struct note {
	uint32_t name_bytes, bytes, type;
	char name[8];
	struct program_note note;
} __attribute__((packed));

struct program {
	struct header h;
	struct segment p[4];
	uint8_t rest[FILE_SIZE - sizeof(struct header) - 4 * sizeof(struct segment)];
};
_Static_assert(sizeof(struct program) == FILE_SIZE, "no padding");

static struct note *
note_of(struct program *f)
{
	return (struct note *)(void *)((uint8_t *)f + NOTE_AT);
}

static void
make(struct program *f)
{
	memset(f, 0, sizeof *f);
	memcpy(f->h.ident, "\177ELF\2\1\1", 7);
	f->h.type = 2;
	f->h.machine = 183;
	f->h.version = 1;
	f->h.entry = TEXT + 0x158;
	f->h.phoff = sizeof f->h;
	f->h.ehsize = 64;
	f->h.phentsize = 56;
	f->h.phnum = 4;
	f->p[0] = (struct segment){ 1, 5, 0, TEXT, TEXT, 4096, 4096, 4096 };
	f->p[1] = (struct segment){ 1, 4, 4096, RODATA, RODATA, 4000, 4000, 4096 };
	f->p[2] = (struct segment){ 1, 6, 8192, DATA, DATA, 4096 + 104, 3 * 4096, 4096 };
	f->p[3] = (struct segment){ 4, 4, NOTE_AT, RODATA + 64, 0, sizeof(struct note),
		sizeof(struct note), 4 };
	*note_of(f) = (struct note){ 7, sizeof(struct program_note), 1, "Insula",
		{ .abi_version = 1, .version = 3, .service = "kv" } };
}

static void
a_good_program_is_read_as_it_is(void **state)
{
	(void)state;
	struct program f;
	struct elf_image i;
	char why[ELF_REASON_BYTES];
	make(&f);
	assert_int_equal(elf_read(&f, sizeof f, &i, why), OK);
	assert_int_equal(i.entry, TEXT + 0x158);
	assert_int_equal(i.segments, 3);
	assert_int_equal(i.segment[0].prot, PROT_X);
	assert_int_equal(i.segment[1].prot, PROT_R);
	assert_int_equal(i.segment[2].prot, PROT_W);
	assert_int_equal(i.segment[2].address, DATA);
	assert_int_equal(i.segment[2].file_offset, 8192);
	assert_int_equal(i.segment[2].file_bytes, 4200);
	assert_int_equal(i.segment[2].memory_bytes, 12288);
	assert_true(i.has_note);
	assert_string_equal(i.note.service, "kv");
	assert_int_equal(i.note.version, 3);
}

static void
a_program_without_a_note_is_a_plain_program(void **state)
{
	(void)state;
	struct program f;
	struct elf_image i;
	char why[ELF_REASON_BYTES];
	make(&f);
	f.h.phnum = 3;
	assert_int_equal(elf_read(&f, sizeof f, &i, why), OK);
	assert_false(i.has_note);
}

static void
notes_of_other_makers_and_empty_segments_are_passed_over(void **state)
{
	(void)state;
	struct program f;
	struct elf_image i;
	char why[ELF_REASON_BYTES];
	make(&f);
	memcpy(note_of(&f)->name, "GNUish\0", 8);
	f.p[1].filesz = f.p[1].memsz = 0;
	f.p[1].vaddr = 0;
	assert_int_equal(elf_read(&f, sizeof f, &i, why), OK);
	assert_false(i.has_note);
	assert_int_equal(i.segments, 2);
}

/* --- what is refused */

static void
refused(struct program *f, const char *expected)
{
	struct elf_image i, before;
	char why[ELF_REASON_BYTES] = "";
	memset(&i, 0x5a, sizeof i);
	before = i;
	uint8_t *copy = malloc(sizeof *f);
	memcpy(copy, f, sizeof *f);
	assert_int_equal(elf_read(copy, sizeof *f, &i, why), ERR_BAD_IMAGE);
	assert_string_equal(why, expected);
	assert_memory_equal(&i, &before, sizeof i);
	free(copy);
}

#define REFUSED(change, expected)        \
	do {                             \
		struct program f;        \
		make(&f);                \
		change;                  \
		refused(&f, (expected)); \
	} while (0)

static void
foreign_files_are_refused_each_with_its_sentence(void **state)
{
	(void)state;
	REFUSED(f.h.ident[0] = '#', "it is not an ELF file");
	REFUSED(f.h.ident[4] = 1, "it is not a 64-bit program");
	REFUSED(f.h.ident[5] = 2, "it is big-endian");
	REFUSED(f.h.machine = 62, "it is for another processor");
	REFUSED(f.h.type = 3, "it is position-independent or a library: only static programs run");
	REFUSED(f.h.type = 1, "it is not an executable");
	REFUSED(f.h.phentsize = 57, "its headers have the wrong size");
	REFUSED(f.h.phnum = 0, "it has no segments, or too many");
	REFUSED(f.h.phnum = 65535, "it has no segments, or too many");
	REFUSED(
	    f.h.phoff = UINT64_MAX - 8, "it is truncated: the segment headers lie beyond its end");
	REFUSED(f.p[3].type = 3, "it needs shared libraries: only static programs run");
	REFUSED(f.p[3].type = 2, "it needs shared libraries: only static programs run");
}

static void
hostile_segments_are_refused_each_with_its_sentence(void **state)
{
	(void)state;
	REFUSED(f.p[0].flags = 7, "segment 0 at 0x400000: is writable and executable");
	REFUSED(f.p[1].vaddr = TEXT, "segment 1 at 0x400000: overlaps another segment");
	REFUSED(f.p[0].memsz = 4097, "segment 1 at 0x401000: overlaps another segment");
	REFUSED(f.p[1].vaddr += 16, "segment 1 at 0x401010: does not start at a page");
	REFUSED(f.p[1].offset += 16, "segment 1 at 0x401000: does not start at a page");
	REFUSED(f.p[2].filesz = f.p[2].memsz + 1,
	    "segment 2 at 0x402000: larger in the file than in memory");
	REFUSED(f.p[2].filesz = 8192,
	    "segment 2 at 0x402000: truncated: it lies beyond the file's end");
	REFUSED(f.p[2].offset = UINT64_MAX & ~4095ull,
	    "segment 2 at 0x402000: truncated: it lies beyond the file's end");
	REFUSED(
	    f.p[1].vaddr = 0x3ff000, "segment 1 at 0x3ff000: lies outside the space for programs");
	REFUSED(f.p[1].vaddr = ELF_IMAGE_END,
	    "segment 1 at 0x800000000: lies outside the space for programs");
	REFUSED(f.p[2].memsz = UINT64_MAX,
	    "segment 2 at 0x402000: lies outside the space for programs");
	REFUSED(f.h.entry = DATA, "its entry point is not in its code");
	REFUSED(f.h.entry = TEXT + 4096, "its entry point is not in its code");
	REFUSED(f.h.entry += 2, "its entry point is not aligned");
}

static void
more_than_eight_segments_are_refused(void **state)
{
	(void)state;
	static struct {
		struct header h;
		struct segment p[ELF_SEGMENTS + 1];
	} f;
	struct program good;
	struct elf_image i;
	char why[ELF_REASON_BYTES];
	make(&good);
	f.h = good.h;
	f.h.phnum = ELF_SEGMENTS + 1;
	for (unsigned n = 0; n <= ELF_SEGMENTS; n++)
		f.p[n] = (struct segment){ 1, 4, 0, TEXT + n * 4096, 0, 4, 4096, 4096 };
	assert_int_equal(elf_read(&f, sizeof f, &i, why), ERR_BAD_IMAGE);
	assert_string_equal(why, "segment 8 at 0x408000: is one too many");
}

static void
wrong_notes_are_refused_each_with_its_sentence(void **state)
{
	(void)state;
	REFUSED(
	    note_of(&f)->bytes--, "its program note has the wrong size: it is for another Insula");
	REFUSED(note_of(&f)->bytes = 0xfffffff0u, "a note is longer than its segment");
	REFUSED(note_of(&f)->name_bytes = 0xffffffffu, "a note is longer than its segment");
	REFUSED(
	    note_of(&f)->note.abi_version = 9, "its program note is for another version of Insula");
	REFUSED(memset(note_of(&f)->note.service, 'x', NAME_BYTES),
	    "the service name in its program note has no end");
	REFUSED(note_of(&f)->note.service[1] = '\n',
	    "the service name in its program note does not print");
	REFUSED(note_of(&f)->note.state_bytes = 4096,
	    "its program note has a schema without state, or the reverse");
	REFUSED(
	    note_of(&f)->note.priority = 256, "the priority in its program note is out of range");
	REFUSED(f.p[3].offset = FILE_SIZE, "it is truncated: its notes lie beyond its end");
	REFUSED((f.p[1] = f.p[3], f.p[2] = f.p[3]), "it has two program notes");
}

static void
truncation_at_every_byte_is_refused(void **state)
{
	(void)state;
	struct program f;
	make(&f);
	for (size_t n = 0; n < sizeof f; n++) {
		struct elf_image i;
		char why[ELF_REASON_BYTES] = "";
		uint8_t *copy = malloc(n ? n : 1);
		memcpy(copy, &f, n);
		assert_int_equal(elf_read(copy, n, &i, why), ERR_BAD_IMAGE);
		assert_true(why[0] != '\0');
		free(copy);
	}
}

/* What elf_read lets through is what a loader may rely on. */
static void
check_image(const struct elf_image *i, uint64_t bytes)
{
	bool entry = false;
	assert_true(i->segments >= 1 && i->segments <= ELF_SEGMENTS);
	for (uint32_t a = 0; a < i->segments; a++) {
		const struct elf_segment *s = &i->segment[a];
		assert_true(s->memory_bytes > 0 && s->file_bytes <= s->memory_bytes);
		assert_true(s->file_offset <= bytes && s->file_bytes <= bytes - s->file_offset);
		assert_true(s->address % PAGE_BYTES == 0 && s->file_offset % PAGE_BYTES == 0);
		assert_true(s->address >= IMAGE_BASE && s->address < ELF_IMAGE_END);
		assert_true(s->memory_bytes <= ELF_IMAGE_END - s->address);
		assert_true(s->prot <= PROT_X);
		entry |= s->prot == PROT_X && i->entry - s->address < s->file_bytes;
		for (uint32_t b = 0; b < a; b++) {
			const struct elf_segment *o = &i->segment[b];
			assert_true(s->address >= o->address + o->memory_bytes ||
			    o->address >= s->address + s->memory_bytes);
		}
	}
	assert_true(entry);
	if (i->has_note)
		assert_non_null(memchr(i->note.service, '\0', NAME_BYTES));
}

static void
no_flipped_bits_get_past_the_checks(void **state)
{
	(void)state;
	struct program f;
	make(&f);
	const size_t headers = offsetof(struct program, rest);
	uint64_t random = 12345;
	for (unsigned round = 0; round < 200000; round++) {
		struct elf_image i;
		char why[ELF_REASON_BYTES] = "";
		struct program hurt = f;
		const unsigned flips = 1 + round % 4;
		for (unsigned k = 0; k < flips; k++) {
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			const size_t where = random >> 33;
			const size_t byte = where % 3 != 0
			    ? (where >> 3) % headers
			    : NOTE_AT + (where >> 3) % sizeof(struct note);
			((uint8_t *)&hurt)[byte] ^= (uint8_t)(1u << (where & 7));
		}
		if (elf_read(&hurt, sizeof hurt, &i, why) == OK)
			check_image(&i, sizeof hurt);
		else
			assert_true(why[0] != '\0' && strlen(why) < ELF_REASON_BYTES);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_program_is_read_as_it_is),
		cmocka_unit_test(a_program_without_a_note_is_a_plain_program),
		cmocka_unit_test(notes_of_other_makers_and_empty_segments_are_passed_over),
		cmocka_unit_test(foreign_files_are_refused_each_with_its_sentence),
		cmocka_unit_test(hostile_segments_are_refused_each_with_its_sentence),
		cmocka_unit_test(more_than_eight_segments_are_refused),
		cmocka_unit_test(wrong_notes_are_refused_each_with_its_sentence),
		cmocka_unit_test(truncation_at_every_byte_is_refused),
		cmocka_unit_test(no_flipped_bits_get_past_the_checks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
