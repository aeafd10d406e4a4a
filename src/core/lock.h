/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel lock: one for the whole kernel, taken by the entry path and
 * released by the exit path of the same core, so C code below them holds it
 * always and never takes it.
 */
#ifndef INSULA_CORE_LOCK_H
#define INSULA_CORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct kernel_lock {
	uint32_t held; /* 0 or 1; vectors.S takes it with acquire, clears it with release */
};

extern struct kernel_lock kernel_lock;

static inline bool
kernel_lock_held(void)
{
	return kernel_lock.held != 0;
}

#endif
