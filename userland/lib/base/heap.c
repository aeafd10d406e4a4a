/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sbrk: the heap of the C library. It begins with what the process was born
 * with (the grant "heap"), and then grows by what the memory insulator gives.
 */
#include <errno.h>
#include <insula/abi/types.h>
#include <insula/memory.h>
#include <insula/process.h>
#include <stdint.h>
#include <unistd.h>

/* Under the C library's lock. */
static uint64_t heap_break, heap_end;

#define GROW_PAGES 4u

static bool
first_pages(void)
{
	uint64_t address, bytes;
	if (heap_end != 0 || process_grant("heap", &address, &bytes) != OK)
		return false;
	heap_break = address;
	heap_end = address + bytes;
	return true;
}

static bool
more(uint64_t bytes)
{
	uint64_t address, pages = (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
	if (first_pages() && heap_end - heap_break >= bytes)
		return true;
	if (pages < GROW_PAGES)
		pages = GROW_PAGES;
	if (insula_heap_grow(pages, &address) != OK)
		return false;
	if (address != heap_end) /* it lies elsewhere: the C library copes with a hole */
		heap_break = address;
	heap_end = address + pages * PAGE_BYTES;
	return true;
}

void *
sbrk(ptrdiff_t __incr)
{
	if (__incr < 0) {
		if (heap_break < (uint64_t)-__incr)
			goto refuse;
		heap_break -= (uint64_t)-__incr;
		return (void *)(uintptr_t)(heap_break + (uint64_t)-__incr);
	}
	if (heap_end - heap_break < (uint64_t)__incr && !more((uint64_t)__incr))
		goto refuse;
	heap_break += (uint64_t)__incr;
	return (void *)(uintptr_t)(heap_break - (uint64_t)__incr);
refuse:
	errno = ENOMEM;
	return (void *)-1;
}
