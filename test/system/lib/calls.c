/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which call has answered what. A thread is told by its TPIDR_EL0; a byte a
 * status, so that threads that preempt one another lose nothing.
 */
#define CALLS_BARE
#include "calls.h"

#include <string.h>

#define STATUSES 86 /* OK and the errors, -1 to -85 */
#define WITHOUT_STATUS(number) ((number) == CALL_yield || (number) == CALL_upcall_return)

typedef bool statuses[CALL_COUNT][STATUSES];

static statuses answered; /* by any call */
static statuses proven;   /* by tests that have passed */
static statuses checked;  /* by the test that runs now, so far */
static statuses waited;   /* in it, by threads other than the one that checks */

static uint64_t checker; /* the thread that checks */
static struct {
	unsigned number; /* of its last call since it began a check; 0: none */
	int status;
} last;

static uint64_t
this_thread(void)
{
	uint64_t tpidr;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(tpidr));
	return tpidr;
}

static unsigned
index_of(int status)
{
	return status < 0 && status > -STATUSES ? (unsigned)-status : 0;
}

static bool
ends_wait(int status)
{
	return status == ERR_TIMED_OUT || status == ERR_INTERRUPTED;
}

int
calls_note(unsigned number, int status)
{
	if (number >= CALL_COUNT)
		return status;
	answered[number][index_of(status)] = true;
	if (WITHOUT_STATUS(number) && status == OK) {
		checked[number][OK] = true;
	} else if (this_thread() == checker) {
		last.number = number;
		last.status = status;
	} else if (ends_wait(status)) {
		waited[number][index_of(status)] = true;
	}
	return status;
}

void
calls_raw(uint64_t number, uint64_t x[19])
{
	raw_call(number, x);
	(void)calls_note((unsigned)number, (int)x[0]);
}

void
calls_begin_test(void)
{
	memset(checked, 0, sizeof checked);
	memset(waited, 0, sizeof waited);
}

void
calls_end_test(bool passed)
{
	for (unsigned i = 0; passed && i < CALL_COUNT; i++)
		for (unsigned j = 0; j < STATUSES; j++)
			proven[i][j] = proven[i][j] || checked[i][j];
}

void
calls_before_check(void)
{
	checker = this_thread();
	last.number = 0;
}

void
calls_equal(uint64_t status)
{
	const int64_t wanted = (int64_t)status;

	if (wanted == ERR_TIMED_OUT || wanted == ERR_INTERRUPTED)
		for (unsigned i = 0; i < CALL_COUNT; i++)
			if (waited[i][-wanted])
				checked[i][-wanted] = true;
	if (last.number != 0 && last.status == wanted && (wanted >= 0 || ends_wait(last.status)))
		checked[last.number][index_of(last.status)] = true;
}

void
calls_refused(void)
{
	if (last.number != 0)
		checked[last.number][index_of(last.status)] = true;
}

static const char *
status_name(unsigned index)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
#define E(number, name, text) { number, #name },
		ERROR_LIST(E)
#undef E
	};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].number == -(int)index)
			return names[i].name;
	return "?";
}

static void
print_statuses(const bool *with, const bool *without)
{
	for (unsigned i = 0; i < STATUSES; i++)
		if (with[i] && (without == NULL || !without[i]))
			test_print(" %s", status_name(i));
}

void
calls_print(void)
{
	static const char *const names[] = {
#define C(number, name) [number] = #name,
		CALL_LIST(C)
#undef C
	};

	for (unsigned i = 1; i < CALL_COUNT; i++) {
		if (memchr(answered[i], true, STATUSES) == NULL)
			continue;
		test_print("call %s", names[i]);
		print_statuses(proven[i], NULL);
		test_print(" /");
		print_statuses(answered[i], proven[i]);
		test_print("\n");
	}
}
