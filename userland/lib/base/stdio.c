/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three standard streams: output gathered by line, input a console's line at
 * a time. Reading first writes what is still gathered, so that a prompt is seen.
 */
#include <insula/abi/error.h>
#include <insula/console.h>
#include <insula/thread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

struct output {
	FILE file; /* first: the C library hands it back to us */
	struct lock lock;
	size_t used;
	char text[240];
};

static int output_put(char c, FILE *f);
static int output_flush(FILE *f);
static void base_flush(void);

static struct output out = { .file = FDEV_SETUP_STREAM(output_put, NULL, output_flush, __SWR) };
static struct output err = { .file = FDEV_SETUP_STREAM(output_put, NULL, output_flush, __SWR) };

/* All of it: a short count from the console is no error. */
static int
write_all(const char *text, size_t bytes)
{
	while (bytes > 0) {
		long took = insula_console_write(text, bytes);
		if (took <= 0)
			return -1;
		text += took;
		bytes -= (size_t)took;
	}
	return 0;
}

static int
empty(struct output *o)
{
	int result = write_all(o->text, o->used);
	o->used = 0;
	return result;
}

static int
output_put(char c, FILE *f)
{
	struct output *o = (void *)f;
	int result = 0;
	lock_acquire(&o->lock);
	base_flusher = base_flush;
	o->text[o->used++] = c;
	if (c == '\n' || o->used == sizeof o->text)
		result = empty(o);
	lock_release(&o->lock);
	return result < 0 ? EOF : (unsigned char)c;
}

static int
output_flush(FILE *f)
{
	struct output *o = (void *)f;
	lock_acquire(&o->lock);
	int result = empty(o);
	lock_release(&o->lock);
	return result < 0 ? EOF : 0;
}

void (*base_flusher)(void);

static void
base_flush(void)
{
	(void)output_flush(&out.file);
	(void)output_flush(&err.file);
}

/* --- input */

static struct {
	struct lock lock;
	size_t next, used;
	char text[240];
} in;

static int
input_get(FILE *f)
{
	(void)f;
	int c = _FDEV_EOF;
	lock_acquire(&in.lock);
	if (in.next == in.used) {
		base_flush();
		long got = insula_console_read(in.text, sizeof in.text);
		in.next = 0;
		in.used = got > 0 ? (size_t)got : 0;
	}
	if (in.next < in.used)
		c = (unsigned char)in.text[in.next++];
	lock_release(&in.lock);
	return c;
}

static FILE input = FDEV_SETUP_STREAM(NULL, input_get, NULL, __SRD);

FILE *const stdin = &input;
FILE *const stdout = &out.file;
FILE *const stderr = &err.file;

/* --- the hooks below stdio, for code that uses them directly */

ssize_t
write(int __fd, const void *__buf, size_t __nbyte)
{
	struct output *o = __fd == 2 ? &err : &out;
	lock_acquire(&o->lock);
	int result = empty(o);
	if (result == 0)
		result = write_all(__buf, __nbyte);
	lock_release(&o->lock);
	return result < 0 ? -1 : (ssize_t)__nbyte;
}

ssize_t
read(int __fd, void *__buf, size_t __nbyte)
{
	(void)__fd;
	base_flush();
	return insula_console_read(__buf, __nbyte);
}
