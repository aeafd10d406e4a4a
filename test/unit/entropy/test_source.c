/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware sources, against models of their registers.
 */
/* SOURCES: userland/drivers/entropy/source.c */
#include "../../../userland/drivers/entropy/source.h"

#include <insula/clock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

/* --- a model of either device, and time */

static struct {
	bool rng200, on, locked_out, fails_again;
	unsigned waiting, resets;
	uint32_t next, first_status;
} device;
static uint64_t now;

uint64_t
clock_now_ns(void)
{
	return now;
}

err_t
clock_sleep_ns(uint64_t duration)
{
	now += duration;
	return OK;
}

static uint32_t
take_word(void)
{
	assert_true(device.waiting > 0);
	device.waiting--;
	return device.next++;
}

uint32_t
source_read(uint32_t at)
{
	if (!device.rng200) {
		switch (at) {
		case 0:
			return device.on;
		case 4:
			return device.on ? device.waiting << 24 | 0x123 : 0;
		case 8:
			return take_word();
		}
	} else {
		switch (at) {
		case 0:
			return device.on | 0x6000; /* the divider, to be kept */
		case 0x18:
			return device.locked_out ? 0x80000020 : 0x20000;
		case 0x20:
			return take_word();
		case 0x24:
			return (device.on ? device.waiting : 0) | 0x400;
		}
	}
	fail_msg("register 0x%x is read", at);
	return 0;
}

void
source_write(uint32_t at, uint32_t value)
{
	if (!device.rng200) {
		if (at == 0)
			device.on = value & 1;
		else if (at == 4)
			device.first_status = value;
		else
			fail_msg("register 0x%x is written", at);
		return;
	}
	switch (at) {
	case 0:
		assert_int_equal(value & 0x6000, 0x6000);
		device.on = (value & 0x1fff) == 1;
		return;
	case 4:
	case 8:
		assert_false(device.on);
		device.resets += value;
		return;
	case 0x18:
		if (value == 0xffffffff)
			device.locked_out = device.fails_again;
		return;
	}
	fail_msg("register 0x%x is written", at);
}

static const struct source *
bcm2835(void)
{
	device = (typeof(device)){ .next = 100 };
	return source_find("brcm,bcm2835-rng");
}

static const struct source *
rng200(void)
{
	device = (typeof(device)){ .rng200 = true, .next = 100 };
	return source_find("brcm,bcm2711-rng200");
}

/* --- tests */

static void
other_devices_have_no_driver(void **state)
{
	(void)state;
	assert_null(source_find("brcm,bcm2835-rn"));
	assert_null(source_find("virtio,mmio"));
	assert_null(source_find(""));
}

static void
the_bcm2835_is_warmed_up_and_gives_words(void **state)
{
	const struct source *s = bcm2835();
	uint32_t word = 0;
	(void)state;
	source_start(s);
	assert_true(device.on);
	assert_int_equal(device.first_status, 0x40000);
	device.waiting = 2;
	assert_int_equal(source_word(s, &word), OK);
	assert_int_equal(word, 100);
	assert_int_equal(source_word(s, &word), OK);
	assert_int_equal(word, 101);
}

static void
the_rng200_is_reset_and_gives_words(void **state)
{
	const struct source *s = rng200();
	uint32_t word = 0;
	(void)state;
	source_start(s);
	assert_true(device.on);
	assert_int_equal(device.resets, 2);
	device.waiting = 1;
	assert_int_equal(source_word(s, &word), OK);
	assert_int_equal(word, 100);
}

static void
a_source_that_gives_nothing_is_given_up_after_100_ms(void **state)
{
	const struct source *both[] = { bcm2835(), rng200() };
	uint32_t word = 77;
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		device.rng200 = i == 1;
		source_start(both[i]);
		const uint64_t from = now;
		assert_int_equal(source_word(both[i], &word), ERR_IO);
		assert_in_range(now - from, 100000000, 101000000);
		assert_int_equal(word, 77);
	}
}

static void
an_rng200_that_locks_itself_out_is_started_anew(void **state)
{
	const struct source *s = rng200();
	uint32_t word = 0;
	(void)state;
	source_start(s);
	device.waiting = 3;
	device.locked_out = true;
	assert_int_equal(source_word(s, &word), OK);
	assert_int_equal(device.resets, 4);
	assert_int_equal(word, 100);
	device.locked_out = device.fails_again = true;
	assert_int_equal(source_word(s, &word), ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_devices_have_no_driver),
		cmocka_unit_test(the_bcm2835_is_warmed_up_and_gives_words),
		cmocka_unit_test(the_rng200_is_reset_and_gives_words),
		cmocka_unit_test(a_source_that_gives_nothing_is_given_up_after_100_ms),
		cmocka_unit_test(an_rng200_that_locks_itself_out_is_started_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
