/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the standard streams end. A program gets the console's client, init
 * and bare programs the early console; stdio writes whole lines where it can.
 */
#ifndef INSULA_CONSOLE_H
#define INSULA_CONSOLE_H

#include <stddef.h>

/* Bytes taken, at least 1, or a negative err_t. May take fewer than asked. */
long insula_console_write(const char *text, size_t bytes);
/* Bytes read, at least 1; 0 at the end of input; or a negative err_t. */
long insula_console_read(char *text, size_t bytes);

#endif
