/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random bytes from the random service (docs/hardware-bringup.md says how good).
 * A thread that uses these functions must be the only one of its process that does.
 */
#ifndef INSULA_RANDOM_H
#define INSULA_RANDOM_H

#include <insula/abi/error.h>
#include <stddef.h>

/* 1 to 256 bytes. ERR_ARGUMENT: more; ERR_STATE: nothing to seed the generator with. */
MUST_CHECK err_t random_fill(void *to, size_t bytes);

/* As in POSIX: 0, or -1 with errno EIO. */
int getentropy(void *to, size_t bytes);

#endif
