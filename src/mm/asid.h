/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address-space numbers: 16 bits, fixed for a space's life. 0 belongs to the
 * empty root.
 */
#ifndef INSULA_MM_ASID_H
#define INSULA_MM_ASID_H

#include <stdint.h>

#define ASID_COUNT 65536u
#define ASID_BYTES (ASID_COUNT / 8)

/* `bitmap` is ASID_BYTES of zeroed memory, for ever. */
void asid_init(uint64_t *bitmap);
/* 0 if all are used up. */
uint32_t asid_alloc(void);
/* Nothing may be cached under it. */
void asid_free(uint32_t asid);

#endif
