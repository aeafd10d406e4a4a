/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: src/pm/image.c userland/lib/text/text.c */
/*
 * Programs in the boot archive: what is found, and what is refused. Every file here
 * may be hostile: nothing outside the archive is read (ASan watches), and
 * nothing is accepted that memory could not map safely.
 */
#include "../../../src/pm/image.h"

#include <insula/abi/types.h>
#include <insula/handover.h>
#include <insula/state/schema.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct program {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_bytes, memory_bytes, alignment;
};

#define FILE_BYTES (4 * 4096u)
#define ARCHIVE_BYTES (8 * 4096u)

static uint8_t elf[FILE_BYTES];
static char *archive; /* of exactly archive_bytes, so that ASan sees one byte more */
static uint64_t archive_bytes;
static struct image image;
static struct line why;

static struct program *
program(unsigned n)
{
	return (struct program *)(void *)(elf + 64) + n;
}

/* Text, data with bss, and a note, as userland/lib/user.ld lays them out. */
static void
make_elf(void)
{
	static const struct program segments[] = {
		{ 1, 5, 0, 0x400000, 0, 4096, 4096, 4096 },
		{ 1, 6, 4096, 0x401000, 0, 100, 9000, 4096 },
		{ 4, 4, 8192, 0x402000, 0, sizeof(struct program_note_section),
		    sizeof(struct program_note_section), 4 },
	};
	struct program_note_section note = { .name_bytes = 7,
		.note_bytes = sizeof(struct program_note),
		.type = 1,
		.name = "Insula",
		.note = { .abi_version = 1, .state_bytes = 4096, .service = "kv" } };
	memset(elf, 0, sizeof elf);
	memcpy(elf, "\177ELF\2\1\1", 7);
	elf[16] = 2;
	elf[18] = 183;
	*(uint64_t *)(void *)(elf + 24) = 0x400100;
	*(uint64_t *)(void *)(elf + 32) = 64;
	elf[54] = 56;
	elf[56] = 3;
	memcpy(elf + 64, segments, sizeof segments);
	memcpy(elf + 8192, &note, sizeof note);
}

static void
append(const char *name, uint32_t mode, const void *data, uint32_t bytes)
{
	uint32_t name_bytes = (uint32_t)strlen(name) + 1;
	char *to = archive + archive_bytes;
	sprintf(to, "070701%08X%08x%08x%08x%08x%08x%08X%08x%08x%08x%08x%08X%08x", 1, mode, 0, 0, 1,
	    0, bytes, 0, 0, 0, 0, name_bytes, 0);
	memcpy(to + 110, name, name_bytes);
	archive_bytes = (archive_bytes + 110 + name_bytes + 3) & ~3ull;
	memcpy(archive + archive_bytes, data, bytes);
	archive_bytes = (archive_bytes + bytes + 3) & ~3ull;
}

static err_t
pack(void)
{
	free(archive);
	archive = calloc(1, ARCHIVE_BYTES);
	archive_bytes = 0;
	append("boot", 0040755, "", 0);
	append("boot/kv", 0100755, elf, sizeof elf);
	append("boot/empty", 0100755, "", 0);
	append("boot/text", 0100644,
	    "just text, long enough to hold a header of sixty-four bytes "
	    "if it were one, but it is not",
	    80);
	append("TRAILER!!!", 0, "", 0);
	archive = realloc(archive, archive_bytes);
	return image_archive(archive, archive_bytes);
}

static int
set_up(void **state)
{
	(void)state;
	make_elf();
	return pack() == OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	free(archive);
	archive = NULL;
	return 0;
}

static void
a_program_is_found_and_its_segments_and_note_are_read(void **state)
{
	(void)state;
	assert_int_equal(image_open("/boot/kv", &image, &why), OK);
	assert_string_equal(image_path(image.file), "boot/kv");
	assert_string_equal(path_base(image_path(image.file)), "kv");
	assert_int_equal(image.entry, 0x400100);
	assert_int_equal(image.segments, 2);
	assert_int_equal(image.segment[0].prot, PROT_X);
	assert_int_equal(image.segment[1].prot, PROT_W);
	assert_int_equal(image.segment[1].memory_bytes, 9000);
	assert_int_equal(image.segment[1].source_pid, 0);
	assert_memory_equal(archive + image.segment[0].source, elf, 64);
	assert_true(image.has_note);
	assert_string_equal(image.note.service, "kv");
}

static void
what_is_not_there_is_named(void **state)
{
	(void)state;
	assert_int_equal(image_open("/boot/none", &image, &why), ERR_NOT_FOUND);
	assert_string_equal(why.text, "/boot/none: no such file");
	assert_int_equal(image_open("boot", &image, &why), ERR_NOT_FOUND); /* a directory */
	assert_int_equal(image_open("", &image, &why), ERR_NOT_FOUND);
	assert_string_equal(image_path(99999), "");
}

static void
what_is_no_program_is_refused_with_a_sentence(void **state)
{
	(void)state;
	assert_int_equal(image_open("/boot/empty", &image, &why), ERR_BAD_IMAGE);
	assert_string_equal(why.text, "/boot/empty: too short to be a program");
	assert_int_equal(image_open("/boot/text", &image, &why), ERR_BAD_IMAGE);
	assert_string_equal(why.text, "/boot/text: not an executable for this machine");
}

/* One change to a good file, and what is said. */
static void
refused(const char *expected)
{
	assert_int_equal(pack(), OK);
	assert_int_equal(image_open("/boot/kv", &image, &why), ERR_BAD_IMAGE);
	assert_string_equal(why.text, expected);
	make_elf();
}

static void
foreign_and_hostile_headers_are_refused(void **state)
{
	(void)state;
	elf[4] = 1; /* 32 bits */
	refused("/boot/kv: not an executable for this machine");
	elf[18] = 62; /* x86-64 */
	refused("/boot/kv: not an executable for this machine");
	elf[16] = 3; /* position-independent */
	refused("/boot/kv: not an executable for this machine");
	elf[57] = 0xff; /* 65283 program headers */
	refused("/boot/kv: its program headers are not in the file");
	*(uint64_t *)(void *)(elf + 32) = UINT64_MAX - 8;
	refused("/boot/kv: its program headers are not in the file");
	*(uint64_t *)(void *)(elf + 24) = 0x401000; /* in data */
	refused("/boot/kv: its entry is in no code");
	program(0)->flags = 7;
	refused("/boot/kv: a segment is writable and executable");
	program(1)->offset = UINT64_MAX & ~4095ull;
	refused("/boot/kv: a segment is not in the file: it is truncated");
	program(1)->file_bytes = 9001;
	refused("/boot/kv: a segment is not in the file: it is truncated");
	program(1)->file_bytes = program(1)->memory_bytes = FILE_BYTES;
	refused("/boot/kv: a segment is not in the file: it is truncated");
	program(1)->address = 0x400000; /* over the text */
	refused("/boot/kv: a segment lies where none may");
	program(1)->address = 0x1000;
	refused("/boot/kv: a segment lies where none may");
	program(1)->address = ARCHIVE_BASE;
	refused("/boot/kv: a segment lies where none may");
	program(1)->memory_bytes = UINT64_MAX;
	refused("/boot/kv: a segment lies where none may");
	program(1)->address++;
	refused("/boot/kv: a segment is not page-aligned");
	elf[8192 + 12 + 8] = 9; /* a note for another ABI */
	refused("/boot/kv: its program note is of another version");
	memset(elf + 8192 + 20 + offsetof(struct program_note, service), 'x', NAME_BYTES);
	refused("/boot/kv: its program note is of another version");
}

/* --- 32 bits */

struct narrow_program {
	uint32_t type, offset, address, physical, file_bytes, memory_bytes, flags, alignment;
};

static struct narrow_program *
narrow_program(unsigned n)
{
	return (struct narrow_program *)(void *)(elf + 52) + n;
}

/* Text and data with bss, as userland/lib/user32.ld lays them out. */
static void
make_narrow(void)
{
	static const struct narrow_program segments[] = {
		{ 1, 0, 0x400000, 0, 4096, 4096, 5, 4096 },
		{ 1, 4096, 0x401000, 0, 100, 9000, 6, 4096 },
		{ 7, 4096, 0x401000, 0, 0, 20, 4, 4 },
	};
	memset(elf, 0, sizeof elf);
	memcpy(elf, "\177ELF\1\1\1", 7);
	elf[16] = 2;
	elf[18] = 40;
	*(uint32_t *)(void *)(elf + 24) = 0x400101; /* T32 */
	*(uint32_t *)(void *)(elf + 28) = 52;
	elf[42] = 32;
	elf[44] = 3;
	memcpy(elf + 52, segments, sizeof segments);
}

static void
a_32_bit_program_is_read_like_one_of_64(void **state)
{
	(void)state;
	assert_int_equal(image_open("/boot/kv", &image, &why), OK);
	assert_false(image.narrow);
	make_narrow();
	assert_int_equal(pack(), OK);
	assert_int_equal(image_open("/boot/kv", &image, &why), OK);
	assert_true(image.narrow);
	assert_false(image.has_note);
	assert_int_equal(image.entry, 0x400101);
	assert_int_equal(image.segments, 2);
	assert_int_equal(image.segment[0].prot, PROT_X);
	assert_int_equal(image.segment[1].address, 0x401000);
	assert_int_equal(image.segment[1].file_bytes, 100);
	assert_int_equal(image.segment[1].memory_bytes, 9000);
	assert_int_equal(image.segment[1].prot, PROT_W);
	assert_memory_equal(archive + image.segment[0].source, elf, 4096);
}

static void
narrow_refused(const char *expected)
{
	refused(expected);
	make_narrow();
}

static void
hostile_32_bit_headers_are_refused(void **state)
{
	struct program_note_section note = { .name_bytes = 7,
		.note_bytes = sizeof(struct program_note),
		.type = 1,
		.name = "Insula",
		.note = { .abi_version = 1, .service = "kv" } };
	(void)state;
	make_narrow();
	elf[18] = 183; /* AArch64 in 32 bits */
	narrow_refused("/boot/kv: not an executable for this machine");
	elf[5] = 2; /* big-endian */
	narrow_refused("/boot/kv: not an executable for this machine");
	elf[16] = 3;
	narrow_refused("/boot/kv: not an executable for this machine");
	elf[42] = 56; /* the other kind's program headers */
	narrow_refused("/boot/kv: not an executable for this machine");
	elf[45] = 0xff;
	narrow_refused("/boot/kv: its program headers are not in the file");
	*(uint32_t *)(void *)(elf + 28) = UINT32_MAX - 8;
	narrow_refused("/boot/kv: its program headers are not in the file");
	*(uint32_t *)(void *)(elf + 24) = 0x401000;
	narrow_refused("/boot/kv: its entry is in no code");
	narrow_program(0)->flags = 7;
	narrow_refused("/boot/kv: a segment is writable and executable");
	narrow_program(1)->offset = UINT32_MAX & ~4095u;
	narrow_refused("/boot/kv: a segment is not in the file: it is truncated");
	narrow_program(1)->file_bytes = 9001;
	narrow_refused("/boot/kv: a segment is not in the file: it is truncated");
	narrow_program(1)->address = NARROW_IMAGE_END;
	narrow_refused("/boot/kv: a segment lies where none may");
	narrow_program(1)->memory_bytes = UINT32_MAX;
	narrow_refused("/boot/kv: a segment lies where none may");
	narrow_program(1)->address = 0x400000;
	narrow_refused("/boot/kv: a segment lies where none may");
	narrow_program(1)->offset++;
	narrow_refused("/boot/kv: a segment is not page-aligned");
	*narrow_program(2) =
	    (struct narrow_program){ 4, 8192, 0x402000, 0, sizeof note, sizeof note, 4, 4 };
	memcpy(elf + 8192, &note, sizeof note);
	narrow_refused("/boot/kv: a 32-bit program has no program note: it cannot be a server");
}

static void
every_truncation_of_the_archive_is_damage_and_reads_nothing_behind_it(void **state)
{
	(void)state;
	uint64_t whole = archive_bytes;
	for (uint64_t bytes = 0; bytes < whole;
	     bytes += bytes < 600 || bytes > whole - 600 ? 1 : 97) {
		char *part = malloc(bytes + (bytes == 0));
		memcpy(part, archive, bytes);
		err_t err = image_archive(part, bytes);
		/* The trailer's own padding may be missing. */
		assert_true(err == ERR_BAD_ARCHIVE || bytes > whole - 4);
		free(part);
	}
}

static void
any_byte_of_a_file_may_be_anything(void **state)
{
	(void)state;
	uint32_t seed = 1;
	for (unsigned n = 0; n < 20000; n++) {
		if (n % 2 == 0)
			make_elf();
		else
			make_narrow();
		for (unsigned k = 0; k < 3; k++) {
			seed = seed * 1664525u + 1013904223u;
			elf[(seed >> 8) % 232] = (uint8_t)(seed >> 24);
		}
		char *data = memmem(archive, archive_bytes, "\177ELF", 4);
		if (data == NULL) {
			assert_int_equal(pack(), OK);
			continue;
		}
		memcpy(data, elf, sizeof elf);
		if (image_open("/boot/kv", &image, &why) != OK) {
			assert_true(strncmp(why.text, "/boot/kv: ", 9) == 0);
			make_elf();
			memcpy(data, elf, sizeof elf);
			continue;
		}
		for (unsigned i = 0; i < image.segments; i++) {
			const struct memory_segment *s = &image.segment[i];
			assert_true(s->source + s->file_bytes <= archive_bytes);
			assert_true(s->address >= IMAGE_BASE &&
			    s->address + s->memory_bytes <= ARCHIVE_BASE);
			assert_true(s->prot <= PROT_X);
		}
		make_elf();
		memcpy(data, elf, sizeof elf);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_program_is_found_and_its_segments_and_note_are_read),
		TEST(what_is_not_there_is_named),
		TEST(what_is_no_program_is_refused_with_a_sentence),
		TEST(foreign_and_hostile_headers_are_refused),
		TEST(a_32_bit_program_is_read_like_one_of_64),
		TEST(hostile_32_bit_headers_are_refused),
		TEST(every_truncation_of_the_archive_is_damage_and_reads_nothing_behind_it),
		TEST(any_byte_of_a_file_may_be_anything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
