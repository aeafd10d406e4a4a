/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's line discipline: what keys become input, what text becomes
 * bytes for the wire. It touches no device, so it runs in host tests.
 *
 * Cooked: a line at a time, echoed, with Backspace, Ctrl-U and Ctrl-D; Ctrl-C
 * is the interrupt key and drops the line. Raw: every byte as it comes, no
 * echo, Ctrl-C included. Output: a newline goes out as CR LF.
 *
 * Invariants
 *  Y1: in_ready counts the bytes of `in` that may be read: all of them in raw
 *      mode, whole lines in cooked mode.
 *  Y2: no byte is dropped silently: a full input buffer rings the bell.
 */
#ifndef CONSOLE_TTY_H
#define CONSOLE_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TTY_IN_BYTES 1024u
#define TTY_OUT_BYTES 4096u

struct tty {
	uint8_t in[TTY_IN_BYTES];   /* ring */
	uint8_t out[TTY_OUT_BYTES]; /* ring */
	uint32_t in_head, in_tail;  /* free-running; head - tail bytes are held */
	uint32_t in_ready;          /* Y1 */
	uint32_t out_head, out_tail;
	uint32_t ends; /* Ctrl-D on an empty line: reads that return 0 bytes */
	bool raw;
	bool last_out_cr; /* the text itself wrote a CR before its LF */
};

enum tty_event { TTY_NOTHING, TTY_READABLE, TTY_INTERRUPT };

void tty_init(struct tty *tty);
void tty_set_raw(struct tty *tty, bool raw);
/* A byte arrived from the wire. */
enum tty_event tty_input(struct tty *tty, uint8_t byte);
/* Whether a read would return now. */
bool tty_readable(const struct tty *tty);
/* Take up to `most` bytes (cooked: not past the end of a line); 0 is end of input. */
size_t tty_read(struct tty *tty, void *to, size_t most);
/* Room for output, in bytes of text (each may need two on the wire). */
size_t tty_room(const struct tty *tty);
/* Put text into the output ring; the caller has checked tty_room. */
void tty_write(struct tty *tty, const void *text, size_t length);
/* The next byte for the wire; false: there is none. */
bool tty_output(struct tty *tty, uint8_t *byte);

#endif
