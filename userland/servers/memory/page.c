/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zeroing with the processor's own instruction; a host test has its own.
 */
#include "page.h"

#include <insula/abi/types.h>
#include <insula/arch/cpu.h>

#include <string.h>

void
page_zero(void *page)
{
	const uint64_t line = cpu_zero_line_bytes();
	if (line == 0) {
		memset(page, 0, PAGE_BYTES);
		return;
	}
	for (uint64_t at = 0; at < PAGE_BYTES; at += line)
		cpu_zero_line((char *)page + at);
}
