/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The errors that every call with a handle can give, one check for all of them.
 */
#ifndef TEST_HANDLES_H
#define TEST_HANDLES_H

#include <insula/syscall.h>
#include <stdint.h>

/* A handle argument of a call: with the right ones elsewhere, only this one is wrong. */
struct handle_case {
	const char *name;
	unsigned number; /* of the call */
	unsigned at;     /* which register holds the handle */
	uint64_t right;  /* what it needs there */
	uint64_t x[12];  /* the other arguments; the GOOD_* below are replaced */
};
/* In x[]: handles that do, made anew for the check. */
#define GOOD_ENDPOINT 0xe00000001ull
#define GOOD_THREAD 0xe00000002ull
#define GOOD_SPACE 0xe00000003ull

/*
 * For each case: nothing (0 unless a space is wanted), a stale handle, a
 * generation that never was, another type, one that is being destroyed, a missing
 * right: the error that docs/abi.md names, and no change.
 */
void handles_check(const struct handle_case *cases, unsigned count);

#endif
