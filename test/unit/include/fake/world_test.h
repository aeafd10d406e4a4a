/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all tests in the small kernel world have in common: a new world for each,
 * its invariants afterwards, and each test by both paths into the kernel.
 * Their sources are those that test/unit/fake/kernel_world.sources lists.
 */
#ifndef FAKE_WORLD_TEST_H
#define FAKE_WORLD_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake/kernel_world.h"

/* A new world, where svc() takes the fast path if there is one, or the general one always. */
int world_fast_path(void **state);
int world_general_path(void **state);

/* Everything holds (world_check), and no interrupt line stays bound: that table outlives a world. */
int world_checked(void **state);

/* The call, with a message, returns that error; nothing but its x0 has changed. */
void world_refuses(int64_t want, uint64_t number, uint64_t x0, uint64_t x1, uint64_t x2);

/* t[0] serves at ep[0] with real priority 5, and has received the call of t[1], priority `p`. */
struct thread *world_serve(uint32_t p);

/* The two lines of a test in its program's list; `fast` and `general` make the world. */
#define BOTH_FROM(name, fast, general)                                      \
	{ #name, name, fast, world_checked, NULL },                         \
	{                                                                   \
#name " (general path)", name, general, world_checked, NULL \
	}
#define BOTH(name) BOTH_FROM(name, world_fast_path, world_general_path)

#endif
