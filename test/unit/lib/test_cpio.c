/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives: every member of a good one is found, and nothing that can be done
 * to one makes the reader look outside it.
 */
/* SOURCES: userland/lib/cpio/cpio.c userland/lib/text/text.c */
#include <insula/cpio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct made {
	uint8_t bytes[16384];
	size_t used;
};

static void
add(struct made *a, const char *name, unsigned mode, const char *data, size_t page)
{
	const size_t size = data ? strlen(data) : 0;
	size_t names = strlen(name) + 1;
	if (page != 0)
		names += (page - (a->used + 110 + names) % page) % page;
	a->used += (size_t)sprintf((char *)a->bytes + a->used,
	    "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, mode, 0u, 0u, 1u, 0u,
	    (unsigned)size, 0u, 0u, 0u, 0u, (unsigned)names, 0u);
	memset(a->bytes + a->used, 0, names);
	memcpy(a->bytes + a->used, name, strlen(name));
	a->used = (a->used + names + 3) & ~3u;
	if (data != NULL)
		memcpy(a->bytes + a->used, data, size);
	a->used = (a->used + size + 3) & ~3u;
}

static void
make(struct made *a)
{
	memset(a, 0, sizeof *a);
	add(a, "boot", 0040755, NULL, 0);
	add(a, "boot/first", 0100755, "one", 4096);
	add(a, "./boot/second", 0100644, "twotwo", 0);
	add(a, "empty", 0100644, "", 0);
	add(a, "TRAILER!!!", 0, NULL, 0);
}

/* A copy with exactly `bytes` bytes on the heap, so that ASan sees any step outside. */
static uint8_t *
exact(const struct made *a, size_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);
	memcpy(copy, a->bytes, bytes);
	return copy;
}

static void
members_come_in_order_with_data_and_offset(void **state)
{
	(void)state;
	static const struct {
		const char *name, *data;
		enum cpio_kind kind;
	} expected[] = { { "boot", "", CPIO_DIRECTORY }, { "boot/first", "one", CPIO_REGULAR },
		{ "boot/second", "twotwo", CPIO_REGULAR }, { "empty", "", CPIO_REGULAR } };
	struct made a;
	struct cpio c;
	struct cpio_member m;
	make(&a);
	cpio_begin(&c, a.bytes, a.used);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(cpio_next(&c, &m), OK);
		assert_string_equal(m.name, expected[i].name);
		assert_int_equal(m.bytes, strlen(expected[i].data));
		assert_memory_equal(m.data, expected[i].data, m.bytes);
		assert_ptr_equal(m.data, a.bytes + m.offset);
		assert_int_equal(m.kind, expected[i].kind);
	}
	assert_int_equal(cpio_next(&c, &m), ERR_NOT_FOUND);
}

static void
a_padded_name_puts_the_data_at_a_page(void **state)
{
	(void)state;
	struct made a;
	struct cpio c;
	struct cpio_member m;
	make(&a);
	cpio_begin(&c, a.bytes, a.used);
	assert_int_equal(cpio_find(&c, "/boot/first", &m), OK);
	assert_int_equal(m.offset % 4096, 0);
}

static void
a_missing_name_is_not_found_and_no_damage(void **state)
{
	(void)state;
	struct made a;
	struct cpio c;
	struct cpio_member m = { .name = "kept" };
	make(&a);
	cpio_begin(&c, a.bytes, a.used);
	assert_int_equal(cpio_find(&c, "boot/firs", &m), ERR_NOT_FOUND);
	assert_string_equal(m.name, "kept");
	assert_int_equal(cpio_check(&c), OK);
}

static void
truncation_at_every_byte_is_refused_with_a_sentence(void **state)
{
	(void)state;
	struct made a;
	make(&a);
	for (size_t n = 0; n < a.used; n++) {
		struct cpio c;
		uint8_t *copy = exact(&a, n);
		cpio_begin(&c, copy, n);
		err_t err = cpio_check(&c);
		if (err == OK) /* only the padding behind the trailer's name may lack */
			assert_true(n + 4 > a.used);
		else {
			assert_int_equal(err, ERR_BAD_ARCHIVE);
			assert_non_null(strstr(c.reason, "at offset "));
			assert_non_null(strstr(c.reason, "truncated"));
		}
		free(copy);
	}
}

static void
the_sentence_names_the_member_before_the_damage(void **state)
{
	(void)state;
	struct made a;
	struct cpio c;
	struct cpio_member m;
	make(&a);
	cpio_begin(&c, a.bytes, a.used);
	assert_int_equal(cpio_find(&c, "boot/first", &m), OK);
	a.bytes[m.offset + 4] = 'X'; /* the header that follows */
	assert_int_equal(cpio_check(&c), ERR_BAD_ARCHIVE);
	assert_string_equal(
	    c.reason, "at offset 4100, after member boot/first: there is no newc header (070701)");
}

static void
every_flipped_bit_is_survived(void **state)
{
	(void)state;
	struct made a;
	make(&a);
	for (size_t bit = 0; bit < a.used * 8; bit++) {
		struct cpio c;
		struct cpio_member m;
		uint8_t *copy = exact(&a, a.used);
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cpio_begin(&c, copy, a.used);
		err_t err = cpio_check(&c);
		assert_true(err == OK || (err == ERR_BAD_ARCHIVE && c.reason[0] != '\0'));
		cpio_begin(&c, copy, a.used);
		while (cpio_next(&c, &m) == OK)
			assert_true(
			    m.offset + m.bytes <= a.used && strlen(m.name) < CPIO_NAME_BYTES);
		free(copy);
	}
}

static void
huge_sizes_do_not_wrap(void **state)
{
	(void)state;
	struct made a;
	struct cpio c;
	make(&a);
	memcpy(a.bytes + 6 + 8 * 6, "ffffffff", 8); /* c_filesize of the first */
	cpio_begin(&c, a.bytes, a.used);
	assert_int_equal(cpio_check(&c), ERR_BAD_ARCHIVE);
	assert_string_equal(c.reason,
	    "at offset 0, member boot: the data reaches beyond the end: the archive is truncated");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_in_order_with_data_and_offset),
		cmocka_unit_test(a_padded_name_puts_the_data_at_a_page),
		cmocka_unit_test(a_missing_name_is_not_found_and_no_damage),
		cmocka_unit_test(truncation_at_every_byte_is_refused_with_a_sentence),
		cmocka_unit_test(the_sentence_names_the_member_before_the_damage),
		cmocka_unit_test(every_flipped_bit_is_survived),
		cmocka_unit_test(huge_sizes_do_not_wrap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
