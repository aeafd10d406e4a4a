/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs tests, counts, prints. Owns the console as far as a test program has one.
 */
#define CALLS_BARE
#include "test.h"

#include "calls.h"

#include <insula/console.h>
#include <stdarg.h>
#include <string.h>

static bool failed;      /* the test that runs now */
static char reason[240]; /* of its first failure */

struct line {
	char text[512];
	size_t length;
};

static void
put(struct line *l, const char *text)
{
	while (*text != '\0' && l->length < sizeof l->text)
		l->text[l->length++] = *text++;
}

static void
put_number(struct line *l, uint64_t value, unsigned base)
{
	char digits[24];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	put(l, &digits[at]);
}

static void
put_format(struct line *l, const char *format, va_list list)
{
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			put(l, (const char[2]){ *format, '\0' });
			continue;
		}
		switch (*++format) {
		case 'u':
			put_number(l, va_arg(list, uint64_t), 10);
			break;
		case 'x':
			put(l, "0x");
			put_number(l, va_arg(list, uint64_t), 16);
			break;
		case 'd': {
			int64_t value = va_arg(list, int64_t);
			if (value < 0)
				put(l, "-");
			put_number(l, (uint64_t)(value < 0 ? -value : value), 10);
			break;
		}
		default:
			put(l, va_arg(list, const char *));
		}
	}
}

static void
flush(const struct line *l)
{
	size_t done = 0;

	while (done < l->length) {
		long n = insula_console_write(l->text + done, l->length - done);
		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

void
test_print(const char *format, ...)
{
	struct line l = { .length = 0 };
	va_list list;

	va_start(list, format);
	put_format(&l, format, list);
	va_end(list);
	flush(&l);
}

/* The first failure of a test is its reason. */
static void
fail(const char *file, int line, const char *format, ...)
{
	struct line l = { .length = 0 };
	const char *slash = strrchr(file, '/');
	va_list list;

	if (failed)
		return;
	failed = true;
	put(&l, slash != NULL ? slash + 1 : file);
	put(&l, ":");
	put_number(&l, (uint64_t)line, 10);
	put(&l, ": ");
	va_start(list, format);
	put_format(&l, format, list);
	va_end(list);
	if (l.length >= sizeof reason)
		l.length = sizeof reason - 1;
	memcpy(reason, l.text, l.length);
	reason[l.length] = '\0';
}

bool
test_check(bool held, const char *file, int line, const char *what)
{
	if (!held)
		fail(file, line, "%s", what);
	return held;
}

static bool
is_small(uint64_t value)
{
	return (int64_t)value < 100000 && (int64_t)value > -100000;
}

bool
test_equal(uint64_t got, uint64_t want, const char *file, int line, const char *what)
{
	if (got == want) {
		calls_equal(want);
		return true;
	}
	if (is_small(got) && is_small(want))
		fail(file, line, "%s is %d, not %d", what, got, want);
	else
		fail(file, line, "%s is %x, not %x", what, got, want);
	return false;
}

bool
test_same_text(const char *got, const char *want, const char *file, int line)
{
	if (strcmp(got, want) == 0)
		return true;
	fail(file, line, "got \"%s\", not \"%s\"", got, want);
	return false;
}

int
test_run(const struct test *tests, size_t count)
{
	uint64_t passed = 0;

	for (size_t i = 0; i < count; i++) {
		failed = false;
		calls_begin_test();
		tests[i].run();
		calls_end_test(!failed);
		if (failed) {
			test_print("not ok %s: %s\n", tests[i].name, reason);
		} else {
			test_print("ok %s\n", tests[i].name);
			passed++;
		}
	}
	calls_print();
	test_print("done %u\n", passed);
	return passed == count ? 0 : 1;
}

void
test_power_off(int status)
{
	struct message m = { .label = FIRMWARE_POWER_OFF, .word = { (uint64_t)status } };

	(void)insula_call(INIT_FIRMWARE, TIME_NEVER, &m);
	for (;;)
		insula_yield();
}

uint64_t
now_ns(void)
{
	uint64_t ticks;
	const uint64_t hz = boot_facts()->clock_hz;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks / hz * 1000000000 + ticks % hz * 1000000000 / hz;
}
