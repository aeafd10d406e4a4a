/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to the VideoCore's firmware and what is made of its answers, right,
 * unknown or damaged.
 */
/* SOURCES: userland/drivers/mailbox/property.c */
#include "../../../userland/drivers/mailbox/property.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint32_t buffer[PROPERTY_WORDS];
static uint32_t value[PROPERTY_VALUES];

static void
answer(uint32_t code, uint32_t bytes, uint32_t first, uint32_t second)
{
	buffer[1] = code;
	buffer[4] = bytes;
	buffer[5] = first;
	buffer[6] = second;
}

static void
a_question_is_whole_and_ends(void **state)
{
	(void)state;
	memset(buffer, 0xff, sizeof buffer);
	property_ask(buffer, PROPERTY_CLOCK, 2, 3);
	const uint32_t expected[PROPERTY_WORDS] = { sizeof buffer, 0, 0x30002, 8, 0, 3 };
	assert_memory_equal(buffer, expected, sizeof buffer);
}

static void
an_answer_is_read_word_by_word(void **state)
{
	(void)state;
	property_ask(buffer, PROPERTY_CLOCK, 2, 3);
	answer(0x80000000, 0x80000008, 3, 700000000);
	assert_int_equal(property_answer(buffer, PROPERTY_CLOCK, 2, value), OK);
	assert_int_equal(value[0], 3);
	assert_int_equal(value[1], 700000000);
}

static void
a_tag_that_the_firmware_does_not_know_is_not_found(void **state)
{
	(void)state;
	property_ask(buffer, PROPERTY_BOARD, 1, 0);
	answer(0x80000000, 0, 0, 0);
	assert_int_equal(property_answer(buffer, PROPERTY_BOARD, 1, value), ERR_NOT_FOUND);
	answer(0x80000000, 0x80000000, 0, 0);
	assert_int_equal(property_answer(buffer, PROPERTY_BOARD, 1, value), ERR_NOT_FOUND);
}

static void
what_is_no_answer_is_refused(void **state)
{
	(void)state;
	property_ask(buffer, PROPERTY_SERIAL, 2, 0);
	assert_int_equal(property_answer(buffer, PROPERTY_SERIAL, 2, value), ERR_IO);
	answer(0x80000001, 0x80000008, 1, 2); /* the firmware calls the question wrong */
	assert_int_equal(property_answer(buffer, PROPERTY_SERIAL, 2, value), ERR_IO);
	answer(0x80000000, 0x80000004, 1, 2); /* half of it */
	assert_int_equal(property_answer(buffer, PROPERTY_SERIAL, 2, value), ERR_IO);
	answer(0x80000000, 0x80000008, 1, 2);
	assert_int_equal(property_answer(buffer, PROPERTY_CLOCK, 2, value), ERR_IO);
	assert_int_equal(property_answer(buffer, PROPERTY_SERIAL, 1, value), ERR_IO);
	assert_int_equal(property_answer(buffer, PROPERTY_SERIAL, 2, value), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_whole_and_ends),
		cmocka_unit_test(an_answer_is_read_word_by_word),
		cmocka_unit_test(a_tag_that_the_firmware_does_not_know_is_not_found),
		cmocka_unit_test(what_is_no_answer_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
