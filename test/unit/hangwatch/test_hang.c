/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the watchdog calls a system hung, and what it writes into the BCM2835's
 * registers.
 */
/* SOURCES: userland/drivers/hangwatch/hang.c */
#include "../../../userland/drivers/hangwatch/hang.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
a_count_that_moves_is_no_hang(void **state)
{
	struct hang hang;
	(void)state;
	hang_begin(&hang, 7);
	for (uint64_t count = 8; count < 100; count++)
		assert_false(hang_look(&hang, count));
}

static void
a_count_that_stands_for_all_looks_in_a_row_is_one(void **state)
{
	struct hang hang;
	(void)state;
	hang_begin(&hang, 7);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 1; i < HANG_LOOKS; i++)
			assert_false(hang_look(&hang, 7 + round));
		assert_false(hang_look(&hang, 8 + round));
	}
	for (unsigned i = 1; i < HANG_LOOKS; i++)
		assert_false(hang_look(&hang, 10));
	assert_true(hang_look(&hang, 10));
	assert_true(hang_look(&hang, 10));
	assert_false(hang_look(&hang, 11));
}

static union {
	uint8_t byte[0x114];
	uint32_t word[0x114 / 4];
} pm;

static void
feeding_sets_time_and_full_reset_with_the_password(void **state)
{
	(void)state;
	memset(&pm, 0, sizeof pm);
	pm.word[0x1c / 4] = 0x00000112;
	bcm2835_wdt_feed(pm.byte, 10);
	assert_int_equal(pm.word[0x24 / 4], 0x5a000000 | 10 * 65536);
	assert_int_equal(pm.word[0x1c / 4], 0x5a000122);
	bcm2835_wdt_feed(pm.byte, 4000);
	assert_int_equal(pm.word[0x24 / 4], 0x5a0fffff);
	bcm2835_wdt_off(pm.byte);
	assert_int_equal(pm.word[0x1c / 4] & 0xff000030, 0x5a000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_count_that_moves_is_no_hang),
		cmocka_unit_test(a_count_that_stands_for_all_looks_in_a_row_is_one),
		cmocka_unit_test(feeding_sets_time_and_full_reset_with_the_password),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
