/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line discipline over two rings whose indices run freely.
 */
#include "tty.h"

#include <string.h>

#define CTRL(c) ((c)&0x1f)

_Static_assert((TTY_IN_BYTES & (TTY_IN_BYTES - 1)) == 0, "index wraps by masking");
_Static_assert((TTY_OUT_BYTES & (TTY_OUT_BYTES - 1)) == 0, "index wraps by masking");

static uint32_t
in_held(const struct tty *tty)
{
	return tty->in_head - tty->in_tail;
}

static void
put_out(struct tty *tty, uint8_t byte)
{
	if (tty->out_head - tty->out_tail < TTY_OUT_BYTES)
		tty->out[tty->out_head++ % TTY_OUT_BYTES] = byte;
}

static void
echo(struct tty *tty, const char *text)
{
	tty_write(tty, text, strlen(text));
}

/* Take back the last byte of the line being typed; false if there is none. */
static bool
take_back(struct tty *tty)
{
	if (in_held(tty) == tty->in_ready)
		return false;
	tty->in_head--;
	echo(tty, "\b \b");
	return true;
}

static enum tty_event
accept(struct tty *tty, uint8_t byte)
{
	if (in_held(tty) >= TTY_IN_BYTES) {
		put_out(tty, '\a');
		return TTY_NOTHING;
	}
	tty->in[tty->in_head++ % TTY_IN_BYTES] = byte;
	if (!tty->raw) {
		put_out(tty, byte == '\n' ? '\r' : byte);
		if (byte != '\n')
			return TTY_NOTHING;
		put_out(tty, '\n');
	}
	tty->in_ready = in_held(tty);
	return TTY_READABLE;
}

static enum tty_event
cooked_input(struct tty *tty, uint8_t byte)
{
	switch (byte) {
	case '\b':
	case 0x7f:
		take_back(tty);
		return TTY_NOTHING;
	case CTRL('U'):
		while (take_back(tty))
			continue;
		return TTY_NOTHING;
	case CTRL('C'):
		tty->in_head = tty->in_tail + tty->in_ready;
		echo(tty, "^C\n");
		return TTY_INTERRUPT;
	case CTRL('D'):
		if (in_held(tty) == tty->in_ready)
			tty->ends++;
		tty->in_ready = in_held(tty);
		return TTY_READABLE;
	case '\r':
		byte = '\n';
		break;
	default:
		break;
	}
	if (byte < 0x20 && byte != '\n' && byte != '\t')
		return TTY_NOTHING;
	return accept(tty, byte);
}

void
tty_init(struct tty *tty)
{
	memset(tty, 0, sizeof *tty);
}

void
tty_set_raw(struct tty *tty, bool raw)
{
	tty->raw = raw;
	if (raw)
		tty->in_ready = in_held(tty); /* what was typed ahead is not lost */
}

enum tty_event
tty_input(struct tty *tty, uint8_t byte)
{
	return tty->raw ? accept(tty, byte) : cooked_input(tty, byte);
}

bool
tty_readable(const struct tty *tty)
{
	return tty->in_ready > 0 || tty->ends > 0;
}

size_t
tty_read(struct tty *tty, void *to, size_t most)
{
	uint8_t *bytes = to;
	size_t count = 0;
	if (tty->in_ready == 0 && tty->ends > 0) {
		tty->ends--;
		return 0;
	}
	while (count < most && tty->in_ready > 0) {
		uint8_t byte = tty->in[tty->in_tail++ % TTY_IN_BYTES];
		tty->in_ready--;
		bytes[count++] = byte;
		if (!tty->raw && byte == '\n')
			break;
	}
	return count;
}

size_t
tty_room(const struct tty *tty)
{
	return (TTY_OUT_BYTES - (tty->out_head - tty->out_tail)) / 2;
}

void
tty_write(struct tty *tty, const void *text, size_t length)
{
	const uint8_t *bytes = text;
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n' && !tty->last_out_cr)
			put_out(tty, '\r');
		put_out(tty, bytes[i]);
		tty->last_out_cr = bytes[i] == '\r';
	}
}

bool
tty_output(struct tty *tty, uint8_t *byte)
{
	if (tty->out_head == tty->out_tail)
		return false;
	*byte = tty->out[tty->out_tail++ % TTY_OUT_BYTES];
	return true;
}
