/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that can be seen of the kernel's state, to show that a call that
 * was refused has changed nothing: every capability, the fund and the links of
 * each watched space, the state of each watched thread, and of each watched page.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "test.h"

#include <insula/syscall.h>
#include <stdbool.h>
#include <stdint.h>

/* Watch nothing but this space and its first thread. */
void world_begin(void);
void world_watch_space(handle_t space);
void world_watch_thread(handle_t thread);
void world_watch_page(handle_t space, uint64_t address);

/* Note what is so now. */
void world_note(void);
/* Whether it still is; what is not is the test's failure. */
bool world_is_unchanged(const char *file, int line, const char *what);

/* A call that must be refused with an error, and change nothing. */
void world_refused(int64_t got, int64_t want, const char *file, int line, const char *what);
#define REFUSED(want, call)                                               \
	do {                                                              \
		world_note();                                             \
		calls_before_check();                                     \
		world_refused((call), (want), __FILE__, __LINE__, #call); \
	} while (0)

#endif
