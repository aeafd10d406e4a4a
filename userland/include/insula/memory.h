/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the library's own memory comes from: the memory insulator for a program
 * that has a connection to it, home for init and bare programs.
 */
#ifndef INSULA_MEMORY_H
#define INSULA_MEMORY_H

#include <insula/abi/error.h>
#include <stddef.h>
#include <stdint.h>

/* More heap: `pages` new pages at *address, behind those of the call before. */
MUST_CHECK err_t insula_heap_grow(uint64_t pages, uint64_t *address);

/* A stack of at least `bytes` with a guard page below; *top is its end. */
MUST_CHECK err_t insula_stack_map(uint64_t bytes, uint64_t *top);
err_t insula_stack_unmap(uint64_t top, uint64_t bytes);

/* More kernel memory for this process's private space (estate 0) or its estate (1). */
MUST_CHECK err_t insula_fund_grow(unsigned estate, uint64_t pages);

#endif
