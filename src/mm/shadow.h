/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record of what processors may still have cached although the tables no
 * longer say so: every valid entry that was changed or cleared, until the
 * steps of mm/tlb.h have been taken for it. QEMU hides a flush that is
 * missing; this does not. Debug builds and host tests only.
 */
#ifndef INSULA_MM_SHADOW_H
#define INSULA_MM_SHADOW_H

#include <stdint.h>

#define SHADOW_ANY (~0ull) /* for a whole table: it may lead to any frame */

#ifdef INSULA_DEBUG
/* A valid entry was changed: `bytes` at `address` under the ASID may be cached; it led to a frame. */
void shadow_drop(uint32_t asid, uint64_t address, uint64_t bytes, uint64_t physical);
/* The frame is about to be used for something else: panics if it may be cached. */
void shadow_check(uint64_t physical);
/* At the end of a kernel call nothing may be left. */
void shadow_check_empty(void);
/* Forget everything: a test begins. */
void shadow_reset(void);
/* Called by the functions of mm/tlb.h. */
void shadow_flush_begin(void);
void shadow_flush_page(uint32_t asid, uint64_t address);
void shadow_flush_space(uint32_t asid);
void shadow_flush_end(void);
#else
#define shadow_drop(asid, address, bytes, physical) \
	((void)(asid), (void)(address), (void)(bytes), (void)(physical))
#define shadow_check(physical) ((void)(physical))
#define shadow_check_empty() ((void)0)
#define shadow_flush_begin() ((void)0)
#define shadow_flush_page(asid, address) ((void)(asid), (void)(address))
#define shadow_flush_space(asid) ((void)(asid))
#define shadow_flush_end() ((void)0)
#endif

#endif
