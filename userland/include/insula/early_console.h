/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The board's console before there is a driver: polled output for init and
 * for bare test programs, on the UART that the device tree's stdout-path names.
 * Without one, text is lost.
 */
#ifndef INSULA_EARLY_CONSOLE_H
#define INSULA_EARLY_CONSOLE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Find the UART. `device_base` is added to physical addresses to reach
 * registers: HOME_BASE. False: there is none that is known here.
 */
bool early_console_init(const void *device_tree, uint64_t device_base);

/* Physical address of the page that the registers are in; 0 if there is no UART. */
uint64_t early_console_page(void);

/* The registers' page is now reached at this address. */
void early_console_move(uint64_t address);

/* "\n" goes out as "\r\n". */
void early_write(const char *text, size_t bytes);

/* One byte of input, or -1 if none is there. */
int early_read(void);

/* %s %c %d %u %x %% with l or ll; no widths, no FP. */
void early_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void early_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

#endif
