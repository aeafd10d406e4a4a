/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: userland/servers/archive/tree.c userland/lib/cpio/cpio.c userland/lib/text/text.c */
/*
 * The tree of an archive's files, over archives made here member by member.
 */
#include "../../../userland/servers/archive/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *archive;
static size_t used;
static struct tree tree;
static char why[200];

static void
pad(void)
{
	while (used % 4 != 0)
		archive[used++] = '\0';
}

static void
add(const char *name, unsigned mode, const char *text)
{
	used += (size_t)sprintf(archive + used,
	    "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1, mode, 0, 0, 1, 0,
	    (unsigned)strlen(text), 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
	memcpy(archive + used, name, strlen(name) + 1);
	used += strlen(name) + 1;
	pad();
	memcpy(archive + used, text, strlen(text));
	used += strlen(text);
	pad();
}

static int
set_up(void **state)
{
	(void)state;
	archive = malloc(1 << 20);
	used = 0;
	add("manifest.dtb", 0100644, "not below boot");
	add("boot", 040755, "");
	add("boot/kv-1", 0100755, "one");
	add("boot/etc/a", 0100644, "aa");
	add("boot/etc/b", 0100644, "b");
	add("bootleg/x", 0100644, "x");
	add("boot/kv-2", 0100755, "");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(archive);
	return 0;
}

static void
read_it(void)
{
	add("TRAILER!!!", 0, "");
	archive = realloc(archive, used);
	assert_int_equal(tree_read(&tree, archive, used, "boot", why, sizeof why), OK);
}

static void
only_files_below_the_root_are_there(void **state)
{
	(void)state;
	const struct tree_file *file = NULL;
	read_it();
	assert_int_equal(tree.files, 4);
	assert_int_equal(tree_find(&tree, "etc/a", &file), FILE_REGULAR);
	assert_int_equal(file->bytes, 2);
	assert_memory_equal(file->bytes_at, "aa", 2);
	assert_int_equal(tree_find(&tree, "manifest.dtb", &file), FILE_NONE);
	assert_int_equal(tree_find(&tree, "x", &file), FILE_NONE);
}

static void
a_path_with_files_below_it_is_a_directory(void **state)
{
	(void)state;
	const struct tree_file *file;
	read_it();
	assert_int_equal(tree_find(&tree, "", &file), FILE_DIRECTORY);
	assert_int_equal(tree_find(&tree, "etc", &file), FILE_DIRECTORY);
	assert_int_equal(tree_find(&tree, "et", &file), FILE_NONE);
	assert_int_equal(tree_find(&tree, "etc/", &file), FILE_NONE);
}

static void
a_directory_lists_each_name_once(void **state)
{
	(void)state;
	char name[96];
	uint64_t bytes;
	read_it();
	static const struct {
		const char *name;
		enum file_kind kind;
		uint64_t bytes;
	} expected[] = {
		{ "kv-1", FILE_REGULAR, 3 },
		{ "etc", FILE_DIRECTORY, 0 },
		{ "kv-2", FILE_REGULAR, 0 },
	};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
		    tree_list(&tree, "", i, name, sizeof name, &bytes), expected[i].kind);
		assert_string_equal(name, expected[i].name);
		assert_int_equal(bytes, expected[i].bytes);
	}
	assert_int_equal(tree_list(&tree, "", 3, name, sizeof name, &bytes), FILE_NONE);
	assert_int_equal(tree_list(&tree, "etc", 1, name, sizeof name, &bytes), FILE_REGULAR);
	assert_string_equal(name, "b");
	assert_int_equal(tree_list(&tree, "etc", 2, name, sizeof name, &bytes), FILE_NONE);
}

static void
of_two_members_with_one_name_the_later_counts(void **state)
{
	(void)state;
	const struct tree_file *file;
	add("boot/kv-1", 0100755, "newer");
	read_it();
	assert_int_equal(tree.files, 4);
	assert_int_equal(tree_find(&tree, "kv-1", &file), FILE_REGULAR);
	assert_memory_equal(file->bytes_at, "newer", 5);
}

static void
too_many_files_are_an_error_that_names_the_first_left_out(void **state)
{
	(void)state;
	char name[32];
	for (unsigned i = 0; i < TREE_FILES; i++) {
		snprintf(name, sizeof name, "boot/many-%u", i);
		add(name, 0100644, "");
	}
	add("TRAILER!!!", 0, "");
	assert_int_equal(tree_read(&tree, archive, used, "boot", why, sizeof why), ERR_TOO_MANY);
	assert_non_null(strstr(why, "boot/many-508"));
}

static void
a_damaged_archive_is_refused_with_its_reason(void **state)
{
	(void)state;
	const size_t good = used;
	add("boot/cut", 0100644, "text that is cut off");
	archive = realloc(archive, good + 120);
	assert_int_equal(
	    tree_read(&tree, archive, good + 120, "boot", why, sizeof why), ERR_BAD_ARCHIVE);
	assert_true(strlen(why) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		T(only_files_below_the_root_are_there),
		T(a_path_with_files_below_it_is_a_directory),
		T(a_directory_lists_each_name_once),
		T(of_two_members_with_one_name_the_later_counts),
		T(too_many_files_are_an_error_that_names_the_first_left_out),
		T(a_damaged_archive_is_refused_with_its_reason),
#undef T
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
