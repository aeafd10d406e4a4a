/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bare test program is made of: a list of tests that main runs one
 * after another, each printed as `ok NAME` or `not ok NAME: why`, and `done N`
 * at the end. A test goes on after a check that failed; the first one counts.
 * One thread at a time may check or print: mostly the first.
 *
 * A test's name begins with the statements it pins (S7, C11), if any.
 */
#ifndef TEST_H
#define TEST_H

#include <insula/abi/bootinfo.h>
#include <insula/syscall.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
	const char *name;
	void (*run)(void);
};
#define T(name)             \
	{                   \
#name, name \
	}

/* Runs all of them; what main returns. */
int test_run(const struct test *tests, size_t count);
#define RUN_TESTS(tests) test_run(tests, sizeof(tests) / sizeof((tests)[0]))

/* Each tells whether it held. */
bool test_check(bool held, const char *file, int line, const char *what);
bool test_equal(uint64_t got, uint64_t want, const char *file, int line, const char *what);
void calls_before_check(void); /* of calls.c: what is called from here on is what is checked */
bool test_same_text(const char *got, const char *want, const char *file, int line);
#define CHECK(condition) test_check((condition), __FILE__, __LINE__, #condition)
#define EQUAL(got, want) TEST_EQUAL((uint64_t)(got), (uint64_t)(want), #got)
#define TEST_EQUAL(got, want, what) \
	(calls_before_check(), test_equal(got, want, __FILE__, __LINE__, what))
#define SAME_TEXT(got, want) test_same_text(got, want, __FILE__, __LINE__)
/* A call that must succeed; its status in a message otherwise. */
#define WORKS(call) TEST_EQUAL((uint64_t)(int64_t)(call), OK, #call)
/* Without this the rest of the test makes no sense. */
#define REQUIRE(condition)             \
	do {                           \
		if (!CHECK(condition)) \
			return;        \
	} while (0)

/* Text for people: %u %d %x %s, each of 64 bits; no line but this module's may begin with ok. */
void test_print(const char *format, ...);
/* The end, at once. */
_Noreturn void test_power_off(int status);

static inline const struct boot_info *
boot_facts(void)
{
	return (const struct boot_info *)BOOT_INFO; /* NOLINT: a fixed place */
}

/* Absolute, as deadlines are. */
uint64_t now_ns(void);
static inline uint64_t
in_us(uint64_t us)
{
	return now_ns() + us * 1000;
}

#endif
