/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the library's base call of each other.
 */
#ifndef INSULA_LIB_BASE_H
#define INSULA_LIB_BASE_H

#include <insula/process_info.h>

/* Writes what stdout and stderr have gathered; NULL in a program that has printed nothing. */
extern void (*base_flusher)(void);

/* The main thread's control block and thread-local data; before anything that uses errno. */
void base_init_main_thread(void);

/* Constructors and destructors, as the linker scripts gather them. */
void base_run_constructors(void);

#endif
