/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends: exit flushes, which the C library's own does not; abort and a failed
 * assert say one line and then fault, so that the guardian takes over.
 */
#include <assert.h>
#include <insula/arch/cpu.h>
#include <insula/console.h>
#include <insula/process.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"

void __call_exitprocs(int, void *) __attribute__((weak));
extern void (*const __fini_array_start[])(void);
extern void (*const __fini_array_end[])(void);

void
exit(int status)
{
	if (__call_exitprocs)
		__call_exitprocs(status, NULL);
	for (void (*const *f)(void) = __fini_array_end; f > __fini_array_start;)
		(*--f)();
	if (base_flusher != NULL)
		base_flusher();
	_exit(status);
}

/* Straight to the console: stdio may be what is broken. */
static void
say(const char *text, size_t left)
{
	while (left > 0) {
		long took = insula_console_write(text, left);
		if (took <= 0)
			return;
		text += took;
		left -= (size_t)took;
	}
}

/* One line from pieces, without printf: a program that never prints does not carry it. */
static void
say_line(const char *const *piece, size_t pieces)
{
	char line[240];
	size_t used = 0;
	for (size_t i = 0; i < pieces; i++)
		for (const char *p = piece[i]; *p != '\0' && used < sizeof line - 1; p++)
			line[used++] = *p;
	line[used++] = '\n';
	say(line, used);
}

void
process_abort(const char *what, const char *why)
{
	const char *const piece[] = { process_info()->name, ": ", what, ": ", why };
	say_line(piece, sizeof piece / sizeof piece[0]);
	cpu_trap();
}

void
abort(void)
{
	process_abort("abort", "it cannot go on");
}

void
__assert_func(const char *file, int line, const char *function, const char *expression)
{
	char digits[12];
	char *number = digits + sizeof digits - 1;
	*number = '\0';
	do
		*--number = (char)('0' + line % 10);
	while ((line /= 10) > 0);
	const char *const piece[] = { process_info()->name, ": ", file, ":", number, ": ",
		function ? function : "?", ": false: ", expression };
	say_line(piece, sizeof piece / sizeof piece[0]);
	cpu_trap();
}
