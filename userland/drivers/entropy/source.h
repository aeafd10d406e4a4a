/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware sources of random words: that of the BCM2835 to BCM2837, and the
 * RNG200 of the BCM2711 (Raspberry Pi 4), whose registers are those that Linux's
 * iproc-rng200 driver uses.
 */
#ifndef RANDOM_SOURCE_H
#define RANDOM_SOURCE_H

#include <insula/abi/error.h>
#include <stdint.h>

struct source;

/* NULL: there is no driver for it. */
const struct source *source_find(const char *compatible);

/* Make it collect. */
void source_start(const struct source *source);

/* One word. ERR_IO: none came within 100 ms, or the source finds itself unfit. */
err_t source_word(const struct source *source, uint32_t *word);

/* --- for whoever links it: the device's registers, by offset in bytes */
uint32_t source_read(uint32_t at);
void source_write(uint32_t at, uint32_t value);

#endif
